"""Stories as they change for readers, as server-sent events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from pipeline.story import Record, Story, encode
from pipeline.web.answers import LiveStory, brief
from pipeline.web.reading import Readers, Unreadable

BATCH = 100
"""Stories read at once for a client that is behind."""
BEHIND = 2_000
"""A client further behind than this many changes is told to read anew instead."""
RETRY_MILLISECONDS = 2_000


class Full(Exception):
    """As many clients as may are listening already."""


class _Stream(StreamingResponse):
    """A client's stream; its place is free again once it ends, however it ends."""

    def __init__(self, events: AsyncIterator[bytes], leave: Callable[[], None]) -> None:
        super().__init__(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()


class _Here(Record, frozen=True, kw_only=True):
    sequence: int


class Live:
    """Hands every client the changes after the one it knows. Each client keeps its own place and reads on
    from it, so a slow one holds nothing up and nothing is queued for it."""

    def __init__(self, readers: Readers, *, limit: int, poll_seconds: float, beat_seconds: float) -> None:
        self._readers = readers
        self._limit = limit
        self._poll = poll_seconds
        self._beat = beat_seconds
        self._newest = 0
        self._age = 0  # grows when the latest change is lower than it was: the index was made anew
        self._moved = asyncio.Condition()
        self._watch: asyncio.Task[None] | None = None
        self._closed = False
        self.clients = 0

    def response(self, after: int | None) -> Response:
        """A stream for one client from the change `after`, or from now on. Raises Full."""
        if self.clients >= self._limit or self._closed:
            raise Full
        self.clients += 1
        return _Stream(self.events(after), self._leave)

    def _leave(self) -> None:
        self.clients -= 1
        if not self.clients and self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def close(self) -> None:
        """Ends every client's stream."""
        self._closed = True
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        async with self._moved:
            self._moved.notify_all()

    async def events(self, after: int | None) -> AsyncIterator[bytes]:
        """The stream of one client: `here` with the sequence it starts from, `story` for each change,
        `reset` where it must read anew (too far behind, or the index was made anew), and a comment now and
        then to keep it open."""
        try:
            newest = await self._read_newest()
        except Unreadable:
            newest = 0
        await self._note(newest)
        if self._watch is None:
            self._watch = asyncio.create_task(self._follow())
        place, age = newest, self._age
        yield b"retry: %d\n\n" % RETRY_MILLISECONDS
        if after is not None and 0 <= newest - after <= BEHIND:
            place = after
        elif after is not None:
            yield _event("reset", newest, _Here(sequence=newest))
        yield _event("here", place, _Here(sequence=place))
        while not self._closed:
            seen = self._newest
            batch = await self._changes(place)
            for sequence, story in batch:
                place = sequence
                yield _event("story", sequence, LiveStory(sequence=sequence, story=brief(story)))
            if batch:
                continue
            if age != self._age:
                place, age = seen, self._age
                yield _event("reset", place, _Here(sequence=place))
            if not await self._moved_from(seen):
                yield b": still here\n\n"

    async def _moved_from(self, seen: int) -> bool:
        """Until the index's latest change is another than `seen`, or the stream ends: True; or for a beat:
        False."""
        try:
            async with asyncio.timeout(self._beat), self._moved:
                await self._moved.wait_for(lambda: self._closed or self._newest != seen)
        except TimeoutError:
            return False
        return True

    async def _changes(self, place: int) -> list[tuple[int, Story]]:
        try:
            return await self._readers.read(lambda model: model.index.tail(place, BATCH))
        except Unreadable:
            return []

    async def _read_newest(self) -> int:
        last = await self._readers.read(lambda model: model.index.tail(None, 1))
        return last[-1][0] if last else 0

    async def _follow(self) -> None:
        """Looks for the index's latest change while anyone listens."""
        while True:
            await asyncio.sleep(self._poll)
            try:
                newest = await self._read_newest()
            except Unreadable:
                continue
            await self._note(newest)

    async def _note(self, newest: int) -> None:
        if newest == self._newest:
            return
        self._age += newest < self._newest
        self._newest = newest
        async with self._moved:
            self._moved.notify_all()


def _event(name: str, sequence: int, data: Record) -> bytes:
    """One event; JSON has no raw newline, so the data is one line."""
    return b"event: %s\nid: %d\ndata: %s\n\n" % (name.encode(), sequence, encode(data))
