"""The three stages as functions of a batch of messages: what each makes of it, to be published, and what cannot be processed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pipeline.dead_letters import PayloadKind
from pipeline.guard import Killed
from pipeline.kafka.publish import Message
from pipeline.kafka.records import Unreadable, read_raw, read_story
from pipeline.run.enriching import Enriching
from pipeline.run.intake import Casualty, of_message, of_raw, of_story
from pipeline.run.pool import Pool, processors
from pipeline.story import RawStory, Story, encode, replace

if TYPE_CHECKING:
    from pipeline.deduplicate import Deduplicator

T = TypeVar("T", RawStory, Story)

CHUNK = 50
"""Raw stories that a cleaning process gets at once."""


class Unsound(Exception):
    """What the de-duplicate stage remembers cannot be read on this machine; the message says why."""


class Received(NamedTuple):
    """A message as it came; a tombstone has no value."""

    topic: str
    partition: int
    offset: int
    value: bytes | None


class Made(NamedTuple):
    """What a stage made of a batch."""

    messages: list[Message]
    """In the order of the batch."""
    casualties: list[Casualty]


class Cleaned(NamedTuple):
    """What a cleaning process made of some messages, and when each story was collected."""

    messages: list[Message]
    collected: list[datetime]
    casualties: list[Casualty]


_UNKNOWN = datetime.min.replace(tzinfo=UTC)


class CleanJob:
    """What a cleaning process runs: bytes in, bytes out, so that the process that hands out the work reads none of them."""

    def __init__(self, to: str, story_characters: int) -> None:
        self._to = to
        self._story_characters = story_characters

    def __call__(self, received: Sequence[Received]) -> Cleaned:
        """Raises TooNew."""
        from pipeline.clean import clean  # the process that hands out the work has no need of it

        cleaned = Cleaned([], [], [])
        for raw in _read(received, read_raw, "clean", "raw", cleaned.casualties):
            try:
                story = clean(raw, self._story_characters)
            except Exception as error:
                cleaned.casualties.append(of_raw(raw, None, error))
                continue
            cleaned.messages.append(Message(self._to, story.id, encode(story)))
            cleaned.collected.append(story.collected_at or _UNKNOWN)
        return cleaned


class Cleaning:
    """The clean stage, in processes of their own: a story on which cleaning hangs or dies takes no worker with it."""

    def __init__(self, to: str, story_characters: int) -> None:
        self._pool: Pool[Sequence[Received], Cleaned] = Pool(
            CleanJob(to, story_characters),
            processors(),
            cpu_seconds=30,
            memory_bytes=2 << 30,
            wall_seconds=120,
        )

    def clean(self, received: Sequence[Received]) -> Made:
        """Raw stories cleaned, in the order in which they were collected: a batch comes from several partitions, and what is
        decided on first is the original. Raises TooNew."""
        cuts = range(0, len(received), CHUNK)
        parts = [
            part
            for chunk, future in self._pool.map(received[cut : cut + CHUNK] for cut in cuts)
            for part in self._settled(chunk, future)
        ]
        placed = [pair for part in parts for pair in zip(part.collected, part.messages, strict=True)]
        placed.sort(key=lambda pair: pair[0])
        casualties = [casualty for part in parts for casualty in part.casualties]
        return Made([message for _, message in placed], casualties)

    def warm(self) -> None:
        """Lets every process load what cleaning needs, without waiting."""
        for _ in range(self._pool.size):
            self._pool.submit([])

    def close(self) -> None:
        """Ends the processes."""
        self._pool.close()

    def _settled(self, chunk: Sequence[Received], future: Future[Cleaned]) -> list[Cleaned]:
        """The future's result; after a killed process each story is tried alone, so that one of them takes the blame."""
        try:
            return [future.result()]
        except Killed as error:
            if len(chunk) == 1:
                return [Cleaned([], [], [unprocessed(chunk[0], "clean", "raw", str(error))])]
        alone = self._pool.map([one] for one in chunk)
        return [part for one, settled in alone for part in self._settled(one, settled)]


def decided(received: Sequence[Received], to: str, deduplicator: Deduplicator) -> Made:
    """Clean stories decided on, one after the other; what was seen before is dropped. Raises TooNew, Unsound."""
    from pipeline.deduplicate import Dropped

    made = Made([], [])
    for story in _read(received, read_story, "deduplicate", "story", made.casualties):
        try:
            decision = deduplicator.decide(story)
        except Unsound:
            raise
        except Exception as error:
            made.casualties.append(of_story("deduplicate", story, f"{type(error).__name__}: {error}"))
            continue
        if not isinstance(decision, Dropped):
            made.messages.append(Message(to, decision.id, encode(decision)))
    return made


def enriched(
    received: Sequence[Received], to: str, enriching: Enriching, now: Callable[[], datetime]
) -> Made:
    """Stories with their entities. One whose enrichment failed goes on without, and is a casualty too. Raises TooNew."""
    made = Made([], [])
    results = enriching.enrich(_read(received, read_story, "enrich", "story", made.casualties))
    at = now()
    for result in results:
        made.messages.append(Message(to, result.story.id, encode(replace(result.story, processed_at=at))))
        if result.error:
            made.casualties.append(of_story("enrich", result.story, result.error))
    return made


def unprocessed(message: Received, stage: str, kind: PayloadKind, error: str) -> Casualty:
    """A message that could not be read, or whose story could not be cleaned in any process."""
    place = f"{message.topic}/{message.partition}/{message.offset}"
    return of_message(stage, place, message.value or b"", kind, error)


def _read(
    received: Sequence[Received],
    read: Callable[[bytes], T],
    stage: str,
    kind: PayloadKind,
    casualties: list[Casualty],
) -> list[T]:
    """The records of a batch; what is none is a casualty. Tombstones say nothing."""
    records: list[T] = []
    for message in received:
        if message.value is None:
            continue
        try:
            records.append(read(message.value))
        except Unreadable as error:
            casualties.append(unprocessed(message, stage, kind, f"no record: {error}"))
    return records
