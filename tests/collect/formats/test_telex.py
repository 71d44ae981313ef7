"""Telex: what a reader can rely on, on messages written for this test."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.collect.document import Document, UnreadableDocument
from pipeline.collect.formats import parse, telex
from pipeline.story import RawStory

BELGIAN = """ZCZC
GNT123
ECO

Haven gaat dicht

GENT 10/06 (BELGA) = De haven gaat dicht.

Morgen gaat zij open.

/ADL/
NNNN
"""
ITALIAN = """ZCZC0123/SXA
XCI24162
R CRO S0A QBXB

INCENDIO NEL PORTO

   (ANSA) - ROMA, 10 GIU - Un incendio.(ANSA).

     RED-XY
10-GIU-24 12:00 NNNN
"""


def stories(text: str) -> list[RawStory]:
    return telex.parse(Document(content=text.encode(), source="example")).stories


def test_header_headline_text_and_initials() -> None:
    (found,) = stories(BELGIAN)
    assert (found.headline, found.provider) == ("Haven gaat dicht", "Belga")
    assert found.body == "GENT 10/06 (BELGA) = De haven gaat dicht.\n\nMorgen gaat zij open."
    assert [(each.scheme, each.code) for each in found.subjects] == [("telex", "ECO")]


def test_number_and_time_beside_the_marks() -> None:
    (found,) = stories(ITALIAN)
    assert (found.guid, found.headline) == ("0123/SXA-20240610", "INCENDIO NEL PORTO")
    assert found.published_at == datetime(2024, 6, 10, 10, tzinfo=UTC)
    assert any("Europe/Rome" in each for each in found.assumed)
    assert "RED" not in found.body
    assert "NNNN" not in found.body


def test_several_messages_and_one_that_breaks_off() -> None:
    parsed = parse(
        Document(content=(BELGIAN + ITALIAN + "ZCZC\n\n\nNNNN\n" + "ZCZC\nX1\n\nOpen").encode(), source="x")
    )
    assert parsed.format == "telex"
    assert [each.headline for each in parsed.stories[:2]] == ["Haven gaat dicht", "INCENDIO NEL PORTO"]
    assert [fault.item for fault in parsed.faults] == [2]
    assert "Open" in parsed.stories[2].body


def test_notes_above_the_headline() -> None:
    (found,) = stories(BELGIAN.replace("Haven gaat", "(Rechtzetting: Gent, niet Brugge)\nHaven gaat"))
    assert (found.change, found.headline) == ("correction", "Haven gaat dicht")
    assert found.editor_note == "(Rechtzetting: Gent, niet Brugge)"


def test_nothing_between_the_marks_is_unreadable() -> None:
    with pytest.raises(UnreadableDocument):
        stories("ZCZC\nNNNN\n")
    assert not telex.sniff("Zczc is a word")
