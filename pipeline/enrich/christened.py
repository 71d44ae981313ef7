"""Ships and storms, which bear the names of people and places: the word before says what they are."""

from __future__ import annotations

import re

from pipeline.enrich.passages import UPPER, Passage
from pipeline.enrich.spans import Span
from pipeline.enrich.vocabulary import NOISE, SHIPS
from pipeline.story import EntityType

_NAME = (
    rf"((?:[{UPPER}][\w'-]*)(?: (?:[{UPPER}][\w'-]*|(?:de|of|the|al|el|[IVX]+|\d{{1,2}})(?= [{UPPER}])))*)"
)
_PREFIX = r"(?:USS|USNS|USCGC|HMS|HMAS|HMCS|HMNZS|RMS|RFA|BRP|INS|KRI|MV|MT|MSC|M/[VTLSY]|M\.V\.|SS)"
_SHIP = re.compile(
    rf"(?<![\w.])(?:(?={_PREFIX} ){_PREFIX}(?: [{UPPER}][\w'-]*)+|(?i:{'|'.join(sorted(SHIPS))}) {_NAME})"
)
_STORM = re.compile(
    rf"(?<![\w.-])((?:Super )?(?:Hurricane|Typhoon|Cyclone|Storm)|Tropical (?:Storm|Depression)|hurricane|typhoon|cyclone|storm)"
    rf" ([{UPPER}][\w-]+)"
)
STORM = re.compile(r"(?:(?:Super|Tropical) )?(?:Hurricane|Typhoon|Cyclone|Storm|Depression) (?=\S)")
"""What a storm is named with and without."""


def christened(number: int, passage: Passage) -> list[Span]:
    """The ships and storms of a passage."""
    text = passage.cased
    found = []
    for match in _SHIP.finditer(text):
        start, end = match.span(1 if match[1] else 0)
        found.append(_span(number, text, start, end, "product", "rule ship"))
    for match in _STORM.finditer(text):
        if match[2].lower() not in NOISE:
            start = match.start(1 if match[1][0].isupper() else 2)
            found.append(_span(number, text, start, match.end(2), "event", "rule storm"))
    return found


def _span(number: int, text: str, start: int, end: int, type_: EntityType, rule: str) -> Span:
    if text[start:end].endswith("'s"):
        end -= 2
    return Span(number, start, end, text[start:end], type_, rule)
