"""Takes what agencies leave on servers: visits each place of the list when it is due, and delivers each file or message once."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Protocol, TypeVar
from urllib.parse import unquote, urlsplit

import structlog

from pipeline.collect import feed_state, polled, schedule
from pipeline.collect.address import AddressRefused, redact
from pipeline.collect.arrival import Arrival, Deliver
from pipeline.collect.document import Document, Fault, Parsed
from pipeline.collect.feed_state import FeedState, Remembered
from pipeline.collect.feedlist import BadFeedList, Feed, FeedList
from pipeline.collect.fetch import Failed
from pipeline.collect.novelty import Held, Novelty
from pipeline.collect.politeness import HostTurns
from pipeline.collect.schedule import Bounds, Wishes
from pipeline.collect.transports import transport_of
from pipeline.collect.transports.secrets import NoSecret, secret_of
from pipeline.collect.transports.transport import (
    Door,
    Entry,
    NotHad,
    Session,
    TooLarge,
    Transport,
    Trouble,
    place,
)
from pipeline.settings import Collect
from pipeline.stopping import pause
from pipeline.story import replace

T = TypeVar("T")

log = structlog.get_logger("wire.transports")

LOOK_SECONDS = 1.0
"""How often the list is looked at, and what is due."""
WINDOW = 16
"""Files read and not durable yet."""
UNFINISHED = (".part", ".tmp", ".filepart", ".partial", ".crdownload", ".writing")
"""Names that senders give to files that they are not done with; names with a dot in front as well."""

_NOTHING = Parsed(format="", stories=[])
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Reads(Protocol):
    """What understands documents: `pipeline.collect.reading.Reader`. It blocks, and is called in a thread."""

    def read(self, document: Document) -> Parsed:
        """What the document holds; never raises for what is in it."""


@dataclass(slots=True)
class _Visit:
    """What one visit to a place brought."""

    taken: int = 0
    held: int = 0
    """Files that are there."""
    notices: list[str] = field(default_factory=list)
    """What was wrong with some of them, sentences."""


class RemoteCollector:
    """Visits the places of the feed list that are no web addresses. `state` must not read through a connection that another
    thread writes with."""

    def __init__(
        self,
        feeds: FeedList,
        reader: Reads,
        state: FeedState,
        deliver: Deliver,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
        settings: Collect,
        door: Door,
        environment: Mapping[str, str],
    ) -> None:
        self._list = feeds
        self._reader = reader
        self._state = state
        self._deliver = deliver
        self._clock = clock
        self._chance = chance
        self._settings = settings
        self._door = door
        self._environment = environment
        self._bounds = Bounds(
            first=settings.interval_least, least=settings.interval_least, most=settings.interval_most
        )
        self._feeds: dict[str, Feed] = {}
        self._known: dict[str, Remembered] = {}
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._delivering: set[str] = set()
        self._seen: dict[str, dict[str, str]] = {}
        """By feed and file: how it stood at the last look, while it is not taken."""

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; what has been read by then is delivered first. Raises BadFeedList where the list cannot be read at the
        start; of one that breaks later the poller complains, and the last good one stays."""
        self._begin()
        first = True
        try:
            while not stop.is_set():
                try:
                    self._look(stop)
                except BadFeedList:
                    if first:
                        raise
                first = False
                await pause(stop, LOOK_SECONDS)
        finally:
            for name, task in self._busy.items():
                if name not in self._delivering:
                    task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def visit_due(self) -> None:
        """Visits once what is due now, and returns when all that it brought is delivered."""
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

    def _look(self, stop: asyncio.Event) -> None:
        listed = self._list.changed()
        if listed is not None:
            self._feeds = {feed.name: feed for feed in listed if transport_of(_scheme(feed)) is not None}
        now = self._clock()
        for feed in self._feeds.values():
            due = polled.due(feed, self._known.get(feed.name)) or _LONG_AGO
            if feed.enabled and feed.name not in self._busy and due <= now:
                task = asyncio.create_task(self._visit(feed, stop))
                self._busy[feed.name] = task
                task.add_done_callback(lambda _, name=feed.name: self._busy.pop(name, None))  # type: ignore[misc]

    async def _visit(self, feed: Feed, stop: asyncio.Event) -> None:
        """One visit to one place, with all that follows from it. Never raises."""
        known = polled.begun(feed, self._known.get(feed.name))
        visit, failed = _Visit(), ""
        vanished: Sequence[bytes] = ()
        try:
            async with AsyncExitStack() as held:
                await held.enter_async_context(self._turns.turn(urlsplit(feed.url).hostname or ""))
                await held.enter_async_context(self._places)
                vanished = await self._take(feed, known, visit, stop)
        except (Trouble, NoSecret, AddressRefused, NotHad) as error:
            failed = str(error)
        except TimeoutError:
            failed = f"no whole answer within {self._settings.fetch_seconds:g} seconds"
        except (OSError, EOFError) as error:
            failed = f"the connection broke: {str(error) or type(error).__name__}"
        except Exception as error:
            log.exception("a visit broke; tried again later", feed=feed.name)
            failed = f"the visit broke: {type(error).__name__}"
        state = self._after(feed, known, visit, self._without_secret(feed, failed))
        try:
            await self._deliver(self._closing(feed, state, vanished))
        except Exception as error:
            log.error("a visit's outcome is not kept", feed=feed.name, error=str(error))
        self._known[feed.name] = state

    async def _take(
        self, feed: Feed, known: Remembered, visit: _Visit, stop: asyncio.Event
    ) -> Sequence[bytes]:
        """Delivers what is new in a place, oldest first; the keys of what was remembered and is there no more."""
        there = place(
            feed.url,
            secret=secret_of(feed.secret, self._environment),
            host_key=feed.host_key,
            allow_private=feed.allow_private,
            most=self._settings.fetch_bytes,
            seconds=self._settings.fetch_seconds,
        )
        transport = transport_of(there.scheme)
        assert transport is not None
        async with AsyncExitStack() as stack:
            session = await self._within(stack.enter_async_context(transport.enter(there, self._door)))
            entries = [entry for entry in await self._within(session.entries()) if not _unfinished(entry)]
            visit.held = len(entries)
            held = self._state.held(feed.name)
            fresh = [entry for entry in entries if not _is_held(entry, held)]
            if feed.taken != "keep":
                for entry in entries:  # a process that died before could not
                    if _is_held(entry, held):
                        await self._put_away(feed, session, entry, visit)
            if transport.settles:
                fresh = await self._settled(feed, session, fresh, stop)
            for window in _windows(sorted(fresh, key=lambda entry: (entry.order, entry.name)), there.most):
                if stop.is_set():
                    return ()
                await self._window(feed, known, transport, session, window, visit)
        keys = {_key(entry) for entry in entries}
        return [key for key, item in held.items() if key not in keys and not item.gone]

    async def _settled(
        self, feed: Feed, session: Session, fresh: Sequence[Entry], stop: asyncio.Event
    ) -> list[Entry]:
        """Those that are whole: they stood unchanged between two looks; an empty file between two visits, as many a sender
        makes one before it writes."""
        before = self._seen.get(feed.name, {})
        self._seen[feed.name] = {entry.name: entry.stamp for entry in fresh}
        whole = [entry for entry in fresh if before.get(entry.name) == entry.stamp]
        waiting = [entry for entry in fresh if before.get(entry.name) != entry.stamp and entry.size != 0]
        if waiting and not await pause(stop, self._settings.settle_seconds):
            again = {entry.name: entry.stamp for entry in await self._within(session.entries())}
            whole += [entry for entry in waiting if again.get(entry.name) == entry.stamp]
        return whole

    async def _window(
        self,
        feed: Feed,
        known: Remembered,
        transport: Transport,
        session: Session,
        window: Sequence[Entry],
        visit: _Visit,
    ) -> None:
        """Reads some files, delivers them together, and puts away those that are durable."""
        arrivals: list[tuple[Entry, Arrival]] = []
        for entry in window:
            try:
                parsed, document = await self._read(feed, transport, session, entry)
            except NotHad as error:
                visit.notices.append(f"{entry.name}: {error}")
                continue
            visit.notices += [f"{entry.name}: {fault.reason}" for fault in parsed.faults[:1]]
            novelty = Novelty(changed={_key(entry): _hash(entry.stamp)})
            state = replace(known, last_new=document.collected_at, last_poll=document.collected_at)
            note = partial(feed_state.remember, state=state, novelty=novelty, now=self._clock())
            arrivals.append((entry, Arrival(document, parsed, note)))
        self._delivering.add(feed.name)
        outcomes = await asyncio.gather(
            *(self._deliver(arrival) for _, arrival in arrivals), return_exceptions=True
        )
        self._delivering.discard(feed.name)
        for (entry, arrival), outcome in zip(arrivals, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                if not isinstance(outcome, Exception):
                    raise outcome
                log.error("not stored; taken again later", document=arrival.document.name, error=str(outcome))
                visit.notices.append(f"{entry.name}: could not be stored")
                continue
            visit.taken += 1
            self._seen.get(feed.name, {}).pop(entry.name, None)
            log.info(
                "file taken",
                feed=feed.name,
                document=arrival.document.name,
                stories=len(arrival.parsed.stories),
            )
            await self._put_away(feed, session, entry, visit)

    async def _read(
        self, feed: Feed, transport: Transport, session: Session, entry: Entry
    ) -> tuple[Parsed, Document]:
        now = self._clock()
        document = Document(
            content=b"",
            source=feed.story_source,
            name=f"{redact(feed.url).rstrip('/')}/{_printable(entry.name)}",
            collected_at=now,
        )
        most = self._settings.fetch_bytes
        try:
            if entry.size is not None and entry.size > most:
                raise TooLarge
            document = replace(document, content=await self._within(session.read(entry)))
        except TooLarge:
            reason = f"larger than {most} bytes: collect.fetch_bytes is the limit"
            return Parsed(format="", stories=[], faults=[Fault(reason=reason)]), document
        documents = await asyncio.to_thread(transport.documents, document)
        # The reader takes one document at a time: the others wait here, and not in threads that others need.
        async with self._reading:
            parsed = await asyncio.to_thread(read_all, self._reader, documents)
        return replace(parsed, stories=polled.completed(parsed.stories, feed, "", now)), document

    async def _put_away(self, feed: Feed, session: Session, entry: Entry, visit: _Visit) -> None:
        """Deletes or moves what is durable, where the list says so."""
        if feed.taken == "keep":
            return
        try:
            await self._within(session.delete(entry) if feed.taken == "delete" else session.move(entry))
        except NotHad as error:
            visit.notices.append(f"{entry.name} was taken and stays where it is: {error}")

    async def _within(self, step: Awaitable[T]) -> T:
        async with asyncio.timeout(self._settings.fetch_seconds):
            return await step

    def _after(self, feed: Feed, known: Remembered, visit: _Visit, failed: str) -> Remembered:
        """The state after a visit."""
        now, chance = self._clock(), self._chance()
        state = replace(known, last_new=now if visit.taken else known.last_new)
        if failed:
            log.warning("place failed", feed=feed.name, error=failed, failures=known.failures + 1)
            return polled.after_failed(state, Failed(sentence=failed), now, self._bounds, chance)
        every = float(feed.interval or self._settings.interval_least)
        more = f" ({len(visit.notices) - 1} more)" if len(visit.notices) > 1 else ""
        return replace(
            state,
            failures=0,
            last_error="",
            gone_at=None,
            last_poll=now,
            last_success=now,
            last_full=now,
            held=visit.held,
            notice=_printable(visit.notices[0]) + more if visit.notices else "",
            interval=every,
            next_poll=schedule.next_poll(now, every, Wishes(), self._bounds, chance, fixed=True),
        )

    def _closing(self, feed: Feed, state: Remembered, vanished: Sequence[bytes]) -> Arrival:
        now = self._clock()
        document = Document(content=b"", source=feed.story_source, name=redact(feed.url), collected_at=now)
        note = partial(feed_state.remember, state=state, novelty=Novelty(vanished=vanished), now=now)
        return Arrival(document, _NOTHING, note)

    def _without_secret(self, feed: Feed, sentence: str) -> str:
        """A server may repeat what it was told."""
        secrets = [urlsplit(feed.url).password or "", unquote(urlsplit(feed.url).password or "")]
        with contextlib.suppress(NoSecret):
            secrets.append(secret_of(feed.secret, self._environment))
        for secret in filter(None, secrets):
            sentence = sentence.replace(secret, "***")
        return sentence


def read_all(reader: Reads, documents: Sequence[Document]) -> Parsed:
    """What several documents that came together hold, as one."""
    if len(documents) == 1:
        return reader.read(documents[0])
    read = [reader.read(document) for document in documents]
    return Parsed(
        format=next((one.format for one in read if one.format), ""),
        stories=[story for one in read for story in one.stories],
        faults=[
            replace(fault, original=fault.original or document.content)
            for document, one in zip(documents, read, strict=True)
            for fault in one.faults
        ],
        aside=[aside for one in read for aside in one.aside],
    )


def _scheme(feed: Feed) -> str:
    return feed.url.partition(":")[0].strip().lower()


def _unfinished(entry: Entry) -> bool:
    return entry.name.startswith(".") or entry.name.lower().endswith(UNFINISHED)


def _is_held(entry: Entry, held: Mapping[bytes, Held]) -> bool:
    known = held.get(_key(entry))
    return known is not None and known.hashes == _hash(entry.stamp)


def _key(entry: Entry) -> bytes:
    return _hash(entry.name)


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16, person=b"remote").digest()


def _printable(text: str) -> str:
    """Text that can be stored and shown, whatever bytes a server has for names."""
    return "".join(c if c.isprintable() else "?" for c in text.encode("utf-8", "replace").decode())[:300]


def _windows(entries: Sequence[Entry], most: int) -> Iterator[list[Entry]]:
    """Some at a time: WINDOW, or fewer where they are larger than `most` bytes together."""
    window: list[Entry] = []
    size = 0
    for entry in entries:
        if window and (len(window) == WINDOW or size + (entry.size or 0) > most):
            yield window
            window, size = [], 0
        window.append(entry)
        size += entry.size or 0
    if window:
        yield window
