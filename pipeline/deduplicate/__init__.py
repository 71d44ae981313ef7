"""The one stateful stage: which story a version belongs to, and which earlier story it copies."""

from __future__ import annotations

from pipeline.deduplicate.decide import Deduplicator, Dropped, warm
from pipeline.deduplicate.sqlite_state import SqliteState
from pipeline.deduplicate.state import MemoryState, State

__all__ = ["Deduplicator", "Dropped", "MemoryState", "SqliteState", "State", "warm"]
