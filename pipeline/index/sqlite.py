"""The story index in SQLite: current stories, all their versions, full text by FTS5, entities for filters
and facets."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, get_args

import msgspec

from pipeline.index import (
    AmbiguousId,
    Bin,
    Bucket,
    Counts,
    FacetCount,
    Facets,
    Hit,
    Outcome,
    Page,
    Query,
    SourceCount,
)
from pipeline.index.highlight import Highlighter
from pipeline.index.numbering import may_be_news, numbered_on
from pipeline.index.searched import columns
from pipeline.index.sought import COLUMNS, Sought, expression, read
from pipeline.index.withdrawn import is_held, is_kill, notice, released
from pipeline.index.words import TOKENIZER, searchable, words
from pipeline.store import StoreMissing
from pipeline.story import (
    Change,
    Entity,
    EntityType,
    Location,
    Record,
    Status,
    Story,
    VersionSeen,
    decode_story,
    encode,
    event_time,
    replace,
)

_TABLES: Final = f"""
CREATE TABLE IF NOT EXISTS stories (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,       -- the newest; 0 while only late ones came
    shown INTEGER NOT NULL,         -- the one that readers see; 0: none
    sequence INTEGER UNIQUE,        -- of its last change for readers; NULL: never seen by them
    at INTEGER,                     -- event time of the version shown, else of the newest; see _microseconds
    killed INTEGER NOT NULL,
    copy INTEGER NOT NULL,
    source TEXT NOT NULL, provider TEXT NOT NULL, language TEXT NOT NULL, change TEXT NOT NULL,
    status TEXT NOT NULL, cluster TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS stories_at ON stories (at);
CREATE INDEX IF NOT EXISTS stories_cluster ON stories (cluster) WHERE copy;
CREATE TABLE IF NOT EXISTS versions (
    key INTEGER PRIMARY KEY,
    story INTEGER NOT NULL REFERENCES stories,
    version INTEGER NOT NULL,
    late INTEGER NOT NULL,
    held INTEGER NOT NULL,          -- readers may not have it
    until INTEGER,                  -- end of its embargo while held; NULL: none named
    record BLOB NOT NULL,           -- the Story, JSON
    UNIQUE (story, version)
);
CREATE INDEX IF NOT EXISTS versions_until ON versions (until) WHERE held;
CREATE TABLE IF NOT EXISTS names (
    key INTEGER PRIMARY KEY,
    entity INTEGER NOT NULL,        -- hash of its type and link, else of its type and folded name
    spelling INTEGER NOT NULL,      -- hash of the folded name
    type TEXT NOT NULL,
    code TEXT NOT NULL,             -- the link, or empty
    name TEXT NOT NULL,             -- as shown
    folded TEXT NOT NULL,
    lat REAL, lon REAL
);
CREATE UNIQUE INDEX IF NOT EXISTS names_spelling ON names (spelling, entity);
CREATE INDEX IF NOT EXISTS names_entity ON names (entity);
CREATE TABLE IF NOT EXISTS story_names (
    story INTEGER NOT NULL REFERENCES stories,
    entity INTEGER NOT NULL,
    name INTEGER NOT NULL REFERENCES names,
    type TEXT NOT NULL,
    country TEXT,
    PRIMARY KEY (story, entity)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS story_names_entity ON story_names (entity, name);
CREATE INDEX IF NOT EXISTS story_names_country ON story_names (country) WHERE country IS NOT NULL;
CREATE VIRTUAL TABLE IF NOT EXISTS story_text USING fts5({", ".join(COLUMNS)}, tokenize="{TOKENIZER}");
CREATE TABLE IF NOT EXISTS index_state (
    one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL, unscrubbed INTEGER NOT NULL
);
INSERT OR IGNORE INTO index_state VALUES (1, 0, 0);
"""

_INSERT_TEXT: Final = f"INSERT INTO story_text (rowid, {', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?)"
_WRITE_STORY: Final = """
INSERT INTO stories (key, id, version, shown, sequence, at, killed, copy, source, provider, language, change,
    status, cluster) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET version = excluded.version, shown = excluded.shown,
    sequence = excluded.sequence, at = excluded.at, killed = excluded.killed, copy = excluded.copy,
    source = excluded.source, provider = excluded.provider, language = excluded.language,
    change = excluded.change, status = excluded.status, cluster = excluded.cluster"""
FACETED: Final = 20_000
"""Stories that facets are counted over: the newest of those that match, so that a question's cost is
bounded."""

_WEIGHTS: Final = {"headline": 8.0, "summary": 3.0, "body": 1.0, "names": 3.0, "byline": 2.0, "subjects": 2.0}
_RANK: Final = f"bm25(story_text, {', '.join(str(_WEIGHTS[column]) for column in COLUMNS)})"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_BINS: Final = {"minute": "%Y-%m-%dT%H:%M", "hour": "%Y-%m-%dT%H:00", "day": "%Y-%m-%d", "month": "%Y-%m-01"}


class _Seen(Record, frozen=True):
    """The part of a stored version that its line in the history is made of."""

    version: int
    change: Change | None = None
    status: Status = "usable"
    late: bool = False
    text_hash: str = ""
    headline: str = ""
    published_at: datetime | None = None
    first_published_at: datetime | None = None
    collected_at: datetime | None = None


_decode_seen: Final = msgspec.json.Decoder(_Seen).decode


class _Row(NamedTuple):
    key: int
    version: int
    shown: int
    killed: int


class SqliteIndex:
    """A StoryIndex in an open store. It makes its tables and never commits: the caller wraps what it
    puts, releases, expires and scrubs in a transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Raises StoreMissing on a connection for reading only whose store has no index yet."""
        self._connection = connection
        self._sequence = self._last_key = 0
        self._known_names: dict[tuple[str, str, str], tuple[int, int]] = {}
        if connection.execute("PRAGMA query_only").fetchone()[0]:
            if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'index_state'").fetchone():
                raise StoreMissing("the store holds no stories yet; `wire replay` or `wire run` puts some in")
            return
        for statement in _TABLES.split(";\n"):
            connection.execute(statement)

    # Putting in

    def put(self, stories: Sequence[Story]) -> list[Outcome]:
        """Takes versions in, in the order given; one outcome each. What can't be encoded raises before
        any is taken."""
        records = [encode(story) for story in stories]
        with self._numbering():
            return [self._put(story, record) for story, record in zip(stories, records, strict=True)]

    def amend(self, stories: Sequence[Story]) -> None:
        """Puts these in the place of the same versions, where those are there and were not killed."""
        with self._numbering():
            for story in stories:
                row = self._row(story.id)
                if row is None or row.killed:
                    continue
                self._connection.execute(
                    "UPDATE versions SET record = ? WHERE story = ? AND version = ?",
                    (encode(story), row.key, story.version),
                )
                if row.shown == story.version:
                    self._show(row, story)

    def _put(self, story: Story, record: bytes) -> Outcome:
        known = self._row(story.id)
        if known and self._is_known(known, story):
            news = self._numbered_on(known, story)
            if news is None:
                return "stale"
            story, record = news, encode(news)
        row = known or self._new_row()
        if story.late:
            if known is None:
                self._write_story(row, story, version=0)
            self._put_late(row, story, record)
            return "late"
        if is_kill(story):
            self._kill(row, notice(story))
        elif is_held(story):
            self._hold(row, story)
            self._insert_version(row.key, story, record, held=True)
        elif story.status == "withheld":  # its embargo was over when it came
            usable = released(story)
            self._show(row, usable)
            self._insert_version(row.key, usable, encode(usable))
        else:
            self._show(row, story)
            self._insert_version(row.key, story, record)
        return "indexed"

    def _put_late(self, row: _Row, story: Story, record: bytes) -> None:
        """Takes a version into the history alone; with no text if it, or a kill later than it, withdraws
        that."""
        if is_kill(story):
            self._redact(row.key, before=event_time(story), but=row.shown)
            self._insert_version(row.key, story, encode(notice(story)))
        elif row.killed or self._killed_after(row.key, event_time(story)):
            self._insert_version(row.key, story, encode(notice(story)))
        else:
            self._insert_version(row.key, story, record, held=is_held(story))

    def _show(self, row: _Row, story: Story) -> None:
        """Makes a version what readers see."""
        self._forget_text(row)
        self._write_story(row, story, version=max(row.version, story.version), shown=story.version)
        self._connection.execute(_INSERT_TEXT, (row.key, *tuple(map(searchable, columns(story)))))
        self._connection.executemany(
            "INSERT OR IGNORE INTO story_names VALUES (?, ?, ?, ?, ?)",
            [(row.key, *self._name(entity), entity.type, _country(entity)) for entity in story.entities],
        )

    def _kill(self, row: _Row, left: Story) -> None:
        """Withdraws the story at once: no version keeps its text, and readers find the notice alone."""
        self._forget_text(row)
        self._redact(row.key)
        self._write_story(row, left, version=left.version, shown=left.version, killed=True)
        self._insert_version(row.key, left, encode(left))

    def _hold(self, row: _Row, story: Story) -> None:
        """Keeps a version from readers. Until its embargo is over they have the one before; where the
        wire names no end, nothing, as what was distributed is to be withdrawn (IPTC publishing status
        `withheld`)."""
        if row.shown and story.embargoed_until is not None:
            self._connection.execute("UPDATE stories SET version = ? WHERE key = ?", (story.version, row.key))
        else:
            self._forget_text(row)
            self._write_story(row, story, version=story.version)

    def _forget_text(self, row: _Row) -> None:
        """Takes the version that readers saw out of full text and entities, if there is one."""
        if not row.shown or row.killed:
            return
        self._known_names.clear()
        execute = self._connection.execute
        execute("DELETE FROM story_text WHERE rowid = ?", (row.key,))
        names = execute(
            "DELETE FROM story_names WHERE story = ? RETURNING name, entity", (row.key,)
        ).fetchall()
        self._connection.executemany(
            """DELETE FROM names WHERE key = ?1
                AND NOT EXISTS (SELECT 1 FROM story_names WHERE entity = ?2 AND name = ?1)""",
            names,
        )

    def _redact(self, key: int, before: datetime | None = None, but: int = 0) -> None:
        """Leaves notices of a story's versions: of all, or of those until `before` other than `but`."""
        rows = self._connection.execute(
            "SELECT key, record FROM versions WHERE story = ? AND version <> ?", (key, but)
        ).fetchall()
        for version_key, record in rows:
            story = decode_story(record)
            at = event_time(story)
            if before is not None and at is not None and at > before:
                continue
            # Padded to the old length, so that SQLite overwrites it in place: a row that moves leaves traces.
            left = encode(notice(story)).ljust(len(record))
            self._connection.execute(
                "UPDATE versions SET record = ?, held = 0, until = NULL WHERE key = ?", (left, version_key)
            )
        self._connection.execute("UPDATE index_state SET unscrubbed = 1")

    def _killed_after(self, key: int, at: datetime | None) -> bool:
        """A kill of this story is later than `at`, or may be."""
        kills = (seen for seen in self._seen(key, withheld=True) if seen.change == "kill")
        return any(at is None or seen.at is None or seen.at >= at for seen in kills)

    def _new_row(self) -> _Row:
        self._last_key += 1
        return _Row(key=self._last_key, version=0, shown=0, killed=0)

    def _write_story(
        self, row: _Row, story: Story, *, version: int, shown: int = 0, killed: bool = False
    ) -> None:
        if shown:
            self._sequence += 1
        self._connection.execute(
            _WRITE_STORY,
            (
                row.key,
                story.id,
                version,
                shown,
                self._sequence if shown else None,
                _microseconds(event_time(story)),
                killed,
                story.copy_of is not None,
                story.source,
                story.provider,
                story.language,
                story.change or "",
                story.status,
                story.cluster,
            ),
        )

    def _insert_version(self, key: int, story: Story, record: bytes, held: bool = False) -> None:
        until = _microseconds(story.embargoed_until) if held else None
        self._connection.execute(
            "INSERT INTO versions (story, version, late, held, until, record) VALUES (?, ?, ?, ?, ?, ?)",
            (key, story.version, story.late, held, until, record),
        )

    @contextmanager
    def _numbering(self) -> Iterator[None]:
        """Counts the changes made inside on from those in the store. What the last call knew of it may
        have been rolled back since."""
        self._known_names.clear()
        start, self._last_key = self._connection.execute(
            "SELECT sequence, (SELECT coalesce(max(key), 0) FROM stories) FROM index_state"
        ).fetchone()
        self._sequence = start
        try:
            yield
        finally:
            if self._sequence != start:
                self._connection.execute("UPDATE index_state SET sequence = ?", (self._sequence,))

    def _name(self, entity: Entity) -> tuple[int, int]:
        """The hash of an entity and the key of its name, which is made if it is new."""
        folded, code = _folded(entity.name), _code(entity)
        known = self._known_names.get((entity.type, code, folded))
        if known is None:
            identity, spelling = _hash(entity.type, code or folded), _hash(folded)
            row = self._connection.execute(
                "SELECT key FROM names WHERE spelling = ? AND entity = ?", (spelling, identity)
            ).fetchone()
            key = int(row[0]) if row else self._insert_name(entity, identity, spelling, code, folded)
            known = self._known_names[entity.type, code, folded] = (identity, key)
        return known

    def _insert_name(self, entity: Entity, identity: int, spelling: int, code: str, folded: str) -> int:
        """Names are found by hashes, so that their text stands nowhere but here, in rows that never move: one
        that moves to another page leaves its bytes behind, out of reach of a later deletion."""
        shown = (entity.link.name if entity.link and entity.type != "group" else "") or entity.name
        location = entity.link.location if entity.link else None
        lat, lon = (location.lat, location.lon) if location else (None, None)
        key = self._connection.execute(
            """INSERT INTO names (entity, spelling, type, code, name, folded, lat, lon)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            (identity, spelling, entity.type, code, shown, folded, lat, lon),
        ).lastrowid
        assert key is not None
        return key

    # Time

    def release(self, now: datetime) -> list[str]:
        """Lets out every version whose embargo is over at `now`; ids of the stories that changed for
        readers."""
        rows = self._connection.execute(
            "SELECT key, record FROM versions WHERE held AND until <= ? ORDER BY until, key",
            (_microseconds(now),),
        ).fetchall()
        changed = []
        with self._numbering():
            for version_key, record in rows:
                story = released(decode_story(record))
                self._connection.execute(
                    "UPDATE versions SET record = ?, held = 0, until = NULL WHERE key = ?",
                    (encode(story), version_key),
                )
                row = self._row(story.id)
                if row and self._is_current(row, story):
                    self._show(row, story)
                    changed.append(story.id)
        return list(dict.fromkeys(changed))

    def _is_current(self, row: _Row, story: Story) -> bool:
        """Nothing newer is shown, nor says that the story is not to be used without naming an end to it."""
        if story.late or story.version <= row.shown:
            return False
        return not self._connection.execute(
            """SELECT 1 FROM versions
                WHERE story = ? AND version > ? AND held AND until IS NULL AND NOT late""",
            (row.key, story.version),
        ).fetchone()

    def expire(self, before: datetime) -> int:
        """Forgets the stories whose event time is before `before`, with their history; how many."""
        rows = self._connection.execute(
            "SELECT key, version, shown, killed FROM stories WHERE at < ?", (_microseconds(before),)
        ).fetchall()
        for row in map(_Row._make, rows):
            self._forget_text(row)
            self._connection.execute("DELETE FROM versions WHERE story = ?", (row.key,))
            self._connection.execute("DELETE FROM stories WHERE key = ?", (row.key,))
        return len(rows)

    def scrub(self) -> bool:
        """Merges the full text index into one piece, since FTS5 only marks what is deleted from it until
        it merges."""
        if not self._connection.execute("SELECT unscrubbed FROM index_state").fetchone()[0]:
            return False
        self._connection.execute("INSERT INTO story_text (story_text) VALUES ('optimize')")
        self._connection.execute("UPDATE index_state SET unscrubbed = 0")
        return True

    # One story

    def get(self, id: str, *, include_withheld: bool = False) -> Story | None:
        """A story as it stands, with its history. `id` may be the beginning of one. Raises AmbiguousId."""
        row = self._find(id, include_withheld)
        if row is None:
            return None
        record = self._record(row.key, row.version if include_withheld else row.shown, include_withheld)
        return record and replace(record, history=list(self._seen(row.key, include_withheld)))

    def version(self, id: str, version: int, *, include_withheld: bool = False) -> Story | None:
        """One version of a story, as it was, without history. `id` may be the beginning of one. Raises
        AmbiguousId."""
        row = self._find(id, include_withheld)
        return row and self._record(row.key, version, include_withheld)

    def copies(self, id: str, limit: int = 100) -> list[Story]:
        """The other stories of this one's group of copies, earliest first, without history. Raises
        AmbiguousId."""
        row = self._find(id, include_withheld=False)
        if row is None:
            return []
        return self._stories(
            """s.key IN (
                    SELECT o.key FROM stories t JOIN stories o ON o.copy AND o.cluster = t.cluster
                    WHERE t.key = ?1
                    UNION
                    SELECT o.key FROM stories t JOIN stories o ON o.id = t.cluster WHERE t.key = ?1)
                AND s.key <> ?1 AND s.shown AND NOT s.killed ORDER BY s.at, s.key LIMIT ?2""",
            (row.key, limit),
        )

    def _find(self, id: str, include_withheld: bool) -> _Row | None:
        row = self._row(id)
        if row is not None:
            return row if row.shown or include_withheld else None
        if not id:
            return None
        rows = self._connection.execute(
            """SELECT key, version, shown, killed FROM stories WHERE id >= ? AND id < ? AND (shown OR ?)
                ORDER BY id LIMIT 2""",
            (_storable(id), _storable(id) + "\U0010ffff", include_withheld),
        ).fetchall()
        if len(rows) > 1:
            raise AmbiguousId(f"more than one story's id begins with {id!r}; give more of it")
        return _Row._make(rows[0]) if rows else None

    def _row(self, id: str) -> _Row | None:
        row = self._connection.execute(
            "SELECT key, version, shown, killed FROM stories WHERE id = ?", (_storable(id),)
        ).fetchone()
        return _Row._make(row) if row else None

    def _is_known(self, row: _Row, story: Story) -> bool:
        if not story.late and story.version <= row.version:
            return True
        return bool(
            self._connection.execute(
                "SELECT 1 FROM versions WHERE story = ? AND version = ?", (row.key, story.version)
            ).fetchone()
        )

    def _numbered_on(self, row: _Row, story: Story) -> Story | None:
        """A version under a number that is given away, under its own; None where the index has it. See `numbering`."""
        (at,) = self._connection.execute("SELECT at FROM stories WHERE key = ?", (row.key,)).fetchone()
        if not may_be_news(story, row.version, _time(at)):
            return None
        records = self._connection.execute(
            "SELECT record FROM versions WHERE story = ?", (row.key,)
        ).fetchall()
        return numbered_on(story, (decode_story(record) for (record,) in records))

    def _record(self, key: int, version: int, include_withheld: bool) -> Story | None:
        row = self._connection.execute(
            "SELECT record FROM versions WHERE story = ? AND version = ? AND (NOT held OR ?)",
            (key, version, include_withheld),
        ).fetchone()
        return decode_story(row[0]) if row else None

    def _seen(self, key: int, withheld: bool) -> Iterator[VersionSeen]:
        rows = self._connection.execute(
            "SELECT record FROM versions WHERE story = ? AND (NOT held OR ?) ORDER BY version",
            (key, withheld),
        ).fetchall()
        for (record,) in rows:
            seen = _decode_seen(record)
            yield VersionSeen(
                version=seen.version,
                change=seen.change or "new",
                at=seen.published_at or seen.first_published_at or seen.collected_at,
                text_hash=seen.text_hash,
                headline=seen.headline,
                late=seen.late,
            )

    def _stories(self, where: str, values: Sequence[Any]) -> list[Story]:
        rows = self._connection.execute(
            f"""SELECT v.record FROM stories s JOIN versions v ON v.story = s.key AND v.version = s.shown
                WHERE {where}""",
            values,
        ).fetchall()
        return [decode_story(record) for (record,) in rows]

    # Many stories

    def search(self, query: Query) -> Page:
        """The stories that match. Never fails on what a reader types."""
        sought = read(query.text)
        found = self._found(query, sought)
        if found is None:
            return Page(total=0, hits=[])
        total = self._connection.execute(f"SELECT count(*) {found.sql}", found.values).fetchone()[0]
        ranked = query.order == "rank" and bool(sought.groups)
        rows = self._connection.execute(
            f"""WITH page AS MATERIALIZED (
                    SELECT s.key, s.shown, s.at, {_RANK if ranked else "0.0"} AS score {found.sql}
                    ORDER BY score, s.at DESC, s.key DESC LIMIT ? OFFSET ?)
                SELECT v.record, page.score
                FROM page JOIN versions v ON v.story = page.key AND v.version = page.shown
                ORDER BY page.score, page.at DESC, page.key DESC""",
            (*found.values, max(query.limit, 0), max(query.offset, 0)),
        ).fetchall()
        highlighter = Highlighter(sought)
        stories = ((decode_story(record), score) for record, score in rows)
        return Page(
            total=total,
            hits=[
                Hit(
                    story=story,
                    score=-score,  # FTS5's bm25 is the smaller the better
                    headline=highlighter.headline(story),
                    snippet=highlighter.snippet(story),
                )
                for story, score in stories
            ],
        )

    def every(self, query: Query) -> Iterator[Story]:
        """All stories that match, one after the other, oldest first, without history; the query's own order,
        limit and offset play no part."""
        found = self._found(query, read(query.text))
        if found is None:
            return
        keys = self._connection.execute(
            f"SELECT s.key, s.shown {found.sql} ORDER BY s.at, s.key", found.values
        ).fetchall()
        for key, shown in keys:
            story = self._record(key, shown, include_withheld=False)
            if story is not None:  # expired meanwhile
                yield story

    def facets(self, query: Query, limit: int = 20) -> Facets:
        """The `limit` commonest values of each kind among the stories that match, the newest 20,000 of
        them; the query's own limit and offset play no part."""
        found = self._found(query, read(query.text))
        counted: dict[str, list[FacetCount]] = {
            kind: [] for kind in Facets.__struct_fields__ if kind != "total"
        }
        if found is None:
            return Facets(total=0, **counted)
        total = self._connection.execute(f"SELECT count(*) {found.sql}", found.values).fetchone()[0]
        rows = self._connection.execute(_facets_sql(found, limit), found.values).fetchall()
        for kind, value, name, count, lat, lon in rows:
            location = None if lat is None or lon is None else Location(lat=lat, lon=lon)
            counted[kind].append(FacetCount(value=value, name=name, count=count, location=location))
        return Facets(total=total, **counted)

    def timeline(self, query: Query, bucket: Bucket = "hour") -> list[Bin]:
        """Matching stories by event time, oldest first; empty bins are left out."""
        found = self._found(query, read(query.text))
        if found is None:
            return []
        rows = self._connection.execute(
            f"""SELECT strftime('{_BINS[bucket]}', s.at / 1000000, 'unixepoch') AS start, count(*) {found.sql}
                AND s.at IS NOT NULL GROUP BY start ORDER BY start""",
            found.values,
        ).fetchall()
        return [
            Bin(start=datetime.fromisoformat(start).replace(tzinfo=UTC), count=count) for start, count in rows
        ]

    def tail(self, after: int | None, limit: int = 100) -> list[tuple[int, Story]]:
        """Stories in the order in which they changed for readers, see the protocol."""
        order = "DESC" if after is None else "ASC"
        rows = self._connection.execute(
            f"""SELECT s.sequence, v.record
                FROM stories s JOIN versions v ON v.story = s.key AND v.version = s.shown
                WHERE s.shown AND s.sequence > ? ORDER BY s.sequence {order} LIMIT ?""",
            (after or 0, limit),
        ).fetchall()
        changes = [(sequence, decode_story(record)) for sequence, record in rows]
        return changes[::-1] if after is None else changes

    def counts(self) -> Counts:
        """What the index holds."""
        execute = self._connection.execute
        stories, copies, killed = execute(
            """SELECT coalesce(sum(NOT killed), 0), coalesce(sum(copy AND NOT killed), 0),
            coalesce(sum(killed), 0) FROM stories WHERE shown"""
        ).fetchone()
        sources = execute(
            """SELECT s.source, count(*), max(s.at), max(s.sequence) FROM stories s WHERE s.shown AND NOT
            s.killed GROUP BY s.source ORDER BY s.source"""
        ).fetchall()
        return Counts(
            stories=stories,
            versions=execute("SELECT count(*) FROM versions").fetchone()[0],
            copies=copies,
            killed=killed,
            withheld=execute("SELECT count(DISTINCT story) FROM versions WHERE held").fetchone()[0],
            sequence=execute("SELECT sequence FROM index_state").fetchone()[0],
            sources=[
                SourceCount(
                    source=source,
                    stories=count,
                    last_event_at=_time(at),
                    last_indexed_at=self._processed_at(sequence),
                )
                for source, count, at, sequence in sources
            ],
        )

    def _processed_at(self, sequence: int) -> datetime | None:
        (story,) = self._stories("s.sequence = ?", (sequence,))
        return story.processed_at or story.collected_at

    def _found(self, query: Query, sought: Sought) -> _Found | None:
        """The FROM and WHERE of a query over stories `s`; None where nothing can match."""
        if sought.senseless:
            return None
        where, values = ["s.shown"], list[Any]()
        if "kill" not in query.change and "canceled" not in query.status:
            where.append("NOT s.killed")
        tables = "stories s"
        if sought.groups:
            tables = "story_text JOIN stories s ON s.key = story_text.rowid"
            where.append("story_text MATCH ?")
            values.append(expression(sought.groups))
        if sought.without:
            where.append("s.key NOT IN (SELECT rowid FROM story_text WHERE story_text MATCH ?)")
            values.append(expression((sought.without,)))
        for value, type in _entities(query):
            test, tested = self._named(value, type)
            where.append(f"s.key IN (SELECT story FROM story_names WHERE {test})")
            values.append(tested)
        for column, wanted in _columns_wanted(query):
            where.append(f"s.{column} COLLATE NOCASE IN (SELECT value FROM json_each(?))")
            values.append(encode([_storable(value) for value in wanted]).decode())
        if query.language:
            where.append(
                "(" + " OR ".join(["s.language || '-' LIKE ? ESCAPE '\\'"] * len(query.language)) + ")"
            )
            values += [_like(language) + "-%" for language in query.language]
        if query.without_copies:
            where.append("NOT s.copy")
        if query.since is not None:
            where.append("s.at >= ?")
            values.append(_microseconds(query.since))
        if query.until is not None:
            where.append("s.at < ?")
            values.append(_microseconds(query.until))
        return _Found(f"FROM {tables} WHERE {' AND '.join(where)}", values)

    def _named(self, value: str, type: str) -> tuple[str, str]:
        """How story_names has what a reader calls `value`: the code of a country; else the entities with that
        link or name; else those whose names have all of its words in a row."""
        if type == "place" and len(value) == 2 and value.isascii() and value.isalpha():
            return "country = ?", value.upper()
        types = [type] if type else list(get_args(EntityType))
        entities = [_hash(each, _storable(value)) for each in types]
        folded = _folded(value)
        found = self._entities("entity IN (SELECT value FROM json_each(?))", encode(entities).decode(), type)
        found = found or self._entities("spelling = ?", _hash(folded), type)
        if not found and folded:
            found = self._entities("instr(' ' || folded || ' ', ' ' || ? || ' ')", folded, type)
        return "entity IN (SELECT value FROM json_each(?))", encode(found).decode()

    def _entities(self, test: str, tested: str | int, type: str) -> list[int]:
        return [
            entity
            for (entity,) in self._connection.execute(
                f"SELECT DISTINCT entity FROM names WHERE {test} AND ? IN ('', type)", (tested, type)
            ).fetchall()
        ]


class _Found(NamedTuple):
    sql: str
    values: list[Any]


def _facets_sql(found: _Found, limit: int) -> str:
    """One statement that counts all kinds over the newest of the stories found: kind, value, name, count,
    lat, lon."""
    columns = " UNION ALL ".join(
        f"""SELECT * FROM (
            SELECT '{kind}', {kind}, {kind}, count(*) AS n, NULL, NULL FROM found WHERE {kind} <> ''
            GROUP BY 2 ORDER BY n DESC, 2 LIMIT {limit:d})"""
        for kind in ("source", "provider", "language", "change")
    )
    entities = "\n".join(
        f"""UNION ALL SELECT * FROM (
            SELECT t.type, CASE WHEN n.code = '' THEN n.name ELSE n.code END, n.name, t.n, n.lat, n.lon
            FROM (SELECT * FROM tally WHERE type = '{type}' ORDER BY n DESC, entity LIMIT {limit:d}) t
            JOIN names n ON n.key = t.name ORDER BY t.n DESC, n.name)"""
        for type in get_args(EntityType)
    )
    return f"""
        WITH found AS MATERIALIZED (
            SELECT s.key, s.source, s.provider, s.language, s.change {found.sql}
            ORDER BY s.at DESC LIMIT {FACETED}),
        tally AS MATERIALIZED (
            SELECT e.type AS type, e.entity AS entity, max(e.name) AS name, count(*) AS n
            FROM found CROSS JOIN story_names e ON e.story = found.key GROUP BY e.entity)
        {columns}
        {entities}
        UNION ALL SELECT * FROM (
            SELECT 'country', e.country, e.country, count(DISTINCT e.story) AS n, NULL, NULL
            FROM found CROSS JOIN story_names e ON e.story = found.key WHERE e.country IS NOT NULL
            GROUP BY 2 ORDER BY n DESC, 2 LIMIT {limit:d})"""


def _code(entity: Entity) -> str:
    """The entity's entry in a register, as a Query may name it; empty if none is known."""
    return f"{entity.link.scheme}:{entity.link.id}" if entity.link else ""


def _country(entity: Entity) -> str | None:
    return entity.link.country if entity.link and entity.type == "place" else None


def _folded(name: str) -> str:
    return " ".join(words(name))


def _hash(*parts: str) -> int:
    """64 bits, signed, as SQLite keeps integers."""
    digest = hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _entities(query: Query) -> Iterator[tuple[str, str]]:
    """Each entity asked for, with its type; the empty type is any."""
    for type, values in (
        ("", query.entity),
        ("person", query.person),
        ("organisation", query.organisation),
        ("place", query.place),
    ):
        for value in values:
            yield value, type


def _columns_wanted(query: Query) -> Iterator[tuple[str, Sequence[str]]]:
    for column, values in (
        ("source", query.source),
        ("provider", query.provider),
        ("change", query.change),
        ("status", query.status),
    ):
        if values:
            yield column, values


def _like(text: str) -> str:
    return _storable(text).replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _storable(text: str) -> str:
    """Text as SQLite takes it: a command's argument may hold bytes that were no UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _microseconds(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // _MICROSECOND


def _time(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)
