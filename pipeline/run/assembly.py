"""Puts the embedded driver's parts together from the settings: the one place that knows them all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.collect.reading import Reader
from pipeline.deduplicate import SqliteState
from pipeline.run.embedded import Pipeline
from pipeline.run.enriching import Enriching
from pipeline.run.metrics import Metrics
from pipeline.run.retrying import Retrying
from pipeline.settings import Settings
from pipeline.store import open_store


def now() -> datetime:
    """The machine's clock, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """The embedded driver on one store. The caller owns the store (`pipeline.run.ownership`)."""

    connection: sqlite3.Connection
    pipeline: Pipeline
    reader: Reader
    retrying: Retrying
    metrics: Metrics


@contextmanager
def assembled(settings: Settings) -> Iterator[Parts]:
    """The parts of a live driver, closed afterwards. Raises StoreError."""
    with (
        closing(open_store(settings.store.path)) as connection,
        closing(Enriching(settings.enrich)) as enriching,
        closing(Reader(settings.collect)) as reader,
    ):
        enriching.warm()
        metrics = Metrics()
        state = SqliteState(connection, settings.dedupe)
        pipeline = Pipeline(
            connection, settings, state, enriching, metrics, now=now, processed_at=lambda story: now()
        )
        retrying = Retrying(pipeline, reader, connection, settings.process.story_characters, now)
        yield Parts(connection, pipeline, reader, retrying, metrics)
