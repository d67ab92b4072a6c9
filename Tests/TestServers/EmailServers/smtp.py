"""An SMTP server that keeps what it takes and answers as the recipient's address says.

usage: smtp.py DIRECTORY

Writes DIRECTORY/port, DIRECTORY/cert.pem and a file for each message, then prints "ready". `rcpt-550@…` is refused with
550 at RCPT, `data-451@…` with 451 after the message, `drop@…` loses the connection there, `rcpt-550-5.7.1@…` also names
the enhanced code.
"""

import asyncio
import pathlib
import ssl
import subprocess
import sys

from aiosmtpd.smtp import SMTP, AuthResult

directory = pathlib.Path(sys.argv[1])


def scripted(address, stage):
    words = address.split("@")[0].split("-")
    return " ".join(words[1:]) + " as told" if words[0] == stage else None


class Handler:
    count = 0

    async def handle_MAIL(self, server, session, envelope, address, options):
        if reply := scripted(address, "mail"):
            return reply
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if reply := scripted(address, "rcpt"):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        to = envelope.rcpt_tos[0]
        if to.startswith("drop@"):
            server.transport.abort()
            return "250 OK"
        if reply := scripted(to, "data"):
            return reply
        head = f"X-Envelope: {envelope.mail_from} {','.join(envelope.rcpt_tos)} {session.host_name}\r\n"
        (directory / f"{Handler.count}.eml").write_bytes(head.encode() + envelope.original_content)
        Handler.count += 1
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    if data.login == b"busy":
        return AuthResult(success=False, handled=False, message="454 4.7.0 later")
    good = data.login == b"user" and data.password == b"secret"
    return AuthResult(success=good, handled=False)


def certificate():
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", directory / "key.pem", "-out", directory / "cert.pem"],
        check=True, capture_output=True)


certificate()
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(directory / "cert.pem", directory / "key.pem")


async def serve():
    def protocol():
        return SMTP(
            Handler(), hostname="127.0.0.1", tls_context=context, require_starttls=True, auth_required=True,
            authenticator=authenticate, data_size_limit=40 << 20)

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    (directory / "port").write_text(str(server.sockets[0].getsockname()[1]))
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(serve())
