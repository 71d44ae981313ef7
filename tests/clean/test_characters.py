"""Characters come out as they were meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean.characters import line, mended


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("DÃ©cÃ¨s de l'opÃ©ratrice", "Décès de l'opératrice"),
        ("itâ€™s â€œfineâ€\x9d", "it’s “fine”"),
        ("\x93quoted\x94", "“quoted”"),
        ("soft\xadhyphen", "softhyphen"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("a\xa0b\u2009c", "a b c"),
        ("e\u0301", "é"),
        ("nul\0 bell\x07", "nul bell"),
        ("pair \ud83d\ude00, lone \ud83d.", "pair 😀, lone \ufffd."),
        ("a\r\nb\rc", "a\nb\nc"),
        ("“don’t” — 'do'", "“don’t” — 'do'"),
        ("São Paulo, Ångström, Ёлка, 東京", "São Paulo, Ångström, Ёлка, 東京"),
        ("می‌خواهم", "می‌خواهم"),
    ],
)
def test_text_is_mended(written: str, meant: str) -> None:
    assert mended(written) == meant


def test_a_line_has_no_entities_and_single_spaces() -> None:
    assert line("  AT&amp;amp;T \n &#8217;s  R&D ") == "AT&T ’s R&D"


@given(st.text())
def test_nothing_invisible_is_left_and_all_can_be_written(text: str) -> None:
    once = mended(text)
    assert not any(character in once for character in "\0\x07\u200b\ufeff\xad\r")
    once.encode("utf-8")
