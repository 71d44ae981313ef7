"""What the words around a name say of its type: `company X`, `shares of X`, `in X`, `X, 36,`, `said X`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.enrich.passages import UPPER
from pipeline.enrich.vocabulary import (
    BEFORE_ORGANISATIONS,
    BEFORE_PLACES,
    BEHIND_ORGANISATIONS,
    BEHIND_PLACES,
    KIN,
    OWNED_BY_ORGANISATIONS,
    ROLES,
)
from pipeline.story import EntityType

Evidence = tuple[EntityType, float]
"""For which type, and how much: 1 is worth one mention that a model calls so."""


def _any(words: frozenset[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_WORKS_FOR = (
    r"[Ss]hares? (?:of|in)|stake in|owned by|made by|merger with|[Uu]nit of|group of|member of|work(?:s|ed) (?:for|at)|"
    r"(?:analyst|economist|strategist|trader)s? (?:at|with|from)"
)
_WAYS = (
    r"near|outside|(?:north|south|east|west|km|miles|kilometres|kilometers|streets|outskirts) (?:of|from)|"
    r"(?:fled|flew|flown|travell?ed|travel) to|(?:arrived|arrives|arriving|born|based|landed) in|sailed (?:for|from)|bound for|"
    r"left [^.,]{3,30} for"
)
_ROLES = ROLES - {
    "partner", "rival", "member", "owner", "founder", "leader", "driver", "defender", "champion", "boss", "investor",
}  # fmt: skip
"""Roles of people; the others are of companies and teams too."""
_AGE = r", (?:aged )?\d\d(?:,|\.| and\b)"

_BEFORE: tuple[tuple[EntityType, float, re.Pattern[str]], ...] = (
    ("organisation", 3, re.compile(rf"\b(?:{_any(BEFORE_ORGANISATIONS)})s? $", re.IGNORECASE)),
    ("organisation", 2, re.compile(rf"\b(?:{_WORKS_FOR}) $")),
    ("place", 3, re.compile(rf"\b(?:{_any(BEFORE_PLACES)}|residents) of $", re.IGNORECASE)),
    ("place", 2, re.compile(rf"\b(?:{_WAYS}) $")),
    ("place", 1.3, re.compile(r"\b(?:[Ii]n|[Oo]ff) $")),
    ("place", 1, re.compile(r"\b[Aa]t $")),
    ("person", 3, re.compile(r"(?<![\w-])(?:known as|named|called|aged?|Mr|Mrs|Ms|Dr|Sir)\.? $")),
    ("person", 1.5, re.compile(rf"(?<![\w'-])(?:{_any(_ROLES)}),? $")),
    ("person", 1.2, re.compile(r"(?:,[\"']? said |[.,]\" (?:said )?)$")),
)
_BEHIND: tuple[tuple[EntityType, float, re.Pattern[str]], ...] = (
    ("organisation", 2.5, re.compile(rf" (?:{_any(BEHIND_ORGANISATIONS)})\b|\s+[+-]\d")),
    ("organisation", 2, re.compile(rf"'s? (?:[a-z-]+ )?(?:{_any(OWNED_BY_ORGANISATIONS)})\b")),
    ("organisation", 1.5, re.compile(r" (?:said|says)(?: on \w+day)?(?: that)? (?:it|its)\b|, which\b")),
    ("organisation", 1.5, re.compile(rf", an? (?:[a-z'-]+ ){{0,3}}?(?:{_any(BEFORE_ORGANISATIONS)})\b")),
    ("place", 3, re.compile(rf"(?:'s)? (?:(?:gas|oil) ?fields?|{_any(BEHIND_PLACES)})\b")),
    ("person", 3, re.compile(rf"{_AGE}|'s (?:{_any(KIN)})\b")),
    ("person", 3, re.compile(rf", (?:a|an|the|his|her|its) (?:[a-z'-]+ ){{0,4}}?(?:{_any(_ROLES)})\b")),
    ("person", 1.5, re.compile(r", who\b| (?:told|said (?:he|she)|says (?:he|she))\b")),
)
_COUNTRY_BEHIND = re.compile(rf", ([{UPPER}][\w.]*(?: [{UPPER}][\w.]*)*)")


def evidence(text: str, start: int, end: int) -> Iterator[Evidence]:
    """What the words right before and right behind a name speak for."""
    before = text[max(0, start - 40) : start]
    for type_, weight, pattern in _BEFORE:
        if pattern.search(before):
            yield type_, weight
    for type_, weight, pattern in _BEHIND:
        if pattern.match(text, end):
            yield type_, weight


def region_behind(text: str, end: int) -> str:
    """What stands behind a comma: `Balasore, Odisha`."""
    match = _COUNTRY_BEHIND.match(text, end)
    return match[1] if match else ""
