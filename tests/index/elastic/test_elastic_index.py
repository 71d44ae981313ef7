"""What holds of the index in Elasticsearch beyond what every index promises: months, other writers, restarts, depth."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from pipeline.index import Query
from pipeline.index.elastic import ElasticIndex, reading
from pipeline.index.elastic.bulk import Bulk, Unavailable
from pipeline.index.elastic.connection import Unreachable, connect, explained
from pipeline.index.elastic.document import version_of
from pipeline.index.elastic.mapping import Names
from pipeline.index.elastic.plan import Planner, home_of
from pipeline.settings import Elastic
from pipeline.story import Entity, Link, Location, Mention, Story, Subject, replace

pytestmark = pytest.mark.servers

Cluster = tuple[Elasticsearch, Elastic]
NOON = datetime(2025, 3, 31, 12, tzinfo=UTC)


def dam(version: int = 1, name: str = "dam", **fields: Any) -> Story:
    """A story about a dam; its versions are a day apart, and the second is of another month."""
    at = NOON + timedelta(days=version - 1)
    values: dict[str, Any] = {
        "source": "valley-wire",
        "format": "rss",
        "change": "new" if version == 1 else "update",
        "headline": f"Dam in the upper valley cracks, version {version}",
        "body": ["Engineers found the crack at dawn.", "Four hundred people left their homes."],
        "published_at": at,
        "collected_at": at + timedelta(seconds=5),
        "processed_at": at + timedelta(seconds=6),
        "text_hash": f"{name} {version}",
        "cluster": name,
    }
    return Story(id=name, version=version, **(values | fields))


def kill(version: int, name: str = "dam", **fields: Any) -> Story:
    return dam(
        version, name, **({"change": "kill", "status": "canceled", "headline": "KILL", "body": []} | fields)
    )


def raw(cluster: Cluster) -> dict[str, dict[str, Any]]:
    """Every document of every index, by index and id."""
    client, elastic = cluster
    client.indices.refresh(index=f"{elastic.prefix}*")
    hits = client.search(index=f"{elastic.prefix}*", size=1_000)["hits"]["hits"]
    return {f"{hit['_index'].removeprefix(elastic.prefix)}/{hit['_id']}": hit["_source"] for hit in hits}


def another(cluster: Cluster, **more: Any) -> ElasticIndex:
    """Another writer, who knows nothing yet."""
    return ElasticIndex(*cluster, at_once=True, **more)


class TestMonths:
    def test_all_versions_are_in_the_month_of_the_first(
        self, cluster: Cluster, elastic_index: ElasticIndex
    ) -> None:
        elastic_index.put([dam()])
        another(cluster).put([dam(2)])
        another(cluster).put([kill(3)])
        assert set(raw(cluster)) == {
            "stories-2025.03/dam",
            "versions-2025.03/dam-1",
            "versions-2025.03/dam-2",
            "versions-2025.03/dam-3",
        }

    @pytest.mark.parametrize(
        ("published", "month"),
        [
            (NOON + timedelta(days=900), "2025.03"),
            (datetime(1, 1, 1, tzinfo=UTC), "1969.12"),
            (datetime(1987, 2, 26, tzinfo=UTC), "1987.02"),
            (None, "2025.03"),
        ],
    )
    def test_a_date_to_come_and_one_without_sense_make_no_indices(
        self, cluster: Cluster, elastic_index: ElasticIndex, published: datetime | None, month: str
    ) -> None:
        elastic_index.put([dam(published_at=published)])
        assert set(raw(cluster)) == {f"stories-{month}/dam", f"versions-{month}/dam-1"}

    def test_months_that_are_past_go_as_a_whole_and_others_by_story(
        self, cluster: Cluster, elastic_index: ElasticIndex
    ) -> None:
        old = NOON - timedelta(days=60)
        elastic_index.put(
            [dam(1, "old", published_at=old), dam(2, "old", published_at=old), dam(1, "a"), dam(3, "b")]
        )
        assert elastic_index.expire(NOON + timedelta(hours=1)) == 2
        assert set(raw(cluster)) == {"stories-2025.04/b", "versions-2025.04/b-3"}
        assert not cluster[0].indices.exists(index=f"{cluster[1].prefix}stories-2025.01")
        assert elastic_index.put([dam(1, "old", published_at=old)]) == ["indexed"]

    def test_months_past_their_keeping_are_removed(
        self, cluster: Cluster, elastic_index: ElasticIndex
    ) -> None:
        elastic_index.put([dam(1, "a"), dam(3, "b")])
        gone = elastic_index.retire(1, NOON + timedelta(days=35))
        assert gone == [f"{cluster[1].prefix}{kind}-2025.03" for kind in ("stories", "versions")]
        assert [story.id for story in elastic_index.every(Query())] == ["b"]


class TestOtherWriters:
    def test_everything_again_by_another_changes_nothing(
        self, cluster: Cluster, elastic_index: ElasticIndex
    ) -> None:
        stories = [
            dam(),
            dam(2),
            dam(3, late=True, published_at=NOON),
            dam(1, "b"),
            kill(2, "b"),
            dam(1, "c"),
        ]
        first = elastic_index.put(stories)
        before = raw(cluster)
        assert first == ["indexed", "indexed", "late", "indexed", "indexed", "indexed"]
        assert another(cluster).put(stories) == ["stale"] * 6
        assert elastic_index.put(stories) == ["stale"] * 6
        assert raw(cluster) == before

    def test_versions_of_one_batch_that_are_sent_at_once_are_all_new(
        self, cluster: Cluster, elastic_index: ElasticIndex
    ) -> None:
        """Requests so small that each document has its own, several under way at a time."""
        client, elastic = cluster
        index = ElasticIndex(client, replace(elastic, bulk_bytes=1), at_once=True)
        stories = [dam(version, f"d{n}") for n in range(4) for version in range(1, 7)]
        assert index.put(stories) == ["indexed"] * 24
        for n in range(4):
            kept = index.get(f"d{n}")
            assert kept is not None
            assert (kept.version, len(kept.history)) == (6, 6)
        assert index.put(stories) == another(cluster).put(stories) == ["stale"] * 24

    def test_a_month_whose_index_does_not_answer_yet_is_waited_for(self, cluster: Cluster) -> None:
        client, elastic = cluster
        nobody = "index.routing.allocation.require._name"
        name = f"{elastic.prefix}stories-2025.03"
        client.indices.create(index=name, settings={nobody: "nobody"}, wait_for_active_shards=0)
        waits: list[float] = []

        def sleep(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 2:
                client.indices.put_settings(index=name, settings={nobody: None})
                client.cluster.health(index=name, wait_for_status="yellow")

        try:
            assert list(ElasticIndex(client, elastic, sleep=sleep).every(Query())) == []
            assert len(waits) == 2
        finally:
            client.indices.delete(index=name)

    def test_one_that_lags_behind_undoes_nothing(self, cluster: Cluster, elastic_index: ElasticIndex) -> None:
        behind = another(cluster)
        behind.put([dam()])
        elastic_index.settle()
        elastic_index.put([dam(2), kill(3)])
        before = raw(cluster)
        behind.put([dam(2)])  # it believes that this is news
        assert raw(cluster) == before

    def test_entities_found_later_are_taken_and_not_undone(
        self, cluster: Cluster, elastic_index: ElasticIndex
    ) -> None:
        bare = dam(entities_note="not searched for entities: the model was away")
        whole = dam(entities=[Entity(name="Ada Holm", type="person", salience=1.0, mentions=[])])
        assert elastic_index.put([bare, whole, bare]) == ["indexed", "indexed", "stale"]
        assert another(cluster).put([bare, whole]) == ["stale", "stale"]
        assert elastic_index.search(Query(person=["Ada Holm"])).total == 1
        kept = elastic_index.version("dam", 1)
        assert kept is not None
        assert kept.entities == whole.entities

    def test_what_a_stopped_writer_left_half_done_is_mended_by_a_repeat(
        self, cluster: Cluster, elastic_index: ElasticIndex
    ) -> None:
        client, elastic = cluster
        planner = Planner(Names(elastic.prefix), lambda story: lambda: {"sequence": 1})
        half = [planner.plan(story, None, home_of(dam(), NOON)).actions[0] for story in (dam(), dam(2))]
        Bulk(client, 1_000_000, lambda seconds: None, lambda why: None, lambda: True, refresh=True).write(
            half
        )
        assert another(cluster).put([dam(), dam(2)]) == ["stale", "stale"]
        assert {"versions-2025.03/dam-1", "versions-2025.03/dam-2"} < set(raw(cluster))
        kept = elastic_index.version("dam", 1)
        assert kept == dam()

    def test_a_writer_that_gives_up_can_be_followed_by_itself(
        self, cluster: Cluster, elastic_index: ElasticIndex
    ) -> None:
        client, elastic = cluster
        elastic_index.put([dam(1, "other")])
        block = f"{elastic.prefix}versions-2025.03"
        client.indices.put_settings(index=block, settings={"index.blocks.write": True})
        writer = another(cluster, go_on=lambda: False)
        late = dam(2, late=True, published_at=NOON - timedelta(days=1))
        with pytest.raises(Unavailable, match="cluster_block"):
            writer.put([late, dam(3)])
        client.indices.put_settings(index=block, settings={"index.blocks.write": None})
        writer.settle()
        writer.put([late, dam(3)])
        kept = writer.get("dam")
        assert kept is not None
        assert [line.version for line in kept.history] == [2, 3]


class TestKills:
    def test_no_word_of_a_killed_story_is_in_any_document(
        self, cluster: Cluster, elastic_index: ElasticIndex
    ) -> None:
        place = Link(
            scheme="geonames", id="17", name="Quagville", country="XQ", location=Location(lat=1.0, lon=2.0)
        )
        mention = Mention(field="body", paragraph=0, start=0, end=4, text="quag")
        marked: dict[str, Any] = {
            "headline": "quag headline", "summary": "quag summary", "body": ["quag body"], "slugline": "quag",
            "byline": ["Quag Writer"], "keywords": ["quag"], "subjects": [Subject(code="quag", name="quag")],
            "url": "https://valley.example/quag", "guid": "quag", "family": "quag", "document": "in/quag.xml",
            "text_hash": "quag", "staff": "quag",
            "entities": [Entity(name="Quagville", type="place", salience=1.0, mentions=[mention], link=place)],
        }  # fmt: skip
        elastic_index.put([dam(version, **marked) for version in (1, 2)])
        elastic_index.put([dam(3, late=True, **{**marked, "published_at": NOON})])
        held = dam(4, status="withheld", embargoed_until=NOON + timedelta(days=20), **marked)
        another(cluster).put([held])
        another(cluster).put([kill(5, **{name: value for name, value in marked.items() if name != "body"})])
        another(cluster).put([dam(6, late=True, **{**marked, "published_at": NOON})])
        documents = raw(cluster)
        assert len(documents) == 7
        for where, source in documents.items():
            text = json.dumps(source).lower()
            assert "quag" not in text, where
            assert "quag" not in version_of(source).headline if "record" in source else True
        versions = [version_of(source) for where, source in documents.items() if "record" in source]
        assert all("quag" not in repr(story).lower() for story in versions)
        assert elastic_index.release(NOON + timedelta(days=30)) == []
        client, elastic = cluster
        found = client.search(
            index=f"{elastic.prefix}*", query={"multi_match": {"query": "quag", "lenient": True}}
        )
        assert found["hits"]["total"]["value"] == 0

    def test_what_was_deleted_is_rewritten_away_even_by_another_writer(
        self, cluster: Cluster, elastic_index: ElasticIndex
    ) -> None:
        elastic_index.put([dam(1, f"d{n}") for n in range(50)])
        assert not another(cluster).scrub()
        elastic_index.put([kill(2, "d7")])
        for writer in (elastic_index, another(cluster)):
            assert writer.scrub()
            assert writer.scrub()  # at the first, the server may still keep what was deleted
            assert not writer.scrub()

    def test_a_kill_leaves_no_version_out_however_many_there_are(
        self, cluster: Cluster, elastic_index: ElasticIndex
    ) -> None:
        elastic_index.put([dam(n, published_at=NOON + timedelta(minutes=n)) for n in range(1, 231)])
        another(cluster).put([kill(231, published_at=NOON + timedelta(days=1))])
        kept = elastic_index.get("dam")
        assert kept is not None
        assert len(kept.history) == 231
        assert not any(line.headline or line.text_hash for line in kept.history)


class TestTime:
    def test_an_embargo_ends_after_a_restart_and_only_once(
        self, cluster: Cluster, elastic_index: ElasticIndex
    ) -> None:
        end = NOON + timedelta(hours=6)
        elastic_index.put([dam(), dam(2, status="withheld", embargoed_until=end, processed_at=NOON)])
        fresh = another(cluster)
        assert fresh.release(end - timedelta(seconds=1)) == []
        assert fresh.release(end) == ["dam"]
        assert another(cluster).release(end) == []
        assert (
            elastic_index.put([dam(), dam(2, status="withheld", embargoed_until=end, processed_at=NOON)])
            == ["stale"] * 2
        )
        kept = elastic_index.get("dam")
        assert kept is not None
        assert (kept.version, kept.status) == (2, "usable")

    def test_the_tail_keeps_back_what_others_may_still_precede(
        self, cluster: Cluster, elastic_index: ElasticIndex
    ) -> None:
        client, elastic = cluster
        moment = [datetime.now(UTC)]
        index = ElasticIndex(client, elastic, now=lambda: moment[0])
        index.put([dam()])
        client.indices.refresh(index=f"{elastic.prefix}*")
        assert index.search(Query()).total == 1
        assert index.tail(0) == index.tail(None) == []
        assert index.counts().sequence == 0
        moment[0] += timedelta(seconds=elastic.refresh_seconds + 1.1)
        ((sequence, story),) = index.tail(0)
        assert story.id == "dam"
        assert index.counts().sequence == sequence

    def test_what_is_written_can_be_searched_soon(
        self, cluster: Cluster, elastic_index: ElasticIndex
    ) -> None:
        index = ElasticIndex(*cluster)
        index.put([dam()])
        end = time.monotonic() + 30
        while not index.search(Query()).total:
            assert time.monotonic() < end
        (source,) = (source for where, source in raw(cluster).items() if where.startswith("stories"))
        assert source["latency_seconds"] > source["pipeline_seconds"] > 0
        assert datetime.fromisoformat(source["indexed_at"]) > NOON


class TestReading:
    @pytest.fixture
    def shallow(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """As if there were many stories: one answer holds few."""
        monkeypatch.setattr(reading, "DEEPEST", 20)
        monkeypatch.setattr(reading, "PAGE", 7)

    @pytest.mark.usefixtures("shallow")
    def test_any_depth_can_be_reached(self, elastic_index: ElasticIndex) -> None:
        elastic_index.put(
            [dam(1, f"d{n:02}", published_at=NOON + timedelta(minutes=n % 5)) for n in range(40)]
        )
        assert len({story.id for story in elastic_index.every(Query())}) == 40
        for query in (Query(), Query(text="dam OR crack*"), Query(order="newest")):
            pages = [elastic_index.search(replace(query, offset=n, limit=6)).hits for n in range(0, 48, 6)]
            ids = [hit.story.id for page in pages for hit in page]
            assert len(ids) == len(set(ids)) == 40
            whole = elastic_index.search(replace(query, limit=100))
            assert [hit.story.id for hit in whole.hits] == ids
            assert whole.total == 40

    def test_no_text_is_too_much(self, elastic_index: ElasticIndex) -> None:
        words = [f"{a}{b}" for a in "abcdefghijklmnop" for b in "abcdefghijklmnop"]
        elastic_index.put(
            [
                dam(1, f"d{n}", body=[" ".join(f"{word}{n}{k}" for word in words for k in range(9))])
                for n in range(3)
            ]
        )
        for text in (
            " ".join(f"{letter}*" for letter in "abcdefghijklmnop" * 3),
            " OR ".join(f'"aa00 {letter}"*' for letter in "abcdefghijklmnop" * 3),
            '"' + " ".join(words) + '"',
            "x" * 100_000,
            "\x00\ud800 \\ / [ ] { } ~ ^ ? a:b:c",
        ):
            elastic_index.search(Query(text=text))
            elastic_index.search(Query(entity=[text], source=[text], language=[text], person=[text]))
            elastic_index.facets(Query(text=text))
            elastic_index.get(text)

    def test_fields_of_any_length_and_number_are_taken(self, elastic_index: ElasticIndex) -> None:
        long = "word " * 20_000
        story = dam(
            headline=long, summary=long, byline=[long], byline_title=long, slugline=long, url="https://e.example/" + "u" * 40_000,
            guid=long, keywords=[long], rights=long, staff=long, language="x" * 40_000, urgency=4_000, genre=long, credit=long,
            body=[long * 3], subjects=[Subject(code=long, name=long)], entities_note=long, assumed=[long], document=long,
        )  # fmt: skip
        assert elastic_index.put([story]) == ["indexed"]
        (hit,) = elastic_index.search(Query(text="word")).hits
        assert hit.story == story

    def test_a_record_of_an_earlier_schema_is_read(
        self, cluster: Cluster, elastic_index: ElasticIndex
    ) -> None:
        client, elastic = cluster
        bare = {
            "id": "old",
            "version": 1,
            "source": "s",
            "format": "rss",
            "shown": True,
            "killed": False,
            "sequence": 5,
        }
        client.index(index=f"{elastic.prefix}stories-2025.03", id="old", document=bare, refresh=True)
        kept = elastic_index.get("old")
        assert kept is not None
        assert (kept.source, kept.body, [line.version for line in kept.history]) == ("s", [], [1])


def test_a_server_that_is_not_there_is_named() -> None:
    settings = Elastic(url="http://127.0.0.1:9")
    with pytest.raises(Unreachable, match=r"127.0.0.1:9 does not answer"), explained(settings):
        connect(settings).count(index="a")
    with pytest.raises(Unreachable, match="no Elasticsearch is set"):
        connect(Elastic())
    with pytest.raises(Unreachable, match=r"elastic.ca: no such file: /nowhere/ca.pem"):
        connect(Elastic(url="https://127.0.0.1:9", ca="/nowhere/ca.pem"))
