"""Sends dead letters through the pipeline again: each from the stage that it died in."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime

import structlog

from pipeline.collect.document import Document, Parsed
from pipeline.collect.reading import Reader
from pipeline.dead_letters import DeadLetter, NoSuchDeadLetter
from pipeline.run.embedded import Pipeline, Processed
from pipeline.run.intake import document_of, take_in
from pipeline.store import transaction
from pipeline.story import decode_raw, decode_story

log = structlog.get_logger("wire.dead")


class Requests:
    """Dead letters that somebody wants sent again by the process that owns the store."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("CREATE TABLE IF NOT EXISTS dead_requests (id TEXT PRIMARY KEY)")

    def add(self, identity: str) -> None:
        """Asks for one by its whole id."""
        self._connection.execute("INSERT OR IGNORE INTO dead_requests VALUES (?)", (identity,))

    def list(self) -> list[str]:
        """What is asked for."""
        return [
            identity for (identity,) in self._connection.execute("SELECT id FROM dead_requests ORDER BY id")
        ]

    def remove(self, identity: str) -> None:
        """It was seen to."""
        self._connection.execute("DELETE FROM dead_requests WHERE id = ?", (identity,))


class Retrying:
    """Retries dead letters in the process that owns the store."""

    def __init__(
        self,
        pipeline: Pipeline,
        reader: Reader,
        connection: sqlite3.Connection,
        story_characters: int,
        now: Callable[[], datetime],
    ) -> None:
        self._pipeline = pipeline
        self._reader = reader
        self._connection = connection
        self._requests = Requests(connection)
        self._characters = story_characters
        self._now = now

    def take_requests(self) -> None:
        """Retries what was asked for."""
        for identity in self._requests.list():
            try:
                error = self.retry(self._pipeline.dead_letters.get(identity))
            except NoSuchDeadLetter as gone:
                error = str(gone)
            with transaction(self._connection):
                self._requests.remove(identity)
            log.info("dead letter retried", id=identity, error=error)

    def retry(self, letter: DeadLetter) -> str:
        """Sends one again. Empty when it went through, and it is gone; else what is wrong with it still. Raises StoreError."""
        result = self._again(letter)
        still = [casualty.error for casualty in result.casualties]
        with transaction(self._connection):
            if still:
                self._pipeline.dead_letters.mark_retried(letter.id, self._now())
            else:
                self._pipeline.dead_letters.remove(letter.id)
        return "; ".join(still)

    def _again(self, letter: DeadLetter) -> Processed:
        if letter.payload_kind == "story":
            return self._pipeline.resume(letter.stage, decode_story(letter.payload))
        if letter.payload_kind == "raw":
            parsed = Parsed(format="", stories=[decode_raw(letter.payload)])
            document = Document(content=b"", source=letter.source, name=letter.document)
        else:
            document = document_of(letter)
            parsed = self._reader.read(document)
        intake = take_in(document, parsed, self._characters)
        return self._pipeline.process(intake.stories, intake.casualties, None)
