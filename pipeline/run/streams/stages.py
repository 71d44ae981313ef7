"""The three stages as functions of a batch of messages: what each makes of it, to be published, and what cannot be processed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from pipeline.clean import clean
from pipeline.dead_letters import PayloadKind
from pipeline.deduplicate import Deduplicator, Dropped
from pipeline.kafka.publish import Message
from pipeline.kafka.records import Unreadable, read_raw, read_story
from pipeline.run.enriching import Enriching
from pipeline.run.intake import Casualty, of_raw, of_story
from pipeline.story import RawStory, Story, encode, replace

T = TypeVar("T", RawStory, Story)


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
    stories: list[Story]
    casualties: list[Casualty]
    dropped: int = 0


_UNKNOWN = datetime.min.replace(tzinfo=UTC)


def cleaned(received: Sequence[Received], to: str, story_characters: int) -> Made:
    """Raw stories cleaned, in the order in which they were collected: a batch comes from several partitions, and what is
    decided on first is the original. Raises TooNew."""
    stories: list[Story] = []
    casualties: list[Casualty] = []
    for raw in _read(received, read_raw, "clean", "raw", casualties):
        try:
            stories.append(clean(raw, story_characters))
        except Exception as error:
            casualties.append(of_raw(raw, None, error))
    stories.sort(key=lambda story: story.collected_at or _UNKNOWN)
    return Made(_messages(to, stories), stories, casualties)


def decided(received: Sequence[Received], to: str, deduplicator: Deduplicator) -> Made:
    """Clean stories decided on, one after the other; what was seen before is dropped. Raises TooNew."""
    stories: list[Story] = []
    casualties: list[Casualty] = []
    dropped = 0
    for story in _read(received, read_story, "deduplicate", "story", casualties):
        try:
            decision = deduplicator.decide(story)
        except Exception as error:
            casualties.append(of_story("deduplicate", story, f"{type(error).__name__}: {error}"))
            continue
        if isinstance(decision, Dropped):
            dropped += 1
        else:
            stories.append(decision)
    return Made(_messages(to, stories), stories, casualties, dropped)


def enriched(
    received: Sequence[Received], to: str, enriching: Enriching, now: Callable[[], datetime]
) -> Made:
    """Stories with their entities. One whose enrichment failed goes on without, and is a casualty too. Raises TooNew."""
    casualties: list[Casualty] = []
    results = enriching.enrich(_read(received, read_story, "enrich", "story", casualties))
    at = now()
    stories = [replace(result.story, processed_at=at) for result in results]
    casualties += [of_story("enrich", result.story, result.error) for result in results if result.error]
    return Made(_messages(to, stories), stories, casualties)


def _messages(to: str, stories: Sequence[Story]) -> list[Message]:
    return [Message(to, story.id, encode(story)) for story in stories]


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
            where = f"{message.topic}/{message.partition}/{message.offset}"
            casualties.append(
                Casualty(
                    stage=stage, source="", document=where, error=f"no record: {error}",
                    payload=message.value, payload_kind=kind,
                )
            )  # fmt: skip
    return records
