"""The lines under a story go into their fields; nothing private is published."""

from __future__ import annotations

import pytest

from pipeline.clean.credits import cut

STORY = ["Gold rose on Monday.", "It fell on Tuesday."]


@pytest.mark.parametrize(
    "line",
    [
        "Reuters",
        "REUTERS",
        "(AP)",
        "— AFP",
        "dpa",
        "© AFP",
        "(c) Reuters",
        "Source: Reuters",
        "Agence France-Presse",
        " Reuter",
    ],
)
def test_a_signature_is_the_credit(line: str) -> None:
    tail = cut([*STORY, line])
    assert tail.body == STORY
    assert tail.credit
    assert tail.provider in ("Reuters", "AP", "AFP", "dpa")


@pytest.mark.parametrize(
    "line", ["ENDS", "ends", "-30-", "(END)", "###", "* * *", "___", "-ENDE-", "ENDS///"]
)
def test_an_end_mark_goes(line: str) -> None:
    assert cut([*STORY, line]).body == STORY


@pytest.mark.parametrize(
    "line", ["He won.", "30", "Berlin", "More", "The associated press of grapes", "tt", "map"]
)
def test_a_short_line_of_the_story_stays(line: str) -> None:
    assert cut([*STORY, line]).body == [*STORY, line]


def test_staff_lines_lose_addresses_and_telephones() -> None:
    tail = cut(
        [*STORY, "(Reporting by Ann Varga in Oslo; Editing by Bo Ek; ann.varga@example.com; +47 22 33 44 55)"]
    )
    assert tail.body == STORY
    assert tail.staff == "Reporting by Ann Varga in Oslo; Editing by Bo Ek"


def test_staff_after_the_last_sentence() -> None:
    tail = cut(["Gold rose.", "It fell, he said. (Reporting by Ann Varga; Editing by Bo Ek)"])
    assert tail.body == ["Gold rose.", "It fell, he said."]
    assert tail.staff == "Reporting by Ann Varga; Editing by Bo Ek"


def test_a_signature_after_the_last_sentence() -> None:
    tail = cut(["Gold rose.", "It fell, he said. (dpa)"])
    assert (tail.body[-1], tail.provider) == ("It fell, he said.", "dpa")
    assert cut(["He met people (PA)"]).body == ["He met people (PA)"]


def test_everything_under_a_story_at_once() -> None:
    tail = cut(
        [
            *STORY,
            "___",
            "AP writer Bo Ek in Oslo contributed to this report.",
            "___",
            "Copyright 2024 The Associated Press. All rights reserved.",
            "AP",
        ]
    )
    assert tail.body == STORY
    assert tail.staff == "AP writer Bo Ek in Oslo contributed to this report."
    assert tail.rights.startswith("Copyright 2024")
    assert tail.provider == "AP"


def test_contacts_are_never_published() -> None:
    tail = cut([*STORY, "((ann.varga@example.com; +47 22 33 44 55; Messaging: ann.varga@example.net))"])
    assert tail.body == STORY
    assert "example" not in repr(tail)


def test_the_wire_s_own_name_signs_too() -> None:
    assert cut([*STORY, "(Harbour News)"], ("Harbour News",)).body == STORY


def test_a_story_of_nothing_but_a_credit_has_no_text() -> None:
    assert cut(["Reuters"]).body == []
    assert cut(["ENDS"]).body == ["ENDS"]


def test_the_initials_of_an_arabic_desk_go() -> None:
    assert cut(["اندلع حريق في المرفأ.", "ب ح/س ص/ع ن"]).body == ["اندلع حريق في المرفأ."]


@pytest.mark.parametrize(
    "line", ["1010342", "ABC // DEF", "Lusa/Fim", "RED-XY", "JPE/", "/JPE/", "AAP ta/pn"]
)
def test_codes_and_initials_under_a_story_go(line: str) -> None:
    assert cut([*STORY, line]).body == STORY


@pytest.mark.parametrize(("tail", "credit"), [("(©NTB)", "©NTB"), ("EFE", "EFE"), ("(ANSA).", "ANSA")])
def test_more_signatures_after_the_last_sentence(tail: str, credit: str) -> None:
    found = cut([*STORY, f"He won. {tail}"])
    assert (found.body, found.credit) == ([*STORY, "He won."], credit)


def test_a_reporter_and_the_agency_under_a_story() -> None:
    found = cut([*STORY, "Ada Lind/TT"])
    assert (found.body, found.credit, found.staff) == (STORY, "TT", "Ada Lind/TT")
