"""Prometheus metrics: what each stage did and how long it took, what waits, what died, how fresh the feeds are."""

from __future__ import annotations

import time
from collections import Counter as Tallied
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from pipeline.run.intake import Casualty
from pipeline.story import Story, event_time


class Metrics:
    """All metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.documents = Counter(
            "wire_documents", "documents taken from collectors", ["source"], registry=self.registry
        )
        self.stories = Counter(
            "wire_stories",
            "stories by what the pipeline made of them",
            ["source", "outcome"],
            registry=self.registry,
        )
        self.copies = Counter(
            "wire_copies", "stories that copy another, by relation", ["relation"], registry=self.registry
        )
        self.dead = Counter(
            "wire_dead_letters",
            "documents and stories that could not be processed",
            ["stage"],
            registry=self.registry,
        )
        # From 0: a counter that begins with its first loss shows Prometheus no increase.
        for stage in ("collect", "parse", "clean", "deduplicate", "enrich", "index"):
            self.dead.labels(stage)
        self.entities = Counter("wire_entities", "entities found, by type", ["type"], registry=self.registry)
        self.stage_seconds = Histogram(
            "wire_stage_seconds",
            "time of a stage for a batch of stories, seconds",
            ["stage"],
            registry=self.registry,
            buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60),
        )
        self.staged = Counter(
            "wire_stage_stories",
            "stories that a stage has been through with",
            ["stage"],
            registry=self.registry,
        )
        self.stage_lag = Gauge(
            "wire_stage_lag_seconds",
            "how long the newest story that a stage is through with had waited for it, seconds",
            ["stage"],
            registry=self.registry,
        )
        self.latency = Histogram(
            "wire_latency_seconds",
            "from collected to searchable, seconds",
            registry=self.registry,
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300),
        )
        self.queue = Gauge(
            "wire_queue_documents", "documents read and not yet processed", registry=self.registry
        )
        self.last_story = Gauge(
            "wire_last_story_timestamp_seconds",
            "event time of a source's newest story",
            ["source"],
            registry=self.registry,
        )
        self.lag = Gauge(
            "wire_lag_seconds",
            "processing time minus event time of the newest story of a source",
            ["source"],
            registry=self.registry,
        )

        self.indexed = Counter(
            "wire_indexed",
            "versions by what Elasticsearch made of them: indexed, stale, late or refused",
            ["outcome"],
            registry=self.registry,
        )
        self.indexed.labels("refused")
        self.released = Gauge(
            "wire_release_timestamp_seconds",
            "when embargoes that are over were last looked for",
            registry=self.registry,
        )
        self.waiting = Gauge(
            "wire_lag_messages",
            "messages on a partition of a topic that the service has not committed yet",
            ["topic", "partition"],
            registry=self.registry,
        )

        self.published = Counter(
            "wire_published_stories",
            "raw stories that the brokers have acknowledged",
            ["source"],
            registry=self.registry,
        )
        self.undelivered = Counter(
            "wire_delivery_failures",
            "deliveries that the brokers did not acknowledge, and that were tried again",
            registry=self.registry,
        )
        self.polls = Counter(
            "wire_polls",
            "polls of feeds: fetched, unchanged, failed, gone or refused",
            ["outcome"],
            registry=self.registry,
        )
        self.last_poll = Gauge(
            "wire_last_poll_timestamp_seconds", "when a feed was last polled", registry=self.registry
        )
        self.feeds = Gauge("wire_feeds", "feeds that this collector has to poll", registry=self.registry)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times one stage over one batch."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.stage_seconds.labels(name).observe(time.perf_counter() - began)

    def bury(self, casualties: Sequence[Casualty]) -> None:
        """Counts what went to the dead letters."""
        for stage, number in Tallied(casualty.stage for casualty in casualties).items():
            self.dead.labels(stage).inc(number)

    def count(self, stories: Sequence[Story], now: datetime) -> None:
        """Counts stories once they are durable."""
        outcomes = Tallied(
            (story.source, "late" if story.late else story.change or "new") for story in stories
        )
        for (source, outcome), number in outcomes.items():
            self.stories.labels(source, outcome).inc(number)
        for relation, number in Tallied(story.relation for story in stories if story.relation).items():
            self.copies.labels(relation).inc(number)
        for type, number in Tallied(entity.type for story in stories for entity in story.entities).items():
            self.entities.labels(type).inc(number)
        for source, at in {
            story.source: at for story in stories if (at := event_time(story)) is not None
        }.items():
            self.last_story.labels(source).set(at.timestamp())
            self.lag.labels(source).set((now - at).total_seconds())
        for story in stories:
            if story.collected_at is not None:
                self.latency.observe(max(0.0, (now - story.collected_at).total_seconds()))
