"""Where in a story's text the terms of a search stand, and the passage that shows them best."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from pipeline.index import Marked
from pipeline.index.sought import Sought, Term
from pipeline.index.words import ALONE, MARKS, fold_with_places
from pipeline.story import Story

PASSAGE: Final = 240
"""Length of a snippet, characters."""

BEFORE: Final = 80
"""How much of it comes before the first match."""

_ALONE: Final = re.compile(f"[{ALONE}]")
_LETTER: Final = re.compile(f"(?:[^\\W_{ALONE}]|[{MARKS}])+")
"""A run of a word's characters, in the scripts that have spaces."""


class Highlighter:
    """Finds the terms of one search."""

    def __init__(self, sought: Sought) -> None:
        terms = [term for group in sought.groups for term in group]
        self._seekers = {column: _Seeker(terms, column) for column in ("headline", "summary", "body")}

    def headline(self, story: Story) -> Marked:
        """The story's headline."""
        return Marked(text=story.headline, marks=self._marks(story.headline, "headline"))

    def snippet(self, story: Story) -> Marked:
        """The passage of summary or body with most of the terms, else the beginning."""
        passages = [("summary", story.summary)] if story.summary else []
        passages += [("body", paragraph) for paragraph in story.body]
        best, most = ("", list[tuple[int, int]]()), 0
        for column, text in passages:
            marks = self._marks(text, column)
            found = len({text[start:end].lower() for start, end in marks})
            if found > most:
                best, most = (text, marks), found
        if not most:
            return Marked(text=_cut(passages[0][1], 0)[0] if passages else "")
        return _passage(*best)

    def _marks(self, text: str, column: str) -> list[tuple[int, int]]:
        folded, places = fold_with_places(text)
        spans = self._seekers[column].spans(folded)
        return list(spans if places is None else _in_place(spans, places))


class _Seeker:
    """Finds the terms that may stand in one column."""

    def __init__(self, terms: Iterable[Term], column: str) -> None:
        chosen = {term for term in terms if term.column in ("", column)}
        self._terms = sorted(chosen, key=lambda term: (-len("".join(term.words)), term.words, term.prefix))
        self._pattern = re.compile("|".join(f"({_joined(term.words)})" for term in self._terms))

    def spans(self, folded: str) -> Iterator[tuple[int, int]]:
        """Where they are in folded text. The pattern finds letters; that they are whole words is seen
        from what stands around them."""
        for match in self._pattern.finditer(folded) if self._terms else ():
            start, end = match.span()
            term = self._terms[(match.lastindex or 1) - 1]
            first, last = folded[start], folded[end - 1]
            if start and not _ALONE.match(first) and _LETTER.match(folded, start - 1, start):
                continue
            rest = None if _ALONE.match(last) else _LETTER.match(folded, end)
            if rest is None:
                yield start, end
            elif term.prefix:
                yield start, rest.end()


def _in_place(spans: Iterable[tuple[int, int]], places: list[int]) -> Iterable[tuple[int, int]]:
    """Spans of folded text as spans of the text itself; two that fall on one character (`ﬁ`) are one."""
    last = 0
    for start, end in spans:
        begin, finish = max(places[start], last), places[end - 1] + 1
        if begin < finish:
            yield begin, finish
            last = finish


def _joined(words: Sequence[str]) -> str:
    """A pattern for words one after the other, with or without something between two that need nothing
    there."""
    pieces = [re.escape(words[0])]
    for before, word in pairwise(words):
        least = 0 if _ALONE.match(before) or _ALONE.match(word) else 1
        pieces.append(f"[\\W_]{{{least},9}}?{re.escape(word)}")
    return "".join(pieces)


def _passage(text: str, marks: list[tuple[int, int]]) -> Marked:
    start = max(0, marks[0][0] - BEFORE)
    if start:
        space = text.find(" ", start, marks[0][0])
        start = space + 1 if space >= 0 else start
    shown, end = _cut(text, start)
    before = "… " if start else ""
    shift = len(before) - start
    return Marked(text=before + shown, marks=[(a + shift, b + shift) for a, b in marks if b <= end])


def _cut(text: str, start: int) -> tuple[str, int]:
    """A passage's length of text from `start`, cut between words where it has spaces; and where it ends
    in `text`."""
    end = start + PASSAGE
    if end >= len(text):
        return text[start:], len(text)
    space = text.rfind(" ", start + PASSAGE // 2, end)
    end = space if space >= 0 else end
    return text[start:end] + " …", end
