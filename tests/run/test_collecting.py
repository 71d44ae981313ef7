"""Collectors on a real broker, polling a real server, and killed: every feed has one collector, and every story comes once."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pipeline.collect.feedlist import Feed
from pipeline.kafka.feeds import KafkaFeeds
from pipeline.kafka.letters import KafkaLetters
from pipeline.kafka.publish import BulkPublisher, SteadyPublisher
from pipeline.kafka.reading import whole
from pipeline.kafka.setup import set_up
from pipeline.kafka.topics import topics
from pipeline.settings import Kafka
from pipeline.story import RawStory, decode_raw, replace

pytestmark = pytest.mark.servers

PATIENCE = 180.0
"""Seconds until something that should happen is given up."""
SESSION = 6.0
"""Seconds: the least that brokers allow by default."""
AGENCIES = 12


class Ask(NamedTuple):
    """One request of a feed."""

    at: float
    feed: str
    collector: str
    status: int


class Newsstand:
    """A server of feeds: `put` a story, and see who asked what."""

    def __init__(self) -> None:
        self.asks: list[Ask] = []
        self._stories: dict[str, list[str]] = {}
        stand = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                feed = self.path.strip("/")
                body = stand._document(feed)
                tag = f'"{hashlib.md5(body).hexdigest()}"'
                status = 304 if self.headers.get("If-None-Match") == tag else 200
                agent = self.headers.get("User-Agent", "").partition("+")[2].rstrip(")")
                stand.asks.append(Ask(time.monotonic(), feed, agent, status))
                self.send_response(status)
                self.send_header("ETag", tag)
                self.send_header("Content-Type", "application/rss+xml")
                self.send_header("Content-Length", str(len(body) if status == 200 else 0))
                self.end_headers()
                if status == 200:
                    self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("0.0.0.0", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def put(self, feed: str, *stories: str) -> None:
        self._stories.setdefault(feed, []).extend(stories)

    def feed(self, number: int, **more: Any) -> Feed:
        """A feed, polled every second, at a host of its own."""
        name = f"agency{number}"
        fields = {"interval": 1, "allow_private": True, **more}
        return Feed(name=name, url=f"http://127.0.0.{number + 1}:{self.port}/{name}", **fields)

    def since(self, at: float, feed: str = "") -> list[Ask]:
        return [ask for ask in list(self.asks) if ask.at > at and feed in ("", ask.feed)]

    def collectors(self, at: float) -> dict[str, set[str]]:
        """Who asked for each feed since then."""
        asked: dict[str, set[str]] = {}
        for ask in self.since(at):
            asked.setdefault(ask.feed, set()).add(ask.collector)
        return asked

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _document(self, feed: str) -> bytes:
        items = "".join(
            f"<item><guid>{feed}/{story}</guid><title>{story} at the harbour</title><description>What {feed} knows of"
            f" {story}.</description><pubDate>Tue, 10 Mar 2026 10:00:00 GMT</pubDate></item>"
            for story in reversed(self._stories.get(feed, []))
        )
        return f'<rss version="2.0"><channel><title>{feed}</title>{items}</channel></rss>'.encode()


class Desk:
    """Topics of its own, and the collectors on them."""

    def __init__(self, kafka: Kafka, folder: Path) -> None:
        self.kafka = replace(kafka, session_seconds=SESSION)
        self.topics = topics(kafka)
        self.folder = folder
        self.book = KafkaFeeds(self.kafka, lambda: BulkPublisher(kafka), pytest.fail)

    def start(self, name: str, *options: str, **settings: str) -> subprocess.Popen[bytes]:
        """A collector that says that it is of this name."""
        environment = {
            **os.environ,
            "WIRE_KAFKA_BROKERS": self.kafka.brokers,
            "WIRE_KAFKA_PREFIX": self.kafka.prefix,
            "WIRE_KAFKA_SESSION_SECONDS": str(SESSION),
            "WIRE_COLLECT_CONTACT": name,
            "WIRE_FOLDERS_SETTLE_SECONDS": "0",
            "WIRE_FOLDERS_SCAN_SECONDS": "0.05",
            "WIRE_LOG_FORMAT": "json",
            **settings,
        }
        store = ["--store", str(self.folder / "notes.db")]
        command = [sys.executable, "-m", "pipeline.cli", *store, "collect", "--port", "0", *options]
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(command, env=environment, stderr=log, cwd=self.folder)

    @contextmanager
    def collector(self, name: str, *options: str) -> Iterator[subprocess.Popen[bytes]]:
        """A collector that runs within the block."""
        process = self.start(name, *options)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def said(self, name: str, event: str) -> list[dict[str, Any]]:
        """Log lines of a collector."""
        log = self.folder / f"{name}.log"
        lines = [json.loads(line) for line in log.read_bytes().splitlines() if line.startswith(b"{")]
        return [line for line in lines if line["event"] == event]

    def ask(self, name: str, path: str) -> tuple[int, str]:
        """What the collector's probe answers."""
        running = self.said(name, "running")
        if not running:
            return 0, ""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{running[-1]['port']}{path}", timeout=5) as got:
                return got.status, got.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def stories(self) -> list[RawStory]:
        return [decode_raw(entry.value) for entry in whole(self.kafka, self.topics.raw.name) if entry.value]

    def published(self) -> Counter[str]:
        """How often each story is on the topic."""
        return Counter(story.guid for story in self.stories())

    def distinct(self) -> int:
        """Stories that the de-duplicate stage would keep: those alike but for when they were collected are one."""
        return len({repr(replace(story, collected_at=None)) for story in self.stories()})


@pytest.fixture
def stand() -> Iterator[Newsstand]:
    with closing(Newsstand()) as stand:
        yield stand


@pytest.fixture
def desk(kafka: Kafka, tmp_path: Path) -> Desk:
    set_up(kafka, topics(kafka).all)
    return Desk(kafka, tmp_path)


@pytest.fixture
def agencies(desk: Desk, stand: Newsstand) -> list[str]:
    """Feeds on the list, each with a story."""
    feeds = [stand.feed(number) for number in range(AGENCIES)]
    for feed in feeds:
        stand.put(feed.name, "ferry")
    desk.book.add(feeds)
    return [feed.name for feed in feeds]


@pytest.fixture
def own_broker(docker: str, free_ports: Callable[[int], list[int]]) -> Iterator[tuple[Any, str]]:
    """A broker that may be stopped: the container's engine, and its address."""
    from testcontainers.core.container import DockerContainer

    broker, controller = free_ports(2)
    container = (
        DockerContainer("apache/kafka:4.3.1")
        .with_kwargs(network_mode="host")
        .with_env("KAFKA_LISTENERS", f"PLAINTEXT://:{broker},CONTROLLER://:{controller}")
        .with_env("KAFKA_CONTROLLER_QUORUM_VOTERS", f"1@localhost:{controller}")
        .with_env("KAFKA_ADVERTISED_LISTENERS", f"PLAINTEXT://localhost:{broker}")
        .with_env("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
        .with_env("KAFKA_HEAP_OPTS", "-Xms256m -Xmx256m")
    )
    with container:
        yield container.get_wrapped_container(), f"localhost:{broker}"


def until(what: Callable[[], bool], why: str = "it did not happen in time") -> None:
    """Returns once it holds; fails when it does not in time."""
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, why
        time.sleep(0.1)


def shared(stand: Newsstand, agencies: list[str], *collectors: str) -> bool:
    """In the last moments every feed was polled, each by one of these, and each of these polled some."""
    asked = stand.collectors(time.monotonic() - 2.5)
    everyone = set().union(*asked.values()) if asked else set()
    return (
        asked.keys() == set(agencies)
        and all(len(who) == 1 for who in asked.values())
        and everyone == set(collectors)
    )


def test_collectors_share_the_feeds_and_what_one_had_the_others_take_over(
    desk: Desk, stand: Newsstand, agencies: list[str]
) -> None:
    with desk.collector("one") as one, desk.collector("two") as two:
        until(lambda: shared(stand, agencies, "one", "two"))
        until(lambda: desk.published() == dict.fromkeys((f"{name}/ferry" for name in agencies), 1))
        assert desk.ask("one", "/ready")[0] == 200

        began = time.monotonic()
        two.kill()
        for name in agencies:
            stand.put(name, "bridge")
        until(lambda: shared(stand, agencies, "one"))
        taken = [min(ask.at for ask in stand.since(began + 1, name)) - began for name in agencies]
        assert max(taken) < SESSION + 9
        until(lambda: len(desk.published()) == 2 * AGENCIES)
        # Who took over has the validators, and knows what the feeds held: nothing comes again but what was on its way.
        until(lambda: {ask.status for ask in stand.since(time.monotonic() - 1.5)} == {304})
        assert desk.distinct() == 2 * AGENCIES

        one.send_signal(signal.SIGTERM)
        assert one.wait(PATIENCE) == 0


def test_a_collector_that_is_stopped_leaves_at_once_and_loses_nothing(
    desk: Desk, stand: Newsstand, agencies: list[str]
) -> None:
    with desk.collector("one") as one, desk.collector("two"):
        until(lambda: shared(stand, agencies, "one", "two"))
        began = time.monotonic()
        one.send_signal(signal.SIGTERM)
        assert one.wait(PATIENCE) == 0
        until(lambda: shared(stand, agencies, "two"))
        last = max(ask.at for ask in stand.since(began - 9) if ask.collector == "one")
        taken = [min(ask.at for ask in stand.since(last, name)) - last for name in agencies]
        assert max(taken) < SESSION, "it waited for the session to end"
    assert set(desk.published().values()) == {1}


def test_after_a_restart_feeds_are_asked_with_what_was_known(
    desk: Desk, stand: Newsstand, agencies: list[str]
) -> None:
    with desk.collector("one") as one:
        until(lambda: len(desk.published()) == AGENCIES)
        one.send_signal(signal.SIGTERM)
        assert one.wait(PATIENCE) == 0
    began = time.monotonic()
    stand.put(agencies[0], "bridge")
    with desk.collector("two"):
        until(lambda: stand.collectors(began).keys() == set(agencies))
        until(lambda: f"{agencies[0]}/bridge" in desk.published())
        first = {ask.feed: ask.status for ask in reversed(stand.since(began))}
    assert first == {name: 200 if name == agencies[0] else 304 for name in agencies}
    assert set(desk.published().values()) == {1}


def test_a_collector_that_was_cut_off_does_not_poll_what_others_have_taken_over(
    desk: Desk, stand: Newsstand, agencies: list[str]
) -> None:
    with desk.collector("one") as one, desk.collector("two"):
        until(lambda: shared(stand, agencies, "one", "two"))
        one.send_signal(signal.SIGSTOP)
        until(lambda: shared(stand, agencies, "two"))
        began = time.monotonic()
        one.send_signal(signal.SIGCONT)
        until(lambda: shared(stand, agencies, "one", "two") and time.monotonic() > began + 3)
        # At most the polls that were under way when it was cut off are doubled.
        assert desk.distinct() == AGENCIES


def test_feeds_come_on_the_list_and_go_while_collectors_run(desk: Desk, stand: Newsstand) -> None:
    first, second = stand.feed(1), stand.feed(2)
    stand.put(first.name, "ferry")
    stand.put(second.name, "bridge")
    with desk.collector("one"):
        until(lambda: bool(desk.said("one", "in the group of collectors")))
        desk.book.add([first, second])
        until(lambda: len(desk.published()) == 2)
        until(lambda: set(desk.book.states()) == {first.name, second.name})
        desk.book.remove([first.name])
        desk.book.replace([replace(second, enabled=False)])
        until(lambda: not stand.collectors(time.monotonic() - 2))
        desk.book.add([first])
        until(lambda: bool(stand.since(time.monotonic() - 1, first.name)))
    assert set(desk.published().values()) == {1}, "a feed that comes back does not publish all over again"


def test_killed_at_any_moment_while_feeds_change_nothing_is_missed(
    desk: Desk, stand: Newsstand, agencies: list[str]
) -> None:
    wanted = {f"{name}/ferry" for name in agencies}
    for life, moment in enumerate((0.0, 0.05, 0.3, 1.1)):
        with desk.collector(f"life{life}"):
            until(lambda: bool(stand.since(time.monotonic() - 0.5)))
            for name in agencies:
                stand.put(name, f"story{life}")
                wanted.add(f"{name}/story{life}")
            time.sleep(moment)  # where in its work it is killed
    with desk.collector("last"):
        until(lambda: desk.published().keys() == wanted)
    assert desk.distinct() == len(wanted)


def test_files_of_a_folder_are_all_published_wherever_the_collector_is_killed(desk: Desk) -> None:
    folder = desk.folder / "in"
    (folder / "bay").mkdir(parents=True)
    names = [f"{number:03}.txt" for number in range(60)]
    for name in names:
        (folder / "bay" / name).write_text(
            f"QUAY {name} SHUT\n\nThe quay of {name} is shut until spring.\n", "utf-8"
        )
    (folder / "bay" / "none.txt").write_bytes(b"\x00\x01\x02")
    lives = 0
    while any(folder.glob("bay/*.txt")):
        lives += 1
        before = len(list(folder.glob("bay/*.txt")))
        with desk.collector("one", "--folder", str(folder)) as one:
            until(lambda before=before: len(list(folder.glob("bay/*.txt"))) < before)  # type: ignore[misc]
            if lives == 4:
                until(lambda: not any(folder.glob("bay/*.txt")))
                one.send_signal(signal.SIGTERM)
                assert one.wait(PATIENCE) == 0
    found = Counter(story.document for story in desk.stories())
    assert found.keys() == {str(folder / "bay" / name) for name in names}
    assert desk.distinct() == len(names)
    assert sorted(path.name for path in (folder / "bay" / "done").iterdir()) == names
    with closing(KafkaLetters(desk.kafka, lambda: SteadyPublisher(desk.kafka))) as letters:
        [letter] = letters.list()
        assert (letter.stage, letter.source) == ("collect", "bay")
        assert letters.get(letter.id).payload == b"\x00\x01\x02"


def test_without_a_broker_a_collector_waits_and_says_so(kafka: Kafka, tmp_path: Path) -> None:
    desk = Desk(replace(kafka, brokers="localhost:9"), tmp_path)  # where nobody listens
    with desk.collector("one") as one:
        until(lambda: desk.ask("one", "/health")[0] == 200)
        assert desk.ask("one", "/ready") == (503, "no broker has answered yet\n")
        until(lambda: bool(desk.said("one", "waiting")))
        one.send_signal(signal.SIGTERM)
        assert one.wait(PATIENCE) == 0


def test_a_story_larger_than_a_topic_takes_is_a_dead_letter_and_the_others_are_published(
    kafka: Kafka, stand: Newsstand, tmp_path: Path
) -> None:
    set_up(replace(kafka, message_bytes=20_000), topics(replace(kafka, message_bytes=20_000)).all)
    desk = Desk(kafka, tmp_path)  # whose settings say that more fits
    feed = stand.feed(1)
    large = "".join(hashlib.sha256(str(n).encode()).hexdigest() for n in range(2_000))
    stand.put(feed.name, "ferry", large, "bridge")
    desk.book.add([feed])
    with desk.collector("one"):
        until(lambda: len(desk.published()) == 2)
        until(lambda: bool(desk.said("one", "dead letter")))
        metrics = desk.ask("one", "/metrics")[1]
    assert f'wire_published_stories_total{{source="{feed.name}"}} 2.0' in metrics
    assert 'wire_dead_letters_total{stage="collect"} 1.0' in metrics
    with closing(KafkaLetters(kafka, lambda: SteadyPublisher(kafka))) as letters:
        [letter] = letters.list()
        letter = letters.get(letter.id)
        assert decode_raw(letter.payload).guid.startswith(f"{feed.name}/{large[:100]}")
        assert "larger" in letter.error


def test_while_the_broker_is_away_nothing_is_taken_for_published_and_then_it_goes_on(
    own_broker: tuple[Any, str], stand: Newsstand, tmp_path: Path
) -> None:
    container, address = own_broker
    kafka = Kafka(brokers=address, prefix="t.", partitions=3)
    patience = 3 * PATIENCE  # a broker takes its time to start on a busy machine
    set_up(kafka, topics(kafka).all, patience)
    desk = Desk(kafka, tmp_path)
    feeds = [stand.feed(number) for number in range(4)]
    for feed in feeds:
        stand.put(feed.name, "ferry")
    desk.book.add(feeds)
    with desk.collector("one"):
        until(lambda: len(desk.published()) == 4)
        container.stop(timeout=20)
        for feed in feeds:
            stand.put(feed.name, "bridge")
        until(lambda: desk.ask("one", "/ready")[0] == 503)
        container.start()
        set_up(kafka, topics(kafka).all, patience)
        until(lambda: len(desk.published()) == 8)
        until(lambda: desk.ask("one", "/ready")[0] == 200)
        assert desk.distinct() == 8
        until(lambda: {ask.status for ask in stand.since(time.monotonic() - 1.5)} == {304})
