"""What is remembered of each feed between polls, in the store: validators, what it holds, its failures, when
it is due."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import msgspec

from pipeline.collect.novelty import Held, Novelty
from pipeline.story import Record

FORGET_AFTER = timedelta(days=7)
"""An item that a feed does not hold any more is remembered so long: servers that take turns hold different
ones."""

UNLISTED_KEPT = timedelta(days=30)
"""A feed that is taken off the list and put back within this time does not publish all over again."""

_TABLES = (
    "CREATE TABLE IF NOT EXISTS feed_state (name TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE IF NOT EXISTS feed_held (
        feed TEXT NOT NULL, item BLOB NOT NULL, hashes BLOB NOT NULL, gone_at REAL,
        PRIMARY KEY (feed, item)) WITHOUT ROWID""",
)


class Remembered(Record, frozen=True, kw_only=True):
    """One feed's state. Times are UTC; None: never."""

    name: str
    url: str
    """As the list had it; a feed whose address changes is asked at once and without the old one's
    validators."""
    listed: str = ""
    """Digest of its entry in the list: one that fails is asked at once when a person changes that."""
    moved_to: str = ""
    """Where permanent redirects lead."""
    etag: str = ""
    last_modified: str = ""
    document_hash: str = ""
    title: str = ""
    """As the feed calls itself."""
    held: int = 0
    """Items in the newest document."""
    interval: float = 0.0
    """Seconds."""
    gap: float | None = None
    """Seconds between two of its stories, on average."""
    fresh_seconds: float = 0.0
    ttl_seconds: float = 0.0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    failures: int = 0
    """In a row, to now."""
    last_error: str = ""
    """A sentence for a person; empty once it works again."""
    notice: str = ""
    """What was wrong in the newest document that was read all the same."""
    gone_at: datetime | None = None
    """When it first answered that it is gone for good."""
    last_poll: datetime | None = None
    last_success: datetime | None = None
    last_full: datetime | None = None
    """When the server last sent a document, not only word that nothing changed."""
    last_new: datetime | None = None
    """When it last brought a new or changed story."""
    next_poll: datetime | None = None


class FeedState:
    """Reads it. What is written, `remember` and `forget_unlisted` write, in the driver's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """With a connection for reading alone, a store that no poll has written to yet reads as empty."""
        if connection.execute("PRAGMA query_only").fetchone()[0]:
            there = connection.execute(
                "SELECT count(*) FROM sqlite_schema WHERE name IN ('feed_state', 'feed_held')"
            )
            self._connection: sqlite3.Connection | None = connection if there.fetchone()[0] == 2 else None
            return
        for table in _TABLES:
            connection.execute(table)
        self._connection = connection

    def all(self) -> dict[str, Remembered]:
        """Every feed ever polled and not forgotten, by name."""
        rows = self._rows("SELECT name, state FROM feed_state ORDER BY name")
        return {name: _decode(state) for name, state in rows}

    def get(self, name: str) -> Remembered | None:
        """One feed's state; None before its first poll."""
        return next(
            (_decode(state) for (state,) in self._rows("SELECT state FROM feed_state WHERE name = ?", name)),
            None,
        )

    def held(self, name: str) -> dict[bytes, Held]:
        """The items that a feed holds, or held not long ago."""
        rows = self._rows("SELECT item, hashes, gone_at FROM feed_held WHERE feed = ?", name)
        return {item: Held(hashes, gone_at is not None) for item, hashes, gone_at in rows}

    def _rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        return [] if self._connection is None else self._connection.execute(query, values).fetchall()


def remember(connection: sqlite3.Connection, state: Remembered, novelty: Novelty, now: datetime) -> None:
    """Writes what a poll taught. Within the caller's transaction."""
    feed, at = state.name, now.timestamp()
    connection.execute("INSERT OR REPLACE INTO feed_state VALUES (?, ?)", (feed, _encode(state).decode()))
    connection.executemany(
        "INSERT OR REPLACE INTO feed_held VALUES (?, ?, ?, NULL)",
        [(feed, item, hashes) for item, hashes in novelty.changed.items()],
    )
    connection.executemany(
        "UPDATE feed_held SET gone_at = ? WHERE feed = ? AND item = ?",
        [(at, feed, item) for item in novelty.vanished],
    )
    connection.execute(
        "DELETE FROM feed_held WHERE feed = ? AND gone_at < ?", (feed, at - FORGET_AFTER.total_seconds())
    )


def unlisted(states: Collection[Remembered], listed: Collection[str], now: datetime) -> list[str]:
    """Names of feeds that are off the list, and were polled last so long ago that they may be forgotten."""
    return [
        s.name
        for s in states
        if s.name not in listed and (s.last_poll is None or now - s.last_poll > UNLISTED_KEPT)
    ]


def forget(connection: sqlite3.Connection, names: Collection[str]) -> None:
    """Forgets feeds altogether. Within the caller's transaction."""
    rows = [(name,) for name in names]
    connection.executemany("DELETE FROM feed_held WHERE feed = ?", rows)
    connection.executemany("DELETE FROM feed_state WHERE name = ?", rows)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Remembered).decode
