"""A read model made anew: a projection of ours beside one of eventsourcing and raw COPY with INSERT, over the same events.

The engine writes those that its projection `usage` reads to a file; the others read that. All make the same tables, with
the SQL of the projection itself, and without waiting for a commit to be on disk, as a rebuild does. What is killed of ours
is the rebuild of `bench faults`, over a log that this fills, of as many events as it says by itself."""

import json
import multiprocessing
import os
import re
import signal
import time
import uuid
from urllib.parse import urlparse

import psycopg

from appending import EventSourcing
from machine import URL, bench, bench_cpu, postgres_seconds

PROJECTION = os.path.join(os.environ["AIGENTABLE_HOME"], "projections", "usage")
KILLS = 3
# As a rebuild takes them.
BATCH = 5_000
COLUMNS = """topic smallint not null, partition integer not null, "offset" bigint not null, event_id uuid not null,
    type text not null, tenant uuid not null, stream text not null, time timestamptz not null, facts jsonb not null,
    private jsonb"""
# What counts events, by table, beside what the rows are of.
COUNTERS = {
    "connection_usage": ("tenant, day, connection, channel", ["messages_received", "messages_delivered"]),
    "model_usage": ("tenant, day, agent, kind, model, currency", ["replies", "prompt_tokens", "completion_tokens"]),
    "tool_usage": ("tenant, day, agent, tool, outcome", ["calls"]),
    "stored_document": ("document, tenant, uploaded_at", ["bytes"]),
}


def sql(name):
    """The statements of one file of the projection."""
    with open(os.path.join(PROJECTION, name), encoding="utf-8") as file:
        text = re.sub(r"--[^\n]*", "", file.read())
    return [statement.strip() for statement in text.split(";") if statement.strip()]


def events_of(path):
    """The events of the file, in order: those of one stream as they stand in the log."""
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def batch_row(event):
    """An event as a projection is given it, as a row of COPY in text."""
    fields = [
        event["topic"], event["partition"], event["offset"], event["id"], event["type"], event["tenant"], event["stream"],
        event["time"], json.dumps(event["value"]["facts"], separators=(",", ":"), ensure_ascii=False),
    ]
    return "\t".join([*(str(field).replace("\\", "\\\\") for field in fields), r"\N"]) + "\n"


# MARK: raw COPY


def raw(events):
    """The ceiling: COPY into a temporary table and INSERT into one with a primary key."""
    blocks = [
        "".join(batch_row(event) for event in events[first:first + BATCH]).encode()
        for first in range(0, len(events), BATCH)
    ]
    with psycopg.connect(URL) as connection:
        connection.execute(f"create temporary table raw_batch ({COLUMNS}) on commit delete rows")
        connection.execute(f'create table raw_rows ({COLUMNS}, primary key (topic, partition, "offset"))')
        # As a rebuild has it.
        connection.execute("set synchronous_commit = off")
        connection.commit()
        server, own, start = postgres_seconds(), time.process_time(), time.monotonic()
        for block in blocks:
            with connection.cursor().copy("copy raw_batch from stdin") as copy:
                copy.write(block)
            connection.execute("insert into raw_rows select * from raw_batch")
            connection.commit()
        seconds, used = time.monotonic() - start, time.process_time() - own + postgres_seconds() - server
        connection.execute("drop table raw_rows")
    return {"rate": len(events) / seconds, "cpu": used / len(events) * 1e6}


# MARK: eventsourcing


def fill(events):
    """Stores the events as eventsourcing does, those of a stream as versions of one originator."""
    from eventsourcing.persistence import StoredEvent

    recorder, versions = EventSourcing.recorder(1), {}
    for first in range(0, len(events), 500):
        stored = []
        for event in events[first:first + 500]:
            stream = uuid.uuid5(uuid.NAMESPACE_URL, event["stream"])
            versions[stream] = versions.get(stream, 0) + 1
            state = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
            stored.append(StoredEvent(stream, versions[stream], event["type"], state))
        recorder.insert_events(stored)


def project(count, done, cpu):
    """A projection of eventsourcing: one transaction an event, with its position, as its tracking recorder does."""
    from eventsourcing.persistence import Tracking
    from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder

    # As a rebuild has it. In this process alone, which is one of its own: libpq's default for all that connects.
    os.environ["PGOPTIONS"] = "-c synchronous_commit=off"
    recorder = EventSourcing.recorder(2)
    at = urlparse(URL)
    # One event stands where the engine has a batch of many; the statements that do not concern it are left out.
    one = """with batch as (
        select %(type)s::text as type, %(tenant)s::uuid as tenant, %(time)s::timestamptz as time, %(facts)s::jsonb as facts,
          0 as topic, 0 as partition, 0 as "offset"
      ) """
    statements = [one + statement for statement in sql("apply.sql")]

    class View(PostgresTrackingRecorder):
        def apply(self, event, tracking):
            given = {**{name: event[name] for name in ("type", "tenant", "time")}, "facts": json.dumps(event["value"]["facts"])}
            with self.datastore.transaction(commit=True) as cursor:
                self._insert_tracking(cursor, tracking)
                for statement in statements:
                    if f"'{event['type']}'" in statement:
                        cursor.execute(statement, given)

    view = View(PostgresDatastore(at.path[1:], at.hostname, at.port, at.username, at.password, pool_size=1))
    view.create_table()
    with view.datastore.transaction() as cursor:
        durability = cursor.execute("show synchronous_commit").fetchone()["synchronous_commit"]
    if durability != "off":
        raise RuntimeError(f"the projection of eventsourcing commits with synchronous_commit = {durability}, a rebuild with off")
    position = (view.max_tracking_id("bench") or 0) + 1
    begun = time.process_time()
    while done.value < count:
        batch = recorder.select_notifications(position, 1_000)
        if not batch:
            break
        for notification in batch:
            view.apply(json.loads(notification.state), Tracking("bench", notification.id))
            position = notification.id + 1
            done.value += 1
            cpu.value = time.process_time() - begun


def theirs(count):
    with psycopg.connect(URL) as connection:
        for statement in sql("schema.sql"):
            connection.execute(statement)
    done, cpu = multiprocessing.Value("q", 0), multiprocessing.Value("d", 0.0)
    server, start = postgres_seconds(), time.monotonic()
    whole = multiprocessing.Process(target=project, args=(count, done, cpu))
    whole.start()
    whole.join()
    if whole.exitcode != 0 or done.value != count:
        raise RuntimeError(f"the projection of eventsourcing ended with {whole.exitcode} after {done.value} of {count} events")
    seconds, used = time.monotonic() - start, cpu.value + postgres_seconds() - server
    return {"rate": count / seconds, "cpu": used / count * 1e6, **crashed(count)}


def tracking_tables(connection):
    return [name for (name,) in connection.execute("select tablename from pg_tables where tablename like '%tracking%'")]


def crashed(count):
    """Made once more, by a process that is killed among it."""
    with psycopg.connect(URL) as connection:
        for table in [*tracking_tables(connection), *COUNTERS]:
            connection.execute(f'truncate "{table}"')
    done, cpu = multiprocessing.Value("q", 0), multiprocessing.Value("d", 0.0)
    for kill in range(KILLS + 1):
        one = multiprocessing.Process(target=project, args=(count, done, cpu))
        one.start()
        while kill < KILLS and one.is_alive() and done.value < count * (kill + 1) / (KILLS + 1):
            time.sleep(0.001)
        if kill < KILLS:
            one.kill()
        one.join()
        if one.exitcode != (-signal.SIGKILL if kill < KILLS else 0):
            raise RuntimeError(f"the projection of eventsourcing ended with {one.exitcode} at kill {kill + 1} of {KILLS}")
        with psycopg.connect(URL) as connection:
            done.value = max(
                connection.execute(f'select coalesce(max(notification_id), 0) from "{table}"').fetchone()[0]
                for table in tracking_tables(connection)
            )
    return judge()


def judge():
    """How much less, and how much more, the tables count than the projection makes of the same events at once."""
    lost = doubled = 0
    with psycopg.connect(URL) as connection:
        connection.execute("create schema wanted")
        connection.execute("set search_path = wanted, public")
        for statement in sql("schema.sql"):
            connection.execute(statement)
        connection.execute(
            f"""create table batch as
              select r.topic, r.partition, r."offset", r.type, r.tenant, r.time, r.facts from judged as r"""
        )
        for statement in sql("apply.sql"):
            connection.execute(statement)
        for table, (keys, counters) in COUNTERS.items():
            for counter in counters:
                less, more = connection.execute(
                    f"""select coalesce(sum(greatest(coalesce(w.{counter}, 0) - coalesce(f.{counter}, 0), 0)), 0)::bigint,
                         coalesce(sum(greatest(coalesce(f.{counter}, 0) - coalesce(w.{counter}, 0), 0)), 0)::bigint
                       from wanted.{table} as w full join public.{table} as f using ({keys})"""
                ).fetchone()
                lost, doubled = lost + less, doubled + more
        connection.rollback()
    return {"lost": lost, "doubled": doubled}


def compare(given, row):
    path = os.path.join(given.directory, "events.jsonl")
    found = bench(given.binary, ["rebuild", "usage", "--events", str(given.events), "--write", path])
    events = events_of(path)
    with psycopg.connect(URL, autocommit=True) as connection:
        EventSourcing.prepare(connection, None)
        connection.execute("truncate stored_events restart identity")
        connection.execute(f"create table judged ({COLUMNS})")
        with connection.cursor().copy("copy judged from stdin") as copy:
            for event in events:
                copy.write(batch_row(event))
    row("rebuild", "raw COPY and INSERT", raw(events))
    fill(events)
    row("rebuild", "eventsourcing 9.5", theirs(len(events)))
    more = bench(given.binary, ["faults", "--part", "rebuild", "--projection", "usage", "--kills", str(KILLS)])["more"]
    if more["usage: kills"] != KILLS:
        raise RuntimeError(f"the rebuild was killed {more['usage: kills']:.0f} times, not {KILLS}")
    # The command itself compares what it built with what was live, and says of a row only that it differs: not whether
    # something is lost in it or counted twice.
    differ = more["usage: rows that differ"]
    wrong = f"{differ:,.0f} rows differ" + (f", {more['problems']:,.0f} problems" if more["problems"] else "")
    row("rebuild", "aigentable", {"rate": found["rate"], "cpu": bench_cpu(found), "lost": wrong})
