"""The topics of the distributed driver: what is on each, its key, and the settings that it must have. Pure."""

from __future__ import annotations

from pipeline.settings import Kafka
from pipeline.story import Record

LETTER_BYTES = 100_000_000
"""Largest dead letter: a broker takes no request beyond 100 MiB (`socket.request.max.bytes`)."""


COLLECTORS = "collect"
"""The consumer group of the collectors, after the prefix."""
PROCESSORS = "process"
"""That of the stream workers."""
SINK = "index"
"""That of the sink."""
MEMORY = "memory"
"""The table of the de-duplicate stage."""


class Topic(Record, frozen=True, kw_only=True):
    """A topic as it should be."""

    name: str
    partitions: int
    replicas: int
    config: dict[str, str]


class Topics(Record, frozen=True, kw_only=True):
    """All topics, in the order in which a story meets them. Values are the JSON of the record named (see
    `pipeline.story.encode`), keys UTF-8."""

    feeds: Topic
    """`Feed` by feed name, on a partition that its host chooses: the feeds of one host have one collector. Compacted. A feed
    taken off the list is a tombstone."""
    feed_state: Topic
    """`FeedSnapshot` by feed name, on the partition of the same number as the feed itself: so who polls a feed has its state.
    Compacted."""
    feed_held: Topic
    """`FeedHeld` by feed name, on the partition of the same number; compacted."""
    raw: Topic
    """`RawStory` by story id."""
    clean: Topic
    """Clean `Story`, one partition: the order in which stories are decided on."""
    memory: Topic
    """What the de-duplicate stage remembers, by key; compacted. The changelog of a Faust table, whence its name."""
    decided: Topic
    """De-duplicated `Story` by its final id."""
    enriched: Topic
    """`Story` with entities by id."""
    dead: Topic
    """`DeadLetter` by its id; compacted. One that was seen to is a tombstone."""

    @property
    def all(self) -> list[Topic]:
        """Every topic."""
        return [
            self.feeds,
            self.feed_state,
            self.feed_held,
            self.raw,
            self.clean,
            self.memory,
            self.decided,
            self.enriched,
            self.dead,
        ]


def topics(settings: Kafka) -> Topics:
    """The topics that the settings ask for."""
    stream = {
        "cleanup.policy": "delete",
        "retention.ms": str(settings.retention_hours * 3_600_000),
        "compression.type": "producer",
        "max.message.bytes": str(settings.message_bytes),
    }
    kept = {
        "cleanup.policy": "compact",
        "compression.type": "producer",
        "max.message.bytes": str(settings.message_bytes),
        "min.cleanable.dirty.ratio": "0.1",
        "segment.ms": "3600000",
    }
    if settings.replicas > 2:
        # Acknowledged by two, a story outlives the loss of either.
        stream["min.insync.replicas"] = kept["min.insync.replicas"] = "2"

    def topic(name: str, config: dict[str, str], partitions: int = settings.partitions) -> Topic:
        return Topic(
            name=settings.prefix + name, partitions=partitions, replicas=settings.replicas, config=config
        )

    return Topics(
        feeds=topic("feeds", kept),
        feed_state=topic("feed-state", kept),
        feed_held=topic("feed-held", kept),
        raw=topic("stories.raw", stream),
        clean=topic("stories.clean", stream, 1),
        memory=topic(f"{PROCESSORS}-{MEMORY}-changelog", kept, 1),
        decided=topic("stories.decided", stream),
        enriched=topic("stories.enriched", stream),
        dead=topic("dead-letters", {**kept, "max.message.bytes": str(LETTER_BYTES)}, 1),
    )
