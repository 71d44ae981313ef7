"""The de-duplicate stage's memory in SQLite: decisions read through a cache, and reach the file when it is
flushed."""

from __future__ import annotations

import sqlite3
from typing import Any, Final, Generic, TypeVar

import msgspec

from pipeline.deduplicate.state import Entry, EventClock, Known, Lives, Sighting, SketchKept, is_alive
from pipeline.settings import Dedupe

T = TypeVar("T")

CACHE: Final = 200_000
"""Entries of a table that are kept in memory between two flushes and after them."""


class SqliteState:
    """A state in an open SQLite connection. It makes its tables and never commits: whoever owns the
    connection does, after `flush`; after a rollback, `reload`."""

    def __init__(self, connection: sqlite3.Connection, settings: Dedupe) -> None:
        self._connection = connection
        lives = Lives.of(settings)
        self._known: _Table[Known | str] = _Table(connection, "dedupe_known", Known | str, lives.version)
        self._sightings: _Table[Sighting] = _Table(connection, "dedupe_text", Sighting, lives.text)
        connection.execute(
            "CREATE TABLE IF NOT EXISTS dedupe_sketch (number INTEGER PRIMARY KEY, first INTEGER NOT NULL,"
            " room INTEGER NOT NULL, seen REAL NOT NULL, id TEXT NOT NULL, record BLOB NOT NULL)"
        )
        self._sketches: list[SketchKept] = []
        self._epoch = 0
        connection.execute(
            "CREATE TABLE IF NOT EXISTS dedupe_clock (one INTEGER PRIMARY KEY CHECK (one = 1), value BLOB)"
        )
        self._clock = self._stored_clock()

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
        rows = self._connection.execute(
            "SELECT number, first, room, seen, id, record FROM dedupe_sketch ORDER BY number"
        )
        kept = [*map(SketchKept._make, rows), *self._sketches]
        return [sketch for sketch in kept if sketch.number >= kept[-1].first]

    @property
    def epoch(self) -> int:
        return self._epoch

    def flush(self) -> None:
        if self._sketches:
            self._connection.executemany(
                "INSERT INTO dedupe_sketch VALUES (?, ?, ?, ?, ?, ?)", self._sketches
            )
            self._connection.execute(
                "DELETE FROM dedupe_sketch WHERE number < ?", (self._sketches[-1].first,)
            )
            self._sketches.clear()
        for table in (self._known, self._sightings):
            table.flush(self.now)
        self._connection.execute(
            "INSERT OR REPLACE INTO dedupe_clock VALUES (1, ?)",
            (msgspec.msgpack.encode((list(self._clock.recent), self._clock.now)),),
        )

    def reload(self) -> None:
        for table in (self._known, self._sightings):
            table.forget()
        self._sketches.clear()
        self._epoch += 1
        self._clock = self._stored_clock()

    def _stored_clock(self) -> EventClock:
        row = self._connection.execute("SELECT value FROM dedupe_clock").fetchone()
        return (
            EventClock(*msgspec.msgpack.decode(row[0], type=tuple[list[float], float]))
            if row
            else EventClock()
        )


class _Table(Generic[T]):
    """Keys and values that expire. What was put in is read back from memory until a flush writes it."""

    def __init__(self, connection: sqlite3.Connection, name: str, kind: Any, life: float) -> None:
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {name}"
            " (key TEXT PRIMARY KEY, value BLOB NOT NULL, seen REAL NOT NULL) WITHOUT ROWID"
        )
        connection.execute(f"CREATE INDEX IF NOT EXISTS {name}_seen ON {name} (seen)")
        self._connection = connection
        self._select = f"SELECT value, seen FROM {name} WHERE key = ?"
        self._insert = f"INSERT OR REPLACE INTO {name} VALUES (?, ?, ?)"
        self._expire = f"DELETE FROM {name} WHERE seen < ? AND seen > 0"
        self._decode = msgspec.msgpack.Decoder(kind).decode
        self._encode = msgspec.msgpack.Encoder().encode
        self._life = life
        self._cache: dict[str, Entry[T]] = {}
        self._unwritten: dict[str, Entry[T]] = {}

    def get(self, key: str, now: float) -> T | None:
        entry = self._unwritten.get(key) or self._cache.get(key)
        if entry is None:
            row = self._connection.execute(self._select, (key,)).fetchone()
            if row is None:
                return None
            entry = Entry(value=self._decode(row[0]), seen=row[1])
            self._cache[key] = entry
        return entry.value if is_alive(entry.seen, now - self._life) else None

    def put(self, key: str, value: T, now: float) -> None:
        self._unwritten[key] = Entry(value=value, seen=now)

    def flush(self, now: float) -> None:
        self._connection.executemany(
            self._insert,
            [(key, self._encode(entry.value), entry.seen) for key, entry in self._unwritten.items()],
        )
        self._connection.execute(self._expire, (now - self._life,))
        if len(self._cache) + len(self._unwritten) > CACHE:
            self._cache.clear()
        self._cache.update(self._unwritten)
        self._unwritten.clear()

    def forget(self) -> None:
        self._cache.clear()
        self._unwritten.clear()
