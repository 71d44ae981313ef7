"""`wire dead` on Kafka: lists, shows, sends again to the stage that it died in, and gives up; as it does on one machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from pipeline.cli import main
from pipeline.kafka.letters import KafkaLetters, burials
from pipeline.kafka.publish import BulkPublisher, Message
from pipeline.kafka.reading import whole
from pipeline.kafka.setup import set_up
from pipeline.kafka.topics import Topics, topics
from pipeline.run.intake import Casualty
from pipeline.settings import Kafka
from pipeline.story import RawStory, Story, encode, story_id

NOW = datetime(2024, 8, 5, 12, tzinfo=UTC)
RAW = RawStory(source="bay", format="text", family="1", headline="Ferry late", body="It was late.")
STORY = Story(
    id=story_id("bay", "1"), source="bay", format="text", headline="Ferry late", body=["It was late."]
)


@pytest.fixture
def made(kafka: Kafka, monkeypatch: pytest.MonkeyPatch) -> Topics:
    """The test's own topics, created, and the command told of them."""
    monkeypatch.setenv("WIRE_KAFKA_BROKERS", kafka.brokers)
    monkeypatch.setenv("WIRE_KAFKA_PREFIX", kafka.prefix)
    set_up(kafka, topics(kafka).all)
    return topics(kafka)


@pytest.fixture
def publisher(kafka: Kafka) -> Iterator[BulkPublisher]:
    """To bury with."""
    with closing(BulkPublisher(kafka)) as one:
        yield one


def dead(stage: str, payload: bytes, kind: str, error: str = "no luck") -> Casualty:
    """What died in a stage."""
    return Casualty(
        stage=stage, source="bay", document="bay/1.txt", error=error, payload=payload, payload_kind=kind  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.servers
def test_each_is_sent_to_the_stage_that_it_died_in_and_is_gone(
    kafka: Kafka, made: Topics, publisher: BulkPublisher, capsys: pytest.CaptureFixture[str]
) -> None:
    story = encode(STORY)
    casualties = [
        dead("clean", encode(RAW), "raw"),
        *(dead(stage, story, "story") for stage in ("deduplicate", "enrich", "index")),
    ]
    publisher.publish(burials(kafka, casualties, NOW))
    assert main(["dead", "retry", "--all"]) == 0
    assert capsys.readouterr().out.count("sent again") == 4
    for topic in (made.raw, made.clean, made.decided, made.enriched):
        assert [entry.key for entry in whole(kafka, topic.name)] == [STORY.id]
    assert main(["dead", "list"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.servers
def test_what_fails_again_stays_and_is_named(
    kafka: Kafka, made: Topics, publisher: BulkPublisher, capsys: pytest.CaptureFixture[str]
) -> None:
    publisher.publish(
        burials(kafka, [dead("collect", b"\x00\x01", "document"), dead("clean", b"{", "raw")], NOW)
    )
    assert main(["dead", "retry", "--all"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert main(["dead", "list", "--json"]) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(listed) == 2
    assert all(one["retried_at"] and not one.get("payload") for one in listed)


@pytest.mark.servers
def test_bytes_are_shown_untouched_and_removed_for_everybody(
    kafka: Kafka, made: Topics, publisher: BulkPublisher, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    (message,) = burials(kafka, [dead("collect", b"\xff\x00 broken", "document")], NOW)
    publisher.publish([message])
    assert main(["dead", "show", message.key[:6]]) == 0
    assert capsysbinary.readouterr().out == b"\xff\x00 broken"
    assert main(["dead", "remove", message.key]) == 0
    assert main(["dead", "show", message.key]) == 2
    assert list(whole(kafka, made.dead.name))[-1].value is None


@pytest.mark.servers
def test_what_dies_again_before_it_is_taken_away_is_put_back(
    kafka: Kafka, made: Topics, publisher: BulkPublisher
) -> None:
    (letter,) = burials(kafka, [dead("clean", encode(RAW), "raw")], NOW)
    publisher.publish([letter])
    with closing(KafkaLetters(kafka, lambda: BulkPublisher(kafka))) as letters:
        letters.publish([Message(made.raw.name, STORY.id, encode(RAW))])
        publisher.publish([letter])  # the stage was faster
        letters.remove([letter.key])
        assert letters.put_back() == [letter.key]
    with closing(KafkaLetters(kafka, lambda: BulkPublisher(kafka))) as letters:
        assert [one.id for one in letters.list()] == [letter.key]


@pytest.mark.servers
def test_a_letter_of_a_later_version_is_not_passed_over(
    kafka: Kafka, made: Topics, publisher: BulkPublisher, capsys: pytest.CaptureFixture[str]
) -> None:
    publisher.publish([Message(made.dead.name, "abc", b'{"schema": 99}')])
    assert main(["dead", "list"]) == 2
    assert "upgrade" in capsys.readouterr().err
