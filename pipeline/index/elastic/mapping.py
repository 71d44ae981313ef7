"""How Elasticsearch keeps stories: every field's mapping with its reason, the templates, the aliases, and their set-up."""

from __future__ import annotations

from typing import Any, Final

from elasticsearch import Elasticsearch

from pipeline.findings import Finding
from pipeline.index.sought import COLUMNS
from pipeline.settings import Elastic
from pipeline.story import Record

REVISION: Final = 1
"""Of the templates; higher where a change of them needs new indices."""

# For filters, facets and sorting: never scored. What is longer than a name is text that went astray, and is not indexed.
_NAME: Final[dict[str, Any]] = {"type": "keyword", "ignore_above": 512}
# The same, and found in any case: the built-in normalizer is in every distribution.
_ANY_CASE: Final[dict[str, Any]] = {
    **_NAME,
    "fields": {"folded": {"type": "keyword", "normalizer": "lowercase", "ignore_above": 512}},
}
# Shown, never searched: no index, no columns.
_SHOWN: Final[dict[str, Any]] = {"type": "keyword", "index": False, "doc_values": False}
# Searched by people in Kibana; the standard analyzer is in every distribution. Our own search has `find`.
_TEXT: Final[dict[str, Any]] = {"type": "text", "analyzer": "standard"}
_TIME: Final[dict[str, Any]] = {"type": "date", "format": "strict_date_optional_time"}
# Kept whole in the source, not looked into.
_WHOLE: Final[dict[str, Any]] = {"type": "object", "enabled": False}
# Words that our own code has made of the text, so that a search finds the same stories here and in SQLite, whatever analyzers the
# server has.
_WORDS: Final[dict[str, Any]] = {"type": "text", "analyzer": "whitespace"}

_STORY: Final[dict[str, Any]] = {
    "schema": {"type": "short"},
    "id": {"type": "keyword"},
    "version": {"type": "integer"},
    "wire_version": _SHOWN,
    "version_counts": {"type": "boolean", "index": False},
    "late": {"type": "boolean"},
    "source": _ANY_CASE,
    "provider": _ANY_CASE,
    "url": _SHOWN,
    "guid": _NAME,
    "family": _NAME,
    "corrects": _NAME,
    "document": _SHOWN,
    "format": _NAME,
    "status": _ANY_CASE,
    "change": _ANY_CASE,
    "headline": _TEXT,
    "marker": _SHOWN,
    "headline_from": _NAME,
    "subheadline": _TEXT,
    "slugline": _NAME,
    "summary": _TEXT,
    "byline": _NAME,
    "byline_title": _SHOWN,
    "dateline": {
        "properties": {
            "text": _SHOWN,
            "place": _NAME,
            "country": _NAME,
            "date": {**_SHOWN, "ignore_above": 64},
        }
    },
    "credit": _NAME,
    "rights": _SHOWN,
    "editor_note": _TEXT,
    "staff": _SHOWN,
    "language": _ANY_CASE,
    "language_from": _NAME,
    # A wire may write any number: one that is none of 1 to 9 is shown all the same.
    "urgency": {"type": "byte", "ignore_malformed": True},
    "genre": _NAME,
    "item_class": _NAME,
    "body": _TEXT,
    "word_count": {"type": "integer"},
    "text_hash": _NAME,
    "subjects": {"properties": {"code": _NAME, "scheme": _NAME, "name": _NAME}},
    "keywords": _NAME,
    "media": _WHOLE,
    "location": {"type": "geo_point", "ignore_malformed": True},
    "published_at": _TIME,
    "published_precision": _SHOWN,
    "first_published_at": _TIME,
    "embargoed_until": _TIME,
    "collected_at": _TIME,
    "processed_at": _TIME,
    # Nested documents would make twenty of one story. What is asked of entities is which of them a story has, and that is in
    # `people` and its like below; offsets are only shown.
    "entities": _WHOLE,
    "entities_note": _SHOWN,
    "copy_of": _NAME,
    "relation": _NAME,
    "similarity": {"type": "float"},
    "cluster": _NAME,
    "history": _WHOLE,
    "assumed": {"type": "keyword", "index": False, "doc_values": False},
}
"""The story record, by its own names."""

KINDS: Final = ("person", "organisation", "place", "group", "event", "product")
"""Types of entities."""
PLURAL: Final = {
    "person": "people",
    "organisation": "organisations",
    "place": "places",
    "group": "groups",
    "event": "events",
    "product": "products",
}
"""Where the names of a type's entities are, for charts."""

_MADE: Final[dict[str, Any]] = {
    # Event time: what everything is charted and sorted by.
    "at": _TIME,
    # Readers see the story: not while it is withheld.
    "shown": {"type": "boolean"},
    "killed": {"type": "boolean"},
    "copy": {"type": "boolean"},
    # Microseconds since 1970 of the last change for readers: what `tail` goes by.
    "sequence": {"type": "long"},
    "indexed_at": _TIME,
    # From publication, and from collection, to here.
    "latency_seconds": {"type": "float"},
    "pipeline_seconds": {"type": "float"},
    **dict.fromkeys(PLURAL.values(), _NAME),
    "countries": _NAME,
    "points": {"type": "geo_point", "ignore_malformed": True},
    # For filters and facets, see `pipeline.index.elastic.document`: by type, what an entity is called, and what it is.
    "spelled": {"properties": dict.fromkeys(KINDS, _NAME)},
    "entity": {"properties": {kind: {"type": "keyword", "ignore_above": 1_024} for kind in KINDS}},
    "codes": {"properties": dict.fromkeys(KINDS, _NAME)},
    "find": {"properties": dict.fromkeys(COLUMNS, _WORDS)},
    "names": {"properties": dict.fromkeys(KINDS, _WORDS)},
}
"""What the sink adds."""

_VERSION: Final[dict[str, Any]] = {
    "id": {"type": "keyword"},
    "version": {"type": "integer"},
    "at": _TIME,
    "late": {"type": "boolean"},
    "held": {"type": "boolean"},
    "until": _TIME,
    # The whole record, never searched: a killed one's text is in no other structure.
    "record": _WHOLE,
}

_LETTER: Final[dict[str, Any]] = {
    "stage": _NAME,
    "source": _NAME,
    "document": _SHOWN,
    "story_id": _NAME,
    "error": _TEXT,
    "size": {"type": "long"},
    "times": {"type": "integer"},
    "first_at": _TIME,
    "last_at": _TIME,
    "retried_at": _TIME,
}

_FEED: Final[dict[str, Any]] = {
    "name": _NAME,
    "url": _SHOWN,
    "title": _NAME,
    "source": _NAME,
    "enabled": {"type": "boolean"},
    "checked_at": _TIME,
    "succeeded_at": _TIME,
    "next_check_at": _TIME,
    "last_new": _TIME,
    "failures": {"type": "integer"},
    "trouble": _TEXT,
}


class Names(Record, frozen=True):
    """Names of indices and aliases under a prefix."""

    prefix: str

    @property
    def stories(self) -> str:
        """Alias of what readers see."""
        return f"{self.prefix}stories"

    @property
    def versions(self) -> str:
        """Alias of every version."""
        return f"{self.prefix}versions"

    @property
    def dead(self) -> str:
        """Index of what the dead letters are about."""
        return f"{self.prefix}dead"

    @property
    def feeds(self) -> str:
        """Index of how each feed is doing."""
        return f"{self.prefix}feeds"


def templates(settings: Elastic) -> dict[str, dict[str, Any]]:
    """Each index template by its name."""
    names = Names(settings.prefix)
    kinds = {
        names.stories: {**_STORY, **_MADE},
        names.versions: _VERSION,
        names.dead: _LETTER,
        names.feeds: _FEED,
    }
    return {
        name: {
            "index_patterns": [f"{name}-*"],
            "priority": 200,
            "_meta": {"revision": REVISION},
            "template": {
                "settings": {
                    "number_of_shards": settings.shards,
                    "number_of_replicas": settings.replicas,
                    "refresh_interval": f"{round(settings.refresh_seconds * 1_000)}ms",
                    # A killed story's text is to be rewritten away however little of its segment it is.
                    "merge.policy.expunge_deletes_allowed": 0,
                },
                "aliases": {name: {}},
                # Strict: a field that nobody mapped is a mistake to be told, not one to be guessed at.
                "mappings": {
                    "dynamic": "strict",
                    "properties": properties,
                    # Made from the rest, and large.
                    "_source": {"excludes": ["find", "names"]},
                },
            },
        }
        for name, properties in kinds.items()
    }


def set_up(client: Elasticsearch, settings: Elastic) -> list[Finding]:
    """Creates the templates that are absent and one index of each, so that readers find an empty index and not none. A template
    that is there is not changed. Raises what the client raises."""
    findings = []
    for name, template in templates(settings).items():
        found = client.indices.get_index_template(name=name) if _has(client, name) else None
        if found is None:
            client.indices.put_index_template(name=name, **_arguments(template))
            findings.append(Finding(name=name, state="created"))
        elif (said := _difference(found["index_templates"][0]["index_template"], template)) != "":
            findings.append(Finding(name=name, state="differs", detail=said))
        else:
            findings.append(Finding(name=name, state="as it should be"))
        if not client.indices.exists_alias(name=name):
            client.indices.create(index=f"{name}-0000.00")
    return findings


def is_set_up(client: Elasticsearch, settings: Elastic) -> bool:
    """Every template is there."""
    return all(_has(client, name) for name in templates(settings))


def _has(client: Elasticsearch, name: str) -> bool:
    return bool(client.indices.exists_index_template(name=name))


def _arguments(template: dict[str, Any]) -> dict[str, Any]:
    return {"meta" if key == "_meta" else key: value for key, value in template.items()}


def _difference(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    revision = found.get("_meta", {}).get("revision", 0)
    if revision != wanted["_meta"]["revision"]:
        return (
            f"it is of revision {revision}, this program's is {wanted['_meta']['revision']}: delete the template and set up"
            " again; the next month's indices follow it"
        )
    theirs = found["template"]["mappings"].get("properties", {})
    ours = wanted["template"]["mappings"]["properties"]
    if unlike := sorted(name for name in theirs.keys() | ours.keys() if theirs.get(name) != ours.get(name)):
        return f"its fields are others: {', '.join(unlike)}"
    set_there = _flat(found["template"].get("settings", {}))
    unlike = sorted(
        f"{name} is {set_there.get(name, 'not set')}, not {value}"
        for name, value in _flat(wanted["template"]["settings"]).items()
        if set_there.get(name) != value
    )
    return "; ".join(unlike)


def _flat(settings: dict[str, Any], before: str = "") -> dict[str, str]:
    """Settings by their full names, as Elasticsearch writes them."""
    flat: dict[str, str] = {}
    for name, value in settings.items():
        full = f"{before}{name}" if before or name == "index" else f"index.{name}"
        flat |= _flat(value, f"{full}.") if isinstance(value, dict) else {full: str(value)}
    return flat
