"""What a collector has of the feeds: what is learned is published once, and nothing of feeds that are another's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial

import pytest

from pipeline.collect import feed_state
from pipeline.collect.arrival import Arrival
from pipeline.collect.document import Document, Parsed
from pipeline.collect.feed_state import Remembered
from pipeline.collect.feedlist import Feed
from pipeline.collect.novelty import Novelty
from pipeline.kafka import feed_memory
from pipeline.kafka.feed_memory import FeedHeld, FeedSnapshot, HeldItem, read_held, read_snapshot
from pipeline.kafka.records import Unreadable
from pipeline.kafka.shares import Share, Shares
from pipeline.settings import Kafka
from pipeline.story import encode

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
HARBOUR = Feed(name="harbour", url="https://harbour.example/rss", source="desk")
COUNCIL = Feed(name="council", url="https://council.example/rss")
ITEM = b"i" * 16


@pytest.fixture
def shares() -> Iterator[Shares]:
    with closing(Shares(Kafka(prefix="t."))) as shares:
        yield shares


def share(
    *feeds: Feed, known: dict[str, Remembered] | None = None, held: dict[str, FeedHeld] | None = None
) -> Share:
    states = {name: FeedSnapshot(source=name, state=state) for name, state in (known or {}).items()}
    return Share(feeds={feed.name: feed for feed in feeds}, states=states, held=held or {})


def polled(feed: Feed, etag: str = "", **items: bytes) -> Arrival:
    state = Remembered(name=feed.name, url=feed.url, etag=etag, last_poll=NOW)
    changed = {name.encode() * 8: hashes for name, hashes in items.items()}
    settle = partial(feed_state.remember, state=state, novelty=Novelty(changed=changed), now=NOW)
    return Arrival(
        Document(content=b"", source=feed.story_source, name=feed.url), Parsed(format="", stories=[]), settle
    )


def take(shares: Shares, of: dict[int, Share]) -> None:
    asyncio.run(shares.take(of))


def test_what_a_poll_teaches_is_published_once_on_the_feeds_own_partition(shares: Shares) -> None:
    take(shares, {2: share(HARBOUR)})
    shares.settle(polled(HARBOUR, '"1"', it=b"h" * 16))
    snapshot, held = sorted(shares.unpublished(), key=lambda message: message.topic, reverse=True)
    assert (snapshot.topic, snapshot.key, snapshot.partition) == ("t.feed-state", "harbour", 2)
    assert (held.topic, held.key, held.partition) == ("t.feed-held", "harbour", 2)
    assert read_snapshot(snapshot.value or b"").state.etag == '"1"'
    assert read_snapshot(snapshot.value or b"").source == "desk"
    assert read_held(held.value or b"").items == [HeldItem(item=b"it" * 8, hashes=b"h" * 16)]
    assert shares.unpublished() == []
    shares.note([snapshot])
    assert [message.topic for message in shares.unpublished()] == ["t.feed-state"]
    shares.settle(polled(HARBOUR, '"2"'))
    assert [message.topic for message in shares.unpublished()] == ["t.feed-state"], (
        "what it holds has not changed"
    )


def test_what_one_collector_published_the_next_one_knows(shares: Shares) -> None:
    take(shares, {0: share(HARBOUR)})
    shares.settle(polled(HARBOUR, '"1"', it=b"h" * 16))
    snapshot, held = sorted(shares.unpublished(), key=lambda message: message.topic, reverse=True)
    with closing(Shares(Kafka(prefix="t."))) as other:
        whole = Share(
            feeds={"harbour": HARBOUR},
            states={"harbour": read_snapshot(snapshot.value or b"")},
            held={"harbour": read_held(held.value or b"")},
        )
        take(other, {0: whole})
        assert other.state.all() == shares.state.all()
        assert other.state.held("harbour") == shares.state.held("harbour")
        assert other.unpublished() == []


def test_of_feeds_given_up_nothing_is_listed_known_or_published(shares: Shares) -> None:
    take(shares, {0: share(HARBOUR), 1: share(COUNCIL)})
    listed = shares.list()
    assert listed.changed() == [HARBOUR, COUNCIL]
    assert listed.changed() is None
    shares.settle(polled(HARBOUR))
    shares.hide([0])
    assert listed.changed() == [COUNCIL]
    shares.settle(polled(HARBOUR, '"late"', it=b"h" * 16))  # it was being delivered
    told = {message.topic: message for message in shares.unpublished()}
    assert read_snapshot(told["t.feed-state"].value or b"").enabled, "it is not off the list, only another's"
    shares.settle(polled(HARBOUR, '"later"'))
    shares.forget([0])
    assert shares.state.all() == {}
    assert shares.state.held("harbour") == {}
    shares.settle(polled(HARBOUR, '"too late"'))
    assert shares.unpublished() == []
    shares.put(0, "harbour", HARBOUR)
    assert listed.changed() == [COUNCIL]


def test_a_feed_paused_or_off_the_list_is_told_so(shares: Shares) -> None:
    take(
        shares,
        {0: share(HARBOUR, known={"harbour": Remembered(name="harbour", url=HARBOUR.url, etag='"1"')})},
    )
    listed = shares.list()
    shares.put(0, "harbour", None)
    [told] = shares.unpublished()
    assert not read_snapshot(told.value or b"").enabled
    assert read_snapshot(told.value or b"").state.etag == '"1"', "it is remembered for when it comes back"
    assert listed.changed() == []
    shares.put(0, "harbour", HARBOUR)
    [told] = shares.unpublished()
    assert read_snapshot(told.value or b"").enabled
    assert listed.changed() == [HARBOUR]


def test_what_is_forgotten_is_forgotten_on_the_topics(shares: Shares) -> None:
    known = {"harbour": Remembered(name="harbour", url=HARBOUR.url)}
    held = {"harbour": FeedHeld(items=[HeldItem(item=ITEM, hashes=ITEM, gone_at=5.0)])}
    take(shares, {0: share(known=known, held=held)})
    settle = partial(feed_state.forget, names=["harbour"])
    shares.settle(Arrival(Document(content=b"", source="", name=""), Parsed(format="", stories=[]), settle))
    assert sorted((message.topic, message.key, message.value) for message in shares.unpublished()) == [
        ("t.feed-held", "harbour", None),
        ("t.feed-state", "harbour", None),
    ]


def test_what_is_kept_of_a_feed_is_bounded_and_what_it_holds_now_stays(
    shares: Shares, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.kafka.shares.HELD_MOST", 3)
    gone = [HeldItem(item=bytes([n]) * 16, hashes=ITEM, gone_at=NOW.timestamp() - n) for n in range(1, 5)]
    take(shares, {0: share(HARBOUR, held={"harbour": FeedHeld(items=gone)})})
    shares.settle(polled(HARBOUR, it=b"h" * 16))
    held = next(message for message in shares.unpublished() if message.topic == "t.feed-held")
    assert [one.gone_at for one in read_held(held.value or b"").items] == [
        None,
        NOW.timestamp() - 1,
        NOW.timestamp() - 2,
    ]


def test_records_of_a_later_version_are_not_misread() -> None:
    snapshot = FeedSnapshot(schema=feed_memory.SCHEMA + 1, source="desk", state=Remembered(name="a", url="b"))
    with pytest.raises(Unreadable, match="upgrade"):
        read_snapshot(encode(snapshot))
    with pytest.raises(Unreadable):
        read_held(b"\xff")


def test_a_snapshot_says_how_its_feed_stands() -> None:
    state = Remembered(
        name="harbour", url="https://a:b@harbour.example/rss", last_success=NOW, failures=2, last_error="404"
    )
    told = FeedSnapshot(source="desk", enabled=False, state=state).standing()
    assert (told["url"], told["enabled"], told["trouble"]) == (
        "https://***@harbour.example/rss",
        False,
        "404",
    )
    assert (told["source"], told["succeeded_at"], told["last_new"]) == ("desk", NOW, None)
