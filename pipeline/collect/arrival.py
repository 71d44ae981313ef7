"""What collectors hand to a driver: a document read, and how to remember, in the driver's own transaction, that it was taken."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pipeline.collect.document import Document, Parsed


@dataclass(frozen=True, slots=True)
class Arrival:
    """One document's stories. The driver processes them, then calls `settle` in the transaction that makes them durable:
    so either both the stories and the collector's memory of them survive a crash, or neither."""

    document: Document
    parsed: Parsed
    settle: Callable[[sqlite3.Connection], None]


Deliver = Callable[[Arrival], Awaitable[None]]
"""Takes an arrival and returns once it is durable; raises when it could not be made so, and the collector tries again later."""
