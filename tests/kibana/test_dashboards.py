"""What is imported into Kibana hangs together, asks only for fields that the index has, and finds the seeds' stories."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pipeline.index.elastic import ElasticIndex, connect, set_up
from pipeline.index.elastic.mapping import templates
from pipeline.kibana.dashboards import saved_objects
from pipeline.settings import Elastic
from pipeline.story import Story, decode_story

FILE = Path(__file__).parents[2] / "deploy" / "kibana" / "wirepipe.ndjson"
Object = dict[str, Any]

TYPES = {
    "terms": {"keyword", "short", "integer", "long", "byte", "boolean", "ip"},
    "date_histogram": {"date"},
    "percentile": {"short", "integer", "long", "float", "double"},
    "max": {"short", "integer", "long", "float", "double", "date"},
}
"""The Elasticsearch types of fields that each of Lens's operations takes."""

KINDS = {"keyword": "string", "date": "date", "boolean": "boolean"}
"""What Lens calls them; all others are numbers."""


@pytest.fixture(scope="module")
def objects() -> list[Object]:
    """All objects."""
    return [json.loads(line) for line in saved_objects("wire-").splitlines()]


def of_type(objects: list[Object], type: str) -> dict[str, Object]:
    """The objects of a type by id."""
    return {one["id"]: one for one in objects if one["type"] == type}


def panels(objects: list[Object]) -> Iterator[tuple[Object, Object]]:
    """Every panel with its dashboard."""
    for board in of_type(objects, "dashboard").values():
        for panel in json.loads(board["attributes"]["panelsJSON"]):
            yield board, panel


def layers(objects: list[Object]) -> Iterator[tuple[Object, Object]]:
    """Every table of every chart, with the chart's panel."""
    for _, panel in panels(objects):
        if panel["type"] == "lens":
            state = panel["embeddableConfig"]["attributes"]["state"]
            for layer in state["datasourceStates"]["formBased"]["layers"].values():
                yield panel, layer


def named(value: Any, suffix: str) -> Iterator[str]:
    """Every reference name in a JSON document: the values of fields that end in `suffix`, also in JSON within it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str) and key.endswith(suffix):
                yield inner
            elif isinstance(inner, str) and key.endswith("JSON"):
                yield from named(json.loads(inner), suffix)
            else:
                yield from named(inner, suffix)
    elif isinstance(value, list):
        for inner in value:
            yield from named(inner, suffix)


def test_the_file_is_what_the_code_says() -> None:
    assert FILE.read_bytes() == saved_objects("wire-"), (
        "python -m pipeline.kibana > deploy/kibana/wirepipe.ndjson"
    )


def test_there_are_three_dashboards(objects: list[Object]) -> None:
    titles = [one["attributes"]["title"] for one in of_type(objects, "dashboard").values()]
    assert titles == ["Newsroom", "Entities", "Pipeline"]


def test_indices_of_another_prefix_have_views_of_their_own() -> None:
    views = of_type([json.loads(line) for line in saved_objects("desk.").splitlines()], "index-pattern")
    assert all(one["attributes"]["title"].startswith("desk.") for one in views.values())


def test_ids_are_told_apart(objects: list[Object]) -> None:
    assert len({(one["type"], one["id"]) for one in objects}) == len(objects)


def test_every_reference_is_declared_and_is_in_the_file(objects: list[Object]) -> None:
    there = {(one["type"], one["id"]) for one in objects}
    for one in objects:
        declared = {reference["name"] for reference in one["references"]}
        assert {(reference["type"], reference["id"]) for reference in one["references"]} <= there
        assert len(declared) == len(one["references"])
        if one["type"] != "dashboard":
            assert set(named(one["attributes"], "RefName")) == declared


def test_every_panels_references_are_its_dashboards(objects: list[Object]) -> None:
    for board in of_type(objects, "dashboard").values():
        expected = set()
        for panel in json.loads(board["attributes"]["panelsJSON"]):
            own = panel["embeddableConfig"].get("attributes", {}).get("references", [])
            expected |= {(f"{panel['panelIndex']}:{one['name']}", one["type"], one["id"]) for one in own}
            if "panelRefName" in panel:
                [held] = [
                    one
                    for one in board["references"]
                    if one["name"] == f"{panel['panelIndex']}:{panel['panelRefName']}"
                ]
                assert held["type"] == panel["type"]
                expected.add((held["name"], held["type"], held["id"]))
        assert {(one["name"], one["type"], one["id"]) for one in board["references"]} == expected


def test_charts_find_their_data_view(objects: list[Object]) -> None:
    for _, panel in panels(objects):
        if panel["type"] == "lens":
            attributes = panel["embeddableConfig"]["attributes"]
            tables = attributes["state"]["datasourceStates"]["formBased"]["layers"]
            names = {reference["name"] for reference in attributes["references"]}
            assert names == {f"indexpattern-datasource-layer-{name}" for name in tables}


def test_panels_stand_beside_each_other(objects: list[Object]) -> None:
    taken: dict[tuple[str, int, int], str] = {}
    for board, panel in panels(objects):
        place = panel["gridData"]
        assert place["i"] == panel["panelIndex"]
        assert place["x"] >= 0
        assert place["x"] + place["w"] <= 48
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                other = taken.setdefault((board["id"], x, y), panel["title"])
                assert other == panel["title"], f"{other} and {panel['title']} overlap"


def test_columns_are_whole(objects: list[Object]) -> None:
    for _, panel in panels(objects):
        if panel["type"] == "lens":
            state = panel["embeddableConfig"]["attributes"]["state"]
            tables = state["datasourceStates"]["formBased"]["layers"].values()
            columns = [name for table in tables for name in table["columns"]]
            assert sorted(accessors(state["visualization"])) == sorted(columns), panel["title"]
    for panel, layer in layers(objects):
        columns = layer["columns"]
        assert layer["columnOrder"] == list(columns)
        # Parts come before figures: this is the order in which they are nested.
        parts = [columns[name]["isBucketed"] for name in layer["columnOrder"]]
        assert parts == sorted(parts, reverse=True), panel["title"]
        for column in columns.values():
            order = column.get("params", {}).get("orderBy", {})
            if order.get("type") == "column":
                assert not columns[order["columnId"]]["isBucketed"]
            assert (column["operationType"] == "count") == (column.get("sourceField") == "___records___")


def accessors(drawn: Any) -> Iterator[str]:
    """The columns that a visualization draws."""
    single = ("xAccessor", "yAccessor", "valueAccessor", "splitAccessor", "metricAccessor", "columnId")
    several = ("accessors", "primaryGroups", "metrics")
    if isinstance(drawn, dict):
        for key, value in drawn.items():
            if key in single:
                yield value
            elif key in several:
                yield from value
            else:
                yield from accessors(value)
    elif isinstance(drawn, list):
        for value in drawn:
            yield from accessors(value)


def fields(prefix: str) -> dict[str, dict[str, str]]:
    """Of each index, the type of every field by its name."""

    def flat(properties: Object, within: str = "") -> Iterator[tuple[str, str]]:
        for name, one in properties.items():
            yield within + name, one.get("type", "object")
            yield from flat(one.get("properties", {}) | one.get("fields", {}), f"{within}{name}.")

    made = templates(Elastic(prefix=prefix)).items()
    return {name: dict(flat(one["template"]["mappings"]["properties"])) for name, one in made}


def index_of(objects: list[Object], references: list[dict[str, str]], name: str) -> str:
    """The index that a reference to a data view leads to."""
    [id] = [one["id"] for one in references if one["name"] == name]
    return str(of_type(objects, "index-pattern")[id]["attributes"]["title"])


def tables(objects: list[Object]) -> Iterator[tuple[Object, Object, str]]:
    """Every table with its panel's attributes and its index."""
    for _, panel in panels(objects):
        if panel["type"] == "lens":
            attributes = panel["embeddableConfig"]["attributes"]
            for name, layer in attributes["state"]["datasourceStates"]["formBased"]["layers"].items():
                reference = f"indexpattern-datasource-layer-{name}"
                yield attributes, layer, index_of(objects, attributes["references"], reference)


def asked_for(query: str) -> set[str]:
    """The fields that a KQL query names."""
    return set(re.findall(r"([\w.]+):", query))


def test_charts_ask_for_fields_that_there_are_and_can_be_asked_so(objects: list[Object]) -> None:
    there = fields("wire-")
    for attributes, layer, index in tables(objects):
        assert asked_for(attributes["state"]["query"]["query"]) <= set(there[index])
        for column in layer["columns"].values():
            if column["operationType"] != "count":
                type = there[index][column["sourceField"]]
                assert type in TYPES[column["operationType"]], column["sourceField"]
                assert column["dataType"] == KINDS.get(type, "number")


def test_views_searches_and_the_map_ask_for_fields_that_there_are(objects: list[Object]) -> None:
    there = fields("wire-")
    for view in of_type(objects, "index-pattern").values():
        time = view["attributes"].get("timeFieldName")
        assert time is None or there[view["attributes"]["title"]][time] == "date"
    for search in of_type(objects, "search").values():
        source = json.loads(search["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
        index = index_of(objects, search["references"], source["indexRefName"])
        assert set(search["attributes"]["columns"]) | asked_for(source["query"]["query"]) <= set(there[index])
        assert {there[index][field] for field, _ in search["attributes"]["sort"]} == {"date"}
    for layer, index in map_layers(objects):
        assert there[index][layer["sourceDescriptor"]["geoField"]] == "geo_point"
        assert asked_for(layer["query"]["query"]) <= set(there[index])


def map_layers(objects: list[Object]) -> Iterator[tuple[Object, str]]:
    """The maps' layers that are of stories, with their index."""
    for one in of_type(objects, "map").values():
        for layer in json.loads(one["attributes"]["layerListJSON"]):
            if name := layer["sourceDescriptor"].get("indexPatternRefName"):
                yield layer, index_of(objects, one["references"], name)


def test_what_readers_may_not_have_is_in_no_chart(objects: list[Object]) -> None:
    queries = [
        attributes["state"]["query"]["query"]
        for attributes, _, index in tables(objects)
        if index.endswith("stories")
    ]
    queries += [layer["query"]["query"] for layer, _ in map_layers(objects)]
    assert queries
    assert all(query.startswith("shown: true") for query in queries)


def asked(only: str) -> Object:
    """A KQL query as Elasticsearch's own; those of the dashboards are such that both languages read them alike."""
    return {"query_string": {"query": only}} if only else {"match_all": {}}


def aggregation(layer: Object) -> Object:
    """What Kibana asks of Elasticsearch for a table; a count that is shifted in time is asked as one that is not."""
    columns: Object = layer["columns"]
    figures = {name: figure(one) for name, one in columns.items() if not one["isBucketed"]}
    inner: Object = {name: one for name, one in figures.items() if one is not None}
    for name, column in reversed(columns.items()):
        if column["isBucketed"]:
            inner = {name: part(column, inner, figures) | ({"aggs": inner} if inner else {})}
    return inner


def figure(column: Object) -> Object | None:
    """A figure of each part; a plain count needs none."""
    field, operation = column["sourceField"], column["operationType"]
    assert "filter" not in column
    if operation == "percentile":
        return {"percentiles": {"field": field, "percents": [column["params"]["percentile"]]}}
    return None if operation == "count" else {operation: {"field": field}}


def part(column: Object, inner: Object, figures: Object) -> Object:
    """A way to part documents."""
    params = column["params"]
    if column["operationType"] == "date_histogram":
        return {
            "date_histogram": {"field": column["sourceField"], "fixed_interval": "1h", "min_doc_count": 1}
        }
    assert column["operationType"] == "terms"
    terms = {"field": column["sourceField"], "size": params["size"]}
    order = params["orderBy"]
    if order["type"] == "significant":
        return {"significant_terms": terms}
    by = "_key" if order["type"] == "alphabetical" else order["columnId"]
    if by in figures and figures[by] is None:
        by = "_count"
    return {"terms": terms | {"order": {by: params["orderDirection"]}}}


SINCE, UNTIL = "2024-08-01T00:00:00Z", "2024-08-31T00:00:00Z"
"""When the seeds' stories were published."""


@pytest.fixture(scope="module")
def indexed(elastic_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """The objects for indices that hold the seeds' stories, two dead letters and three feeds."""
    settings = Elastic(url=elastic_server, prefix=f"t{uuid.uuid4().hex[:10]}-")
    client = connect(settings)
    set_up(client, settings)
    try:
        index = ElasticIndex(client, settings, now=lambda: datetime(2024, 8, 20, tzinfo=UTC), at_once=True)
        index.put(_seeds(tmp_path_factory.mktemp("store") / "wire.db"))
        for stage in ("parse", "enrich"):
            at = "2024-08-20T00:00:00Z"
            letter = {"stage": stage, "source": "broken", "error": "a PNG image", "times": 1, "last_at": at}
            _put(client, f"{settings.prefix}dead", letter)
        feed = {"enabled": True, "succeeded_at": "2024-08-20T00:00:00Z", "failures": 0}
        _put(client, f"{settings.prefix}feeds", feed | {"name": "loud", "last_new": "2024-08-20T00:00:00Z"})
        _put(client, f"{settings.prefix}feeds", feed | {"name": "quiet", "last_new": "2024-07-01T00:00:00Z"})
        _put(client, f"{settings.prefix}feeds", feed | {"name": "paused", "enabled": False})
        client.indices.refresh(index=f"{settings.prefix}*")
        yield Board(client, [json.loads(line) for line in saved_objects(settings.prefix).splitlines()])
    finally:
        for found in client.indices.get(index=f"{settings.prefix}*"):
            client.indices.delete(index=found)
        for name in templates(settings):
            client.indices.delete_index_template(name=name)


class Board(NamedTuple):
    """Objects over indices that are there."""

    client: Any
    objects: list[Object]

    def answers(self, panel: str) -> list[Object]:
        """What Elasticsearch answers to each table of a panel, in the seeds' month."""
        answers = []
        for attributes, layer, index in tables(self.objects):
            if attributes["title"] == panel:
                query = self.query(attributes["state"]["query"]["query"], index)
                answers.append(self.ask(index, query, aggs=aggregation(layer)))
        assert answers
        return answers

    def query(self, only: str, index: str) -> Object:
        """What is asked of the seeds' month where the index's data view has a time."""
        views = of_type(self.objects, "index-pattern").values()
        times = {
            one["attributes"].get("timeFieldName") for one in views if one["attributes"]["title"] == index
        }
        since = [{"range": {time: {"gte": SINCE, "lt": UNTIL}}} for time in sorted(times - {None})]
        return {"bool": {"filter": [asked(only), *since[:1]]}}

    def ask(self, index: str, query: Object, **more: Any) -> Object:
        """One search."""
        answer: Object = self.client.search(index=index, query=query, size=0, **more).body
        assert not answer["_shards"]["failed"]
        return answer


@pytest.mark.servers
def test_every_chart_is_answered_and_finds_something(indexed: Board) -> None:
    for attributes, layer, index in tables(indexed.objects):
        query = indexed.query(attributes["state"]["query"]["query"], index)
        answer = indexed.ask(index, query, aggs=aggregation(layer))
        assert answer["hits"]["total"]["value"], attributes["title"]
        if attributes["title"].startswith("Rising"):
            continue  # over the whole index nothing is commoner than ever; see below
        for name, parts in answer.get("aggregations", {}).items():
            assert filled(parts), (attributes["title"], name)


def filled(answer: Object) -> bool:
    """An aggregation's answer has something in it, down to its innermost figures."""
    if "buckets" in answer:
        return any(
            all(filled(one) for one in bucket.values() if isinstance(one, dict))
            for bucket in answer["buckets"]
        )
    if "values" in answer:
        return all(value is not None for value in answer["values"].values())
    return answer["value"] is not None


@pytest.mark.servers
def test_names_rise_within_a_time_against_all_times(indexed: Board) -> None:
    [layer] = [
        layer for attributes, layer, _ in tables(indexed.objects) if attributes["title"] == "Rising places"
    ]
    index = of_type(indexed.objects, "index-pattern")["wirepipe-stories"]["attributes"]["title"]
    day = {"range": {"at": {"gte": "2024-08-06T00:00:00Z", "lt": "2024-08-07T00:00:00Z"}}}
    asked_so = aggregation(layer)
    [name] = asked_so
    # The seeds have three stories of one place on a day, which Elasticsearch takes for chance unless told not to.
    asked_so[name]["significant_terms"]["min_doc_count"] = 2
    answer = indexed.ask(index, {"bool": {"filter": [asked("shown: true"), day]}}, aggs=asked_so)
    assert "Naxos" in [bucket["key"] for bucket in answer["aggregations"][name]["buckets"]]


@pytest.mark.servers
def test_the_newsroom_sees_its_sources_and_what_was_withdrawn(indexed: Board) -> None:
    [kills] = indexed.answers("Kills")
    [corrections] = indexed.answers("Corrections")
    assert (kills["hits"]["total"]["value"], corrections["hits"]["total"]["value"]) == (1, 1)
    [answer] = indexed.answers("Languages")
    assert [bucket["key"] for bucket in answer["aggregations"]["language"]["buckets"]] == [
        "en",
        "en-GB",
        "de",
    ]


@pytest.mark.servers
def test_feeds_are_silent_the_longest_first(indexed: Board) -> None:
    [answer] = indexed.answers("Silent feeds")
    assert [bucket["key"] for bucket in answer["aggregations"]["feed"]["buckets"]] == ["quiet", "loud"]


@pytest.mark.servers
def test_searches_list_what_they_say(indexed: Board) -> None:
    found = {}
    for search in of_type(indexed.objects, "search").values():
        source = json.loads(search["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
        index = index_of(indexed.objects, search["references"], source["indexRefName"])
        listed = indexed.client.search(
            index=index,
            query=asked(source["query"]["query"]),
            sort=[{field: order} for field, order in search["attributes"]["sort"]],
            fields=search["attributes"]["columns"],
            source=False,
        )
        found[search["id"]] = [hit["fields"] for hit in listed["hits"]["hits"]]
    assert [hit["change"] for hit in found["wirepipe-withdrawn"]] == [["kill"], ["correction"]]
    assert "headline" not in found["wirepipe-withdrawn"][0]
    assert [hit["error"] for hit in found["wirepipe-letters"]] == [["a PNG image"]] * 2


@pytest.mark.servers
def test_the_map_has_places(indexed: Board) -> None:
    for layer, index in map_layers(indexed.objects):
        grid = {"geotile_grid": {"field": layer["sourceDescriptor"]["geoField"], "precision": 7}}
        answer = indexed.ask(index, indexed.query(layer["query"]["query"], index), aggs={"tiles": grid})
        tiles = {one["key"]: one["doc_count"] for one in answer["aggregations"]["tiles"]["buckets"]}
        assert tiles["7/72/49"] >= 3, "the square with Athens in it"


def _seeds(store: Path) -> list[Story]:
    """Every version of the seeds' stories in order, as one machine makes them."""
    seeds = Path(__file__).parents[2] / "seeds"
    wire = [sys.executable, "-m", "pipeline.cli", "--store", str(store)]
    done = subprocess.run([*wire, "replay", str(seeds), "--json"], capture_output=True, check=False)
    stories = [decode_story(line) for line in done.stdout.splitlines()]
    assert stories, done.stderr
    return stories


def _put(client: Any, alias: str, document: Object) -> None:
    client.index(index=f"{alias}-2024.08", document=document)
