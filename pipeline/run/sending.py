"""Replays seed files to Kafka: read as a replay on one machine reads them, published raw in event-time order at a rate."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.clean import clean
from pipeline.collect.document import Document
from pipeline.collect.files import document_from_file
from pipeline.collect.reading import Reader
from pipeline.kafka.letters import burials
from pipeline.kafka.publish import Message, Publisher, TooLarge
from pipeline.kafka.topics import topics
from pipeline.run.intake import Casualty, of_raw, take_in
from pipeline.run.replay import seed_files
from pipeline.run.spool import LAST, Spool, place_in_time
from pipeline.settings import Settings
from pipeline.story import RawStory, Record, decode_raw, encode, replace, story_id

BATCH = 500
"""Stories that are published together where nothing paces them."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What to send and how fast. `speed` is a multiple of real time, `rate` stories a second; None as fast as it goes."""

    paths: Sequence[Path]
    source: str | None = None
    speed: float | None = None
    rate: float | None = None


class Sent(Record, frozen=True, kw_only=True):
    """What came of it."""

    documents: int
    stories: int
    dead: int
    aside: int
    seconds: float


def send(
    order: Sending,
    settings: Settings,
    publisher: Publisher,
    failed: Callable[[Casualty], None],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Sent:
    """Publishes every story of the seeds; `failed` is told what went to the dead letters. Raises NotPublished."""
    began = clock()
    documents = stories = dead = aside = 0
    topic = topics(settings.kafka).raw.name

    def buried(casualties: Sequence[Casualty], at: datetime) -> int:
        for casualty in casualties:
            failed(casualty)
        publisher.publish(burials(settings.kafka, casualties, at))
        return len(casualties)

    def published(batch: Sequence[Message]) -> int:
        """How many of them a topic takes; the others are dead letters."""
        try:
            publisher.publish(batch)
        except TooLarge as error:
            return len(batch) - buried([_too_large(one) for one in error.messages], datetime.now(UTC))
        return len(batch)

    with closing(Spool()) as spool:
        for document, raws, casualties, left in read(seed_files(order.paths), settings, order.source):
            documents += 1
            aside += left
            if casualties:
                dead += buried(casualties, document.collected_at or datetime.now(UTC))
            for at, raw in raws:
                spool.keep(encode(raw), at)
        batch: list[Message] = []
        for raw, due in paced(spool_in_order(spool), order, clock, sleep):
            batch.append(Message(topic, story_id(raw.source, raw.family), encode(raw)))
            if due or len(batch) == BATCH:
                stories += (took := published(batch))
                dead += len(batch) - took
                batch = []
        stories += (took := published(batch))
        dead += len(batch) - took
    return Sent(
        documents=documents, stories=stories, dead=dead, aside=aside, seconds=round(clock() - began, 3)
    )


def _too_large(message: Message) -> Casualty:
    """A raw story that no topic takes."""
    raw = decode_raw(message.value or b"")
    said = f"{len(message.value or b''):,} bytes: larger than its topic takes, see kafka.message_bytes"
    return replace(of_raw(raw, None, ValueError()), stage="collect", error=said)


def read(
    files: Sequence[Path], settings: Settings, source: str | None
) -> Iterator[tuple[Document, list[tuple[datetime, RawStory]], list[Casualty], int]]:
    """Each file's document, its raw stories with their places in time, what is wrong in it, and how many items it has that
    are no stories."""
    with closing(Reader(settings.collect)) as reader:
        for file in files:
            document = document_from_file(file, source)
            parsed = reader.read(document)
            raws: list[tuple[datetime, RawStory]] = []
            for raw in parsed.stories:
                try:
                    raws.append((place_in_time(clean(raw, settings.process.story_characters)), raw))
                except Exception:
                    raws.append((LAST, raw))  # the clean stage will say what is wrong with it
            faults = take_in(document, replace(parsed, stories=[]), 0).casualties
            yield document, raws, faults, len(parsed.aside)


def spool_in_order(spool: Spool) -> Iterator[tuple[datetime, RawStory]]:
    """The raw stories by event time, collected when they happened, as in a replay on one machine."""
    latest: datetime | None = None
    for at, line in spool.in_order():
        latest = latest if at is LAST else at
        yield at, replace(decode_raw(line), collected_at=latest)


def paced(
    stories: Iterable[tuple[datetime, RawStory]],
    order: Sending,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> Iterator[tuple[RawStory, bool]]:
    """Each story when it is due, and whether it must not wait for those after it."""
    began = clock()
    first: datetime | None = None
    for number, (at, raw) in enumerate(stories):
        due = 0.0
        if order.rate is not None:
            due = number / order.rate
        elif order.speed is not None and at is not LAST:
            first = first or at
            due = (at - first).total_seconds() / order.speed
        wait = began + due - clock()
        if wait > 0:
            sleep(wait)
        yield raw, order.rate is not None or order.speed is not None
