"""Consume, decide, produce on Kafka: a stage beside Bytewax and Quix Streams. Each counts the inputs of each key."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from datetime import datetime, timezone

import psycopg

from machine import URL, judge, percentiles, postgres_seconds, seconds_of

PARTITIONS, KEYS, PADDING = 4, 100, "a" * 460
HERE = os.path.dirname(os.path.abspath(__file__))
KILLS = 2
# Messages with which each shows that it runs.
WARMING = 200


class Python:
    """A peer: a program of its own that reads one topic and writes another."""

    def __init__(self, name, command, prepare, work):
        self.name, self.command, self.prepare, self.work = name, command, prepare, work
        self.source, self.sink = f"{name}-in-{work['run']}", f"{name}-out-{work['run']}"

    def topics(self):
        return [self.source, self.sink]

    def set_up(self):
        for command in self.prepare:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def environment(self):
        return {**os.environ, "COMPARE_BROKER": self.work["broker"], "COMPARE_IN": self.source, "COMPARE_OUT": self.sink,
                "COMPARE_STATE": self.work["state"], "PYTHONPATH": HERE}

    def headers(self, _):
        return None

    def accepts(self, _):
        return True


class Ours:
    def __init__(self, binary, work):
        self.name, self.binary, self.work = "aigentable", binary, work
        self.prefix = f"ours-{work['run']}."
        self.source, self.sink = f"{self.prefix}inbound", f"{self.prefix}conversations"
        self.command = [binary, "bench", "stage"]
        self.last = {}

    def topics(self):
        return []

    def set_up(self):
        name = f"compare_{self.work['run']}"
        with psycopg.connect(URL, autocommit=True) as connection:
            connection.execute(f"create database {name}")
        self.url = f"{URL.rsplit('/', 1)[0]}/{name}"
        subprocess.run([self.binary, "migrate"], check=True, env=self.environment(), stdout=subprocess.DEVNULL)
        subprocess.run([self.binary, "topics", "create", "--partitions", str(PARTITIONS)], check=True,
                       env=self.environment(), stdout=subprocess.DEVNULL)

    def environment(self):
        return {**os.environ, "AIGENTABLE_DATABASE_URL": self.url, "AIGENTABLE_MASTER_KEY": "5a" * 32,
                "AIGENTABLE_LOG": f"kafka://{self.work['broker']}?topic.prefix={self.prefix}"}

    def headers(self, key):
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return [("ce_specversion", "1.0"), ("ce_id", str(uuid.uuid4())), ("ce_type", "webhook.received"),
                ("ce_source", "/compare"), ("ce_subject", key), ("ce_time", now), ("ce_dataschema", "/none"),
                ("ce_tenant", str(uuid.UUID(int=1))), ("content-type", "application/json")]

    def accepts(self, message):
        """As every reader of the log does: what is not above the last number of its partition is a repetition."""
        sequence = next((int(value) for name, value in message.headers() or [] if name == "aigentable-sequence"), None)
        if sequence is None:
            return True
        if sequence <= self.last.get(message.partition(), -1):
            return False
        self.last[message.partition()] = sequence
        return True


class Outputs(threading.Thread):
    """Reads what comes out, and when."""

    def __init__(self, candidate, broker):
        from confluent_kafka import Consumer, TopicPartition

        super().__init__(daemon=True)
        self.candidate, self.found, self.latencies, self.miscounted = candidate, {}, [], 0
        self.count, self.at, self.isOver = 0, time.monotonic(), False
        self.consumer = Consumer({"bootstrap.servers": broker, "group.id": f"out-{candidate.sink}",
                                  "auto.offset.reset": "earliest", "enable.auto.commit": False,
                                  "fetch.wait.max.ms": 5, "log_level": 3})
        self.consumer.assign([TopicPartition(candidate.sink, number, 0) for number in range(PARTITIONS)])

    def run(self):
        while not self.isOver:
            for message in self.consumer.consume(1_000, 0.05):
                if message.error() or not self.candidate.accepts(message):
                    continue
                now = time.monotonic()
                facts = json.loads(message.value())["facts"]
                numbers = self.found.setdefault(message.key().decode(), [])
                numbers.append(facts["number"])
                # The decision itself: how many of its key there were, it included.
                self.miscounted += facts["count"] != facts["number"] + 1
                self.latencies.append(now - facts["due"])
                self.count += 1
                self.at = now
        self.consumer.close()


class Inputs:
    def __init__(self, candidate, broker):
        from confluent_kafka import Producer

        self.candidate, self.wanted, self.number = candidate, {}, 0
        self.producer = Producer({"bootstrap.servers": broker, "acks": "all", "enable.idempotence": True, "linger.ms": 2, "log_level": 3,
                                  "max.in.flight.requests.per.connection": 1,
                                  "partitioner": "murmur2_random", "queue.buffering.max.messages": 1_000_000})

    def send(self, due):
        key = f"connection-{self.number % KEYS}"
        number = self.number // KEYS
        value = json.dumps({"facts": {"number": number, "due": due, "padding": PADDING}}, separators=(",", ":"))
        self.producer.produce(self.candidate.source, value, key, headers=self.candidate.headers(key))
        self.wanted.setdefault(key, []).append(number)
        self.number += 1

    def fill(self, count):
        for _ in range(count):
            self.send(time.monotonic())
            self.producer.poll(0)
        self.producer.flush()

    def pace(self, rate, seconds):
        begun, sent = time.monotonic(), 0
        while sent < rate * seconds:
            due = begun + sent / rate
            if due > time.monotonic():
                self.producer.poll(0)
                time.sleep(0.001)
                continue
            self.send(due)
            sent += 1
        self.producer.flush()


def start(candidate, log):
    return subprocess.Popen(candidate.command, env=candidate.environment(), stdout=log, stderr=log)


def wait(outputs, count, what, worker, patience=60):
    """Until there are so many, or nothing more comes."""
    while outputs.count < count:
        if worker.poll() is not None:
            raise RuntimeError(f"{outputs.candidate.name} ended with {worker.returncode} in {what}")
        if time.monotonic() - outputs.at > patience:
            return
        time.sleep(0.005)


def measure(candidate, given, broker, log):
    candidate.set_up()
    if candidate.topics():
        from confluent_kafka.admin import AdminClient, NewTopic

        administration = AdminClient({"bootstrap.servers": broker, "log_level": 3})
        for made in administration.create_topics(
            [NewTopic(topic, PARTITIONS, 1) for topic in candidate.topics()]
        ).values():
            made.result()
    inputs, outputs = Inputs(candidate, broker), Outputs(candidate, broker)
    outputs.start()
    worker = start(candidate, log)
    inputs.fill(WARMING)
    outputs.at = time.monotonic()
    wait(outputs, WARMING, "start", worker)
    # It stands still until all is there: neither its start counts nor how fast it was given work.
    worker.send_signal(signal.SIGSTOP)
    inputs.fill(given.messages)
    cpu, begun = seconds_of(worker.pid) + postgres_seconds(), time.monotonic()
    worker.send_signal(signal.SIGCONT)
    outputs.at = begun
    wait(outputs, inputs.number, "peak", worker)
    used = seconds_of(worker.pid) + postgres_seconds() - cpu
    peak = given.messages / (outputs.at - begun)
    outputs.latencies.clear()
    inputs.pace(peak / 2, given.seconds)
    wait(outputs, inputs.number, "half", worker)
    found = {"rate": peak, "cpu": used / given.messages * 1e6, **percentiles(outputs.latencies)}
    pacing = threading.Thread(target=inputs.pace, args=(peak / 8, given.crash_seconds))
    pacing.start()
    for _ in range(KILLS):
        time.sleep(given.crash_seconds / (KILLS + 1.5))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        worker = start(candidate, log)
    pacing.join()
    outputs.at = time.monotonic()
    wait(outputs, inputs.number, "crash", worker)
    # What comes twice may come later.
    while time.monotonic() - outputs.at < 10 and not complete(outputs, inputs):
        time.sleep(0.05)
    time.sleep(3)
    worker.kill()
    worker.wait()
    outputs.isOver = True
    outputs.join()
    return {**found, **judge(outputs.found, inputs.wanted)}, outputs.miscounted


def complete(outputs, inputs):
    return all(set(outputs.found.get(key, [])) >= set(numbers) for key, numbers in inputs.wanted.items())


def compare(given, row):
    broker = os.environ["AIGENTABLE_TEST_KAFKA"].removeprefix("kafka://").split("?")[0]
    notes = []

    def state_of(run):
        return os.path.join(given.directory, f"state-{run}")

    peers = [
        ("raw consume and produce", "raw", lambda _: [sys.executable, os.path.join(HERE, "raw_loop.py")], lambda _: []),
        ("Bytewax 0.21", "bytewax",
         lambda run: [sys.executable, "-m", "bytewax.run", "bytewax_flow:flow", "-r", state_of(run), "-s", "1", "-b", "0"],
         lambda run: [[sys.executable, "-m", "bytewax.recovery", state_of(run), "1"]]),
        ("Quix Streams 3.28", "quix", lambda _: [sys.executable, os.path.join(HERE, "quix_app.py")], lambda _: []),
        ("aigentable", "ours", None, None),
    ]
    for said, name, command, prepare in peers:
        run = uuid.uuid4().hex[:8]
        os.makedirs(state_of(run))
        work = {"run": run, "broker": broker, "state": state_of(run)}
        candidate = Python(name, command(run), prepare(run), work) if command else Ours(given.binary, work)
        with open(os.path.join(given.directory, f"{name}.log"), "wb") as log:
            found, miscounted = measure(candidate, given, broker, log)
        row("consume, decide, produce", said, found)
        if miscounted:
            notes.append(f"{said}: {miscounted} outputs say a wrong count")
    return notes
