"""The parts of Kibana's charts, in the shape of its saved objects: columns of a table of answers, and ways to draw it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Column = dict[str, Any]
"""One column of the table that a chart is drawn from: a way to part documents, or a figure of each part."""

Columns = Mapping[str, Column]
"""The columns of a table by their names: parts first, the outermost foremost, then figures."""

RECORDS = "___records___"
"""What a count counts: documents."""


class Reference(NamedTuple):
    """Another saved object that one needs, and the name that it goes by in it."""

    type: str
    id: str
    name: str

    def as_json(self, owner: str = "") -> dict[str, str]:
        """As Kibana writes it; within a dashboard the name says which panel it is of."""
        return {"type": self.type, "id": self.id, "name": f"{owner}:{self.name}" if owner else self.name}


class Panel(NamedTuple):
    """A panel of a dashboard: `body` is what the dashboard holds of it beside its place and title."""

    title: str
    type: str
    body: dict[str, Any]
    references: Sequence[Reference]


def count(label: str, *, only: str = "", shift: str = "") -> Column:
    """How many documents; `only` those that a KQL query finds, or `shift`ed by a time (`1w`: a week before)."""
    return _figure("count", RECORDS, label, {"emptyAsNull": True}, only=only, shift=shift)


def percentile(field: str, percent: int, label: str) -> Column:
    """A percentile of a number."""
    return _figure("percentile", field, label, {"percentile": percent, "emptyAsNull": True})


def largest(field: str, label: str, kind: str = "number") -> Column:
    """The largest number, or the newest date (`kind` `date`)."""
    return _figure("max", field, label, {"emptyAsNull": True}, kind)


def over_time(field: str, label: str) -> Column:
    """Parts of time, as wide as the chart asks."""
    return _parts(
        "date_histogram",
        field,
        label,
        {"interval": "auto", "includeEmptyRows": True, "dropPartials": False},
        "date",
    )


def top(
    field: str,
    label: str,
    size: int,
    by: str = "",
    *,
    rising: bool = False,
    upwards: bool = False,
    others: bool = False,
    kind: str = "string",
) -> Column:
    """The `size` values that have most `by` a column (`upwards`: least); by their own order without one. `rising`: those that
    are far commoner in what the chart is about than in the whole index."""
    order = {"type": "column", "columnId": by} if by else {"type": "alphabetical"}
    params = {
        "size": size,
        "orderBy": {"type": "significant"} if rising else order,
        "orderDirection": "asc" if upwards or not by else "desc",
        "otherBucket": others,
        "missingBucket": False,
        "parentFormat": {"id": "terms"},
        "include": [],
        "exclude": [],
        "includeIsRegex": False,
        "excludeIsRegex": False,
    }
    return _parts("terms", field, label, params, kind)


def drawn(
    title: str,
    view: str,
    tables: Mapping[str, Columns],
    chart: str,
    visualization: dict[str, Any],
    *,
    only: str = "",
) -> Panel:
    """A chart of some tables by their names, of the documents of a data view that a KQL query finds."""
    references = [
        Reference("index-pattern", view, f"indexpattern-datasource-layer-{name}") for name in tables
    ]
    layers = {
        name: {
            "columnOrder": list(columns),
            "columns": dict(columns),
            "incompleteColumns": {},
            "sampling": 1,
        }
        for name, columns in tables.items()
    }
    attributes = {
        "title": title,
        "type": "lens",
        "visualizationType": chart,
        "references": [reference.as_json() for reference in references],
        "state": {
            "query": {"query": only, "language": "kuery"},
            "filters": [],
            "internalReferences": [],
            "adHocDataViews": {},
            "datasourceStates": {"formBased": {"layers": layers}},
            "visualization": visualization,
        },
    }
    return Panel(
        title, "lens", {"embeddableConfig": {"enhancements": {}, "attributes": attributes}}, references
    )


def series(
    title: str,
    view: str,
    tables: Sequence[Columns],
    *,
    split: str = "",
    shape: str = "bar_stacked",
    only: str = "",
) -> Panel:
    """Bars or lines. Of each table the first column is what they stand along, `split` gives each of its values a colour, and
    the figures are drawn. `shape`: `bar_stacked`, `bar`, `bar_horizontal`, `line`, `area`."""
    named = {f"table{number}": columns for number, columns in enumerate(tables, 1)}
    layers = []
    for name, columns in named.items():
        along = next(iter(columns))
        layer: dict[str, Any] = {
            "layerId": name,
            "layerType": "data",
            "seriesType": shape,
            "xAccessor": along,
            "accessors": [one for one, column in columns.items() if not column["isBucketed"]],
        }
        if split:
            layer["splitAccessor"] = split
        layers.append(layer)
    drawing = {
        "preferredSeriesType": shape,
        "legend": {"isVisible": True, "position": "right"},
        "valueLabels": "hide",
        "fittingFunction": "None",
        "layers": layers,
    }
    return drawn(title, view, named, "lnsXY", drawing, only=only)


def ring(title: str, view: str, columns: Columns, *, only: str = "") -> Panel:
    """A ring of parts of a whole: the first column, by the second."""
    part, figure = columns
    layer = {
        "layerId": "table",
        "layerType": "data",
        "primaryGroups": [part],
        "metrics": [figure],
        "numberDisplay": "percent",
        "categoryDisplay": "default",
        "legendDisplay": "default",
        "nestedLegend": False,
    }
    drawing = {"shape": "donut", "layers": [layer]}
    return drawn(title, view, {"table": columns}, "lnsPie", drawing, only=only)


def table(title: str, view: str, columns: Columns, *, only: str = "") -> Panel:
    """The table itself."""
    columns_shown = [
        {"columnId": name} if column["isBucketed"] else {"columnId": name, "isMetric": True}
        for name, column in columns.items()
    ]
    drawing = {"layerId": "table", "layerType": "data", "columns": columns_shown}
    return drawn(title, view, {"table": columns}, "lnsDatatable", drawing, only=only)


def heat(title: str, view: str, columns: Columns, *, only: str = "") -> Panel:
    """A grid of two parts, the first down and the second across, darker where the figure is larger."""
    down, across, figure = columns
    drawing = {
        "shape": "heatmap",
        "layerId": "table",
        "layerType": "data",
        "xAccessor": across,
        "yAccessor": down,
        "valueAccessor": figure,
        "legend": {"isVisible": True, "position": "right", "type": "heatmap_legend"},
        "gridConfig": {
            "type": "heatmap_grid",
            "isCellLabelVisible": True,
            "isYAxisLabelVisible": True,
            "isXAxisLabelVisible": True,
            "isYAxisTitleVisible": False,
            "isXAxisTitleVisible": False,
        },
    }
    return drawn(title, view, {"table": columns}, "lnsHeatmap", drawing, only=only)


def number(title: str, view: str, figure: Column, *, only: str = "") -> Panel:
    """One figure."""
    drawing = {"layerId": "table", "layerType": "data", "metricAccessor": "figure"}
    return drawn(title, view, {"table": {"figure": figure}}, "lnsMetric", drawing, only=only)


def shown(title: str, type: str, id: str) -> Panel:
    """A saved object of its own: a search or a map."""
    return Panel(
        title, type, {"embeddableConfig": {"enhancements": {}}}, [Reference(type, id, f"panel_{id}")]
    )


def text(value: Any) -> str:
    """JSON within JSON, as saved objects hold it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _figure(
    operation: str,
    field: str,
    label: str,
    params: dict[str, Any],
    kind: str = "number",
    *,
    only: str = "",
    shift: str = "",
) -> Column:
    column: Column = {
        "label": label,
        "customLabel": True,
        "dataType": kind,
        "operationType": operation,
        "scale": "ratio" if kind in ("number", "date") else "ordinal",
        "sourceField": field,
        "isBucketed": False,
        "params": params,
    }
    if only:
        column["filter"] = {"query": only, "language": "kuery"}
    if shift:
        column["timeShift"] = shift
    return column


def _parts(operation: str, field: str, label: str, params: dict[str, Any], kind: str) -> Column:
    return {
        "label": label,
        "customLabel": True,
        "dataType": kind,
        "operationType": operation,
        "scale": "interval" if kind == "date" else "ordinal",
        "sourceField": field,
        "isBucketed": True,
        "params": params,
    }
