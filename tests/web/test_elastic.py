"""The reading API over Elasticsearch: it answers as it does over a store on one machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from elasticsearch import Elasticsearch
from fastapi.testclient import TestClient

from pipeline.dead_letters import DeadLetters
from pipeline.index.elastic import ElasticIndex, connect, set_up
from pipeline.settings import Elastic, Settings
from pipeline.store import transaction
from pipeline.story import Story, replace, story_id
from pipeline.web.app import create_app
from pipeline.web.elastic import ElasticModel
from pipeline.web.embedded import EmbeddedModel
from pipeline.web.reading import ReadModel

if TYPE_CHECKING:
    from conftest import Newsroom

pytestmark = pytest.mark.servers

NOW = datetime(2026, 3, 14, 18, tzinfo=UTC)
FERRY = story_id("northern-wire", "ferry")
KILLED = story_id("meridian", "rates")
ADDRESSES = (
    "/api/search",
    "/api/search?q=passengers",
    "/api/search?q=ferry*&order=newest&copies=fold",
    "/api/search?q=%22mooring+line%22+-lisbon",
    "/api/search?person=Ana+Lindqvist&limit=2&offset=1",
    "/api/search?place=NO&copies=hide&brief=true",
    "/api/search?q=no+such+words",
    "/api/facets?limit=5",
    "/api/entities?type=place",
    "/api/timeline?bucket=hour",
    f"/api/stories/{FERRY}",
    f"/api/stories/{FERRY[:8]}",
    f"/api/stories/{FERRY}/versions/2",
    f"/api/stories/{FERRY}/copies",
    f"/api/stories/{FERRY}/changes/3",
    f"/api/stories/{KILLED}",
    f"/api/stories/{KILLED}/versions/1",
    "/api/stories/00000000000000000000",
    "/api/feeds",
    "/ready",
)
# Of the moment, or of how an index scores.
OWN = {"sequence", "score", "last_indexed_at"}


@pytest.fixture
def client(elastic: Elastic) -> Iterator[Elasticsearch]:
    with closing(connect(elastic)) as client:
        set_up(client, elastic)
        yield client
        for name in client.indices.get(index=f"{elastic.prefix}*"):
            client.indices.delete(index=name)
        for name in ("stories", "versions", "dead", "feeds"):
            client.indices.delete_index_template(name=f"{elastic.prefix}{name}")


@pytest.fixture
def settings(newsroom: Newsroom, elastic: Elastic) -> Settings:
    of_store: Settings = newsroom.settings
    return replace(of_store, elastic=elastic)


def bare(answer: Any) -> Any:
    """An answer without what is a driver's own."""
    if isinstance(answer, dict):
        return {name: bare(value) for name, value in answer.items() if name not in OWN}
    return [bare(one) for one in answer] if isinstance(answer, list) else answer


def over(model: type[EmbeddedModel] | type[ElasticModel], settings: Settings) -> TestClient:
    def open_model() -> ReadModel:
        return model(settings)

    return TestClient(create_app(open_model, settings, lambda: NOW), raise_server_exceptions=False)


def test_every_address_answers_as_over_a_store(
    newsroom: Newsroom, client: Elasticsearch, settings: Settings, stories: list[Story]
) -> None:
    ElasticIndex(client, settings.elastic, at_once=True).put(stories)
    with transaction(newsroom.connection):
        DeadLetters(newsroom.connection).put(
            stage="collect", source="broken", error="cut off", payload=b"<", payload_kind="document", at=NOW
        )
    client.index(
        index=f"{settings.elastic.prefix}dead",
        document={"stage": "collect", "source": "broken", "error": "cut off", "size": 1, "times": 1},
        refresh=True,
    )
    with over(EmbeddedModel, settings) as store, over(ElasticModel, settings) as elastic:
        for address in ADDRESSES:
            expected, answer = store.get(address), elastic.get(address)
            assert answer.status_code == expected.status_code, (address, answer.text)
            assert bare(answer.json()) == bare(expected.json()), address


def test_feeds_are_told_by_their_source(client: Elasticsearch, settings: Settings) -> None:
    feed = {
        "name": "harbour", "url": "https://harbour.example/rss", "source": "harbour-post", "enabled": True,
        "checked_at": "2026-03-14T17:59:00Z", "failures": 2, "trouble": "404 Not Found",
    }  # fmt: skip
    client.index(index=f"{settings.elastic.prefix}feeds", id="harbour", document=feed, refresh=True)
    with over(ElasticModel, settings) as api:
        (source,) = api.get("/api/feeds").json()["sources"]
    assert (source["source"], source["stories"]) == ("harbour-post", 0)
    assert source["feeds"][0]["trouble"] == "404 Not Found"
    assert source["feeds"][0]["checked_at"] == "2026-03-14T17:59:00Z"


def test_while_elasticsearch_is_away_the_api_says_so(settings: Settings) -> None:
    away = replace(settings, elastic=replace(settings.elastic, url="http://127.0.0.1:9"))
    with over(ElasticModel, away) as api:
        answer = api.get("/api/search")
    assert answer.status_code == 503
    assert "does not answer" in answer.json()["detail"]
