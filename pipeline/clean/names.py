"""Names as people write them: `JANE O'BRIEN` is Jane O'Brien, `NEW YORK` New York, `FORT WASHINGTON, Pa.` Fort Washington, Pa."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’ʼ](?=[^\W\d_]))*")
_PARTICLES = frozenset(
    str.split(
        "de del della der den di da do dos das du des van von la le les y e of the and am an im al bin ibn ter ten zu zur"
    )
)
_KEPT = frozenset(str.split("II III IV DC UN US USA UK UAE EU TV BBC CNN ABC NBC CBS JR SR"))
_SHORT = {"JR": "Jr", "SR": "Sr"}


def person_case(name: str) -> str:
    """A name written in capitals, in normal case; one in mixed case stays as it is."""
    return (
        " ".join(
            _WORD.sub(_person_word, word) if word.isupper() and len(word.strip(".")) > 1 else word
            for word in name.split()
        )
        if _shouted(name)
        else name
    )


def place_case(place: str) -> str:
    """A place written in capitals, in normal case; words in mixed case (`Pa.`) stay."""
    words = place.split()
    return " ".join(_cased(word, first=number == 0) for number, word in enumerate(words))


def _shouted(name: str) -> bool:
    """True where a name's longer words are in capitals."""
    return any(word.isupper() and len(word.strip(".,")) > 2 for word in name.split())


def _person_word(found: re.Match[str]) -> str:
    word = found[0]
    if word in _KEPT:
        return _SHORT.get(word, word)
    if len(word) == 2 and word.isascii() and not any(vowel in word for vowel in "AEIOUYÄÖÜ"):
        return word  # initials: JD
    lower = word.capitalize()
    if lower.startswith("Mc") and len(lower) > 4:
        return "Mc" + lower[2:].capitalize()
    if len(word) > 2 and word[1] in "'’ʼ":
        return lower[0] + word[1] + lower[2:].capitalize()
    return lower


def _cased(word: str, first: bool) -> str:
    if not word.isupper() or "." in word[:-1] or word.strip(".,/-") in ("DC", "UAE", "USA", "UK", "US"):
        return word
    if not first and word.casefold() in _PARTICLES:
        return word.lower()
    if re.fullmatch(r"[A-Z]{2}", word) and not first:
        return word  # a state: VA
    return _WORD.sub(_place_word, word)


def _place_word(found: re.Match[str]) -> str:
    word = found[0].capitalize()
    return word[:2] + word[2:].capitalize() if len(word) > 2 and word[1] in "'’ʼ" else word
