"""The de-duplicate stage's memory in a table of keys and values that a changelog makes durable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec

from pipeline.deduplicate.state import EventClock, Known, Lives, Sighting, SketchKept, is_alive
from pipeline.settings import Dedupe

T = TypeVar("T")

CACHE: Final = 200_000
"""Entries of a kind that are kept decoded in memory."""

SWEPT: Final = 2
"""For each row that is written so many are looked at, whether they have expired: of the rows, two thirds are alive at least."""

PAGE: Final = 1_000
"""Rows that are read at once."""

_CLOCK: Final = b"c"
_KNOWN: Final = b"k"
_TEXT: Final = b"t"
_SKETCH: Final = b"s"


class Readable(Protocol):
    """What is durable of the memory."""

    def get(self, key: bytes) -> bytes | None:
        """What is under a key."""

    def after(self, key: bytes, most: int) -> list[tuple[bytes, bytes]]:
        """The next rows beyond `key`, in the order of their bytes."""


class TableState:
    """A State (see `pipeline.deduplicate.state`) over rows. It never writes them: `changes` is what has to be written, once the
    results of the decisions are durable. Until it is written it is read from memory. Of the rows only the sketches are loaded."""

    def __init__(self, rows: Readable, settings: Dedupe) -> None:
        lives = Lives.of(settings)
        self._rows = rows
        self._known: _Kind[Known | str] = _Kind(rows, _KNOWN, Known | str, lives.version)
        self._sightings: _Kind[Sighting] = _Kind(rows, _TEXT, Sighting, lives.text)
        self._kept: list[SketchKept] = []
        self._sketches: list[SketchKept] = []
        self._first = 0
        """The oldest sketch among the rows; 0: there is none."""
        self._epoch = 0
        self._clock = EventClock()
        self._load()

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

    def kept(self) -> list[SketchKept]:
        """Read once after a load: the stage then has them in a memory of its own."""
        kept = [*self._kept, *self._sketches]
        self._kept = []
        return [sketch for sketch in kept if sketch.number >= kept[-1].first]

    @property
    def epoch(self) -> int:
        return self._epoch

    def flush(self) -> None:
        """Nothing: see `changes`."""

    def reload(self) -> None:
        """Forgets what was not written and reads the rows again: after another process may have written them."""
        self._epoch += 1
        self._load()

    def changes(self) -> dict[bytes, bytes | None]:
        """What has to be written since the last call; None: to be deleted. From here on it is read back from the rows."""
        changes: dict[bytes, bytes | None] = {}
        for sketch in self._sketches:
            changes[_SKETCH + sketch.number.to_bytes(8, "big")] = msgspec.msgpack.encode(sketch)
        if self._sketches:
            first = self._sketches[-1].first
            for number in range(self._first or first, first):
                changes[_SKETCH + number.to_bytes(8, "big")] = None
            self._first = first
            self._sketches = []
        changes |= self._known.changes(self.now)
        changes |= self._sightings.changes(self.now)
        if changes:
            changes[_CLOCK] = msgspec.msgpack.encode((list(self._clock.recent), self._clock.now))
        return changes

    def _load(self) -> None:
        self._sketches = []
        self._kept = [SketchKept._make(_decode_sketch(value)) for value in _under(self._rows, _SKETCH)]
        self._first = self._kept[0].number if self._kept else 0
        clock = self._rows.get(_CLOCK)
        self._clock = EventClock(*_decode_clock(clock)) if clock is not None else EventClock()
        self._known.forget()
        self._sightings.forget()


def _under(rows: Readable, prefix: bytes) -> Iterator[bytes]:
    """The values of all rows whose keys begin so, in order."""
    key = prefix
    while found := rows.after(key, PAGE):
        for key, value in found:
            if not key.startswith(prefix):
                return
            yield value


_decode_clock = msgspec.msgpack.Decoder(tuple[list[float], float]).decode
_decode_sketch = msgspec.msgpack.Decoder(tuple[int, int, int, float, str, bytes]).decode
_decode_seen = msgspec.msgpack.Decoder(tuple[float, msgspec.Raw]).decode


class _Kind(Generic[T]):
    """The entries of one kind: keys and values that expire."""

    def __init__(self, rows: Readable, prefix: bytes, kind: Any, life: float) -> None:
        self._rows = rows
        self._prefix = prefix
        self._life = life
        self._decode = msgspec.msgpack.Decoder(tuple[float, kind]).decode
        self._cache: dict[bytes, tuple[float, T]] = {}
        self._unwritten: dict[bytes, tuple[float, T]] = {}
        self._swept = prefix
        """Rows up to this key were looked at in this round."""

    def get(self, name: str, now: float) -> T | None:
        entry = self._entry(self._key(name))
        return entry[1] if entry is not None and is_alive(entry[0], now - self._life) else None

    def put(self, name: str, value: T, now: float) -> None:
        self._unwritten[self._key(name)] = (now, value)

    def changes(self, now: float) -> dict[bytes, bytes | None]:
        """What was put in since the last call, and what has expired by `now`."""
        changes: dict[bytes, bytes | None] = {
            key: msgspec.msgpack.encode(entry) for key, entry in self._unwritten.items()
        }
        for key in self._expired(SWEPT * len(changes), now - self._life):
            changes.setdefault(key, None)
            self._cache.pop(key, None)
        if len(self._cache) + len(self._unwritten) > CACHE:
            self._cache.clear()
        self._cache.update(self._unwritten)
        self._unwritten = {}
        return changes

    def forget(self) -> None:
        """Only the rows are true."""
        self._cache.clear()
        self._unwritten.clear()

    def _expired(self, most: int, since: float) -> Iterator[bytes]:
        """Among the next rows, at most so many, those that have expired. Every row has its turn, over and over."""
        found = self._rows.after(self._swept, most) if most else []
        mine = [(key, value) for key, value in found if key.startswith(self._prefix)]
        for key, value in mine:
            if not is_alive(_decode_seen(value)[0], since):
                yield key
        self._swept = mine[-1][0] if len(mine) == most and mine else self._prefix

    def _entry(self, key: bytes) -> tuple[float, T] | None:
        entry = self._unwritten.get(key) or self._cache.get(key)
        if entry is None and (value := self._rows.get(key)) is not None:
            entry = self._cache[key] = self._decode(value)
        return entry

    def _key(self, name: str) -> bytes:
        return self._prefix + name.encode("utf-8", "surrogatepass")
