"""The templates: set up once, never changed silently, strict, with a place for every field of a story."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from elasticsearch import BadRequestError, Elasticsearch

from pipeline.index.elastic import connect, set_up
from pipeline.index.elastic.mapping import is_set_up, templates
from pipeline.settings import Elastic
from pipeline.story import Story, replace

BUILT_IN = {"standard", "simple", "whitespace", "stop", "keyword", "pattern"}


def test_every_field_of_a_story_has_its_mapping() -> None:
    properties = templates(Elastic())["wire-stories"]["template"]["mappings"]["properties"]
    assert set(Story.__struct_fields__) <= set(properties)


def test_they_need_no_more_than_every_distribution_has() -> None:
    for template in templates(Elastic()).values():
        body = template["template"]
        assert body["mappings"]["dynamic"] == "strict"
        assert "analysis" not in body["settings"]
        todo = [body["mappings"]["properties"]]
        while todo:
            for name, mapped in todo.pop().items():
                assert mapped.get("analyzer", "standard") in BUILT_IN, name
                assert mapped.get("normalizer", "lowercase") == "lowercase", name
                todo += [mapped[inner] for inner in ("properties", "fields") if inner in mapped]


@pytest.mark.servers
class TestSetUp:
    @pytest.fixture
    def client(self, elastic: Elastic) -> Iterator[Elasticsearch]:
        client = connect(elastic)
        yield client
        client.indices.delete(index=list(client.indices.get(index=f"{elastic.prefix}*")))
        client.indices.delete_index_template(name=f"{elastic.prefix}*")
        client.close()

    def test_it_makes_all_and_finds_all_right_after(self, client: Elasticsearch, elastic: Elastic) -> None:
        assert not is_set_up(client, elastic)
        assert {finding.state for finding in set_up(client, elastic)} == {"created"}
        assert is_set_up(client, elastic)
        assert {finding.state for finding in set_up(client, elastic)} == {"as it should be"}
        for name in ("stories", "versions", "dead", "feeds"):
            assert client.count(index=f"{elastic.prefix}{name}")["count"] == 0

    def test_what_differs_is_told_and_left(self, client: Elasticsearch, elastic: Elastic) -> None:
        set_up(client, elastic)
        findings = set_up(client, replace(elastic, shards=2))
        assert {finding.state for finding in findings} == {"differs"}
        assert all("number_of_shards is 1, not 2" in finding.detail for finding in findings)
        name = f"{elastic.prefix}stories"
        template = templates(elastic)[name]
        del template["template"]["mappings"]["properties"]["urgency"]
        template["template"]["mappings"]["properties"]["headline"] = {"type": "keyword"}
        meta = template.pop("_meta")
        client.indices.put_index_template(name=name, meta=meta, **template)
        found = {finding.name: finding.detail for finding in set_up(client, elastic)}
        assert found[name] == "its fields are others: headline, urgency"
        kept = client.indices.get_index_template(name=name)["index_templates"][0]["index_template"]
        assert "urgency" not in kept["template"]["mappings"]["properties"]

    def test_a_field_that_nobody_mapped_is_refused(self, client: Elasticsearch, elastic: Elastic) -> None:
        set_up(client, elastic)
        index = f"{elastic.prefix}stories-{uuid.uuid4().hex[:4]}"
        with pytest.raises(BadRequestError, match="strict_dynamic_mapping_exception"):
            client.index(index=index, document={"id": "a", "surprise": 1})
