"""Places to GeoNames: which of the places with a name a story means, by size, by what else the story names, by its dateline."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.enrich.gazetteer import Gazetteer
from pipeline.enrich.passages import Passage
from pipeline.enrich.places import Place, fold
from pipeline.enrich.resolve import Cluster
from pipeline.story import Link, Location

_SAME_COUNTRY = 1.0
_SAME_STATE = 1.6
_DATELINE = 0.8
_STATED = 6.0
"""`Paris, Texas` says which."""
_OTHER_NAME = -0.7
_OVERSHADOWED = 0.35
_MARGIN = 0.25
_WELL_KNOWN = 100_000
"""A place so large that its own name means it before any namesake in the country."""
_SIZE = 1.3
"""Weight of a power of ten of inhabitants."""
_SMALL = 6.4
"""Score below which a place that nothing in the story speaks for stays unlinked: about 80,000 inhabitants."""


def link_places(
    clusters: Sequence[Cluster], found: Sequence[Passage], names: Gazetteer, dateline_country: str
) -> None:
    """Gives each place its link, or the reason for none."""
    context = _context(clusters, found, names, dateline_country)
    for cluster in clusters:
        if cluster.type == "group" and cluster.known is not None:
            cluster.link = cluster.known.link
        if cluster.type != "place":
            continue
        known = cluster.known
        stated = _stated(cluster, found, names)
        if cluster.name in _TWOFOLD:
            cluster.link = _state_or_not(cluster, stated, context, found, names)
            continue
        if known is not None and known.kind != "city" and not stated:
            cluster.link = known.link
            if known.link is None:
                cluster.note = "not in the register"
            continue
        cluster.link, cluster.note = _city(
            cluster, stated, context.without(*_speaks_of(cluster, names)), names
        )


def merge_same(clusters: Sequence[Cluster]) -> list[Cluster]:
    """Entities that turned out to be one place become one: `Kiev` and `Kyiv`."""
    kept: dict[tuple[str, str, str], Cluster] = {}
    out: list[Cluster] = []
    for cluster in clusters:
        if cluster.link is None or cluster.type != "place":
            out.append(cluster)
            continue
        key = (cluster.type, cluster.link.scheme, cluster.link.id)
        if (same := kept.get(key)) is not None:
            if sum(s.name == same.name for s in same.spans) < sum(
                s.name == cluster.name for s in cluster.spans
            ):
                same.name = cluster.name
            same.spans = sorted(same.spans + cluster.spans, key=lambda s: (s.passage, s.start))
        else:
            kept[key] = cluster
            out.append(cluster)
    return out


@dataclass(frozen=True, slots=True)
class _Context:
    """How often the story speaks of each country and each American state."""

    countries: Counter[str]
    states: Counter[str]
    dateline: str
    """Country of the dateline, ISO code or empty."""

    def without(self, country: str, state: str, count: int) -> _Context:
        """What the rest of the story says."""
        if not country:
            return self
        countries, states = self.countries.copy(), self.states.copy()
        countries[country] -= count
        states[state] -= 1
        return _Context(countries, states, self.dateline)


def _context(
    clusters: Sequence[Cluster], found: Sequence[Passage], names: Gazetteer, dateline: str
) -> _Context:
    context = _Context(Counter(), Counter(), dateline)
    for cluster in clusters:
        country, state, count = _speaks_of(cluster, names)
        if country:
            context.countries[country] += count
        if state:
            context.states[state] += 1
    for passage in found:
        for short in _SHORT.findall(passage.cased):
            if code := names.abbreviations.get(short):
                context.states[code] += 1
    return context


def _speaks_of(cluster: Cluster, names: Gazetteer) -> tuple[str, str, int]:
    """The country, the American state, and how often an entity names them: itself, its people, or a city that is only there."""
    known = cluster.known
    if cluster.name in _TWOFOLD:
        return "", "", 0
    if known is not None and known.link is not None and known.link.country:
        state = next((code for code, s in names.states.items() if s is known), "")
        return known.link.country, state, len(cluster.spans)
    if cluster.type == "place" and (places := names.places.named(cluster.name)):
        first = places[0]
        if len(places) == 1 or first.population > 8 * places[1].population:
            return first.country, first.admin1 if first.country == "US" else "", len(cluster.spans)
    return "", "", 0


_TWOFOLD = {"Georgia": "GA", "Washington": "WA", "New York": "NY"}
"""Names of a state that are also a country's or a larger city's."""
_SHORT = re.compile(r"\b(?:[A-Z]\.[A-Z]\.|W\.Va\.|[A-Z][a-z]{1,4}\.)")
_BEHIND = re.compile(r",? \(?([A-Z][\w.]*(?: [A-Z][\w.]*){0,2})")


def _stated(cluster: Cluster, found: Sequence[Passage], names: Gazetteer) -> str:
    """The country's or state's code right behind a mention: `Paris, Texas`, `Springfield, Ill.`, `London, Ontario`."""
    whole_country = cluster.known is not None and cluster.known.kind != "city"
    for span in cluster.spans:
        text = found[span.passage].cased
        match = _BEHIND.match(text, span.end)
        if not match or text[span.end : span.end + 1] != ",":
            continue
        for size in (3, 2, 1):
            words = match[1].split()[:size]
            if len(words) < size:
                continue
            phrase = " ".join(words)
            for shape in (phrase, phrase.rstrip("."), phrase + "."):
                if shape in names.abbreviations:
                    return f"US-{names.abbreviations[shape]}"
                code = next(
                    (c for c, s in names.states.items() if s.name == shape and c != cluster.name), None
                )
                if code and shape not in ("Washington", "Georgia") and shape != cluster.name:
                    return f"US-{code}"
                known = names.names.get(shape)
                if (
                    known is not None
                    and known.link is not None
                    and known.link.country
                    and (known.kind == "state" or (known.kind == "country" and not whole_country))
                    and shape != cluster.name
                ):
                    return known.link.country
    return ""


def _city(cluster: Cluster, stated: str, context: _Context, names: Gazetteer) -> tuple[Link | None, str]:
    places = _candidates(cluster, names)
    own = {p.country for p in places if p.own and p.population > _WELL_KNOWN}
    places = [p for p in places if p.own or p.country not in own]
    if not places:
        return (
            (cluster.known.link, "")
            if cluster.known is not None and cluster.known.link
            else (None, "not in the register")
        )
    scored = sorted(
        ((_score(p, places[0], stated, context), p) for p in places[:12]),
        key=lambda pair: (-pair[0], int(pair[1].id)),
    )
    best, place = scored[0]
    if (
        len(scored) > 1
        and best - scored[1][0] < _MARGIN
        and scored[1][1].country + scored[1][1].admin1 != place.country + place.admin1
    ):
        return None, f"ambiguous: {_said(place)} or {_said(scored[1][1])}"
    if best < _SMALL:
        return None, f"unsure: {_said(place)} is small and nothing else in the story is there"
    return place_link(place), ""


def _candidates(cluster: Cluster, names: Gazetteer) -> list[Place]:
    for name in [cluster.name, *cluster.names()]:
        for shape in (
            name,
            name.removesuffix(" City"),
            re.sub(r"^(?:City of|Greater|Port of) ", "", name),
            re.sub(r"^St\.? ", "Saint ", name),
        ):
            if found := names.places.named(shape):
                return found
    return []


def _score(place: Place, largest: Place, stated: str, context: _Context) -> float:
    score = _SIZE * math.log10(max(place.population, 1000))
    if not place.own:
        score += _OTHER_NAME * (0.3 if place.population > 150_000 else 1)
    near = 0.0
    if (count := context.countries[place.country]) > 0:
        near += _SAME_COUNTRY + 0.15 * min(math.log2(count), 3)
    if place.country == "US" and context.states[place.admin1] > 0:
        near += _SAME_STATE
    if place.country == context.dateline:
        near += _DATELINE
    # A small town with a great namesake is never named without its state: `Geneva, Illinois`.
    small = place.population < _WELL_KNOWN < largest.population and place.population * 5 < largest.population
    score += near * (_OVERSHADOWED if small else 1)
    if stated in (place.country, f"{place.country}-{place.admin1}"):
        score += _STATED
    return score


def _state_or_not(
    cluster: Cluster, stated: str, context: _Context, found: Sequence[Passage], names: Gazetteer
) -> Link | None:
    """Georgia, Washington and New York: the state, or the country or city of that name."""
    name = cluster.name
    state = names.states[_TWOFOLD[name]].link
    around = " ".join(found[s.passage].cased[max(0, s.start - 30) : s.end + 30] for s in cluster.spans)
    officials = "Governor|governor|secretary of state|state|legislature"
    if re.search(
        rf"{name} [Ss]tate\b|[Ss]tate of {name}\b|{name}'s (?:{officials})\b|{name} (?:Gov\.|Governor|lawmakers|voters)",
        around,
    ):
        return state
    if name == "New York" or stated == "US-DC":
        return _town(name, names)
    text = fold(" ".join(p.cased for p in found))
    if name == "Washington":
        in_state = re.search(r"\b(?:seattle|tacoma|spokane|olympia|yakima)\b", text)
        in_capital = re.search(r"white house|capitol|congress|president|pentagon|u\.s\.|senate", text)
        return state if in_state and not in_capital else _town(name, names)
    if re.search(r"\b(?:atlanta|savannah|fulton county)\b", text):
        return state
    abroad = sum(context.countries[c] for c in _AROUND_GEORGIA) + 3 * bool(
        re.search(r"tbilisi|georgian|ossetia|abkhazia", text)
    )
    at_home = context.countries["US"] + 2 * sum(context.states.values())
    return state if at_home > abroad else names.countries["GE"].link


_AROUND_GEORGIA = ("RU", "AM", "AZ", "TR", "UA")


def _town(name: str, names: Gazetteer) -> Link | None:
    city = names.places.by_id({"Washington": "4140963", "New York": "5128581"}[name])
    return place_link(city) if city is not None else None


def place_link(place: Place) -> Link:
    """A place's entry in GeoNames."""
    return Link(
        scheme="geonames",
        id=place.id,
        name=place.name,
        country=place.country,
        location=Location(lat=place.lat, lon=place.lon),
    )


def _said(place: Place) -> str:
    return f"{place.name} ({place.country}{'-' + place.admin1 if place.country == 'US' else ''}, {place.population:,})"
