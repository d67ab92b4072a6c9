"""The ceiling of streaming: librdkafka alone, with counts in memory, and offsets that it commits by itself."""

import json
import os

from confluent_kafka import Consumer, Producer

BROKER = {"bootstrap.servers": os.environ["COMPARE_BROKER"], "log_level": 3}
consumer = Consumer({**BROKER, "group.id": os.environ["COMPARE_IN"], "auto.offset.reset": "earliest",
                     "session.timeout.ms": 6_000, "fetch.wait.max.ms": 5})
producer = Producer({**BROKER, "acks": "all", "linger.ms": 2, "queue.buffering.max.messages": 1_000_000})
consumer.subscribe([os.environ["COMPARE_IN"]])
counts = {}
while True:
    for message in consumer.consume(1_000, 0.01):
        if message.error():
            continue
        value, key = json.loads(message.value()), message.key()
        counts[key] = counts.get(key, 0) + 1
        value["facts"]["count"] = counts[key]
        producer.produce(os.environ["COMPARE_OUT"], json.dumps(value, separators=(",", ":")), key)
    producer.poll(0)
