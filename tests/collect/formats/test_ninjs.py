"""ninjs 1.x, 2.x and 3.0: what a reader can rely on, on documents written for this test."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.collect.document import Document, Parsed, UnreadableDocument
from pipeline.collect.formats import ninjs
from pipeline.story import RawStory

ONE: dict[str, Any] = {
    "uri": "urn:newsml:example.org:20240301:fire",
    "type": "text",
    "version": "2",
    "versioncreated": "2024-03-01T10:00:00+0000",
    "firstcreated": "2024-03-01T09:00:00+0000",
    "pubstatus": "usable",
    "urgency": 3,
    "language": "en-GB",
    "headline": "Fire in the harbour",
    "byline": "Ada Lind",
    "slugline": "harbour-fire",
    "source": "AAP",
    "body_html": "<p>A fire broke out.</p>",
    "body_text": "A fire broke out.",
    "description_text": "A fire, put out.",
    "subject": [{"code": "03006000", "name": "fire"}, {"code": "medtop:20000150"}],
    "keywords": ["harbour"],
    "genre": [{"code": "Article", "name": "Article"}],
    "located": "Portville",
    "ednote": "ed note",
    "copyrightnotice": "Copyright AAP",
}
TWO: dict[str, Any] = {
    "uri": "urn:newsml:example.org:20240301:fire",
    "type": "text",
    "version": "2",
    "versioncreated": "2024-03-01T10:00:00Z",
    "firstcreated": "2024-03-01T09:00:00Z",
    "pubstatus": "usable",
    "urgency": 3,
    "language": "en",
    "headlines": [{"role": "sub", "value": "Sub"}, {"role": "main", "value": "Fire in the harbour"}],
    "bodies": [
        {"role": "text", "contenttype": "text/plain", "value": "plain"},
        {"role": "html", "contenttype": "text/html", "value": "<p>A fire broke out.</p>"},
    ],
    "descriptions": [{"role": "summary", "value": "A fire, put out."}],
    "by": "Ada Lind",
    "subjects": [{"uri": "http://cv.iptc.org/newscodes/mediatopic/20000150", "name": "fire"}],
}
THREE = {
    {"versioncreated": "versionCreated", "firstcreated": "firstCreated", "pubstatus": "pubStatus"}.get(
        key, key
    ): value
    for key, value in TWO.items()
}


def parse(value: Any) -> Parsed:
    return ninjs.parse(Document(content=json.dumps(value).encode(), source="example"))


def story(**changes: Any) -> RawStory:
    (found,) = parse({**ONE, **changes}).stories
    return found


def test_the_usual_fields_of_version_1() -> None:
    found = story()
    assert (found.guid, found.family, found.wire_version) == (ONE["uri"], ONE["uri"], "2")
    assert (found.headline, found.byline, found.slugline, found.urgency, found.language) == (
        "Fire in the harbour",
        "Ada Lind",
        "harbour-fire",
        3,
        "en",
    )
    assert (found.provider, found.summary, found.editor_note, found.genre) == (
        "AAP",
        "A fire, put out.",
        "ed note",
        "Article",
    )
    assert found.published_at == datetime(2024, 3, 1, 10, tzinfo=UTC)
    assert found.first_published_at == datetime(2024, 3, 1, 9, tzinfo=UTC)
    assert [(each.scheme, each.code) for each in found.subjects] == [
        ("subj", "03006000"),
        ("medtop", "20000150"),
        ("located", "Portville"),
    ]
    assert "<p>A fire broke out.</p>" in found.body
    assert found.change == "update"


def test_versions_2_and_3_of_one_story_give_the_same_fields() -> None:
    (two,), (three,) = parse(TWO).stories, parse(THREE).stories
    assert two == three
    assert (two.headline, two.subheadline, two.byline, two.summary) == (
        "Fire in the harbour",
        "Sub",
        "Ada Lind",
        "A fire, put out.",
    )
    assert [(each.scheme, each.code) for each in two.subjects] == [("medtop", "20000150")]
    assert "<p>A fire broke out.</p>" in two.body


def test_embargo_kill_and_correction() -> None:
    assert story(embargoed="2024-03-02T02:30:00+0000").embargoed_until == datetime(
        2024, 3, 2, 2, 30, tzinfo=UTC
    )
    assert (story(pubstatus="canceled").change, story(pubstatus="canceled").status) == ("kill", "canceled")
    assert story(pubstatus="withheld").status == "withheld"
    assert story(ednote="CORRECTS the name").change == "correction"
    assert story(signals=[{"code": "sig:correction"}]).change == "correction"
    assert story(signals={"updatetype": "KORR"}).change == "correction"
    assert story(version="1", firstcreated=ONE["versioncreated"]).change == "new"


def test_a_story_that_evolved_from_another_names_it() -> None:
    found = story(evolvedfrom="urn:newsml:example.org:20240301:first", version="1")
    assert found.corrects == "urn:newsml:example.org:20240301:first"


def test_associated_pictures_are_media_with_captions() -> None:
    picture = {
        "type": "picture",
        "description_text": "The harbour.",
        "byline": "Bo Ek",
        "renditions": {
            "thumbnail": {"href": "https://example.org/t.jpg", "width": 100},
            "original": {"href": "https://example.org/o.jpg", "width": 900, "mimetype": "image/jpeg"},
        },
    }
    for associations in ({"featured": picture, "none": None}, [{"name": "featured", **picture}]):
        (medium,) = story(associations=associations).media
        assert (medium.url, medium.caption, medium.credit, medium.type) == (
            "https://example.org/o.jpg",
            "The harbour.",
            "Bo Ek",
            "image/jpeg",
        )


def test_html_bodies_lose_pictures_and_the_repeated_headline() -> None:
    html = '<html><head><title>t</title></head><body><h1>Fire in the harbour</h1><p>Text.</p><figure><img src="https://example.org/a.jpg"><figcaption>Seen.</figcaption></figure></body></html>'
    found = story(body_html=html)
    assert found.body.count("Fire in the harbour") == 0
    assert "Seen." not in found.body
    assert [each.caption for each in found.media] == ["Seen."]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda item: [item, item],
        lambda item: {"item": [item, item], "total": 2},
        lambda item: {"_items": [item, item]},
    ],
)
def test_lists_of_items(wrap: Any) -> None:
    assert len(parse(wrap(ONE)).stories) == 2


def test_lines_of_items() -> None:
    content = (json.dumps(ONE) + "\n" + json.dumps(TWO) + "\n").encode()
    assert len(ninjs.parse(Document(content=content, source="example")).stories) == 2


def test_events_and_packages_are_left_aside_and_items_without_identity_are_faults() -> None:
    parsed = parse(
        [
            {**ONE, "type": "event"},
            {"uri": "p", "type": "composite", "headline": "x"},
            {"type": "text", "version": "1"},
            ONE,
        ]
    )
    assert parsed.aside == [f"ninjs event {ONE['uri']}", "ninjs package p"]
    assert [fault.item for fault in parsed.faults] == [2]
    assert len(parsed.stories) == 1


@pytest.mark.parametrize("content", [b"{", b'{"uri": "x", "versioncreated": ', b"[]", b"{}", b"[" * 100_000])
def test_what_is_no_ninjs_says_so(content: bytes) -> None:
    with pytest.raises(UnreadableDocument):
        ninjs.parse(Document(content=content, source="example"))


def test_sniffed_by_its_keys() -> None:
    assert ninjs.sniff(json.dumps(ONE))
    assert ninjs.sniff("[" + json.dumps(THREE) + "]")
    assert not ninjs.sniff('{"format": "digitalwires@0.9", "version_created": "x"}')
    assert not ninjs.sniff('{"version": "https://jsonfeed.org/version/1.1", "items": []}')
    assert not ninjs.sniff("<xml/>")


def of(value: dict[str, Any]) -> RawStory:
    (found,) = parse(value).stories
    return found


def test_roles_choose_among_several_texts_and_headlines() -> None:
    found = of(
        {
            **TWO,
            "headlines": [
                {"role": "http://example.org/roles/sms", "value": "Fire"},
                {"role": "http://example.org/roles/main", "value": "Fire in the harbour"},
            ],
            "bodies": [
                {"role": "internal", "contenttype": "text/html", "value": "<p>Secret.</p>"},
                {"role": "summary", "contenttype": "text/html", "value": "<p>In short.</p>"},
                {"role": "main", "contenttype": "text/plain", "value": "At length."},
            ],
        }
    )
    assert (found.headline, found.body) == ("Fire in the harbour", "At length.")
    assert "Secret" not in repr(found)


def test_rights_people_and_places_of_version_two() -> None:
    found = of(
        {
            **TWO,
            "rightsinfo": {
                "copyrightholder": "EP",
                "copyrightnotice": "(c) EP",
                "usageterms": "Not for archives",
            },
            "people": [{"name": "Ada Lind", "uri": "https://example.org/p/1"}],
            "organisations": [{"name": "Harbour Board"}],
            "subjects": [{"code": "medtop:20000150", "scheme": "own"}],
        }
    )
    assert found.rights == "(c) EP\nNot for archives"
    assert [(each.scheme, each.code, each.name) for each in found.subjects][1:] == [
        ("person", "https://example.org/p/1", "Ada Lind"),
        ("organisation", "Harbour Board", "Harbour Board"),
    ]
    assert (found.subjects[0].scheme, found.subjects[0].code) == ("medtop", "20000150")


@pytest.mark.parametrize("key", ["embargoed", "embargoedUntil", "embargo_date"])
def test_an_embargo_under_each_of_its_names(key: str) -> None:
    found = of({**ONE, key: "2024-03-02T06:00:00+02:00"})
    assert found.embargoed_until == datetime(2024, 3, 2, 4, tzinfo=UTC)


def test_a_telephone_in_a_note_and_a_number_with_a_decimal() -> None:
    found = of({**ONE, "ednote": "Ring Ada på 08-123 45 67", "urgency": 3.0})
    assert (found.editor_note, found.urgency) == ("", 3)


def test_a_text_rendition_is_no_picture() -> None:
    found = of(
        {
            **ONE,
            "type": "picture",
            "description_text": "<p>The quay.</p>",
            "renditions": {
                "script": {"href": "https://example.org/script.xml", "type": "text", "width": 900},
                "main": {"href": "https://example.org/quay.jpg", "mimetype": "image/jpeg"},
            },
        }
    )
    assert [(each.url, each.caption) for each in found.media] == [
        ("https://example.org/quay.jpg", "The quay.")
    ]
