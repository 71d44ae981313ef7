"""Whose a store is: one process at a time moves stories into it, and it knows whether it ever held more than a replay."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.store import StoreError, transaction


class StoreOwned(StoreError):
    """Another process moves stories into the store; the message says which and what to do."""


@contextmanager
def owned(store: Path) -> Iterator[None]:
    """Owns `store` within the block. Raises StoreOwned at once where another process does."""
    store.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(store.with_name(store.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
            raise StoreOwned(
                f"{store} is in use by process {owner or 'unknown'} (`wire run` or a replay): stop it, or name another --store"
            ) from error
        os.truncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def is_owned(store: Path) -> bool:
    """Some process moves stories into `store` now."""
    lock = store.with_name(store.name + ".lock")
    if not lock.exists():
        return False
    with lock.open("rb") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


class Origin:
    """A store's note of where its stories came from. What a replay made, the next replay may begin anew; a live store, never."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._create()

    @property
    def is_replay(self) -> bool:
        """The store holds what replays put there, and nothing else."""
        row = self._connection.execute("SELECT live FROM origin").fetchone()
        return row is not None and not row[0]

    def mark_replay(self) -> None:
        """A replay puts stories in: an empty store becomes a replay's, a live one stays live."""
        self._connection.execute("INSERT OR IGNORE INTO origin SELECT 1, 0")

    def mark_live(self) -> None:
        """A service puts stories in."""
        self._connection.execute("INSERT OR REPLACE INTO origin SELECT 1, 1")

    def clear(self) -> None:
        """Takes every table of a replay's store away; their owners make them again when they open it."""
        self._connection.execute("PRAGMA foreign_keys = OFF")  # it cannot be changed within a transaction
        with transaction(self._connection):
            # Virtual tables first: they take their own shadow tables with them.
            for kind in ("CREATE VIRTUAL TABLE%", "CREATE TABLE%"):
                listed = self._connection.execute(
                    "SELECT name FROM sqlite_schema WHERE sql LIKE ? AND name NOT LIKE 'sqlite_%'", (kind,)
                )
                for (table,) in listed.fetchall():
                    self._connection.execute(f'DROP TABLE "{table}"')
            self._create()
        self._connection.execute("PRAGMA foreign_keys = ON")

    def _create(self) -> None:
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS origin (one INTEGER PRIMARY KEY CHECK (one = 1), live INTEGER NOT NULL)"
        )
