"""The reading API over a real index: what a program that reads stories can rely on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry, Counter

from pipeline.dead_letters import DeadLetters
from pipeline.index import Bin
from pipeline.index.sqlite import SqliteIndex
from pipeline.settings import Settings, Store
from pipeline.store import open_store, transaction
from pipeline.story import Story, decode_story, replace, story_id
from pipeline.web.app import create_app, fitting_bucket
from pipeline.web.embedded import EmbeddedModel

if TYPE_CHECKING:
    from conftest import Newsroom

FERRY = story_id("northern-wire", "ferry")
KILLED = story_id("meridian", "rates")
NOW = datetime(2026, 3, 14, 18, tzinfo=UTC)


def app_over(settings: Settings, registry: CollectorRegistry | None = None) -> FastAPI:
    return create_app(lambda: EmbeddedModel(settings), settings, lambda: NOW, registry=registry)


@pytest.fixture
def api(newsroom: Newsroom) -> Iterator[TestClient]:
    with TestClient(app_over(newsroom.settings), raise_server_exceptions=False) as client:
        yield client


def headlines(answer: Any) -> list[str]:
    return [found["story"]["headline"] for found in answer.json()["stories"]]


# Searching


def test_search_finds_words_and_marks_them(api: TestClient) -> None:
    answer = api.get("/api/search", params={"q": "passengers"}).json()
    (found,) = answer["stories"]
    assert found["story"]["id"] == FERRY
    snippet = found["snippet"]
    assert [snippet["text"][start:end] for start, end in snippet["marks"]] == ["passengers"]


def test_without_words_the_newest_come_first(api: TestClient) -> None:
    times = [f["story"]["published_at"] for f in api.get("/api/search").json()["stories"]]
    assert times == sorted(times, reverse=True)
    assert len(times) == 10


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"person": "Ana Lindqvist", "copies": "fold"}, ["Severe gale halts Oslo ferries, 1,200 stranded"]),
        ({"place": "geonames:2267057"}, ["Nordic Games open in Lisbon under clear skies"]),
        ({"place": "PT"}, ["Nordic Games open in Lisbon under clear skies"]),
        ({"entity": "Nordic Games"}, ["Nordic Games open in Lisbon under clear skies"]),
        (
            {"source": ["city-desk", "social"]},
            ["🎉🎉 Norway celebrates", "Council passes budget after long night"],
        ),
        ({"language": "ar"}, ["ميناء أوسلو يستأنف الرحلات بعد العاصفة"]),
        ({"change": "correction"}, ["Severe gale halts Oslo ferries, 1,200 stranded"]),
        ({"until": "2026-03-14T08:00:00Z"}, ["Council passes budget after long night"]),
        (
            {"since": "2026-03-14T12:00:00", "until": "2026-03-14T13:10:00+01:00"},
            ["ميناء أوسلو يستأنف الرحلات بعد العاصفة"],
        ),
    ],
)
def test_every_filter_narrows(api: TestClient, filters: dict[str, Any], expected: list[str]) -> None:
    assert headlines(api.get("/api/search", params=filters)) == expected


def test_pages_follow_each_other_to_the_end(api: TestClient) -> None:
    seen: list[str] = []
    offset: int | None = 0
    while offset is not None:
        page = api.get("/api/search", params={"limit": 4, "offset": offset, "order": "newest"}).json()
        seen += [found["story"]["id"] for found in page["stories"]]
        offset = page["next_offset"]
    assert len(seen) == len(set(seen)) == page["total"] == 10


def test_folding_names_the_copies_with_the_story(api: TestClient) -> None:
    answer = api.get("/api/search", params={"copies": "fold"}).json()
    ferry = next(found for found in answer["stories"] if found["story"]["id"] == FERRY)
    assert answer["total"] == 5
    assert [copy["source"] for copy in ferry["also"]] == [
        "coast-daily",
        "evening-post",
        "port-news",
        "harbour-times",
        "sea-mail",
    ]
    assert {copy["relation"] for copy in ferry["also"]} == {"exact"}


def test_brief_leaves_out_what_takes_room(api: TestClient) -> None:
    whole = api.get("/api/search", params={"q": "passengers"}).json()["stories"][0]
    short = api.get("/api/search", params={"q": "passengers", "brief": True}).json()["stories"][0]
    assert len(whole["story"]["body"]) == 3
    assert short["story"]["body"] == []
    assert short["story"]["entities"] == []
    assert short["story"]["word_count"] == whole["story"]["word_count"]
    assert short["snippet"] == whole["snippet"]


# Facets and timeline


def test_facets_count_stories_and_say_what_to_filter_by(api: TestClient) -> None:
    facets = api.get("/api/facets", params={"copies": "fold"}).json()
    (oslo,) = [place for place in facets["place"] if place["name"] == "Oslo"]
    assert oslo["count"] == 2
    assert oslo["location"]["lat"] == pytest.approx(59.91273)
    answer = api.get("/api/search", params={"place": oslo["value"], "copies": "fold"}).json()
    assert answer["total"] == oslo["count"]


def test_entities_of_one_type_the_commonest_first(api: TestClient) -> None:
    people = api.get("/api/entities", params={"type": "person"}).json()
    assert {entity["type"] for entity in people["entities"]} == {"person"}
    every = api.get("/api/entities", params={"limit": 3}).json()["entities"]
    assert len(every) == 3
    assert [e["count"] for e in every] == sorted((e["count"] for e in every), reverse=True)


def test_the_timeline_counts_what_the_search_counts(api: TestClient) -> None:
    answer = api.get("/api/timeline").json()
    assert answer["bucket"] == "hour"
    assert sum(one["count"] for one in answer["bins"]) == api.get("/api/search").json()["total"]
    days = api.get("/api/timeline", params={"bucket": "day"}).json()
    assert days["bins"] == [{"start": "2026-03-14T00:00:00Z", "count": 10}]


@pytest.mark.parametrize(
    ("days", "since", "until", "bucket"),
    [
        (0, 9, 11, "minute"),
        (0, None, None, "hour"),
        (40, None, None, "day"),
        (40, 24 * 39, None, "hour"),
        (900, None, None, "month"),
    ],
)
def test_the_timeline_fits_its_bars_to_the_time(
    days: int, since: int | None, until: int | None, bucket: str
) -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    bins = [Bin(start=first, count=1), Bin(start=first + timedelta(days=days), count=1)]
    hours = [None if hour is None else first + timedelta(hours=hour) for hour in (since, until)]
    assert fitting_bucket(bins, *hours) == bucket


# Stories


def test_a_story_is_the_record_with_its_history(api: TestClient) -> None:
    story = decode_story(api.get(f"/api/stories/{FERRY}").content)
    assert story.headline == "Severe gale halts Oslo ferries, 1,200 stranded"
    assert [(line.version, line.change) for line in story.history] == [
        (1, "new"),
        (2, "update"),
        (3, "correction"),
    ]
    for entity in story.entities:
        for mention in entity.mentions:
            if mention.field == "body":
                assert story.body[mention.paragraph][mention.start : mention.end] == mention.text


def test_the_beginning_of_an_id_is_enough(api: TestClient) -> None:
    assert api.get(f"/api/stories/{FERRY[:12]}").json()["id"] == FERRY


def test_versions_are_as_they_were(api: TestClient) -> None:
    every = api.get(f"/api/stories/{FERRY}/versions").json()
    assert [version["headline"] for version in every] == [
        "Gale halts Oslo ferries",
        "Severe gale halts Oslo ferries, 1,400 stranded",
        "Severe gale halts Oslo ferries, 1,200 stranded",
    ]
    assert api.get(f"/api/stories/{FERRY}/versions/1").json()["headline"] == "Gale halts Oslo ferries"


def test_changes_are_told_word_by_word(api: TestClient) -> None:
    answer = api.get(f"/api/stories/{FERRY}/versions/3/changes").json()
    assert (answer["since"], answer["version"], answer["unchanged"]) == (2, 3, 2)
    body = [passage for passage in answer["passages"] if passage["field"] == "body"]
    assert [piece["text"] for piece in body[0]["pieces"] if piece["kind"] == "removed"] == ["1,400"]
    assert [piece["text"] for piece in body[0]["pieces"] if piece["kind"] == "added"] == ["1,200"]
    first = api.get(f"/api/stories/{FERRY}/versions/3/changes", params={"since": 1}).json()
    assert first["since"] == 1
    assert len(first["passages"]) > len(answer["passages"])


def test_copies_name_the_others_of_the_group(api: TestClient) -> None:
    copies = api.get(f"/api/stories/{FERRY}/copies").json()
    assert len(copies) == 5
    back = api.get(f"/api/stories/{copies[0]['id']}/copies").json()
    assert FERRY in [copy["id"] for copy in back]


def test_a_killed_story_is_its_notice_without_text(api: TestClient) -> None:
    answer = api.get(f"/api/stories/{KILLED}")
    assert (answer.json()["status"], answer.json()["change"]) == ("canceled", "kill")
    texts = [
        answer.text,
        api.get(f"/api/stories/{KILLED}/versions").text,
        api.get(f"/api/stories/{KILLED}/versions/2/changes").text,
    ]
    assert not any("council" in text.lower() or "rates for" in text for text in texts)
    assert "Lisbon council" not in str(headlines(api.get("/api/search", params={"q": "council rates"})))


def test_an_embargoed_story_is_not_there_before_its_time(api: TestClient, newsroom: Newsroom) -> None:
    held = Story(
        id=story_id("meridian", "held"),
        version=1,
        source="meridian",
        family="held",
        format="ninjs",
        change="new",
        status="withheld",
        headline="Quiet merger talks",
        body=["Nobody knows."],
        published_at=NOW,
        embargoed_until=NOW + timedelta(hours=1),
    )
    newsroom.put(held)
    assert api.get(f"/api/stories/{held.id}").status_code == 404
    assert api.get(f"/api/stories/{held.id}/versions/1").status_code == 404
    assert api.get("/api/search", params={"q": "merger"}).json()["total"] == 0


# Wrong questions


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/api/search?limit=101", 400, "`limit`"),
        ("/api/search?limit=0", 400, "`limit`"),
        ("/api/search?offset=10001", 400, "`offset`"),
        ("/api/search?q=" + "a" * 401, 400, "`q`"),
        ("/api/search?since=yesterday", 400, "`since`"),
        ("/api/search?since=0001-01-01T00:00:00%2B14:00", 400, "calendar"),
        ("/api/search?change=wrong", 400, "change"),
        ("/api/search?colour=red", 400, "`colour` is no parameter"),
        ("/api/search?" + "&".join(["person=a"] * 21), 400, "`person`"),
        ("/api/timeline?bucket=week", 400, "`bucket`"),
        ("/api/stories/nowhere", 404, "nowhere"),
        (f"/api/stories/{FERRY}/versions/9", 404, "no version 9"),
        (f"/api/stories/{FERRY}/versions/0", 400, "`version`"),
        ("/api/stories/" + "a" * 65, 400, "`id`"),
        ("/api/nothing", 404, "/docs"),
        ("/static/../app.py", 404, ""),
        ("/static/app.py", 404, "no such file"),
    ],
)
def test_a_wrong_question_is_answered_with_a_sentence(
    api: TestClient, path: str, status: int, words: str
) -> None:
    answer = api.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert words in answer.json()["detail"]


def test_an_ambiguous_id_is_said_to_be_so(api: TestClient, newsroom: Newsroom) -> None:
    one = Story(
        id="abc1", version=1, source="s", format="ninjs", change="new", headline="a", published_at=NOW
    )
    newsroom.put(one, replace(one, id="abc2"))
    answer = api.get("/api/stories/abc")
    assert answer.status_code == 400
    assert "more than one" in answer.json()["detail"]


@pytest.mark.parametrize(
    "text", ['"', "* AND (", "NEAR(", "\x00", "🎉", "headline:", "-", "' OR 1=1 --", "\u202e"]
)
def test_any_text_is_a_valid_search(api: TestClient, text: str) -> None:
    assert api.get("/api/search", params={"q": text}).status_code == 200


def test_it_only_reads(api: TestClient) -> None:
    assert api.post("/api/search").status_code == 405
    assert api.delete(f"/api/stories/{FERRY}").json()["detail"] == "Only GET is answered here."


# Health and description


def test_without_a_store_it_lives_and_says_what_is_missing(newsroom: Newsroom) -> None:
    settings = replace(newsroom.settings, store=Store(path=str(newsroom.path.parent / "later.db")))
    with TestClient(app_over(settings)) as api:
        assert api.get("/health").json()["status"] == "ok"
        for path in ("/ready", "/api/search", "/api/feeds"):
            answer = api.get(path)
            assert answer.status_code == 503
            assert "wire replay" in answer.json()["detail"]
            assert answer.headers["retry-after"]
        with closing(open_store(settings.store.path)) as store, transaction(store):
            SqliteIndex(store).put([])
        assert api.get("/ready").json()["stories"] == 0


def test_a_store_put_in_the_place_of_another_is_read(newsroom: Newsroom) -> None:
    with TestClient(app_over(newsroom.settings)) as api:
        assert api.get("/ready").status_code == 200
        newsroom.path.rename(newsroom.path.with_suffix(".old"))
        assert api.get("/ready").status_code == 503


def test_feeds_tell_how_each_source_is_doing(api: TestClient, newsroom: Newsroom) -> None:
    newsroom.path.with_name("feeds.toml").write_text(
        '[[feed]]\nname = "meridian"\nurl = "https://me:secret@wire.example/feed?key=secret"\n'
    )
    with transaction(newsroom.connection):
        DeadLetters(newsroom.connection).put(
            stage="parse",
            source="broken",
            error="It ends too early.",
            payload=b"<",
            payload_kind="document",
            at=NOW,
        )
    answer = api.get("/api/feeds")
    assert "secret" not in answer.text
    told = answer.json()
    sources = {one["source"]: one for one in told["sources"]}
    assert sources["meridian"]["feeds"][0]["url"] == "https://wire.example/feed"
    assert sources["meridian"]["last_event_at"] == "2026-03-14T11:20:00Z"
    assert (sources["broken"]["stories"], sources["broken"]["dead_letters"]) == (0, 1)
    assert told["dead_letters"] == {"parse": 1}
    assert told["index"]["killed"] == 1


def test_metrics_are_the_registry_s_and_count_requests(newsroom: Newsroom) -> None:
    registry = CollectorRegistry()
    Counter("wire_other", "of another part", registry=registry).inc()
    with TestClient(app_over(newsroom.settings, registry)) as api:
        api.get(f"/api/stories/{FERRY}")
        api.get("/api/stories/nowhere")
        api.get("/nowhere")
        text = api.get("/metrics").text
    assert "wire_other_total 1.0" in text
    assert 'wire_web_requests_total{route="/api/stories/{id}",status="200"} 1.0' in text
    assert 'wire_web_requests_total{route="/api/stories/{id}",status="404"} 1.0' in text
    assert 'wire_web_requests_total{route="none",status="404"} 1.0' in text


def test_openapi_describes_the_records_truly(api: TestClient) -> None:
    document = api.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    schemas = document["components"]["schemas"]
    assert set(schemas["Story"]["properties"]) == set(Story.__struct_fields__)
    references = [
        text.split('"')[0] for text in api.get("/openapi.json").text.split('"#/components/schemas/')[1:]
    ]
    assert set(references) <= set(schemas)
    story = document["paths"]["/api/stories/{id}"]["get"]["responses"]
    assert story["200"]["content"]["application/json"]["schema"]["$ref"].endswith("/Story")
    assert "404" in story
    assert "422" not in story
    _, expected = msgspec.json.schema_components([Story], ref_template="#/components/schemas/{name}")
    assert schemas["Story"] == expected["Story"]


def test_the_manual_names_every_address_and_needs_nothing_else(api: TestClient) -> None:
    manual = api.get("/docs").text
    for path in api.get("/openapi.json").json()["paths"]:
        assert path in manual
    assert "http://" not in manual
    assert "https://" not in manual
    assert "<script" not in manual


def test_every_answer_carries_the_security_headers(api: TestClient) -> None:
    for path in ("/", "/static/page.js", "/api/search", "/api/nothing", "/docs", "/metrics"):
        headers = api.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_the_page_s_files_are_asked_for_and_seldom_fetched(api: TestClient) -> None:
    page = api.get("/")
    assert page.headers["content-type"].startswith("text/html")
    again = api.get("/", headers={"if-none-match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
