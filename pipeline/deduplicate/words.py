"""Text to word codes: one number a word, alike in capitals and small letters, with what kind of word it
is."""

from __future__ import annotations

import unicodedata
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.deduplicate.compiled import compiled

NUMBER: Final = 1
"""A figure, a number word, a day or a month: what changes from one use of a template to the next."""
UNIT: Final = 2
"""Written or left out as the outlet likes: dollars, percent, articles."""
NAME: Final = 4
"""Begins with a capital and goes on in small letters."""
SHORT: Final = 8
"""Up to three letters: says little alone."""
REVISED: Final = 16
"""A word by which headlines mark another version: UPDATE, CORRECTED, RPT."""
FLAG_BITS: Final = 8

LETTERS: Final = 40_000
"""Characters of a story that are looked at; the rest of a longer one is left aside."""

_PLANE: Final = 0x10000
"""Characters above the basic plane are letters as they stand."""
_APART, _SMALL, _CAPITAL, _DIGIT, _ALONE = range(5)
_NO_SPACES = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x3400, 0x9FFF),
    (0xF900, 0xFAFF),
)
"""Scripts without spaces between words (Thai, Lao, Burmese, Khmer, Japanese, Chinese): each character is a
word here."""

_NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty"
)
_CALENDAR = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april june july august september"
    " october november december montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz juni"
    " juli oktober dezember lundi mardi mercredi jeudi vendredi samedi dimanche janvier février avril juin juillet"
    " août septembre octobre novembre décembre lunes martes miércoles jueves viernes sábado domingo enero febrero"
    " marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
)
_UNITS = "pct percent per cent dlr dlrs dollar dollars usd us the a an s"
_REVISED = (
    "update updates updated correction corrected corrects corrección rpt repeat repeats refile refiles recast recasts"
    " writethru writethrough korrektur berichtigung wiederholung zusammenfassung rectificatif actualisation"
)
_SAME = (
    "million mln mlns mn millions, billion bln blns bn billions, cents cts, cent ct, share shr, shares shrs,"
    " revenues revs revenue, quarter qtr, month mth, months mths, government govt, january jan, february feb,"
    " march mar, april apr, june jun, july jul, august aug, september sept sep, october oct, november nov, december dec,"
    " corporation corp, company co, incorporated inc, limited ltd"
)
"""Groups of one meaning; the first stands for all."""


class Words:
    """Reads texts into word codes: 32 bits of hash above FLAG_BITS of what kind of word it is. The same
    on every machine."""

    def __init__(self) -> None:
        self._classes, self._folded = _characters()
        self._special = np.zeros((1024, 2), np.uint64)
        for number, word in enumerate(_NUMBER_WORDS.split()):
            self._say(word, self._plain(str(number)))
        for word in _CALENDAR.split():
            self._say(word, self._plain(word) | NUMBER)
        for word in _UNITS.split():
            self._say(word, self._plain(word) | UNIT)
        for word in _REVISED.split():
            self._say(word, self._plain(word) | REVISED)
        for group in _SAME.split(","):
            first, *others = group.split()
            for word in others:
                self._say(word, self._plain(first))

    def codes(self, headline: str, body: str) -> tuple[NDArray[np.uint64], int]:
        """The codes of the words of a headline and a body, in order, LETTERS characters of them at
        most; and how many are the headline's."""
        if not (headline.isascii() and body.isascii()):
            headline = unicodedata.normalize("NFKC", headline[:LETTERS])
            body = unicodedata.normalize("NFKC", body[:LETTERS])
        text = f"{headline}\n{body[:LETTERS]}"[:LETTERS]
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        codes, head = _codes(points, len(headline), self._classes, self._folded, self._special)
        return codes, head

    def _plain(self, word: str) -> int:
        return int(self.codes(word, "")[0][0])

    def _say(self, word: str, code: int) -> None:
        """Have `word` read as `code`."""
        hashed = self._plain(word) >> FLAG_BITS
        place = hashed % len(self._special)
        while self._special[place, 1]:
            place = (place + 1) % len(self._special)
        self._special[place] = hashed, code


def _characters() -> tuple[NDArray[np.uint8], NDArray[np.uint32]]:
    """What each character of the basic plane is, and what it counts as: its small letter, the Latin form
    of a digit."""
    classes = np.zeros(_PLANE, np.uint8)
    folded = np.arange(_PLANE, dtype=np.uint32)
    kinds = np.array(list(map(unicodedata.category, map(chr, range(_PLANE)))))
    letters = np.isin(kinds.astype("U1"), ("L", "M"))
    classes[letters | (kinds == "Nl")] = _SMALL
    classes[(kinds == "Lu") | (kinds == "Lt")] = _CAPITAL
    classes[kinds == "Nd"] = _DIGIT
    for first, last in _NO_SPACES:
        classes[first : last + 1][letters[first : last + 1]] = _ALONE
    for point in np.flatnonzero(classes == _DIGIT).tolist():
        folded[point] = ord("0") + unicodedata.decimal(chr(point))
    for point in np.flatnonzero((classes == _SMALL) | (classes == _CAPITAL)).tolist():
        small = chr(point).lower()
        if len(small) == 1:
            folded[point] = ord(small)
    return classes, folded


@compiled
def _codes(
    points: NDArray[np.uint32],
    headline: int,
    classes: NDArray[np.uint8],
    folded: NDArray[np.uint32],
    special: NDArray[np.uint64],
) -> tuple[NDArray[np.uint64], int]:
    codes = np.empty(len(points), np.uint64)
    count = 0
    head = 0
    i = 0
    while i < len(points):
        kind = classes[points[i]] if points[i] < _PLANE else _SMALL
        if kind == _APART:
            i += 1
            continue
        start = i
        hashed = np.uint64(0xCBF29CE484222325)
        flags = np.uint64(0)
        if kind == _DIGIT:
            flags = np.uint64(NUMBER)
            decimal = False
            held = 0  # the point and zeros after it, that count only if another digit follows
            while i < len(points):
                point = points[i]
                if point < _PLANE and classes[point] == _DIGIT:
                    digit = folded[point]
                    if decimal and digit == 48:
                        held += 1
                    else:
                        for _ in range(held):
                            hashed = (hashed ^ np.uint64(46)) * np.uint64(0x100000001B3)
                        held = 0
                        hashed = (hashed ^ np.uint64(digit)) * np.uint64(0x100000001B3)
                elif (
                    (point == 44 or point == 46)
                    and i + 1 < len(points)
                    and points[i + 1] < _PLANE
                    and classes[points[i + 1]] == _DIGIT
                ):
                    if point == 46:
                        decimal = True
                        held += 1
                else:
                    break
                i += 1
        elif kind == _ALONE:
            hashed = (hashed ^ np.uint64(points[i])) * np.uint64(0x100000001B3)
            i += 1
        else:
            while i < len(points):
                point = points[i]
                if point < _PLANE:
                    if classes[point] != _SMALL and classes[point] != _CAPITAL:
                        break
                    hashed = (hashed ^ np.uint64(folded[point])) * np.uint64(0x100000001B3)
                else:
                    hashed = (hashed ^ np.uint64(point)) * np.uint64(0x100000001B3)
                i += 1
            if i - start <= 3:
                flags |= np.uint64(SHORT)
            if (
                kind == _CAPITAL
                and i - start > 1
                and points[start + 1] < _PLANE
                and classes[points[start + 1]] == _SMALL
            ):
                flags |= np.uint64(NAME)
        hashed ^= hashed >> np.uint64(31)
        hashed *= np.uint64(0x9E3779B97F4A7C15)
        hashed >>= np.uint64(32)
        code = (hashed << np.uint64(FLAG_BITS)) | flags
        place = hashed % np.uint64(len(special))
        while special[place, 1]:
            if special[place, 0] == hashed:
                code = special[place, 1]
                break
            place = (place + np.uint64(1)) % np.uint64(len(special))
        codes[count] = code
        count += 1
        if start < headline:
            head = count
    return codes[:count].copy(), head
