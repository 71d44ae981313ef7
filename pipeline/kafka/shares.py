"""The feeds that one collector has and what is remembered of them: in SQLite in memory, and published whenever it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence

from pipeline.collect.arrival import Arrival
from pipeline.collect.feed_state import FeedState, Remembered
from pipeline.collect.feedlist import Feed
from pipeline.kafka.feed_memory import HELD_MOST, FeedHeld, FeedSnapshot, HeldItem
from pipeline.kafka.publish import Message
from pipeline.kafka.topics import topics
from pipeline.settings import Kafka
from pipeline.store import open_store, transaction
from pipeline.story import Record, encode

_AT_ONCE = 100
"""Feeds whose memory is taken in without a look at anything else."""

# What is written here is noted, whoever writes it and whatever for: so nothing learned stays unpublished.
_NOTES = """
CREATE TEMP TABLE unpublished (name TEXT, held INTEGER, PRIMARY KEY (name, held)) WITHOUT ROWID;
CREATE TEMP TRIGGER state_in AFTER INSERT ON main.feed_state BEGIN INSERT OR IGNORE INTO unpublished VALUES (new.name, 0); END;
CREATE TEMP TRIGGER state_out AFTER DELETE ON main.feed_state BEGIN INSERT OR IGNORE INTO unpublished VALUES (old.name, 0); END;
CREATE TEMP TRIGGER held_in AFTER INSERT ON main.feed_held BEGIN INSERT OR IGNORE INTO unpublished VALUES (new.feed, 1); END;
CREATE TEMP TRIGGER held_now AFTER UPDATE ON main.feed_held BEGIN INSERT OR IGNORE INTO unpublished VALUES (new.feed, 1); END;
CREATE TEMP TRIGGER held_out AFTER DELETE ON main.feed_held BEGIN INSERT OR IGNORE INTO unpublished VALUES (old.feed, 1); END;
"""


class Share(Record, frozen=True, kw_only=True):
    """One partition: the feeds on it, and what is remembered of them, by name."""

    feeds: dict[str, Feed]
    states: dict[str, FeedSnapshot]
    held: dict[str, FeedHeld]


class Shares:
    """What this collector has. Used in one thread."""

    def __init__(self, settings: Kafka) -> None:
        self._topics = topics(settings)
        self.connection = open_store(":memory:")
        self.state = FeedState(self.connection)
        self.connection.executescript(_NOTES)
        self._feeds: dict[int, dict[str, Feed]] = {}
        """Those listed, by partition."""
        self._hidden: set[int] = set()
        self._place: dict[str, int] = {}
        """The partition of each feed that is listed or remembered."""
        self._source: dict[str, str] = {}
        """Of each of these, the stories' source."""
        self._changes = 0

    def list(self) -> SharedList:
        """The feeds that are to be polled here, as a list of its own for each poller."""
        return SharedList(self)

    @property
    def changes(self) -> int:
        """Grows whenever the list changes."""
        return self._changes

    @property
    def feeds(self) -> Sequence[Feed]:
        """Those that are to be polled here."""
        return [
            feed
            for number, feeds in self._feeds.items()
            if number not in self._hidden
            for feed in feeds.values()
        ]

    async def take(self, shares: Mapping[int, Share]) -> None:
        """Takes partitions over: what is remembered first, then the feeds are on the list."""
        for number, share in shares.items():
            self._settle_in(number, share.feeds.values())
            for name, snapshot in share.states.items():
                self._place.setdefault(name, number)
                self._source.setdefault(name, snapshot.source)
            names = [
                name for name in share.states.keys() | share.held.keys() if self._place.get(name) == number
            ]
            for start in range(0, len(names), _AT_ONCE):
                self._recall(names[start : start + _AT_ONCE], share)
                await asyncio.sleep(0)
        for number, share in shares.items():
            self._feeds[number] = dict(share.feeds)
        self._hidden -= shares.keys()
        self._changes += 1

    def put(self, partition: int, name: str, feed: Feed | None) -> None:
        """An entry of the list has changed; None: it is off it. One of a partition that is not had says nothing."""
        if (feeds := self._feeds.get(partition)) is None or feeds.get(name) == feed:
            return
        if feed is None:
            del feeds[name]
        else:
            feeds[name] = feed
            self._settle_in(partition, [feed])
        if self.state.get(name) is not None:  # whether it is listed is part of how it stands
            self._note([name])
        self._changes += 1

    def hide(self, partitions: Collection[int]) -> None:
        """These feeds are not to be polled here any more; what is remembered of them still counts."""
        self._hidden |= set(partitions)
        self._changes += 1

    def forget(self, partitions: Collection[int]) -> None:
        """Somebody else has these feeds: nothing is known of them here, and nothing published."""
        for number in partitions:
            self._feeds.pop(number, None)
        self._hidden -= set(partitions)
        self._changes += 1
        names = [name for name, number in self._place.items() if number in partitions]
        with transaction(self.connection) as connection:
            for name in names:
                del self._place[name]
                self._source.pop(name, None)
                connection.execute("DELETE FROM feed_state WHERE name = ?", (name,))
                connection.execute("DELETE FROM feed_held WHERE feed = ?", (name,))
            # Last, since what is taken away is noted too.
            connection.executemany("DELETE FROM unpublished WHERE name = ?", [(name,) for name in names])

    def settle(self, arrival: Arrival) -> None:
        """The collector's note of what it delivered."""
        with transaction(self.connection) as connection:
            arrival.settle(connection)

    def unpublished(self) -> Sequence[Message]:
        """What has changed since the last call, as it is to be published. `note` what then could not be."""
        with transaction(self.connection) as connection:
            noted = connection.execute("SELECT name, held FROM unpublished").fetchall()
            connection.execute("DELETE FROM unpublished")
        return [
            self._held(name) if held else self._snapshot(name) for name, held in noted if name in self._place
        ]

    def note(self, messages: Iterable[Message]) -> None:
        """These could not be published."""
        held = self._topics.feed_held.name
        rows = [
            (message.key, int(message.topic == held)) for message in messages if message.key in self._place
        ]
        self.connection.executemany("INSERT OR IGNORE INTO unpublished VALUES (?, ?)", rows)

    def close(self) -> None:
        """Gives back what it holds."""
        self.connection.close()

    def _settle_in(self, partition: int, feeds: Iterable[Feed]) -> None:
        for feed in feeds:
            self._place[feed.name] = partition
            self._source[feed.name] = feed.story_source

    def _recall(self, names: Sequence[str], share: Share) -> None:
        with transaction(self.connection) as connection:
            for name in names:
                connection.execute("DELETE FROM feed_held WHERE feed = ?", (name,))
                if (snapshot := share.states.get(name)) is not None:
                    connection.execute(
                        "INSERT OR REPLACE INTO feed_state VALUES (?, ?)",
                        (name, encode(snapshot.state).decode()),
                    )
                if (held := share.held.get(name)) is not None:
                    connection.executemany(
                        "INSERT OR REPLACE INTO feed_held VALUES (?, ?, ?, ?)",
                        [(name, one.item, one.hashes, one.gone_at) for one in held.items],
                    )
            connection.executemany("DELETE FROM unpublished WHERE name = ?", [(name,) for name in names])

    def _note(self, names: Iterable[str]) -> None:
        self.connection.executemany(
            "INSERT OR IGNORE INTO unpublished VALUES (?, 0)", [(name,) for name in names]
        )

    def _snapshot(self, name: str) -> Message:
        state = self.state.get(name)
        return Message(self._topics.feed_state.name, name, self._told(name, state), self._place[name])

    def _told(self, name: str, state: Remembered | None) -> bytes | None:
        if state is None:
            return None
        listed = self._feeds.get(self._place[name], {}).get(name)
        enabled = listed is not None and listed.enabled
        return encode(FeedSnapshot(source=self._source.get(name, name), enabled=enabled, state=state))

    def _held(self, name: str) -> Message:
        rows = self.connection.execute(
            "SELECT item, hashes, gone_at FROM feed_held WHERE feed = ? ORDER BY gone_at IS NOT NULL, gone_at DESC LIMIT ?",
            (name, HELD_MOST),
        )
        items = [HeldItem(item=item, hashes=hashes, gone_at=gone_at) for item, hashes, gone_at in rows]
        value = encode(FeedHeld(items=items)) if items else None
        return Message(self._topics.feed_held.name, name, value, self._place[name])


class SharedList:
    """The list of one poller. See FeedList."""

    def __init__(self, shares: Shares) -> None:
        self._shares = shares
        self._seen = 0

    def changed(self) -> Sequence[Feed] | None:
        """See FeedList."""
        if self._seen == self._shares.changes:
            return None
        self._seen = self._shares.changes
        return self._shares.feeds
