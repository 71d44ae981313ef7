"""A reader's question in Elasticsearch's query language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, get_args

from pipeline.index import Query
from pipeline.index.elastic.document import spelling
from pipeline.index.sought import COLUMNS, Sought, Term
from pipeline.story import Entity, EntityType

Clause = dict[str, Any]

WEIGHTS: Final = {"headline": 8.0, "summary": 3.0, "body": 1.0, "names": 3.0, "byline": 2.0, "subjects": 2.0}
LONGEST: Final = 900
"""Characters of a value that is compared as a whole: none as long is kept, and Elasticsearch refuses to look for long ones."""
_TOKEN: Final = 255
"""Characters of a word; a longer one is several (`max_token_length`)."""
_EXPANSIONS: Final = 1_000
"""Words that a prefix may stand for, at most."""


def clauses(query: Query, sought: Sought, entities: list[Clause]) -> Clause | None:
    """What the stories that a query asks for have; None where nothing can match. `entities`: a clause for each entity asked
    for, see `named`."""
    if sought.senseless:
        return None
    must = [either([_term(term) for term in group]) for group in sought.groups]
    without = [_term(term) for term in sought.without]
    only: list[Clause] = [{"term": {"shown": True}}, *entities]
    if "kill" not in query.change and "canceled" not in query.status:
        only.append({"term": {"killed": False}})
    for field, values in (
        ("source", query.source),
        ("provider", query.provider),
        ("change", query.change),
        ("status", query.status),
    ):
        if values:
            only.append({"terms": {f"{field}.folded": [storable(value) for value in values]}})
    if query.language:
        only.append(either([clause for language in query.language for clause in _language(language)]))
    if query.without_copies:
        only.append({"term": {"copy": False}})
    span = {
        name: at.isoformat() for name, at in (("gte", query.since), ("lt", query.until)) if at is not None
    }
    if span:
        only.append({"range": {"at": span}})
    return {"bool": {"must": must, "must_not": without, "filter": only}}


def asked(query: Query) -> Iterator[tuple[str, list[str]]]:
    """Each entity asked for, with the types that it may have."""
    for kind, values in (
        ("", query.entity),
        ("person", query.person),
        ("organisation", query.organisation),
        ("place", query.place),
    ):
        for value in values:
            yield value, [kind] if kind else list(get_args(EntityType))


def named(value: str, kinds: list[str]) -> list[Clause]:
    """How a story may have the entity that a reader calls `value`, the surest way first: the first by which any story is found
    is meant."""
    if kinds == ["place"] and len(value) == 2 and value.isascii() and value.isalpha():
        return [{"term": {"countries": value.upper()}}]
    folded = spelling(value)[:LONGEST]
    ways = [either([{"term": {f"codes.{kind}": storable(value)}} for kind in kinds])]
    if folded:
        ways.append(either([{"term": {f"spelled.{kind}": folded}} for kind in kinds]))
        ways.append(either([{"match_phrase": {f"names.{kind}": folded}} for kind in kinds]))
    return ways


def codes_of(value: str, kinds: list[str], entities: Sequence[Entity], *, whole: bool) -> list[Clause]:
    """What some stories call `value`, others call otherwise: clauses for its entries in registers. Not `whole`: `value` may be a
    part of its name."""
    folded = spelling(value)
    codes: dict[str, set[str]] = {}
    for entity in entities:
        link = entity.link
        if (
            link is not None
            and entity.type in kinds
            and any(_is_name(folded, spelling(name), whole) for name in (entity.name, link.name))
        ):
            codes.setdefault(entity.type, set()).add(f"{link.scheme}:{link.id}")
    return [{"terms": {f"codes.{kind}": sorted(found)}} for kind, found in codes.items()]


def _is_name(asked: str, name: str, whole: bool) -> bool:
    return asked == name or (not whole and f" {asked} " in f" {name} ")


def _term(term: Term) -> Clause:
    columns = [term.column] if term.column else list(COLUMNS)
    return either([_phrase(column, term) for column in columns])


def _phrase(column: str, term: Term) -> Clause:
    if term.prefix and len(term.words) == 1 and len(term.words[0]) <= _TOKEN:
        return {"prefix": {f"find.{column}": {"value": term.words[0], "boost": WEIGHTS[column]}}}
    asked: Clause = {"query": " ".join(term.words), "boost": WEIGHTS[column]}
    if not term.prefix:
        return {"match_phrase": {f"find.{column}": asked}}
    return {"match_phrase_prefix": {f"find.{column}": {**asked, "max_expansions": _EXPANSIONS}}}


def _language(language: str) -> list[Clause]:
    code = storable(language).lower()
    return [{"term": {"language.folded": code}}, {"prefix": {"language.folded": f"{code}-"}}]


def either(clauses: list[Clause]) -> Clause:
    """One of these."""
    return clauses[0] if len(clauses) == 1 else {"bool": {"should": clauses, "minimum_should_match": 1}}


def storable(text: str) -> str:
    """Text as JSON can carry it, and no longer than can be found: a command's argument may hold bytes that were no UTF-8."""
    return text[:LONGEST].encode("utf-8", "replace").decode("utf-8")
