"""The feed list as people use it, with how each feed is doing: here in a TOML file and the store, see also
`pipeline.kafka.feeds`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

from pipeline.collect import feedlist
from pipeline.collect.feed_state import FeedState, Remembered
from pipeline.collect.feedlist import BadFeedList, Feed
from pipeline.store import StoreError, StoreMissing, open_reader


class FeedBook(Protocol):
    """A feed list that is read and changed. Everything raises BadFeedList."""

    @property
    def where(self) -> str:
        """What the list is called."""

    def feeds(self) -> list[Feed]:
        """The feeds."""

    def add(self, feeds: Sequence[Feed]) -> None:
        """Puts feeds on the list; none of them where a name is taken already."""

    def replace(self, feeds: Sequence[Feed]) -> None:
        """Puts feeds on the list in place of those of the same names."""

    def remove(self, names: Iterable[str]) -> list[str]:
        """Takes feeds off the list; the names that were on it."""

    def states(self) -> dict[str, Remembered]:
        """What polling has taught of each feed, by name."""


class FileBook:
    """The list in a TOML file, and the store of the service that polls it. See FeedBook."""

    def __init__(self, path: Path, store: str) -> None:
        self._path = path
        self._store = store

    @property
    def where(self) -> str:
        """See FeedBook."""
        return str(self._path)

    def feeds(self) -> list[Feed]:
        """See FeedBook."""
        return feedlist.load(self._path)

    def add(self, feeds: Sequence[Feed]) -> None:
        """See FeedBook."""
        feedlist.add(self._path, feeds)

    def replace(self, feeds: Sequence[Feed]) -> None:
        """See FeedBook."""
        feedlist.remove(self._path, [feed.name for feed in feeds])
        feedlist.add(self._path, feeds)

    def remove(self, names: Iterable[str]) -> list[str]:
        """See FeedBook."""
        try:
            return feedlist.remove(self._path, names)
        except OSError as error:
            raise BadFeedList(f"{self._path}: {error}") from error

    def states(self) -> dict[str, Remembered]:
        """See FeedBook."""
        try:
            with closing(open_reader(self._store)) as connection:
                return FeedState(connection).all()
        except StoreMissing:
            return {}
        except StoreError as error:
            raise BadFeedList(str(error)) from error
