"""Collectors on Kafka: feeds that a group shares out, and a folder; what they find is published, and noted once acknowledged."""

from __future__ import annotations

import asyncio
import random
import signal
import threading
import time
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from kafka.errors import KafkaError

from pipeline.collect.arrival import Arrival
from pipeline.collect.feedlist import Feed
from pipeline.collect.fetch import Failed, Fetched, Fetcher, FetchRequest, Gone, NotModified, Outcome
from pipeline.collect.folder_state import FolderState
from pipeline.collect.folders import FolderWatcher
from pipeline.collect.poll import Poller
from pipeline.collect.reading import Reader
from pipeline.kafka.connection import brokers
from pipeline.kafka.membership import Membership
from pipeline.kafka.publish import NotPublished, SteadyPublisher
from pipeline.kafka.setup import WAIT_SECONDS, await_topics
from pipeline.kafka.shares import Share, Shares
from pipeline.kafka.topics import topics
from pipeline.run.metrics import Metrics
from pipeline.run.outlet import Outlet
from pipeline.run.ownership import owned
from pipeline.run.probe import Probe
from pipeline.run.service import Collector, kept_running
from pipeline.settings import Kafka, Settings
from pipeline.stopping import pause
from pipeline.store import open_store, transaction

log = structlog.get_logger("wire.collect")

NOTES_SECONDS = 1.0
"""Between two looks for what is remembered and not published yet."""

DRAIN_SECONDS = 30.0
"""At the end, what was fetched is delivered within so long, or fetched again by whoever comes next."""

LOST_SECONDS = 1.0
"""What is being delivered of feeds that were lost has so long."""

TAKE_SECONDS = 120.0
"""What is remembered of the feeds that a collector gets is taken in within so long."""

SAID_SECONDS, SAID_AGAIN_SECONDS = 3.0, 30.0
"""What is waited for is said after so long, and again after so long."""


def now() -> datetime:
    """The machine's clock, UTC."""
    return datetime.now(UTC)


async def run(settings: Settings, metrics: Metrics) -> None:
    """Collects until SIGTERM or SIGINT. Raises NoBrokers, StoreError where a folder's notes cannot be kept, and OSError where the
    port is taken."""
    brokers(settings.kafka)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with ExitStack() as resources:
        reader = resources.enter_context(closing(Reader(settings.collect)))
        shares = resources.enter_context(closing(Shares(settings.kafka)))
        publisher = SteadyPublisher(settings.kafka, at_once=False)  # the brokers may come later
        outlet = resources.enter_context(closing(Outlet(settings.kafka, publisher, metrics)))
        resources.enter_context(closing(publisher))  # it ends first, and with it what the outlet waits for
        feeds = FeedCollector(settings, shares, outlet, reader, metrics)
        collectors: dict[str, Collector] = {"feeds": feeds.run}
        if settings.folders.path:
            collectors["folders"] = resources.enter_context(_folder(settings, reader, outlet)).run
        topics_there = TopicsAwaited(settings.kafka, stop)
        probe = Probe(settings.streams.port, metrics.registry, lambda: topics_there.reason or feeds.reason)
        probe.start()
        resources.callback(probe.stop)
        log.info("running", port=probe.port, folder=settings.folders.path or None)
        if await topics_there.wait():
            await _until(stop, collectors)
            await feeds.leave()
    log.info("stopped")


async def _until(stop: asyncio.Event, collectors: Mapping[str, Collector]) -> None:
    tasks = [asyncio.create_task(kept_running(name, work, stop)) for name, work in collectors.items()]
    await stop.wait()
    log.info("stopping: what was fetched is delivered first")
    _, late = await asyncio.wait(tasks, timeout=DRAIN_SECONDS)
    for task in late:
        log.warning("not delivered by the end; it is fetched again by whoever comes next")
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def _folder(settings: Settings, reader: Reader, outlet: Outlet) -> Iterator[FolderWatcher]:
    """The watcher of a folder. Its notes are on this machine, where the files are. Raises StoreError."""
    with owned(Path(settings.store.path)), closing(open_store(settings.store.path)) as notes:

        async def deliver(arrival: Arrival) -> None:
            await outlet.deliver(arrival)
            with transaction(notes):
                arrival.settle(notes)

        yield FolderWatcher(settings.folders, reader, FolderState(notes), deliver, now)


class FeedCollector:
    """Polls the feeds that the group gives to this collector."""

    def __init__(
        self, settings: Settings, shares: Shares, outlet: Outlet, reader: Reader, metrics: Metrics
    ) -> None:
        self._shares = shares
        self._outlet = outlet
        self._metrics = metrics
        self._patience = settings.kafka.session_seconds
        self._publishing = asyncio.Lock()
        self._poller = Poller(
            shares.list(),
            _Counted(Fetcher(settings.collect, now), metrics),
            reader,
            shares.state,
            self.deliver,
            now,
            random.Random(),
            settings.collect,
        )
        self._loop = asyncio.get_running_loop()
        self._membership = Membership(settings.kafka, self)
        self._thread = threading.Thread(target=self._membership.run, name="membership", daemon=True)

    @property
    def reason(self) -> str:
        """Why it collects nothing, or nothing."""
        return self._membership.reason

    async def run(self, stop: asyncio.Event) -> None:
        """Collects until `stop`; what was fetched by then is delivered first. It may be called again after it broke."""
        if not self._thread.ident:
            self._thread.start()
        noting = asyncio.create_task(self._note(stop))
        try:
            await self._poller.run(stop)
        finally:
            await noting

    async def leave(self) -> None:
        """Leaves the group: the others take over at once."""
        self._membership.stop()
        await asyncio.to_thread(self._thread.join, 2 * self._patience)

    async def deliver(self, arrival: Arrival) -> None:
        """Returns once the stories are acknowledged, and after them what was learned of the feed. Raises NotPublished."""
        await self._outlet.deliver(arrival)
        self._shares.settle(arrival)
        await self._publish_notes()

    def gained(self, shares: Mapping[int, Share]) -> None:
        """See Holder."""
        self._on_loop(self._shares.take(shares), TAKE_SECONDS)

    def changed(self, partition: int, name: str, feed: Feed | None) -> None:
        """See Holder."""
        self._loop.call_soon_threadsafe(self._shares.put, partition, name, feed)

    def gives_up(self, partitions: Sequence[int]) -> None:
        """See Holder. What is being delivered is waited for as long as a session lasts."""
        self._on_loop(self._give_up(partitions), self._patience)

    def lost(self, partitions: Sequence[int]) -> None:
        """See Holder. Deliveries that are under way are cut short: whoever has the feeds now fetches that again."""
        self._on_loop(self._lose(partitions), LOST_SECONDS)

    async def _give_up(self, partitions: Sequence[int]) -> None:
        self._shares.hide(partitions)
        try:
            await self._poller.take_in()
            await self._publish_notes()
        finally:
            self._shares.forget(partitions)

    async def _lose(self, partitions: Sequence[int]) -> None:
        self._shares.forget(partitions)
        await self._poller.take_in()

    def _on_loop(self, work: Coroutine[Any, Any, None], seconds: float) -> None:
        """Does it where the feeds are polled, and waits for it so long."""
        done = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            done.result(seconds)
        except TimeoutError:
            done.cancel()
            log.warning("given up without waiting for all deliveries", seconds=seconds)
        except NotPublished as error:
            log.warning("given up, and not all that was learned is published", error=str(error))

    async def _note(self, stop: asyncio.Event) -> None:
        """Publishes what deliveries did not."""
        while not stop.is_set():
            self._metrics.feeds.set(len(self._shares.feeds))
            try:
                await self._publish_notes()
            except NotPublished as error:
                log.error("what is remembered of feeds is not published; tried again", error=str(error))
            await pause(stop, NOTES_SECONDS)

    async def _publish_notes(self) -> None:
        async with self._publishing:  # one after the other: of two notes on a feed the later stays
            messages = self._shares.unpublished()
            if not messages:
                return
            try:
                await self._outlet.publish(messages)
            except BaseException:
                self._shares.note(messages)
                raise


class _Counted:
    """Fetches, and counts what came of it."""

    def __init__(self, fetcher: Fetcher, metrics: Metrics) -> None:
        self._fetcher = fetcher
        self._metrics = metrics

    async def fetch(self, request: FetchRequest) -> Outcome:
        """See Fetches."""
        outcome = await self._fetcher.fetch(request)
        self._metrics.polls.labels(_word(outcome)).inc()
        self._metrics.last_poll.set(now().timestamp())
        return outcome


def _word(outcome: Outcome) -> str:
    match outcome:
        case Fetched():
            return "fetched"
        case NotModified():
            return "unchanged"
        case Failed():
            return "failed"
        case Gone():
            return "gone"
        case _:
            return "refused"


class TopicsAwaited:
    """Waits for brokers and topics."""

    def __init__(self, settings: Kafka, stop: asyncio.Event) -> None:
        self._settings = settings
        self._stop = stop
        self._said_at = 0.0
        self.reason = "no broker has answered yet"
        """What it waits for; empty once they are there."""

    async def wait(self) -> bool:
        """Returns once they are there; False where the end came first."""
        loop, there = asyncio.get_running_loop(), asyncio.Event()

        def wait() -> None:
            self._look_until_there()
            loop.call_soon_threadsafe(there.set)

        # A client that looks for a broker cannot be interrupted, and must not keep the process from its end.
        threading.Thread(target=wait, name="topics", daemon=True).start()
        ways = [asyncio.create_task(event.wait()) for event in (there, self._stop)]
        if not (await asyncio.wait(ways, timeout=SAID_SECONDS, return_when=asyncio.FIRST_COMPLETED))[0]:
            log.warning("waiting", reason=self.reason)
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        return there.is_set()

    def _look_until_there(self) -> None:
        wanted = topics(self._settings)
        needed = [wanted.feeds, wanted.feed_state, wanted.feed_held, wanted.raw, wanted.dead]
        while self.reason:
            try:
                await_topics(self._settings, needed, self._told)
            except KafkaError as error:
                self._told(f"{type(error).__name__}: {error}")
                time.sleep(WAIT_SECONDS)
            else:
                self.reason = ""

    def _told(self, reason: str) -> None:
        if reason != self.reason or time.monotonic() - self._said_at > SAID_AGAIN_SECONDS:
            self._said_at = time.monotonic()
            log.warning("waiting", reason=reason)
        self.reason = reason
