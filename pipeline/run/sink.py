"""The sink: takes stories off Kafka and commits an offset only once everything before it is durable in Elasticsearch."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import closing, suppress
from typing import Any

import structlog
from confluent_kafka import Consumer, KafkaException, TopicPartition

from pipeline.index.elastic import connect
from pipeline.index.elastic.bulk import IN_FLIGHT, Misconfigured, Unavailable
from pipeline.kafka.connection import of_confluent
from pipeline.kafka.publish import BulkPublisher
from pipeline.kafka.records import TooNew
from pipeline.kafka.setup import await_topics
from pipeline.kafka.topics import LETTER_BYTES, SINK, topics
from pipeline.run.breaker import Tripped
from pipeline.run.indexing import Indexing, Received
from pipeline.run.metrics import Metrics
from pipeline.run.probe import Probe
from pipeline.run.waits import Waits
from pipeline.settings import Kafka, Settings

log = structlog.get_logger("wire.index")

BATCH = 4_000
"""Messages written together, at most: while the last requests of a batch are answered Elasticsearch has too little to do."""
LOOK_SECONDS = 5.0
"""Between two looks at how far behind the sink is."""
BROKER_SECONDS = 2.0
"""What a broker may take to answer such a look."""
REVOKE_SECONDS = 5.0
"""A batch that is being written when its partitions go to another sink has so long to end."""
STOP_SECONDS = 15.0
"""The same when the sink is told to stop."""


class Sink:
    """Polls in one thread, so that its group never misses it, and writes in another. While one batch is written the next is
    gathered, and no more is taken than that."""

    def __init__(
        self, settings: Settings, consumer: Consumer, indexing: Indexing, metrics: Metrics, waits: Waits
    ) -> None:
        self._settings = settings
        self._consumer = consumer
        self._indexing = indexing
        self._metrics = metrics
        self._waits = waits
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="write")
        self._gathered: list[Received] = []
        self._writing: tuple[Future[None], list[Received]] | None = None
        self._committed: dict[tuple[str, int], int] = {}
        self._paused = False
        self._joined = False
        self._trouble = ""
        self._looked = time.monotonic()

    def ready(self) -> str:
        """Why the sink is not ready; empty where it is."""
        return self._waits.reason or self._trouble or ("" if self._joined else "it is joining its group")

    def run(self, stop: threading.Event) -> None:
        """Runs until `stop` is set, and then ends in order. Raises Tripped, TooNew, Misconfigured."""
        named = topics(self._settings.kafka)
        self._consumer.subscribe(
            [named.enriched.name, named.dead.name, named.feed_state.name],
            on_assign=self._assigned,
            on_revoke=self._revoked,
            on_lost=self._lost,
        )
        try:
            while not stop.is_set():
                self._gather()
                self._finish()
                if self._writing is None:
                    self._begin()
                self._look()
            if self._writing is not None:
                self._wait_for_writing(STOP_SECONDS)
        finally:
            self._waits.give_up()
            self._writer.shutdown(wait=False, cancel_futures=True)

    def _gather(self) -> None:
        """Polls, for more where there is room."""
        size = sum(len(one.value or b"") for one in self._gathered)
        full = len(self._gathered) >= BATCH or size >= IN_FLIGHT * self._settings.elastic.bulk_bytes
        if full != self._paused:
            assigned = self._consumer.assignment()
            self._consumer.pause(assigned) if full else self._consumer.resume(assigned)
            self._paused = full
        room = 1 if full else BATCH - len(self._gathered)
        for message in self._consumer.consume(room, timeout=max(self._settings.streams.linger_seconds, 0.01)):
            if (error := message.error()) is not None:
                log.warning("broker", reason=str(error))
                self._trouble = str(error)
                continue
            key = (message.key() or b"").decode("utf-8", "replace")
            place = message.topic() or "", message.partition() or 0, message.offset() or 0
            self._gathered.append(Received(*place, key, message.value()))

    def _begin(self) -> None:
        """Writes what was gathered, and does what is due besides."""
        batch, self._gathered = self._gathered, []

        def write() -> None:
            self._waits.renew()
            if batch:
                self._indexing.take(batch)
            self._indexing.chores(idle=not batch)

        self._writing = self._writer.submit(write), batch

    def _finish(self) -> None:
        """Commits what has been written. Raises what ends the sink."""
        if self._writing is None or not self._writing[0].done():
            return
        written, batch = self._writing
        try:
            written.result()
        except Unavailable:  # it was given up, for a rebalance
            self._put_back()
        else:
            self._writing = None
            self._commit(batch, wait=False)

    def _put_back(self) -> None:
        """Gathers again what was not written: it comes first at the next try."""
        assert self._writing is not None
        self._gathered = self._writing[1] + self._gathered
        self._writing = None

    def _commit(self, batch: Sequence[Received], *, wait: bool) -> None:
        positions = {(message.topic, message.partition): message.offset + 1 for message in batch}
        if not positions:
            return
        self._committed |= positions
        offsets = [TopicPartition(*place, offset) for place, offset in positions.items()]
        try:
            if wait:
                self._consumer.commit(offsets=offsets, asynchronous=False)
            else:
                self._consumer.commit(offsets=offsets)
        except KafkaException as error:
            log.warning("not committed: what is done is repeated, which changes nothing", reason=str(error))

    def _assigned(self, consumer: Any, partitions: Iterable[Any]) -> None:
        self._indexing.unsettle()
        self._joined, self._paused = True, False
        log.info("partitions taken", partitions=_named(partitions))

    def _revoked(self, consumer: Any, partitions: Iterable[Any]) -> None:
        """Commits what is durable before another sink goes on from there."""
        if self._writing is not None:
            self._wait_for_writing(REVOKE_SECONDS)
        self._lost(consumer, partitions)

    def _lost(self, consumer: Any, partitions: Iterable[Any]) -> None:
        """Forgets what belongs to others now."""
        log.info("partitions given up", partitions=_named(partitions))
        gone = {(partition.topic, partition.partition) for partition in partitions}
        if self._writing is not None and not _ends_the_sink(self._writing[0]):
            self._put_back()
        self._gathered = [one for one in self._gathered if (one.topic, one.partition) not in gone]
        for topic, partition in gone:
            self._committed.pop((topic, partition), None)
            with suppress(KeyError):
                self._metrics.waiting.remove(topic, str(partition))

    def _wait_for_writing(self, seconds: float) -> None:
        """Commits the batch under way if it becomes durable within so long; past that it is given up."""
        assert self._writing is not None
        written, batch = self._writing
        wait_for([written], seconds)
        if not written.done():
            self._waits.give_up()
            wait_for([written], 1.0)
        if written.done() and written.exception() is None:
            self._writing = None
            self._commit(batch, wait=True)

    def _look(self) -> None:
        """Now and then: how far behind the sink is, and whether the brokers answer."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        try:
            for one in self._consumer.assignment():
                first, end = self._consumer.get_watermark_offsets(one, timeout=BROKER_SECONDS)
                place = one.topic, one.partition
                if place not in self._committed:
                    (known,) = self._consumer.committed([one], timeout=BROKER_SECONDS)
                    self._committed[place] = max(known.offset, first)
                self._metrics.waiting.labels(one.topic, str(one.partition)).set(
                    max(0, end - self._committed[place])
                )
            self._trouble = ""
        except KafkaException as error:
            self._trouble = f"the brokers do not answer: {error}"
        self._looked = time.monotonic()


def _named(partitions: Iterable[Any]) -> list[str]:
    return [f"{one.topic}/{one.partition}" for one in partitions]


def _ends_the_sink(writing: Future[None]) -> bool:
    """It ended in an exception that is for `run` to raise."""
    return writing.done() and not isinstance(writing.exception(), Unavailable | None)


def consumer_of(settings: Kafka) -> Consumer:
    """The sink's consumer. Raises NoBrokers."""
    return Consumer(
        {
            **of_confluent(settings),
            "group.id": settings.prefix + SINK,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "session.timeout.ms": round(settings.session_seconds * 1_000),
            "heartbeat.interval.ms": round(settings.session_seconds * 1_000 / 3),
            "reconnect.backoff.max.ms": 2_000,
            "fetch.message.max.bytes": 4_194_304,  # a larger message is given all the same, alone
            "fetch.max.bytes": LETTER_BYTES,
            "receive.message.max.bytes": 2 * LETTER_BYTES,
            "queued.max.messages.kbytes": 32_768,
        }
    )


def run(settings: Settings, metrics: Metrics, stop: threading.Event) -> str:
    """Runs the sink until `stop`. Empty after an orderly end, else why it ended. Raises NoBrokers, Unreachable, and OSError where
    the port is taken."""
    waits = Waits()
    with (
        closing(connect(settings.elastic)) as client,
        closing(BulkPublisher(settings.kafka)) as publisher,
        closing(consumer_of(settings.kafka)) as consumer,
    ):
        indexing = Indexing(settings, client, publisher, metrics, waits)
        sink = Sink(settings, consumer, indexing, metrics, waits)
        probe = Probe(settings.streams.port, metrics.registry, sink.ready)
        probe.start()
        log.info("running", port=probe.port)
        try:
            _await_servers(settings, indexing, waits, stop)
            sink.run(stop)
        except Unavailable:  # told to stop while it waited for its servers
            return ""
        except (Tripped, TooNew, Misconfigured) as error:
            log.error("sink ends", reason=str(error))
            return str(error)
        finally:
            probe.stop()
    return ""


def _await_servers(settings: Settings, indexing: Indexing, waits: Waits, stop: threading.Event) -> None:
    """Returns once both servers answer and are set up. Raises Unavailable where it is told to stop first."""
    here = threading.Event()

    def watch() -> None:
        while not here.wait(0.2):
            if stop.is_set():
                waits.give_up()

    def told(why: str) -> None:
        waits.told(why)
        if stop.is_set():
            raise Unavailable(why)

    threading.Thread(target=watch, daemon=True).start()
    try:
        await_topics(settings.kafka, topics(settings.kafka).all, told)
        indexing.await_set_up()
    finally:
        here.set()
