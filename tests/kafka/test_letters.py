"""The topics on a real broker: created once, never changed silently; dead letters whole on their topic, and sent again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.collect.reading import Reader
from pipeline.dead_letters import NoSuchDeadLetter
from pipeline.kafka.letters import PAYLOAD_BYTES, KafkaLetters, burials, letter_of
from pipeline.kafka.publish import BulkPublisher, Message, Publisher, SteadyPublisher
from pipeline.kafka.reading import TopicUnreadable, whole
from pipeline.kafka.records import TooNew, Unreadable, read_raw, read_story
from pipeline.kafka.setup import NoBroker, set_up
from pipeline.kafka.topics import Topics, topics
from pipeline.run.intake import Casualty
from pipeline.run.resending import resent
from pipeline.run.sending import Sending, send
from pipeline.settings import Collect, Kafka, Settings
from pipeline.story import RawStory, encode, replace, story_id

NOW = datetime(2024, 8, 5, 12, tzinfo=UTC)
SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.fixture
def made(kafka: Kafka) -> Topics:
    """The test's own topics, created."""
    set_up(kafka, topics(kafka).all)
    return topics(kafka)


@pytest.fixture(params=[SteadyPublisher, BulkPublisher])
def publisher(request: pytest.FixtureRequest, kafka: Kafka) -> Iterator[Publisher]:
    with closing(request.param(kafka)) as one:
        yield one


def casualty(payload: bytes = b"no story", **more: object) -> Casualty:
    fields = {
        "stage": "collect",
        "source": "bay",
        "document": "bay/1.txt",
        "error": "empty",
        "payload_kind": "document",
    }
    return Casualty(payload=payload, **{**fields, **more})  # type: ignore[arg-type]


@pytest.mark.servers
def test_set_up_creates_what_is_absent_and_says_how_the_rest_differs(kafka: Kafka) -> None:
    wanted = topics(kafka).all
    assert {finding.state for finding in set_up(kafka, wanted)} == {"created"}
    assert {finding.state for finding in set_up(kafka, wanted)} == {"as it should be"}
    other = topics(replace(kafka, partitions=5, retention_hours=1)).all
    said = {finding.name.removeprefix(kafka.prefix): finding for finding in set_up(kafka, other)}
    assert "3 partitions, not 5" in said["stories.raw"].detail
    assert "--add-config retention.ms=3600000" in said["stories.raw"].detail
    assert said["dead-letters"].state == "as it should be"
    assert {finding.state for finding in set_up(kafka, wanted)} == {"as it should be"}


@pytest.mark.servers
def test_set_up_changes_what_is_safe_when_told_to(kafka: Kafka) -> None:
    set_up(kafka, topics(kafka).all)
    larger = replace(kafka, partitions=5, retention_hours=1)
    wanted = topics(larger)
    said = {one.name: one for one in set_up(larger, wanted.all, apply=True)}
    for grown in (wanted.raw, wanted.decided, wanted.enriched):
        assert said[grown.name].state == "changed"
        assert "5 partitions" in said[grown.name].detail
        assert "retention.ms is 3600000" in said[grown.name].detail
    for kept in (wanted.feeds, wanted.feed_state):
        assert (said[kept.name].state, "3 partitions, not 5" in said[kept.name].detail) == ("differs", True)
    assert said[wanted.dead.name].state == "as it should be"
    said = {one.name: one for one in set_up(kafka, topics(kafka).all, apply=True)}
    assert "5 partitions, not 3" in said[wanted.raw.name].detail


@pytest.mark.servers
def test_a_topic_on_which_stories_wait_keeps_its_partitions(
    kafka: Kafka, made: Topics, publisher: Publisher
) -> None:
    publisher.publish([Message(made.raw.name, "a", b"1")])
    wanted = topics(replace(kafka, partitions=5))
    said = {one.name: one for one in set_up(kafka, wanted.all, apply=True)}
    assert said[wanted.raw.name].state == "differs"
    assert said[wanted.decided.name].state == "changed"


def test_without_a_broker_set_up_says_whom_it_asked() -> None:
    nobody = Kafka(brokers="127.0.0.1:1")
    with pytest.raises(NoBroker, match=r"127\.0\.0\.1:1"):
        set_up(nobody, topics(nobody).all, wait_seconds=0)


@pytest.mark.servers
def test_what_is_published_is_read_in_order_for_each_key(
    kafka: Kafka, made: Topics, publisher: Publisher
) -> None:
    sent = [Message(made.raw.name, f"k{number % 7}", str(number).encode()) for number in range(500)]
    publisher.publish(sent)
    publisher.publish([Message(made.raw.name, "k1", None)])
    read = list(whole(kafka, made.raw.name))
    for key in {message.key for message in sent}:
        values = [message.value for message in sent if message.key == key]
        assert [entry.value for entry in read if entry.key == key] == values + ([None] if key == "k1" else [])


@pytest.mark.servers
def test_a_topic_that_is_not_there_is_named(kafka: Kafka) -> None:
    with pytest.raises(TopicUnreadable, match="wire setup"):
        list(whole(kafka, f"{kafka.prefix}nowhere"))


@pytest.mark.servers
def test_dead_letters_are_kept_whole_listed_and_removed(
    kafka: Kafka, made: Topics, publisher: Publisher
) -> None:
    large = bytes(range(256)) * 80_000
    killed = casualty(b"{}", stage="enrich", payload_kind="story", story_id="abc")
    publisher.publish(burials(kafka, [casualty(), casualty(), casualty(large), killed], NOW))
    with closing(KafkaLetters(kafka, lambda: SteadyPublisher(kafka))) as letters:
        assert letters.count_by_stage() == {"collect": 2, "enrich": 1}
        sizes = {letter.size: letter.id for letter in letters.list("collect")}
        assert letters.get(sizes[len(large)]).payload == large
        letters.mark_retried(sizes[8], NOW)
        letters.remove([sizes[len(large)]])
        assert letters.remove_story("abc") == 1
    with closing(KafkaLetters(kafka, lambda: SteadyPublisher(kafka))) as again:
        (left,) = again.list()
        assert (left.id, left.retried_at) == (sizes[8], NOW)
        with pytest.raises(NoSuchDeadLetter):
            again.get(sizes[len(large)])


def test_a_payload_too_long_for_a_topic_is_cut_and_the_letter_says_so() -> None:
    letter = letter_of(casualty(bytes(PAYLOAD_BYTES + 1)), NOW)
    assert (len(letter.payload), letter.size) == (PAYLOAD_BYTES, PAYLOAD_BYTES + 1)
    assert "only the first" in letter.error


def test_each_is_sent_again_to_the_stage_that_it_died_in() -> None:
    where = topics(Kafka())
    raw = RawStory(source="bay", format="text", family="1", headline="Ferry late", body="It was late.")
    with closing(Reader(Collect())) as reader:
        (message,), still = resent(
            letter_of(casualty(encode(raw), stage="clean", payload_kind="raw"), NOW), where, reader
        )
        assert (message.topic, message.key, still) == (where.raw.name, story_id("bay", "1"), [])
        document = (SEEDS / "meridian-wire").glob("*.xml").__next__().read_bytes()
        messages, still = resent(letter_of(casualty(document), NOW), where, reader)
        assert messages
        assert {read_raw(message.value or b"").source for message in messages} == {"bay"}
        nothing, still = resent(letter_of(casualty(b"\x00\x01"), NOW), where, reader)
        assert (nothing, len(still)) == ([], 1)


def test_a_record_of_a_later_schema_is_not_misread() -> None:
    with pytest.raises(TooNew):
        read_story(b'{"schema": 99, "id": "x"}')
    with pytest.raises(Unreadable):
        read_story(b"\xff\xfe")
    with pytest.raises(Unreadable):
        read_raw(b"[]")
    raw = RawStory(source="bay", format="text", family="1")
    assert read_raw(encode(raw)[:-1] + b', "unheard_of": 1}') == raw


@pytest.mark.servers
def test_a_replay_publishes_every_story_raw_and_in_order_of_time(kafka: Kafka, made: Topics) -> None:
    settings = Settings(kafka=replace(kafka, partitions=3))
    failed: list[Casualty] = []
    with closing(BulkPublisher(kafka)) as publisher:
        sent = send(Sending(paths=[SEEDS]), settings, publisher, failed.append)
    stories = [read_raw(entry.value or b"") for entry in whole(kafka, made.raw.name)]
    assert len(stories) == sent.stories > 10
    assert {casualty.document.rsplit("/", 1)[-1] for casualty in failed} == {"cut-off.xml", "photo.xml"}
    with closing(KafkaLetters(kafka, lambda: SteadyPublisher(kafka))) as letters:
        assert letters.count_by_source() == {"broken": 2}
    for key in {story_id(story.source, story.family) for story in stories}:
        times = [s.collected_at for s in stories if story_id(s.source, s.family) == key and s.collected_at]
        assert times == sorted(times)
