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


@pytest.mark.parametrize(
    "note",
    [
        "Gelieve dit bericht te negeren.",
        "Bericht wordt ingetrokken",
        "Si prega di annullare la notizia precedente",
        "Meldingen trekkes",
        "Saken strykes",
        "Juttu perutaan",
        "Telegrammet utgår",
        "Prière d'annuler la dépêche de 10h12",
        "ANNULATION: l'article sur le port",
        "Die Meldung wird storniert",
        "Queda anulada la noticia",
        "يرجى إلغاء الخبر السابق",
        "AAP withdraws the story slugged Harbour",
    ],
)
def test_kills_in_the_agencies_languages(note: str) -> None:
    assert from_note(note) == "kill"


@pytest.mark.parametrize(
    "note",
    [
        "Le concert est annulé, précise la mairie",
        "Ottelu on peruttu lumen takia",
        "Concierto anulado por la lluvia",
        "Vergunning ingetrokken, meldt de burgemeester",
        "إلغاء مباراة",
        "Kamp avlyst, billetter trekkes",
        "Antrag zurückgezogen",
    ],
)
def test_what_is_cancelled_in_the_news_kills_no_story(note: str) -> None:
    assert from_note(note) != "kill"


@pytest.mark.parametrize(
    ("note", "change"),
    [
        ("Rechtzetting in de tweede alinea: de haven ligt in Gent", "correction"),
        ("Retting: Navnet er Ola", "correction"),
        ("Rättar namnet i andra stycket", "correction"),
        ("Si corregge il nome del porto", "correction"),
        ("تصحيح: اسم الميناء", "correction"),
        ("Voegt reactie toe", "update"),
        ("Lisää kommentteja", "update"),
        ("Legger til sitat", "update"),
        ("يضيف تفاصيل", "update"),
        ("Ripete per migliore ricezione", "repeat"),
        ("Sendes på nytt", "repeat"),
    ],
)
def test_other_changes_in_the_agencies_languages(note: str, change: str) -> None:
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


@pytest.mark.parametrize(
    ("note", "zone", "until"),
    [
        ("SOUS EMBARGO jusqu'au 11/03/2026 à 00h01 GMT", "Europe/Paris", "2026-03-11T00:01"),
        ("EMBARGO jusqu'à mercredi 6h", "Europe/Paris", "2026-03-11T05:00"),
        ("ONDER EMBARGO tot woensdag 11 maart om 6 uur", "Europe/Brussels", "2026-03-11T05:00"),
        ("EMBARGO ALLE 18.00 DI OGGI", "Europe/Rome", "2026-03-10T17:00"),
        ("Sotto embargo fino alle ore 18 dell'11 marzo", "Europe/Rome", "2026-03-11T17:00"),
        ("Klausulert til 11. mars kl. 06.00", "Europe/Oslo", "2026-03-11T05:00"),
        ("EMBARGO 11.3. klo 6.00 asti", "Europe/Helsinki", "2026-03-11T04:00"),
        ("Julkaisuvapaa 11.3.2026 klo 06.00", "Europe/Helsinki", "2026-03-11T04:00"),
        ("Embargo till onsdag 11 mars kl 06.00", "Europe/Stockholm", "2026-03-11T05:00"),
        ("EMBARGOED UNTIL 12.01AM AEDT Thursday, March 12", "", "2026-03-11T13:01"),
        ("Embargoed until 12:01 a.m. ET Friday", "America/Toronto", "2026-03-13T04:01"),
        ("Sperrfrist Freitag 0600", "Europe/Berlin", "2026-03-13T05:00"),
        ("ACHTUNG - Sperrfrist 11.03.26, 18:00 Uhr", "Europe/Berlin", "2026-03-11T17:00"),
        ("Sperrfrist: 11. März, 24.00 Uhr", "Europe/Berlin", "2026-03-11T23:00"),
        ("EMBARGADA hasta las 06:00 horas del 11 de marzo", "Europe/Madrid", "2026-03-11T05:00"),
        ("Embargado até 18h de 11 de março", "Europe/Lisbon", "2026-03-11T18:00"),
        ("محظور النشر حتى الساعة 06:00 ت غ يوم 11 آذار/مارس", "", "2026-03-11T06:00"),
        ("Embargoed until tomorrow 6 p.m. Brussels time", "", "2026-03-11T17:00"),
    ],
)
def test_embargoes_in_the_agencies_languages(note: str, zone: str, until: str) -> None:
    assert speaks_of_embargo(note)
    sent = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)  # a Tuesday
    assert embargo_in(note, sent, zone) == datetime.fromisoformat(until).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "note", ["Embargo levé", "Sperrfrist aufgehoben", "Embargoet er opphevet", "The arms embargo until 2027"]
)
def test_an_embargo_that_is_over_or_none_of_ours_holds_nothing(note: str) -> None:
    assert not speaks_of_embargo(note)


@pytest.mark.parametrize(
    "note",
    [
        "Bitte verwenden Sie die Meldung nicht mehr",
        "Gelieve dit bericht niet te gebruiken",
        "Annule la dépêche de 10h12",
        "ANNULLATE la notizia",
        "Si prega di non tenere conto della notizia",
        "Rogamos no utilicen la información",
        "Não utilizar esta notícia",
        "Artikkelen skal ikke brukes",
        "TT drar tillbaka artikeln",
        "Juttu on vedetty pois",
        "Älkää käyttäkö juttua",
        "يلغى الخبر",
        "AAP KILL",
    ],
)
def test_copy_that_is_not_to_be_used_is_killed(note: str) -> None:
    assert from_note(note) == "kill"


@pytest.mark.parametrize(
    "note",
    [
        "Bericht niet te gebruiken voor 18 uur",
        "Skal ikke brukes før kl. 18",
        "Ska inte publiceras före onsdag",
        "No publiquen antes de las 18",
    ],
)
def test_copy_that_is_not_to_be_used_yet_is_not(note: str) -> None:
    assert from_note(note) != "kill"


@pytest.mark.parametrize(
    ("note", "change"),
    [
        ("Bien lire dans le titre", "correction"),
        ("Precisazione sul secondo paragrafo", "correction"),
        ("NB! Feil i forrige versjon", "correction"),
        ("Erweiterte Fassung", "update"),
        ("Tilføjer citat", "update"),
        ("Met reactie van de minister", "update"),
        ("Wdh. vom Vortag", "repeat"),
        ("Uusinta aamulta", "repeat"),
        ("Mehr folgt in Kürze", None),
        ("Plus à suivre", None),
        ("Kuvia tulossa", None),
    ],
)
def test_more_of_what_notes_say(note: str, change: str | None) -> None:
    assert from_note(note) == change
