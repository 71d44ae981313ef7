"""A collector's place in the group that shares the feeds out: which partitions of the feed list it has, and what is on them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from pipeline.collect.feedlist import Feed
from pipeline.kafka.connection import of_confluent
from pipeline.kafka.feed_memory import read_held, read_snapshot
from pipeline.kafka.feeds import read_entry
from pipeline.kafka.reading import Entry, TopicUnreadable, whole
from pipeline.kafka.records import Unreadable
from pipeline.kafka.shares import Share
from pipeline.kafka.topics import COLLECTORS, topics
from pipeline.settings import Kafka

log = structlog.get_logger("wire.collect")

AGAIN_SECONDS = 2.0
"""After trouble the group is joined again so long after."""

T = TypeVar("T")


class Holder(Protocol):
    """What is told of the partitions. Called on the membership's thread; while it works nobody else gets what it has."""

    def gained(self, shares: Mapping[int, Share]) -> None:
        """These are ours now: nobody else polls their feeds."""

    def changed(self, partition: int, name: str, feed: Feed | None) -> None:
        """An entry of one of ours; None: it is off the list."""

    def gives_up(self, partitions: Sequence[int]) -> None:
        """These are ours no longer once it returns: by then nothing of them is polled."""

    def lost(self, partitions: Sequence[int]) -> None:
        """These may be somebody else's already."""


class Membership:
    """Membership in the group. By librdkafka, as its consumer gives up by itself what it could not renew in time, so that a
    collector that was cut off or stopped does not poll what is another's; and only what has to moves at a rebalance."""

    def __init__(self, settings: Kafka, holder: Holder) -> None:
        self._settings = settings
        self._topics = topics(settings)
        self._holder = holder
        self._stop = threading.Event()
        self._began: dict[int, int] = {}
        """By partition: the offset that reading goes on from."""
        self.reason = "the group of collectors is not joined yet"
        """Why this collector has no feeds, or nothing."""

    def run(self) -> None:
        """Takes part until `stop`, whatever happens to the brokers."""
        while not self._stop.is_set():
            consumer = Consumer(self._configuration(), logger=logging.getLogger("wire.kafka"))
            try:
                self._take_part(consumer)
            except Exception as error:
                known = isinstance(error, KafkaException | TopicUnreadable)
                self.reason = f"out of the group of collectors: {error}"
                log.error(
                    "out of the group of collectors; joined again", reason=str(error), exc_info=not known
                )
            finally:
                consumer.close()  # which gives up what it has
            self._stop.wait(AGAIN_SECONDS)

    def stop(self) -> None:
        """Leaves the group, so that the others take over at once; `run` returns when it is done."""
        self._stop.set()

    def _take_part(self, consumer: Consumer) -> None:
        consumer.subscribe(
            [self._topics.feeds.name], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
        )
        while not self._stop.is_set():
            for message in consumer.consume(100, timeout=0.2):
                if (trouble := message.error()) is not None:
                    if trouble.fatal():
                        raise KafkaException(trouble)
                    log.warning("trouble with the brokers", reason=str(trouble))
                    continue
                entry = Entry(
                    message.partition() or 0,
                    message.offset() or 0,
                    (message.key() or b"").decode("utf-8", "replace"),
                    message.value(),
                )
                with _said(entry):
                    self._holder.changed(entry.partition, entry.key, read_entry(entry))

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        numbers = sorted(one.partition for one in partitions)
        began: dict[int, int] = {}
        shares = self._read(numbers, began) if numbers else {}
        consumer.incremental_assign(
            [
                TopicPartition(self._topics.feeds.name, number, began.get(number, OFFSET_BEGINNING))
                for number in numbers
            ]
        )
        self._holder.gained(shares)
        self.reason = ""
        feeds = sum(len(share.feeds) for share in shares.values())
        log.info("in the group of collectors", gained=numbers, feeds=feeds)

    def _revoked(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        numbers = sorted(one.partition for one in partitions)
        log.info("partitions given up", partitions=numbers)
        self._holder.gives_up(numbers)
        consumer.incremental_unassign(partitions)

    def _lost(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        numbers = sorted(one.partition for one in partitions)
        self.reason = "the group of collectors was lost: no broker answered in time"
        log.warning("partitions lost", partitions=numbers)
        self._holder.lost(numbers)
        consumer.incremental_unassign(partitions)

    def _read(self, numbers: Sequence[int], began: dict[int, int]) -> dict[int, Share]:
        """What is on these partitions; `began` gets the offsets after it. Raises TopicUnreadable."""
        feeds: dict[int, dict[str, Feed]] = {number: {} for number in numbers}
        for entry in whole(self._settings, self._topics.feeds.name, numbers):
            began[entry.partition] = entry.offset + 1
            with _said(entry):
                feed = read_entry(entry)
                if feed is None:
                    feeds[entry.partition].pop(entry.key, None)
                else:
                    feeds[entry.partition][entry.key] = feed
        states = self._remembered(self._topics.feed_state.name, numbers, read_snapshot)
        held = self._remembered(self._topics.feed_held.name, numbers, read_held)
        return {
            number: Share(feeds=feeds[number], states=states[number], held=held[number]) for number in numbers
        }

    def _remembered(
        self, topic: str, numbers: Sequence[int], read: Callable[[bytes], T]
    ) -> dict[int, dict[str, T]]:
        latest: dict[int, dict[str, bytes | None]] = {number: {} for number in numbers}
        for entry in whole(self._settings, topic, numbers):
            latest[entry.partition][entry.key] = entry.value
        found: dict[int, dict[str, T]] = {number: {} for number in numbers}
        for number, values in latest.items():
            for name, value in values.items():
                if value is None:
                    continue
                try:
                    found[number][name] = read(value)
                except Unreadable as error:
                    log.warning(
                        "a feed's memory is unreadable; it begins anew",
                        feed=name,
                        topic=topic,
                        reason=str(error),
                    )
        return found

    def _configuration(self) -> dict[str, Any]:
        session = round(self._settings.session_seconds * 1_000)
        return {
            **of_confluent(self._settings),
            "group.id": self._settings.prefix + COLLECTORS,
            "partition.assignment.strategy": "cooperative-sticky",
            "session.timeout.ms": session,
            "heartbeat.interval.ms": session // 3,
            "enable.auto.commit": False,  # what is on the topic is read whole by whoever gets it
            "auto.offset.reset": "earliest",
        }


@contextmanager
def _said(entry: Entry) -> Iterator[None]:
    """Says that an entry of the list cannot be read; what was there before it stays."""
    try:
        yield
    except Unreadable as error:
        log.error("an entry of the feed list is left out", feed=entry.key, reason=str(error))
