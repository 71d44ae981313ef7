"""One entity for all that a story calls by several names: surnames, acronyms, short forms, a country's other names."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.enrich.christened import STORM
from pipeline.enrich.consistency import LEGAL, is_acronym
from pipeline.enrich.gazetteer import Gazetteer, Known
from pipeline.enrich.judgement import surnames_of
from pipeline.enrich.places import fold
from pipeline.enrich.spans import Span
from pipeline.enrich.vocabulary import FAMILY_FIRST, GENERIC, HEAD_NOUNS, NICKNAMES
from pipeline.story import EntityType, Link

_SUFFIX = re.compile(r"[ ,]+(?:Jr|Sr|II|III|IV)\.?$")
_NICKNAMES = [frozenset(group.split()) for group in NICKNAMES]
SHORT_FORM = re.compile(rf"\b[Tt]he ({'|'.join(sorted(HEAD_NOUNS))})\b(?! (?:of|for|[A-Z]))")
"""`the Fund`, once the story has named the International Monetary Fund."""


_FAMILY = 50
"""So many people of one surname are compared with each other; a story with more of them is a list."""


@dataclass(slots=True)
class Cluster:
    """Spans that are one entity."""

    type: EntityType
    spans: list[Span] = field(default_factory=list)
    known: Known | None = None
    name: str = ""
    link: Link | None = None
    note: str = ""

    def names(self) -> Counter[str]:
        """How often it is called what."""
        return Counter(" ".join(s.name.split()) for s in self.spans)


def resolve(spans: Sequence[Span], names: Gazetteer) -> list[Cluster]:
    """The story's entities, each with its spans in reading order and its name."""
    by_type: dict[EntityType, list[Span]] = {}
    for span in spans:
        by_type.setdefault(span.type, []).append(span)
    clusters: list[Cluster] = []
    for type_, found in by_type.items():
        match type_:
            case "person":
                clusters += _people(found)
            case "organisation":
                clusters += _organisations(found, names)
            case _:
                clusters += _others(type_, found, names)
    for cluster in clusters:
        cluster.spans.sort(key=lambda s: (s.passage, s.start))
        cluster.name = cluster.name or _best_name(cluster)
    return clusters


def _best_name(cluster: Cluster) -> str:
    """The table's name; else the fullest form that the story uses, the more frequent one before the longer."""
    if cluster.known is not None and cluster.known.kind != "city":
        return cluster.known.name
    count = cluster.names()
    if cluster.type == "person":
        full = {n: c for n, c in count.items() if " " in n} or dict(count)
        return max(full, key=lambda n: (full[n], len(n), -list(count).index(n)))
    if cluster.type == "organisation":
        return max(count, key=lambda n: (not n.isupper(), len(n.split()), count[n]))
    return max(count, key=lambda n: (count[n], -list(count).index(n)))


def _people(spans: list[Span]) -> list[Cluster]:
    """Full names first; then surnames, each to the full name that it can be a part of."""
    people = _People([s for s in spans if " " in s.name])
    single: dict[str, Cluster] = {}
    for span in spans:
        if " " not in span.name:
            bearer = people.bearer(span) or single.setdefault(fold(span.name), Cluster("person"))
            bearer.spans.append(span)
    return people.clusters + list(single.values())


class _People:
    """The people whom a story gives by full name, found by any part of it."""

    def __init__(self, full: Sequence[Span]) -> None:
        self.clusters = _joined_by_part(_by_full_name(full))
        self._positions = {id(c): sorted((s.passage, s.start) for s in c.spans) for c in self.clusters}
        self._by_surname: dict[str, list[Cluster]] = {}
        self._by_first: dict[str, list[Cluster]] = {}
        self._by_other: dict[str, list[Cluster]] = {}
        for cluster in self.clusters:
            names = cluster.names()
            _index(self._by_surname, {fold(form) for n in names for form in surnames_of(n)}, cluster)
            _index(self._by_first, {fold(n.split()[0]) for n in names}, cluster)
            _index(self._by_other, {fold(w) for n in names for w in n.split()[1:]}, cluster)

    def bearer(self, span: Span) -> Cluster | None:
        """Who is meant by one word: by surname, else by a family name that stands first, else by the given name."""
        key = fold(span.name)
        possible = self._by_surname.get(key, [])
        if not possible:
            first = self._by_first.get(key, [])
            possible = first if span.name in FAMILY_FIRST or len(first) == 1 else []
        if not possible:
            inside = self._by_other.get(key, [])
            possible = inside if len(inside) == 1 else []
        return self._latest(possible, span) if len(possible) > 1 else next(iter(possible), None)

    def _latest(self, possible: list[Cluster], span: Span) -> Cluster:
        """Of several with that surname, the one whose full name the story gave last before it; else the one it gives first."""
        here = (span.passage, span.start)
        best, latest = None, (-1, -1)
        for cluster in possible:
            positions = self._positions[id(cluster)]
            before = bisect_left(positions, here)
            if before and positions[before - 1] > latest:
                best, latest = cluster, positions[before - 1]
        return best or min(possible, key=lambda c: self._positions[id(c)][0])


def _index(index: dict[str, list[Cluster]], keys: set[str], cluster: Cluster) -> None:
    for key in keys:
        index.setdefault(key, []).append(cluster)


def _by_full_name(spans: Sequence[Span]) -> list[Cluster]:
    """A cluster for each person; the same name, or one that may be the same person's, is one."""
    own: dict[str, Cluster] = {}
    families: dict[str, list[tuple[str, Cluster]]] = {}
    for span in spans:
        if span.name not in own:
            family = families.setdefault(_bare(span.name)[-1], [])
            same = next((c for name, c in family[-_FAMILY:] if _same_person(name, span.name)), None)
            own[span.name] = same or Cluster("person")
            family.append((span.name, own[span.name]))
        own[span.name].spans.append(span)
    return list({id(c): c for c in own.values()}.values())


def _same_person(one: str, other: str) -> bool:
    """`Joe Biden`, `Joseph R. Biden`; not `Donald Trump` and `Donald Trump Jr.`"""
    if bool(_SUFFIX.search(one)) != bool(_SUFFIX.search(other)):
        return False
    a, b = _bare(one), _bare(other)
    if a == b:
        return True
    if a[-1] != b[-1] or len(a) < 2 or len(b) < 2:
        return False
    return _same_given(a[0], b[0]) and (len(a) == 2 or len(b) == 2 or a[1][0] == b[1][0])


def _bare(name: str) -> list[str]:
    return [fold(w).strip(".") for w in _SUFFIX.sub("", name).split()] or [fold(name)]


def _same_given(one: str, other: str) -> bool:
    if one == other or ((len(one) == 1 or len(other) == 1) and one[0] == other[0]):
        return True
    return any(one in group and other in group for group in _NICKNAMES)


def _joined_by_part(full: list[Cluster]) -> list[Cluster]:
    """`Lopez Obrador` joins `Andres Manuel Lopez Obrador` where nobody else ends so."""
    kept: list[Cluster] = []
    by_end: dict[str, list[Cluster]] = {}
    for cluster in sorted(full, key=lambda c: -max(len(n.split()) for n in c.names())):
        name = max(cluster.names(), key=lambda n: len(n.split()))
        ends = {_bare(name)[0], _bare(name)[-1]}
        near = {id(c): c for end in sorted(ends) for c in by_end.get(end, [])[-_FAMILY:]}
        longer = [c for c in near.values() if any(_is_part(name, n) for n in c.names())]
        if len(longer) == 1:
            longer[0].spans += cluster.spans
        else:
            kept.append(cluster)
            _index(by_end, ends, cluster)
    return kept


def _is_part(name: str, longer: str) -> bool:
    """Is it the end, or the beginning, of the longer name?"""
    if bool(_SUFFIX.search(name)) != bool(_SUFFIX.search(longer)):
        return False
    part, whole = _bare(name), _bare(longer)
    return 1 < len(part) < len(whole) and part in (whole[-len(part) :], whole[: len(part)])


def _organisations(spans: list[Span], names: Gazetteer) -> list[Cluster]:
    clusters: dict[str, Cluster] = {}
    for span in spans:
        known = span.known or names.names.get(span.name) or names.names.get(LEGAL.sub("", span.name))
        if known is not None and known.type != "organisation":
            known = None
        key = _key(known.name if known else span.name)
        cluster = clusters.setdefault(key, Cluster("organisation", known=known))
        cluster.known = cluster.known or known
        cluster.spans.append(span)
    by_start: dict[str, list[str]] = {}
    for key, cluster in clusters.items():
        words = key.split() or [key]
        longest = max(cluster.names(), key=len)
        for start in {words[0], " ".join(words[1:]), longest[0].upper()}:
            by_start.setdefault(start, []).append(key)
    for key in sorted(clusters, key=lambda k: (len(k), k)):
        longer = _longer_of(key, clusters, by_start, names)
        if longer is not None:
            into = clusters[longer]
            into.spans += clusters[key].spans
            into.known = into.known or clusters[key].known
            del clusters[key]
    return list(clusters.values())


def _key(name: str) -> str:
    """A company without its legal form, spelled one way."""
    bare = LEGAL.sub("", name) or name
    return re.sub(
        r"[^\w& ]",
        "",
        fold(
            bare.replace("Organisation", "Organization").replace("Defence", "Defense").replace(" and ", " & ")
        ),
    )


def _longer_of(
    key: str, clusters: dict[str, Cluster], by_start: dict[str, list[str]], names: Gazetteer
) -> str | None:
    """The one other organisation that this is a short form of: an acronym, its first words, or without its nation. `by_start`
    has the names' keys by first word, by all words after the first, and by first letter."""
    cluster = clusters[key]
    shown = _best_name(Cluster("organisation", cluster.spans))
    short = key.split()
    if not short:
        return None
    acronym = shown.replace(".", "").isupper() and 2 <= len(shown) <= 8
    near = dict.fromkeys(
        by_start.get(short[0], []) + by_start.get(key, []) + (by_start.get(shown[0], []) if acronym else [])
    )
    matches = []
    for other in near:
        candidate = clusters.get(other)
        if candidate is None or other == key:
            continue
        if cluster.known is not None and candidate.known is not None and cluster.known.sure:
            continue
        words = other.split()
        if len(words) == len(short) and len(other) <= len(key):
            continue
        full = max(candidate.names(), key=len)
        if (
            (acronym and " " in full and is_acronym(shown, full))
            or (len(words) > len(short) and words[: len(short)] == short and _telling(shown, short, names))
            or (words[1:] == short and len(short) > 1 and _nation(full.split()[0], names))
        ):
            matches.append(other)
    return matches[0] if len(matches) == 1 else None


def _telling(shown: str, short: list[str], names: Gazetteer) -> bool:
    """Does the short form say which organisation? `Goldman` does, `National` and `China` do not."""
    first = shown.split()[0]
    known = names.names.get(shown)
    return (
        first not in GENERIC
        and not (known is not None and known.type in ("place", "group"))
        and (len(short) > 1 or len(short[0]) > 2)
    )


def _nation(word: str, names: Gazetteer) -> bool:
    known = names.names.get(word)
    return known is not None and (
        known.kind in ("country", "group") or known.name in ("United Nations", "European Union")
    )


def _others(type_: EntityType, spans: list[Span], names: Gazetteer) -> list[Cluster]:
    clusters: dict[str, Cluster] = {}
    for span in spans:
        known = span.known or names.names.get(span.name)
        if known is not None and known.type != type_:
            known = None
        name = known.name if known is not None else span.name
        key = fold(STORM.sub("", name) if type_ == "event" else name)
        if type_ == "group" and known is None and key.endswith("s"):
            key = key[:-1]
        cluster = clusters.setdefault(key, Cluster(type_, known=known))
        cluster.spans.append(span)
    return list(clusters.values())
