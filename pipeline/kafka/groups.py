"""How consumer groups stand: how many members each has, and how many messages wait for it, as the brokers know it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from pipeline.kafka.connection import Trouble, of_confluent
from pipeline.kafka.reading import TopicUnreadable
from pipeline.settings import Kafka

ANSWER_SECONDS = 10.0
"""What the brokers may take to answer."""
_PASSING = frozenset({"NOT_COORDINATOR", "COORDINATOR_NOT_AVAILABLE", "COORDINATOR_LOAD_IN_PROGRESS"})
"""What brokers say that were started just now."""


def members(settings: Kafka, groups: Sequence[str]) -> dict[str, int]:
    """How many members each group has; a group that nobody ever joined has none. Raises TopicUnreadable, NoBrokers."""
    trouble = Trouble()
    admin = AdminClient(of_confluent(settings, trouble))
    end = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            return {group: _members(admin, group) for group in groups}
        except TimeoutError as error:
            raise TopicUnreadable(trouble.explain(f"{settings.brokers}: no broker answers")) from error
        except KafkaException as error:
            if error.args[0].name() not in _PASSING or time.monotonic() > end:
                raise TopicUnreadable(
                    trouble.explain(f"{settings.brokers}: {error.args[0].str()}")
                ) from error
        time.sleep(0.2)


def _members(admin: AdminClient, group: str) -> int:
    (answer,) = admin.describe_consumer_groups([group], request_timeout=ANSWER_SECONDS).values()
    try:
        return len(answer.result(ANSWER_SECONDS).members)
    except KafkaException as error:
        if error.args[0].name() == "GROUP_ID_NOT_FOUND":
            return 0
        raise


def waiting(settings: Kafka, group: str, topics: Sequence[str]) -> dict[str, int]:
    """Messages of each topic that the group has not committed. Raises TopicUnreadable, NoBrokers."""
    trouble = Trouble()
    options = {**of_confluent(settings, trouble), "group.id": group, "enable.auto.commit": False}
    with closing(Consumer(options)) as consumer:
        return {topic: _waiting(consumer, topic, trouble) for topic in topics}


def _waiting(consumer: Consumer, topic: str, trouble: Trouble) -> int:
    try:
        found = consumer.list_topics(topic, timeout=ANSWER_SECONDS).topics[topic]
        if found.error is not None:
            raise TopicUnreadable(f"{topic}: {found.error}; `wire setup` creates the topics")
        places = [TopicPartition(topic, number) for number in found.partitions]
        total = 0
        for place in consumer.committed(places, timeout=ANSWER_SECONDS):
            first, end = consumer.get_watermark_offsets(place, timeout=ANSWER_SECONDS)
            total += end - max(first, place.offset)
        return total
    except KafkaException as error:
        raise TopicUnreadable(trouble.explain(f"{topic}: {error.args[0].str()}")) from error
