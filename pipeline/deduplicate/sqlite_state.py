"""The de-duplicate stage's memory in SQLite: decisions read through a cache, and reach the file when it is
flushed."""

from __future__ import annotations

import sqlite3
from typing import Any, TypeVar

import msgspec

from pipeline.deduplicate.state import Entry, EventClock, Known, Lives, Sighting, SketchKept
from pipeline.deduplicate.stored import Cached, StoredState, still_kept
from pipeline.settings import Dedupe

T = TypeVar("T")


class SqliteState(StoredState):
    """A state in an open SQLite connection. It makes its tables and never commits: whoever owns the
    connection does, after `flush`; after a rollback, `reload`."""

    _known: _Table[Known | str]
    _sightings: _Table[Sighting]

    def __init__(self, connection: sqlite3.Connection, settings: Dedupe) -> None:
        self._connection = connection
        lives = Lives.of(settings)
        super().__init__(
            _Table(connection, "dedupe_known", Known | str, lives.version),
            _Table(connection, "dedupe_text", Sighting, lives.text),
        )
        connection.execute(
            "CREATE TABLE IF NOT EXISTS dedupe_sketch (number INTEGER PRIMARY KEY, first INTEGER NOT NULL,"
            " room INTEGER NOT NULL, seen REAL NOT NULL, id TEXT NOT NULL, record BLOB NOT NULL)"
        )
        connection.execute(
            "CREATE TABLE IF NOT EXISTS dedupe_clock (one INTEGER PRIMARY KEY CHECK (one = 1), value BLOB)"
        )
        self._clock = self._stored_clock()

    def kept(self) -> list[SketchKept]:
        rows = self._connection.execute(
            "SELECT number, first, room, seen, id, record FROM dedupe_sketch ORDER BY number"
        )
        return still_kept([*map(SketchKept._make, rows), *self._sketches])

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
        self._void()
        self._clock = self._stored_clock()

    def _stored_clock(self) -> EventClock:
        row = self._connection.execute("SELECT value FROM dedupe_clock").fetchone()
        return (
            EventClock(*msgspec.msgpack.decode(row[0], type=tuple[list[float], float]))
            if row
            else EventClock()
        )


class _Table(Cached[T]):
    """Keys and values in a table."""

    def __init__(self, connection: sqlite3.Connection, name: str, kind: Any, life: float) -> None:
        super().__init__(life)
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

    def stored(self, key: str) -> Entry[T] | None:
        """See Cached."""
        row = self._connection.execute(self._select, (key,)).fetchone()
        return Entry(value=self._decode(row[0]), seen=row[1]) if row is not None else None

    def flush(self, now: float) -> None:
        """Writes what was put in, and deletes what has expired."""
        self._connection.executemany(
            self._insert,
            [(key, self._encode(entry.value), entry.seen) for key, entry in self.unwritten.items()],
        )
        self._connection.execute(self._expire, (now - self.life,))
        self.written()
