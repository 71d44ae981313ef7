"""Opens the index that the settings name for reading: Elasticsearch where `elastic.url` is set, else the store's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from pipeline.index import StoryIndex
from pipeline.settings import Elastic, Settings


class IndexUnreadable(Exception):
    """The index is not there, or cannot be read; the message says which and why, for a person."""


@contextmanager
def open_index(settings: Settings) -> Iterator[StoryIndex]:
    """The index, within the block. What it raises there because it cannot be read is raised as IndexUnreadable."""
    with _in_elasticsearch(settings.elastic) if settings.elastic.url else _in_store(settings) as index:
        yield index


@contextmanager
def _in_elasticsearch(settings: Elastic) -> Iterator[StoryIndex]:
    from pipeline.index.elastic import ElasticIndex, Unreachable, connect
    from pipeline.index.elastic.connection import explained

    try:
        with explained(settings), closing(connect(settings)) as client:
            yield ElasticIndex(client, settings)
    except Unreachable as error:
        raise IndexUnreadable(str(error)) from error


@contextmanager
def _in_store(settings: Settings) -> Iterator[StoryIndex]:
    from pipeline.index.sqlite import SqliteIndex
    from pipeline.store import StoreError, explained, open_reader

    try:
        with closing(open_reader(settings.store.path)) as connection, explained(connection):
            yield SqliteIndex(connection)
    except StoreError as error:
        raise IndexUnreadable(str(error)) from error
