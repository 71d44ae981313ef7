"""A text that somebody typed or scraped is read into headline, byline, date, text, credit and sections."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.collect.document import Document, UnreadableDocument
from pipeline.collect.formats.page_dates import stamps
from pipeline.collect.formats.text import FORMAT
from pipeline.story import RawStory

SCRAPED = """Harbour closes after storm sinks two ferries

by {byline}| Aug 5, 2024

The harbour of the old town was closed on Monday.

\xa0

Nobody was hurt, the port authority said.

\xa0

Reuters

\xa0

Top News"""


def read(text: str | bytes, name: str = "wire/42_storm.txt") -> RawStory:
    content = text if isinstance(text, bytes) else text.encode()
    (story,) = FORMAT.parse(Document(content=content, source="wire", name=name)).stories
    return story


def test_a_scraped_page_with_an_empty_author() -> None:
    story = read(SCRAPED.format(byline=""))
    assert story.headline == "Harbour closes after storm sinks two ferries"
    assert story.byline == ""
    assert (story.published_at, story.published_precision) == (datetime(2024, 8, 5, tzinfo=UTC), "day")
    assert story.assumed == ["only the day of publication is given: midnight UTC stands for it"]
    assert (story.credit, story.provider) == ("Reuters", "Reuters")
    assert [(subject.scheme, subject.name) for subject in story.subjects] == [("section", "Top News")]
    assert story.keywords == ["Top News"]
    assert "Top News" not in story.body
    assert "Reuters" not in story.body
    assert story.guid == "42_storm"


def test_a_scraped_page_with_an_author() -> None:
    assert read(SCRAPED.format(byline="Jane Doe ")).byline == "By Jane Doe"


@pytest.mark.parametrize(
    ("line", "byline", "at"),
    [
        ("By Jane Doe - August 5, 2024", "By Jane Doe", "2024-08-05T00:00"),
        ("August 5, 2024 by Jane Doe", "By Jane Doe", "2024-08-05T00:00"),
        ("Jane Doe | 5 August 2024, 10:12 BST", "Jane Doe", "2024-08-05T09:12"),
        ("Published: 2024-08-05 10:12 GMT", "", "2024-08-05T10:12"),
        ("Published 10:12 p.m. ET, Monday, August 5, 2024", "", "2024-08-06T02:12"),
        ("Veröffentlicht am 5. August 2024, 10:12 Uhr", "", "2024-08-05T10:12"),
        ("Publié le 5 août 2024 à 10h12", "", "2024-08-05T10:12"),
        ("5 de agosto de 2024", "", "2024-08-05T00:00"),
        ("Von Max Muster | 05.08.2024", "By Max Muster", "2024-08-05T00:00"),
        ("2024年8月5日", "", "2024-08-05T00:00"),
        ("Mon, 05 Aug 2024 10:12:00 +0200", "", "2024-08-05T08:12"),
    ],
)
def test_the_line_under_the_headline(line: str, byline: str, at: str) -> None:
    story = read(f"Harbour closes after storm\n{line}\n\nThe harbour was closed on Monday.\n")
    assert (story.headline, story.byline) == ("Harbour closes after storm", byline)
    assert story.published_at is not None
    assert story.published_at.isoformat()[:16] == at
    assert story.body == "The harbour was closed on Monday."


def test_published_and_updated() -> None:
    story = read(
        "Harbour closes\n\nPublished 5 August 2024 10:00 GMT\nUpdated 5 August 2024 11:30 GMT\n\nIt closed.\n"
    )
    assert story.first_published_at == datetime(2024, 8, 5, 10, tzinfo=UTC)
    assert story.published_at == datetime(2024, 8, 5, 11, 30, tzinfo=UTC)


def test_header_lines() -> None:
    story = read(
        "Headline: Harbour closes\nDate: 2024-08-05 10:12 GMT\nSource: "
        "Reuters\nAuthor: Jane Doe\nKeywords: ships, storms\n\nThe harbour: closed.\n\nNobody was hurt.\n"
    )
    assert (story.headline, story.provider, story.byline) == ("Harbour closes", "Reuters", "Jane Doe")
    assert story.keywords == ["ships", "storms"]
    assert story.body == "The harbour: closed.\n\nNobody was hurt."


def test_an_alert_of_one_line() -> None:
    assert (read("HARBOUR CLOSED AFTER STORM - AUTHORITY\n").headline, read("HARBOUR CLOSED\n").body) == (
        "HARBOUR CLOSED AFTER STORM - AUTHORITY",
        "",
    )


def test_a_text_without_a_headline() -> None:
    text = "AARHUS, Aug 5 (Reuters) - The harbour of the old town was closed on Monday after\na storm had sunk two ferries there."
    story = read(text)
    assert (story.headline, story.body) == ("", text)


def test_a_wrapped_headline() -> None:
    story = read("Harbour closes after storm\nsinks two ferries\n\nThe harbour was closed on Monday.\n")
    assert story.headline == "Harbour closes after storm sinks two ferries"


@pytest.mark.parametrize(
    "content",
    [
        "Überschwemmung in Köln\n\nDer Rhein stieg.\n".encode(),
        "Überschwemmung in Köln\n\nDer Rhein stieg.\n".encode("cp1252"),
        "Überschwemmung in Köln\n\nDer Rhein stieg.\n".encode("utf-16"),
        b"\xef\xbb\xbf" + "Überschwemmung in Köln\r\n\r\nDer Rhein stieg.\r\n".encode(),
    ],
    ids=["utf-8", "cp1252", "utf-16", "utf-8 with a mark"],
)
def test_encodings(content: bytes) -> None:
    story = read(content)
    assert (story.headline, story.body) == ("Überschwemmung in Köln", "Der Rhein stieg.")


def test_a_short_line_at_the_end_is_text_where_no_agency_signs() -> None:
    assert read("Harbour closes\n\nIt closed.\n\nTop News\n").body == "It closed.\n\nTop News"


def test_the_house_that_the_dateline_names_signs_as_an_agency_does() -> None:
    text = "Ferry aground\n\nPIRAEUS, Aug 6 (Meridian) - A ferry ran aground, the coast guard said.\n\n{}\n\nWorld"
    signed = read(text.format("Meridian Wire"))
    assert (signed.credit, signed.provider, signed.keywords) == ("Meridian Wire", "Meridian Wire", ["World"])
    assert signed.body.endswith("the coast guard said.")
    assert read(text.format("Meridian wired its masts")).keywords == []


def test_the_same_file_is_the_same_story_and_no_file_has_an_id() -> None:
    assert read("A headline\n\nText.").family == read("A headline\n\nOther text.").family == "42_storm"
    assert read("A headline\n\nText.", name="").guid == ""


@pytest.mark.parametrize(
    "head", ["<html><p>x", "<?xml version='1.0'?><a/>", '{"a": 1}', "[{", "\x01\x02 wire", "12 34", ""]
)
def test_what_is_no_text_is_not_claimed(head: str) -> None:
    assert not FORMAT.sniff(head)


def test_what_is_text_is_claimed() -> None:
    assert FORMAT.sniff("Harbour closes\n")
    assert FORMAT.sniff("東京の港が閉鎖")


def test_an_empty_text_is_unreadable() -> None:
    with pytest.raises(UnreadableDocument):
        read("  \n\xa0\n")


@pytest.mark.parametrize(
    ("line", "doubt"),
    [
        ("05/08/2024", "05/08/2024: read as day, then month"),
        ("08/25/2024", ""),
        ("25/08/2024", ""),
        ("05.08.2024", ""),
    ],
)
def test_a_date_in_figures(line: str, doubt: str) -> None:
    (stamp,) = stamps(line)
    assert stamp.at.month == 8
    assert stamp.doubt == doubt


@pytest.mark.parametrize("line", ["31 February 2024", "version 2024.99.99", "9999999999", "May 2024"])
def test_no_date(line: str) -> None:
    assert stamps(line) == []


def test_nothing_below_a_line_of_private_notes() -> None:
    private = "Die folgenden Informationen sind nicht zur Veröffentlichung bestimmt"
    found = read(f"Feuer im Hafen\n\nBerlin (dpa) - Ein Feuer.\n\n****\n{private}\nAda, Tel. 030 12345\n")
    assert "12345" not in repr(found)
    assert "Ein Feuer." in found.body
    stars = read("Feuer im Hafen\n\nEin Feuer.\n\n* * * *\n\nNoch ein Feuer.\n")
    assert "Noch ein Feuer." in stars.body
