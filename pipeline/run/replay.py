"""Replays seed files as test feeds: read in parallel, put in event-time order, taken through every stage as fast as it goes or at
N times real time. The replay's clock is the wire's, so the same seeds give the same records on every run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pipeline.collect.document import Document
from pipeline.collect.files import document_from_file
from pipeline.guard import Killed
from pipeline.run.enriching import Enriching
from pipeline.run.intake import Casualty, Read, ReadJob, packed, take_in, unpack, unpack_story
from pipeline.run.metrics import Metrics
from pipeline.run.ownership import Origin, owned
from pipeline.run.pool import Pool, processors
from pipeline.run.spool import LAST, Spool
from pipeline.run.tally import Summary, Tally
from pipeline.settings import Dedupe, Settings
from pipeline.store import checkpoint, open_store, transaction
from pipeline.story import Story, event_time, replace

CHUNK_BYTES = 1 << 20
"""Documents are handed to a reading process by about so much."""

CACHE_KIB = 16_384
"""Of the store that SQLite keeps in memory: a replay writes far more than it looks up, and its memory must not grow with it."""


def seed_files(paths: Sequence[Path]) -> list[Path]:
    """The files named, and those below the folders named, sorted by path; hidden ones are left out."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            below = sorted(found for found in path.rglob("*") if found.is_file())
            files += [
                found
                for found in below
                if not any(part.startswith(".") for part in found.relative_to(path).parts)
            ]
        else:
            files.append(path)
    return files


def read_seeds(
    files: Sequence[Path], settings: Settings, source: str | None
) -> Iterator[tuple[Document, Read]]:
    """Every file read and cleaned, in order, by as many guarded processes as there are processors."""
    collect = settings.collect
    job = ReadJob(collect.items, settings.process.story_characters)
    size = min(processors(), max(1, len(files)))
    cpu = collect.parse_seconds
    with Pool(job, size, cpu_seconds=cpu, memory_bytes=collect.parse_bytes, wall_seconds=6 * cpu) as pool:
        for documents, future in pool.map(_chunks(files, source)):
            yield from zip(documents, _settled(pool, documents, future), strict=True)


def _settled(
    pool: Pool[Sequence[Document], bytes], documents: Sequence[Document], future: Future[bytes]
) -> list[Read]:
    """A chunk's results; where its process had to be killed, each document is tried alone and the culprit is lost alone."""
    error = future.exception()
    if error is None:
        return unpack(future.result())
    if not isinstance(error, Killed):
        raise error
    if len(documents) == 1:
        from pipeline.collect.reading import unread

        return [packed(take_in(documents[0], unread(f"reading it {error}"), 0))]
    return [
        read for one, settled in pool.map([d] for d in documents) for read in _settled(pool, one, settled)
    ]


def _chunks(files: Sequence[Path], source: str | None) -> Iterator[list[Document]]:
    chunk: list[Document] = []
    size = 0
    for file in files:
        document = document_from_file(file, source)
        if chunk and size + len(document.content) > CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(document)
        size += len(document.content)
    if chunk:
        yield chunk


def paced(
    stories: Iterable[Story], speed: float, now: Callable[[], float], sleep: Callable[[float], None]
) -> Iterator[Story]:
    """The stories, each held back until its time has come on a clock that runs at `speed` times real time."""
    began: float | None = None
    first: datetime | None = None
    for story in stories:
        at = event_time(story)
        if at is not None:
            if began is None or first is None:
                began, first = now(), at
            wait = (at - first).total_seconds() / speed - (now() - began)
            if wait > 0:
                sleep(wait)
        yield story


class Report(Protocol):
    """Who watches a replay: a person or a program."""

    def read(self, document: Document, read: Read) -> None:
        """A file was read and cleaned."""

    def stories(self, stories: Sequence[Story]) -> None:
        """Some stories are in the store."""

    def done(self, summary: Summary, casualties: Sequence[Casualty]) -> None:
        """It is over."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to replay and how. `speed` is a multiple of real time, None as fast as it goes; `processes` 0 as the settings say."""

    paths: Sequence[Path]
    source: str | None = None
    speed: float | None = None
    add: bool = False
    entities: bool = True
    processes: int = 0


def replay(order: Order, settings: Settings, report: Report) -> Summary:
    """Replays seed files into the settings' store. Raises StoreError."""
    path = Path(settings.store.path)
    with owned(path), closing(open_store(path)) as connection, closing(Spool()) as spool:
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        origin = Origin(connection)
        if origin.is_replay and not order.add:
            origin.clear()
        with transaction(connection):
            origin.mark_replay()
        began = time.monotonic()
        tally = Tally()
        casualties: list[Casualty] = []
        enrich = settings.enrich if order.entities else replace(settings.enrich, enabled=False)
        with closing(Enriching(enrich, order.processes)) as enriching:
            enriching.warm()
            with ThreadPoolExecutor(1, thread_name_prefix="start") as starting:
                loaded = starting.submit(_load, settings.dedupe)
                for document, read in read_seeds(seed_files(order.paths), settings, order.source):
                    tally.take(read)
                    casualties += read.casualties
                    for one in read.waiting:
                        spool.keep(one.packed, one.at)
                    report.read(document, read)
                loaded.result()
            from pipeline.deduplicate import MemoryState
            from pipeline.run.embedded import Pipeline

            pipeline = Pipeline(
                connection,
                settings,
                MemoryState(settings.dedupe),
                enriching,
                Metrics(),
                now=lambda: datetime.now(UTC),
                processed_at=lambda story: story.collected_at,
            )
            pipeline.process([], casualties, None)
            stories = unspooled(spool)
            if order.speed is not None:
                stories = paced(stories, order.speed, time.monotonic, time.sleep)
            for kept, dropped, failed in pipeline.stream(stories):
                tally.add(kept)
                tally.add(dropped)
                tally.dead += len(failed)
                casualties += failed
                report.stories(kept)
            with transaction(connection):
                # Readers live now, not in the replay's time: embargoes that are over today are over for them.
                pipeline.index.release(datetime.now(UTC))
                pipeline.index.scrub()
            checkpoint(connection)
        summary = tally.summary(time.monotonic() - began)
        report.done(summary, casualties)
        return summary


def unspooled(spool: Spool) -> Iterator[Story]:
    """The stories by event time, collected when they happened."""
    latest: datetime | None = None
    for at, record in spool.in_order():
        latest = latest if at is LAST else at
        yield replace(unpack_story(record), collected_at=latest)


def _load(settings: Dedupe) -> None:
    """Loads what the later stages need, while others read the seeds: it takes about a second."""
    from pipeline.deduplicate import warm

    warm(settings)
