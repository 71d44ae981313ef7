"""IPTC 7901: what a reader can rely on, on messages written for this test."""

# ruff: noqa: E501 - documents are easier to read whole

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.collect.document import Document, Parsed, UnreadableDocument
from pipeline.collect.formats import iptc7901
from pipeline.story import RawStory

TEXT = """\
Portville (dpa) - A fire broke out in the harbour of the town\r
on Friday.\r
\r
It was put out.\r
"""


def message(
    head: str = "Fire in the harbour =\r\n",
    text: str = TEXT,
    trailer: str = "011000 GMT Mar 24",
    slug: str = "Harbour/fire/Portville/",
) -> bytes:
    return f"\x01abc0123 4 i 120  dpa 0456\r\n\r\n{slug}\r\n\x02{head}\r\n{text}\r\n\x03{trailer}\r\n\x7f\r\n\x7f\x04".encode(
        "latin-1"
    )


def parse(content: bytes) -> Parsed:
    return iptc7901.parse(Document(content=content, source="example"))


def story(content: bytes) -> RawStory:
    (found,) = parse(content).stories
    return found


def test_the_usual_fields() -> None:
    found = story(message())
    assert (found.headline, found.slugline, found.urgency, found.provider) == (
        "Fire in the harbour",
        "Harbour/fire/Portville",
        4,
        "dpa",
    )
    assert [(each.scheme, each.code) for each in found.subjects] == [("iptc7901", "i")]
    assert found.published_at == datetime(2024, 3, 1, 10, tzinfo=UTC)
    assert found.guid == "abc0123-20240301"
    assert found.body_type == "text"
    assert found.body.startswith("Portville (dpa) - A fire broke out")
    assert found.change is None


def test_markers_headline_of_two_lines_and_byline() -> None:
    found = story(message("1ST LEAD\r\nFire in the harbour\r\nof Portville\r\nBy Ada Lind, dpa =\r\n"))
    assert (found.headline, found.byline, found.change) == (
        "Fire in the harbour of Portville",
        "By Ada Lind, dpa",
        "update",
    )
    assert story(message("CORRECTION\r\nFire in the harbour =\r\n")).change == "correction"
    assert story(message("KILL\r\nFire in the harbour =\r\n")).status == "canceled"


def test_below_the_notebook_only_notes_to_editors_and_nothing_below_the_end_mark() -> None:
    notebook = "\r\n# Notebook\r\n\r\n## Note to editors\r\n- adds the mayor\r\n\r\n## Internet links\r\n- [x](http://example.org)\r\n\r\n* * * *\r\nThe following information is not intended for publication\r\n\r\n## Editorial contacts\r\n- Tel: +49 30 1234 5678\r\n\r\ndpa xx yy\r\n"
    found = story(message(text=TEXT + notebook))
    assert found.editor_note == "adds the mayor"
    assert found.change == "update"
    assert "1234" not in repr(found)
    assert found.body.rstrip().endswith("It was put out.")


def test_latin_1_bytes_and_german_months() -> None:
    found = story(message(text=TEXT + "M\xfcller.\r\n", trailer="011000 GMT Okt 24"))
    assert "Müller." in found.body
    assert found.published_at == datetime(2024, 10, 1, 10, tzinfo=UTC)


def test_a_time_without_zone_is_the_agencys() -> None:
    found = story(message(trailer="011000 Mar 24"))
    assert found.published_at == datetime(2024, 3, 1, 9, tzinfo=UTC)
    assert any("Europe/Berlin" in each for each in found.assumed)


def test_versions_of_a_slug_of_three_parts_share_their_family_and_topics_do_not() -> None:
    first, lead = story(message()), story(message("1ST LEAD\r\nFire =\r\n").replace(b"abc0123", b"abc0124"))
    assert first.family == lead.family
    assert first.guid != lead.guid
    topic, other = (
        story(message(slug="Harbour/")),
        story(message(slug="Harbour/").replace(b"abc0123", b"abc0124")),
    )
    assert topic.family != other.family


def test_many_messages_and_a_broken_one() -> None:
    parsed = parse(message() + b"\r\n" + b"\x01what is this\r\n\x04" + message())
    assert len(parsed.stories) == 2
    assert [fault.item for fault in parsed.faults] == [1]
    with pytest.raises(UnreadableDocument):
        parse(b"\x01what is this\x04")


def test_sniffed_by_its_header() -> None:
    assert iptc7901.sniff(message().decode("latin-1"))
    assert not iptc7901.sniff("\x16\x16\x01A0001\x1ftest-\nr a\x13\x11 BC-X     03-01 0100\n\x02^BC<")
    assert not iptc7901.sniff("From: a@example.org\n")


@pytest.mark.parametrize(
    ("line", "change", "note"),
    [
        ("(Berichtigung: Im 2. Absatz muss es drei heißen)", "correction", "Berichtigung"),
        ("(Wiederholung vom Freitag)", "repeat", "Wiederholung"),
        ("2. ZUSAMMENFASSUNG 1730 - (Neu: Zitat)", "update", ""),
        ("LEAD 2", "update", ""),
    ],
)
def test_a_line_above_the_headline_says_what_the_version_is(line: str, change: str, note: str) -> None:
    found = story(message(head=f"{line}\r\nFire in the harbour =\r\n"))
    assert (found.headline, found.change) == ("Fire in the harbour", change)
    assert note in found.editor_note


def test_an_embargo_above_the_headline() -> None:
    found = story(message(head="(Sperrfrist: 2. März 2024, 6.00 Uhr)\r\nFire in the harbour =\r\n"))
    assert found.embargoed_until == datetime(2024, 3, 2, 5, tzinfo=UTC)
    assert found.headline == "Fire in the harbour"


def test_an_addition_does_not_stand_in_for_the_whole() -> None:
    whole, part = story(message()), story(message(head="ADD 1\r\nFire in the harbour =\r\n"))
    assert part.family != whole.family


def test_code_page_850_and_windows_1252_are_told_apart() -> None:
    text = "Größte Äpfel über Köln; “naïve” – schön"
    plain = "Größte Äpfel über Köln; naïve schön"
    modern = message().decode("latin-1").replace("A fire", text).encode("cp1252")
    assert text in story(modern).body
    found = story(message().decode("latin-1").replace("A fire", plain).encode("cp850"))
    assert plain in found.body
    assert any("850" in each for each in found.assumed)


def test_a_trailer_with_a_date_and_a_clock() -> None:
    found = story(
        message(text="(ANSA) - ROMA, 1 MAR - Un incendio.\r\n", trailer="01-MAR-24 11:00").replace(
            b"dpa", b""
        )
    )
    assert found.published_at == datetime(2024, 3, 1, 10, tzinfo=UTC)
