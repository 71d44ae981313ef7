"""The contract of the two drivers: the same documents in, the same stories out, whether on one machine or through the servers."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.index import Counts, Query, StoryIndex
from pipeline.index.elastic import ElasticIndex, connect
from pipeline.index.sqlite import SqliteIndex
from pipeline.settings import Elastic, Kafka, Settings
from pipeline.store import open_reader
from pipeline.story import Record, Story, encode, replace

if TYPE_CHECKING:
    from conftest import Services

pytestmark = pytest.mark.servers

SEEDS = Path(__file__).parents[2] / "seeds"


class Outcome(Record, frozen=True, kw_only=True):
    """All that a driver made of some documents, but for the times at which it did."""

    stories: dict[str, Story]
    """With their histories, also withheld ones."""
    versions: dict[str, list[Story]]
    copies: dict[str, list[str]]
    counts: Counts
    dead: list[dict[str, Any]]


def timeless(story: Story) -> Story:
    return replace(story, processed_at=None)


def outcome(index: StoryIndex, dead: list[str]) -> Outcome:
    """What is in an index, and in the dead letters as `wire dead list --json` tells them."""
    ids = [one.id for one in index.every(Query(status=["usable", "withheld", "canceled"]))]
    whole = {id: index.get(id, include_withheld=True) for id in ids}
    counts = index.counts()
    letters = [
        {k: v for k, v in json.loads(line).items() if k not in ("first_at", "last_at")} for line in dead
    ]
    return Outcome(
        stories={id: timeless(story) for id, story in whole.items() if story is not None},
        versions={
            id: [
                timeless(found)
                for line in story.history
                if (found := index.version(id, line.version, include_withheld=True)) is not None
            ]
            for id, story in whole.items()
            if story is not None
        },
        copies={id: [copy.id for copy in index.copies(id)] for id in ids},
        counts=replace(
            counts, sequence=0, sources=[replace(one, last_indexed_at=None) for one in counts.sources]
        ),
        dead=sorted(letters, key=lambda letter: letter["id"]),
    )


class Drivers:
    """Both drivers, each with what it is given all to itself."""

    def __init__(self, services_on: Callable[[Settings], Services], kafka: Kafka, elastic: Elastic) -> None:
        self._services_on = services_on
        self._kafka = kafka
        self._elastic = elastic

    def embedded(self, *paths: Path) -> Outcome:
        services = self._services_on(Settings())
        replayed = services.wire("replay", *map(str, paths), "--json")
        assert replayed.returncode in (0, 1), replayed.stderr  # 1: something was not readable
        dead = services.wire("dead", "list", "--json").stdout.splitlines()
        with closing(open_reader(services.folder / "var" / "wire.db")) as connection:
            return outcome(SqliteIndex(connection), dead)

    def distributed(self, *paths: Path, partitions: int, workers: int = 1) -> Outcome:
        kafka = replace(self._kafka, partitions=partitions)
        services = self._services_on(Settings(kafka=kafka, elastic=self._elastic))
        assert services.wire("setup").returncode == 0
        running = [services.start("process", "--port", "0") for _ in range(workers)]
        running.append(services.start("index", "--port", "0"))
        sent = services.wire("replay", *map(str, paths), "--to", "kafka", "--json")
        assert sent.returncode in (0, 1), sent.stderr
        expected = json.loads(sent.stdout)["stories"]
        services.until(lambda: through(services, expected), 240)
        dead = services.wire("dead", "list", "--json").stdout.splitlines()
        for process in running:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(180) for process in running] == [0] * len(running), services.log
        with closing(connect(self._elastic)) as client:
            client.indices.refresh(index=f"{self._elastic.prefix}*")
            return outcome(ElasticIndex(client, self._elastic), dead)


def through(services: Services, stories: int) -> bool:
    """Nothing waits for any service, and something has come through."""
    status = json.loads(services.wire("status", "--json").stdout)
    counts = status["counts"]
    waiting = [number for service in status["services"] for number in service["waiting"].values()]
    return bool(counts and counts["versions"] and not any(waiting)) or not stories


@pytest.fixture
def drivers(kafka: Kafka, elastic: Elastic, services_on: Callable[[Settings], Services]) -> Iterator[Drivers]:
    yield Drivers(services_on, kafka, elastic)
    with closing(connect(elastic)) as client:
        for name in client.indices.get(index=f"{elastic.prefix}*"):
            client.indices.delete(index=name)
        for name in ("stories", "versions", "dead", "feeds"):
            client.options(ignore_status=404).indices.delete_index_template(name=f"{elastic.prefix}{name}")


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """Documents that the seeds have none of: many versions, a kill between them, copies abroad, an embargo, poison."""
    folder = tmp_path / "papers"
    for number in range(12):
        base = {
            "uri": f"urn:quay:{number}",
            "type": "text",
            "language": "en",
            "headline": f"Council of Port {number} votes on the harbour wall",
            "body_text": f"The council of Port {number} in Norway voted on Monday on harbour wall {number}.\n\n"
            f"Mayor Ingrid Solberg said the {number + 3} million euros were well spent, Reuters reported.",
        }
        for version in range(1, 2 + number % 4):
            at = f"2025-05-{number + 1:02}T{7 + version:02}:{number:02}:00Z"
            item = {
                **base,
                "version": str(version),
                "versioncreated": at,
                "firstcreated": at,
                "pubstatus": "usable",
            }
            if version > 1:
                item["headline"] = f"{base['headline']}, {version} members against"
                item["body_text"] = f"{base['body_text']}\n\nThe vote was delayed {version} times."
            if number % 5 == 4 and version == 2 + number % 4 - 1:
                item["pubstatus"] = "canceled"
            write(folder / "quay-news" / f"{number:02}-{version}.json", item)
        if number % 3 == 0:
            copied = {**base, "uri": f"urn:echo:{number}", "version": "1", "pubstatus": "usable"}
            copied["versioncreated"] = f"2025-05-{number + 1:02}T20:00:00Z"
            write(folder / "echo" / f"{number:02}.json", copied)
    write(folder / "broken" / "cut.json", None)
    return folder


def write(path: Path, item: dict[str, Any] | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"uri": "cut' if item is None else json.dumps(item))
    stamp = 1_746_000_000
    os.utime(path, (stamp, stamp))


def same(one: Outcome, other: Outcome) -> None:
    """Compares piece by piece, so that a failure names the story."""
    assert sorted(one.stories) == sorted(other.stories)
    for id, story in one.stories.items():
        assert other.stories[id] == story
        assert other.versions[id] == one.versions[id]
    assert other.copies == one.copies
    assert other.counts == one.counts
    assert other.dead == one.dead


def test_every_seed_becomes_the_same_story_in_every_version(drivers: Drivers) -> None:
    embedded = drivers.embedded(SEEDS)
    assert len(embedded.stories) > 8
    assert any(story.entities for story in embedded.stories.values())
    same(embedded, drivers.distributed(SEEDS, partitions=1))


def test_versions_kills_copies_and_poison_become_the_same(drivers: Drivers, papers: Path) -> None:
    embedded = drivers.embedded(papers)
    assert embedded.counts.killed
    assert embedded.counts.copies
    assert embedded.dead
    assert max(len(versions) for versions in embedded.versions.values()) > 3
    same(embedded, drivers.distributed(papers, partitions=1))


def test_through_many_partitions_and_workers_what_does_not_hang_on_order_is_the_same(
    drivers: Drivers, papers: Path
) -> None:
    embedded = drivers.embedded(SEEDS, papers)
    distributed = drivers.distributed(SEEDS, papers, partitions=4, workers=2)
    assert sorted(distributed.stories) == sorted(embedded.stories)
    assert distributed.dead == embedded.dead
    for id, story in embedded.stories.items():
        if (
            story.relation == "exact" and story.copy_of
        ):  # the likeliest of near ones may be another one in another order
            assert distributed.stories[id].cluster == distributed.stories[story.copy_of].cluster
    for id, story in embedded.stories.items():
        assert unordered(distributed.stories[id]) == unordered(story)
        assert list(map(unordered, distributed.versions[id])) == list(map(unordered, embedded.versions[id]))


def unordered(story: Story) -> bytes:
    """A story without what hangs on which of two stories came first."""
    return encode(replace(story, copy_of=None, relation=None, similarity=None, cluster="", collected_at=None))
