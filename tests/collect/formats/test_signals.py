"""What codes, slugs and notes say of a version."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.collect.formats.signals import (
    embargo_in,
    from_code,
    from_note,
    from_slug,
    speaks_of_embargo,
    status_of,
    strongest,
)


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("sig:update", "update"),
        ("sig:correction", "correction"),
        ("http://cv.iptc.org/newscodes/signal/correction", "correction"),
        ("stat:canceled", "kill"),
        ("http://cv.iptc.org/newscodes/pubstatusg2/canceled", "kill"),
        ("Canceled", "kill"),
        ("edStat:C", "correction"),
        ("edStat:N", "new"),
        ("update:append-major-content", "update"),
        ("apsig:newscontent", None),
        ("usable", None),
    ],
)
def test_codes(code: str, change: str | None) -> None:
    assert from_code(code) == change


@pytest.mark.parametrize(
    ("slug", "change"),
    [
        ("BC-XX--Harbour Fire, 2nd Ld-Writethru", "update"),
        ("HARBOUR-FIRE/ (UPDATE 3, PIX)", "update"),
        ("HARBOUR-FIRE/ (CORRECTED)", "correction"),
        ("BC-XX--Harbour Fire, KILL", "kill"),
        ("1ST LEAD", "update"),
        ("HARBOUR-FIRE", None),
    ],
)
def test_slugs(slug: str, change: str | None) -> None:
    assert from_slug(slug) == change


@pytest.mark.parametrize(
    ("note", "change"),
    [
        ("Eds: Adds quotes from the mayor.", "update"),
        ("CORRECTS spelling of the harbour, adds quotes", "correction"),
        ("Korjattu aiempaa: satama on Turussa.", "correction"),
        ("Berichtigt wird im zweiten Absatz der Name.", "correction"),
        ("Rättelse: hamnen ligger i Åbo.", "correction"),
        ("Utvidet versjon.", "update"),
        ("Amplía con declaraciones", "update"),
        ("Please kill the story on the harbour fire", "kill"),
        ("With AP Photos.", None),
        ("", None),
    ],
)
def test_notes_in_the_agencies_languages(note: str, change: str | None) -> None:
    assert from_note(note) == change


def test_the_gravest_statement_wins() -> None:
    assert strongest("update", None, "kill", "correction") == "kill"
    assert strongest(None, None) is None


def test_publication_status() -> None:
    assert status_of("stat:withheld") == "withheld"
    assert status_of("embargoed") == "withheld"
    assert status_of("Canceled") == "canceled"
    assert status_of("stat:usable") == "usable"


@pytest.mark.parametrize(
    ("note", "zone", "until"),
    [
        ("Embargoed to 0001 Friday September 9", "Europe/London", "2016-09-08T23:01"),
        ("STRICTLY EMBARGOED until 6:30 p.m. EDT, Sept. 12", "", "2016-09-12T22:30"),
        ("Sperrfrist 10. September 19.00 Uhr", "Europe/Berlin", "2016-09-10T17:00"),
        (
            "Bitte beachten Sie die Sperrfrist bis morgen (09.09.), 18.30 Uhr",
            "Europe/Berlin",
            "2016-09-09T16:30",
        ),
        ("Embargoed until noon", "Europe/London", "2016-09-09T11:00"),
        ("Embargoed until 2 January 2017, 10:00", "", "2017-01-02T10:00"),
    ],
)
def test_embargoes_in_words(note: str, zone: str, until: str) -> None:
    sent = datetime(2016, 9, 8, 12, 24, tzinfo=UTC)
    assert embargo_in(note, sent, zone) == datetime.fromisoformat(until).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "note",
    [
        "The embargo against the island was extended.",
        "EMBARGO LIFTED: for immediate use",
        "Embargoed until further notice",
    ],
)
def test_no_end_is_read_where_none_is_told(note: str) -> None:
    assert embargo_in(note, datetime(2016, 9, 8, tzinfo=UTC), "") is None


def test_a_note_that_holds_is_told_from_one_about_trade() -> None:
    assert speaks_of_embargo("EMBARGOED until further notice")
    assert not speaks_of_embargo("Adds details of the trade embargo")
    assert not speaks_of_embargo("Embargo lifted, for immediate use")
