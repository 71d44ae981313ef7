"""What the de-duplicate stage remembers, and the protocol by which it does: in memory, or in any store that
keeps three tables."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable
from itertools import takewhile
from typing import Generic, NamedTuple, Protocol, TypeVar

from pipeline.settings import Dedupe
from pipeline.story import Precision, Record, Relation

T = TypeVar("T")

DIGESTS = 64
"""Versions of one story whose content is remembered; a feed that alternates for ever is bounded by it."""


class Known(Record, frozen=True):
    """What is known of one id."""

    family: str
    version: int
    """The highest number given."""
    at: float | None
    """The newest version's own time, seconds since 1970; None where the wire gave no version a time."""
    precision: Precision
    count: int | None
    """The newest version's number, where the agency counts."""
    killed: bool
    """The newest version is a kill."""
    digests: tuple[bytes, ...]
    """Of the content of each version seen, newest last."""
    cluster: str
    copy_of: str | None = None
    relation: Relation | None = None
    similarity: float | None = None
    copied: bool = False
    """Another story was found to copy this one."""


class Sighting(Record, frozen=True):
    """The first story that had a text, its event time, seconds since 1970, and its headline's letters,
    hashed."""

    id: str
    at: float
    headline: int = 0


class SketchKept(NamedTuple):
    """A story's sketch as the state keeps it; see `pipeline.deduplicate.memory`."""

    number: int
    """Stories are counted in order of arrival."""
    first: int
    """The oldest story that was still remembered then."""
    room: int
    """Stories that there was room for then."""
    seen: float
    """The stream's time when it came."""
    id: str
    record: bytes


class Entry(Record, Generic[T], frozen=True):
    """Something remembered, and the stream's time when it was, by which it expires; 0, before any story
    had a time: never."""

    value: T
    seen: float


class State(Protocol):
    """The stage's memory. The owner of the store wraps decisions in a transaction: it calls `flush` just
    before it commits, and `reload` after a rollback. Between the two nothing needs to reach the store.
    What `known` and `sighting` answer depends on the stories put in and their order alone,
    never on when `flush` was called or the process restarted."""

    @property
    def now(self) -> float:
        """The stream's event time, seconds since 1970; see EventClock."""
        ...

    def advance(self, at: float | None) -> float:
        """Take a story's event time into account; the time to use for it: its own, or `now` where it
        has none."""
        ...

    def known(self, id: str) -> Known | str | None:
        """What is known of the story that calls itself so; or the id under which it is kept, where
        that is another."""
        ...

    def know(self, id: str, known: Known | str) -> None: ...
    def sighting(self, text_hash: str) -> Sighting | None: ...
    def sight(self, text_hash: str, sighting: Sighting) -> None: ...
    def keep(self, sketch: SketchKept) -> None: ...
    def kept(self) -> Iterable[SketchKept]:
        """The sketches still remembered, in order of arrival."""
        ...

    @property
    def epoch(self) -> int:
        """Counts the reloads: what was derived from `kept` before is void."""
        ...

    def flush(self) -> None: ...
    def reload(self) -> None: ...


class EventClock:
    """The stream's own time: the median of the last few stories' times, so that one story dated 2099
    moves nothing and makes nothing expire. Once that many are known it never goes back."""

    SPAN = 63

    def __init__(self, recent: Iterable[float] = (), now: float = 0.0) -> None:
        self.recent = deque(recent, maxlen=self.SPAN)
        self.now = now
        self._sorted = sorted(self.recent)

    def advance(self, at: float | None) -> float:
        """Move to where a story at `at` (seconds since 1970, None if unknown) leads; the story's
        time, known or presumed."""
        if at is None:
            return self.now
        full = len(self.recent) == self.SPAN
        if full:
            del self._sorted[bisect_left(self._sorted, self.recent[0])]
        self.recent.append(at)
        insort(self._sorted, at)
        median = self._sorted[(len(self._sorted) - 1) // 2]
        self.now = max(self.now, median) if full else median
        return at


class MemoryState:
    """A state that lives as long as its one Deduplicator: for one command, for tests."""

    def __init__(self, settings: Dedupe) -> None:
        self._clock = EventClock()
        self._lives = Lives.of(settings)
        self._known: dict[str, Entry[Known | str]] = {}
        self._sightings: dict[str, Entry[Sighting]] = {}

    @property
    def now(self) -> float:
        return self._clock.now

    def advance(self, at: float | None) -> float:
        return self._clock.advance(at)

    def known(self, id: str) -> Known | str | None:
        return _alive(self._known.get(id), self.now - self._lives.version)

    def know(self, id: str, known: Known | str) -> None:
        _put(self._known, id, Entry(value=known, seen=self.now))

    def sighting(self, text_hash: str) -> Sighting | None:
        return _alive(self._sightings.get(text_hash), self.now - self._lives.text)

    def sight(self, text_hash: str, sighting: Sighting) -> None:
        _put(self._sightings, text_hash, Entry(value=sighting, seen=self.now))

    def keep(self, sketch: SketchKept) -> None:
        """Sketches are in the stage's own memory; nobody reads them again from here."""

    def kept(self) -> Iterable[SketchKept]:
        return ()

    @property
    def epoch(self) -> int:
        return 0

    def flush(self) -> None:
        _drop_older(self._known, self.now - self._lives.version)
        _drop_older(self._sightings, self.now - self._lives.text)

    def reload(self) -> None:
        """Nothing is kept elsewhere."""


class Lives(Record, frozen=True):
    """How long things are remembered, seconds."""

    version: float
    text: float

    @classmethod
    def of(cls, settings: Dedupe) -> Lives:
        return cls(version=settings.versions_days * 86_400.0, text=2 * settings.window_hours * 3_600.0)


def is_alive(seen: float, since: float) -> bool:
    """Is what was seen then still remembered, where all before `since` is forgotten?"""
    return seen >= since or seen == 0.0


def _alive(entry: Entry[T] | None, since: float) -> T | None:
    return entry.value if entry is not None and is_alive(entry.seen, since) else None


def _put(table: dict[str, Entry[T]], key: str, entry: Entry[T]) -> None:
    """Last in the table, so that it stands in order of arrival."""
    table.pop(key, None)
    table[key] = entry


def _drop_older(table: dict[str, Entry[T]], since: float) -> None:
    for key in list(takewhile(lambda key: not is_alive(table[key].seen, since), table)):
        del table[key]
