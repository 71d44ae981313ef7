"""Polls the feeds of the list, each when it is due, politely and for years, and delivers what is new in
them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

import structlog

from pipeline.collect import feed_state, feedlist, polled, schedule
from pipeline.collect.address import host_of, redact
from pipeline.collect.arrival import Arrival, Deliver
from pipeline.collect.document import Document, Fault, Parsed
from pipeline.collect.feed_state import FeedState, Remembered
from pipeline.collect.feedlist import BadFeedList, Feed
from pipeline.collect.fetch import Failed, Fetched, FetchRequest, Gone, NotModified, Outcome, Refused
from pipeline.collect.novelty import Held, Novelty, document_hash, novelty
from pipeline.collect.politeness import HostTurns
from pipeline.collect.schedule import RETRY_AFTER_MOST, Bounds
from pipeline.settings import Collect
from pipeline.stopping import pause
from pipeline.story import replace

log = structlog.get_logger("wire.feeds")

LOOK_SECONDS = 1.0
"""How often the feed list is looked at, and what is due."""

DELIVERY_RETRY_MOST = 60.0
"""Seconds between two tries to deliver what the driver could not make durable."""

_NOTHING = Parsed(format="", stories=[])


class Fetches(Protocol):
    """What gets documents: `pipeline.collect.fetch.Fetcher`."""

    async def fetch(self, request: FetchRequest) -> Outcome:
        """What came of asking."""


class Reads(Protocol):
    """What understands documents: `pipeline.collect.reading.Reader`. It blocks, and is called in a thread."""

    def read(self, document: Document) -> Parsed:
        """What the document holds; never raises for what is in it."""


class Poller:
    """Polls every feed of the list. `state` must not read through a connection that another thread writes
    with."""

    def __init__(
        self,
        feeds: Path,
        fetcher: Fetches,
        reader: Reads,
        state: FeedState,
        deliver: Deliver,
        clock: Callable[[], datetime],
        chances: random.Random,
        settings: Collect,
    ) -> None:
        self._path = feeds
        self._fetcher = fetcher
        self._reader = reader
        self._state = state
        self._deliver = deliver
        self._clock = clock
        self._chances = chances
        self._settings = settings
        self._bounds = Bounds(
            first=settings.interval_seconds, least=settings.interval_least, most=settings.interval_most
        )
        self._feeds: dict[str, Feed] = {}
        self._list_seen: tuple[int, ...] | None = None
        self._known: dict[str, Remembered] = {}
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._delivering: set[str] = set()
        self._not_before: dict[str, datetime] = {}
        """By host: when a server that said that we ask too much may be asked again."""

    async def run(self, stop: asyncio.Event) -> None:
        """Polls until `stop`; what has been fetched by then is delivered first. Raises BadFeedList where the
        list cannot be read at the start; of a list that breaks later it complains, and keeps to the last good
        one."""
        self._begin()
        try:
            while not stop.is_set():
                self._look(stop)
                await pause(stop, LOOK_SECONDS)
        finally:
            await self._end()

    async def poll_due(self) -> None:
        """Polls once what is due now, and returns when all of it is delivered."""
        self._begin()
        self._look(asyncio.Event())
        await asyncio.gather(*self._busy.values())

    def _begin(self) -> None:
        self._known = self._state.all()
        self._turns = HostTurns(
            self._settings.host_concurrency, self._settings.host_gap_seconds, asyncio.get_running_loop().time
        )
        self._places = asyncio.Semaphore(self._settings.concurrency)
        self._reading = asyncio.Lock()

    async def _end(self) -> None:
        """Fetches under way are given up, deliveries are waited for."""
        for name, task in self._busy.items():
            if name not in self._delivering:
                task.cancel()
        await asyncio.gather(*self._busy.values(), return_exceptions=True)

    def _look(self, stop: asyncio.Event) -> None:
        """Takes in a feed list that changed, and begins to poll what is due."""
        now = self._clock()
        self._reload(now, stop)
        for feed in self._feeds.values():
            if feed.enabled and feed.name not in self._busy and self._due(feed) <= now:
                self._start(feed.name, self._poll(feed, stop))

    def _reload(self, now: datetime, stop: asyncio.Event) -> None:
        seen = _signature(self._path)
        if seen == self._list_seen:
            return
        try:
            feeds = {feed.name: feed for feed in feedlist.load(self._path)}
        except BadFeedList as error:
            if self._list_seen is None:
                raise
            log.error("feed list not taken; the last good one stays", error=str(error))
            self._list_seen = seen
            return
        if self._list_seen is not None:
            # Gone, and put on the list again while we run: a person wants it asked now.
            for name in (feeds.keys() - self._feeds.keys()) & self._known.keys():
                if self._known[name].gone_at is not None:
                    self._known[name] = replace(self._known[name], next_poll=None)
        self._feeds, self._list_seen = feeds, seen
        log.info("feed list read", feeds=len(feeds), enabled=sum(feed.enabled for feed in feeds.values()))
        forgotten = feed_state.unlisted(self._known.values(), feeds.keys(), now)
        if forgotten and "" not in self._busy:
            self._start("", self._forget(forgotten, stop))

    def _due(self, feed: Feed) -> datetime:
        known = self._known.get(feed.name)
        at = polled.due(feed, known) or _LONG_AGO
        return max(at, self._not_before.get(_host(feed, known), _LONG_AGO))

    def _start(self, name: str, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._busy[name] = task
        task.add_done_callback(lambda _: self._busy.pop(name, None))

    async def _poll(self, feed: Feed, stop: asyncio.Event) -> None:
        """One poll of one feed, with all that follows from it."""
        known = polled.begun(feed, self._known.get(feed.name))
        try:
            async with AsyncExitStack() as held:
                async with self._turns.turn(_host(feed, known)):
                    # The place is kept until the stories are durable: what is fetched and waits is bounded.
                    await held.enter_async_context(self._places)
                    outcome = await self._fetcher.fetch(polled.request(feed, known, self._clock()))
                arrival, state = await self._weigh(feed, known, outcome)
                self._delivering.add(feed.name)
                if await self._delivered(arrival, stop):
                    self._known[feed.name] = state
        except Exception:
            log.exception("polling broke; tried again later", feed=feed.name)
            now = self._clock()
            at = schedule.after_failure(now, known.failures + 1, None, self._bounds, self._chances.random())
            self._known[feed.name] = replace(known, next_poll=at, failures=known.failures + 1)
        finally:
            self._delivering.discard(feed.name)

    async def _weigh(self, feed: Feed, known: Remembered, outcome: Outcome) -> tuple[Arrival, Remembered]:
        """What a poll brought: what to deliver, and what to remember with it."""
        now, chance = self._clock(), self._chances.random()
        match outcome:
            case Fetched() if document_hash(outcome.content) != known.document_hash:
                return await self._read(feed, known, outcome, now, chance)
            case Fetched() | NotModified():
                state = polled.after_same(feed, known, outcome, now, self._bounds, chance)
                log.debug("feed unchanged", feed=feed.name, next_poll=_text(state.next_poll))
                return self._arrival(feed, state, _document(feed, now), _NOTHING, Novelty(), now), state
            case Failed():
                state = polled.after_failed(known, outcome, now, self._bounds, chance)
                self._hold_off(_host(feed, known), outcome, now)
                log.warning(
                    "feed failed",
                    feed=feed.name,
                    error=outcome.sentence,
                    failures=state.failures,
                    next_poll=state.next_poll,
                )
                return self._arrival(feed, state, _document(feed, now), _NOTHING, Novelty(), now), state
            case Gone():
                state = polled.after_gone(known, outcome, now, chance)
                log.warning(
                    "feed gone", feed=feed.name, error=outcome.sentence, next_poll=_text(state.next_poll)
                )
                return self._arrival(feed, state, _document(feed, now), _NOTHING, Novelty(), now), state
            case Refused():
                parsed = Parsed(format="", stories=[], faults=[Fault(reason=outcome.sentence)])
                new = novelty(parsed, self._state.held(feed.name))
                return self._refused(feed, known, _document(feed, now), parsed, new, now, chance)

    async def _read(
        self, feed: Feed, known: Remembered, got: Fetched, now: datetime, chance: float
    ) -> tuple[Arrival, Remembered]:
        document = replace(
            _document(feed, now),
            content=got.content,
            content_type=got.content_type,
            content_language=got.content_language,
            content_location=got.url,
        )
        held = self._state.held(feed.name)
        # The reader takes one document at a time: the others wait here, and not in threads that others need.
        async with self._reading:
            parsed, new = await asyncio.to_thread(self._understand, document, held)
        if parsed.faults and not parsed.stories:
            return self._refused(feed, known, document, parsed, new, now, chance)
        digest = document_hash(got.content)
        state = polled.after_document(feed, known, got, digest, parsed, new, now, self._bounds, chance)
        log.info(
            "feed read", feed=feed.name, held=new.held, new=len(new.stories), next_poll=_text(state.next_poll)
        )
        stories = polled.completed(new.stories, feed, state.title, now)
        fresh = replace(parsed, stories=stories, faults=list(new.faults))
        return self._arrival(feed, state, document, fresh, new, now), state

    def _understand(self, document: Document, held: Mapping[bytes, Held]) -> tuple[Parsed, Novelty]:
        parsed = self._reader.read(document)
        return parsed, novelty(parsed, held)

    def _refused(
        self,
        feed: Feed,
        known: Remembered,
        document: Document,
        parsed: Parsed,
        new: Novelty,
        now: datetime,
        chance: float,
    ) -> tuple[Arrival, Remembered]:
        """Not taken, or taken and nothing in it could be read: a dead letter the first time, a failure each
        time."""
        failed = Failed(sentence=polled.notice(parsed))
        state = polled.after_failed(known, failed, now, self._bounds, chance)
        log.warning(
            "feed refused",
            feed=feed.name,
            error=failed.sentence,
            failures=state.failures,
            next_poll=state.next_poll,
        )
        return self._arrival(feed, state, document, replace(parsed, faults=list(new.faults)), new, now), state

    def _arrival(
        self, feed: Feed, state: Remembered, document: Document, parsed: Parsed, new: Novelty, now: datetime
    ) -> Arrival:
        return Arrival(document, parsed, partial(feed_state.remember, state=state, novelty=new, now=now))

    def _hold_off(self, host: str, failed: Failed, now: datetime) -> None:
        if failed.slow_down and failed.retry_after is not None:
            self._not_before[host] = now + timedelta(seconds=min(failed.retry_after, RETRY_AFTER_MOST))

    async def _forget(self, names: list[str], stop: asyncio.Event) -> None:
        """Forgets feeds that have long been off the list."""
        self._delivering.add("")
        document = Document(content=b"", source="", name=str(self._path), collected_at=self._clock())
        if await self._delivered(Arrival(document, _NOTHING, partial(feed_state.forget, names=names)), stop):
            self._known = {name: state for name, state in self._known.items() if name not in names}
        self._delivering.discard("")

    async def _delivered(self, arrival: Arrival, stop: asyncio.Event) -> bool:
        """Delivers until it is durable; False where that was not so before `stop`: then it is as if never
        fetched."""
        wait = 1.0
        while True:
            try:
                await self._deliver(arrival)
                return True
            except Exception as error:
                log.error(
                    "not delivered; tried again",
                    document=arrival.document.name,
                    error=str(error),
                    seconds=wait,
                )
            if await pause(stop, wait):
                return False
            wait = min(wait * 2, DELIVERY_RETRY_MOST)


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def _host(feed: Feed, known: Remembered | None) -> str:
    """The host that is asked for a feed."""
    moved_to = known.moved_to if known is not None and known.url == feed.url else ""
    return host_of(moved_to or feed.url)


def _document(feed: Feed, now: datetime) -> Document:
    """A document of the feed that has no content."""
    return Document(content=b"", source=feed.story_source, name=redact(feed.url), collected_at=now)


def _signature(path: Path) -> tuple[int, ...]:
    """What changes when the file does; empty where there is none."""
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_mtime_ns, status.st_size, status.st_ino


def _text(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""
