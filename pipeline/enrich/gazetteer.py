"""The names known beforehand: countries and their people, regions, states, large cities, organisations, given names."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from pipeline.enrich.passages import CAPITALISED, capitalised
from pipeline.enrich.places import Places, fold
from pipeline.enrich.vocabulary import FUNCTION_WORDS
from pipeline.story import EntityType, Link, Location

Kind = Literal["country", "state", "region", "landmark", "city", "organisation", "group", "event"]

_BIG_CITY = 300_000
"""Cities with as many inhabitants are known by themselves, where their name is nothing else."""


@dataclass(frozen=True, slots=True)
class Known:
    """A name's meaning. `sure`: it is this wherever it stands; else it only settles the type of what else was recognised."""

    name: str
    type: EntityType
    kind: Kind
    link: Link | None = None
    sure: bool = True


class CommonWords:
    """English words in small letters; regular inflections are undone."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words) | FUNCTION_WORDS

    def __contains__(self, word: object) -> bool:
        if not isinstance(word, str) or word in self._words:
            return word in self._words
        for ending, endings in _INFLECTED:
            if word.endswith(ending) and len(word) - len(ending) > 2:
                stem = word[: -len(ending)]
                if any(stem + e in self._words for e in endings):
                    return True
                if ending in ("ed", "ing", "er") and stem[-1] == stem[-2] and stem[:-1] in self._words:
                    return True
        return False


_INFLECTED = (
    ("ies", ("y",)),
    ("es", ("", "e")),
    ("s", ("",)),
    ("ied", ("y",)),
    ("ed", ("", "e")),
    ("ing", ("", "e")),
    ("er", ("", "e")),
    ("ers", ("", "e")),
    ("est", ("", "e")),
    ("men", ("man",)),
)


class Gazetteer:
    """All tables, loaded once; reading them takes a third of a second."""

    def __init__(self) -> None:
        self.places = Places()
        self.given = frozenset(_packed("given_names.txt.gz")) | _words("given_names_world.txt")
        self.surnames = frozenset(_packed("surnames.txt.gz"))
        self.forenames = frozenset(_packed("forenames.txt.gz"))
        """Given names that are seldom: they speak for a person at the front of a longer name, and nowhere else."""
        self.common = CommonWords(_packed("words.txt.gz"))
        self.ambiguous = CommonWords(_packed("ambiguous.txt.gz"))
        """English nouns that are surnames or towns too: `Wheat`, `Forum`."""
        self.names: dict[str, Known] = {}
        self.countries: dict[str, Known] = {}
        """By ISO code."""
        self.states: dict[str, Known] = {}
        """States of the United States by postal code."""
        self.abbreviations: dict[str, str] = {}
        """`Calif.` to `CA`."""
        self._load()
        self.words = frozenset(word for name in self.names for word in name.split())
        self._load_subdivisions()
        self._abroad: dict[str, dict[str, Known]] | None = None
        self._phrases: dict[str, list[str]] = {}
        self.small: list[str] = []
        """Names that begin with a small letter."""
        for name in self.names:
            if CAPITALISED.match(name):
                self._phrases.setdefault(capitalised(name)[0][2], []).append(name)
            else:
                self.small.append(name)
        for phrases in self._phrases.values():
            phrases.sort(key=len, reverse=True)

    def find(self, text: str, start: int, word: str) -> str | None:
        """The longest known name that begins with `word` at `start`."""
        for name in self._phrases.get(word, ()):
            if text.startswith(name, start) and not text[start + len(name) : start + len(name) + 1].isalnum():
                return name
        return None

    def abroad(self, language: str) -> dict[str, Known]:
        """The world's countries as a language calls them; empty for English, and for languages that the tables lack."""
        if self._abroad is None:
            self._abroad = {}
            for tongue, code, name in _rows("countries_abroad.tsv", 3):
                if code in self.countries:
                    self._abroad.setdefault(tongue, {})[name] = self.countries[code]
        return self._abroad.get(language, {})

    def _load(self) -> None:
        ids = {code: (number, capital, city) for code, number, capital, city in _rows("country_ids.tsv", 4)}
        for code, name, lat, lon, others, people in _rows("countries.tsv", 6):
            number, capital, city = ids.get(code, ("", "", ""))
            link = (
                Link(scheme="geonames", id=number, name=name, country=code, location=_point(lat, lon))
                if number
                else None
            )
            country = Known(name, "place", "country", link)
            self.countries[code] = country
            self._add(country, others)
            if people:
                group = people.split("|")[0]
                nation = Link(scheme="iso3166", id=code, name=name, country=code)
                self._add(Known(group, "group", "group", nation), people)
            if city and (place := self.places.by_id(city)):
                self.names.setdefault(capital.strip(), Known(place.name, "place", "city"))
        for name, others, kind, scheme, identifier, country_code, lat, lon in _rows("regions.tsv", 8):
            region_link = (
                Link(
                    scheme=scheme,
                    id=identifier,
                    name=name,
                    country=country_code or None,
                    location=_point(lat, lon),
                )
                if scheme
                else None
            )
            self._add(Known(name, "place", _KINDS[kind], region_link), others)
        state_ids = dict(_rows("state_ids.tsv", 2))
        for code, name, short, lat, lon in _rows("states.tsv", 5):
            state_link = Link(
                scheme="geonames", id=state_ids[code], name=name, country="US", location=_point(lat, lon)
            )
            state = Known(name, "place", "state", state_link)
            self.states[code] = state
            self.abbreviations[short] = code
            if name not in {"Georgia", "Washington", "New York"}:
                self._add(state, short if short not in _ALSO_WORDS else "")
        for name, others, hint in _rows("organisations.tsv", 3):
            self._add(Known(name, "organisation", "organisation", sure=not hint), others)
        for name, others in _rows("events.tsv", 2):
            self._add(Known(name, "event", "event"), others)
        for name, others in _rows("groups.tsv", 2):
            self._add(Known(name, "group", "group"), others)
        self.names["New York"] = Known("New York", "place", "city")
        for place in self.places.larger_than(_BIG_CITY):
            if place.name not in self.names and not self._means_something_else(place.name):
                self.names[place.name] = Known(place.name, "place", "city")

    def _load_subdivisions(self) -> None:
        """Provinces, states and regions of the world; those that several countries have are places, and which is not said."""
        divisions: dict[str, Known] = {}
        for line in _packed("subdivisions.tsv.gz"):
            if not line:
                continue
            code, first, others, lat, lon = line.split("\t")
            link = Link(scheme="iso3166", id=code, name=first, country=code[:2], location=_point(lat, lon))
            for name in (first, *others.split("|")):
                words = name.split()
                if name in self.names or not name or all(w.lower() in self.common for w in words):
                    continue
                if len(words) == 1 and (self._means_something_else(name) or self.places.named(name)):
                    continue
                known = Known(first, "place", "state", link)
                divisions[name] = Known(name, "place", "state") if name in divisions else known
        self.names.update(divisions)

    def _means_something_else(self, name: str) -> bool:
        return len(name) < 4 or name in self.given or name in self.surnames or name.lower() in self.common

    def _add(self, known: Known, others: str) -> None:
        for name in (known.name, *others.split("|")):
            if name:
                self.names.setdefault(name, known)


_ALSO_WORDS = frozenset({"Ala.", "La.", "Mass.", "Miss.", "Ore.", "Ind.", "Ill."})
"""Abbreviated states that a text may mean otherwise."""
_KINDS: dict[str, Kind] = {"region": "region", "state": "state", "landmark": "landmark", "city": "city"}


def _point(lat: str, lon: str) -> Location:
    return Location(lat=float(lat), lon=float(lon))


def _rows(name: str, columns: int) -> Iterator[list[str]]:
    """A table's lines, padded to so many columns; `#` begins a comment."""
    for line in (files("pipeline.enrich") / "data" / name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            fields = line.split("\t")
            yield fields + [""] * (columns - len(fields))


def _words(name: str) -> frozenset[str]:
    lines = (files("pipeline.enrich") / "data" / name).read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _packed(name: str) -> list[str]:
    return gzip.decompress((files("pipeline.enrich") / "data" / name).read_bytes()).decode().split("\n")


__all__ = ["Gazetteer", "Kind", "Known", "fold"]
