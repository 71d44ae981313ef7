"""A newsroom under load, what may go wrong in it, and a ledger of all that went in."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.collect.files import document_from_file
from pipeline.collect.reading import understood
from pipeline.index import Query
from pipeline.index.elastic import ElasticIndex, Unreachable, connect
from pipeline.index.elastic.connection import explained
from pipeline.kafka.letters import KafkaLetters
from pipeline.kafka.publish import BulkPublisher, Message, NotPublished
from pipeline.kafka.reading import TopicUnreadable
from pipeline.kafka.topics import topics
from pipeline.settings import Elastic, Enrich, Kafka, Settings, Streams
from pipeline.story import RawStory, Story, encode, replace, story_id

if TYPE_CHECKING:
    from conftest import Services

VOICES = 12
"""Stories, versions and copies that are published together."""


@dataclass
class Entry:
    """What readers must find of a story in the end."""

    versions: int
    headline: str
    killed: bool = False


class Ledger:
    """Makes stories, and remembers what has to come of them. Every word of them is by chance, so that none is like another."""

    def __init__(self, seed: int) -> None:
        self.entries: dict[str, Entry] = {}
        self.poison: list[bytes] = []
        self.copies: dict[str, str] = {}
        """Of each copy, what it is one of."""
        self._chances = random.Random(seed)
        self._raws: dict[str, RawStory] = {}
        self._number = 0

    def draw(self) -> RawStory:
        """A new story, a version, a correction or a kill of an old one, or a copy: the next thing on the wire."""
        dice = self._chances.random()
        living = [id for id, entry in self.entries.items() if not entry.killed and id in self._raws]
        if living and dice < 0.25:
            return self._again(self._chances.choice(living[-50:]), kill=dice < 0.06)
        if living and dice < 0.32:
            return self._copied(self._chances.choice(living[-50:]))
        return self._new()

    def file(self) -> tuple[str, dict[str, Any]]:
        """A new story as a document for a folder, and its name."""
        raw = self._make(f"file-{self._number}")
        return f"{self._number}.json", {
            "uri": raw.guid,
            "type": "text",
            "version": "1",
            "versioncreated": datetime.now(UTC).isoformat(timespec="seconds"),
            "pubstatus": "usable",
            "language": "en",
            "headline": raw.headline,
            "body_text": raw.body,
        }

    def came(self, raw: RawStory) -> None:
        """It is certain that a new story went in by another way than `draw`."""
        self.entries[story_id(raw.source, raw.family)] = Entry(1, raw.headline)

    def spoil(self) -> bytes:
        """A message that is no story."""
        made = b'{"poison": ' + str(len(self.poison)).encode()
        self.poison.append(made)
        return made

    def _new(self) -> RawStory:
        raw = self._make(str(self._number))
        id = story_id(raw.source, raw.family)
        self.entries[id] = Entry(1, raw.headline)
        self._raws[id] = raw
        return raw

    def _again(self, id: str, kill: bool) -> RawStory:
        entry, before = self.entries[id], self._raws[id]
        entry.versions += 1
        words = self._words(60)
        change: dict[str, Any] = {"headline": self._words(8), "body": words, "change": "update"}
        if self._chances.random() < 0.3:
            change["change"] = "correction"
        if kill:
            change = {"headline": "", "body": "", "change": "kill", "status": "canceled"}
            entry.killed = True
        entry.headline = change["headline"]
        now = datetime.now(UTC)
        self._raws[id] = replace(
            before, **change, wire_version=str(entry.versions), published_at=now, collected_at=now
        )
        return self._raws[id]

    def _copied(self, id: str) -> RawStory:
        original = self._raws[id]
        self._number += 1
        now = datetime.now(UTC)
        raw = replace(
            original, source="echo", guid=f"echo-{self._number}", family=f"echo-{self._number}", change=None,
            wire_version="1", published_at=now, collected_at=now,
        )  # fmt: skip
        copied = story_id(raw.source, raw.family)
        self.entries[copied] = Entry(1, raw.headline)
        self.copies[copied] = id
        return raw

    def _make(self, family: str) -> RawStory:
        self._number += 1
        now = datetime.now(UTC)
        return RawStory(
            source=f"desk{self._number % 5}", guid=family, family=family, format="ninjs", headline=self._words(8),
            body=self._words(60), body_type="text", language="en", wire_version="1", version_counts=True,
            published_at=now, collected_at=now, first_published_at=now,
        )  # fmt: skip

    def _words(self, number: int) -> str:
        letters = "bcdfghklmnprstvw"
        made = [
            "".join(self._chances.choice(letters) + self._chances.choice("aeiou") for _ in range(4))
            for _ in range(number)
        ]
        return " ".join(made).capitalize() + "."


def has_text(version: Story | None) -> bool:
    """A version that says something, other than that it was killed."""
    return version is not None and bool(version.headline or version.body)


class Keeper:
    """Begins a service anew whenever it ended, as an orchestrator does."""

    def __init__(self, services: Services, *command: str) -> None:
        self._services = services
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = True
        self.begun = 0
        self.begin()

    def begin(self) -> None:
        self._process = self._services.start(*self._command, "--port", "0")
        self.begun += 1

    def look(self) -> None:
        if self._wanted and self._process is not None and self._process.poll() is not None:
            self.begin()

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)

    def end(self) -> int:
        """Tells it to stop; how it ended."""
        self._wanted = False
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(90)


class Town:
    """Servers of its own, services that are kept running, and a load that never stops."""

    def __init__(self, services: Services, kafka: Any, elastic: Any, rate: float, seed: int) -> None:
        self.services = services
        self.settings: Settings = services.settings
        self.topics = topics(self.settings.kafka)
        self.kafka, self.elastic = kafka, elastic
        self.ledger = Ledger(seed)
        self.folder = services.folder / "in"
        (self.folder / "paper").mkdir(parents=True)
        self._rate = rate
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._waiting: list[Message] = []
        self._threads: list[threading.Thread] = []
        self.recoveries: list[tuple[str, float]] = []
        self.keepers = {
            "collector": Keeper(services, "collect", "--folder", str(self.folder)),
            "worker": Keeper(services, "process"),
            "sink": Keeper(services, "index"),
        }

    # Load

    def begin(self) -> None:
        for work in (self._load, self._keep):
            self._threads.append(threading.Thread(target=work, daemon=True))
            self._threads[-1].start()

    def _keep(self) -> None:
        while not self._stop.wait(0.5):
            for keeper in list(self.keepers.values()):
                keeper.look()

    def _load(self) -> None:
        """Publishes what the ledger draws, again until it is acknowledged; every now and then a file for the collector."""
        with closing(BulkPublisher(self.settings.kafka)) as publisher:
            while not self._stop.wait(VOICES / self._rate):
                raws = [self.ledger.draw() for _ in range(VOICES)]
                messages = [
                    Message(self.topics.raw.name, story_id(raw.source, raw.family), encode(raw))
                    for raw in raws
                ]
                with self._lock:
                    self._waiting, extra = [], self._waiting
                self._publish(publisher, messages + extra)
                self._drop()

    def _publish(self, publisher: BulkPublisher, messages: list[Message]) -> None:
        while True:
            try:
                publisher.publish(messages)
                return
            except NotPublished:
                time.sleep(0.5)

    def _drop(self) -> None:
        """A document for the collector, whole from the moment it has its name."""
        name, document = self.ledger.file()
        path = self.folder / "paper" / name
        part = self.folder / f"{name}.part"
        part.write_text(json.dumps(document))
        raw = understood(document_from_file(part, "paper"), 10).stories[0]
        part.rename(path)
        self.ledger.came(raw)

    def spoil(self) -> None:
        """Poison among the next stories."""
        with self._lock:
            self._waiting.append(Message(self.topics.raw.name, "poison", self.ledger.spoil()))

    # What readers see

    def found(self, id: str) -> bool:
        """A story can be read."""
        try:
            with closing(connect(self.settings.elastic)) as client, explained(self.settings.elastic):
                return ElasticIndex(client, self.settings.elastic).get(id) is not None
        except Unreachable:
            return False

    def recovered(self, what: str, since: float, seconds: float) -> None:
        """Waits until a story that goes in now can be read, and takes down how long it was since the fault."""
        count = len(self.ledger.entries)
        self.services.until(lambda: len(self.ledger.entries) > count + VOICES, seconds)
        newest = [*self.ledger.entries][-1]
        self.services.until(lambda: self.found(newest), seconds)
        self.recoveries.append((what, round(time.monotonic() - since, 1)))

    def settled(self, seconds: float) -> None:
        """Ends the load and returns once everything has gone through."""
        self._stop.set()
        for thread in self._threads:
            thread.join(180)
            assert not thread.is_alive()
        end = time.monotonic() + seconds
        while (wrong := self.differences()) and time.monotonic() < end:
            for keeper in self.keepers.values():
                keeper.look()
            time.sleep(1.0)
        assert not wrong, "\n".join([f"{len(wrong)} differences", *wrong[:20], self.services.log[-5_000:]])

    def differences(self) -> list[str]:
        """How what readers and editors find differs from the ledger, a sentence each."""
        try:
            with closing(connect(self.settings.elastic)) as client, explained(self.settings.elastic):
                return [*self._of_index(client), *self._of_letters()]
        except (Unreachable, TopicUnreadable) as error:
            return [str(error)]

    def _of_index(self, client: Any) -> Iterator[str]:
        index = ElasticIndex(client, self.settings.elastic)
        client.indices.refresh(index=f"{self.settings.elastic.prefix}*")
        there = {one.id: one for one in index.every(Query(status=["usable", "withheld", "canceled"]))}
        number = client.count(index=f"{self.settings.elastic.prefix}stories")["count"]
        if number != len(self.ledger.entries):
            yield f"{number} documents for {len(self.ledger.entries)} stories"
        versions = index.counts().versions
        expected = sum(entry.versions for entry in self.ledger.entries.values())
        if versions != expected:
            yield f"{versions} versions for {expected}"
        for id in there.keys() - self.ledger.entries.keys():
            yield f"{id} came from nowhere: {there[id].headline}"
        for id, entry in self.ledger.entries.items():
            story = there.get(id)
            if story is None:
                yield f"{id} is missing"
            elif (story.version, story.status == "canceled") != (entry.versions, entry.killed):
                yield f"{id} is at version {story.version} ({story.status}) of {entry.versions}, killed {entry.killed}"
            elif story.headline.rstrip(".") != entry.headline.rstrip("."):
                yield f"{id} has the headline {story.headline!r}, not {entry.headline!r}"
            elif entry.killed and (story.body or story.summary or story.entities):
                yield f"{id} was killed and has text"
            elif entry.killed and any(has_text(index.version(id, n + 1)) for n in range(entry.versions)):
                yield f"{id} was killed, and a version of it has text"
        for id, original in self.ledger.copies.items():
            # Which of the two was decided on first depends on their partitions: with one text each they find one another.
            one, other = there.get(id), there.get(original)
            if one and other and self.ledger.entries[original].versions == 1 and one.cluster != other.cluster:
                yield f"{id} is a copy of {original}, and nobody saw it"

    def _of_letters(self) -> Iterator[str]:
        with closing(
            KafkaLetters(self.settings.kafka, lambda: BulkPublisher(self.settings.kafka))
        ) as letters:
            found = [letters.get(letter.id) for letter in letters.list()]
        if {letter.payload for letter in found} != set(self.ledger.poison):
            yield f"{len(found)} dead letters for {len(self.ledger.poison)} poisoned messages: " + str(
                [
                    (letter.stage, letter.error)
                    for letter in found
                    if letter.payload not in self.ledger.poison
                ][:5]
            )


@pytest.fixture
def town(
    request: pytest.FixtureRequest,
    services_on: Callable[[Settings], Services],
    docker: str,
    free_ports: Callable[[int], list[int]],
    tmp_path: Path,
) -> Iterator[Callable[..., Town]]:
    """Builds a town on servers that may be stopped: containers of its own, whatever servers the environment names."""
    made: list[Town] = []
    with own_servers(free_ports(4)) as (kafka, broker, elastic, url):

        def build(rate: float = 20.0, seed: int = 1, partitions: int = 3) -> Town:
            settings = Settings(
                kafka=Kafka(brokers=broker, prefix="chaos.", partitions=partitions, session_seconds=6),
                elastic=Elastic(url=url, prefix="chaos-", refresh_seconds=0.2),
                streams=Streams(stuck_seconds=90.0),
                enrich=Enrich(enabled=False),  # entities take time, and are not what these tests are about
            )
            services = services_on(settings)
            found = services.wire("setup", "--wait", "120")
            assert found.returncode == 0, found.stderr
            made.append(Town(services, kafka, elastic, rate, seed))
            return made[-1]

        yield build
        for one in made:
            one._stop.set()
            one.services.close()


@contextmanager
def own_servers(ports: Sequence[int]) -> Iterator[tuple[Any, str, Any, str]]:
    """A broker and an Elasticsearch as containers, with their addresses."""
    from testcontainers.core.container import DockerContainer

    broker, controller, http, transport = ports
    kafka = (
        DockerContainer("apache/kafka:4.3.1")
        .with_kwargs(network_mode="host")
        .with_env("KAFKA_LISTENERS", f"PLAINTEXT://:{broker},CONTROLLER://:{controller}")
        .with_env("KAFKA_CONTROLLER_QUORUM_VOTERS", f"1@localhost:{controller}")
        .with_env("KAFKA_NODE_ID", "1")
        .with_env("KAFKA_PROCESS_ROLES", "broker,controller")
        .with_env("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER")
        .with_env("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT")
        .with_env("KAFKA_ADVERTISED_LISTENERS", f"PLAINTEXT://localhost:{broker}")
        .with_env("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1")
        .with_env("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1")
        .with_env("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1")
        .with_env("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0")
        .with_env("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
        .with_env("KAFKA_HEAP_OPTS", "-Xms384m -Xmx384m")
    )
    elastic = (
        DockerContainer("elasticsearch:9.2.0")
        .with_kwargs(network_mode="host")
        .with_env("discovery.type", "single-node")
        .with_env("xpack.security.enabled", "false")
        .with_env("http.port", str(http))
        .with_env("transport.port", str(transport))
        .with_env("ES_JAVA_OPTS", "-Xms512m -Xmx512m")
    )
    started: list[Any] = []
    try:
        for container in (kafka, elastic):
            container.start()
            started.append(container)
        yield kafka, f"localhost:{broker}", elastic, f"http://localhost:{http}"
    finally:
        for container in started:
            with suppress(Exception):
                container.stop()
