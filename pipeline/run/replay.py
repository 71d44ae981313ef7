"""Replays seed files as test feeds: read in parallel, put in event-time order, taken through every stage as fast as it goes or at
N times real time. The replay's clock is the wire's, so the same seeds give the same records on every run."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Protocol

from pipeline.collect.document import Document
from pipeline.collect.files import document_from_file
from pipeline.collect.reading import unread
from pipeline.deduplicate import MemoryState
from pipeline.guard import Killed
from pipeline.run.embedded import Pipeline
from pipeline.run.enriching import Enriching
from pipeline.run.intake import Casualty, Intake, ReadJob, take_in, unpack
from pipeline.run.metrics import Metrics
from pipeline.run.ownership import Origin, owned
from pipeline.run.pool import Pool, processors
from pipeline.run.tally import Summary, Tally
from pipeline.settings import Settings
from pipeline.store import checkpoint, open_store, transaction
from pipeline.story import Story, decode_story, encode, event_time, replace

CHUNK_BYTES = 1 << 20
"""Documents are handed to a reading process by about so much."""

LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Spooled:
    """A story on disk, waiting for its turn."""

    at: datetime
    order: int
    offset: int
    length: int


def place_in_time(story: Story) -> datetime:
    """Where a replay puts a story. One that is known to the day only comes at the day's end: what it copies came before it.
    One without any time comes last."""
    at = event_time(story)
    if at is None:
        return LAST
    return at + timedelta(days=1, seconds=-1) if story.published_precision == "day" else at


class Spool:
    """Clean stories in a temporary file, so that a replay of any length is put in order within bounded memory."""

    def __init__(self) -> None:
        self._file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115
        self._entries: list[Spooled] = []
        self._offset = 0

    def add(self, story: Story) -> None:
        """Writes a story down."""
        self.keep(encode(story), place_in_time(story))

    def keep(self, line: bytes, at: datetime) -> None:
        """Writes a record down that has this place in time."""
        self._file.write(line)
        self._entries.append(Spooled(at, len(self._entries), self._offset, len(line)))
        self._offset += len(line)

    def lines(self) -> Iterator[tuple[datetime, bytes]]:
        """The records by their place in time; those of one time in the order in which they were read."""
        self._file.flush()
        for entry in sorted(self._entries, key=lambda entry: (entry.at, entry.order)):
            self._file.seek(entry.offset)
            yield entry.at, self._file.read(entry.length)

    def in_order(self) -> Iterator[Story]:
        """The stories by event time, collected when they happened."""
        latest: datetime | None = None
        for at, line in self.lines():
            latest = latest if at is LAST else at
            yield replace(decode_story(line), collected_at=latest)

    def close(self) -> None:
        """Removes the file."""
        self._file.close()


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
) -> Iterator[tuple[Document, Intake]]:
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
) -> list[Intake]:
    """A chunk's results; where its process had to be killed, each document is tried alone and the culprit is lost alone."""
    error = future.exception()
    if error is None:
        return unpack(future.result())
    if not isinstance(error, Killed):
        raise error
    if len(documents) == 1:
        return [take_in(documents[0], unread(f"reading it {error}"), 0)]
    return [
        intake for one, settled in pool.map([d] for d in documents) for intake in _settled(pool, one, settled)
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

    def read(self, document: Document, intake: Intake) -> None:
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
        origin = Origin(connection)
        if origin.is_replay and not order.add:
            origin.clear()
        with transaction(connection):
            origin.mark_replay()
        began = time.monotonic()
        tally = Tally()
        casualties: list[Casualty] = []
        for document, intake in read_seeds(seed_files(order.paths), settings, order.source):
            tally.take(intake)
            casualties += intake.casualties
            for story in intake.stories:
                spool.add(story)
            report.read(document, intake)
        enrich = settings.enrich if order.entities else replace(settings.enrich, enabled=False)
        with closing(Enriching(enrich, order.processes)) as enriching:
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
            stories = spool.in_order()
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
