"""Reads a whole topic from its beginning to where it ends now: how compacted topics become tables."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaException, TopicPartition

from pipeline.kafka.connection import Trouble, of_confluent
from pipeline.kafka.topics import LETTER_BYTES
from pipeline.settings import Kafka

SILENCE_SECONDS = 30.0
"""A broker that sends nothing for so long, where there is something to be read, has failed."""


_PASSING = frozenset({"NOT_LEADER_FOR_PARTITION", "LEADER_NOT_AVAILABLE", "_WAIT_COORD", "_TRANSPORT"})


class TopicUnreadable(Exception):
    """A topic could not be read; the message says which and why."""


class Entry(NamedTuple):
    """A message of a topic; a `value` of None is a tombstone."""

    partition: int
    offset: int
    key: str
    value: bytes | None


def partitions_of(settings: Kafka, topic: str) -> list[int]:
    """The numbers of a topic's partitions. Raises TopicUnreadable where there is no such topic."""
    trouble = Trouble()
    with closing(_consumer(settings, trouble)) as consumer:
        return _partitions(consumer, topic, trouble)


def end_of(settings: Kafka, topic: str, partition: int) -> int:
    """The offset that the partition's next message will have. Raises TopicUnreadable."""
    trouble = Trouble()
    with closing(_consumer(settings, trouble)) as consumer:
        _partitions(consumer, topic, trouble)  # and with them, where they are
        try:
            end: int = consumer.get_watermark_offsets(
                TopicPartition(topic, partition), timeout=SILENCE_SECONDS
            )[1]
        except KafkaException as error:
            raise TopicUnreadable(trouble.explain(f"{topic}: {error.args[0].str()}")) from error
        return end


def whole(
    settings: Kafka, topic: str, partitions: Sequence[int] | None = None, since: int = 0
) -> Iterator[Entry]:
    """Every message in those partitions, or in all, in order within each, from the offset `since` up to where they end at the
    call. Raises TopicUnreadable."""
    trouble = Trouble()
    with closing(_consumer(settings, trouble)) as consumer:
        numbers = _partitions(consumer, topic, trouble) if partitions is None else partitions
        left: dict[int, int] = {}
        begins: list[TopicPartition] = []
        for number in numbers:
            first, end = _reach(consumer, topic, number, trouble)
            first = max(first, since)
            if end > first:
                left[number] = end
                begins.append(TopicPartition(topic, number, first))
        if not left:
            return
        consumer.assign(begins)
        heard = time.monotonic()
        while left:
            came = consumer.consume(500, timeout=0.2)
            for message in came:
                if (error := message.error()) is not None:
                    if error.name() == "_PARTITION_EOF":  # the last offsets may have been compacted away
                        left = {number: end for number, end in left.items() if number != message.partition()}
                        continue
                    raise TopicUnreadable(f"{topic}: {error.str()}")
                at, offset = message.partition(), message.offset()
                assert at is not None
                assert offset is not None
                key = (message.key() or b"").decode("utf-8", "replace")
                if at in left:
                    yield Entry(at, offset, key, message.value())
                    if offset + 1 >= left[at]:
                        left.pop(at)
            if came:
                heard = time.monotonic()
            elif time.monotonic() - heard > SILENCE_SECONDS:
                raise TopicUnreadable(trouble.explain(f"{topic}: no broker sends it"))


def _reach(consumer: Consumer, topic: str, number: int, trouble: Trouble) -> tuple[int, int]:
    """The first offset of a partition and the one after its last. A partition that was made just now, or moves from one broker
    to another, has no leader for a moment. Raises TopicUnreadable."""
    end = time.monotonic() + SILENCE_SECONDS
    while True:
        try:
            reach: tuple[int, int] = consumer.get_watermark_offsets(
                TopicPartition(topic, number), timeout=SILENCE_SECONDS
            )
            return reach
        except KafkaException as error:
            if error.args[0].name() not in _PASSING or time.monotonic() > end:
                raise TopicUnreadable(trouble.explain(f"{topic}: {error.args[0].str()}")) from error
        time.sleep(0.2)


def _consumer(settings: Kafka, trouble: Trouble) -> Consumer:
    return Consumer(
        {
            **of_confluent(settings, trouble),
            "group.id": settings.prefix + "readers",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "fetch.message.max.bytes": LETTER_BYTES,
            "fetch.max.bytes": LETTER_BYTES + 1_000_000,
        }
    )


def _partitions(consumer: Consumer, topic: str, trouble: Trouble) -> list[int]:
    try:
        found = consumer.list_topics(topic, timeout=SILENCE_SECONDS).topics[topic]
    except KafkaException as error:
        consumer.poll(0)  # hears of the trouble
        raise TopicUnreadable(trouble.explain(f"{topic}: {error.args[0].str()}")) from error
    if found.error is not None:
        raise TopicUnreadable(f"{topic}: {found.error}; `wire setup` creates the topics")
    return sorted(found.partitions)
