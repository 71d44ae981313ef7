"""ANPA 1312: what a reader can rely on, on messages written for this test."""

# ruff: noqa: E501 - documents are easier to read whole

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.collect.document import Document, Parsed, UnreadableDocument
from pipeline.collect.formats import anpa1312
from pipeline.story import RawStory

HEAD = "^BC-XX--Harbour Fire, 2nd Ld-Writethru,120<\r\n^Fire in the harbour<\r\n^AP Photo X1, X2<\r\n^Eds: Adds the mayor.<\r\n^By ADA LIND=\r\n^AP Harbour Writer=\r\n"
TEXT = "\t   PORTVILLE (AP) _ A fire broke out. \r\n \r\n\t   It was put\r\nout.\r\n"


def message(head: str = HEAD, text: str = TEXT, kind: str = "\x13\x11", number: str = "0123") -> bytes:
    return (
        f"\x16\x16\x01W{number}\x1ftest-\r\nu a{kind} BC-XX--HarbourFire 2ndLd-Writethru   03-01 0120\r\n\x02{head}{text}\r\n\t   \x03AP-WF-03-01-24 1000GMT<\r\n\r\n\x0c\r\n\x04"
    ).encode("latin-1")


def parse(content: bytes) -> Parsed:
    return anpa1312.parse(Document(content=content, source="example"))


def story(content: bytes) -> RawStory:
    (found,) = parse(content).stories
    return found


def test_the_usual_fields() -> None:
    found = story(message())
    assert (found.headline, found.slugline, found.byline, found.byline_title) == (
        "Fire in the harbour",
        "BC-XX--Harbour Fire, 2nd Ld-Writethru",
        "By ADA LIND",
        "AP Harbour Writer",
    )
    assert (found.provider, found.urgency, found.change, found.editor_note) == (
        "AP",
        2,
        "update",
        "Adds the mayor.",
    )
    assert found.published_at == datetime(2024, 3, 1, 10, tzinfo=UTC)
    assert found.body == "PORTVILLE (AP) _ A fire broke out.\n\nIt was put out."
    assert [(each.scheme, each.code) for each in found.subjects] == [("anpa", "a")]


def test_versions_share_their_family_and_alerts_do_not() -> None:
    later = story(message(HEAD.replace("2nd", "3rd"), number="0124"))
    assert later.family == story(message()).family
    alert = "^BC-XX--NewsAlert,17<\r\n"
    assert story(message(alert)).family != story(message(alert, number="0124")).family
    assert story(message(alert)).headline == ""


def test_tables_are_aligned_and_braces_are_halves() -> None:
    rows = "\x08^;W;L;GB\x10 \r\n\x08New\x10 Town;10;3;_\x10 \r\n\x08Portville;9;4;1{\x10 \r\n"
    found = story(message("^BC-XX--Standings<\r\n^Standings=\r\n^EAST=\r\n", rows, kind="\x14\x12"))
    assert found.headline == "Standings"
    assert found.body == "EAST\n\n            W    L   GB\nNew Town    10   3   _\nPortville   9    4   1½"


def test_kill_latin_1_and_many_messages() -> None:
    killed = story(message(HEAD.replace("2nd Ld-Writethru", "KILL")))
    assert (killed.change, killed.status) == ("kill", "canceled")
    assert "López" in story(message(text="\t   L\xf3pez.\r\n")).body
    parsed = parse(message() + b"\x01broken\x04" + message(number="0124"))
    assert len(parsed.stories) == 2
    assert [fault.item for fault in parsed.faults] == [1]
    with pytest.raises(UnreadableDocument):
        parse(b"\x01broken\x04")


def test_sniffed_by_its_header() -> None:
    assert anpa1312.sniff(message().decode("latin-1"))
    assert not anpa1312.sniff("\x01abc0123 4 i 120  dpa 0456\r\n\x02")


def test_an_addition_does_not_stand_in_for_the_whole() -> None:
    whole = story(message())
    part = story(
        message(head="^BC-XX--Harbour Fire, 1st Add,120<\r\n^PORTVILLE: on Friday.<\r\n", number="0124")
    )
    assert part.family != whole.family


def test_a_houses_name_in_place_of_a_byline_is_no_text() -> None:
    head = "^BC-Fire<\r\n^Fire in the harbour<\r\n^The Canadian Press=\r\n"
    found = story(message(head=head, text="\t   OTTAWA _ A fire.\r\n"))
    assert (found.headline, found.byline, found.body) == ("Fire in the harbour", "", "OTTAWA — A fire.")
