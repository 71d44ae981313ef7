"""How consumer groups stand: how many members each has, and how many messages wait for it, as the brokers know it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from pipeline.kafka.connection import of_confluent
from pipeline.kafka.reading import TopicUnreadable
from pipeline.settings import Kafka

ANSWER_SECONDS = 10.0
"""What the brokers may take to answer."""
_QUIET = {"log_level": 0}
"""What goes wrong is raised: the library need not write it on standard error besides."""


def members(settings: Kafka, groups: Sequence[str]) -> dict[str, int]:
    """How many members each group has; a group that nobody ever joined has none. Raises TopicUnreadable, NoBrokers."""
    admin = AdminClient({**of_confluent(settings), **_QUIET})
    counted = {}
    for group, answer in admin.describe_consumer_groups(list(groups), request_timeout=ANSWER_SECONDS).items():
        try:
            counted[group] = len(answer.result(ANSWER_SECONDS).members)
        except TimeoutError as error:
            raise TopicUnreadable(f"{settings.brokers}: no broker answers") from error
        except KafkaException as error:
            if error.args[0].code() == KafkaError._TRANSPORT:
                raise TopicUnreadable(f"{settings.brokers}: no broker answers") from error
            if error.args[0].name() != "GROUP_ID_NOT_FOUND":
                raise TopicUnreadable(f"group {group}: {error}") from error
            counted[group] = 0
    return counted


def waiting(settings: Kafka, group: str, topics: Sequence[str]) -> dict[str, int]:
    """Messages of each topic that the group has not committed. Raises TopicUnreadable, NoBrokers."""
    options = {**of_confluent(settings), **_QUIET, "group.id": group, "enable.auto.commit": False}
    with closing(Consumer(options)) as consumer:
        return {topic: _waiting(consumer, topic) for topic in topics}


def _waiting(consumer: Consumer, topic: str) -> int:
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
        raise TopicUnreadable(f"{topic}: {error}") from error
