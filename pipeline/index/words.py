"""How text becomes words to find: one case, no accents, and scripts without spaces cut into characters."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_LETTERS = dict(
    zip("øłđðıё", "olddiе", strict=True),
    þ="th",
    ß="ss",
    æ="ae",
    œ="oe",
    # Arabic as people type it: taa marbuta, alef maqsura, no tatweel; the zero-width space parts words
    **{"ة": "ه", "ى": "ي", "ـ": "", "\u200b": " "},
)
"""Letters that Unicode doesn't take apart but readers take for another."""

ALONE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Myanmar, Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    "\uac00-\ud7a3"  # Korean has spaces, but hangs its particles on the word
)
"""Characters that are words by themselves, as the inside of a character class: a word of such a script is
a phrase of them, so that it is found wherever it stands."""

MARKS = "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
"""Marks that go on with a word, and the Indic scripts, whose vowels are marks; the inside of a character
class."""

TOKENIZER = "unicode61 remove_diacritics 0 categories 'L* N* M* Co'"
"""The FTS5 tokenizer for text that `searchable` has prepared."""

_PLAIN = "".join(chr(code).lower() if chr(code).isalnum() else " " for code in range(128))
"""What each ASCII character is of a word, or a space."""

_EACH = re.compile(f"[{ALONE}]")
_WORD = re.compile(f"[{ALONE}]|(?:[^\\W_{ALONE}]|[{MARKS}])+")


def fold(text: str) -> str:
    """Text in one case and without accents, one character usually becoming one character."""
    return text.lower() if text.isascii() else text.translate(_folds())


def fold_with_places(text: str) -> tuple[str, list[int] | None]:
    """Folded text, and for each of its characters the place in `text` that it came from; None where all
    are in place."""
    if text.isascii():
        return text.lower(), None
    folds = _folds()
    if all(len(folds[ord(character)]) == 1 for character in set(text)):
        return text.translate(folds), None
    pieces = [folds[ord(character)] for character in text]
    return "".join(pieces), [place for place, piece in enumerate(pieces) for _ in piece]


def searchable(text: str) -> str:
    """Text as the index takes it in."""
    return text if text.isascii() else _EACH.sub(r" \g<0> ", fold(text))


def words(text: str) -> list[str]:
    """The words of a text, as the index has them."""
    return text.translate(_PLAIN).split() if text.isascii() else _WORD.findall(fold(text))


def spaced(text: str) -> str:
    """The words of a text with spaces between them, some of them several."""
    return text.translate(_PLAIN) if text.isascii() else " ".join(words(text))


class _Folds(dict[int, str]):
    """What each character becomes, found out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold(chr(code))
        return folded


@cache
def _folds() -> _Folds:
    return _Folds()


def _fold(character: str) -> str:
    lower = character.lower()
    if lower in _LETTERS:
        return _LETTERS[lower]
    category = unicodedata.category(character)
    if category == "Cf":  # joiners, direction marks, soft hyphens: no reader types them
        return ""
    if category in ("Cs", "Cc"):  # a lone surrogate can't be stored, and a control character parts words
        return " "
    if (
        "\u0400" <= character <= "\u052f" or "\uac00" <= character <= "\ud7a3"
    ):  # Cyrillic letters with marks are others
        return lower
    composed = unicodedata.normalize("NFKC", character).lower()
    if "\u3040" <= composed[:1] <= "\u30ff":  # so are voiced kana
        return composed
    return "".join(c for c in unicodedata.normalize("NFKD", lower) if not _is_accent(c))


def _is_accent(character: str) -> bool:
    """Marks above, below and around letters, Hebrew and Arabic points; not the vowels and tones that
    spell a word in Indic scripts and Thai (Unicode canonical combining classes, UAX 44 table 15)."""
    place = unicodedata.combining(character)
    return 10 <= place <= 36 or place >= 200
