"""Polls the feeds of the list, each when it is due, politely and for years, and delivers what is new in
them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from pipeline.collect import feed_state, polled, schedule
from pipeline.collect.address import host_of, redact
from pipeline.collect.arrival import Arrival, Deliver
from pipeline.collect.document import Document, Fault, Parsed
from pipeline.collect.feed_state import FeedState, Remembered
from pipeline.collect.feedlist import BadFeedList, Feed, FeedList, is_web
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
        feeds: FeedList,
        fetcher: Fetches,
        reader: Reads,
        state: FeedState,
        deliver: Deliver,
        clock: Callable[[], datetime],
        chances: random.Random,
        settings: Collect,
    ) -> None:
        self._list = feeds
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
        self._stop = asyncio.Event()
        self._feeds: dict[str, Feed] = {}
        self._listed = False
        """A list has been read."""
        self._known: dict[str, Remembered] = {}
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        """Polls of feeds that have been taken off the list."""
        self._delivering: set[asyncio.Task[None]] = set()
        self._not_before: dict[str, datetime] = {}
        """By host: when a server that said that we ask too much may be asked again."""

    async def run(self, stop: asyncio.Event) -> None:
        """Polls until `stop`; what has been fetched by then is delivered first. Raises BadFeedList where the
        list cannot be read at the start; of a list that breaks later it complains, and keeps to the last good
        one."""
        self._begin(stop)
        try:
            while not stop.is_set():
                self._look()
                await pause(stop, LOOK_SECONDS)
        finally:
            await self._end()

    async def poll_due(self) -> None:
        """Polls once what is due now, and returns when all of it is delivered."""
        self._begin(asyncio.Event())
        self._look()
        await asyncio.gather(*self._busy.values())

    async def take_in(self) -> None:
        """Takes in the list now; returns when no feed that is off it is polled any more. Fetches of such a feed are given up,
        what was being delivered is waited for. Raises BadFeedList where no list was read yet."""
        self._reload()
        await asyncio.gather(*self._leaving, return_exceptions=True)

    def _begin(self, stop: asyncio.Event) -> None:
        self._stop = stop
        self._turns = HostTurns(
            self._settings.host_concurrency, self._settings.host_gap_seconds, asyncio.get_running_loop().time
        )
        self._places = asyncio.Semaphore(self._settings.concurrency)
        self._reading = asyncio.Lock()

    async def _end(self) -> None:
        """Fetches under way are given up, deliveries are waited for."""
        tasks = [*self._busy.values(), *self._leaving]
        for task in tasks:
            if task not in self._delivering:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _look(self) -> None:
        """Takes in a feed list that changed, and begins to poll what is due."""
        self._reload()
        now = self._clock()
        for feed in self._feeds.values():
            if feed.enabled and is_web(feed) and feed.name not in self._busy and self._due(feed) <= now:
                self._start(feed.name, self._poll(feed))

    def _reload(self) -> None:
        try:
            listed = self._list.changed()
        except BadFeedList as error:
            if not self._listed:
                raise
            log.error("feed list not taken; the last good one stays", error=str(error))
            return
        if listed is None:
            return
        feeds = {feed.name: feed for feed in listed}
        remembered = self._state.all()
        for name in feeds.keys() - self._feeds.keys():
            self._recall(name, remembered.get(name))
        for name in self._feeds.keys() - feeds.keys():
            self._leave(name)
        self._feeds, self._listed = feeds, True
        log.info("feed list read", feeds=len(feeds), enabled=sum(feed.enabled for feed in feeds.values()))
        forgotten = feed_state.unlisted(remembered.values(), feeds.keys(), self._clock())
        if forgotten and "" not in self._busy:
            self._start("", self._forget(forgotten))

    def _recall(self, name: str, known: Remembered | None) -> None:
        """What is remembered of a feed that comes on the list."""
        if known is None:
            self._known.pop(name, None)
        elif self._listed and known.gone_at is not None:
            # Gone, and put on the list again while we run: a person wants it asked now.
            self._known[name] = replace(known, next_poll=None)
        else:
            self._known[name] = known

    def _leave(self, name: str) -> None:
        """Ends the poll of a feed that is off the list."""
        self._known.pop(name, None)
        if (task := self._busy.pop(name, None)) is None:
            return
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)
        if task not in self._delivering:
            task.cancel()

    def _due(self, feed: Feed) -> datetime:
        known = self._known.get(feed.name)
        at = polled.due(feed, known) or _LONG_AGO
        return max(at, self._not_before.get(_host(feed, known), _LONG_AGO))

    def _start(self, name: str, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._busy[name] = task
        task.add_done_callback(partial(self._ended, name))

    def _ended(self, name: str, task: asyncio.Task[None]) -> None:
        self._delivering.discard(task)
        if self._busy.get(name) is task:
            del self._busy[name]

    async def _poll(self, feed: Feed) -> None:
        """One poll of one feed, with all that follows from it."""
        known = polled.begun(feed, self._known.get(feed.name))
        try:
            async with AsyncExitStack() as held:
                async with self._turns.turn(_host(feed, known)):
                    # The place is kept until the stories are durable: what is fetched and waits is bounded.
                    await held.enter_async_context(self._places)
                    outcome = await self._fetcher.fetch(polled.request(feed, known, self._clock()))
                arrival, state = await self._weigh(feed, known, outcome)
                if await self._delivered(arrival, feed.name):
                    self._learn(state)
        except Exception:
            log.exception("polling broke; tried again later", feed=feed.name)
            now = self._clock()
            at = schedule.after_failure(now, known.failures + 1, None, self._bounds, self._chances.random())
            self._learn(replace(known, next_poll=at, failures=known.failures + 1))

    def _learn(self, state: Remembered) -> None:
        """Remembers what the running poll came to; not where its feed has left the list meanwhile: it may be polled elsewhere."""
        if self._busy.get(state.name) is asyncio.current_task():
            self._known[state.name] = state

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

    async def _forget(self, names: list[str]) -> None:
        """Forgets feeds that have long been off the list."""
        document = Document(content=b"", source="", name="feed list", collected_at=self._clock())
        await self._delivered(Arrival(document, _NOTHING, partial(feed_state.forget, names=names)), "")

    async def _delivered(self, arrival: Arrival, name: str) -> bool:
        """Delivers until it is durable; False where that was not so before the end, or before the feed of this name was off the
        list: then it is as if never fetched."""
        task = asyncio.current_task()
        assert task is not None
        self._delivering.add(task)
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
            if await pause(self._stop, wait) or self._busy.get(name) is not task:
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


def _text(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""
