"""Measures peers beside the engine, for ops/compare, and prints one table."""

import argparse
import os

import appending
import rebuilding

COLUMNS = [("rate", 0), ("cpu", 1), ("p50", 2), ("p99", 2), ("p99.9", 2), ("lost", 0), ("doubled", 0), ("misordered", 0)]


def told(found, digits):
    """A figure; a text, where a figure would say more than is known, stands as it is."""
    return found if isinstance(found, str) else f"{found:,.{digits}f}"


def row(what, who, found):
    figures = [told(found.get(name, ""), digits) for name, digits in COLUMNS]
    print(f"| {what} | {who} | {' | '.join(figures)} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--pgq", required=True)
    parser.add_argument("--directory", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--crash-seconds", type=float, required=True)
    parser.add_argument("--events", type=int, required=True)
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--part", required=True)
    given = parser.parse_args()
    print("| what | who | events/s | CPU s per million | p50 ms | p99 ms | p99.9 ms | lost | doubled | misordered |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|", flush=True)
    notes = []
    if given.part in ("all", "append"):
        appending.compare(given, row)
    if given.part in ("all", "rebuild"):
        rebuilding.compare(given, row)
    if given.part == "kafka" or (given.part == "all" and "AIGENTABLE_TEST_KAFKA" in os.environ):
        import streaming

        notes = streaming.compare(given, row)
    for note in notes:
        print(note)


if __name__ == "__main__":
    main()
