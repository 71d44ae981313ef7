"""What a JSON Feed's items become."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.collect.document import Document, Parsed, UnreadableDocument
from pipeline.collect.formats import jsonfeed, parse
from pipeline.story import Media, RawStory

VERSION = "https://jsonfeed.org/version/1.1"


def read(feed: object) -> Parsed:
    return parse(Document(content=json.dumps(feed).encode(), source="test", name="feed.json"))


def item(**values: Any) -> RawStory:
    """The one story of a feed."""
    (story,) = read({"version": VERSION, "title": "Harbour Post", "items": [values]}).stories
    return story


def test_an_item_with_everything() -> None:
    parsed = read(
        {
            "version": VERSION,
            "title": "Harbour Post",
            "feed_url": "https://h.example/feed.json",
            "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
            "language": "en-GB",
            "items": [
                {
                    "id": "https://h.example/1",
                    "url": "https://h.example/1",
                    "title": "Ferry <returns> & more",
                    "content_html": "<p>It sailed.</p>",
                    "content_text": "It sailed.",
                    "summary": "Ferry & crew < all",
                    "image": "https://h.example/a.jpg",
                    "date_published": "2024-08-05T10:15:30+02:00",
                    "date_modified": "2024-08-05T09:00:00Z",
                    "authors": [
                        {"name": "Ada Marsh"},
                        {"name": "Ben Oakes"},
                        {"url": "https://h.example/cy"},
                    ],
                    "tags": ["ships", "ships", "city"],
                    "attachments": [
                        {"url": "https://h.example/a.mp3", "mime_type": "audio/mpeg", "title": "Horn"}
                    ],
                }
            ],
        }
    )
    (story,) = parsed.stories
    assert (story.format, story.provider, story.language) == ("jsonfeed", "Harbour Post", "en-GB")
    assert story.guid == story.family == story.url == "https://h.example/1"
    assert story.headline == "Ferry &lt;returns&gt; &amp; more"
    assert (story.body, story.body_type) == ("<p>It sailed.</p>", "html")
    assert story.summary == "Ferry &amp; crew &lt; all"
    assert story.byline == "Ada Marsh and Ben Oakes"
    assert story.keywords == ["ships", "city"]
    assert story.media == [
        Media(url="https://h.example/a.jpg", type="image"),
        Media(url="https://h.example/a.mp3", type="audio/mpeg", caption="Horn"),
    ]
    assert story.first_published_at == datetime(2024, 8, 5, 8, 15, 30, tzinfo=UTC)
    assert story.published_at == datetime(2024, 8, 5, 9, tzinfo=UTC)
    assert parsed.hints is not None
    assert (parsed.hints.self_url, parsed.hints.hub) == (
        "https://h.example/feed.json",
        "https://hub.example/",
    )


def test_version_1_0_has_one_author() -> None:
    assert item(id="1", content_text="Words", author={"name": "Ada Marsh"}).byline == "Ada Marsh"


def test_plain_text_and_a_summary_alone() -> None:
    plain = item(id="1", content_text="One & two.\n\nThree.", summary="Short & plain")
    assert (plain.body, plain.body_type, plain.summary) == ("One & two.\n\nThree.", "text", "Short & plain")
    alone = item(id="1", summary="All there is")
    assert (alone.body, alone.body_type, alone.summary) == ("All there is", "text", "")


def test_numbers_are_ids_too() -> None:
    assert item(id=4711).family == "4711"


def test_a_link_elsewhere_is_the_address_of_an_item_without_one() -> None:
    assert item(id="1", external_url="https://n.example/1").url == "https://n.example/1"
    assert (
        item(id="1", url="https://h.example/1", external_url="https://n.example/1").url
        == "https://h.example/1"
    )


def test_a_feeds_house_is_a_credit() -> None:
    (story,) = read(
        {
            "version": VERSION,
            "title": "Harbour Post",
            "authors": [{"name": "Harbour Post"}],
            "items": [{"id": "1"}],
        }
    ).stories
    assert (story.byline, story.credit) == ("", "Harbour Post")


def test_dangerous_addresses_are_left_out() -> None:
    story = item(id="1", url="javascript:alert(1)", image="file:///etc/passwd")
    assert (story.url, story.media) == ("", [])


def test_items_of_no_shape_are_faults() -> None:
    parsed = read({"version": VERSION, "title": "T", "items": ["x", {"id": "1"}, None, {}]})
    assert [story.guid for story in parsed.stories] == ["1"]
    assert [fault.item for fault in parsed.faults] == [0, 2, 3]


def test_broken_json_is_said() -> None:
    with pytest.raises(UnreadableDocument, match="broken"):
        parse(Document(content=b'{"version": "https://jsonfeed.org/version/1", "items": [', source="test"))


def test_without_items() -> None:
    with pytest.raises(UnreadableDocument, match="without items"):
        read({"version": VERSION, "title": "T"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings(encoding: str) -> None:
    feed = {"version": VERSION, "title": "T", "items": [{"id": "1", "title": "Café"}]}
    content = json.dumps(feed, ensure_ascii=False).encode(encoding)
    assert parse(Document(content=content, source="test")).stories[0].headline == "Café"


def test_recognised_by_version_or_by_items() -> None:
    assert jsonfeed.sniff('{"title": "T", "version": "https:\\/\\/jsonfeed.org\\/version\\/1"')
    assert jsonfeed.sniff('\ufeff {"items": [{"id": 1, "content_html": "x"}]}')
    assert not jsonfeed.sniff('{"items": [{"id": 1}]}')
    assert not jsonfeed.sniff("See https://jsonfeed.org/version/1")


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "url"]), inner, max_size=2)
    ),
    max_leaves=5,
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(
    ["id", "url", "title", "content_html", "summary", "image", "date_published", "authors", "author", "tags", "attachments"]
), _values))  # fmt: skip
def test_no_value_of_another_shape_is_too_much(values: dict[str, Any]) -> None:
    parsed = read({"version": VERSION, "items": [values]})
    assert len(parsed.stories) + len(parsed.faults) == 1
