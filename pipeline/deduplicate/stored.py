"""A state that is kept in a store, whatever the store: decisions read through a cache, and what they changed is in memory until
it is written."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final, Generic, TypeVar

from pipeline.deduplicate.state import Entry, EventClock, Known, Sighting, SketchKept, is_alive

T = TypeVar("T")

CACHE: Final = 200_000
"""Entries of a kind that are kept in memory between two writings and after them."""


class Cached(ABC, Generic[T]):
    """Entries of one kind, that expire."""

    def __init__(self, life: float) -> None:
        """`life`: seconds of the stream's time that an entry is remembered."""
        self.life = life
        self.unwritten: dict[str, Entry[T]] = {}
        """What the store does not have yet."""
        self._cache: dict[str, Entry[T]] = {}

    @abstractmethod
    def stored(self, key: str) -> Entry[T] | None:
        """What the store has."""

    def get(self, key: str, now: float) -> T | None:
        """What is remembered at the stream's time `now`."""
        entry = self.unwritten.get(key) or self._cache.get(key)
        if entry is None:
            entry = self.stored(key)
            if entry is None:
                return None
            self._cache[key] = entry
        return entry.value if is_alive(entry.seen, now - self.life) else None

    def put(self, key: str, value: T, now: float) -> None:
        """Remember it from now on."""
        self.unwritten[key] = Entry(value=value, seen=now)

    def written(self) -> None:
        """The store has all of it."""
        if len(self._cache) + len(self.unwritten) > CACHE:
            self._cache.clear()
        self._cache.update(self.unwritten)
        self.unwritten.clear()

    def drop(self, key: str) -> None:
        """The store has that no more."""
        self._cache.pop(key, None)

    def forget(self) -> None:
        """What the store has is all that is true."""
        self._cache.clear()
        self.unwritten.clear()


class StoredState:
    """What every State in a store has in common: see `pipeline.deduplicate.state`."""

    def __init__(self, known: Cached[Known | str], sightings: Cached[Sighting]) -> None:
        self._known = known
        self._sightings = sightings
        self._sketches: list[SketchKept] = []
        """Those that the store does not have yet."""
        self._epoch = 0
        self._clock = EventClock()

    @property
    def now(self) -> float:
        return self._clock.now

    def advance(self, at: float | None) -> float:
        return self._clock.advance(at)

    def known(self, id: str) -> Known | str | None:
        return self._known.get(id, self.now)

    def know(self, id: str, known: Known | str) -> None:
        self._known.put(id, known, self.now)

    def sighting(self, text_hash: str) -> Sighting | None:
        return self._sightings.get(text_hash, self.now)

    def sight(self, text_hash: str, sighting: Sighting) -> None:
        self._sightings.put(text_hash, sighting, self.now)

    def keep(self, sketch: SketchKept) -> None:
        self._sketches.append(sketch)

    @property
    def epoch(self) -> int:
        return self._epoch

    def _void(self) -> None:
        """Forgets what was not written, and what was read."""
        self._known.forget()
        self._sightings.forget()
        self._sketches.clear()
        self._epoch += 1


def still_kept(sketches: list[SketchKept]) -> list[SketchKept]:
    """Of sketches in order of arrival, those that were still remembered when the last one came."""
    return [sketch for sketch in sketches if sketch.number >= sketches[-1].first]
