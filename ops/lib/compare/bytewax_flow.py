"""The flow that Bytewax runs: counts the messages of each key."""

import json
import os

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSinkMessage
from bytewax.connectors.kafka import operators as kafka
from bytewax.dataflow import Dataflow
from confluent_kafka import OFFSET_BEGINNING

BROKERS = [os.environ["COMPARE_BROKER"]]


def decide(count, message):
    count = (count or 0) + 1
    value = json.loads(message.value)
    value["facts"]["count"] = count
    return count, KafkaSinkMessage(message.key, json.dumps(value, separators=(",", ":")).encode())


flow = Dataflow("compare")
read = kafka.input(
    "read", flow, brokers=BROKERS, topics=[os.environ["COMPARE_IN"]], starting_offset=OFFSET_BEGINNING, batch_size=1_000,
    add_config={"fetch.wait.max.ms": "5"},
)
keyed = op.map("key", read.oks, lambda message: (message.key.decode(), message))
decided = op.stateful_map("decide", keyed, decide)
kafka.output("write", op.map("value", decided, lambda pair: pair[1]), brokers=BROKERS, topic=os.environ["COMPARE_OUT"])
