"""The three dashboards, *Newsroom*, *Entities* and *Pipeline*, and the data views, searches and map that they need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from pipeline.kibana.lens import (
    Column,
    Panel,
    Reference,
    count,
    heat,
    largest,
    number,
    over_time,
    percentile,
    ring,
    series,
    shown,
    table,
    text,
    top,
)

STORIES, INDEXED, DEAD, FEEDS = "wirepipe-stories", "wirepipe-indexed", "wirepipe-dead", "wirepipe-feeds"
"""Ids of the data views."""

WITHDRAWN, LETTERS, PLACES = "wirepipe-withdrawn", "wirepipe-letters", "wirepipe-places"
"""Ids of the two searches and of the map."""

SHOWN = "shown: true"
"""KQL: what readers may have. An embargoed story is in the index without its text, and counts only from its time on. Queries
here are such that KQL and Lucene read them alike."""

WIDTH = 48
"""Columns of a dashboard."""

Object = dict[str, Any]


class Place(NamedTuple):
    """Where a panel stands: rows of the dashboard's grid, of which 48 are its width."""

    x: int
    y: int
    w: int
    h: int


def saved_objects(prefix: str) -> bytes:
    """All objects as Kibana imports them, one a line, for indices whose names begin with `prefix`. The same input gives the
    same bytes."""
    return b"".join(text(one).encode() + b"\n" for one in _objects(prefix))


def _objects(prefix: str) -> list[Object]:
    return [
        _view(STORIES, "Stories", f"{prefix}stories", "at"),
        _view(INDEXED, "Stories by when they were indexed", f"{prefix}stories", "indexed_at"),
        _view(DEAD, "Dead letters", f"{prefix}dead", "last_at"),
        _view(FEEDS, "Feeds", f"{prefix}feeds", ""),
        _search(
            WITHDRAWN,
            "Corrections and kills",
            STORIES,
            f"{SHOWN} AND change: (correction OR kill)",
            ["source", "change", "headline", "editor_note"],
            "at",
        ),
        _search(LETTERS, "Dead letters", DEAD, "", ["stage", "source", "error", "times"], "last_at"),
        _map(),
        _newsroom(),
        _entities(),
        _pipeline(),
    ]


def _newsroom() -> Object:
    stories = count("Stories")

    def figure(title: str, only: str = "") -> Panel:
        return number(title, STORIES, count(title), only=f"{SHOWN} AND {only}" if only else SHOWN)

    return _dashboard(
        "wirepipe-newsroom",
        "Newsroom",
        "What comes in: by source, language and urgency, against the week before; what was corrected and withdrawn.",
        [
            (Place(0, 0, 8, 6), figure("Stories")),
            (Place(8, 0, 8, 6), figure("Corrections", "change: correction")),
            (Place(16, 0, 8, 6), figure("Kills", "change: kill")),
            (Place(24, 0, 8, 6), figure("Copies of others", "copy: true")),
            (
                Place(0, 6, 32, 14),
                series(
                    "Stories over time by source",
                    STORIES,
                    [
                        {
                            "time": over_time("at", "Published"),
                            "source": top("source", "Source", 10, "stories", others=True),
                            "stories": stories,
                        }
                    ],
                    split="source",
                    only=SHOWN,
                ),
            ),
            (
                Place(32, 0, 16, 12),
                ring(
                    "Languages",
                    STORIES,
                    {"language": top("language", "Language", 8, "stories", others=True), "stories": stories},
                    only=SHOWN,
                ),
            ),
            (
                Place(32, 12, 16, 8),
                series(
                    "Urgency",
                    STORIES,
                    [{"urgency": top("urgency", "Urgency", 9, kind="number"), "stories": stories}],
                    shape="bar",
                    only=SHOWN,
                ),
            ),
            (
                Place(0, 20, 24, 14),
                series(
                    "Volume against the week before",
                    STORIES,
                    [
                        {
                            "time": over_time("at", "Published"),
                            "now": stories,
                            "before": count("A week before", shift="1w"),
                        }
                    ],
                    shape="line",
                    only=SHOWN,
                ),
            ),
            (Place(24, 20, 24, 14), shown("Latest corrections and kills", "search", WITHDRAWN)),
        ],
    )


def _entities() -> Object:
    kinds = (("people", "Person"), ("organisations", "Organisation"), ("places", "Place"))
    return _dashboard(
        "wirepipe-entities",
        "Entities",
        "Who and where: the names that most stories have, those that rise, and those that come together.",
        [
            *(
                (Place(16 * n, 0, 16, 14), _names(f"Top {kind}", kind, label))
                for n, (kind, label) in enumerate(kinds)
            ),
            (Place(0, 14, 48, 20), shown("Where", "map", PLACES)),
            *(
                (Place(16 * n, 34, 16, 12), _rising(f"Rising {kind}", kind, label))
                for n, (kind, label) in enumerate(kinds)
            ),
            (Place(0, 46, 24, 18), _together("People and organisations", "people", "organisations")),
            (Place(24, 46, 24, 18), _together("People and places", "people", "places")),
        ],
    )


def _pipeline() -> Object:
    def at(percent: int) -> Column:
        return percentile("latency_seconds", percent, f"{percent}th percentile, s")

    def taken(field: str, label: str) -> dict[str, Column]:
        return {f"{field}_time": over_time(field, "Time"), f"{field}_stories": count(label)}

    return _dashboard(
        "wirepipe-pipeline",
        "Pipeline",
        "How Wirepipe is doing: how soon stories can be found, what could not be processed, which feeds are silent.",
        [
            (Place(0, 0, 12, 6), number("Half are there within (s)", INDEXED, at(50), only=SHOWN)),
            (Place(12, 0, 12, 6), number("99 in 100 are there within (s)", INDEXED, at(99), only=SHOWN)),
            (Place(24, 0, 12, 6), number("Stories indexed", INDEXED, count("Stories"), only=SHOWN)),
            (Place(36, 0, 12, 6), number("Dead letters", DEAD, count("Dead letters"))),
            (
                Place(0, 6, 24, 14),
                series(
                    "From published to searchable",
                    INDEXED,
                    [
                        {
                            "time": over_time("indexed_at", "Indexed"),
                            "p50": at(50),
                            "p95": at(95),
                            "p99": at(99),
                        }
                    ],
                    shape="line",
                    only=SHOWN,
                ),
            ),
            (
                Place(24, 6, 24, 14),
                series(
                    "Stories by stage",
                    INDEXED,
                    [
                        taken("collected_at", "Collected"),
                        taken("processed_at", "Processed"),
                        taken("indexed_at", "Indexed"),
                    ],
                    shape="line",
                    only=SHOWN,
                ),
            ),
            (
                Place(0, 20, 24, 12),
                series(
                    "Dead letters by stage",
                    DEAD,
                    [
                        {
                            "time": over_time("last_at", "Time"),
                            "stage": top("stage", "Stage", 8, "letters"),
                            "letters": count("Dead letters"),
                        }
                    ],
                    split="stage",
                ),
            ),
            (Place(24, 20, 24, 12), shown("Latest dead letters", "search", LETTERS)),
            (
                Place(0, 32, 48, 14),
                table(
                    "Silent feeds",
                    FEEDS,
                    {
                        "feed": top("name", "Feed", 50, "story", upwards=True),
                        "story": largest("last_new", "Last new story", "date"),
                        "answer": largest("succeeded_at", "Last answer", "date"),
                        "failures": largest("failures", "Failures in a row"),
                    },
                    only="enabled: true",
                ),
            ),
        ],
        since="now-24h",
    )


def _names(title: str, field: str, label: str) -> Panel:
    columns = {"name": top(field, label, 15, "stories"), "stories": count("Stories")}
    return series(title, STORIES, [columns], shape="bar_horizontal", only=SHOWN)


def _rising(title: str, field: str, label: str) -> Panel:
    columns = {"name": top(field, label, 15, rising=True), "stories": count("Stories")}
    return table(title, STORIES, columns, only=SHOWN)


def _together(title: str, down: str, across: str) -> Panel:
    columns = {
        "down": top(down, down.capitalize(), 12, "stories"),
        "across": top(across, across.capitalize(), 12, "stories"),
        "stories": count("Stories"),
    }
    return heat(title, STORIES, columns, only=SHOWN)


def _dashboard(
    id: str, title: str, description: str, panels: Sequence[tuple[Place, Panel]], since: str = "now-7d"
) -> Object:
    names = [f"p{number}" for number in range(1, len(panels) + 1)]
    return _object(
        "dashboard",
        id,
        "10.2.0",
        {
            "title": title,
            "description": description,
            "timeRestore": True,
            "timeFrom": since,
            "timeTo": "now",
            "refreshInterval": {"pause": False, "value": 60_000},
            "version": 1,
            "kibanaSavedObjectMeta": _asking(""),
            "optionsJSON": text(
                {
                    "useMargins": True,
                    "syncColors": False,
                    "syncCursor": True,
                    "syncTooltips": False,
                    "hidePanelTitles": False,
                }
            ),
            "panelsJSON": text(
                [_placed(name, place, panel) for name, (place, panel) in zip(names, panels, strict=True)]
            ),
        },
        [
            reference.as_json(name)
            for name, (_, panel) in zip(names, panels, strict=True)
            for reference in panel.references
        ],
    )


def _placed(name: str, place: Place, panel: Panel) -> Object:
    placed: Object = {
        "type": panel.type,
        "panelIndex": name,
        "gridData": {**place._asdict(), "i": name},
        "title": panel.title,
        **panel.body,
    }
    if panel.type != "lens":
        [reference] = panel.references
        placed["panelRefName"] = reference.name
    return placed


def _view(id: str, name: str, pattern: str, time: str) -> Object:
    attributes = {"title": pattern, "name": f"Wirepipe: {name}"}
    if time:
        attributes["timeFieldName"] = time
    return _object("index-pattern", id, "8.0.0", attributes, [])


def _search(id: str, title: str, view: str, query: str, columns: Sequence[str], newest: str) -> Object:
    name = "kibanaSavedObjectMeta.searchSourceJSON.index"
    return _object(
        "search",
        id,
        "10.5.0",
        {
            "title": title,
            "description": "",
            "columns": list(columns),
            "sort": [[newest, "desc"]],
            "grid": {},
            "hideChart": True,
            "isTextBasedQuery": False,
            "timeRestore": False,
            "kibanaSavedObjectMeta": _asking(query, name),
        },
        [Reference("index-pattern", view, name).as_json()],
    )


def _map() -> Object:
    """Places named in stories, as squares that darken with their number, over Elastic's map service where it is reached. No
    circles: of a story with many places they would stand in the middle of all of them."""
    name = "layer_1_source_index_pattern"
    by_count = {"field": {"name": "doc_count", "origin": "source"}}
    layers = [
        {
            "id": "ground",
            "type": "EMS_VECTOR_TILE",
            "label": None,
            "alpha": 1,
            "minZoom": 0,
            "maxZoom": 24,
            "visible": True,
            "sourceDescriptor": {"type": "EMS_TMS", "isAutoSelect": True},
            "style": {"type": "EMS_VECTOR_TILE", "color": ""},
        },
        {
            "id": "places",
            "type": "GEOJSON_VECTOR",
            "label": "Stories by place",
            "alpha": 0.75,
            "minZoom": 0,
            "maxZoom": 24,
            "visible": True,
            "joins": [],
            "query": {"query": SHOWN, "language": "kuery"},
            "sourceDescriptor": {
                "type": "ES_GEO_GRID",
                "id": "places",
                "geoField": "points",
                "requestType": "grid",
                "resolution": "FINE",
                "metrics": [{"type": "count", "label": "Stories"}],
                "applyGlobalQuery": True,
                "applyGlobalTime": True,
                "applyForceRefresh": True,
                "indexPatternRefName": name,
            },
            "style": {
                "type": "VECTOR",
                "isTimeAware": True,
                "properties": {
                    "fillColor": {"type": "DYNAMIC", "options": {**by_count, "color": "Blues"}},
                    "lineColor": {"type": "STATIC", "options": {"color": "#ffffff"}},
                    "lineWidth": {"type": "STATIC", "options": {"size": 1}},
                    "labelText": {"type": "DYNAMIC", "options": by_count},
                    "labelSize": {"type": "STATIC", "options": {"size": 12}},
                },
            },
        },
    ]
    return _object(
        "map",
        PLACES,
        "8.4.0",
        {
            "title": "Places in stories",
            "description": "",
            "mapStateJSON": text(
                {
                    "zoom": 1.5,
                    "center": {"lon": 10, "lat": 25},
                    "timeFilters": {"from": "now-7d", "to": "now"},
                    "refreshConfig": {"isPaused": True, "interval": 60_000},
                    "query": {"query": "", "language": "kuery"},
                    "filters": [],
                    "settings": {"autoFitToDataBounds": False},
                }
            ),
            "layerListJSON": text(layers),
            "uiStateJSON": text({"isLayerTOCOpen": False, "openTOCDetails": []}),
        },
        [Reference("index-pattern", STORIES, name).as_json()],
    )


def _asking(query: str, index: str = "") -> dict[str, str]:
    source: dict[str, Any] = {"query": {"query": query, "language": "kuery"}, "filter": []}
    if index:
        source["indexRefName"] = index
    return {"searchSourceJSON": text(source)}


def _object(
    type: str, id: str, shape: str, attributes: dict[str, Any], references: list[dict[str, str]]
) -> Object:
    """A saved object in a shape that Kibana 8.8 and later take, and migrate to their own."""
    return {
        "type": type,
        "id": id,
        "coreMigrationVersion": "8.8.0",
        "typeMigrationVersion": shape,
        "managed": False,
        "references": references,
        "attributes": attributes,
    }
