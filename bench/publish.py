"""How fast each publisher gets stories of 3 KB acknowledged, beside each other, in batches as their users have them.

    python -m bench.publish [--brokers localhost:9092] [--stories 5000] [--rounds 3]

Each round runs all of them in turn, on a topic that is new; read the ratios, since they share the machine with the broker."""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
import uuid
from collections.abc import Sequence
from contextlib import closing

from kafka import KafkaAdminClient

from pipeline.kafka.connection import of_kafka_python
from pipeline.kafka.publish import BulkPublisher, Message, SteadyPublisher
from pipeline.kafka.setup import set_up
from pipeline.kafka.topics import topics
from pipeline.settings import Kafka
from pipeline.story import RawStory, encode, story_id

RUNS = {
    "steady, by 50": (SteadyPublisher, 50),
    "bulk, by 50": (BulkPublisher, 50),
    "bulk, by 500": (BulkPublisher, 500),
}


def main() -> None:
    """Prints the table and the JSON."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--brokers", default="localhost:9092")
    arguments.add_argument("--stories", type=int, default=5_000)
    arguments.add_argument("--rounds", type=int, default=3)
    args = arguments.parse_args()
    records = stories(args.stories)
    rates: dict[str, list[float]] = {name: [] for name in RUNS}
    for _ in range(args.rounds):
        for name, (kind, batch) in RUNS.items():
            rates[name].append(len(records) / measure(args.brokers, kind, batch, records))
    found = {f"{name}, stories/s": statistics.median(own) for name, own in rates.items()}
    found["ratio: bulk / steady, by 50"] = statistics.median(
        bulk / steady for bulk, steady in zip(rates["bulk, by 50"], rates["steady, by 50"], strict=True)
    )
    for name, value in found.items():
        print(f"{name:40} {value:10.1f}")
    print(json.dumps({"bench": "publish", **{name: round(value, 2) for name, value in found.items()}}))


def stories(count: int) -> list[tuple[str, bytes]]:
    """Keys and raw stories of some 3 KB, of words by chance."""
    chances = random.Random(1)
    words = ["".join(chances.choices("aeioulnrstdm", k=chances.randint(2, 9))) for _ in range(5_000)]
    made = []
    for number in range(count):
        raw = RawStory(
            source="bench",
            format="text",
            family=str(number),
            headline=" ".join(chances.choices(words, k=8)),
            body=" ".join(chances.choices(words, k=420)),
        )
        made.append((story_id(raw.source, raw.family), encode(raw)))
    return made


def measure(
    brokers: str,
    kind: type[SteadyPublisher] | type[BulkPublisher],
    batch: int,
    records: Sequence[tuple[str, bytes]],
) -> float:
    """Seconds until all are acknowledged."""
    settings = Kafka(brokers=brokers, prefix=f"bench{uuid.uuid4().hex[:8]}.", partitions=4)
    topic = topics(settings).raw
    set_up(settings, [topic])
    try:
        with closing(kind(settings)) as publisher:
            publisher.publish([Message(topic.name, "first", b"{}")])  # connections are not what is measured
            began = time.perf_counter()
            for first in range(0, len(records), batch):
                publisher.publish(
                    [Message(topic.name, key, value) for key, value in records[first : first + batch]]
                )
            return time.perf_counter() - began
    finally:
        with closing(KafkaAdminClient(**of_kafka_python(settings))) as admin:
            admin.delete_topics([topic.name])


if __name__ == "__main__":
    main()
