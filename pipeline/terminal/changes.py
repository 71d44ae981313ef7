"""What changed from one version of a story to the next, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

from pipeline.story import Story
from pipeline.terminal.lines import Line, Span

ALIKE: Final = 0.3
"""Paragraphs that share less of their words are one gone and another come, not one that changed."""

_WORDS: Final = re.compile(r"\s+|[^\W_]+|.", re.DOTALL)


def changes(before: Story, after: Story) -> Iterator[Line]:
    """Each field and paragraph that differs, with what was taken out and put in; unchanged paragraphs are
    left out."""
    fields = [
        ("headline", before.headline, after.headline),
        ("subheadline", before.subheadline, after.subheadline),
        ("summary", before.summary, after.summary),
        ("byline", " and ".join(before.byline), " and ".join(after.byline)),
        (
            "dateline",
            before.dateline.text if before.dateline else "",
            after.dateline.text if after.dateline else "",
        ),
        ("note", before.editor_note, after.editor_note),
        ("credit", before.credit, after.credit),
    ]
    for name, old, new in fields:
        if old != new:
            yield [Span(f"{name}: ", "label"), *reworded(old, new)]
    matcher = SequenceMatcher(None, before.body, after.body, autojunk=False)
    for operation, i, j, k, m in matcher.get_opcodes():
        if operation != "equal":
            for number, line in _paragraphs(before.body[i:j], after.body[k:m], k):
                yield [Span(f"paragraph {number + 1}: ", "label"), *line]


def _paragraphs(old: Sequence[str], new: Sequence[str], start: int) -> Iterator[tuple[int, Line]]:
    """Paragraphs that stand for one another, in order, each new one with the most similar old one that is
    left."""
    left = list(old)
    for number, text in enumerate(new, start):
        likeness = [_likeness(candidate, text) for candidate in left]
        best = max(range(len(left)), key=likeness.__getitem__, default=None)
        if best is None or likeness[best] < ALIKE:
            yield number, [Span(text, "added")]
            continue
        for gone in left[:best]:
            yield number, [Span(gone, "removed")]
        yield number, reworded(left[best], text)
        left = left[best + 1 :]
    for gone in left:
        yield start + len(new), [Span(gone, "removed")]


def _likeness(old: str, new: str) -> float:
    """How much of their words two paragraphs share, 0 to 1."""
    return SequenceMatcher(None, old.split(), new.split(), autojunk=False).ratio()


def reworded(old: str, new: str) -> list[Span]:
    """The new text with what was taken out and put in, by whole words; words that changed in a row are one
    change."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    spans: list[Span] = []
    removed = added = ""
    for operation, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, come = "".join(before[i:j]), "".join(after[k:m])
        if operation == "equal" and not (gone.isspace() and (removed or added) and m < len(after)):
            spans += [Span(removed, "removed"), Span(added, "added"), Span(come)]
            removed = added = ""
        else:
            removed, added = removed + gone, added + come
    spans += [Span(removed, "removed"), Span(added, "added")]
    return [span for span in spans if span.text]
