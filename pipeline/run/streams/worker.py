"""A stream worker: one agent for each stage, which takes a batch, publishes what the stage made of it, and only then commits."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import faust
import structlog

from pipeline.deduplicate import Deduplicator, warm
from pipeline.kafka.letters import burials
from pipeline.kafka.publish import Message
from pipeline.kafka.reading import end_of
from pipeline.kafka.records import TooNew
from pipeline.kafka.setup import await_topics
from pipeline.kafka.topics import topics
from pipeline.run.breaker import Breaker, Tripped
from pipeline.run.enriching import Enriching
from pipeline.run.logs import log_casualties
from pipeline.run.metrics import Metrics
from pipeline.run.probe import Probe
from pipeline.run.streams.app import app_of
from pipeline.run.streams.memory import TableState
from pipeline.run.streams.rows import Rows
from pipeline.run.streams.stages import Cleaning, Made, Received, Unsound, decided, enriched
from pipeline.run.streams.watchdog import Watchdog
from pipeline.settings import Settings

log = structlog.get_logger("wire.process")

FINISH_SECONDS = 20.0
"""At the end, and where the group shares its work out anew, a batch under way is waited for so long. One that takes longer is
done again by whoever gets it."""


class Stage(Protocol):
    """What an agent does with a batch."""

    name: str

    async def make(self, received: Sequence[Received]) -> Made:
        """The batch's results. Raises TooNew, Unsound."""

    async def keep(self) -> None:
        """Makes what the stage remembers durable: called once the results are."""

    def forget(self) -> None:
        """The batch was not this worker's any more: what is remembered of it is void."""


class Stateless:
    """A stage that remembers nothing, in threads that mostly wait for its processes."""

    def __init__(self, name: str, make: Callable[[Sequence[Received]], Made]) -> None:
        self.name = name
        self._make = make

    async def make(self, received: Sequence[Received]) -> Made:
        """See Stage."""
        return await asyncio.to_thread(self._make, received)

    async def keep(self) -> None:
        """Nothing."""

    def forget(self) -> None:
        """Nothing."""


class _Loaded(NamedTuple):
    state: TableState
    deduplicator: Deduplicator


class Deciding:
    """The de-duplicate stage on its rows. One worker has it at a time: its topic has one partition."""

    name = "deduplicate"

    def __init__(self, settings: Settings, rows: Rows, to: str) -> None:
        self._settings = settings.dedupe
        self._rows = rows
        self._to = to
        self._loaded: _Loaded | None = None
        self._known = -1
        """The last message of the changelog that is in memory."""
        self._changes: dict[bytes, bytes | None] = {}

    async def make(self, received: Sequence[Received]) -> Made:
        """See Stage. What comes again was decided on before and is dropped."""
        return await asyncio.to_thread(self._decide, received)

    async def keep(self) -> None:
        """See Stage."""
        changes, self._changes = self._changes, {}
        await self._rows.write(changes)
        self._known = self._rows.offset

    def forget(self) -> None:
        """See Stage."""
        self._loaded = None

    def _decide(self, received: Sequence[Received]) -> Made:
        loaded = self._current()
        made = decided(received, self._to, loaded.deduplicator)
        self._changes = loaded.state.changes()
        return made

    def _current(self) -> _Loaded:
        """What is remembered. Where another worker had the rows in between, it is loaded from them anew."""
        if self._loaded is None or self._rows.offset != self._known:
            began = time.monotonic()
            self._known = self._rows.offset
            state = TableState(self._rows, self._settings)
            self._loaded = _Loaded(state, Deduplicator(state, self._settings))
            log.info("memory loaded", seconds=round(time.monotonic() - began, 1), changelog=self._known)
        return self._loaded


class Worker:
    """The agents of all three stages on one Faust application: its members share every topic out among all of them."""

    def __init__(
        self, settings: Settings, cleaning: Cleaning, enriching: Enriching, metrics: Metrics
    ) -> None:
        kafka, streams = settings.kafka, settings.streams
        self.app = app_of(settings)
        self.fatal = ""
        """Why the worker has to end, once it has."""
        self.rows = Rows(self.app)
        self._settings = settings
        self._metrics = metrics
        named = topics(kafka)
        consumed = frozenset((named.raw.name, named.clean.name, named.decided.name))
        self.watchdog = Watchdog(
            self.app, consumed, metrics, streams.stuck_seconds, kafka.session_seconds, self.rows.condemn
        )
        self._breakers: dict[tuple[str, int], Breaker] = {}
        self._turns: list[asyncio.Lock] = []
        self._stopping = False
        self._giving_up = False
        """The group shares its work out anew."""

        def enrich(received: Sequence[Received]) -> Made:
            return enriched(received, named.enriched.name, enriching, lambda: datetime.now(UTC))

        self._agent(named.raw.name, Stateless("clean", cleaning.clean))
        self._agent(named.clean.name, Deciding(settings, self.rows, named.decided.name))
        self._agent(named.decided.name, Stateless("enrich", enrich))
        self.app.on_partitions_revoked.connect(self._let_go)
        self.app.on_partitions_assigned.connect(self._take_up)

    def _agent(self, topic: str, stage: Stage) -> None:
        batch, linger = self._settings.streams.batch, self._settings.streams.linger_seconds
        turn = asyncio.Lock()
        self._turns.append(turn)

        async def run(stream: Any) -> None:
            async for events in stream.noack_take(batch, within=linger):
                async with turn:
                    try:
                        done = await self._take(events, stage)
                    except Exception as error:
                        await self._end(error)
                        return
                    for event in done:
                        await stream.ack(event)
                    self.watchdog.moved(topic)

        consumed = self.app.topic(topic, key_serializer="raw", value_serializer="raw")
        self.app.agent(consumed, name=topic, concurrency=1)(run)

    async def _take(self, events: Sequence[Any], stage: Stage) -> Sequence[Any]:
        """A batch through a stage; the events to acknowledge, whose results the brokers have acknowledged."""
        generation = self.app.consumer_generation_id
        # What was fetched before the group shared its work out anew comes again, here or at another worker.
        current = [event for event in events if event.message.generation_id == generation]
        if not current or self._stopping or self._giving_up:
            log.info("left to come again", stage=stage.name, messages=len(events))
            return []
        events = current
        self.watchdog.began(events[0].message.topic)
        received = [
            Received(e.message.topic, e.message.partition, e.message.offset, e.message.value) for e in events
        ]
        with self._metrics.stage(stage.name):
            made = await stage.make(received)
        # Before anything is buried: what fails for everybody must not empty the topic into the dead letters.
        breaker = self._breakers.setdefault((received[-1].topic, received[-1].partition), Breaker())
        breaker.saw(len(received) - len(made.casualties), [casualty.error for casualty in made.casualties])
        letters = burials(self._settings.kafka, made.casualties, datetime.now(UTC))
        await self._publish([*made.messages, *letters])
        if self.app.consumer_generation_id != generation or self.watchdog.outlived():
            log.info("done, but not this worker's any more", stage=stage.name, messages=len(events))
            stage.forget()
            return []
        await stage.keep()
        self._count(stage, events, made)
        return events

    async def _publish(self, messages: Iterable[Message]) -> None:
        producer = self.app.producer
        sent = [
            await producer.send(message.topic, message.key.encode(), message.value, None, None, None)
            for message in messages
        ]
        await asyncio.gather(*sent)

    def _count(self, stage: Stage, events: Sequence[Any], made: Made) -> None:
        self._metrics.staged.labels(stage.name).inc(len(events))
        self._metrics.stage_lag.labels(stage.name).set(max(0.0, time.time() - events[-1].message.timestamp))
        self._metrics.bury(made.casualties)
        log_casualties(log, made.casualties)

    async def stop(self) -> None:
        """Takes nothing more, and commits what is done once it is."""
        self._stopping = True
        await self._finish()

    async def _let_go(self, *_: Any, **__: Any) -> None:
        """Finishes the batches under way before others get their partitions; those that wait here come again."""
        if not self._stopping:
            self._giving_up = True
            await self._finish()

    async def _take_up(self, *_: Any, **__: Any) -> None:
        self._giving_up = False

    async def _finish(self) -> None:
        try:
            async with asyncio.timeout(FINISH_SECONDS):
                for turn in self._turns:
                    async with turn:  # its batch is done
                        pass
                await self.app.consumer.commit()
        except TimeoutError:
            log.warning("a batch is left to whoever gets it", waited=FINISH_SECONDS)

    async def _end(self, error: Exception) -> None:
        """What failed here fails again: the process ends, and whoever begins it anew repeats from the last commit."""
        known = isinstance(error, (Tripped, TooNew, Unsound))
        if isinstance(error, Unsound):
            self.rows.condemn()
        self.fatal = str(error) if known else f"{type(error).__name__}: {error}"
        log.error("worker ends", reason=self.fatal, exc_info=None if known else error)
        await self.app.crash(error)


class _Service(faust.Worker):
    """Faust's process, which begins to stop by finishing what is under way."""

    stages: Worker

    async def start(self) -> None:
        """See Service."""
        self._watching = asyncio.create_task(self.stages.watchdog.run())
        await super().start()

    async def stop(self) -> None:
        """See Service."""
        if not self.stages.fatal:
            await self.stages.stop()
        await super().stop()


def waited_for_topics(settings: Settings) -> None:
    """Returns once the brokers answer and have the topics. A worker that began without would only end at once."""
    await_topics(settings.kafka, topics(settings.kafka).all, lambda what: log.warning("waiting", reason=what))


def run(settings: Settings, enriching: Enriching, metrics: Metrics) -> str:
    """Runs a worker until SIGTERM or SIGINT. Empty after an orderly stop, else why it ended. Raises NoBrokers, TopicUnreadable,
    and OSError where the port is taken or another worker has the folder."""
    named = topics(settings.kafka)
    Path(settings.streams.folder).mkdir(parents=True, exist_ok=True)
    with ExitStack() as resources:
        cleaning = resources.enter_context(
            closing(Cleaning(named.clean.name, settings.process.story_characters))
        )
        cleaning.warm()
        # Here, as it holds the interpreter: in the group, the worker would not be heard of for so long, and thrown out.
        warm(settings.dedupe)
        worker = Worker(settings, cleaning, enriching, metrics)
        worker.rows.check(end_of(settings.kafka, named.memory.name, 0))
        probe = Probe(settings.streams.port, metrics.registry, lambda: worker.watchdog.ready)
        probe.start()
        resources.callback(probe.stop)
        log.info("running", port=probe.port)
        service = _Service(
            worker.app,
            override_logging=False,
            redirect_stdouts=False,
            quiet=True,
            stdout=io.StringIO(),  # its spinner is for people who watch
        )
        service.stages = worker
        try:
            service.execute_from_commandline()
        except SystemExit as end:
            if end.code and not worker.fatal:
                return f"the worker ended with {end.code}"
        return worker.fatal
