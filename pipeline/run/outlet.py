"""Publishes what collectors found: raw stories, and as dead letters what could not be read or is too large."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from pipeline.collect.arrival import Arrival
from pipeline.kafka.letters import burials
from pipeline.kafka.publish import Message, NotPublished, Publisher, TooLarge
from pipeline.kafka.topics import topics
from pipeline.run.intake import Casualty, of_raw, take_in
from pipeline.run.logs import log_casualties
from pipeline.run.metrics import Metrics
from pipeline.settings import Kafka
from pipeline.story import RawStory, encode, replace, story_id

log = structlog.get_logger("wire.collect")

ENVELOPE_BYTES = 1_024
"""Room for what a topic's limit counts beside a story: its key, and the batch around it."""

_THREADS = 8

T = TypeVar("T")


class Outlet:
    """Where collectors deliver to."""

    def __init__(self, settings: Kafka, publisher: Publisher, metrics: Metrics) -> None:
        self._settings = settings
        self._topic = topics(settings).raw.name
        self._publisher = publisher
        self._metrics = metrics
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="publisher")

    async def deliver(self, arrival: Arrival) -> None:
        """Returns once the brokers have acknowledged everything that the document holds. Raises NotPublished."""
        casualties = await self._run(lambda: self._send(arrival))
        source = arrival.document.source
        self._metrics.documents.labels(source).inc()
        lost = sum(casualty.payload_kind == "raw" for casualty in casualties)
        if stories := len(arrival.parsed.stories) - lost:
            self._metrics.published.labels(source).inc(stories)
        for aside in arrival.parsed.aside:
            log.info("left aside", document=arrival.document.name, what=aside)
        self._metrics.bury(casualties)
        log_casualties(log, casualties)

    async def publish(self, messages: Sequence[Message]) -> None:
        """Returns once these are acknowledged; those too large are left out, and it is said. Raises NotPublished."""
        for message in await self._run(lambda: self._each(messages)):
            log.error("left out: too large for its topic", topic=message.topic, key=message.key)

    def close(self) -> None:
        """Begins nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except NotPublished:
            self._metrics.undelivered.inc()
            raise

    def _send(self, arrival: Arrival) -> list[Casualty]:
        """What went to the dead letters."""
        document, parsed = arrival.document, arrival.parsed
        casualties = take_in(document, replace(parsed, stories=[]), 0).casualties
        stories: dict[Message, tuple[int, RawStory]] = {}
        for item, raw in enumerate(parsed.stories):
            message = Message(self._topic, story_id(raw.source, raw.family), encode(raw))
            if len(message.value or b"") + ENVELOPE_BYTES > self._settings.message_bytes:
                casualties.append(self._too_large(raw, item))
            else:
                stories[message] = item, raw
        for message in self._each(list(stories)):
            item, raw = stories[message]
            casualties.append(self._too_large(raw, item))
        if casualties:
            at = document.collected_at or datetime.now(UTC)
            self._publisher.publish(burials(self._settings, casualties, at))
        return casualties

    def _each(self, messages: Sequence[Message]) -> list[Message]:
        """Publishes them; those that are larger than their topic takes."""
        if not messages:
            return []
        try:
            self._publisher.publish(messages)
        except TooLarge as error:  # all others are acknowledged
            return list(error.messages)
        return []

    def _too_large(self, raw: RawStory, item: int) -> Casualty:
        said = f"larger than a topic takes: kafka.message_bytes is {self._settings.message_bytes}"
        return replace(of_raw(raw, item, ValueError()), stage="collect", error=said)
