"""How a store stands: what it holds, how fresh each source is, what died, and whether a service is running on it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from pipeline.dead_letters import DeadLetters
from pipeline.index import Counts
from pipeline.index.sqlite import SqliteIndex
from pipeline.run.ownership import is_owned
from pipeline.story import Record


class Standing(Record, frozen=True, kw_only=True):
    """The state of a store."""

    running: bool
    counts: Counts
    dead_letters: dict[str, int]
    """By stage."""


def standing(connection: sqlite3.Connection, store: Path) -> Standing:
    """Looks at a store, changing nothing."""
    return Standing(
        running=is_owned(store),
        counts=SqliteIndex(connection).counts(),
        dead_letters=DeadLetters(connection).count_by_stage(),
    )
