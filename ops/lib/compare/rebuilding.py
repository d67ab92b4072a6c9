"""A read model made anew: projections beside one of eventsourcing and raw COPY with INSERT."""

import multiprocessing
import time
from urllib.parse import urlparse

import psycopg

from appending import EventSourcing
from machine import URL, bench, bench_cpu, postgres_seconds

KILLS = 3


def project(events, done, cpu):
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
    position = (view.max_tracking_id("bench") or 0) + 1
    begun = time.process_time()
    while done.value < events:
        batch = recorder.select_notifications(position, 1_000)
        if not batch:
            break
        for notification in batch:
            view.count(notification.originator_id, Tracking("bench", notification.id))
            position = notification.id + 1
            done.value += 1
            cpu.value = time.process_time() - begun
            if done.value >= events:
                return


def theirs(events):
    with psycopg.connect(URL) as connection:
        connection.execute("create table view_count (stream uuid primary key, events bigint not null)")
    done, cpu = multiprocessing.Value("q", 0), multiprocessing.Value("d", 0.0)
    server, start = postgres_seconds(), time.monotonic()
    whole = multiprocessing.Process(target=project, args=(events, done, cpu))
    whole.start()
    whole.join()
    rate, used = done.value / (time.monotonic() - start), cpu.value + postgres_seconds() - server
    found = {"rate": rate, "cpu": used / done.value * 1e6}
    return {**found, **crashed(events)}


def crashed(events):
    """Made once more, by a process that is killed among it."""
    with psycopg.connect(URL, autocommit=True) as connection:
        tables = connection.execute("select tablename from pg_tables where tablename like '%%tracking%%'").fetchall()
        for (table,) in tables:
            connection.execute(f'truncate "{table}"')
        connection.execute("truncate view_count")
    done, cpu = multiprocessing.Value("q", 0), multiprocessing.Value("d", 0.0)
    for kill in range(KILLS + 1):
        one = multiprocessing.Process(target=project, args=(events, done, cpu))
        one.start()
        while kill < KILLS and one.is_alive() and done.value < events * (kill + 1) / (KILLS + 1):
            time.sleep(0.001)
        if kill < KILLS:
            one.kill()
        one.join()
        with psycopg.connect(URL) as connection:
            place = connection.execute("select coalesce(sum(events), 0)::bigint from view_count").fetchone()[0]
        done.value = place
    with psycopg.connect(URL) as connection:
        lost, doubled = connection.execute(
            """select coalesce(sum(greatest(e.events - coalesce(v.events, 0), 0)), 0)::bigint,
                 coalesce(sum(greatest(coalesce(v.events, 0) - e.events, 0)), 0)::bigint
               from (
                 select originator_id as stream, count(*) as events from (
                   select originator_id from stored_events order by notification_id limit %s) as s group by 1
               ) as e left join view_count as v using (stream)""",
            (events,),
        ).fetchone()
    return {"lost": lost, "doubled": doubled}


def compare(given, row):
    with psycopg.connect(URL, autocommit=True) as connection:
        EventSourcing.prepare(connection, None)
        stored = connection.execute("select count(*) from stored_events").fetchone()[0]
    wanted = min(given.events, 20_000)
    if stored < wanted:
        fill(wanted - stored)
    found = bench(given.binary, ["rebuild", "usage", "--events", str(given.events)])
    row("rebuild", "raw COPY and INSERT", {"rate": found["ceiling"]})
    row("rebuild", "eventsourcing 9.5", theirs(wanted))
    more = bench(given.binary, ["faults", "--part", "rebuild", "--projection", "usage", "--kills", str(KILLS)])["more"]
    # The command itself compares what it built with what was live.
    wrong = more["usage: rows that differ"] + more["problems"]
    row("rebuild", "aigentable", {"rate": found["rate"], "cpu": bench_cpu(found), "lost": wrong, "doubled": wrong})


def fill(count):
    import uuid

    from eventsourcing.persistence import StoredEvent

    recorder = EventSourcing.recorder(1)
    for first in range(0, count, 500):
        recorder.insert_events(
            [StoredEvent(uuid.uuid4(), 1, "webhook:Received", b"a" * 512) for _ in range(min(500, count - first))]
        )
