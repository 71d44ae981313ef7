"""What is searched in a story: its headline, summary and paragraphs, with a copy of each that a recogniser reads well."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as made_by
from typing import TYPE_CHECKING

from pipeline.enrich.vocabulary import BODIES, COMPANY_FORMS, SMALL_IN_TITLES
from pipeline.story import Story

if TYPE_CHECKING:
    from pipeline.enrich.gazetteer import Gazetteer

UPPER = "A-ZÀ-ÖØ-Þ" + "".join(chr(c) for c in range(0x100, 0x24F) if chr(c).isupper()) + "Α-ΩА-ЯЁІЇЄ"
"""Capital letters, for a character class: Latin, Greek and Cyrillic."""

CAPITALISED = re.compile(rf"(?<![\w.])(?<![^\W\d_]['-])[{UPPER}](?:[\w&]|[.'-](?=\w))*")
"""A word that begins with a capital, without a full stop after it."""

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("’‘ʼ`´", "'"),
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000\t", " "),
        **dict.fromkeys("‐‑", "-"),
    }
)
"""One character for one, so that offsets stay."""

_BLANK_LINE = re.compile(r"\n[ \t\r]*\n\s*")
_LETTERS = re.compile(r"[^\W\d_]+")
_STOP = re.compile(r"[.!?][\"')]*\s+")
_LONGEST = 3000
"""Longest piece, characters."""
_WRAPPED_FROM = 45
"""Lines that are on average as long as this, in characters, are one paragraph's, wrapped; shorter ones are rows."""


@dataclass(slots=True)
class Passage:
    """A piece of a story. `text` is as given; `plain` and `cased` have its length, character for character: quotes, spaces
    and line ends made plain in the one, and in the other capitals put right too. `words` are the positions in `cased` of
    the words that begin with a capital."""

    field: str
    paragraph: int
    offset: int
    """Where it begins in its field's paragraph, characters."""
    text: str
    plain: str
    cased: str = ""
    words: list[tuple[int, int, str]] = made_by(default_factory=list)
    dateline: list[tuple[int, int]] = made_by(default_factory=list)
    """Where the places of a dateline stand."""


def passages(story: Story, longest: int) -> list[Passage]:
    """The story's pieces in reading order, at most `longest` characters in all."""
    found: list[Passage] = []
    room = longest
    fields = [("headline", 0, story.headline), ("summary", 0, story.summary)]
    for name, number, text in [*fields, *(("body", n, paragraph) for n, paragraph in enumerate(story.body))]:
        for start, end in _cut(text, _pieces(text)):
            piece = text[start : min(end, start + room)]
            room -= len(piece)
            if piece.strip():
                found.append(Passage(name, number, start, piece, piece.translate(_PLAIN)))
            if room <= 0:
                return found
    return found


def _cut(text: str, pieces: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Pieces of a length that any cost can be paid for: longer ones are cut after a sentence, else between words."""
    for start, end in pieces:
        while end - start > _LONGEST:
            ends = [m.end() for m in _STOP.finditer(text, start + _LONGEST // 2, start + _LONGEST)]
            cut = ends[-1] if ends else text.rfind(" ", start + _LONGEST // 2, start + _LONGEST) + 1
            cut = cut if cut > start else start + _LONGEST
            yield start, cut
            start = cut
        yield start, end


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Blocks parted by blank lines; a block of short lines, which is a table or a list, line by line."""
    if "\n" not in text:
        yield 0, len(text)
        return
    start = 0
    for end, after in [*(m.span() for m in _BLANK_LINE.finditer(text)), (len(text), len(text))]:
        block = text[start:end]
        lines = block.split("\n")
        if len(block) >= _WRAPPED_FROM * (len(lines) - 1) or len(lines) == 1:
            yield start, end
        else:
            for line in lines:
                yield start, start + len(line)
                start += len(line) + 1
        start = after


def put_case_right(found: Sequence[Passage], names: Gazetteer) -> None:
    """Fills `cased`, `words` and `dateline`: texts in capitals, or in Headline Case, are rewritten as the story itself writes
    those words elsewhere, else as the tables write them, else in small letters where they are English words."""
    shouted = [_shouted(p.plain) for p in found]
    written: dict[str, str] | None = None
    for passage, loud in zip(found, shouted, strict=True):
        plain = passage.plain.replace("\n", " ")
        titled = not loud and passage.field == "headline" and _headline_case(plain)
        if loud or titled:
            if written is None:
                written = _as_written(
                    p.plain
                    for p, loud_too in zip(found, shouted, strict=True)
                    if not loud_too and p.field != "headline"
                )
            plain = _recased(plain, written, names, loud=loud)
        elif passage.field == "body" and (dateline := _DATELINE.match(plain)):
            plain = _titled(plain[: dateline.end(1)]) + plain[dateline.end(1) :]
            passage.dateline = [m.span() for m in _DATELINE_PLACE.finditer(plain, *dateline.span(1))]
        else:
            plain = _LOUD_NAME.sub(lambda m: _name_in_capitals(m[0], names), plain)
        passage.cased = plain
        passage.words = capitalised(plain)


_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? \d{1,2}"
_DATELINE = re.compile(
    rf"\s*([{UPPER}][{UPPER} .'/-]{{2,50}}?)(?:, [{UPPER}][\w.]*(?: [{UPPER}][\w.]*)*)??(?:,? {_MONTH})?"
    r"(?: ?\([^)]{2,40}\))? ?[-–—]+ "
)
"""`DIYARBAKIR, Turkey, Jan 24 (Reuters) - `, `JERUSALEM/CAIRO - `."""
_DATELINE_PLACE = re.compile(r"[^/ ][^/]*[^/ ]")


def capitalised(text: str) -> list[tuple[int, int, str]]:
    """Start, end and text of each word with a capital, the possessive left off."""
    words = []
    for match in CAPITALISED.finditer(text):
        word = match[0]
        if word.endswith("'s"):
            word = word[:-2]
        words.append((match.start(), match.start() + len(word), word))
    return words


_COMPANY_SHOUTED = re.compile(
    rf"(?:^|[,:;/<-] ?)((?:[\w&.'-]+ ){{1,4}}(?:(?:{'|'.join(sorted(COMPANY_FORMS))})\b|(?=<)))"
)
"""`GLAMIS GOLD LTD <GLGVF>`, as `Glamis Gold Ltd`: in capitals a company's form or code says where its name ends."""
_BODY_NEXT = re.compile(rf" (?:{'|'.join(sorted(BODIES))})\b")
"""`SUEZ CANAL AUTHORITY`: the body goes with the name before it."""
_LOUD_NAME = re.compile(rf"(?<![\w.&-])[{UPPER}]{{4,}}(?![\w&])")
"""Capitals in a text that has small letters too: a dateline's place, or an acronym."""


def _name_in_capitals(word: str, names: Gazetteer) -> str:
    """`TEHRAN` as `Tehran`; `OPEC` stays."""
    title = _titled(word)
    return title if title in names.words and word not in names.words else word


def _titled(text: str) -> str:
    """Each word with its first letter as it is and the rest small, character for character."""

    def one(match: re.Match[str]) -> str:
        low = match[0].lower()
        if low in SMALL_IN_TITLES and match.start():
            return low if len(low) == len(match[0]) else match[0]
        return match[0][0] + low[1:] if len(low) == len(match[0]) else match[0]

    return _LETTERS.sub(one, text)


def _shouted(text: str) -> bool:
    """Is it in capitals throughout? A few small words and units may be not."""
    letters = [word for word in _LETTERS.findall(text[:400]) if len(word) > 1]
    loud = sum(word.isupper() for word in letters)
    return len(letters) > 1 and loud >= 0.75 * len(letters)


def _headline_case(text: str) -> bool:
    words = [w for w in _LETTERS.findall(text) if len(w) > 1 and w.lower() not in SMALL_IN_TITLES]
    return len(words) > 4 and sum(w[0].isupper() for w in words) >= 0.85 * len(words)


def _as_written(texts: Iterator[str]) -> dict[str, str]:
    """How the story writes each word: in small letters where it ever does, else as it stands inside a sentence."""
    written: dict[str, str] = {}
    for text in texts:
        for match in _LETTERS.finditer(text):
            word = match[0]
            if word[0].islower():
                written[word.lower()] = word
            elif (
                match.start() > 1
                and text[match.start() - 1] in " -('\""
                and text[match.start() - 2] not in ".!?"
            ):
                written.setdefault(word.lower(), word)
    return written


def _recased(text: str, written: dict[str, str], names: Gazetteer, *, loud: bool) -> str:
    in_names: set[int] = set()
    titled = _titled(text) if loud else text
    if loud:
        for company in _COMPANY_SHOUTED.finditer(titled):
            in_names.update(range(*company.span(1)))
    for start, _, word in capitalised(titled):
        if (name := names.find(titled, start, word)) and (
            " " in name or (loud and name.lower() not in names.common)
        ):
            in_names.update(range(start, start + len(name)))
            if loud and (body := _BODY_NEXT.match(titled, start + len(name))):
                in_names.update(range(*body.span()))

    def right(match: re.Match[str]) -> str:
        word = match[0]
        low = word.lower()
        if len(low) != len(word) or not word[0].isupper():
            return word
        title = word[0] + low[1:]
        if match.start() in in_names:
            return low if low in SMALL_IN_TITLES else title
        if (own := written.get(low)) is not None and len(own) == len(word):
            return own
        if low in SMALL_IN_TITLES:
            return low
        if loud and word in names.names and (low not in names.common or word == "US"):
            return word
        if low in names.common:
            return low
        if not loud or not set("aeiouy") & set(low) or len(word) == 1:
            return word
        return title

    return _LETTERS.sub(right, text)
