"""AP Media API: what a reader can rely on, on documents written for this test."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.collect.document import Document, Parsed, UnreadableDocument
from pipeline.collect.formats import ap
from pipeline.story import RawStory

ITEM: dict[str, Any] = {
    "uri": "https://api.example.org/content/aa11?qt=token",
    "altids": {"itemid": "aa11", "etag": "aa11_0"},
    "version": 0,
    "type": "text",
    "urgency": 4,
    "language": "en",
    "versioncreated": "2024-03-01T10:00:00Z",
    "firstcreated": "2024-03-01T09:00:00Z",
    "pubstatus": "usable",
    "headline": "Fire in the harbour",
    "slugline": "BC-XX--Harbour Fire",
    "bylines": [{"by": "By ADA LIND", "title": "AP Harbour Writer"}],
    "datelinelocation": {"city": "Portville", "countryareaname": "Kent", "countrycode": "GBR"},
    "provider": "AP",
    "ednote": "Adds the mayor.",
    "subject": [{"code": "a", "name": "Domestic", "rels": ["category"]}, {"code": "s1", "name": "Fires"}],
    "body_nitf": "<nitf><body><body.content><p>A fire broke out.</p></body.content></body></nitf>",
    "associations": {
        "1": {
            "type": "picture",
            "caption": "The harbour.",
            "renditions": {
                "main": {"href": "https://example.org/a.jpg", "width": 900, "mimetype": "image/jpeg"}
            },
        }
    },
}


def parse(value: Any) -> Parsed:
    return ap.parse(Document(content=json.dumps(value).encode(), source="example"))


def test_the_usual_fields() -> None:
    (found,) = parse({"api_version": "1.1", "data": {"item": ITEM}}).stories
    assert (found.guid, found.family, found.wire_version, found.version_counts) == ("aa11", "aa11", "0", True)
    assert (found.headline, found.byline, found.byline_title, found.dateline, found.dateline_country) == (
        "Fire in the harbour",
        "By ADA LIND",
        "AP Harbour Writer",
        "Portville, Kent",
        "GB",
    )
    assert found.published_at == datetime(2024, 3, 1, 10, tzinfo=UTC)
    assert (found.provider, found.change, found.editor_note) == ("AP", "update", "Adds the mayor.")
    assert ("apcategorycode", "a") in {(each.scheme, each.code) for each in found.subjects}
    assert "<p>A fire broke out.</p>" in found.body
    assert [each.caption for each in found.media] == ["The harbour."]


def test_feeds_kills_pictures_and_versions_from_zero() -> None:
    plain = {key: value for key, value in ITEM.items() if key != "ednote"}
    parsed = parse(
        {
            "api_version": "1.1",
            "data": {
                "items": [
                    {"item": plain},
                    {"item": {**plain, "pubstatus": "canceled"}},
                    {"item": {**plain, "version": 2}},
                    {"item": {**plain, "type": "picture"}},
                ]
            },
        }
    )
    assert [each.change for each in parsed.stories] == ["new", "kill", "update", "new"]
    assert parsed.stories[3].item_class == "picture"


def test_an_item_without_text_says_where_it_is() -> None:
    (found,) = parse({"api_version": "1.1", "data": {"item": {**ITEM, "body_nitf": None}}}).stories
    assert found.body == ""
    assert any("rendition" in each for each in found.assumed)


def test_nothing_in_it_and_sniffing() -> None:
    with pytest.raises(UnreadableDocument):
        parse({"api_version": "1.1", "data": {"items": []}})
    assert ap.sniff(json.dumps({"api_version": "1.1", "data": {"item": ITEM}}))
    assert not ap.sniff('{"uri": "x", "versioncreated": "y"}')


def story(**changes: Any) -> RawStory:
    (found,) = parse({"api_version": "1.1", "data": {"item": {**ITEM, **changes}}}).stories
    return found


def test_a_body_of_nitf_blocks_alone() -> None:
    found = story(body_nitf='<block id="Main"><p>A fire broke out.</p><p>It was put out.</p></block>')
    assert found.body == "<div><div><p>A fire broke out.</p><p>It was put out.</p></div></div>"


@pytest.mark.parametrize(
    ("kinds", "change"), [(["Correction"], "correction"), (["Kill"], "kill"), (["Lead"], "update")]
)
def test_editorial_types_are_signals(kinds: list[str], change: str) -> None:
    assert story(editorialtypes=kinds).change == change


def test_a_release_that_is_past_holds_nothing_back() -> None:
    assert story(releasedatetime="2024-03-01T09:30:00Z").embargoed_until is None
    assert story(releasedatetime="2024-03-01T12:00:00Z").embargoed_until == datetime(
        2024, 3, 1, 12, tzinfo=UTC
    )
