"""The read model of the embedded driver: index, feed state and dead letters in the one SQLite file."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from pipeline.collect import feedlist
from pipeline.collect.feed_state import FeedState, Remembered
from pipeline.collect.feedlist import BadFeedList, Feed
from pipeline.dead_letters import DeadLetters
from pipeline.index.sqlite import SqliteIndex
from pipeline.settings import Settings
from pipeline.store import StoreError, open_reader
from pipeline.web.answers import FeedStatus, SourceStatus
from pipeline.web.reading import Unreadable, source_statuses


class EmbeddedModel:
    """Reads the store beside whatever writes it. Raises Unreadable where there is none, or it can't be
    read."""

    def __init__(self, settings: Settings) -> None:
        self._path = Path(settings.store.path)
        self._feeds = Path(settings.collect.feeds)
        with self.explained():
            self._connection = open_reader(self._path)
            try:
                self._file = _identity(self._path)
                self.index = SqliteIndex(self._connection)
                self._letters = DeadLetters(self._connection)
            except BaseException:
                self._connection.close()
                raise

    def dead_letters(self) -> dict[str, int]:
        """Waiting dead letters by stage."""
        return self._letters.count_by_stage()

    def sources(self) -> list[SourceStatus]:
        """Everything that is collected, has stories or dead letters, by name."""
        dead = self._letters.count_by_source()
        feeds = defaultdict[str, list[FeedStatus]](list)
        remembered = self._remembered()
        for feed in self._listed():
            feeds[feed.story_source].append(_status(feed, remembered.get(feed.name)))
        return source_statuses(self.index.counts().sources, dead, feeds)

    def current(self) -> bool:
        """False once another file, or none, is at the store's path."""
        return _identity(self._path) == self._file

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turns what a store raises when it can't be read into Unreadable."""
        try:
            yield
        except (StoreError, sqlite3.DatabaseError) as error:
            raise Unreadable(str(error)) from error

    def close(self) -> None:
        """Closes the store."""
        self._connection.close()

    def _remembered(self) -> dict[str, Remembered]:
        polled = self._connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'feed_held'").fetchone()
        return FeedState(self._connection).all() if polled else {}

    def _listed(self) -> list[Feed]:
        try:
            return feedlist.load(self._feeds)
        except BadFeedList as error:
            raise Unreadable(str(error)) from error


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _status(feed: Feed, state: Remembered | None) -> FeedStatus:
    return FeedStatus(
        name=feed.name,
        url=_open_part(feed.url),
        enabled=feed.enabled,
        checked_at=state.last_poll if state else None,
        succeeded_at=state.last_success if state else None,
        next_check_at=state.next_poll if state else None,
        failures=state.failures if state else 0,
        trouble=(state.last_error or state.notice) if state else "",
    )


def _open_part(url: str) -> str:
    """An address without what may be a secret in it."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, host, parts.path, "", ""))
