"""A story as the document that Elasticsearch keeps, and back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from pipeline.index.elastic.mapping import PLURAL
from pipeline.index.sought import COLUMNS
from pipeline.index.words import spaced, words
from pipeline.story import Entity, Location, Story, event_time, replace

APART: Final = "\x1f"
"""Between the parts of an entity's token."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def record_of(story: Story) -> dict[str, Any]:
    """The record's own fields; what is empty is left out, and read back as what it is by default."""
    bare = msgspec.to_builtins(replace(story, history=[]))
    return {name: value for name, value in bare.items() if value not in (None, "", [])}


def document(story: Story, record: dict[str, Any], columns: tuple[str, ...]) -> dict[str, Any]:
    """What readers see of a story. `columns` are its searched texts, in the order of `sought.COLUMNS`."""
    found = {column: spaced(text) for column, text in zip(COLUMNS, columns, strict=True) if text}
    return {**record, **_meta(story, shown=True), "find": found, **_entities(story)}


def hidden(story: Story) -> dict[str, Any]:
    """What is left of a story that readers may not have now: whose it is, and that it is there."""
    return {
        "id": story.id,
        "version": story.version,
        "source": story.source,
        "cluster": story.cluster,
        **_meta(story, shown=False),
    }


def killed(left: Story) -> dict[str, Any]:
    """A killed story's notice as a document."""
    return {**record_of(left), **_meta(left, shown=True), "killed": True}


def stamp(story: Story, sequence: int) -> dict[str, Any]:
    """What a document has of the moment at which it is sent, `sequence` microseconds after 1970."""
    now = _EPOCH + timedelta(microseconds=sequence)
    made: dict[str, Any] = {"sequence": sequence, "indexed_at": now.isoformat()}
    for name, since in (("latency_seconds", event_time(story)), ("pipeline_seconds", story.collected_at)):
        if since is not None and since <= now:
            made[name] = round((now - since).total_seconds(), 3)
    return made


def version_document(story: Story, record: dict[str, Any], held: bool = False) -> dict[str, Any]:
    """A version, whole."""
    made: dict[str, Any] = {
        "id": story.id,
        "version": story.version,
        "late": story.late,
        "held": held,
        "record": record,
    }
    if (at := event_time(story)) is not None:
        made["at"] = at.isoformat()
    if held and story.embargoed_until is not None:
        made["until"] = story.embargoed_until.isoformat()
    return made


def version_of(source: dict[str, Any]) -> Story:
    """The version that a version's document holds."""
    return msgspec.convert(source["record"], Story)


def story_of(source: dict[str, Any]) -> Story:
    """The story that a document shows."""
    return msgspec.convert(source, Story)


def spelling(name: str) -> str:
    """A name as it is compared."""
    return " ".join(words(name))


def token(entity: Entity) -> str:
    """An entity for facets: what it is, what to put into a query for it, what people call it, and where it is."""
    code, shown = _code(entity), _shown(entity)
    where = entity.link.location if entity.link else None
    point = f"{where.lat},{where.lon}" if where else ""
    parts = (code or spelling(entity.name), code or shown, shown, point)
    return APART.join(part.replace(APART, " ") for part in parts)


def of_token(text: str) -> tuple[str, str, str, Location | None]:
    """Identity, value, name and location of a token."""
    identity, value, name, point = text.split(APART)
    lat, _, lon = point.partition(",")
    return identity, value, name, Location(lat=float(lat), lon=float(lon)) if point else None


def _meta(story: Story, *, shown: bool) -> dict[str, Any]:
    at = event_time(story)
    return {
        **({"at": at.isoformat()} if at is not None else {}),
        "shown": shown,
        "killed": False,
        "copy": story.copy_of is not None,
    }


def _entities(story: Story) -> dict[str, Any]:
    """What is asked of entities: charts' names, filters' spellings and codes, facets' tokens."""
    made: dict[str, Any] = {}
    for kind, plural in PLURAL.items():
        own = [entity for entity in story.entities if entity.type == kind]
        if not own:
            continue
        names = list(dict.fromkeys(name for entity in own for name in _names(entity)))
        made[plural] = list(dict.fromkeys(_shown(entity) for entity in own))
        made.setdefault("spelled", {})[kind] = list(dict.fromkeys(map(spelling, names)))
        made.setdefault("entity", {})[kind] = list(dict.fromkeys(map(token, own)))
        made.setdefault("names", {})[kind] = [spelling(name) for name in names]
        if codes := [_code(entity) for entity in own if entity.link]:
            made.setdefault("codes", {})[kind] = codes
    places = [entity.link for entity in story.entities if entity.type == "place" and entity.link]
    made["countries"] = sorted({link.country for link in places if link.country})
    made["points"] = [
        {"lat": link.location.lat, "lon": link.location.lon} for link in places if link.location is not None
    ]
    return made


def _names(entity: Entity) -> Iterator[str]:
    yield entity.name
    if entity.link is not None:
        yield entity.link.name


def _shown(entity: Entity) -> str:
    return (entity.link.name if entity.link and entity.type != "group" else "") or entity.name


def _code(entity: Entity) -> str:
    return f"{entity.link.scheme}:{entity.link.id}" if entity.link else ""
