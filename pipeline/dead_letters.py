"""The dead letters: what could not be processed, whole, with its error, until it is sent again or removed."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal, NotRequired, TypedDict, Unpack

from pipeline.story import Record, replace

PayloadKind = Literal["document", "raw", "story"]
"""What the payload is: a document's own bytes, or a RawStory or Story as JSON."""


class NoSuchDeadLetter(LookupError):
    """No dead letter has this id, or more than one begins with it; the message says which."""


class Failure(TypedDict):
    """That a stage could not process something: the fields of its dead letter, see there."""

    stage: str
    source: str
    error: str
    payload: bytes
    payload_kind: PayloadKind
    document: NotRequired[str]
    item: NotRequired[int | None]
    story_id: NotRequired[str]
    content_type: NotRequired[str]
    content_location: NotRequired[str]
    collected_at: NotRequired[datetime | None]


class DeadLetter(Record, frozen=True, kw_only=True):
    """Something that a stage could not process."""

    id: str
    """16 hexadecimal digits, the same for the same failure of the same thing."""
    stage: str
    """`collect`, `parse`, `clean`, `deduplicate`, `enrich` or `index`."""
    source: str
    document: str = ""
    """Path or URL that it came from."""
    item: int | None = None
    """Position in the document, from 0; None for the whole document."""
    story_id: str = ""
    error: str
    """What happened and what to do, for a person."""
    payload_kind: PayloadKind
    payload: bytes = b""
    """Whole; empty in listings, see `size`."""
    size: int
    """Of the payload, bytes."""
    content_type: str = ""
    """This, `content_location` and `collected_at` are what a document needs to be read again as it was."""
    content_location: str = ""
    collected_at: datetime | None = None
    first_at: datetime
    last_at: datetime
    times: int = 1
    """How often it failed in this way."""
    retried_at: datetime | None = None


_LINE = (
    "id, stage, source, document, item, story_id, error, payload_kind, size, content_type, content_location,"
    " collected_at, first_at, last_at, times, retried_at"
)


_INSERT = f"INSERT INTO dead_letters ({_LINE}, payload) VALUES ({', '.join('?' * 17)})"
_REPLACED = ", ".join(f"{name} = excluded.{name}" for name in (*_LINE.split(", ")[1:], "payload"))


def dead_letter(*, at: datetime, **failure: Unpack[Failure]) -> DeadLetter:
    """What could not be processed at `at`, with the id of this failure of this thing."""
    letter = DeadLetter(id="", size=len(failure["payload"]), first_at=at, last_at=at, **failure)
    return replace(
        letter,
        id=_identity(letter.stage, letter.source, letter.document, letter.item, letter.error, letter.payload),
        document=_storable(letter.document),
        error=_storable(letter.error),
        content_type=_storable(letter.content_type),
        content_location=_storable(letter.content_location),
    )


class DeadLetters:
    """The dead letters of one store. Never commits: the caller wraps its calls in a transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Makes the table if absent; on a connection for reading only, an absent one reads as empty."""
        self._connection = connection
        self._there = True
        if connection.execute("PRAGMA query_only").fetchone()[0]:
            self._there = bool(
                connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'dead_letters'").fetchone()
            )
            return
        connection.execute(
            """CREATE TABLE IF NOT EXISTS dead_letters ( id TEXT PRIMARY KEY, stage TEXT NOT NULL, source
            TEXT NOT NULL, document TEXT NOT NULL, item INTEGER, story_id TEXT NOT NULL, error TEXT NOT
            NULL, payload_kind TEXT NOT NULL, size INTEGER NOT NULL, content_type TEXT NOT NULL,
            content_location TEXT NOT NULL, collected_at TEXT, first_at TEXT NOT NULL, last_at TEXT NOT
            NULL, times INTEGER NOT NULL, retried_at TEXT, payload BLOB NOT NULL)"""
        )
        connection.execute("CREATE INDEX IF NOT EXISTS dead_letters_story ON dead_letters (story_id)")

    def put(self, *, at: datetime, **failure: Unpack[Failure]) -> str:
        """Keeps one and returns its id. The same failure again is the same dead letter, counted once more."""
        letter = dead_letter(at=at, **failure)
        self._connection.execute(
            f"{_INSERT} ON CONFLICT (id) DO UPDATE SET times = times + 1, last_at = max(last_at, excluded.last_at)",
            _row(letter),
        )
        return letter.id

    def keep(self, letter: DeadLetter) -> None:
        """Keeps one as it is, in the place of what had its id."""
        self._connection.execute(f"{_INSERT} ON CONFLICT (id) DO UPDATE SET {_REPLACED}", _row(letter))

    def list(self, stage: str = "", source: str = "") -> Iterator[DeadLetter]:
        """All of them, or one stage's or source's, oldest first, without their payloads."""
        if not self._there:
            return
        rows = self._connection.execute(
            f"SELECT {_LINE} FROM dead_letters"
            " WHERE ? IN ('', stage) AND ? IN ('', source) ORDER BY first_at, id",
            (stage, source),
        )
        for row in rows.fetchall():
            yield _letter(row)

    def get(self, identity: str) -> DeadLetter:
        """The one whose id is or begins with `identity`, with its payload. Raises NoSuchDeadLetter."""
        rows = (
            self._connection.execute(
                f"SELECT {_LINE}, payload FROM dead_letters WHERE id >= ? AND id < ? ORDER BY id LIMIT 2",
                (identity, identity + "g"),  # ids are hexadecimal: `g` comes after every digit
            ).fetchall()
            if self._there and identity
            else []
        )
        if not rows:
            raise NoSuchDeadLetter(f"no dead letter {identity!r}; `wire dead list` shows all")
        if len(rows) > 1:
            raise NoSuchDeadLetter(f"more than one dead letter begins with {identity!r}; give more of its id")
        return _letter(rows[0])

    def mark_retried(self, identity: str, at: datetime) -> None:
        """Remembers that it was sent again at `at`; it stays until it is removed. Takes a whole id."""
        self._connection.execute("UPDATE dead_letters SET retried_at = ? WHERE id = ?", (_text(at), identity))

    def remove(self, identity: str) -> bool:
        """Takes one away by its whole id; False where there is none."""
        return self._connection.execute("DELETE FROM dead_letters WHERE id = ?", (identity,)).rowcount > 0

    def remove_story(self, story_id: str) -> int:
        """Takes away all that hold a story's text, since it was killed; returns how many."""
        return self._connection.execute("DELETE FROM dead_letters WHERE story_id = ?", (story_id,)).rowcount

    def count_by_stage(self) -> dict[str, int]:
        """How many there are of each stage that has any."""
        return self._counts("stage")

    def count_by_source(self) -> dict[str, int]:
        """How many there are of each source that has any."""
        return self._counts("source")

    def _counts(self, column: str) -> dict[str, int]:
        if not self._there:
            return {}
        rows = self._connection.execute(
            f"SELECT {column}, count(*) FROM dead_letters GROUP BY {column} ORDER BY {column}"
        )
        return dict(rows.fetchall())


def _identity(stage: str, source: str, document: str, item: int | None, error: str, payload: bytes) -> str:
    name = repr((stage, source, document, item, error)).encode("utf-8", "backslashreplace")
    return hashlib.blake2b(name + hashlib.blake2b(payload).digest(), digest_size=8).hexdigest()


def _storable(text: str) -> str:
    """Text as SQLite can keep it: a path from a broken file system may hold lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="microseconds")


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _row(letter: DeadLetter) -> tuple[Any, ...]:
    values = (getattr(letter, name) for name in (*_LINE.split(", "), "payload"))
    return tuple(_text(value) if isinstance(value, datetime) else value for value in values)


def _letter(row: tuple[Any, ...]) -> DeadLetter:
    names = _LINE.split(", ")
    values = dict(zip(names, row, strict=False))
    for name in ("collected_at", "first_at", "last_at", "retried_at"):
        values[name] = _time(values[name])
    return DeadLetter(payload=row[len(names)] if len(row) > len(names) else b"", **values)
