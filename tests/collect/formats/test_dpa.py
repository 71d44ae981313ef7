"""dpa digitalwires: what a reader can rely on, on documents written for this test."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.collect.document import Document, UnreadableDocument
from pipeline.collect.formats import dpa
from pipeline.story import RawStory

ENTRY: dict[str, Any] = {
    "format": "digitalwires@0.9.1",
    "type": "composite",
    "entry_id": "e1",
    "urn": "urn:newsml:dpa.com:20090101:240301-99-1",
    "version": 1,
    "version_created": "2024-03-01T10:00:00+01:00",
    "pubstatus": "usable",
    "signal": None,
    "embargoed": None,
    "language": "de",
    "urgency": 3,
    "kicker": "Hafen",
    "headline": "Feuer im Hafen",
    "subhead": None,
    "teaser": "Kurz gesagt.",
    "byline": "Von Ada Lind, dpa",
    "dateline": "Hafenstadt (dpa) - ",
    "article_html": '<section class="main"><p>Ein Feuer brach aus.</p></section>',
    "infobox_html": None,
    "creditline": "dpa",
    "ednotes": [
        {"role": "dpaednoterole:editorialnote", "ednote": "Bilder folgen.", "is_publishable": True},
        {"role": "dpaednoterole:dpacontacts", "ednote": "Redaktion: geheim", "is_publishable": False},
        {"role": "dpaednoterole:closingline", "ednote": "dpa xx yy", "is_publishable": True},
    ],
    "notepad": {"nonpublic_html": "<p>geheim</p>"},
    "associations": [
        {
            "type": "image",
            "caption": "Der Hafen.",
            "creditline": "B/dpa",
            "renditions": [{"url": "https://example.org/a.jpg", "width": 800, "mimetype": "image/jpeg"}],
        }
    ],
    "categories": [
        {"type": "dnltype:dpasubject", "name": "Feuer", "qcode": "medtop:20000150"},
        {"type": "dnltype:genre", "name": "Meldung", "qcode": "dpatextgenre:1"},
        {"type": "dnltype:keyword", "name": "Hafen", "qcode": None},
    ],
}


def story(**changes: Any) -> RawStory:
    (found,) = dpa.parse(
        Document(content=json.dumps({**ENTRY, **changes}).encode(), source="example")
    ).stories
    return found


def test_the_usual_fields() -> None:
    found = story()
    assert (found.guid, found.wire_version, found.version_counts, found.change) == (
        ENTRY["urn"],
        "1",
        True,
        "new",
    )
    assert (found.headline, found.subheadline, found.summary, found.byline) == (
        "Feuer im Hafen",
        "Hafen",
        "Kurz gesagt.",
        "Von Ada Lind, dpa",
    )
    assert (found.dateline, found.credit, found.provider, found.genre, found.keywords) == (
        "Hafenstadt (dpa) -",
        "dpa",
        "dpa",
        "Meldung",
        ["Hafen"],
    )
    assert found.published_at == datetime(2024, 3, 1, 9, tzinfo=UTC)
    assert [(each.scheme, each.code, each.name) for each in found.subjects] == [
        ("medtop", "20000150", "Feuer")
    ]
    assert found.editor_note == "Bilder folgen."
    assert [(each.url, each.caption) for each in found.media] == [("https://example.org/a.jpg", "Der Hafen.")]


def test_what_is_not_publishable_never_comes_out() -> None:
    assert "geheim" not in repr(story())


def test_embargo_correction_kill_and_partners() -> None:
    assert story(embargoed="2024-03-01T19:00:00+01:00").embargoed_until == datetime(
        2024, 3, 1, 18, tzinfo=UTC
    )
    assert story(signal="sig:correction").change == "correction"
    assert story(version=2).change == "update"
    assert (story(pubstatus="canceled", article_html=None).change, story(pubstatus="canceled").status) == (
        "kill",
        "canceled",
    )
    assert story(urn="urn:newsml:ap.org:20240301:x", creditline="ASSOCIATED PRESS").provider == "AP"


def test_a_picture_alone_is_a_picture() -> None:
    assert story(article_html=None).item_class == "picture"


def test_several_entries_and_broken_json() -> None:
    parsed = dpa.parse(
        Document(content=json.dumps([ENTRY, {"version_created": "x"}, ENTRY]).encode(), source="example")
    )
    assert len(parsed.stories) == 2
    assert [fault.item for fault in parsed.faults] == [1]
    with pytest.raises(UnreadableDocument):
        dpa.parse(Document(content=json.dumps(ENTRY)[:-5].encode(), source="example"))


def test_sniffed_by_its_format() -> None:
    assert dpa.sniff(json.dumps(ENTRY))
    assert not dpa.sniff('{"uri": "x", "versioncreated": "y"}')
