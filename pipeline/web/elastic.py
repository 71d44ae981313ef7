"""The read model of the distributed driver: stories, feeds and dead letters as the sink keeps them in Elasticsearch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from pipeline.index.elastic import ElasticIndex, Unreachable, connect
from pipeline.index.elastic.connection import explained
from pipeline.index.elastic.mapping import Names
from pipeline.settings import Settings
from pipeline.web.answers import FeedStatus, SourceStatus
from pipeline.web.reading import Unreadable, source_statuses

MOST: Final = 10_000
"""Sources and feeds that are shown, at most."""


class ElasticModel:
    """Reads Elasticsearch beside whatever writes it. Raises Unreadable where no address is set, or none answers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings.elastic
        self._names = Names(settings.elastic.prefix)
        with self.explained():
            self._client = connect(settings.elastic)
        self.index = ElasticIndex(self._client, settings.elastic)

    def dead_letters(self) -> dict[str, int]:
        """Waiting dead letters by stage."""
        return self._letters_by("stage")

    def sources(self) -> list[SourceStatus]:
        """Everything that is collected, has stories or dead letters, by name."""
        dead = self._letters_by("source")
        feeds = defaultdict[str, list[FeedStatus]](list)
        for source, feed in self._feeds():
            feeds[source].append(feed)
        return source_statuses(self.index.counts().sources, dead, feeds)

    def current(self) -> bool:
        """Always: the client finds Elasticsearch again by itself."""
        return True

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turns what Elasticsearch's client raises into Unreadable."""
        try:
            with explained(self._settings):
                yield
        except Unreachable as error:
            raise Unreadable(str(error)) from error

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def _letters_by(self, field: str) -> dict[str, int]:
        answer = self._client.search(
            index=self._names.dead,
            size=0,
            aggs={"by": {"terms": {"field": field, "size": MOST, "order": {"_key": "asc"}}}},
        )
        return {one["key"]: one["doc_count"] for one in answer["aggregations"]["by"]["buckets"]}

    def _feeds(self) -> list[tuple[str, FeedStatus]]:
        """Each feed with its source, by name."""
        answer = self._client.search(index=self._names.feeds, size=MOST, sort=[{"name": "asc"}])
        return [_feed(hit["_source"]) for hit in answer["hits"]["hits"]]


def _feed(found: dict[str, Any]) -> tuple[str, FeedStatus]:
    return found["source"], FeedStatus(
        name=found["name"],
        url=found.get("url", ""),
        enabled=found.get("enabled", True),
        checked_at=_time(found.get("checked_at")),
        succeeded_at=_time(found.get("succeeded_at")),
        next_check_at=_time(found.get("next_check_at")),
        failures=found.get("failures", 0),
        trouble=found.get("trouble", ""),
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
