"""Exact copies: another story with the very same text, whatever its markup, case and spacing; how far apart
in time."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final
from zlib import crc32

from pipeline.story import Story

BRIEF_LETTERS: Final = 120
"""Texts of fewer letters and digits than this, some twenty words, recur as they are: a flash, `Stocks open
higher`."""

BRIEF_WINDOW: Final = timedelta(hours=6).total_seconds()
"""Within so many seconds the same brief text is one story sent twice; later it is the next day's."""

LEAST_LETTERS: Final = 20
"""Texts of fewer letters and digits say too little to tell stories apart."""


PROSE_WORDS: Final = 20
"""Words without a figure in them from which on a body says enough to be known by itself, whatever its headline."""

FIGURES_MOST: Final = 0.2
"""Share of words with a figure in them above which a body is a table: that two companies' results agree in it, by their
template or by chance, says little."""

_WORD: Final = re.compile(r"\w+")
_FIGURE: Final = re.compile(r"\d")
_NOT_ALNUM: Final = bytes(code for code in range(128) if not chr(code).isalnum())


def is_prose(story: Story) -> bool:
    """Does the body say enough to be known by itself, whatever its headline? A line or two, or a table, does not."""
    words = _WORD.findall(" ".join(story.body))
    figures = sum(1 for word in words if _FIGURE.search(word))
    return len(words) - figures >= PROSE_WORDS and figures <= FIGURES_MOST * len(words)


def headline_hash(story: Story) -> int:
    """Of a headline's letters and digits, alike in capitals and small letters."""
    headline = story.headline
    if headline.isascii():
        return crc32(headline.lower().encode().translate(None, _NOT_ALNUM))
    return crc32("".join(filter(str.isalnum, headline.casefold())).encode("utf-8", "surrogatepass"))


def reach(story: Story, window: float) -> float:
    """How far apart in event time, seconds, two stories with this text are one; 0 where the text is too
    short to say. A Chinese or Japanese character counts as three letters: it says as much."""
    if story.word_count >= BRIEF_LETTERS:
        return window
    letters = 0
    for text in (story.headline, *story.body):
        beginning = text[:BRIEF_LETTERS]
        if beginning.isascii():
            letters += len(beginning.encode().translate(None, _NOT_ALNUM))
        else:
            said = filter(str.isalnum, beginning)
            letters += sum(3 if "\u3040" <= c <= "\u9fff" else 1 for c in said)
        if letters >= BRIEF_LETTERS:
            return window
    return min(BRIEF_WINDOW, window) if letters >= LEAST_LETTERS else 0.0
