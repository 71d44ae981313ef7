"""The type of each name, weighed over the whole story: what models and tables call it, its words, what stands around it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from pipeline.enrich.evidence import evidence, region_behind
from pipeline.enrich.gazetteer import Gazetteer
from pipeline.enrich.passages import Passage
from pipeline.enrich.spans import Span
from pipeline.enrich.vocabulary import (
    BODIES,
    COMPANY_ENDINGS,
    COMPANY_FORMS,
    EVENTS,
    FAMILY_FIRST,
    GEOGRAPHY,
    PARTICLES,
)
from pipeline.story import EntityType

Votes = dict[str, dict[EntityType, float]]
"""By name, what speaks for each type."""

_SURE = 4.0
"""A table's word."""
_MOST_CALLS = 2.0
"""A model that calls a name the same again and again says it twice at most."""
_LONGER = 2.5
"""Another name of the story begins or ends so, or the name's last word is a body's."""
_UNINTRODUCED = 2.5
_LOOKS = 1.5
_TOWN = 0.7
_LARGE = 100_000
"""Inhabitants of a city that a company of its name does not make one think of the company."""


def weigh(spans: Sequence[Span], found: Sequence[Passage], names: Gazetteer, *, sports: bool) -> None:
    """Sets the type of every name that no table is sure of to the one that most speaks for."""
    votes = _called(spans)
    for span in spans:
        text = found[span.passage].cased
        for type_, weight in evidence(text, span.start, span.end):
            votes[span.name][type_] += weight
        known = names.names.get(region_behind(text, span.end))
        if known is not None and known.kind in ("country", "state"):
            votes[span.name]["place"] += 2
    long = [span for span in spans if " " in span.name]
    for name in {span.name for span in long}:
        _by_its_words(name, votes[name], names)
    _settle(long, votes)
    introduced = {span.name for span in spans if span.role}
    introduced |= _by_longer_names(long, votes, names, sports=sports)
    for name in votes:
        if " " not in name:
            known_as = name in introduced or name.startswith(_ARABIC)
            _by_its_word(name, votes[name], names, introduced=known_as, sports=sports)
    _settle(spans, votes)


def _settle(spans: Sequence[Span], votes: Votes) -> None:
    for span in spans:
        if span.known is not None and span.known.sure and span.known.kind != "city":
            continue
        own = votes[span.name]
        best = max(own.values())
        if own[span.type] < best:
            span.type = next(type_ for type_, count in own.items() if count == best)
            span.rule += " + rule what speaks for it"
            if span.known is not None and span.known.type != span.type:
                span.known = None


def _called(spans: Sequence[Span]) -> Votes:
    votes: Votes = defaultdict(lambda: defaultdict(float))
    for span in spans:
        own = votes[span.name]
        if span.known is not None and span.known.sure:
            own[span.type] += _SURE
        elif own[span.type] < _MOST_CALLS:
            own[span.type] += 1
    return votes


def _by_longer_names(long: Sequence[Span], votes: Votes, names: Gazetteer, *, sports: bool) -> set[str]:
    """A surname is a person's, the first word of a company's name is the company, a city is its team. The words of people's full
    names."""
    full = {s.name for s in long if s.type == "person"}
    surnames = {form for name in full for form in surnames_of(name)}
    for name in surnames & votes.keys():
        votes[name]["person"] += 3 + _SURE * (votes[name]["place"] >= _SURE)
    parts = {word for name in full for word in name.split()}
    for name in (parts & votes.keys()) - surnames:
        votes[name]["person"] += _LOOKS
    firsts = {s.name.split()[0] for s in long if s.type == "organisation"}
    for name in (firsts & votes.keys()) - surnames:
        town = any(p.population > _LARGE for p in names.places.named(name))
        if town == sports and votes[name]["place"] < _SURE:
            votes[name]["organisation"] += _LONGER
    return parts


def _by_its_words(name: str, own: dict[EntityType, float], names: Gazetteer) -> None:
    words = name.split()
    town = _ARTICLE.sub("", name)
    if any(p.own for p in names.places.named(town)) and town not in names.given:
        own["place"] += _TOWN
    if words[-1] in GEOGRAPHY:
        own["place"] += _LONGER
    elif words[-1] in EVENTS:
        own["event"] += _LONGER
    elif words[-1].rstrip(".") in BODIES | COMPANY_FORMS:
        own["organisation"] += _LONGER
    elif words[-1] in COMPANY_ENDINGS or (
        own["group"] and not _DEMONYM.search(name) and name not in names.names
    ):
        own["organisation"] += _LOOKS
    elif looks_like_a_person(words, names):
        own["person"] += _LOOKS


def _by_its_word(
    name: str, own: dict[EntityType, float], names: Gazetteer, *, introduced: bool, sports: bool
) -> None:
    given = name in names.given
    town = any(p.own for p in names.places.named(name))
    if town and not given:
        own["place"] += _TOWN
    if own["person"] and not given and name not in names.surnames and not introduced and (town or not sports):
        # Wire copy introduces people by their full names: who comes with one word alone is seldom a person.
        own["place" if town else "organisation"] += _UNINTRODUCED


_ARTICLE = re.compile(r"^(?:El|Al|Ad|As|Ar) ")
_DEMONYM = re.compile(r"(?:ans?|ese|ish|is?|ics?|ites?|ists?|ers?|ch)$")


def looks_like_a_person(words: Sequence[str], names: Gazetteer) -> bool:
    """Two to four words, the first a given name or a family name that stands first, none of them English or a body's."""
    first = words[0]
    given = first in names.given or first in names.forenames or first in FAMILY_FIRST
    return (
        1 < len(words) < 5
        and given
        and first not in names.words
        and not any(
            w.lower() in names.common
            or w in names.words
            or w in BODIES
            or w in COMPANY_FORMS
            or w in COMPANY_ENDINGS
            for w in words[1:]
            if w.lower() not in PARTICLES
        )
    )


_SUFFIXES = frozenset({"Jr", "Jr.", "Sr", "Sr.", "II", "III", "IV"})
_ARABIC = ("al-", "el-", "Al-", "El-")


def surnames_of(name: str) -> list[str]:
    """What a full name may be cut to: the last word, with its particle; the last two of a longer name."""
    words = [w for w in name.split() if w not in _SUFFIXES]
    if len(words) < 2:
        return []
    forms = [words[-1]]
    if words[-1].startswith(_ARABIC):
        forms.append(words[-1].split("-", 1)[1])
    first = len(words) - 1
    while first > 1 and words[first - 1].lower() in (
        "de",
        "da",
        "dos",
        "del",
        "van",
        "der",
        "von",
        "bin",
        "ibn",
        "al",
        "el",
        "la",
        "le",
        "di",
        "du",
        "den",
        "ter",
        "abu",
    ):
        first -= 1
    if first < len(words) - 1:
        forms.append(" ".join(words[first:]))
    elif len(words) > 2:
        forms.append(" ".join(words[-2:]))
    return [f for f in forms if len(f) > 1]
