"""Opens the one SQLite file that the embedded driver keeps everything in, and wraps work in transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

SCHEMA = 1
"""The layout of the file, in its `PRAGMA user_version`; a file of a newer layout is refused."""

BUSY_MILLISECONDS = 5_000
"""How long a statement waits for another process's transaction before it is given up."""


class StoreError(Exception):
    """The store can't be used; the message says why and what to do, for a person."""


class StoreMissing(StoreError):
    """There is no store where one is expected."""


class StoreBusy(StoreError):
    """Another process holds the store; the same work can be tried again."""


class StoreFull(StoreError):
    """No room is left on the disk; the same work can be tried again once there is."""


def open_store(path: str | Path) -> sqlite3.Connection:
    """The store at `path`, made with its folder if absent, for reading and writing; `:memory:` for one
    that nobody keeps. In autocommit: wrap work in `transaction`. For any thread, one at a time. Raises
    StoreError."""
    if str(path) != ":memory:":
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"{path}: its folder can't be made: {error.strerror}; set store.path to another place"
            ) from error
    return _opened(path, "rwc", _prepare)


def open_reader(path: str | Path) -> sqlite3.Connection:
    """The store at `path` for reading only, beside any writer. Raises StoreMissing if there is none,
    StoreError."""
    if not Path(path).is_file():
        raise StoreMissing(
            f"{path}: no store there yet; `wire replay` or `wire run` makes one, or set store.path"
        )
    return _opened(path, "rw", _prepare_reader)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All of the work inside, or none of it: commits at the end, rolls back on any exception. Raises
    StoreBusy, StoreFull or StoreError where SQLite says so; what else is raised inside passes unchanged."""
    with explained(connection):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if (
                connection.in_transaction
            ):  # SQLite has rolled back by itself after some errors, a full disk among them
                connection.execute("ROLLBACK")
            raise


@contextmanager
def explained(connection: sqlite3.Connection) -> Iterator[None]:
    """Turns SQLite's word that a store is busy, full, damaged or unwritable into a StoreError with what
    to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        told = _explanation(_path(connection), error)
        if told is None:
            raise
        raise told from error


def checkpoint(connection: sqlite3.Connection) -> bool:
    """Moves the write-ahead log into the file and empties it, so that nothing deleted stays readable in
    it. Outside any transaction. False where a reader was in the way: try again later."""
    with explained(connection):
        blocked, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not blocked


def _opened(path: str | Path, mode: str, prepare: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    uri = "file::memory:" if str(path) == ":memory:" else f"file:{quote(str(path))}?mode={mode}"
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_MILLISECONDS / 1000
        )
        prepare(connection)
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA:
            raise StoreError(
                f"{path}: written by a newer Wirepipe (layout {version}, this one knows {SCHEMA});"
                " update Wirepipe, or set store.path to another file"
            )
    except sqlite3.DatabaseError as error:
        if connection is not None:
            connection.close()
        raise _explanation(str(path), error) or StoreError(f"{path}: {error}") from error
    except StoreError:
        if connection is not None:
            connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # a killed story's text must not stay in freed pages
    connection.execute("PRAGMA cache_size = -65536")  # KiB: the inner pages of a large index stay at hand
    connection.execute("PRAGMA temp_store = MEMORY")
    if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
        connection.execute(f"PRAGMA user_version = {SCHEMA}")


def _prepare_reader(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA cache_size = -65536")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(
        "SELECT count(*) FROM sqlite_schema"
    ).fetchone()  # a file that is no database says so here


def _path(connection: sqlite3.Connection) -> str:
    try:
        rows = connection.execute("PRAGMA database_list").fetchall()
    except sqlite3.Error:
        return "the store"
    return next((path for _, name, path in rows if name == "main" and path), "the store")


def _explanation(path: str, error: sqlite3.DatabaseError) -> StoreError | None:
    """What an SQLite error means for whoever runs the pipeline; None where it is the program's own fault.
    Codes: https://www.sqlite.org/rescode.html, the primary code in the low eight bits."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreBusy(
                f"{path}: another process is writing to it; wait for it or stop it, then try again"
            )
        case sqlite3.SQLITE_FULL:
            return StoreFull(
                f"{path}: no room left on its disk; free some, then try again: nothing was half written"
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return StoreError(
                f"{path}: may not be written by this user; change its permissions, or set store.path"
            )
        case sqlite3.SQLITE_CANTOPEN:
            return StoreError(f"{path}: can't be opened; is it a folder, or not readable by this user?")
        case sqlite3.SQLITE_NOTADB:
            return StoreError(f"{path}: is not a Wirepipe store; set store.path to another file")
        case sqlite3.SQLITE_CORRUPT:
            return StoreError(
                f"{path}: is damaged ({error}); keep a copy, move it away, and replay or collect anew"
            )
        case sqlite3.SQLITE_IOERR:
            return StoreError(f"{path}: reading or writing it failed ({error}); check its disk")
    return None
