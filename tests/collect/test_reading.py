"""Documents are read in a process of their own: hostile ones cost a fault, and the next document is read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.collect.document import Document, Parsed
from pipeline.collect.reading import Reader
from pipeline.settings import Collect

ITEM = "<item><title>Story {0}</title><guid>g{0}</guid><description>Text of story {0}.</description></item>"


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader(Collect()) as reader:
        yield reader


def rss(inside: str) -> bytes:
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{inside}</channel></rss>'.encode()
    )


def read(reader: Reader, content: bytes) -> Parsed:
    return reader.read(Document(content=content, source="test", name="feed.xml"))


def test_stories_come_back_as_from_the_format(reader: Reader) -> None:
    parsed = read(reader, rss(ITEM.format(1)))
    assert [(story.headline, story.family, story.source) for story in parsed.stories] == [
        ("Story 1", "g1", "test")
    ]
    assert parsed.hints is not None
    assert parsed.hints.title == "T"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"<html><title>Gone</title></html>", "an HTML page"),
        (
            b'<!DOCTYPE r [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><rss version="2.0">&b;</rss>',
            "expands to other",
        ),
        (rss("<item " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/>"), "256 attributes"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items":' + b"[" * 1_000_000, "broken"),
        (rss("<item>" + "<![CDATA[" * 1000), "no id, address, headline or text"),
    ],
    ids=["empty", "html", "entities", "attributes", "brackets", "cut"],
)
def test_what_cannot_be_read_is_a_fault_that_says_why(reader: Reader, content: bytes, reason: str) -> None:
    parsed = read(reader, content)
    assert parsed.faults
    assert reason in (parsed.faults[0].reason + str([story.assumed for story in parsed.stories]))


def test_a_document_that_takes_too_long_is_a_fault_and_the_next_is_read() -> None:
    with Reader(Collect(parse_seconds=1)) as reader:
        parsed = read(
            reader, rss("<item><title>x</title><description>" + "<b>" * 200_000 + "</description></item>")
        )
        assert parsed.stories == []
        assert "processor time" in parsed.faults[0].reason
        assert read(reader, rss(ITEM.format(1))).stories[0].headline == "Story 1"


def test_a_document_that_takes_too_much_memory_is_a_fault() -> None:
    with Reader(Collect(parse_bytes=64 * 2**20)) as reader:
        parsed = read(reader, rss(f"<item><title>{'x' * 30_000_000}</title></item>"))
        assert parsed.stories == []
        assert "64 MiB of memory" in parsed.faults[0].reason
        assert len(read(reader, rss(ITEM.format(1))).stories) == 1


def test_fifty_thousand_items_give_the_first_of_them() -> None:
    """A feed without end costs no more than its first ten thousand items do."""
    many = rss("".join(ITEM.format(number) for number in range(50_000)))
    with Reader(Collect(items=500)) as reader:
        parsed = read(reader, many)
    assert [story.family for story in parsed.stories] == [f"g{number}" for number in range(500)]
    assert "were taken" in parsed.faults[0].reason


def test_a_megabyte_of_nothing_but_brackets(reader: Reader) -> None:
    parsed = read(reader, b"<" * 1_000_000)
    assert "without an element" in parsed.faults[0].reason
