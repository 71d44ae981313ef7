"""The feed list on a real broker: as `wire feeds` changes it, and as others may have written it."""

from __future__ import annotations

from contextlib import closing

import msgspec
import pytest

from pipeline.collect.feedlist import BadFeedList, Feed
from pipeline.kafka.feeds import KafkaFeeds, partition_of, read_entry, written
from pipeline.kafka.publish import BulkPublisher, Message, SteadyPublisher
from pipeline.kafka.reading import Entry, whole
from pipeline.kafka.records import Unreadable
from pipeline.kafka.setup import set_up
from pipeline.kafka.topics import topics
from pipeline.settings import Kafka
from pipeline.story import replace

HARBOUR = Feed(name="harbour", url="https://harbour.example/rss", tags=("sea",), interval=60)
COUNCIL = Feed(name="council", url="https://harbour.example/council")


def test_feeds_of_one_host_are_on_one_partition() -> None:
    feeds = [Feed(name=f"f{n}", url=f"https://Harbour.example:{n + 1}/rss/{n}") for n in range(50)]
    assert len({partition_of(feed, 12) for feed in feeds}) == 1
    others = [Feed(name="same", url=f"https://host{n}.example/") for n in range(500)]
    assert len({partition_of(feed, 12) for feed in others}) == 12


def test_an_entry_comes_back_as_it_was_and_one_of_a_later_minor_version_is_understood() -> None:
    assert read_entry(Entry(0, 0, "harbour", written(HARBOUR))) == HARBOUR
    later = msgspec.json.decode(written(HARBOUR)) | {"colour": "blue"}
    assert read_entry(Entry(0, 0, "harbour", msgspec.json.encode(later))) == HARBOUR
    assert read_entry(Entry(0, 0, "harbour", None)) is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("harbour", b"{"),
        ("harbour", b"\xff\xfe"),
        ("harbour", b"[]"),
        ("harbour", b'{"name":"harbour"}'),
        ("harbour", b'{"name":"harbour","url":"file:///etc/passwd"}'),
        ("harbour", b'{"schema":2,"name":"harbour","url":"https://harbour.example/rss"}'),
        ("another", written(HARBOUR)),
    ],
)
def test_what_is_no_entry_is_told(key: str, value: bytes) -> None:
    with pytest.raises(Unreadable):
        read_entry(Entry(0, 0, key, value))


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def book(kafka: Kafka, told: list[str]) -> KafkaFeeds:
    set_up(kafka, topics(kafka).all)
    return KafkaFeeds(kafka, lambda: BulkPublisher(kafka), told.append)


@pytest.mark.servers
def test_feeds_are_added_changed_moved_and_removed(book: KafkaFeeds, kafka: Kafka) -> None:
    assert book.feeds() == []
    book.add([HARBOUR, COUNCIL])
    assert book.feeds() == [COUNCIL, HARBOUR]
    with pytest.raises(BadFeedList, match="harbour"):
        book.add([Feed(name="new", url="https://new.example/"), HARBOUR])
    assert book.feeds() == [COUNCIL, HARBOUR]
    moved = [replace(HARBOUR, url=f"https://host{n}.example/rss") for n in range(9)]
    for feed in moved:
        book.replace([feed])
    assert book.feeds() == [COUNCIL, moved[-1]]
    latest = {(entry.partition, entry.key): entry.value for entry in whole(kafka, topics(kafka).feeds.name)}
    assert [key for (_, key), value in latest.items() if value is not None].count("harbour") == 1
    assert book.remove(["harbour", "no such"]) == ["harbour"]
    assert book.feeds() == [COUNCIL]
    assert book.states() == {}


@pytest.mark.servers
def test_what_others_have_written_badly_is_left_out_and_told(
    book: KafkaFeeds, kafka: Kafka, told: list[str]
) -> None:
    book.add([HARBOUR])
    with closing(SteadyPublisher(kafka)) as publisher:
        publisher.publish([Message(topics(kafka).feeds.name, "bad", b"no entry")])
    assert book.feeds() == [HARBOUR]
    [reason] = told
    assert "bad: left out" in reason
