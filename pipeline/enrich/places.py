"""The GeoNames table: cities by any of their names."""

from __future__ import annotations

import gzip
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Place:
    """A populated place of GeoNames; `own` says that it was found by its own name, not another one."""

    id: str
    name: str
    country: str
    """ISO 3166-1 alpha-2."""
    admin1: str
    """First-order division as GeoNames codes it; for the United States the postal code of the state."""
    population: int
    lat: float
    lon: float
    own: bool = True


class Places:
    """34,000 places of 15,000 inhabitants and more. Lines are parsed when they are asked for."""

    def __init__(self) -> None:
        packed = (files("pipeline.enrich") / "data" / "places.tsv.gz").read_bytes()
        self._lines = gzip.decompress(packed).decode().splitlines()
        self._ids: dict[str, int] = {}
        self._names: dict[str, int | tuple[int, ...]] = {}
        for number, line in enumerate(self._lines):
            identifier, name, *_, others = line.split("\t")
            self._ids[identifier] = number
            for key in {fold(n) for n in (name, *others.split("|")) if n}:
                have = self._names.get(key)
                if have is None:
                    self._names[key] = number
                else:
                    self._names[key] = (*have, number) if isinstance(have, tuple) else (have, number)

    def named(self, name: str) -> list[Place]:
        """Every place of that name, case and accents aside, the largest first."""
        key = fold(name)
        have = self._names.get(key, ())
        found = [self._place(number, key) for number in (have if isinstance(have, tuple) else (have,))]
        return sorted(found, key=lambda p: (-p.population, int(p.id)))

    def by_id(self, identifier: str) -> Place | None:
        """The place with that GeoNames id."""
        number = self._ids.get(identifier)
        return None if number is None else self._place(number, None)

    def larger_than(self, population: int) -> Iterator[Place]:
        """Places with so many inhabitants and more."""
        for number, line in enumerate(self._lines):
            if int(line.split("\t", 5)[4]) >= population:
                yield self._place(number, None)

    def _place(self, number: int, key: str | None) -> Place:
        identifier, name, country, admin1, population, lat, lon, _ = self._lines[number].split("\t")
        own = key is None or fold(name) == key
        return Place(identifier, name, country, admin1, int(population), float(lat), float(lon), own)


def fold(name: str) -> str:
    """A name without case, accents and the difference between hyphen and space: how two spellings are compared."""
    if name.isascii():
        return name.lower().replace("-", " ")
    decomposed = unicodedata.normalize("NFKD", name.casefold().replace("-", " ").replace("’", "'"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))
