"""The story index in Elasticsearch: what readers see now in one family of indices, every version in another."""

from __future__ import annotations

from pipeline.index.elastic.connection import Unreachable, connect
from pipeline.index.elastic.index import ElasticIndex
from pipeline.index.elastic.mapping import set_up

__all__ = ["ElasticIndex", "Unreachable", "connect", "set_up"]
