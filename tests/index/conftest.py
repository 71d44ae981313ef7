"""An Elasticsearch that is set up, and an index in it that starts empty."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from pipeline.index.elastic import ElasticIndex, connect, set_up
from pipeline.settings import Elastic


@pytest.fixture(scope="module")
def cluster(elastic_server: str) -> Iterator[tuple[Elasticsearch, Elastic]]:
    """Elasticsearch set up for a module."""
    elastic = Elastic(url=elastic_server, prefix=f"t{uuid.uuid4().hex[:10]}-", refresh_seconds=0.2)
    client = connect(elastic)
    set_up(client, elastic)
    yield client, elastic
    client.indices.delete(index=list(client.indices.get(index=f"{elastic.prefix}*")))
    client.indices.delete_index_template(name=f"{elastic.prefix}*")
    client.close()


@pytest.fixture
def elastic_index(cluster: tuple[Elasticsearch, Elastic]) -> Iterator[ElasticIndex]:
    """An empty index; what a test writes is deleted after it."""
    client, elastic = cluster
    yield ElasticIndex(client, elastic, at_once=True)
    filled = [name for name in client.indices.get(index=f"{elastic.prefix}*") if not name.endswith("0000.00")]
    if filled:
        client.indices.delete(index=filled)
