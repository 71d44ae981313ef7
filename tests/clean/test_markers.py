"""Headlines lose their markers, which say what a version is; notes and kill notices say it too."""

from __future__ import annotations

import pytest

from pipeline.clean.markers import of_headline, of_notes, of_slug
from pipeline.story import Change

MARKED: list[tuple[str, str, Change | None]] = [
    ("UPDATE 2-Gold rises", "Gold rises", "update"),
    ("UPDATE 1 - Gold rises", "Gold rises", "update"),
    ("WRAPUP 3-Gold rises", "Gold rises", "update"),
    ("CORRECTED-Gold rises", "Gold rises", "correction"),
    ("CORRECTED-UPDATE 1-Gold rises", "Gold rises", "correction"),
    ("Correction: Gold story", "Gold story", "correction"),
    ("REFILE-Gold rises", "Gold rises", "correction"),
    ("RPT-UPDATE 2-Gold rises", "Gold rises", "repeat"),
    ("BREAKING: Gold rises", "Gold rises", None),
    ("CPNewsAlert: Gold rises", "Gold rises", None),
    ("URGENT - Gold rises", "Gold rises", None),
    ("ALERT-Gold rises", "Gold rises", None),
    ("KILL: Gold rises", "Gold rises", "kill"),
    ("WITHDRAWN-Gold rises", "Gold rises", "kill"),
    ("ADVISORY-Gold rises", "Gold rises", "advisory"),
    ("(UPDATE 2) Gold rises", "Gold rises", "update"),
    ("(2nd LD) Gold rises", "Gold rises", "update"),
    ("Gold rises - UPDATE 2", "Gold rises", "update"),
    ("Gold rises (Corrected)", "Gold rises", "correction"),
    ("2. ZUSAMMENFASSUNG: Gold steigt", "Gold steigt", "update"),
    ("(Neu: Zitat) Gold steigt", "Gold steigt", "update"),
    ("++ RETTIFICA ++ Oro sale", "Oro sale", "correction"),
    ("Ampl.- Sube el oro", "Sube el oro", "update"),
    ("1st LEAD Gold rises", "Gold rises", "update"),
    ("ROUNDUP: Gold rises", "Gold rises", "update"),
    ("3e LEAD: L'or monte", "L'or monte", "update"),
    ("ACHTUNG - STORNO: Gold steigt", "Gold steigt", "kill"),
    ("إلغاء: ارتفاع الذهب", "ارتفاع الذهب", "kill"),
    ("KORREKTUR: Gold steigt", "Gold steigt", "correction"),
    ("Berichtigung: Gold steigt", "Gold steigt", "correction"),
    ("EILMELDUNG: Gold steigt", "Gold steigt", None),
    ("CORRECTIF - L'or monte", "L'or monte", "correction"),
    ("AMP.- El oro sube", "El oro sube", "update"),
    ("CORRECCIÓN: El oro sube", "El oro sube", "correction"),
    ("RETTELSE: Guldet stiger", "Guldet stiger", "correction"),
    ("OIKAISU: Kulta nousee", "Kulta nousee", "correction"),
]

UNMARKED = [
    "Kill Bill returns to the screen",
    "KILL-switch law passes",
    "Update on the road works",
    "Breaking records in Oslo",
    "ALERT LEVEL RAISED",
    "PRECIOUS-Gold rises",
    "Soccer-City win",
    "Lead: the metal that nobody wants",
    "CORRECTIONS OFFICER HURT",
    "New York: city of lights",
    "10-7 win for City",
    "Roundup: Gold rises",
    "Indragen: körkortet",
]


@pytest.mark.parametrize(("headline", "rest", "change"), MARKED)
def test_a_marker_leaves_the_headline_and_says_the_change(
    headline: str, rest: str, change: Change | None
) -> None:
    marked = of_headline(headline)
    assert (marked.headline, marked.change) == (rest, change)
    assert marked.marker


@pytest.mark.parametrize("headline", UNMARKED)
def test_a_word_is_no_marker(headline: str) -> None:
    assert of_headline(headline) == (headline, "", None)


def test_a_headline_of_markers_alone_stays() -> None:
    assert of_headline("KILL KILL KILL").change == "kill"
    assert of_headline("KILL KILL KILL").headline == "KILL KILL KILL"


@pytest.mark.parametrize(
    ("slug", "change"),
    [
        ("METALS-GOLD/ (UPDATE 1)", "update"),
        ("METALS-GOLD/ (UPDATE 1, PIX, CORRECTED)", "correction"),
        ("BC-US--Gold, 2nd Ld", "update"),
        ("METALS-GOLD/ (PIX)", None),
    ],
)
def test_a_slug_line_says_the_change(slug: str, change: Change | None) -> None:
    assert of_slug(slug) == change


@pytest.mark.parametrize(
    ("note", "body", "change"),
    [
        ("", ["(Adds comments, detail)", "Gold rose."], "update"),
        ("", ["(In Aug. 3 story, corrects figure in last paragraph)", "Gold rose."], "correction"),
        ("", ["(Repeats to more subscribers)", "Gold rose."], "repeat"),
        ("Corrects spelling of name", ["Gold rose."], "correction"),
        ("", ["KILL KILL KILL", "Do not use."], "kill"),
        ("", ["Editors: please kill the story slugged METALS-GOLD."], "kill"),
        ("", ["Reuters withdraws its story headlined Gold rises, as the figure was wrong."], "kill"),
        ("", ["The story about gold sent at 1012 GMT has been withdrawn."], "kill"),
        ("", ["Die Meldung über Gold wird zurückgezogen."], "kill"),
        ("", ["Gold rose.", "Police said a storm killed two."], None),
        ("", ["The company withdrew the story of its founder from its web site."], None),
        ("With photos.", ["Gold rose."], None),
    ],
)
def test_notes_say_the_change(note: str, body: list[str], change: Change | None) -> None:
    assert of_notes(note, body) == change


def test_a_long_story_about_a_withdrawn_article_is_a_story() -> None:
    assert (
        of_notes("", ["The newspaper's article has been withdrawn.", *["More was said. " * 20] * 8]) is None
    )


@pytest.mark.parametrize(
    ("headline", "change"),
    [
        ("تصحيح - الميناء مغلق", "correction"),
        ("KORR: Brann i havnen", "correction"),
        ("Rechtzetting: Brand in haven", "correction"),
        ("ANNULATIE: Brand in haven", "kill"),
        ("REPETICION: Incendio en el puerto", "repeat"),
        ("ERRATA CORRIGE: Incendio al porto", "correction"),
        ("Peruttu: Satamajuhlat", None),
        ("Korr på taket", None),
    ],
)
def test_markers_in_more_of_the_agencies_languages(headline: str, change: str | None) -> None:
    assert of_headline(headline).change == change
