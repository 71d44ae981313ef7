"""Reads for the API: a few threads, each with its own read model, so that a slow search holds up nobody."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from pipeline.index import SourceCount, StoryIndex
from pipeline.web.answers import FeedStatus, SourceStatus

T = TypeVar("T")


class Unreadable(Exception):
    """The stories can't be read at the moment; the message says why, for a person."""


class ReadModel(Protocol):
    """What the API reads. One is used by one thread at a time."""

    @property
    def index(self) -> StoryIndex:
        """The stories."""

    def dead_letters(self) -> dict[str, int]:
        """Waiting dead letters by stage."""

    def sources(self) -> list[SourceStatus]:
        """Everything that is collected, has stories or dead letters, by name."""

    def current(self) -> bool:
        """False when what it reads has been put away or replaced, so that a new one must be opened."""

    def explained(self) -> AbstractContextManager[None]:
        """Turns what its parts raise when they can't be read into Unreadable."""

    def close(self) -> None:
        """Gives back what it holds."""


class Readers:
    """A few reading threads. `open_model` is called in each thread when it is first needed and may raise
    Unreadable; it is then tried again with the next read."""

    def __init__(self, open_model: Callable[[], ReadModel], threads: int) -> None:
        self._open = open_model
        self._own = threading.local()
        self._opened: set[ReadModel] = set()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="read")

    async def read(self, call: Callable[[ReadModel], T]) -> T:
        """What `call` gives, from a reading thread. Raises Unreadable, and what `call` raises."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._run, call)

    def close(self) -> None:
        """Waits for the reads under way and closes every model."""
        self._pool.shutdown(wait=True)
        with self._lock:
            for model in self._opened:
                model.close()
            self._opened.clear()

    def _run(self, call: Callable[[ReadModel], T]) -> T:
        model: ReadModel | None = getattr(self._own, "model", None)
        if model is not None and not model.current():
            self._own.model = None
            with self._lock:
                self._opened.discard(model)
            model.close()
            model = None
        if model is None:
            model = self._open()
            self._own.model = model
            with self._lock:
                self._opened.add(model)
        with model.explained():
            return call(model)


def source_statuses(
    indexed: Iterable[SourceCount], dead: Mapping[str, int], feeds: Mapping[str, list[FeedStatus]]
) -> list[SourceStatus]:
    """Everything that has stories, dead letters or feeds, by name."""
    counts = {one.source: one for one in indexed}
    return [
        SourceStatus(
            source=name,
            stories=counts[name].stories if name in counts else 0,
            last_event_at=counts[name].last_event_at if name in counts else None,
            last_indexed_at=counts[name].last_indexed_at if name in counts else None,
            dead_letters=dead.get(name, 0),
            feeds=feeds.get(name, []),
        )
        for name in sorted({*counts, *dead, *feeds})
    ]
