#!/usr/bin/env python3
"""Checks a file of `aigentable audit export` with nothing of the engine: verify-proof.py beside it, openssl and lz4.

usage: verify-export.py EXPORT.lz4 KEY.pem

KEY.pem is the public key of the log, had from somewhere else than the export. Exit status 0 means: the export is whole,
and every event in it was in the log, as it stands there, when the checkpoint was signed.
"""
import hashlib
import importlib.machinery
import importlib.util
import json
import os
import subprocess
import sys

LOADER = importlib.machinery.SourceFileLoader("proof", os.path.join(os.path.dirname(__file__), "verify-proof.py"))
proof = importlib.util.module_from_spec(importlib.util.spec_from_loader("proof", LOADER))
LOADER.exec_module(proof)


def check(path, key):
    """A manifest, events with their proofs, and an end that counts and hashes the lines before it."""
    with subprocess.Popen(["lz4", "-dcq", path], stdout=subprocess.PIPE) as lz4:
        first, digest, events, line = lz4.stdout.readline(), hashlib.sha256(), 0, b""
        manifest = json.loads(first)
        if manifest["format"] != "aigentable-export-1":
            raise proof.Refused("this is no export")
        checkpoint = proof.open_checkpoint(manifest["checkpoint"], key)
        digest.update(first)
        seen = set()
        for line in lz4.stdout:
            item = json.loads(line)
            if "format" in item:
                break
            proof.check_event(item, checkpoint)
            place = (item["topic"], item["partition"], item["leaf"])
            if place in seen:
                raise proof.Refused(f"event {item['event']} is in it twice")
            seen.add(place)
            digest.update(line)
            events += 1
        end = json.loads(line or b"{}")
        if lz4.stdout.read(1) or lz4.wait() or end.get("format") != "aigentable-export-end-1":
            raise proof.Refused("the export is cut off, or goes on behind its end")
        if end["events"] != events or end["sha256"] != digest.hexdigest():
            raise proof.Refused("the export is not as it was written")
    of = [f"{kind} {manifest[kind]}" for kind in ("conversation", "contact", "tenant") if kind in manifest]
    return f"{events} events of {' '.join(of)} are in checkpoint {checkpoint['number']} of {checkpoint['time']}" \
        + (f"; {end['later']} later ones are not in the export" if end["later"] else "") \
        + (f"; {len(manifest['withheld'])} webhooks and mails are withheld" if "withheld" in manifest else "")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        print(check(sys.argv[1], sys.argv[2]))
    except (proof.Refused, KeyError, TypeError, ValueError, AttributeError, OSError) as problem:
        sys.exit(f"refused: {problem!r}" if not isinstance(problem, proof.Refused) else f"refused: {problem}")
