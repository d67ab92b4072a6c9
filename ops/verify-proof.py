#!/usr/bin/env python3
"""Checks a proof of `aigentable audit prove` with nothing of the engine: Python's standard library and openssl.

usage: verify-proof.py PROOF.json KEY.pem

KEY.pem is the public key of the log, had from somewhere else than the proof. Exit status 0 means: the event of the
proof, as it is printed, was in the log when the checkpoint was signed.
"""
import base64
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile


class Refused(Exception):
    pass


def leaf_hash(record):
    """SHA-256 of 0x00 and key, number of headers, headers in order of their names, value; lengths are 4 bytes."""
    def field(data):
        return len(data).to_bytes(4, "big") + data
    headers = sorted((name.encode(), value.encode()) for name, value in record["headers"].items())
    canonical = field(record["key"].encode()) + len(headers).to_bytes(4, "big")
    canonical += b"".join(field(name) + field(value) for name, value in headers)
    canonical += field(base64.b64decode(record["value"], validate=True))
    return hashlib.sha256(b"\0" + canonical).digest()


def root(leaf, index, size, path):
    """RFC 9162, section 2.1.3.2: the root to which an audit path leads."""
    if not 0 <= index < size:
        raise Refused(f"leaf {index} is not in a tree of {size}")
    last = size - 1
    for sibling in path:
        if last == 0:
            raise Refused("the path is too long")
        if index & 1 or index == last:
            leaf = hashlib.sha256(b"\1" + sibling + leaf).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            leaf = hashlib.sha256(b"\1" + leaf + sibling).digest()
        index, last = index >> 1, last >> 1
    if last:
        raise Refused("the path is too short")
    return leaf


def check_signature(body, signature, key):
    with tempfile.TemporaryDirectory() as folder:
        files = [pathlib.Path(folder, name) for name in ("body", "signature")]
        for file, data in zip(files, (body, signature)):
            file.write_bytes(data)
        done = subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", files[0], "-sigfile", files[1]],
            capture_output=True, check=False)
    if done.returncode:
        raise Refused("the checkpoint was not signed with this key")


def open_checkpoint(signed, key):
    body = signed["body"].encode()
    check_signature(body, bytes.fromhex(signed["signature"]), key)
    checkpoint = json.loads(body)
    if checkpoint["format"] != "aigentable-checkpoint-1":
        raise Refused("what was signed is no checkpoint")
    return checkpoint


def check_event(proof, checkpoint):
    place = (proof["topic"], proof["partition"])
    heads = [head for head in checkpoint["trees"] if (head["topic"], head["partition"]) == place]
    if len(heads) != 1 or proof["record"]["headers"]["ce_id"] != proof["event"]:
        raise Refused("the proof is about something else than it says")
    path = [bytes.fromhex(node) for node in proof["path"]]
    if any(len(node) != 32 for node in path):
        raise Refused("the path holds something else than hashes")
    found = root(leaf_hash(proof["record"]), proof["leaf"], heads[0]["size"], path)
    if found.hex() != heads[0]["root"]:
        raise Refused(f"event {proof['event']} is not in the tree that was signed")
    return f"{proof['leaf']} of {place[0]}/{place[1]} in checkpoint {checkpoint['number']} of {checkpoint['time']}"


def check(proof, key):
    if proof["format"] != "aigentable-proof-1":
        raise Refused("this is no proof")
    return f"event {proof['event']} is leaf {check_event(proof, open_checkpoint(proof['checkpoint'], key))}"


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        print(check(json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")), sys.argv[2]))
    except (Refused, KeyError, TypeError, ValueError, AttributeError, OSError) as problem:
        sys.exit(f"refused: {problem!r}" if not isinstance(problem, Refused) else f"refused: {problem}")
