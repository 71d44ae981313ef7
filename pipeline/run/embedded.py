"""The embedded driver: the stages one after another in one process, their results and their memory made durable together."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import NamedTuple

import msgspec

from pipeline.dead_letters import DeadLetters
from pipeline.deduplicate import Deduplicator, Dropped, State
from pipeline.index.sqlite import SqliteIndex
from pipeline.run.enriching import Enriched, Enriching
from pipeline.run.intake import Casualty, of_story
from pipeline.run.metrics import Metrics
from pipeline.settings import Settings
from pipeline.store import transaction
from pipeline.story import Story, replace

Settle = Callable[[sqlite3.Connection], None]
"""A collector's note of what it delivered, written in the transaction that makes the stories durable."""


class Processed(NamedTuple):
    """What some stories became: those in the index, those known already, and what went to the dead letters."""

    stories: list[Story]
    dropped: list[Dropped]
    casualties: list[Casualty]


class Pipeline:
    """Clean stories in, indexed stories out. One at a time may own a store: see `pipeline.run.ownership`."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        settings: Settings,
        state: State,
        enriching: Enriching,
        metrics: Metrics,
        now: Callable[[], datetime],
        processed_at: Callable[[Story], datetime | None],
    ) -> None:
        self.index = SqliteIndex(connection)
        self.dead_letters = DeadLetters(connection)
        self.metrics = metrics
        self._connection = connection
        self._state = state
        self._deduplicator = Deduplicator(state, settings.dedupe)
        self._enriching = enriching
        self._batch = enriching.batch
        self._now = now
        self._processed_at = processed_at

    def stream(self, stories: Iterable[Story]) -> Iterator[Processed]:
        """Takes stories through the stages in batches, several under way at once; yields what each batch became, in order, once
        it is durable. For a replay, whose state lives in memory: after a crash the run is begun again."""
        waiting: list[tuple[list[Dropped], list[Casualty]]] = []

        def decided() -> Iterator[list[Story]]:
            for batch in _batched(stories, self._batch):
                kept, dropped, casualties = self._decide(batch)
                self._state.flush()
                waiting.append((dropped, casualties))
                yield kept

        # The store is written on a thread of its own, while the next stories are decided on: SQLite leaves the interpreter free.
        with ThreadPoolExecutor(1, thread_name_prefix="store") as writer:
            storing: Future[Processed] | None = None
            for enriched in self._enriching.batches(decided()):
                before, storing = storing, writer.submit(self._store, enriched, *waiting.pop(0))
                if before is not None:
                    yield before.result()
            if storing is not None:
                yield storing.result()

    def process(
        self, stories: Sequence[Story], casualties: Sequence[Casualty], settle: Settle | None
    ) -> Processed:
        """Takes some stories through the stages and makes them durable with the collector's note of them.
        Raises what the store raises (disk full, locked): then nothing has happened, and the same may be tried again."""
        try:
            with self.metrics.stage("deduplicate"):
                kept, dropped, failed = self._decide(stories)
            with self.metrics.stage("enrich"):
                enriched = self._enriching.enrich(kept)
            with self.metrics.stage("index"):
                return self._store(enriched, dropped, [*casualties, *failed], partial(self._settled, settle))
        except BaseException:
            self._state.reload()
            raise

    def resume(self, stage: str, story: Story) -> Processed:
        """Takes a story on from the stage that failed it: one that was decided on keeps its number."""
        if stage == "deduplicate":
            return self.process([story], [], None)
        enriched = (
            self._enriching.enrich([replace(story, entities_note="")])
            if stage == "enrich"
            else [Enriched(story=story)]
        )
        return self._store(enriched, [], [], amend=stage == "enrich")

    def _settled(self, settle: Settle | None, connection: sqlite3.Connection) -> None:
        """The notes that go with stories into their transaction: the collector's, and what the decisions rest on."""
        if settle is not None:
            settle(connection)
        self._state.flush()

    def _decide(self, stories: Sequence[Story]) -> tuple[list[Story], list[Dropped], list[Casualty]]:
        kept: list[Story] = []
        dropped: list[Dropped] = []
        casualties: list[Casualty] = []
        for story in stories:
            try:
                decision = self._deduplicator.decide(story)
            except Exception as error:
                casualties.append(of_story("deduplicate", story, f"{type(error).__name__}: {error}"))
                continue
            if isinstance(decision, Dropped):
                dropped.append(decision)
                self.metrics.stories.labels(story.source, "same").inc()
            else:
                kept.append(decision)
        return kept, dropped, casualties

    def _store(
        self,
        enriched: Sequence[Enriched],
        dropped: list[Dropped],
        casualties: Sequence[Casualty],
        settle: Settle | None = None,
        amend: bool = False,
    ) -> Processed:
        stories = [
            replace(result.story, processed_at=self._processed_at(result.story)) for result in enriched
        ]
        failed = [of_story("enrich", result.story, result.error) for result in enriched if result.error]
        with transaction(self._connection):
            kept, unindexed = self._put(stories, amend)
            casualties = [*casualties, *failed, *unindexed]
            self._bury(casualties)
            for story in kept:
                if story.status == "canceled":
                    self.dead_letters.remove_story(story.id)
            if settle is not None:
                settle(self._connection)
        self.metrics.count(kept, self._now())
        return Processed(kept, dropped, casualties)

    def _put(self, stories: list[Story], amend: bool) -> tuple[list[Story], list[Casualty]]:
        """Indexes a batch; where the index refuses it, story by story. Trouble with the store itself is raised."""
        try:
            with _savepoint(self._connection):
                self.index.amend(stories) if amend else self.index.put(stories)
            return stories, []
        except sqlite3.OperationalError:
            raise
        except Exception as error:
            if len(stories) == 1:
                return [], [of_story("index", stories[0], f"{type(error).__name__}: {error}")]
        kept: list[Story] = []
        casualties: list[Casualty] = []
        for story in stories:
            one, failed = self._put([story], amend)
            kept += one
            casualties += failed
        return kept, casualties

    def _bury(self, casualties: Sequence[Casualty]) -> None:
        self.metrics.bury(casualties)
        for casualty in casualties:
            self.dead_letters.put(**msgspec.structs.asdict(casualty), at=self._now())


def _batched(stories: Iterable[Story], size: int) -> Iterator[list[Story]]:
    batch: list[Story] = []
    for story in stories:
        batch.append(story)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


@contextmanager
def _savepoint(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("SAVEPOINT batch")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK TO batch")
            connection.execute("RELEASE batch")
        raise
    connection.execute("RELEASE batch")
