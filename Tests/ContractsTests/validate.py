"""Validates golden events against their schemas with an implementation that is not ours.

usage: validate.py SCHEMAS GOLDEN

SCHEMAS and GOLDEN are folders of <topic>/<type>.json. Prints a line for each fault; exits with 1 when there is one.
Needs jsonschema (4 or later) and rfc3339-validator from PyPI.
"""

import json
import re
import sys
from pathlib import Path

import rfc3339_validator  # noqa: F401, without it jsonschema passes over date-time silently
from jsonschema import Draft202012Validator


def faults_of(value, schema):
    checker = Draft202012Validator.FORMAT_CHECKER
    for error in Draft202012Validator(schema, format_checker=checker).iter_errors(value):
        yield f"{error.json_path}: {error.message}"


def faults(schemas, golden):
    checked = 0
    for path in sorted(schemas.rglob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        for fault in faults_of(schema, Draft202012Validator.META_SCHEMA):
            yield f"{path.relative_to(schemas)} {fault}"
    for path in sorted(golden.rglob("*.json")):
        name = re.sub(r"\.\d+\.json$", ".json", str(path.relative_to(golden)))
        schema = json.loads((schemas / name).read_text(encoding="utf-8"))
        event = json.loads(path.read_text(encoding="utf-8"))
        for fault in faults_of(event["value"], schema):
            yield f"{name} value {fault}"
        if "private" in event:
            for fault in faults_of(event["private"], schema["$defs"]["private"]):
                yield f"{name} private {fault}"
        checked += 1
    if checked == 0:
        yield f"no golden event under {golden}"


found = list(faults(Path(sys.argv[1]), Path(sys.argv[2])))
print("\n".join(found))
sys.exit(1 if found else 0)
