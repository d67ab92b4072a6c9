"""The program that Quix Streams runs: counts the messages of each key, exactly once as it promises."""

import os

from quixstreams import Application

app = Application(
    broker_address=os.environ["COMPARE_BROKER"], consumer_group=os.environ["COMPARE_IN"], auto_offset_reset="earliest",
    processing_guarantee="exactly-once", state_dir=os.environ["COMPARE_STATE"], commit_interval=0.1,
    # Or a killed process keeps its partitions for 45 s.
    consumer_extra_config={"session.timeout.ms": 6_000, "fetch.wait.max.ms": 5},
    # Or what a killed process left open hides what comes after it for a minute.
    producer_extra_config={"transaction.timeout.ms": 10_000},
)


def decide(value, state):
    count = state.get("count", 0) + 1
    state.set("count", count)
    value["facts"]["count"] = count
    return value


frame = app.dataframe(app.topic(os.environ["COMPARE_IN"], value_deserializer="json"))
frame.apply(decide, stateful=True).to_topic(app.topic(os.environ["COMPARE_OUT"], value_serializer="json"))

if __name__ == "__main__":
    app.run()
