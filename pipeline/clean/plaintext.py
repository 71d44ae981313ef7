"""Plain text, hard-wrapped for a teletype or not, to paragraphs: blank lines and indents part them, columns stay lines."""

from __future__ import annotations

import re
from itertools import pairwise

_BLANK = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")
_COLUMNS = re.compile(r"(?<=\S) {3,}(?=\S)|\.{5,}|(?<=\S)  (?=\S).*\S  \S| \| .* \| ")
_BULLET = re.compile(r"(?:[*•·‣◦▪■●–—-]|--)\s+\S|\d{1,2}[.)]\s+\S")
_BULLETS = frozenset("*•·‣◦▪■●–—-")
_ENDED = re.compile(r"""[.!?:…。！？]["'”’»)\]]*$""")
_SPACES = re.compile(r"[ \t\xa0]+")
_NARROWEST, _WIDEST = 40, 110
"""Widths that hard-wrapped lines have, characters."""
_TOLERANCE, _NEARLY = 3, 12
"""Room left in a line that was wrapped, characters: usually none; a wire that edits after wrapping leaves some."""


def paragraphs(text: str, preformatted: bool = False) -> list[str]:
    """Paragraphs of a text. Wrapped lines are joined by a space; lines in columns, and short lines that were meant as lines,
    stay lines of one paragraph, parted by newlines. `preformatted` takes every newline as meant."""
    if "\n" not in text:
        return [one] if (one := _SPACES.sub(" ", text).strip()) else []
    out: list[str] = []
    width = _width(text)
    for block in _BLANK.split(text):
        lines = [line for line in block.expandtabs(8).split("\n") if line and not line.isspace()]
        if len(lines) == 1:
            out.append(_row(lines[0]) if _in_columns(lines[0]) else " ".join(lines[0].split()))
        elif lines:
            _block(lines, width, preformatted, out)
    return out


def _width(text: str) -> int:
    """The line length that the text is wrapped to; 0 where it is not. One line alone that is longer was put together."""
    *_, second, longest = sorted(map(len, map(str.strip, text.split("\n"))))
    if longest > second + 10 and second >= _NARROWEST:
        longest = second
    return longest if _NARROWEST <= longest <= _WIDEST else 0


def _block(lines: list[str], width: int, preformatted: bool, out: list[str]) -> None:
    """Lines without a blank one between them, as paragraphs at the end of `out`."""
    indents = [len(line) - len(line.lstrip()) for line in lines]
    rows = [_in_columns(line) for line in lines]
    margin = min(indents[1:])
    hanging = indents[0] > margin + 1
    start = 0
    for at in range(1, len(lines)):
        begins = indents[at] >= margin + 2
        if begins and indents[at - 1] >= margin + 2 and (not hanging or at > 1) and rows[at]:
            begins = False
        if begins or (_is_bullet(lines[at], indents[at]) and _starts_item(lines, at, width)):
            _chunk(lines[start:at], rows[start:at], width, preformatted, out)
            start = at
    _chunk(lines[start:], rows[start:], width, preformatted, out)


def _is_bullet(line: str, indent: int) -> bool:
    """True for a line that looks like an item of a list."""
    first = line[indent]
    return (first in _BULLETS or first.isdecimal()) and _BULLET.match(line, indent) is not None


def _starts_item(lines: list[str], at: int, width: int) -> bool:
    """True where a line that looks like an item of a list is one: the line before ended early, or is an item too."""
    return not _joins(_slack(lines[at - 1], lines[at], width), lines[at - 1], lines[at].lstrip()) or bool(
        _BULLET.match(lines[at - 1].lstrip())
    )


def _chunk(lines: list[str], rows: list[bool], width: int, preformatted: bool, out: list[str]) -> None:
    """Lines of one paragraph, and which of them are in columns: a table, a list of short lines, or wrapped text."""
    if len(lines) == 1:
        line = lines[0].strip()
        out.append(_row(line) if rows[0] else _SPACES.sub(" ", line))
        return
    tabular = sum(rows)
    if tabular and not preformatted and (above := rows.index(True)) and len(lines[0].strip()) > _NARROWEST:
        if above > 1 and _is_caption(lines[above - 1]):
            above -= 1
        # What is above is the sentence that the table stands under.
        _chunk(lines[:above], rows[:above], width, preformatted, out)
        _chunk(lines[above:], rows[above:], width, preformatted, out)
        return
    if tabular * 2 >= len(lines) or preformatted:
        out.append("\n".join(_row(line) for line in lines))
        return
    if tabular == 0:
        _prose(lines, width, out)
        return
    start = 0  # prose with a table under it, or the other way round
    for at in range(1, len(lines) + 1):
        if at == len(lines) or rows[at] != rows[at - 1]:
            _chunk(lines[start:at], rows[start:at], width, preformatted, out)
            start = at


def _is_caption(line: str) -> bool:
    """True for a line that heads a table rather than ending a sentence: short, begun with a capital or figure, not ended."""
    line = line.strip()
    return len(line) < _NARROWEST and not line[0].islower() and not _ended(line)


def _prose(lines: list[str], width: int, out: list[str]) -> None:
    """Lines without columns. Where most of several broke with room to spare, all were meant as lines."""
    slacks = [_slack(line, following, width) for line, following in pairwise(lines)]
    if (
        len(lines) > 2
        and len([slack for slack in slacks if slack > _TOLERANCE]) * 2 >= len(slacks)
        and max(map(len, lines)) <= _WIDEST
        and not all(map(_ended, lines))
    ):
        out.append("\n".join(" ".join(line.split()) for line in lines))
        return
    if max(slacks) <= _NEARLY and not any(line.rstrip().endswith("-") for line in lines):
        out.append(" ".join(" ".join(lines).split()))  # what the rest comes to for most paragraphs
        return
    text = " ".join(lines[0].split())
    for slack, before, line in zip(slacks, lines, lines[1:], strict=False):
        line = " ".join(line.split())
        if not _joins(slack, before, line):
            out.append(text)
            text = line
        elif text[-1] == "-" and len(text) > 1 and text[-2].isalnum() and line[0].islower():
            text += line  # a compound parted at its hyphen
        else:
            text += " " + line
    out.append(text)


def _slack(line: str, following: str, width: int) -> int:
    """The room left in a line once the next one's first word is in it; negative where it had to wrap; much in unwrapped text."""
    if not width:
        return _WIDEST
    return width - len(line.rstrip()) - len(following.split(None, 1)[0]) - 1


def _joins(slack: int, line: str, following: str) -> bool:
    """True where a line goes on in the next: it was full, nearly so, or stops in mid-sentence and the next begins small."""
    return slack <= _NEARLY or (following[:1].islower() and not _ended(line) and len(line.strip()) <= _WIDEST)


def _ended(line: str) -> bool:
    return _ENDED.search(line.rstrip()) is not None


def _in_columns(line: str) -> bool:
    """True for a row of a table: wide gaps, dot leaders, or bars."""
    line = line.strip()
    return ("  " in line or "....." in line or " | " in line) and _COLUMNS.search(line) is not None


def _row(line: str) -> str:
    """A line in columns: its inner spaces hold the columns apart."""
    return line.strip().replace("\xa0", " ")
