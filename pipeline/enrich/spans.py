"""A stretch of a passage that names something, and how its ends are put right."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.enrich.gazetteer import Gazetteer, Known
from pipeline.enrich.passages import UPPER
from pipeline.enrich.titles import PERSON_TITLES, TITLE_WORDS, after_titles
from pipeline.enrich.vocabulary import (
    BEFORE_ORGANISATIONS,
    GENERIC,
    NOISE,
    OWNERS_IN_NAMES,
    PARTICLES,
    ROLES,
    SHIPS,
)
from pipeline.story import EntityType


@dataclass(slots=True)
class Span:
    """`passage` is an index, `start` and `end` count characters in it."""

    passage: int
    start: int
    end: int
    name: str
    """As the case-corrected passage has it."""
    type: EntityType
    rule: str
    """Which model or rule made it, for people."""
    known: Known | None = None
    role: str = ""


LABELS: dict[str, EntityType] = {
    "PERSON": "person",
    "PER": "person",
    "ORG": "organisation",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
    "NORP": "group",
    "EVENT": "event",
    "PRODUCT": "product",
}
"""The models' labels that are kept; dates, numbers, money, laws, works and languages are not entities here."""

_DETERMINER = re.compile(
    r"(?:the|a|an|this|that|these|those|its|his|her|their|our|my|your|both|some|all|many|most|no|any|every|each|about|around|"
    r"nearly|over|ex|former|late|then|mr|mrs|ms)[ .]+(?:and )?",
    re.IGNORECASE,
)
_OPENING = " \n\"'([{<*-–—.,;:/|#@&$+="
_CLOSING = " \n\"'()[]{}<>*-–—,;:/|#@&!?+="
_LOWER_START = re.compile(r"(?:[^\W\d_A-Z][^\W_]*[ -]+)+(?=\S)")
_UPPER = re.compile(f"[{UPPER}]")
_QUARTER = "north|south|east|west|north-?east|north-?west|south-?east|south-?west"
_DIRECTION = re.compile(rf"(?:(?:(?:{_QUARTER})(?:ern)?|central|mid|upper|lower|downtown)[ -])+")


def put_right(
    text: str, start: int, end: int, type_: EntityType, names: Gazetteer
) -> tuple[int, int, str] | None:
    """The name's own bounds and the title cut off its front: without article, possessive, quotes, title and lower-case words
    around it; None where no name is left."""
    title = ""
    whole = text[start:end]
    if whole in names.names:
        return start, end, ""
    start, end = _whole_words(text, start, end)
    for _ in range(4):
        before = (start, end)
        while (
            end > start
            and text[end - 1] in _CLOSING
            and not (text[end - 1] == ")" and "(" in text[start:end])
        ):
            end -= 1
        while start < end and text[start] in _OPENING:
            start += 1
        piece = text[start:end]
        if piece in names.names:
            break
        if type_ != "event" and (trade := _TRADE.match(piece)) and _AT_ONCE.search(text, 0, start):
            start += trade.end()
            piece = text[start:end]
        if _PARTY.match(piece):
            start += 2
            piece = text[start:end]
        if (marker := _MARKER.match(piece)) and marker[1] not in names.names:
            start += marker.end()
            piece = text[start:end]
        if piece.endswith("'s") and len(piece) > 3:
            end -= 2
        elif piece.endswith("s'"):
            end -= 1
        if (bracket := text.find(" (", start, end)) > 0:
            end = bracket
        if type_ not in ("event", "product") and (owner := _owner_end(text, start, end)):
            start = owner
        if match := _DETERMINER.match(text, start, end):
            start = match.end()
        if type_ == "place" and (match := _DIRECTION.match(text, start, end)):
            start = match.end()
        if type_ == "person":
            if cut := _before_person(text[start:end], names):
                title = text[start : start + cut].strip() or title
                start += cut
            end = _person_end(text, start, end)
        elif match := _LOWER_START.match(text, start, end):
            first = match[0].split(None, 1)[0].rstrip("-")
            if not (first in {"al", "el"} or type_ == "event"):
                start = match.end()
        if type_ in ("organisation", "place", "group", "person"):
            end = _without_tail(text, start, end)
        if type_ in ("organisation", "place") and (tail := _TITLE_TAIL.search(text, start, end)):
            end = tail.start()
        if end > start + 1 and text[end - 1] == "." and not _abbreviation(text[start:end]):
            end -= 1
        if end == len(text.rstrip()) and text[start:end].endswith((" Inc.", " Corp.", " Co.", " Ltd.")):
            end -= 1
        if (start, end) == before:
            break
    name = text[start:end]
    if not _is_name(name, names):
        return None
    return start, end, title


_PARTY = re.compile(r"[RDI]-(?=[A-Z][a-z.])")
"""`D-Mass.`: a senator's party and state."""
_MARKER = re.compile(r"([A-Z]{4,})(?: \d+)?-(?=[A-Z])")
"""`EXCLUSIVE-Huawei`."""
_TRADE = re.compile(
    rf"(?:{'|'.join(sorted(w.capitalize() for w in BEFORE_ORGANISATIONS | SHIPS))}) (?=[{UPPER}])"
)
"""`Insurer Gard`, at the beginning of a text."""
_AT_ONCE = re.compile(r"(?:^|[.!?:;\n])[ \n\"']*$")
_OWNER = re.compile(r"(\w+)(?:'s|(?<=s)') ")
_TITLE_TAIL = re.compile(rf" (?:{'|'.join(sorted(PERSON_TITLES))}|Chief Executive|CEO)$")


def _owner_end(text: str, start: int, end: int) -> int:
    """Where the owned begins in `Russia's Security Council`; 0 where none, or where the owner is part of the name."""
    last = 0
    for match in _OWNER.finditer(text, start, end):
        if match[1] not in OWNERS_IN_NAMES:
            last = match.end()
    return last


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Out to the whole word where an end falls inside one (`Assad` of `al-Assad`, `Jean` of `Jean-Claude`)."""
    while start and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    if (
        start > 2
        and text[start - 3 : start] in ("al-", "Al-", "el-", "El-")
        and not text[start - 4 : start - 3].isalnum()
    ):
        start -= 3
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return start, end


def _before_person(name: str, names: Gazetteer) -> int:
    """Characters of nationality, organisation and title before a person's name."""
    cut = 0
    while True:
        rest = name[cut:]
        step = after_titles(rest)
        if not step and " " in rest:
            first = rest.split(" ", 1)[0]
            known = names.names.get(first)
            if (
                (
                    known is not None
                    and known.sure
                    and (known.kind == "group" or first in ("U.S.", "U.N.", "EU", "US", "UK", "NATO"))
                )
                or (first[:1].islower() and first not in PARTICLES and not first.startswith(("al-", "el-")))
                or (not cut and first.lower() in ROLES and rest.count(" ") > 1)
            ):
                step = len(first) + 1
        if not step:
            return cut
        cut += step


def _person_end(text: str, start: int, end: int) -> int:
    """A person's name ends before the first word that is none."""
    if (comma := text.find(",", start, end)) > 0:
        end = comma
    position = start
    last = start
    for word in text[start:end].split(" "):
        low = word.lower()
        if word and (word[0].islower() and low not in PARTICLES and not low.startswith(("al-", "el-"))):
            break
        if word and word[0].isdigit():
            break
        position += len(word)
        if (word and low not in PARTICLES) or not word:
            last = position
        position += 1
    return max(last, start)


_SMALL_ENDS = frozenset({"plc", "ltd", "inc", "corp", "al", "de"})
_ARABIC = re.compile(rf"(?:al|el|ul|ad|as|ash|ar)-[{UPPER}]")


def _without_tail(text: str, start: int, end: int) -> int:
    """Lower-case words and numbers at a name's end are not part of it."""
    while (space := text.rfind(" ", start, end)) > 0:
        word = text[space + 1 : end]
        if word and (
            (word[0].islower() and word not in _SMALL_ENDS and not _ARABIC.match(word))
            or word in ("&", "of", "and")
        ):
            end = space
            continue
        if (
            word
            and word[0].isdigit()
            and start < space
            and not text[start:space].endswith(("Group of", "G", "Formula"))
            and len(word) > 2
        ):
            end = space
            continue
        break
    return end


_SHORTENED = (
    "Inc|Corp|Co|Ltd|Jr|Sr|St|Bros|Cos|Calif|Conn|Mass|Fla|Wash|Pa|Va|Md|Ill|Mich|Minn|Tenn|Ore|Ariz|Colo"
)
_ABBREVIATED = re.compile(rf"(?:^|[ .-])(?:[A-Z]|{_SHORTENED}|N\.Y|D\.C|S\.A|N\.V|S\.p\.A|U\.S)\.$")


def _abbreviation(name: str) -> bool:
    return bool(_ABBREVIATED.search(name))


def _is_name(name: str, names: Gazetteer) -> bool:
    low = name.lower().strip(".")
    if len(low) < 2 or low in NOISE or not _UPPER.search(name):
        return (
            bool(name)
            and not name.isascii()
            and any(c.isalpha() for c in name)
            and not _UPPER.search(name)
            and name.upper() == name
        )
    if name in names.names:
        return True
    if name in GENERIC and name not in ("United", "House"):
        return False
    words = low.replace("-", " ").split()
    if all(word.strip(".") in NOISE or not any(c.isalpha() for c in word) for word in words):
        return False
    if all(word.strip(".") in TITLE_WORDS for word in words):
        return False
    return not (
        sum(c.isdigit() for c in name) > len(name) // 2 or "http" in low or "www." in low or ".com/" in low
    )
