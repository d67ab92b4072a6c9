"""Calls a mail server as clients do, good and bad.

usage: client.py PORT SCENARIO [ARGUMENT]

A scenario fails by an exception; what it prints is for who reads the failure.
"""

import base64
import email.message
import smtplib
import socket
import ssl
import sys
import time

port = int(sys.argv[1])


credentials = ("service@example.org", "secret")


def plain(user, password):
    return base64.b64encode(f"\0{user}\0{password}".encode())


class Raw:
    """A connection that says what it is told to, byte for byte."""

    def __init__(self, greet=True):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.file = self.socket.makefile("rb")
        if greet:
            self.expect(220)
            self.say(b"EHLO client.example\r\nAUTH PLAIN " + plain(*credentials) + b"\r\n")
            self.expect(250, 235)

    def say(self, data):
        self.socket.sendall(data)

    def reply(self):
        """The code of the next answer, and its text; None once the server has closed."""
        text = b""
        while True:
            line = self.file.readline()
            if not line:
                return None, text
            text += line
            if line[3:4] != b"-":
                return int(line[:3]), text

    def expect(self, *codes):
        for code in codes:
            got, text = self.reply()
            assert got == code, f"{code} expected, {got}: {text}"

    def expect_end(self):
        assert self.file.read() == b"", "the server still speaks"


def message(subject="Hello"):
    mail = email.message.EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ann <ann@example.com>", "service@example.org", subject
    mail["Message-ID"] = "<1@example.com>"
    mail.set_content("Grüße\n.\n..two dots\n.one dot\nend\n", cte="8bit")
    return mail


def send():
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.ehlo()
        for feature in ["auth", "size", "pipelining", "8bitmime", "smtputf8", "enhancedstatuscodes"]:
            assert client.has_extn(feature), feature
        try:
            client.login(credentials[0], "a guess")
        except smtplib.SMTPAuthenticationError as error:
            assert error.smtp_code == 535, error
        else:
            raise AssertionError("a wrong password was taken")
        client.login(*credentials)
        refused = client.send_message(
            message(), "ann@example.com", ["service@example.org", "nobody@example.org"])
        assert list(refused) == ["nobody@example.org"] and refused["nobody@example.org"][0] == 550, refused
        client.send_message(message("Again"), "", ["service@example.org"])


def starttls():
    context = ssl.create_default_context(cafile=sys.argv[3])
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.ehlo()
        code, _ = client.mail("ann@example.com")
        assert code == 530, code
        client.starttls(context=context)
        client.ehlo()
        assert not client.has_extn("starttls")
        client.login(*credentials)
        mail = message()
        mail.add_attachment(bytes(range(256)) * 4_000, maintype="application", subtype="octet-stream")
        client.send_message(mail, "ann@example.com", ["service@example.org"])


def old_tls():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    client = smtplib.SMTP("127.0.0.1", port, timeout=20)
    try:
        client.starttls(context=context)
    except (ssl.SSLError, ConnectionError):
        return
    raise AssertionError("TLS 1.1 was taken")


def injected_behind_starttls():
    raw = Raw(greet=False)
    raw.say(b"EHLO client.example\r\n")
    raw.expect(220, 250)
    raw.say(b"STARTTLS\r\nRSET\r\n")
    raw.expect_end()


def garbage_for_tls():
    raw = Raw(greet=False)
    raw.say(b"EHLO client.example\r\n")
    raw.expect(220, 250)
    raw.say(b"STARTTLS\r\n")
    raw.expect(220)
    raw.say(b"MAIL FROM:<a@example.com>\r\n")
    assert not raw.file.read().startswith(b"2"), "it was answered in clear"


def not_signed_in():
    """Forged: from who has no secret, or a wrong one, or one that is said to be had."""
    mail = b"MAIL FROM:<forged@example.com>\r\nRCPT TO:<service@example.org>\r\nDATA\r\n"
    for line, code in [
        (b"NOOP", 250), (b"AUTH PLAIN " + plain("service@example.org", "wrong"), 535),
        (b"AUTH PLAIN " + plain("service@example.org", "secret\0"), 501), (b"AUTH PLAIN " + plain("", "secret"), 501),
        (b"AUTH LOGIN", 504), (b"AUTH PLAIN", 334),
    ]:
        raw = Raw(greet=False)
        raw.say(b"EHLO client.example\r\n" + line + b"\r\n")
        raw.expect(220, 250, code)
        if code == 334:
            raw.say(b"*\r\n")
            raw.expect(501)
        raw.say(mail)
        raw.expect(530, 503, 503)


def out_of_order():
    raw = Raw(greet=False)
    raw.expect(220)
    for line, code in [
        (b"MAIL FROM:<a@example.com>", 503), (b"HELO client.example", 250), (b"RCPT TO:<service@example.org>", 503),
        (b"DATA", 503), (b"MAIL FROM:<>", 530), (b"AUTH PLAIN " + plain(*credentials), 235), (b"MAIL FROM:<>", 250),
        (b"AUTH PLAIN " + plain(*credentials), 503), (b"MAIL FROM:<>", 503), (b"DATA", 503),
        (b"RCPT TO:<service@example.org> NOTIFY=NEVER", 555), (b"RCPT TO:<>", 501), (b"RSET", 250),
    ]:
        raw.say(line + b"\r\n")
        raw.expect(code)
    raw.say(b"QUIT\r\n")
    raw.expect(221)
    raw.expect_end()


def parameters():
    raw = Raw()
    for line, code in [
        (b"MAIL FROM:<a@example.com> SIZE=99999999", 552), (b"MAIL FROM:<a@example.com> SIZE=x", 501),
        (b"MAIL FROM:<a@example.com> BODY=BINARYMIME", 501), (b"MAIL FROM:<a@example.com> BY=1;R", 555),
        (b"MAIL FROM:<@one,@two:a@example.com> size=10 BODY=8bitmime SMTPUTF8 AUTH=<>", 250),
        (b'RCPT TO:<"a>b"@example.org>', 501), (b"VRFY service", 252), (b"NOOP", 250),
    ]:
        raw.say(line + b"\r\n")
        raw.expect(code)


def pipelined():
    raw = Raw()
    mail = message().as_bytes().replace(b"\n", b"\r\n").replace(b"\r\n.", b"\r\n..")
    one = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<service@example.org>\r\nDATA\r\n" + mail + b".\r\n"
    raw.say(one * 3 + b"QUIT\r\n")
    for _ in range(3):
        raw.expect(250, 250, 354, 250)
    raw.expect(221)


def smuggling():
    """What other servers take for an end is none here; nothing behind it is a command."""
    inner = b"MAIL FROM:<forged@example.com>\r\nRCPT TO:<service@example.org>\r\nDATA\r\nFrom: f@e\r\n\r\nx\r\n.\r\n"
    for end in [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r\n\x00.\r\n"]:
        raw = Raw()
        raw.say(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<service@example.org>\r\nDATA\r\n")
        raw.expect(250, 250, 354)
        raw.say(b"From: a@example.com\r\nSubject: outer\r\n\r\nbody" + end + inner)
        code, text = raw.reply()
        assert code == (554 if b"\n" in end.replace(b"\r\n", b"") else 250), (end, code, text)
        raw.say(b"NOOP\r\n")
        raw.expect(250)


def too_large():
    raw = Raw()
    raw.say(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<service@example.org>\r\nDATA\r\n")
    raw.expect(250, 250, 354)
    raw.say(b"From: a@example.com\r\n\r\n" + b"x" * 150_000 + b"\r\n.\r\n")
    raw.expect(552)
    raw.say(b"NOOP\r\n")
    raw.expect(250)


def endless():
    raw = Raw()
    raw.say(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<service@example.org>\r\nDATA\r\n")
    raw.expect(250, 250, 354)
    try:
        for _ in range(1_000):
            raw.say(b"x" * 10_000)
    except ConnectionError:
        return
    raise AssertionError("10 MB of a message of at most 100 KB were read")


def long_line():
    raw = Raw()
    raw.say(b"NOOP " + b"x" * 5_000)
    raw.expect(500)
    try:
        raw.expect_end()
    except ConnectionError:
        pass


def bare_line_feed():
    raw = Raw()
    raw.say(b"NOOP\nNOOP\r\n")
    raw.expect(500, 250)


def browser():
    raw = Raw(greet=False)
    raw.expect(220)
    raw.say(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nEHLO a\r\nMAIL FROM:<a@example.com>\r\n")
    raw.expect(500)
    try:
        raw.expect_end()
    except ConnectionError:
        pass


def errors():
    raw = Raw()
    raw.say(b"WHAT\r\n" * 20)
    raw.expect(*[500] * 9, 421)


def silence(greet=False):
    raw = Raw(greet)
    start = time.monotonic()
    # All that it says until it closes. Where it was held up itself, that may be without its greeting.
    said = raw.file.read().splitlines()
    assert said[-1].startswith(b"421"), said
    assert time.monotonic() - start < 15


def falls_silent():
    silence(greet=True)


def trickle():
    raw = Raw(greet=False)
    start = time.monotonic()
    try:
        while time.monotonic() - start < 15:
            raw.say(b"x")
            time.sleep(0.1)
    except ConnectionError:
        return
    raise AssertionError("the connection is still there")


def crowd():
    first = [Raw() for _ in range(3)]
    raw = Raw(greet=False)
    raw.expect(421)
    first.pop().socket.close()
    first[0].say(b"NOOP\r\n")
    first[0].expect(250)


def broken_off():
    raw = Raw()
    raw.say(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<service@example.org>\r\nDATA\r\nFrom: a@example.com\r\n\r\nhalf")
    raw.expect(250, 250, 354)
    raw.file.close()
    raw.socket.close()


def away():
    raw = Raw()
    raw.say(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<later@example.org>\r\nRCPT TO:<service@example.org>\r\nDATA\r\n")
    raw.expect(250, 451, 250, 354)
    raw.say(b"From: a@example.com\r\nSubject: away\r\n\r\nx\r\n.\r\n")
    raw.expect(451)


globals()[sys.argv[2]]()
