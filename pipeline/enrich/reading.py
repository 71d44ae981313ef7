"""Which sentences a model has to read: those with a capitalised word that is neither a table's nor a sentence's first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.enrich.gazetteer import Gazetteer
from pipeline.enrich.passages import UPPER, Passage
from pipeline.enrich.spans import Span
from pipeline.enrich.vocabulary import NOISE

_SENTENCE_END = re.compile(rf"(?:(?<=\s)|^)[^\s{UPPER}][^\s{UPPER}]*[.!?][\"')]*\s+(?=[\"'(]*[{UPPER}])")
"""A word in small letters, a full stop, and a capital: surely an end; `Mr. Smith` and `Corp. said` are none."""


def worth_reading(passage: Passage, tables: Sequence[Span], names: Gazetteer) -> list[tuple[int, int]]:
    """Stretches of whole sentences, in order. A sentence whose only capitals are its first word and names that the tables are
    sure of tells a model nothing, and half of its time goes into such. Texts in scripts without capitals are read whole."""
    text = passage.cased
    if not text.isascii() and not passage.words:
        return [(0, len(text))]
    sure = [
        (s.start, s.end) for s in tables if s.known is not None and s.known.sure and s.known.kind != "city"
    ]
    stretches: list[tuple[int, int]] = []
    words = iter(passage.words)
    word = next(words, None)
    for start, end in _sentences(text):
        telling = False
        while word is not None and word[0] < end:
            telling = telling or _telling(text, start, word, sure, names)
            word = next(words, None)
        if telling:
            if stretches and stretches[-1][1] == start:
                stretches[-1] = (stretches[-1][0], end)
            else:
                stretches.append((start, end))
    return stretches


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _SENTENCE_END.finditer(text):
        yield start, match.end()
        start = match.end()
    if start < len(text):
        yield start, len(text)


def _telling(
    text: str, sentence: int, word: tuple[int, int, str], sure: Sequence[tuple[int, int]], names: Gazetteer
) -> bool:
    start, end, name = word
    low = name.lower()
    if low in NOISE or any(a <= start and end <= b for a, b in sure):
        return False
    return not (low in names.common and not text[sentence:start].strip(" \"'("))
