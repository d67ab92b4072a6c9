"""Hands mail over by SMTP as a mail server does: what is not taken is kept and tried again.

usage: hand_over.py PORT FIRST COUNT

Prints a line for each message that was taken, and one for each refusal.
"""

import smtplib
import sys
import time

port, first, count = (int(x) for x in sys.argv[1:])
deadline = time.monotonic() + 150


def message(number):
    return (
        f"From: Ann <ann{number}@example.com>\r\nTo: service@example.org\r\nMessage-ID: <{number}@example.com>\r\n"
        f"Subject: Return {number}\r\n\r\nHow many days do I have to return something?\r\n"
    ).encode()


queue = list(range(first, first + count))
while queue:
    assert time.monotonic() < deadline, f"{len(queue)} were not taken in time"
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
            client.login("service@example.org", "handover")
            while queue:
                client.sendmail(f"ann{queue[0]}@example.com", ["service@example.org"], message(queue[0]))
                print("taken", queue.pop(0), flush=True)
    except (OSError, smtplib.SMTPException) as error:
        if isinstance(error, smtplib.SMTPResponseException):
            assert error.smtp_code < 500, error
        print("refused", repr(error), flush=True)
        # Nobody is there, or the log is away.
        time.sleep(0.2)
