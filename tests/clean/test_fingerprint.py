"""Equal text has an equal hash whatever surrounds it."""

from __future__ import annotations

from pipeline.clean.fingerprint import text_hash

BODY = [
    "The harbour of the old town was closed on Monday.",
    "Two ferries had sunk in the storm, “officials” said.",
]


def test_case_spacing_punctuation_and_paragraphs_do_not_count() -> None:
    other = [
        'THE HARBOUR of the old town was  closed on Monday - Two ferries had sunk in the storm, "officials" said'
    ]
    assert text_hash("One headline", BODY) == text_hash("Another", other)


def test_another_figure_is_another_text() -> None:
    assert text_hash("", BODY) != text_hash("", [BODY[0], BODY[1].replace("Two", "Six")])


def test_a_short_text_is_told_by_its_headline() -> None:
    assert text_hash("Gold rises", ["More soon."]) != text_hash("Gold falls", ["More soon."])
    assert text_hash("Gold rises", []) == text_hash("GOLD RISES", [])


def test_no_text_has_no_hash() -> None:
    assert text_hash("", []) == ""
