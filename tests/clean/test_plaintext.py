"""Text from a teletype, a typist or a page becomes its paragraphs; tables stay tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean.plaintext import paragraphs

TEXTS = {
    "one line": ("The end.", ["The end."]),
    "blank lines": ("One.\n\nTwo.\n \t \nThree.", ["One.", "Two.", "Three."]),
    "lines of non-breaking spaces": ("One.\n\xa0\nTwo.", ["One.", "Two."]),
    "wrapped": (
        "The harbour of the old town was closed on Monday after "
        "a\nstorm had sunk two ferries, the port authority said in a\nstatement.\n\nNobody was hurt.",
        [
            "The harbour of the old town was closed on Monday after "
            "a storm had sunk two ferries, the port authority said in a statement.",
            "Nobody was hurt.",
        ],
    ),
    "paragraphs begun by an indent": (
        "    The harbour of the old town was closed on Monday "
        "after a\nstorm had sunk two ferries.\n    Nobody was "
        "hurt, and the owner of the ferries said that\nboth were insured.",
        [
            "The harbour of the old town was closed on Monday after a storm had sunk two ferries.",
            "Nobody was hurt, and the owner of the ferries said that both were insured.",
        ],
    ),
    "a compound at the line's end": (
        "The harbour of the old town was closed after the Danish-\nowned ferry had sunk in the night, officials said.",
        ["The harbour of the old town was closed after the Danish-owned ferry had sunk in the night, officials said."],
    ),
    "long lines are paragraphs": (
        f"{'The first paragraph goes on and on. ' * 8}\n{'The second is as long as that one. ' * 8}",
        [("The first paragraph goes on and on. " * 8).strip(), ("The second is as long as that one. " * 8).strip()],
    ),
    "a table": (
        "Results:\n\nRovers       3   1\nUnited       1   1\nAthletic     0   2",
        ["Results:", "Rovers       3   1\nUnited       1   1\nAthletic     0   2"],
    ),
    "short lines": (
        "Shr 4 cts vs 3 cts\nNet 120,000 vs 90,000\nRevs 2.2 mln vs 1.9 mln",
        ["Shr 4 cts vs 3 cts\nNet 120,000 vs 90,000\nRevs 2.2 mln vs 1.9 mln"]),
    "summary points": (
        "    * Gold rises as the dollar falls\n    * Investors wait for the bank\n\n    Gold rose on Monday.",
        ["* Gold rises as the dollar falls", "* Investors wait for the bank", "Gold rose on Monday."],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS.keys())
def test_a_text_reads_as_its_paragraphs(text: str, expected: list[str]) -> None:
    assert paragraphs(text) == expected


@given(st.text(alphabet="ab. -\n\t|*"))
def test_no_word_is_lost_and_no_paragraph_is_empty(text: str) -> None:
    found = paragraphs(text)
    assert all(paragraph.strip() for paragraph in found)
    assert "".join("".join(found).split()) == "".join(text.split())
