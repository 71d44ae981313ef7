"""Ritzau's XML: what a reader can rely on, on documents written for this test."""

# ruff: noqa: E501 - documents are easier to read whole

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.collect.document import Document, UnreadableDocument
from pipeline.collect.formats import ritzau
from pipeline.story import RawStory


def item(more: str = "", flags: str = "<Annuleret>false</Annuleret>") -> str:
    return f"""<RBNews><NewsID>n-1</NewsID><PublishDate>2024-07-01T12:00:00.5</PublishDate><headline>Brand i havnen</headline>
      <strapline>BRAND</strapline><town>Havneby</town><origin>/ritzau/</origin><version>2</version><Priority>3</Priority><byLine>Ada Lind</byLine>
      <byLinePhone>12345678</byLinePhone>{flags}{more}<content>&lt;p&gt;En brand.&lt;/p&gt;</content></RBNews>"""


def story(text: str) -> RawStory:
    (found,) = ritzau.parse(Document(content=text.encode(), source="example")).stories
    return found


def test_the_usual_fields() -> None:
    found = story(item())
    assert (found.guid, found.headline, found.byline, found.dateline, found.provider, found.urgency) == (
        "n-1",
        "Brand i havnen",
        "Ada Lind",
        "Havneby",
        "Ritzau",
        3,
    )
    assert found.published_at == datetime(2024, 7, 1, 10, 0, 0, 500_000, tzinfo=UTC)
    assert "<p>En brand.</p>" in found.body
    assert "12345678" not in repr(found)


@pytest.mark.parametrize(
    ("flag", "change"), [("Annuleret", "kill"), ("Korrektion", "correction"), ("NyVersion", "update")]
)
def test_flags(flag: str, change: str) -> None:
    assert story(item(flags=f"<{flag}>true</{flag}>")).change == change


def test_a_queue_of_items_and_nothing() -> None:
    text = f"<Response><Result>{item()}{item()}</Result></Response>"
    assert len(ritzau.parse(Document(content=text.encode(), source="example")).stories) == 2
    with pytest.raises(UnreadableDocument):
        ritzau.parse(Document(content=b"<RBNews></RBNews>", source="example"))
