"""The dead letters of the distributed driver: a compacted topic, read into the same table that one machine keeps them in."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import msgspec

from pipeline.dead_letters import DeadLetter, DeadLetters, dead_letter
from pipeline.kafka.publish import Message, Publisher
from pipeline.kafka.reading import TopicUnreadable, whole
from pipeline.kafka.records import TooNew, Unreadable, read_letter
from pipeline.kafka.topics import topics
from pipeline.run.intake import Casualty
from pipeline.settings import Kafka
from pipeline.story import encode, replace

PAYLOAD_BYTES = 70_000_000
"""Longest payload of a letter: in JSON it takes a third more, and a broker no request beyond 100 MiB."""


def letter_of(casualty: Casualty, at: datetime) -> DeadLetter:
    """The dead letter of what a stage could not process. A payload too long for a topic is cut, and the letter says so."""
    letter = dead_letter(**msgspec.structs.asdict(casualty), at=at)
    if len(letter.payload) <= PAYLOAD_BYTES:
        return letter
    said = f"{letter.error} (only the first {PAYLOAD_BYTES:,} of its {letter.size:,} bytes are kept)"
    return replace(letter, error=said, payload=letter.payload[:PAYLOAD_BYTES])


def burials(settings: Kafka, casualties: Sequence[Casualty], at: datetime) -> list[Message]:
    """The messages that put these into the dead letters."""
    topic = topics(settings).dead.name
    letters = [letter_of(casualty, at) for casualty in casualties]
    return [Message(topic, letter.id, encode(letter)) for letter in letters]


class KafkaLetters:
    """The dead letters on the topic as they stood when this was made, and changes to them. Raises TopicUnreadable."""

    def __init__(self, settings: Kafka, publisher: Callable[[], Publisher]) -> None:
        """`publisher` is called when the first change is made."""
        self._settings = settings
        self._topic = topics(settings).dead.name
        self._read = 0
        self._removed: set[str] = set()
        self._open = publisher
        self._publisher: Publisher | None = None
        # A temporary file of SQLite's own: the payloads of many letters do not fit into memory.
        self._connection = sqlite3.connect("", isolation_level=None)
        self._letters = DeadLetters(self._connection)
        for record in whole(settings, self._topic):
            self._read = record.offset + 1
            if record.value is None:
                self._letters.remove(record.key)
                continue
            try:
                self._letters.keep(read_letter(record.value))
            except Unreadable:
                continue  # somebody else's message: no letter of ours
            except TooNew as error:
                raise TopicUnreadable(f"{self._topic}: {record.key}: {error}") from error

    def list(self, stage: str = "", source: str = "") -> Iterator[DeadLetter]:
        """See DeadLetters."""
        return self._letters.list(stage, source)

    def get(self, identity: str) -> DeadLetter:
        """See DeadLetters. Raises NoSuchDeadLetter."""
        return self._letters.get(identity)

    def count_by_stage(self) -> dict[str, int]:
        """See DeadLetters."""
        return self._letters.count_by_stage()

    def count_by_source(self) -> dict[str, int]:
        """See DeadLetters."""
        return self._letters.count_by_source()

    def remove(self, identities: Sequence[str]) -> None:
        """Takes letters away by their whole ids, for everybody. Raises NotPublished."""
        self.publish([Message(self._topic, identity, None) for identity in identities])
        for identity in identities:
            self._letters.remove(identity)
            self._removed.add(identity)

    def put_back(self) -> Sequence[str]:
        """The letters removed here that had died again before they were removed: a stage may be faster than who sends to it.
        The topic has them again. Raises NotPublished."""
        again = {
            entry.key: entry.value
            for entry in whole(self._settings, self._topic, since=self._read)
            if entry.key in self._removed and entry.value is not None
        }
        self.publish([Message(self._topic, identity, value) for identity, value in again.items()])
        return [*again]

    def mark_retried(self, identity: str, at: datetime) -> None:
        """Remembers that it was sent again. Raises NotPublished."""
        letter = replace(self._letters.get(identity), retried_at=at)
        self.publish([Message(self._topic, identity, encode(letter))])
        self._letters.keep(letter)

    def remove_story(self, story_id: str) -> int:
        """Takes away all that hold a story's text, since it was killed; how many. Raises NotPublished."""
        gone = [letter.id for letter in self._letters.list() if letter.story_id == story_id]
        self.remove(gone)
        return len(gone)

    def close(self) -> None:
        """Gives back what it holds."""
        self._connection.close()
        if self._publisher is not None:
            self._publisher.close()

    def publish(self, messages: Sequence[Message]) -> None:
        """Publishes what sends letters again. Raises NotPublished."""
        if not messages:
            return
        if self._publisher is None:
            self._publisher = self._open()
        self._publisher.publish(messages)
