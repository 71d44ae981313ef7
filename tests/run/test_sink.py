"""The sink as a process on real servers: nothing is lost, doubled or committed too early, whatever happens to it."""

from __future__ import annotations

import json
import signal
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from pipeline.collect.feed_state import Remembered
from pipeline.dead_letters import dead_letter
from pipeline.index import Query
from pipeline.index.elastic import ElasticIndex, connect
from pipeline.kafka.feed_memory import FeedSnapshot
from pipeline.kafka.groups import members, waiting
from pipeline.kafka.letters import KafkaLetters
from pipeline.kafka.publish import BulkPublisher, Message
from pipeline.kafka.topics import SINK, topics
from pipeline.settings import Elastic, Kafka, Settings
from pipeline.story import Story, encode, replace, story_id

if TYPE_CHECKING:
    from conftest import Services

pytestmark = pytest.mark.servers

AT = datetime(2026, 3, 14, 8, tzinfo=UTC)


def story(number: int, version: int = 1, **more: object) -> Story:
    source = f"desk{number % 3}"
    made = Story(
        id=story_id(source, str(number)),
        version=version,
        source=source,
        family=str(number),
        format="text",
        change="new" if version == 1 else "update",
        headline=f"Quay {number} at Marlow is to close",
        body=[f"Divers found the wall of quay {number} leaning, {version} weeks ago."],
        text_hash=f"{number}-{version}",
        published_at=AT + timedelta(minutes=number, hours=version),
        collected_at=AT + timedelta(minutes=number, hours=version),
        cluster=story_id(source, str(number)),
    )
    return replace(made, **more)


def killed(number: int, version: int) -> Story:
    return story(number, version, change="kill", status="canceled", headline="", body=[], text_hash="")


class Newsroom:
    """Topics and indices of its own, and the sinks between them."""

    def __init__(self, services: Services, client: Any, publisher: BulkPublisher) -> None:
        self.services = services
        self.settings: Settings = services.settings
        self.topics = topics(self.settings.kafka)
        self.client = client
        self.index = ElasticIndex(client, self.settings.elastic)
        self.publisher = publisher
        found = services.wire("setup")
        assert found.returncode == 0, found.stderr

    def publish(self, *stories: Story) -> None:
        self.send(*((one.id, encode(one)) for one in stories))

    def send(self, *messages: tuple[str, bytes | None]) -> None:
        name = self.topics.enriched.name
        self.publisher.publish([Message(name, key, value) for key, value in messages])

    def sink(self, **environment: str) -> Any:
        return self.services.start("index", "--port", "0", **environment)

    def port(self) -> int:
        """Of the sink that was started last."""
        running = [line for line in self.services.log.splitlines() if '"running"' in line]
        return int(json.loads(running[-1])["port"]) if running else 0

    def ready(self) -> str:
        """What the sink that was started last says of itself."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port()}/ready", timeout=5) as answer:
                return str(answer.read().decode().strip())
        except urllib.error.HTTPError as error:
            return error.read().decode().strip()
        except OSError:
            return "no answer"

    def stories(self) -> dict[str, Story]:
        """What readers find."""
        self.client.indices.refresh(index=f"{self.settings.elastic.prefix}*")
        return {one.id: one for one in self.index.every(Query(status=["usable", "canceled"]))}

    def lag(self) -> int:
        kafka = self.settings.kafka
        return waiting(kafka, kafka.prefix + SINK, [self.topics.enriched.name])[self.topics.enriched.name]

    def sinks(self) -> int:
        group = self.settings.kafka.prefix + SINK
        return members(self.settings.kafka, [group])[group]

    def dead(self) -> list[Any]:
        with closing(KafkaLetters(self.settings.kafka, lambda: self.publisher)) as letters:
            return [letters.get(letter.id) for letter in letters.list()]

    def indexed(self, index: str) -> list[dict[str, Any]]:
        """The documents of one of the other indices."""
        name = f"{self.settings.elastic.prefix}{index}"
        self.client.indices.refresh(index=name)
        return [hit["_source"] for hit in self.client.search(index=name, size=1_000)["hits"]["hits"]]

    def until(self, what: Callable[[], object], seconds: float = 180.0) -> None:
        self.services.until(what, seconds)


@pytest.fixture
def newsroom(
    kafka: Kafka, elastic: Elastic, services_on: Callable[[Settings], Services]
) -> Iterator[Newsroom]:
    services = services_on(Settings(kafka=replace(kafka, session_seconds=6), elastic=elastic))
    with closing(connect(elastic)) as client, closing(BulkPublisher(kafka)) as publisher:
        yield Newsroom(services, client, publisher)
        client.options(ignore_status=404).indices.delete(
            index=[f"{elastic.prefix}{name}-0000.00" for name in ("stories", "versions", "dead", "feeds")],
        )
        for name in client.indices.get(index=f"{elastic.prefix}*"):
            client.indices.delete(index=name)
        for name in ("stories", "versions", "dead", "feeds"):
            client.options(ignore_status=404).indices.delete_index_template(name=f"{elastic.prefix}{name}")


class Wire:
    """A line to a server that can be cut and mended."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = parts.hostname or "", parts.port or 9200
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []
        self.port = 0
        self.mend()

    def mend(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port), reuse_port=True)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(self._target)
            except OSError:
                return
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_carry, args=(one, other), daemon=True).start()


def _carry(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65_536):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)


def test_stories_are_found_and_what_is_done_is_committed_when_it_is_told_to_stop(newsroom: Newsroom) -> None:
    newsroom.publish(*(story(number) for number in range(40)), story(3, 2))
    sink = newsroom.sink()
    newsroom.until(lambda: len(newsroom.stories()) == 40)
    newsroom.until(lambda: newsroom.ready() == "ready")
    sink.send_signal(signal.SIGTERM)
    assert sink.wait(30) == 0
    assert newsroom.lag() == 0
    assert newsroom.stories()[story(3).id].version == 2
    assert newsroom.dead() == []


def test_what_comes_again_or_too_late_changes_nothing(newsroom: Newsroom) -> None:
    newsroom.publish(story(1), story(1, 2), story(1, 3))
    newsroom.sink()
    newsroom.until(lambda: (found := newsroom.stories()) and found[story(1).id].version == 3)
    before = newsroom.stories()
    newsroom.publish(story(1), story(1, 3), story(1, 2), story(2))
    newsroom.until(lambda: len(newsroom.stories()) == 2)
    assert newsroom.stories()[story(1).id] == before[story(1).id]


def test_what_is_refused_or_unreadable_is_buried_whole_and_the_rest_goes_on(newsroom: Newsroom) -> None:
    refused = story(1, word_count=1 << 40)  # more than its field holds
    poison = [b"\xff\xfe", b"{}", b"not json"]
    newsroom.publish(story(0), refused)
    newsroom.send(*(("poison", value) for value in poison), ("tombstone", None))
    newsroom.publish(story(2))
    newsroom.sink()
    newsroom.until(lambda: len(newsroom.stories()) == 2 and len(newsroom.dead()) == 4)
    newsroom.until(lambda: newsroom.lag() == 0)
    letters = newsroom.dead()
    assert {letter.stage for letter in letters} == {"index"}
    assert sorted(letter.payload for letter in letters) == sorted([*poison, encode(refused)])
    (why,) = (letter for letter in letters if letter.story_id)
    assert why.story_id == refused.id
    assert "word_count" in why.error
    newsroom.until(lambda: len(newsroom.indexed("dead")) == 4)  # for dashboards, without the payload
    assert not any("payload" in document for document in newsroom.indexed("dead"))


def test_a_refused_story_is_taken_once_it_is_mended_and_sent_again(newsroom: Newsroom) -> None:
    newsroom.publish(story(1, word_count=1 << 40))
    newsroom.sink()
    newsroom.until(lambda: len(newsroom.indexed("dead")) == 1)
    (letter,) = newsroom.dead()
    newsroom.publish(story(1, word_count=9))
    assert newsroom.services.wire("dead", "remove", letter.id).returncode == 0
    newsroom.until(lambda: len(newsroom.stories()) == 1 and newsroom.indexed("dead") == [])


def test_a_record_of_a_later_schema_ends_the_sink_and_waits(newsroom: Newsroom) -> None:
    newsroom.send(("new", b'{"schema": 99}'))
    assert newsroom.sink().wait(180) == 1
    assert "upgrade" in newsroom.services.log
    assert newsroom.dead() == []
    assert newsroom.lag() == 1


def test_where_everything_is_refused_the_sink_ends_and_buries_nothing(newsroom: Newsroom) -> None:
    newsroom.publish(*(story(3 * number, word_count=1 << 40) for number in range(400)))
    assert newsroom.sink().wait(180) == 1
    assert "in a row failed" in newsroom.services.log
    assert newsroom.dead() == []
    assert newsroom.lag() == 400


def test_a_kill_takes_the_text_out_of_the_index_and_of_the_dead_letters(newsroom: Newsroom) -> None:
    casualty = story(1)
    letter = dead_letter(
        stage="enrich", source="desk1", error="too long", payload=encode(casualty), payload_kind="story", at=AT,
        story_id=casualty.id,
    )  # fmt: skip
    other = dead_letter(
        stage="enrich", source="desk2", error="too long", payload=b"{}", payload_kind="story", at=AT,
        story_id=story(2).id,
    )  # fmt: skip
    name = newsroom.topics.dead.name
    newsroom.publisher.publish([Message(name, one.id, encode(one)) for one in (letter, other)])
    newsroom.publish(casualty, killed(1, 2))
    newsroom.sink()
    newsroom.until(lambda: [one.id for one in newsroom.dead()] == [other.id])
    newsroom.until(lambda: len(newsroom.indexed("dead")) == 1)
    after = newsroom.index.get(casualty.id)
    assert after is not None
    assert (after.status, after.headline, after.body) == ("canceled", "", [])
    assert "Divers" not in json.dumps(newsroom.indexed("stories") + newsroom.indexed("versions"))
    # One that comes later still is taken away too.
    newsroom.publisher.publish([Message(name, letter.id, encode(letter))])
    newsroom.until(lambda: [one.id for one in newsroom.dead()] == [other.id])


def test_feeds_are_shown_as_they_stand(newsroom: Newsroom) -> None:
    def snapshot(failures: int) -> bytes:
        state = Remembered(
            name="harbour", url="https://u:secret@harbour.example/rss", title="Harbour", failures=failures
        )
        return encode(FeedSnapshot(source="harbour-post", state=state))

    name = newsroom.topics.feed_state.name
    newsroom.publisher.publish([Message(name, "harbour", snapshot(n)) for n in range(3)])
    newsroom.sink()
    newsroom.until(lambda: [one["failures"] for one in newsroom.indexed("feeds")] == [2])
    assert "secret" not in json.dumps(newsroom.indexed("feeds"))
    newsroom.publisher.publish([Message(name, "harbour", None)])
    newsroom.until(lambda: newsroom.indexed("feeds") == [])


def test_while_elasticsearch_is_away_the_sink_waits_in_its_group_and_says_so(newsroom: Newsroom) -> None:
    line = Wire(newsroom.settings.elastic.url)
    newsroom.publish(story(0))
    sink = newsroom.sink(WIRE_ELASTIC_URL=f"http://127.0.0.1:{line.port}")
    newsroom.until(lambda: len(newsroom.stories()) == 1)
    line.cut()
    newsroom.publish(*(story(number) for number in range(1, 60)))
    newsroom.until(lambda: "does not answer" in newsroom.ready())
    assert newsroom.sinks() == 1
    assert sink.poll() is None
    line.mend()
    newsroom.until(lambda: len(newsroom.stories()) == 60)
    newsroom.until(lambda: newsroom.ready() == "ready" and newsroom.lag() == 0)
    assert newsroom.dead() == []
    line.cut()
    newsroom.publish(story(99))
    newsroom.until(lambda: "does not answer" in newsroom.ready())
    sink.send_signal(signal.SIGTERM)  # and it does not wait for ever
    assert sink.wait(40) == 0
    assert newsroom.lag() == 1


def test_killed_at_any_moment_another_goes_on_and_nothing_is_missing(newsroom: Newsroom) -> None:
    everything = [story(number, version) for version in (1, 2) for number in range(300)]
    newsroom.publish(*everything[:300])
    for goal in (1, 150):
        sink = newsroom.sink()
        newsroom.until(lambda goal=goal: len(newsroom.stories()) >= goal)  # type: ignore[misc]
        sink.send_signal(signal.SIGKILL)
        newsroom.publish(*everything[300 if goal == 1 else 450 :][:150])
    newsroom.sink()
    newsroom.until(lambda: newsroom.lag() == 0)
    found = newsroom.stories()
    assert {one.family for one in found.values()} == {str(number) for number in range(300)}
    assert {one.version for one in found.values()} == {2}
    assert newsroom.dead() == []


def test_sinks_share_the_work_and_the_rest_take_over_when_one_leaves(newsroom: Newsroom) -> None:
    first, _ = newsroom.sink(), newsroom.sink()
    newsroom.until(lambda: newsroom.sinks() == 2)
    newsroom.publish(*(story(number) for number in range(100)))
    newsroom.until(lambda: len(newsroom.stories()) == 100)
    first.send_signal(signal.SIGTERM)
    newsroom.publish(*(story(number, 2) for number in range(100)))
    assert first.wait(30) == 0
    newsroom.until(lambda: {one.version for one in newsroom.stories().values()} == {2})
    newsroom.until(lambda: newsroom.lag() == 0)
    assert newsroom.dead() == []


def test_an_embargo_ends_at_its_time(newsroom: Newsroom) -> None:
    now = datetime.now(UTC)
    newsroom.publish(
        story(
            1,
            status="withheld",
            embargoed_until=now + timedelta(seconds=5),
            processed_at=now,
            published_at=now,
        )
    )
    newsroom.sink()
    newsroom.until(lambda: newsroom.lag() == 0)
    newsroom.until(lambda: len(newsroom.stories()) == 1)
    assert datetime.now(UTC) >= now + timedelta(seconds=5)
