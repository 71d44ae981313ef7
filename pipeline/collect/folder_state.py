"""Which files of watched folders have been taken and not moved away yet, in the store: none is taken twice
after a crash."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from pipeline.story import Record

_TABLE = """CREATE TABLE IF NOT EXISTS folder_taken (
    path BLOB PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
    hash TEXT NOT NULL, reason TEXT NOT NULL, taken_at REAL NOT NULL) WITHOUT ROWID"""


class Signature(NamedTuple):
    """What tells a file from another of its name, or from itself once changed."""

    size: int
    mtime_ns: int
    inode: int


class Taken(Record, frozen=True, kw_only=True):
    """A file whose stories are durable."""

    path: str
    """As the system gives it: bytes that are no UTF-8 are surrogates."""
    signature: Signature
    hash: str
    """Of its content, hexadecimal; empty where it was not read."""
    reason: str = ""
    """Why nothing in it could be read, a sentence; empty where it could."""


class FolderState:
    """Reads it. What is written, `remember` writes, in the driver's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.execute(_TABLE)
        self._connection = connection

    def all(self) -> dict[str, Taken]:
        """Files taken and, as far as is known, not moved away, by path."""
        rows = self._connection.execute("SELECT path, size, mtime_ns, inode, hash, reason FROM folder_taken")
        return {
            os.fsdecode(path): Taken(
                path=os.fsdecode(path), signature=Signature(size, mtime_ns, inode), hash=hash, reason=reason
            )
            for path, size, mtime_ns, inode, hash, reason in rows
        }


def remember(
    connection: sqlite3.Connection, taken: Taken, forgotten: Collection[Taken], now: datetime
) -> None:
    """Notes a file as taken, and forgets `forgotten`. Within the caller's transaction."""
    connection.executemany(
        "DELETE FROM folder_taken WHERE path = ? AND size = ? AND mtime_ns = ? AND inode = ?",
        [(os.fsencode(gone.path), *gone.signature) for gone in forgotten],
    )
    connection.execute(
        "INSERT OR REPLACE INTO folder_taken VALUES (?, ?, ?, ?, ?, ?, ?)",
        (os.fsencode(taken.path), *taken.signature, taken.hash, taken.reason, now.timestamp()),
    )
