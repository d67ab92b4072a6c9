"""Seals or opens compact JWEs (dir, A256GCM) with joserfc from PyPI, an implementation that is not ours.

usage: jose.py seal|open < tasks

Tasks are a JSON array of {"kid", "key" (hex), and "plaintext" (hex) to seal or "jwe" to open}. Prints an array of the
JWEs, or of the plaintexts in hex.
"""

import json
import sys

from joserfc import jwe
from joserfc.jwk import OctKey


def seal(task, key):
    header = {"kid": task["kid"], "enc": "A256GCM", "alg": "dir"}
    return jwe.encrypt_compact(header, bytes.fromhex(task["plaintext"]), key)


def open_(task, key):
    opened = jwe.decrypt_compact(task["jwe"], key)
    assert opened.headers() == {"alg": "dir", "enc": "A256GCM", "kid": task["kid"]}
    return opened.plaintext.hex()


act = {"seal": seal, "open": open_}[sys.argv[1]]
print(json.dumps([act(task, OctKey.import_key(bytes.fromhex(task["key"]))) for task in json.load(sys.stdin)]))
