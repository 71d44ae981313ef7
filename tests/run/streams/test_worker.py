"""Stream workers on a real broker: the same stories as on one machine, nothing lost or doubled, whatever ends them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from pipeline.kafka.connection import of_confluent
from pipeline.kafka.groups import members
from pipeline.kafka.letters import KafkaLetters
from pipeline.kafka.publish import BulkPublisher, Message
from pipeline.kafka.reading import whole
from pipeline.kafka.setup import set_up
from pipeline.kafka.topics import PROCESSORS, topics
from pipeline.run.sending import Sending, send
from pipeline.settings import Kafka, Settings
from pipeline.story import RawStory, Story, decode_story, encode, replace, story_id

pytestmark = pytest.mark.servers

SEEDS = Path(__file__).parents[3] / "seeds"
PATIENCE = 180.0
"""Seconds until something that should happen is given up."""


class Newsroom:
    """Topics of its own, and the workers on them."""

    def __init__(self, kafka: Kafka, folder: Path) -> None:
        self.kafka = kafka
        self.folder = folder
        self.topics = topics(kafka)
        self.settings = Settings(kafka=kafka)
        set_up(kafka, self.topics.all)

    @contextmanager
    def worker(self, name: str = "one", batch: int = 20) -> Iterator[subprocess.Popen[bytes]]:
        """A worker that runs within the block."""
        environment = {
            **os.environ,
            "WIRE_KAFKA_BROKERS": self.kafka.brokers,
            "WIRE_KAFKA_PREFIX": self.kafka.prefix,
            "WIRE_KAFKA_PARTITIONS": str(self.kafka.partitions),
            "WIRE_STREAMS_FOLDER": str(self.folder / name),
            "WIRE_STREAMS_BATCH": str(batch),
            "WIRE_ENRICH_ENABLED": "false",
        }
        command = [sys.executable, "-m", "pipeline.cli", "process", "--port", "0"]
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, env=environment, stderr=log, stdout=log, cwd=self.folder)
            try:
                yield process
            finally:
                process.kill()
                process.wait()

    def publish(self, *stories: RawStory) -> None:
        """As a collector would."""
        with closing(BulkPublisher(self.kafka)) as publisher:
            publisher.publish(
                [Message(self.topics.raw.name, story_id(s.source, s.family), encode(s)) for s in stories]
            )

    def results(self) -> list[Story]:
        """What came out at the end."""
        return [decode_story(e.value) for e in whole(self.kafka, self.topics.enriched.name) if e.value]

    def versions(self) -> set[tuple[str, int]]:
        """The same without what came twice, as it may when a worker dies or the group shares its work out anew."""
        return {(story.id, story.version) for story in self.results()}

    def dead(self) -> list[str]:
        """Errors of what could not be processed."""
        with closing(KafkaLetters(self.kafka, lambda: BulkPublisher(self.kafka))) as letters:
            return [letter.error for letter in letters.list()]


@pytest.fixture
def newsroom(kafka: Kafka, tmp_path: Path) -> Newsroom:
    return Newsroom(kafka, tmp_path)


def until(what: Callable[[], bool]) -> None:
    """Returns once it holds; fails when it does not in time."""
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)


def raw(number: int, **more: object) -> RawStory:
    fields = {
        "source": f"desk{number % 3}",
        "family": str(number),
        "guid": str(number),
        "headline": f"Quay {number} at Marlow is to close for repairs",
        "body": f"Divers found the wall of quay {number} leaning.\n\nThe work takes {number + 2} weeks and costs more.",
        "body_type": "text",
        "format": "text",
    }
    return RawStory(**{**fields, **more})  # type: ignore[arg-type]


def test_the_seeds_become_the_same_stories_as_on_one_machine(kafka: Kafka, tmp_path: Path) -> None:
    newsroom = Newsroom(replace(kafka, partitions=1), tmp_path)
    with closing(BulkPublisher(kafka)) as publisher:
        sent = send(Sending(paths=[SEEDS]), newsroom.settings, publisher, lambda casualty: None)
    assert sent.stories > 10
    with newsroom.worker():
        until(lambda: len(newsroom.results()) >= sent.stories)
    command = [
        sys.executable,
        "-m",
        "pipeline.cli",
        "--store",
        str(tmp_path / "e.db"),
        "replay",
        str(SEEDS),
        "--json",
    ]
    embedded = subprocess.run([*command, "--no-entities"], capture_output=True, cwd=tmp_path).stdout
    expected = [decode_story(line) for line in embedded.splitlines()]
    assert len(expected) == sent.stories
    bare = [replace(story, processed_at=None, entities_note="") for story in newsroom.results()]
    assert bare == [replace(story, processed_at=None, entities_note="") for story in expected]


def test_what_cannot_be_read_is_buried_whole_and_stops_nothing(newsroom: Newsroom) -> None:
    poison = [b"not json", b"\xff\xfe\x00", b"{}", b'{"source": 5}']
    with closing(BulkPublisher(newsroom.kafka)) as publisher:
        for place in (newsroom.topics.raw, newsroom.topics.clean, newsroom.topics.decided):
            publisher.publish([Message(place.name, "poison", value) for value in poison])
            publisher.publish([Message(place.name, "tombstone", None)])
    newsroom.publish(raw(1))
    with newsroom.worker():
        until(lambda: len(newsroom.results()) == 1 and len(newsroom.dead()) == 12)
    with closing(KafkaLetters(newsroom.kafka, lambda: BulkPublisher(newsroom.kafka))) as letters:
        buried = [letters.get(letter.id) for letter in letters.list()]
    assert sorted(letter.payload for letter in buried) == sorted(poison * 3)
    assert {letter.stage for letter in buried} == {"clean", "deduplicate", "enrich"}


def test_a_record_of_a_later_schema_ends_the_worker_and_waits(newsroom: Newsroom) -> None:
    with closing(BulkPublisher(newsroom.kafka)) as publisher:
        publisher.publish([Message(newsroom.topics.raw.name, "new", b'{"schema": 99}')])
    with newsroom.worker() as process:
        assert process.wait(PATIENCE) == 1
    assert "upgrade" in (newsroom.folder / "one.log").read_text()
    assert newsroom.dead() == []


def test_killed_at_any_moment_every_story_comes_out_once_decided_once(newsroom: Newsroom) -> None:
    stories = [raw(number) for number in range(300)]
    newsroom.publish(*stories)
    for goal in (1, 120):
        with newsroom.worker() as process:
            until(lambda goal=goal: len(newsroom.results()) >= goal)  # type: ignore[misc]
            process.send_signal(signal.SIGKILL)
    newsroom.publish(*stories[:50])  # and a collector that repeats itself
    newsroom.publish(raw(500))
    with newsroom.worker():
        until(lambda: any(story.family == "500" for story in newsroom.results()))
    results = newsroom.results()
    assert {story.family for story in results} == {str(number) for number in range(300)} | {"500"}
    assert {story.version for story in results} == {1}
    by_id = {(story.id, story.version): replace(story, processed_at=None) for story in results}
    assert all(by_id[story.id, story.version] == replace(story, processed_at=None) for story in results)
    assert newsroom.dead() == []


def test_without_its_folder_a_worker_recovers_what_was_decided_from_the_changelog(newsroom: Newsroom) -> None:
    newsroom.publish(raw(1))
    with newsroom.worker("first"):
        until(lambda: len(newsroom.results()) == 1)
        first = newsroom.results()[0]
    copied = raw(1, source="courier", family="c1", guid="c1")
    update = raw(
        1, headline="Quay 1 at Marlow is to close for longer", body="The work takes longer than said."
    )
    newsroom.publish(copied, update, raw(1))
    with newsroom.worker("elsewhere"):
        until(lambda: len(newsroom.versions()) == 3)
    after = {story.id: story for story in newsroom.results()}
    assert after[story_id("courier", "c1")].copy_of == first.id
    assert after[first.id].version == 2


def test_tables_of_a_changelog_that_is_gone_are_removed(newsroom: Newsroom) -> None:
    newsroom.publish(raw(1))
    with newsroom.worker() as process:
        until(lambda: len(newsroom.results()) == 1)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    admin = AdminClient(of_confluent(newsroom.kafka))
    for gone in admin.delete_topics([newsroom.topics.memory.name]).values():
        gone.result()
    until(lambda: newsroom.topics.memory.name not in admin.list_topics().topics)
    set_up(newsroom.kafka, newsroom.topics.all)
    newsroom.publish(raw(2))
    with newsroom.worker():
        until(lambda: any(story.family == "2" for story in newsroom.results()))


def test_a_copy_is_found_whichever_partitions_the_two_came_by(newsroom: Newsroom) -> None:
    originals = [raw(number) for number in range(30)]
    copies = [
        replace(story, source="courier", guid=f"c{story.family}", family=f"c{story.family}")
        for story in originals
    ]
    with newsroom.worker():
        newsroom.publish(*originals)
        until(lambda: len(newsroom.versions()) == 30)
        newsroom.publish(*copies)
        until(lambda: len(newsroom.versions()) == 60)
    found = {story.family: story.copy_of for story in newsroom.results() if story.source == "courier"}
    assert found == {f"c{story.family}": story_id(story.source, story.family) for story in originals}


def test_a_second_worker_takes_over_within_the_session_when_the_first_dies(newsroom: Newsroom) -> None:
    newsroom.publish(*(raw(number) for number in range(20)))
    with newsroom.worker("first") as first:
        until(lambda: len(newsroom.versions()) == 20)
        with newsroom.worker("second"):
            newsroom.publish(*(raw(number) for number in range(20, 40)))
            until(lambda: len(newsroom.versions()) == 40)
            first.send_signal(signal.SIGKILL)
            first.wait()
            newsroom.publish(*(raw(number) for number in range(60)))
            until(lambda: len({story.family for story in newsroom.results()}) == 60)
    assert {story.version for story in newsroom.results()} == {1}


def test_told_to_stop_a_worker_ends_in_order_and_the_next_repeats_nothing(newsroom: Newsroom) -> None:
    newsroom.publish(*(raw(number) for number in range(20)))
    with newsroom.worker() as process:
        until(lambda: len(newsroom.versions()) == 20)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    newsroom.publish(raw(99))
    with newsroom.worker():
        until(lambda: any(story.family == "99" for story in newsroom.results()))
    assert len(newsroom.results()) == 21


def test_tables_that_were_damaged_are_fetched_anew(newsroom: Newsroom) -> None:
    newsroom.publish(raw(1))
    with newsroom.worker():
        until(lambda: len(newsroom.results()) == 1)
    (manifest,) = (newsroom.folder / "one").rglob("*-0.db/MANIFEST-*")
    manifest.write_bytes(b"damaged")
    newsroom.publish(raw(1), raw(2))
    with newsroom.worker():
        until(lambda: {story.family for story in newsroom.results()} == {"1", "2"})
    assert {story.family: story.version for story in newsroom.results()} == {"1": 1, "2": 1}
    assert "fetched anew" in (newsroom.folder / "one.log").read_text()


def test_workers_come_and_go_under_load_and_every_story_comes_out_decided_once(newsroom: Newsroom) -> None:
    newsroom.publish(*(raw(number) for number in range(400)))
    with newsroom.worker("first") as first:
        until(lambda: len(newsroom.results()) >= 20)
        with newsroom.worker("second"):
            newsroom.publish(*(raw(number) for number in range(400, 600)))
            until(lambda: len(newsroom.results()) >= 450)
            first.send_signal(signal.SIGTERM)
            assert first.wait(PATIENCE) == 0
            until(lambda: len({story.family for story in newsroom.results()}) == 600)
    assert {story.version for story in newsroom.results()} == {1}
    assert newsroom.dead() == []


def test_while_a_group_forms_under_full_load_nothing_is_passed_over(newsroom: Newsroom) -> None:
    """What was fetched before the work is shared out anew is given up, and has to come again."""
    stories = [raw(number) for number in range(4_000)]
    group = newsroom.kafka.prefix + PROCESSORS
    with newsroom.worker(batch=200), newsroom.worker("two", batch=200):
        until(lambda: members(newsroom.kafka, [group])[group] == 2)
        newsroom.publish(*stories)
        until(lambda: len(newsroom.versions()) == len(stories))
    assert newsroom.dead() == []


def test_a_worker_that_was_stopped_for_longer_than_its_session_ends_itself(newsroom: Newsroom) -> None:
    newsroom.publish(raw(1))
    with newsroom.worker() as process:
        until(lambda: len(newsroom.results()) == 1)
        process.send_signal(signal.SIGSTOP)
        with newsroom.worker("second"):
            newsroom.publish(raw(2))
            until(lambda: {story.family for story in newsroom.results()} == {"1", "2"})
            process.send_signal(signal.SIGCONT)
            assert process.wait(PATIENCE) == 70
