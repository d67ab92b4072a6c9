"""Measures peers of the embedded log and of projections beside the engine, for ops/compare."""

import argparse
import json
import multiprocessing
import os
import resource
import subprocess
import threading
import time
import uuid
from urllib.parse import urlparse

import psycopg

# As many callers for everyone: the Python ones in processes, because threads of one share a lock.
PROCESSES, THREADS = 4, 4
BYTES = 512
URL = os.environ["AIGENTABLE_DATABASE_URL"]


class Copy:
    """The ceiling: COPY into a table with the columns and indexes of the log, one transaction a call."""

    @staticmethod
    def prepare(connection, _):
        connection.execute(
            """create table raw (topic smallint, partition integer, "offset" bigserial, id uuid unique, type text,
               key text, tenant uuid, time timestamptz, source text, value bytea,
               primary key (topic, partition, "offset"))"""
        )

    def __init__(self):
        self.connection = psycopg.connect(URL)

    def append(self, key, number, batch):
        with self.connection.cursor() as cursor:
            with cursor.copy("copy raw (topic, partition, id, type, key, tenant, time, source, value) from stdin") as copy:
                for _ in range(batch):
                    copy.write_row((1, 0, uuid.uuid4(), "webhook.received", key, uuid.UUID(int=1), "now", "/bench", b"a" * BYTES))
        self.connection.commit()


class EventSourcing:
    @staticmethod
    def recorder(pool):
        from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

        at = urlparse(URL)
        return PostgresApplicationRecorder(
            PostgresDatastore(at.path[1:], at.hostname, at.port, at.username, at.password, pool_size=pool)
        )

    @staticmethod
    def prepare(_, __):
        EventSourcing.recorder(1).create_table()

    shared = None

    def __init__(self):
        if EventSourcing.shared is None:
            EventSourcing.shared = EventSourcing.recorder(THREADS)

    def append(self, key, number, batch):
        from eventsourcing.persistence import StoredEvent

        stream = uuid.uuid5(uuid.NAMESPACE_URL, key)
        self.shared.insert_events(
            [StoredEvent(stream, number + index, "webhook:Received", b"a" * BYTES) for index in range(batch)]
        )


class PgQ:
    @staticmethod
    def prepare(connection, pgq):
        with open(pgq, encoding="utf-8") as file:
            connection.execute(file.read())
        connection.execute("select pgq.create_queue('bench')")

    def __init__(self):
        self.connection = psycopg.connect(URL)

    def append(self, key, number, batch):
        self.connection.execute(
            "select pgq.insert_event('bench', %s, %s) from generate_series(1, %s)", (key, "a" * BYTES, batch)
        )
        self.connection.commit()


def drive(kind, batch, seconds, pace, process, results):
    """One process of callers: how many events, their latencies in seconds, and the CPU that it took."""
    begun, latencies, lock = time.monotonic(), [], threading.Lock()
    end = begun + seconds
    interval = PROCESSES * THREADS * batch / pace if pace else None

    def call(thread):
        peer, own, number = kind(), [], 1
        key = f"{uuid.uuid4()}"
        due = begun + (interval or 0) * (process * THREADS + thread) / (PROCESSES * THREADS)
        while time.monotonic() < end:
            if interval:
                time.sleep(max(0, due - time.monotonic()))
            start = due if interval else time.monotonic()
            peer.append(key, number, batch)
            own.append(time.monotonic() - start)
            number += batch
            if interval:
                due += interval
        with lock:
            latencies.extend(own)

    threads = [threading.Thread(target=call, args=(thread,)) for thread in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    used = resource.getrusage(resource.RUSAGE_SELF)
    results.put((len(latencies) * batch, latencies, used.ru_utime + used.ru_stime, time.monotonic() - begun))


def postgres_seconds():
    """CPU seconds of all processes of the server so far, those that have ended included."""
    with psycopg.connect(URL) as connection:
        backend = connection.execute("select pg_backend_pid()").fetchone()[0]
        parent = int(open(f"/proc/{backend}/stat", encoding="ascii").read().rsplit(")", 1)[1].split()[1])
    total = 0
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            fields = open(f"/proc/{entry}/stat", encoding="ascii", errors="replace").read().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(entry) == parent:
            total += sum(int(value) for value in fields[11:15])
        elif int(fields[1]) == parent:
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def run(kind, batch, seconds, pace=None):
    results, before = multiprocessing.Queue(), postgres_seconds()
    processes = [
        multiprocessing.Process(target=drive, args=(kind, batch, seconds, pace, number, results))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    parts = [results.get() for _ in processes]
    for process in processes:
        process.join()
    events = sum(part[0] for part in parts)
    latencies = sorted(latency for part in parts for latency in part[1])
    cpu = sum(part[2] for part in parts) + postgres_seconds() - before
    return {
        "rate": events / max(part[3] for part in parts),
        "cpu": cpu / max(1, events) * 1e6,
        **{f"p{name}": latencies[min(len(latencies) - 1, int(len(latencies) * share))] * 1_000
           for name, share in (("50", 0.5), ("99", 0.99), ("99.9", 0.999))},
    }


def engine(arguments, binary):
    before = postgres_seconds()
    printed = subprocess.run([binary, "bench", *arguments, "--json"], check=True, capture_output=True, text=True).stdout
    result = json.loads(printed.splitlines()[-1])
    result["postgres"] = postgres_seconds() - before
    return result


def ours(binary, batch, seconds, pace=None):
    paced = ["--pace", str(pace)] if pace else []
    found = engine(["append", "--callers", "16", "--batch", str(batch), "--seconds", str(seconds), *paced], binary)
    more = found["more"]
    cpu = found["cpu_seconds_per_million"] + sum(
        value for name, value in more.items() if name.startswith("us of cpu each, postgres")
    )
    return {"rate": found["rate"], "cpu": cpu, "p50": found["p50_ms"], "p99": found["p99_ms"], "p99.9": more["p99.9 ms"]}


def rebuild_peer(events):
    """A projection of eventsourcing: one transaction an event, with its position, as its tracking recorder does."""
    from eventsourcing.persistence import Tracking
    from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder

    recorder = EventSourcing.recorder(2)
    at = urlparse(URL)

    class View(PostgresTrackingRecorder):
        def count(self, stream, tracking):
            with self.datastore.transaction(commit=True) as cursor:
                self._insert_tracking(cursor, tracking)
                cursor.execute(
                    "insert into view_count (stream, events) values (%s, 1) "
                    "on conflict (stream) do update set events = view_count.events + 1",
                    (stream,),
                )

    view = View(PostgresDatastore(at.path[1:], at.hostname, at.port, at.username, at.password, pool_size=1))
    view.create_table()
    with psycopg.connect(URL) as connection:
        connection.execute("create table view_count (stream uuid primary key, events bigint not null)")
    start, done, cpu, server = time.monotonic(), 0, time.process_time(), postgres_seconds()
    position = 1
    while done < events:
        batch = recorder.select_notifications(position, 1_000)
        if not batch:
            break
        for notification in batch:
            view.count(notification.originator_id, Tracking("bench", notification.id))
            position = notification.id + 1
            done += 1
            if done == events:
                break
    used = time.process_time() - cpu + postgres_seconds() - server
    return {"rate": done / (time.monotonic() - start), "cpu": used / done * 1e6}


def row(what, who, found):
    def figure(name, digits=0):
        return f"{found[name]:,.{digits}f}" if name in found else ""

    print(
        f"| {what} | {who} | {figure('rate')} | {figure('cpu', 1)} | {figure('p50', 2)} | {figure('p99', 2)} "
        f"| {figure('p99.9', 2)} |", flush=True,
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--pgq", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--events", type=int, required=True)
    given = parser.parse_args()
    peers = [("raw COPY", Copy), ("eventsourcing 9.5", EventSourcing), ("PgQ 3.5 (PL/pgSQL)", PgQ)]
    with psycopg.connect(URL, autocommit=True) as connection:
        for _, peer in peers:
            peer.prepare(connection, given.pgq)
    print("| what | who | events/s | CPU s per million | p50 ms | p99 ms | p99.9 ms |")
    print("|---|---|---:|---:|---:|---:|---:|", flush=True)
    for batch in (1, 100):
        for name, peer in peers:
            peak = run(peer, batch, given.seconds)
            half = run(peer, batch, given.seconds, peak["rate"] / 2)
            row(f"append, {batch} a call", name, {**half, "rate": peak["rate"], "cpu": peak["cpu"]})
        peak = ours(given.binary, batch, given.seconds)
        half = ours(given.binary, batch, given.seconds, peak["rate"] / 2)
        row(f"append, {batch} a call", "aigentable", {**half, "rate": peak["rate"], "cpu": peak["cpu"]})
    row("rebuild", "eventsourcing 9.5", rebuild_peer(min(given.events, 20_000)))
    found = engine(["rebuild", "usage", "--events", str(given.events)], given.binary)
    row("rebuild", "raw COPY and INSERT", {"rate": found["ceiling"]})
    cpu = found["cpu_seconds_per_million"] + sum(
        value for name, value in found["more"].items() if name.startswith("us of cpu each, postgres"))
    row("rebuild", "aigentable", {"rate": found["rate"], "cpu": cpu})


if __name__ == "__main__":
    main()
