"""A stream worker: one agent for each stage, which takes a batch, publishes what the stage made of it, and only then commits."""

from __future__ import annotations

import asyncio
import os
import shutil
import weakref
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import faust
import structlog
from faust.streams import _current_event

from pipeline.deduplicate import Deduplicator
from pipeline.kafka.letters import burials
from pipeline.kafka.publish import Message
from pipeline.kafka.records import TooNew
from pipeline.kafka.setup import await_topics
from pipeline.kafka.topics import MEMORY, topics
from pipeline.run.breaker import Breaker, Tripped
from pipeline.run.enriching import Enriching
from pipeline.run.metrics import Metrics
from pipeline.run.probe import Probe
from pipeline.run.streams.app import DurableTable, app_of
from pipeline.run.streams.memory import TableState
from pipeline.run.streams.stages import Made, Received, cleaned, decided, enriched
from pipeline.run.streams.watchdog import Watchdog
from pipeline.settings import Settings

log = structlog.get_logger("wire.process")

Stage = Callable[[Sequence[Received]], Awaitable[Made]]


class Worker:
    """The agents of all three stages on one Faust application: its members share every topic out among all of them."""

    def __init__(
        self, settings: Settings, enriching: Enriching, metrics: Metrics, watchdog: Watchdog
    ) -> None:
        self.app = app_of(settings)
        self.fatal = ""
        """Why the worker has to end, once it has."""
        self._settings = settings
        self._topics = topics(settings.kafka)
        self._metrics = metrics
        self._watchdog = watchdog
        self._breakers: dict[tuple[str, int], Breaker] = {}
        table = self.app.Table(
            MEMORY, key_type=bytes, value_type=bytes, partitions=1, options={"driver": "rocksdict"}
        )
        assert isinstance(table, DurableTable)
        self._agent(self._topics.raw.name, self._clean())
        self._agent(self._topics.clean.name, _Deciding(settings, table, self._topics.decided.name))
        self._agent(self._topics.decided.name, self._enrich(enriching))

    def _clean(self) -> Stage:
        to, characters = self._topics.clean.name, self._settings.process.story_characters

        async def stage(received: Sequence[Received]) -> Made:
            with self._metrics.stage("clean"):
                return await asyncio.to_thread(cleaned, received, to, characters)

        return stage

    def _enrich(self, enriching: Enriching) -> Stage:
        to = self._topics.enriched.name

        async def stage(received: Sequence[Received]) -> Made:
            with self._metrics.stage("enrich"):
                return await asyncio.to_thread(enriched, received, to, enriching, lambda: datetime.now(UTC))

        return stage

    def _agent(self, topic: str, stage: Stage | _Deciding) -> None:
        batch, linger = self._settings.streams.batch, self._settings.streams.linger_seconds

        async def run(stream: Any) -> None:
            async for events in stream.noack_take(batch, within=linger):
                try:
                    await self._take(events, stage)
                except Exception as error:
                    await self._end(error)
                    return
                for event in events:
                    await stream.ack(event)
                self._watchdog.moved()

        consumed = self.app.topic(topic, key_serializer="raw", value_serializer="raw")
        self.app.agent(consumed, name=topic, concurrency=1)(run)

    async def _take(self, events: Sequence[Any], stage: Stage | _Deciding) -> None:
        """A batch through a stage. Its results are acknowledged by the brokers when this returns."""
        received = [
            Received(e.message.topic, e.message.partition, e.message.offset, e.message.value) for e in events
        ]
        if isinstance(stage, _Deciding):
            _current_event.set(weakref.ref(events[-1]))
            with self._metrics.stage("deduplicate"):
                made = await stage.decide(received)
        else:
            made = await stage(received)
        letters = burials(self._settings.kafka, made.casualties, datetime.now(UTC))
        await self._publish([*made.messages, *letters])
        if isinstance(stage, _Deciding):
            await stage.remember()
        for casualty in made.casualties:
            self._metrics.dead.labels(casualty.stage).inc()
            log.warning("dead letter", stage=casualty.stage, document=casualty.document, error=casualty.error)
        breaker = self._breakers.setdefault((received[-1].topic, received[-1].partition), Breaker())
        breaker.saw(len(received) - len(made.casualties), [casualty.error for casualty in made.casualties])

    async def _publish(self, messages: Iterable[Message]) -> None:
        producer = self.app.producer
        sent = [
            await producer.send(message.topic, message.key.encode(), message.value, None, None, None)
            for message in messages
        ]
        await asyncio.gather(*sent)

    async def _end(self, error: Exception) -> None:
        """What failed here fails again: the process ends, and whoever begins it anew repeats from the last commit."""
        known = isinstance(error, (Tripped, TooNew))
        self.fatal = str(error) if known else f"{type(error).__name__}: {error}"
        log.error("worker ends", reason=self.fatal, exc_info=None if known else error)
        await self.app.crash(error)


class _Loaded(NamedTuple):
    state: TableState
    deduplicator: Deduplicator


class _Deciding:
    """The de-duplicate stage and its table. One worker has it at a time: the topic has one partition."""

    def __init__(self, settings: Settings, table: DurableTable, to: str) -> None:
        self._settings = settings.dedupe
        self._table = table
        self._to = to
        self._loaded: _Loaded | None = None
        self._next = -1

    async def decide(self, received: Sequence[Received]) -> Made:
        """Decides on a batch. Where the offsets go on from the last batch, nobody else had the table in between, and what is in
        memory holds; what comes again was decided on before and is dropped."""
        if self._loaded is None:
            self._loaded = await asyncio.to_thread(self._load)
        elif received[0].offset > self._next:
            await asyncio.to_thread(self._loaded.state.reload)
        self._next = received[-1].offset + 1
        return decided(received, self._to, self._loaded.deduplicator)

    async def remember(self) -> None:
        """Makes what was decided durable: returns once the brokers have it."""
        assert self._loaded is not None
        for key, value in self._loaded.state.changes().items():
            if value is not None:
                self._table[key] = value
            elif key in self._table:
                del self._table[key]
        sent, self._table.unacknowledged = self._table.unacknowledged, []
        await asyncio.gather(*sent)

    def _load(self) -> _Loaded:
        state = TableState(self._table, self._settings)
        return _Loaded(state, Deduplicator(state, self._settings))


def waited_for_topics(settings: Settings) -> None:
    """Returns once the brokers answer and have the topics. A worker that began without would only end at once."""
    await_topics(settings.kafka, topics(settings.kafka).all, lambda what: log.warning("waiting", reason=what))


def run(settings: Settings, enriching: Enriching, metrics: Metrics) -> str:
    """Runs a worker until SIGTERM or SIGINT. Empty after an orderly stop, else why it ended. Raises NoBrokers, and OSError where
    the port is taken."""
    watchdog = Watchdog(settings.streams.stuck_seconds)
    worker = Worker(settings, enriching, metrics, watchdog)
    Path(worker.app.conf.datadir).mkdir(parents=True, exist_ok=True)

    @worker.app.task  # type: ignore[untyped-decorator]
    async def watched() -> None:
        await watchdog.run(worker.app, topics(settings.kafka), metrics)

    probe = Probe(settings.streams.port, metrics.registry, lambda: watchdog.ready)
    probe.start()
    log.info("running", port=probe.port)
    with Path(os.devnull).open("w") as nowhere:  # its spinner is for people who watch
        service = faust.Worker(
            worker.app, override_logging=False, redirect_stdouts=False, quiet=True, stdout=nowhere
        )
        return _until_stopped(service, worker, probe)


def _until_stopped(service: faust.Worker, worker: Worker, probe: Probe) -> str:
    try:
        service.execute_from_commandline()
    except SystemExit as end:
        if worker.app.tables.recovery.crashed:  # type: ignore[attr-defined]
            # Only a copy of the changelog: without it the next worker reads that from its beginning.
            shutil.rmtree(worker.app.conf.datadir, ignore_errors=True)
            return f"its copy of the tables in {worker.app.conf.datadir} cannot be used and was removed; begin it again"
        if end.code:
            return worker.fatal or f"the worker ended with {end.code}"
    finally:
        probe.stop()
    return worker.fatal
