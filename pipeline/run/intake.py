"""From a document to clean stories, and everything that could not become one: the part of the way that needs no state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from pipeline.collect.document import Document, Fault, Parsed
from pipeline.dead_letters import DeadLetter, PayloadKind
from pipeline.run.spool import place_in_time
from pipeline.story import RawStory, Record, Story, encode


class Casualty(Record, frozen=True, kw_only=True):
    """A document, raw story or story that a stage could not process, with all that a dead letter needs."""

    stage: str
    source: str
    document: str
    error: str
    payload: bytes
    payload_kind: PayloadKind
    item: int | None = None
    story_id: str = ""
    content_type: str = ""
    content_location: str = ""
    collected_at: datetime | None = None


class Intake(Record, frozen=True, kw_only=True):
    """What one document came to."""

    stories: list[Story]
    casualties: list[Casualty]
    aside: list[str]


class Waiting(Record, frozen=True, kw_only=True):
    """A clean story packed for a spool, and its place in time: it is not unpacked before its turn comes."""

    at: datetime
    packed: bytes


class Read(Record, frozen=True, kw_only=True):
    """What a reading process made of one document: an Intake whose stories are packed."""

    waiting: list[Waiting]
    casualties: list[Casualty]
    aside: list[str]

    @property
    def stories(self) -> list[Story]:
        return [unpack_story(one.packed) for one in self.waiting]


def take_in(document: Document, parsed: Parsed, story_characters: int) -> Intake:
    """Cleans what was read, no body longer than `story_characters`. Every story and fault of the document is in the result."""
    from pipeline.clean import clean  # see ReadJob.read

    stories: list[Story] = []
    casualties = [_of_fault(document, fault) for fault in parsed.faults]
    for item, raw in enumerate(parsed.stories):
        try:
            stories.append(clean(raw, story_characters))
        except Exception as error:
            casualties.append(of_raw(raw, item, error))
    return Intake(stories=stories, casualties=casualties, aside=parsed.aside)


class ReadJob:
    """What a reading process runs: several documents read and cleaned, packed for the way between processes."""

    def __init__(self, items: int, story_characters: int) -> None:
        self._items = items
        self._story_characters = story_characters

    def __call__(self, documents: Sequence[Document]) -> bytes:
        return _pack([packed(self.read(document)) for document in documents])

    def read(self, document: Document) -> Intake:
        """Reads and cleans a document; one that cannot be read is a casualty."""
        # Every format, and all that cleans: the process that only hands out the work has no need of them, and starts sooner.
        from pipeline.collect.reading import understood

        return take_in(document, understood(document, self._items), self._story_characters)


def packed(intake: Intake) -> Read:
    """The same with its stories packed."""
    return Read(
        waiting=[Waiting(at=place_in_time(story), packed=_pack(story)) for story in intake.stories],
        casualties=intake.casualties,
        aside=intake.aside,
    )


_pack = msgspec.msgpack.Encoder().encode
unpack = msgspec.msgpack.Decoder(list[Read]).decode
"""The answer of a ReadJob."""
unpack_story = msgspec.msgpack.Decoder(Story).decode
"""The story of a Waiting."""


def _of_fault(document: Document, fault: Fault) -> Casualty:
    return Casualty(
        stage="collect",
        source=document.source,
        document=document.name,
        item=fault.item,
        error=fault.reason,
        payload=fault.original or document.content,
        payload_kind="document",
        content_type=document.content_type,
        content_location=document.content_location,
        collected_at=document.collected_at,
    )


def document_of(letter: DeadLetter) -> Document:
    """The document that a dead letter holds, as it was when it could not be read."""
    return Document(
        content=letter.payload,
        source=letter.source,
        name=letter.document,
        content_type=letter.content_type,
        content_location=letter.content_location,
        collected_at=letter.collected_at,
    )


def of_raw(raw: RawStory, item: int | None, error: Exception) -> Casualty:
    """A raw story that could not be cleaned."""
    return Casualty(
        stage="clean",
        source=raw.source,
        document=raw.document,
        item=item,
        error=f"{type(error).__name__}: {error}",
        payload=encode(raw),
        payload_kind="raw",
    )


def of_story(stage: str, story: Story, error: str) -> Casualty:
    """A clean story that `stage` could not process."""
    return Casualty(
        stage=stage,
        source=story.source,
        document=story.document,
        error=error,
        payload=encode(story),
        payload_kind="story",
        story_id=story.id,
    )


def of_message(stage: str, place: str, payload: bytes, kind: PayloadKind, error: str) -> Casualty:
    """A message at a `place` (`topic/partition/offset`) of which nothing else is known, with its bytes as they came."""
    return Casualty(stage=stage, source="", document=place, error=error, payload=payload, payload_kind=kind)
