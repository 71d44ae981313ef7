"""The feed list on its topic: an entry a feed, which `wire feeds` writes and collectors share out among themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing

import msgspec
from kafka.partitioner.default import murmur2

from pipeline.collect.address import host_of
from pipeline.collect.feed_state import Remembered
from pipeline.collect.feedlist import BadFeedList, Feed, feed_of
from pipeline.kafka.feed_memory import read_snapshot
from pipeline.kafka.publish import Message, Publisher
from pipeline.kafka.reading import Entry, partitions_of, whole
from pipeline.kafka.records import Unreadable
from pipeline.kafka.topics import topics
from pipeline.settings import Kafka

SCHEMA = 1
"""The version of an entry's shape; a reader accepts its own and every earlier one, and leaves out fields unknown to it."""


class KafkaFeeds:
    """The list on the topic. Each method reads it anew. Raises TopicUnreadable, and NotPublished where it writes."""

    def __init__(
        self, settings: Kafka, publisher: Callable[[], Publisher], told: Callable[[str], None]
    ) -> None:
        """`publisher` is called when something is written; `told` hears of entries that cannot be read, and are left out."""
        self._settings = settings
        self._topics = topics(settings)
        self._publisher = publisher
        self._told = told

    @property
    def where(self) -> str:
        """What the list is called."""
        return f"the topic {self._topics.feeds.name}"

    def feeds(self) -> list[Feed]:
        """The feeds, by name."""
        return [feed for feed, _ in self._placed()]

    def add(self, feeds: Sequence[Feed]) -> None:
        """Puts feeds on the list. Raises BadFeedList, and writes nothing, where a name is taken already."""
        taken = {feed.name for feed, _ in self._placed()}
        twice = [feed.name for feed in feeds if feed.name in taken]
        if twice:
            raise BadFeedList(
                f"{self._topics.feeds.name}: has a feed of that name already: {', '.join(twice)}"
            )
        self.replace(feeds)

    def replace(self, feeds: Sequence[Feed]) -> None:
        """Puts feeds on the list in place of those of the same names. A feed whose host has changed may get another collector."""
        names = {feed.name for feed in feeds}
        was = {feed.name: entry for feed, entry in self._placed() if feed.name in names}
        partitions = len(partitions_of(self._settings, self._topics.feeds.name))
        messages: list[Message] = []
        for feed in feeds:
            at = partition_of(feed, partitions)
            if (old := was.get(feed.name)) is not None and old.partition != at:
                messages.append(self._tombstone(old))
            checked = feed_of(msgspec.to_builtins(feed), self._topics.feeds.name)
            messages.append(Message(self._topics.feeds.name, feed.name, written(checked), at))
        self._publish(messages)

    def remove(self, names: Iterable[str]) -> list[str]:
        """Takes feeds off the list; the names that were on it. What is remembered of them is kept for a while."""
        wanted = set(names)
        gone = [entry for feed, entry in self._placed() if feed.name in wanted]
        self._publish([self._tombstone(entry) for entry in gone])
        return [entry.key for entry in gone]

    def states(self) -> dict[str, Remembered]:
        """What is remembered of every feed, by name."""
        found: dict[str, Remembered] = {}
        latest = {
            (entry.key, entry.partition): entry
            for entry in whole(self._settings, self._topics.feed_state.name)
        }
        for entry in latest.values():
            if entry.value is None:
                continue
            try:
                state = read_snapshot(entry.value).state
            except Unreadable as error:
                self._told(f"{self._topics.feed_state.name}: {entry.key}: {error}")
                continue
            if (other := found.get(entry.key)) is None or _polled(state) > _polled(other):
                found[entry.key] = state
        return found

    def _placed(self) -> list[tuple[Feed, Entry]]:
        latest = {
            (entry.key, entry.partition): entry for entry in whole(self._settings, self._topics.feeds.name)
        }
        placed: dict[str, tuple[Feed, Entry]] = {}
        for entry in sorted(latest.values(), key=lambda entry: (entry.key, entry.partition)):
            try:
                feed = read_entry(entry)
            except Unreadable as error:
                self._told(f"{self._topics.feeds.name}: {entry.key}: left out: {error}")
                continue
            if feed is not None:
                placed[feed.name] = feed, entry
        return list(placed.values())

    def _tombstone(self, entry: Entry) -> Message:
        return Message(self._topics.feeds.name, entry.key, None, entry.partition)

    def _publish(self, messages: Sequence[Message]) -> None:
        if messages:
            with closing(self._publisher()) as publisher:
                publisher.publish(messages)


def partition_of(feed: Feed, partitions: int) -> int:
    """Where a feed's entry goes: the feeds of one host are together, so that one collector polls them in turn."""
    chosen: int = murmur2((host_of(feed.url) or feed.name).encode("utf-8", "replace"))
    return (chosen & 0x7FFFFFFF) % partitions


def written(feed: Feed) -> bytes:
    """A feed as an entry of the topic."""
    return msgspec.json.encode({"schema": SCHEMA, **msgspec.structs.asdict(feed)})


def read_entry(entry: Entry) -> Feed | None:
    """The feed of an entry; None for a tombstone. Raises Unreadable."""
    if entry.value is None:
        return None
    try:
        fields = msgspec.json.decode(entry.value, type=dict[str, object])
        schema = fields.pop("schema", SCHEMA)
        if not isinstance(schema, int) or schema > SCHEMA:
            raise Unreadable(f"an entry of schema {schema}, where this program knows {SCHEMA}: upgrade it")
        known = {name: value for name, value in fields.items() if name in Feed.__struct_fields__}
        feed = feed_of(known, "the entry")
    except (BadFeedList, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from error
    if feed.name != entry.key:
        raise Unreadable(f"its key is {entry.key!r}, and it names itself {feed.name!r}")
    return feed


def _polled(state: Remembered) -> float:
    return state.last_poll.timestamp() if state.last_poll is not None else 0.0
