"""Appends: the embedded log beside eventsourcing, PgQ and raw COPY."""

import multiprocessing
import resource
import threading
import time
import uuid
from urllib.parse import urlparse

import psycopg

from machine import URL, Killer, bench, bench_cpu, judge, percentiles, postgres_seconds

# As many callers for everyone: the Python ones in processes, because threads of one share a lock.
PROCESSES, THREADS = 4, 4
BYTES = 512


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
        base = uuid.UUID(key).int >> 64 << 64
        with self.connection.cursor() as cursor:
            with cursor.copy("copy raw (topic, partition, id, type, key, tenant, time, source, value) from stdin") as copy:
                for index in range(number, number + batch):
                    copy.write_row((1, 0, uuid.UUID(int=base + index), "webhook.received", key, uuid.UUID(int=1), "now",
                                    "/bench", b"a" * BYTES))
        self.connection.commit()

    known = psycopg.errors.UniqueViolation

    @staticmethod
    def stored(connection):
        for key, event in connection.execute('select key, id from raw order by "offset"'):
            yield key, event.int & (2**64 - 1)


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

        stream = uuid.UUID(key)
        self.shared.insert_events(
            [StoredEvent(stream, number + index, "webhook:Received", b"a" * BYTES) for index in range(batch)]
        )

    @property
    def known(self):
        from eventsourcing.persistence import IntegrityError

        return IntegrityError

    @staticmethod
    def stored(connection):
        for key, number in connection.execute(
            "select originator_id, originator_version from stored_events order by notification_id"
        ):
            yield str(key), number


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
            "select pgq.insert_event('bench', %s, n || %s) from generate_series(%s::bigint, %s) as n",
            (key, ":" + "a" * BYTES, number, number + batch - 1),
        )
        self.connection.commit()

    # It does not tell one event from another.
    known = ()

    @staticmethod
    def stored(connection):
        for key, number in connection.execute(
            "select ev_type, split_part(ev_data, ':', 1)::bigint from pgq.event_1 order by ev_id"
        ):
            yield key, number


PEERS = [("raw COPY", Copy), ("eventsourcing 9.5", EventSourcing), ("PgQ 3.5 (PL/pgSQL)", PgQ)]


def drive(kind, batch, seconds, pace, process, results):
    """One process of callers: how many events, their latencies in seconds, and the CPU that it took."""
    begun, latencies, lock = time.monotonic(), [], threading.Lock()
    end = begun + seconds
    interval = PROCESSES * THREADS * batch / pace if pace else None

    def call(thread):
        peer, own, number, key = kind(), [], 1, str(uuid.uuid4())
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


def persist(kind, seconds, results):
    """One process of callers that try each event again until it is taken: how many were, by key."""
    end, taken, lock = time.monotonic() + seconds, {}, threading.Lock()

    def call():
        peer, key, number = kind(), str(uuid.uuid4()), 0
        while time.monotonic() < end:
            number += 1
            while True:
                try:
                    if peer is None:
                        peer = kind()
                    peer.append(key, number, 1)
                    break
                except Exception as error:
                    if peer is not None and peer.known and isinstance(error, peer.known):
                        if hasattr(peer, "connection"):
                            peer.connection.rollback()
                        break
                    peer = None
                    time.sleep(0.05)
        with lock:
            taken[key] = number

    threads = [threading.Thread(target=call) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put(taken)


def together(target, arguments):
    """Runs it in as many processes as there are for everyone; what each came to."""
    results = multiprocessing.Queue()
    processes = [
        multiprocessing.Process(target=target, args=(*given, results)) for given in map(arguments, range(PROCESSES))
    ]
    for process in processes:
        process.start()
    parts = [results.get() for _ in processes]
    for process in processes:
        process.join()
    return parts


def run(kind, batch, seconds, pace=None):
    before = postgres_seconds()
    parts = together(drive, lambda number: (kind, batch, seconds, pace, number))
    events = sum(part[0] for part in parts)
    cpu = sum(part[2] for part in parts) + postgres_seconds() - before
    return {
        "rate": events / max(part[3] for part in parts),
        "cpu": cpu / max(1, events) * 1e6,
        **percentiles([latency for part in parts for latency in part[1]]),
    }


def ours(binary, batch, seconds, pace=None):
    paced = ["--pace", str(pace)] if pace else []
    found = bench(binary, ["append", "--callers", "16", "--batch", str(batch), "--seconds", str(seconds), *paced])
    return {"rate": found["rate"], "cpu": bench_cpu(found), "p50": found["p50_ms"], "p99": found["p99_ms"],
            "p99.9": found["more"]["p99.9 ms"]}


def crash(kind, seconds):
    """The server is killed in the middle of appends."""
    killer = Killer(lambda: time.sleep(seconds / 2))
    killer.start()
    parts = together(persist, lambda number: (kind, seconds))
    killer.finish()
    wanted = {key: range(1, count + 1) for part in parts for key, count in part.items()}
    found = {}
    with psycopg.connect(URL) as connection:
        for key, number in kind.stored(connection):
            if key in wanted:
                found.setdefault(key, []).append(number)
    return judge(found, wanted)


def wait_for_writers(after):
    """Until a while after the engine's writers have connected."""
    limit = time.monotonic() + 60
    with psycopg.connect(URL, autocommit=True) as connection:
        while connection.execute(
            "select count(*) from pg_stat_activity where application_name like 'aigentable-writer%'"
        ).fetchone()[0] < 8:
            if time.monotonic() > limit:
                raise RuntimeError("the engine's writers have not connected within 60 s")
            time.sleep(0.05)
    time.sleep(after)


def crash_ours(binary, seconds):
    """The same among the 64 writers of the engine's own bench of faults, with its history; its readers look as well."""
    killer = Killer(lambda: wait_for_writers(seconds / 8))
    killer.start()
    more = bench(binary, ["faults", "--part", "log", "--pause", "5", "--minutes", str(seconds / 60)])["more"]
    killer.finish()
    # A record that no reader was given is lost to them.
    return {"lost": more["log: lost"] + more["log: skipped"], "doubled": more["log: doubled"],
            "misordered": more["log: misordered"]}


def compare(given, row):
    with psycopg.connect(URL, autocommit=True) as connection:
        for _, peer in PEERS:
            peer.prepare(connection, given.pgq)
    for batch in (1, 100):
        what = f"append, {batch} a call"
        for name, peer in PEERS:
            peak = run(peer, batch, given.seconds)
            half = run(peer, batch, given.seconds, peak["rate"] / 2)
            kept = crash(peer, given.crash_seconds) if batch == 1 else {}
            row(what, name, {**half, "rate": peak["rate"], "cpu": peak["cpu"], **kept})
        peak = ours(given.binary, batch, given.seconds)
        half = ours(given.binary, batch, given.seconds, peak["rate"] / 2)
        kept = crash_ours(given.binary, given.crash_seconds) if batch == 1 else {}
        row(what, "aigentable", {**half, "rate": peak["rate"], "cpu": peak["cpu"], **kept})
