"""What changed between two versions of a story: paragraphs matched, then words in those that differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

from pipeline.story import Story
from pipeline.web.answers import ChangesAnswer, Passage, Piece

CELLS = 1_000_000
"""Bound on the work of one comparison: words of the old times words of the new text, summed over its
paragraphs. Beyond it paragraphs are shown as replaced."""
ALIKE = 0.4
"""Share of words two paragraphs must have in common to be shown as one that was edited."""
NEAR = 20
"""A paragraph is looked for among so many of the old ones that follow the last match."""
PARAGRAPHS = 3_000
"""Longer bodies are shown as replaced."""

_WORD = re.compile(r"\s*\S+|\s+")

Kind = Literal["same", "added", "removed"]
LineField = Literal["headline", "subheadline", "byline", "dateline", "summary", "editor_note"]


def changes(old: Story | None, new: Story) -> ChangesAnswer:
    """Passages of `new` that differ from `old`, in reading order; with no `old`, nothing to compare and
    none."""
    if old is None:
        return ChangesAnswer(id=new.id, since=0, version=new.version, passages=[], unchanged=len(new.body))
    passages = [*_lines(old, new), *_paragraphs(old.body, new.body)]
    changed = {
        p.paragraph for p in passages if p.field == "body" and any(x.kind != "removed" for x in p.pieces)
    }
    return ChangesAnswer(
        id=new.id,
        since=old.version,
        version=new.version,
        passages=passages,
        unchanged=len(new.body) - len(changed),
    )


def pieces(old: str, new: str) -> list[Piece]:
    """Two texts as runs of words that stayed, went and came; each run keeps the white space before its
    words."""
    if old == new:
        return [Piece(kind="same", text=new)] if new else []
    before, after = _WORD.findall(old), _WORD.findall(new)
    if not before or not after or len(before) * len(after) > CELLS:
        return _replaced(old, new)
    result: list[Piece] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            result.append(Piece(kind="same", text="".join(after[k:m])))
        else:
            result.extend(_replaced("".join(before[i:j]), "".join(after[k:m])))
    return _joined(result)


def _replaced(old: str, new: str) -> list[Piece]:
    """Old for new; white space that both begin with, and a word that both end with, have stayed."""
    begin = _leading_space(old) if _leading_space(old) == _leading_space(new) else ""
    old, new = old[len(begin) :], new[len(begin) :]
    end = _last_word(old) if _last_word(old) == _last_word(new) else ""
    told: tuple[tuple[Kind, str], ...] = (
        ("same", begin),
        ("removed", old.removesuffix(end)),
        ("added", new.removesuffix(end)),
        ("same", end),
    )
    return [Piece(kind=kind, text=text) for kind, text in told if text]


def _last_word(text: str) -> str:
    return re.split(r"\s", text)[-1]


def _leading_space(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _joined(result: Iterable[Piece]) -> list[Piece]:
    return [
        Piece(kind=kind, text="".join(piece.text for piece in run))
        for kind, run in groupby(result, key=lambda piece: piece.kind)
    ]


def _lines(old: Story, new: Story) -> Iterator[Passage]:
    for field, before, after in zip(_NAMES, _texts(old), _texts(new), strict=True):
        if before != after:
            yield Passage(field=field, paragraph=None, pieces=pieces(before, after))


_NAMES: tuple[LineField, ...] = ("headline", "subheadline", "byline", "dateline", "summary", "editor_note")


def _texts(story: Story) -> tuple[str, ...]:
    dateline = story.dateline.text if story.dateline else ""
    return (
        story.headline,
        story.subheadline,
        ", ".join(story.byline),
        dateline,
        story.summary,
        story.editor_note,
    )


def _paragraphs(old: Sequence[str], new: Sequence[str]) -> Iterator[Passage]:
    room = CELLS
    for before, after, position in _edits(old, new):
        cost = len(before.split()) * len(after.split())
        told = pieces(before, after) if cost <= room else _replaced(before, after)
        room -= min(cost, room)
        yield Passage(field="body", paragraph=position, pieces=told)


def _edits(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """Paragraphs that differ: (old or "", new or "", position)."""
    if max(len(old), len(new)) > PARAGRAPHS:
        yield "\n".join(old), "\n".join(new), 0
        return
    for tag, i, j, k, m in SequenceMatcher(None, old, new).get_opcodes():
        if tag != "equal":
            yield from _paired(old, new, range(i, j), range(k, m))


def _paired(
    old: Sequence[str], new: Sequence[str], gone: range, come: range
) -> Iterator[tuple[str, str, int]]:
    """Edited paragraphs as pairs, others alone, in the order of the new text: (old or "", new or "",
    position)."""
    waiting = list(gone)
    for at in come:
        match = _likest(old, new[at], waiting)
        if match is None:
            yield "", new[at], at
            continue
        for skipped in waiting[: waiting.index(match)]:
            yield old[skipped], "", skipped
        waiting = waiting[waiting.index(match) + 1 :]
        yield old[match], new[at], at
    for left in waiting:
        yield old[left], "", left


def _likest(old: Sequence[str], text: str, candidates: Sequence[int]) -> int | None:
    """The candidate with the largest share of words in common, if that is enough."""
    words = set(text.split())
    best, score = None, ALIKE
    for candidate in candidates[:NEAR]:
        other = set(old[candidate].split())
        share = 2 * len(words & other) / (len(words) + len(other) or 1)
        if share >= score:
            best, score = candidate, share
            if share == 1:
                break
    return best
