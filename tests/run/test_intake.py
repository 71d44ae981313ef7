"""From a document to clean stories: nothing in a document is lost on the way, whatever is wrong with it."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipeline.collect.document import Document, Parsed
from pipeline.collect.files import document_from_file
from pipeline.run.intake import ReadJob, take_in, unpack
from pipeline.story import RawStory

SEEDS = Path(__file__).parents[2] / "seeds"


@given(
    st.lists(st.text("qxzvk", min_size=2, max_size=50), max_size=8), st.integers(min_value=1, max_value=200)
)
def test_a_body_is_cut_and_says_so(body: list[str], limit: int) -> None:
    raw = RawStory(
        source="s",
        format="text",
        family="a",
        headline="H",
        language="en",
        body="\n\n".join(body),
        body_type="text",
    )
    document = Document(content=b"", source="s")
    (cut,) = take_in(document, Parsed(format="text", stories=[raw]), limit).stories
    assert sum(map(len, cut.body)) <= limit
    assert "".join(body).startswith("".join(cut.body))
    assert bool(cut.assumed) == (sum(map(len, body)) > limit)
    assert cut.body or not body


def test_several_documents_come_back_in_order_each_with_its_stories() -> None:
    files = [SEEDS / "meridian-wire" / "1-alert.xml", SEEDS / "northern-dispatch" / "feed.atom.xml"]
    intakes = unpack(ReadJob(10_000, 900_000)([document_from_file(file) for file in files]))
    assert [len(intake.stories) for intake in intakes] == [1, 2]
    assert all(
        story.source in ("meridian-wire", "northern-dispatch")
        for intake in intakes
        for story in intake.stories
    )


def test_an_unreadable_document_is_kept_whole() -> None:
    document = Document(
        content=b"\x89PNG\r\n\x1a\nnot a story", source="s", name="photo.xml", content_type="text/xml"
    )
    (intake,) = unpack(ReadJob(10_000, 900_000)([document]))
    (casualty,) = intake.casualties
    assert casualty.payload == document.content
    assert casualty.content_type == "text/xml"
    assert casualty.stage == "collect"
    assert casualty.error


@given(st.binary(max_size=400))
def test_no_bytes_vanish(content: bytes) -> None:
    intake = ReadJob(10_000, 1000).read(Document(content=content, source="s", name="f"))
    assert intake.stories or intake.casualties or intake.aside
