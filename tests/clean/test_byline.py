"""Bylines become people's names; agencies, staff and desks are no people."""

from __future__ import annotations

import time

import pytest

from pipeline.clean.byline import is_title, of_element, of_line

ELEMENTS = [
    ("By Ann Varga", ["Ann Varga"], ""),
    ("By JANE DOE and John Roe, Associated Press", ["Jane Doe", "John Roe"], "Associated Press"),
    ("Von Max Muster und Erika Beispiel, dpa", ["Max Muster", "Erika Beispiel"], "dpa"),
    ("José Ángel Gómez y María López", ["José Ángel Gómez", "María López"], ""),
    ("Kari Olsen / Sjekket.no", ["Kari Olsen"], "Sjekket.no"),
    ("ANTTI MALLI, HETA MALLI", ["Antti Malli", "Heta Malli"], ""),
    ("Aaron J. Doe, Example State University", ["Aaron J. Doe"], "Example State University"),
    ("BY TED D'ARCY, Reuters", ["Ted D'Arcy"], "Reuters"),
    ("By Jane van der Berg in London", ["Jane van der Berg"], ""),
    ("John Smith Jr., Reuters", ["John Smith Jr."], "Reuters"),
    ("Mia Doe and Jordan Press", ["Mia Doe", "Jordan Press"], ""),
    ("Peter and Jane", ["Peter", "Jane"], ""),
    ("jane@example.com (Jane Doe)", ["Jane Doe"], ""),
    ("By Jane Doe | Aug 5, 2024", ["Jane Doe"], ""),
    ("by | Aug 5, 2024", [], ""),
    ("By Reuters Staff", [], "Reuters Staff"),
    ("By Staff", [], "Staff"),
    ("By dpa correspondents", [], "dpa correspondents"),
    ("NTB", [], "NTB"),
    ("HETA MALLI, Turku", ["Heta Malli"], "Turku"),
    ("By Jane Doe (Brussels) and Bo Ek (London)", ["Jane Doe", "Bo Ek"], "Brussels, London"),
    ("By Jane Doe and By Bo Ek", ["Jane Doe", "Bo Ek"], ""),
    ("By Jane Doe, with Bo Ek", ["Jane Doe", "Bo Ek"], ""),
    ("By Con Coughlan", ["Con Coughlan"], ""),
    ("By JANE DOE\nAssociated Press", ["Jane Doe"], "Associated Press"),
    ("بقلم علي حسن", ["علي حسن"], ""),
    ("admin", [], "admin"),
]


@pytest.mark.parametrize(("written", "names", "title"), ELEMENTS)
def test_a_byline_is_people_and_the_rest(written: str, names: list[str], title: str) -> None:
    assert of_element(written) == (names, title)


@pytest.mark.parametrize(
    "line",
    [
        "By Jane Doe",
        "BY JANE DOE, Reuters",
        "Von Max Muster, dpa",
        "By Reuters Staff",
        "Par Jeanne Dupont",
        "Heta Malli, STT",
        "Ada Lind/TT",
        "By Jane Doe in Cairo",
    ],
)
def test_a_line_that_is_a_byline(line: str) -> None:
    assert of_line(line) is not None


@pytest.mark.parametrize(
    "line",
    [
        "By the time it ended, it was late.",
        "By Monday the river had risen",
        "Von der Leyen besucht Paris",
        "Par ailleurs, la Banque a parlé",
        "New York, AP",
        "Apple Inc, AP",
        "Jane Doe",
        "By Jane Doe said the minister would go and that was the end of it.",
    ],
)
def test_a_line_that_is_text(line: str) -> None:
    assert of_line(line) is None


def test_the_line_under_a_byline() -> None:
    assert is_title("AP Business Writer")
    assert is_title("Associated Press")
    assert not is_title("The writer was there.")


def test_a_hostile_byline_costs_no_more_than_its_length() -> None:
    started = time.process_time()
    of_element("By Jane Doe in " + "A" * 5_000 + "<")
    of_element("By Jane Doe in " + "Aa " * 2_000 + "<")
    assert time.process_time() - started < 5
