"""The de-duplicate stage's memory in a table of keys and values that a changelog makes durable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Protocol, TypeVar

import msgspec

from pipeline.deduplicate.state import Entry, EventClock, Known, Lives, Sighting, SketchKept, is_alive
from pipeline.deduplicate.stored import Cached, StoredState, still_kept
from pipeline.settings import Dedupe

T = TypeVar("T")

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


class TableState(StoredState):
    """A State (see `pipeline.deduplicate.state`) over rows. It never writes them: `changes` is what has to be written, once the
    results of the decisions are durable. Until it is written it is read from memory. Of the rows only the sketches are loaded."""

    _known: _Kind[Known | str]
    _sightings: _Kind[Sighting]

    def __init__(self, rows: Readable, settings: Dedupe) -> None:
        lives = Lives.of(settings)
        super().__init__(
            _Kind(rows, _KNOWN, Known | str, lives.version), _Kind(rows, _TEXT, Sighting, lives.text)
        )
        self._rows = rows
        self._kept: list[SketchKept] = []
        self._first = 0
        """The oldest sketch among the rows; 0: there is none."""
        self._load()

    def kept(self) -> list[SketchKept]:
        """Read once after a load: the stage then has them in a memory of its own."""
        kept, self._kept = [*self._kept, *self._sketches], []
        return still_kept(kept)

    def flush(self) -> None:
        """Nothing: see `changes`."""

    def reload(self) -> None:
        """Forgets what was not written and reads the rows again: after another process may have written them."""
        self._void()
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
            self._sketches.clear()
        changes |= self._known.changes(self.now)
        changes |= self._sightings.changes(self.now)
        if changes:
            changes[_CLOCK] = msgspec.msgpack.encode((list(self._clock.recent), self._clock.now))
        return changes

    def _load(self) -> None:
        self._kept = [SketchKept._make(_decode_sketch(value)) for value in _under(self._rows, _SKETCH)]
        self._first = self._kept[0].number if self._kept else 0
        clock = self._rows.get(_CLOCK)
        self._clock = EventClock(*_decode_clock(clock)) if clock is not None else EventClock()


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


class _Kind(Cached[T]):
    """Entries among the rows: those whose keys begin alike."""

    def __init__(self, rows: Readable, prefix: bytes, kind: Any, life: float) -> None:
        super().__init__(life)
        self._rows = rows
        self._prefix = prefix
        self._decode = msgspec.msgpack.Decoder(tuple[float, kind]).decode
        self._swept = prefix
        """Rows up to this key were looked at in this round."""

    def stored(self, key: str) -> Entry[T] | None:
        """See Cached."""
        value = self._rows.get(self._row(key))
        if value is None:
            return None
        seen, decoded = self._decode(value)
        return Entry(value=decoded, seen=seen)

    def changes(self, now: float) -> dict[bytes, bytes | None]:
        """What was put in since the last call, and what has expired by `now`."""
        changes: dict[bytes, bytes | None] = {
            self._row(key): msgspec.msgpack.encode((entry.seen, entry.value))
            for key, entry in self.unwritten.items()
        }
        for row in self._expired(SWEPT * len(changes), now - self.life):
            changes.setdefault(row, None)
            self.drop(row.removeprefix(self._prefix).decode("utf-8", "surrogatepass"))
        self.written()
        return changes

    def _expired(self, most: int, since: float) -> Iterator[bytes]:
        """Among the next rows, at most so many, those that have expired. Every row has its turn, over and over."""
        found = self._rows.after(self._swept, most) if most else []
        mine = [(row, value) for row, value in found if row.startswith(self._prefix)]
        for row, value in mine:
            if not is_alive(_decode_seen(value)[0], since):
                yield row
        self._swept = mine[-1][0] if len(mine) == most and mine else self._prefix

    def _row(self, key: str) -> bytes:
        return self._prefix + key.encode("utf-8", "surrogatepass")
