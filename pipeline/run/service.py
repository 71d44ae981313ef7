"""The continuous service on one machine: collectors, one processor, the reading page and the chores, until it is told to stop."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from pipeline.collect.arrival import Arrival
from pipeline.run.embedded import Pipeline, Settle
from pipeline.run.intake import Casualty, take_in
from pipeline.run.logs import log_casualties
from pipeline.run.retrying import Retrying
from pipeline.settings import Settings
from pipeline.stopping import pause
from pipeline.store import StoreError, checkpoint, transaction
from pipeline.story import Story

log = structlog.get_logger("wire.service")

Collector = Callable[[asyncio.Event], Awaitable[None]]
"""Runs until the event is set, delivering what it finds."""

RESTART_SECONDS = 5.0
"""A collector that broke is begun again after so long."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An arrival in the queue, and whom to tell once it is durable."""

    arrival: Arrival
    durable: asyncio.Future[None]


class Processor:
    """Takes arrivals one after another through the pipeline, on a thread of its own: the only one that writes to the store."""

    def __init__(self, pipeline: Pipeline, settings: Settings) -> None:
        self._pipeline = pipeline
        self._characters = settings.process.story_characters
        self._batch = settings.enrich.batch
        self._queue: asyncio.Queue[Waiting] = asyncio.Queue(settings.process.queue)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="processor")

    async def deliver(self, arrival: Arrival) -> None:
        """Returns once the arrival's stories are searchable and the collector's note of them is kept; raises StoreError where
        that could not be. Waits while the queue is full."""
        durable = asyncio.get_running_loop().create_future()
        await self._queue.put(Waiting(arrival, durable))
        self._pipeline.metrics.queue.set(self._queue.qsize())
        await durable

    async def run(self) -> None:
        """Processes until cancelled."""
        while True:
            batch = [await self._queue.get()]
            while (
                not self._queue.empty()
                and sum(len(one.arrival.parsed.stories) for one in batch) < self._batch
            ):
                batch.append(self._queue.get_nowait())
            await self._settle(batch)
            self._pipeline.metrics.queue.set(self._queue.qsize())

    async def write(self, chore: Callable[[], None]) -> None:
        """Runs a chore on the processor's thread, between two batches."""
        await asyncio.get_running_loop().run_in_executor(self._thread, chore)

    async def close(self) -> None:
        """Processes what is still in the queue, then ends the thread."""
        while not self._queue.empty():
            await self._settle([self._queue.get_nowait()])
        self._thread.shutdown(wait=True)

    async def _settle(self, batch: Sequence[Waiting]) -> None:
        """Processes a batch together; where that fails, each arrival alone, so that one cannot hold back the others."""
        try:
            await self.write(lambda: self._take([one.arrival for one in batch]))
        except Exception as error:
            if len(batch) > 1:
                for one in batch:
                    await self._settle([one])
                return
            log.error(
                "not stored",
                document=batch[0].arrival.document.name,
                error=str(error),
                exc_info=not isinstance(error, StoreError),
            )
            if not batch[0].durable.done():
                batch[0].durable.set_exception(error)
            return
        for one in batch:
            if not one.durable.done():
                one.durable.set_result(None)

    def _take(self, arrivals: Sequence[Arrival]) -> None:
        """Each full batch of stories is durable by itself; the collectors' notes come with the last, since a story that comes
        again after a crash is dropped, and one that was noted and not stored would be lost."""
        stories: list[Story] = []
        casualties: list[Casualty] = []
        for arrival in arrivals:
            with self._pipeline.metrics.stage("clean"):
                intake = take_in(arrival.document, arrival.parsed, self._characters)
            self._pipeline.metrics.documents.labels(arrival.document.source).inc()
            stories += intake.stories
            casualties += intake.casualties
            for aside in intake.aside:
                log.info("left aside", document=arrival.document.name, what=aside)
        while len(stories) > self._batch:
            self._process(stories[: self._batch], [], None)
            del stories[: self._batch]
        self._process(stories, casualties, lambda connection: _settle_all(arrivals, connection))

    def _process(
        self, stories: Sequence[Story], casualties: Sequence[Casualty], settle: Settle | None
    ) -> None:
        result = self._pipeline.process(stories, casualties, settle)
        for story in result.stories:
            log.info(
                "story",
                id=story.id,
                version=story.version,
                change=story.change,
                source=story.source,
                headline=story.headline,
                copy_of=story.copy_of,
            )
        log_casualties(log, result.casualties)


def _settle_all(arrivals: Sequence[Arrival], connection: sqlite3.Connection) -> None:
    for arrival in arrivals:
        arrival.settle(connection)


class Chores:
    """What a store needs from time to time: embargoes that end, retries asked for, stories past their keeping, killed text to
    be scrubbed out."""

    def __init__(
        self,
        pipeline: Pipeline,
        retrying: Retrying,
        connection: sqlite3.Connection,
        retention_days: int,
        now: Callable[[], datetime],
    ) -> None:
        self._pipeline = pipeline
        self._retrying = retrying
        self._connection = connection
        self._retention_days = retention_days
        self._now = now
        self._expired_at: datetime | None = None

    def __call__(self) -> None:
        """Does what is due. Raises StoreError."""
        now = self._now()
        with transaction(self._connection):
            released = self._pipeline.index.release(now)
            scrubbed = self._pipeline.index.scrub()
        for id in released:
            log.info("embargo over", id=id)
        if scrubbed:
            checkpoint(self._connection)
        self._retrying.take_requests()
        if self._retention_days and (self._expired_at is None or now - self._expired_at > timedelta(hours=1)):
            self._expired_at = now
            with transaction(self._connection):
                gone = self._pipeline.index.expire(now - timedelta(days=self._retention_days))
            log.info("expired", stories=gone)


async def serve(
    processor: Processor,
    collectors: dict[str, Collector],
    chores: Chores,
    chore_seconds: float,
    stop: asyncio.Event,
) -> None:
    """Runs everything until `stop`; then the collectors end first, what they delivered is processed, and nothing is lost."""
    processing = asyncio.create_task(processor.run())
    tasks = [
        asyncio.create_task(kept_running(name, collector, stop)) for name, collector in collectors.items()
    ]
    tasks.append(asyncio.create_task(_every(chore_seconds, lambda: processor.write(chores), stop)))
    await stop.wait()
    await asyncio.gather(*tasks)
    processing.cancel()
    await asyncio.gather(processing, return_exceptions=True)
    await processor.close()


async def kept_running(name: str, collector: Collector, stop: asyncio.Event) -> None:
    """A collector that breaks is begun again: the others and the page live on."""
    while not stop.is_set():
        try:
            await collector(stop)
        except Exception:
            log.exception("collector broke; begun again", collector=name, seconds=RESTART_SECONDS)
            await pause(stop, RESTART_SECONDS)


async def _every(seconds: float, work: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await work()
        except Exception as error:
            log.error(
                "chores not done; tried again", error=str(error), exc_info=not isinstance(error, StoreError)
            )
        await pause(stop, seconds)
