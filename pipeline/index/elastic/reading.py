"""Answers readers' questions from Elasticsearch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

import msgspec
from elasticsearch import ApiError, Elasticsearch

from pipeline.index import (
    AmbiguousId,
    Bin,
    Bucket,
    Counts,
    FacetCount,
    Facets,
    Hit,
    Page,
    Query,
    SourceCount,
)
from pipeline.index.elastic.document import of_token, story_of, version_of
from pipeline.index.elastic.mapping import KINDS, Names
from pipeline.index.elastic.query import Clause, asked, clauses, codes_of, either, named, storable
from pipeline.index.highlight import Highlighter
from pipeline.index.sought import read
from pipeline.story import Entity, Record, Story, VersionSeen, event_time, replace

PAGE: Final = 1_000
"""Documents that are read at once where all are wanted."""
DEEPEST: Final = 10_000
"""Elasticsearch gives no hits beyond in one answer (index.max_result_window)."""
OPENINGS: Final = 20
OPENING_SECONDS: Final = 0.25
"""Between tries to read an index that does not answer."""
NAMED: Final = 20
"""Stories in which it is looked up what a name is the name of."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class _Entities(Record, frozen=True):
    entities: list[Entity] = []


class ElasticReader:
    """The half of a StoryIndex that reads."""

    def __init__(
        self,
        client: Elasticsearch,
        names: Names,
        settling: timedelta,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        """`settling`: `tail` leaves what changed so lately for the next call, as two writers' documents may become visible in
        another order than that of their numbers."""
        self._client = client
        self._names = names
        self._settling = settling
        self._now = now
        self._sleep = sleep

    # One story

    def get(self, id: str, *, include_withheld: bool = False) -> Story | None:
        """See StoryIndex."""
        hit = self._find(id, include_withheld)
        if hit is None:
            return None
        source = hit["_source"]
        seen = self._seen(source["id"], include_withheld)
        if not include_withheld and all(line.version != source["version"] for _, line in seen):
            current = story_of(source)  # the two indices need not become searchable in the same moment
            seen.append((current, _line(current)))
        if include_withheld:
            in_order = [story for story, _ in seen if not story.late]
            story = in_order[-1] if in_order else None
        else:
            story = story_of(source)
        return story and replace(story, history=[line for _, line in seen])

    def version(self, id: str, version: int, *, include_withheld: bool = False) -> Story | None:
        """See StoryIndex."""
        hit = self._find(id, include_withheld)
        if hit is None:
            return None
        for story, _ in self._seen(hit["_source"]["id"], include_withheld):
            if story.version == version:
                return story
        return None

    def copies(self, id: str, limit: int = 100) -> list[Story]:
        """See StoryIndex."""
        hit = self._find(id, include_withheld=False)
        if hit is None:
            return []
        cluster, own = hit["_source"].get("cluster", ""), hit["_source"]["id"]
        query = {
            "bool": {
                "filter": [{"term": {"shown": True}}, {"term": {"killed": False}}],
                "should": [
                    {"bool": {"filter": [{"term": {"cluster": cluster}}, {"term": {"copy": True}}]}},
                    {"term": {"id": cluster}},
                ],
                "minimum_should_match": 1,
                "must_not": [{"term": {"id": own}}],
            }
        }
        answer = self._client.search(
            index=self._names.stories, query=query, size=limit, sort=[{"at": "asc"}, {"sequence": "asc"}]
        )
        return [story_of(hit["_source"]) for hit in answer["hits"]["hits"]]

    def _find(self, id: str, include_withheld: bool) -> dict[str, Any] | None:
        """The document of the story whose id is or begins so. Raises AmbiguousId."""
        id = storable(id)
        if not id:
            return None
        visible: list[Clause] = [] if include_withheld else [{"term": {"shown": True}}]
        for way, size in (("term", 1), ("prefix", 2)):
            answer = self._client.search(
                index=self._names.stories,
                query={"bool": {"filter": [{way: {"id": id}}, *visible]}},
                size=size,
            )
            hits = answer["hits"]["hits"]
            if len(hits) > 1:
                raise AmbiguousId(f"more than one story's id begins with {id!r}; give more of it")
            if hits:
                found: dict[str, Any] = hits[0]
                return found
        return None

    def _seen(self, id: str, withheld: bool) -> list[tuple[Story, VersionSeen]]:
        """The versions of a story with their lines of the history."""
        only: list[Clause] = [{"term": {"id": id}}] + ([] if withheld else [{"term": {"held": False}}])
        seen: list[tuple[Story, VersionSeen]] = []
        after = None
        while True:
            answer = self._client.search(
                index=self._names.versions,
                query={"bool": {"filter": only}},
                size=PAGE,
                sort=[{"version": "asc"}],
                search_after=after,
                track_total_hits=False,
            )
            hits = answer["hits"]["hits"]
            seen += [(story, _line(story)) for story in (version_of(hit["_source"]) for hit in hits)]
            if len(hits) < PAGE:
                return seen
            after = hits[-1]["sort"]

    # Many stories

    def search(self, query: Query) -> Page:
        """See StoryIndex."""
        sought = read(query.text)
        found = self._found(query)
        if found is None:
            return Page(total=0, hits=[])
        ranked = query.order == "rank" and bool(sought.groups)
        newest: list[dict[str, Any]] = [
            {"at": {"order": "desc", "missing": "_last"}},
            {"sequence": {"order": "desc"}},
        ]
        order = [{"_score": {"order": "desc"}}, *newest] if ranked else newest
        limit, offset = max(query.limit, 0), max(query.offset, 0)
        near = offset + limit <= DEEPEST
        answer = self._client.search(
            index=self._names.stories,
            query=found,
            size=limit if near else 0,
            from_=offset if near else 0,
            sort=order,
            track_total_hits=True,
            track_scores=ranked,
        )
        total = answer["hits"]["total"]["value"]
        found_hits = answer["hits"]["hits"] if near else self._deep(found, order, offset, limit, total)
        highlighter = Highlighter(sought)
        hits = [(story_of(hit["_source"]), hit["_score"] or 0.0) for hit in found_hits]
        return Page(
            total=total,
            hits=[
                Hit(
                    story=story,
                    score=score if ranked else 0.0,
                    headline=highlighter.headline(story),
                    snippet=highlighter.snippet(story),
                )
                for story, score in hits
            ],
        )

    def every(self, query: Query) -> Iterator[Story]:
        """See StoryIndex."""
        found = self._found(query)
        if found is not None:
            order: list[dict[str, Any]] = [
                {"at": {"order": "asc", "missing": "_first"}},
                {"id": {"order": "asc"}},
            ]
            for hit in self._scan(self._names.stories, found, order):
                yield story_of(hit["_source"])

    def facets(self, query: Query, limit: int = 20) -> Facets:
        """See StoryIndex; here they are counted over all that match."""
        found = self._found(query)
        counted: dict[str, list[FacetCount]] = {
            kind: [] for kind in Facets.__struct_fields__ if kind != "total"
        }
        if found is None:
            return Facets(total=0, **counted)
        fields = {kind: f"entity.{kind}" for kind in KINDS} | {"country": "countries"}
        fields |= {name: name for name in ("source", "provider", "language", "change")}
        answer = self._client.search(
            index=self._names.stories,
            query=found,
            size=0,
            track_total_hits=True,
            aggs={kind: {"terms": {"field": field, "size": 3 * limit}} for kind, field in fields.items()},
        )
        for kind in fields:
            buckets = [(one["key"], one["doc_count"]) for one in answer["aggregations"][kind]["buckets"]]
            counted[kind] = (
                _entity_counts(buckets)[:limit] if kind in KINDS else _plain_counts(buckets)[:limit]
            )
        return Facets(total=answer["hits"]["total"]["value"], **counted)

    def timeline(self, query: Query, bucket: Bucket = "hour") -> list[Bin]:
        """See StoryIndex."""
        found = self._found(query)
        if found is None:
            return []
        answer = self._client.search(
            index=self._names.stories,
            query=found,
            size=0,
            aggs={
                "bins": {"date_histogram": {"field": "at", "calendar_interval": bucket, "min_doc_count": 1}}
            },
        )
        return [
            Bin(start=_EPOCH + timedelta(milliseconds=one["key"]), count=one["doc_count"])
            for one in answer["aggregations"]["bins"]["buckets"]
        ]

    def tail(self, after: int | None, limit: int = 100) -> list[tuple[int, Story]]:
        """See StoryIndex. What changed within the last moments is left for the next call."""
        span = {"gt": after or 0, **self._visible_for_good()}
        answer = self._client.search(
            index=self._names.stories,
            query={"bool": {"filter": [{"term": {"shown": True}}, {"range": {"sequence": span}}]}},
            size=min(limit, DEEPEST),
            sort=[{"sequence": "desc" if after is None else "asc"}],
        )
        changes = [(hit["_source"]["sequence"], story_of(hit["_source"])) for hit in answer["hits"]["hits"]]
        return changes[::-1] if after is None else changes

    def counts(self) -> Counts:
        """See StoryIndex."""
        settled = {"range": {"sequence": self._visible_for_good() or {"gte": 0}}}
        last = {"filter": settled, "aggs": {"sequence": {"max": {"field": "sequence"}}}}
        stories = self._client.search(
            index=self._names.stories,
            query={"term": {"shown": True}},
            size=0,
            track_total_hits=True,
            aggs={
                "killed": {"filter": {"term": {"killed": True}}},
                "there": {
                    "filter": {"term": {"killed": False}},
                    "aggs": {
                        "copies": {"filter": {"term": {"copy": True}}},
                        "sources": {
                            "terms": {"field": "source", "size": DEEPEST, "order": {"_key": "asc"}},
                            "aggs": {
                                "at": {"max": {"field": "at"}},
                                "done": {
                                    "top_hits": {
                                        "size": 1,
                                        "sort": [{"sequence": "desc"}],
                                        "_source": ["processed_at", "collected_at"],
                                    }
                                },
                            },
                        },
                    },
                },
                "last": last,
            },
        )
        aggregations = stories["aggregations"]
        versions = self._client.search(
            index=self._names.versions,
            size=0,
            track_total_hits=True,
            aggs={
                "held": {
                    "filter": {"term": {"held": True}},
                    "aggs": {"ids": {"cardinality": {"field": "id", "precision_threshold": 40_000}}},
                }
            },
        )
        there = aggregations["there"]
        return Counts(
            stories=there["doc_count"],
            versions=versions["hits"]["total"]["value"],
            copies=there["copies"]["doc_count"],
            killed=aggregations["killed"]["doc_count"],
            withheld=versions["aggregations"]["held"]["ids"]["value"],
            sequence=int(aggregations["last"]["sequence"]["value"] or 0),
            sources=[_source_count(one) for one in there["sources"]["buckets"]],
        )

    def _found(self, query: Query) -> Clause | None:
        """The clause of what a query asks for; None where nothing can match."""
        return clauses(query, read(query.text), [self._named(value, kinds) for value, kinds in asked(query)])

    def _named(self, value: str, kinds: list[str]) -> Clause:
        """The clause of an entity: the surest way of naming it by which any story is found."""
        ways = named(value, kinds)
        for number, way in enumerate(ways):
            answer = self._client.search(
                index=self._names.stories,
                query={"bool": {"filter": [way]}},
                size=NAMED,
                source_includes=["entities"],
            )
            if hits := answer["hits"]["hits"]:
                stories = [msgspec.convert(hit["_source"], _Entities) for hit in hits]
                entities = [entity for story in stories for entity in story.entities]
                return (
                    either([way, *codes_of(value, kinds, entities, whole=number < len(ways) - 1)])
                    if number
                    else way
                )
        return ways[-1]

    def _visible_for_good(self) -> dict[str, int]:
        """Bounds of the sequences of changes before which none will become visible any more."""
        if not self._settling:
            return {}
        return {"lte": (self._now() - self._settling - _EPOCH) // _MICROSECOND}

    def _deep(
        self, found: Clause, order: list[dict[str, Any]], offset: int, limit: int, total: int
    ) -> list[dict[str, Any]]:
        """Hits further down than one answer reaches."""
        if not limit or offset >= total:
            return []
        hits = self._scan(self._names.stories, found, order, source=offset < PAGE, scores=True)
        page = list(islice(hits, offset, offset + limit))
        if offset < PAGE:
            return page
        whole: dict[str, Any] = {}
        for first in range(0, len(page), PAGE):
            docs = [{"_index": hit["_index"], "_id": hit["_id"]} for hit in page[first : first + PAGE]]
            answer = self._client.mget(docs=docs)
            whole |= {one["_id"]: one["_source"] for one in answer["docs"] if one.get("found")}
        return [
            {"_source": whole[hit["_id"]], "_score": hit.get("_score")} for hit in page if hit["_id"] in whole
        ]

    def _scan(
        self,
        target: str,
        query: Clause,
        sort: list[dict[str, Any]],
        *,
        source: bool = True,
        scores: bool = False,
    ) -> Iterator[dict[str, Any]]:
        """Every document that matches, in order, whatever is written meanwhile."""
        if not self._client.indices.exists(index=target):
            return
        point = self._opened(target)
        after = None
        try:
            while True:
                answer = self._client.search(
                    pit={"id": point, "keep_alive": "2m"},
                    query=query,
                    size=PAGE,
                    sort=sort,
                    source=source,
                    search_after=after,
                    track_total_hits=False,
                    track_scores=scores,
                )
                point = answer["pit_id"]
                hits = answer["hits"]["hits"]
                yield from hits
                if len(hits) < PAGE:
                    return
                after = hits[-1]["sort"]
        finally:
            self._client.close_point_in_time(id=point)

    def _opened(self, target: str) -> str:
        """A point in time of an index. One that was made a moment ago, for the first story of a month, may not answer yet."""
        for _ in range(OPENINGS):
            try:
                return self._open(target)
            except ApiError as error:
                if error.status_code != 503:
                    raise
            self._sleep(OPENING_SECONDS)
        return self._open(target)

    def _open(self, target: str) -> str:
        id: str = self._client.open_point_in_time(index=target, keep_alive="2m")["id"]
        return id


def _line(story: Story) -> VersionSeen:
    return VersionSeen(
        version=story.version,
        change=story.change or "new",
        at=event_time(story),
        text_hash=story.text_hash,
        headline=story.headline,
        late=story.late,
    )


def _plain_counts(buckets: list[tuple[str, int]]) -> list[FacetCount]:
    counts = [FacetCount(value=value, name=value, count=count) for value, count in buckets if value]
    return sorted(counts, key=lambda one: (-one.count, one.value))


def _entity_counts(buckets: list[tuple[str, int]]) -> list[FacetCount]:
    """Buckets of tokens as counts of entities: what is one entity in two spellings is counted together."""
    counts: dict[str, FacetCount] = {}
    for token, count in buckets:
        identity, value, name, location = of_token(token)
        known = counts.get(identity)
        if known is None:
            counts[identity] = FacetCount(value=value, name=name, count=count, location=location)
        else:
            counts[identity] = replace(known, count=known.count + count)
    return sorted(counts.values(), key=lambda one: (-one.count, one.name))


def _source_count(bucket: dict[str, Any]) -> SourceCount:
    done = bucket["done"]["hits"]["hits"][0]["_source"]
    at = bucket["at"]["value"]
    seen = done.get("processed_at") or done.get("collected_at")
    return SourceCount(
        source=bucket["key"],
        stories=bucket["doc_count"],
        last_event_at=_EPOCH + timedelta(milliseconds=at) if at is not None else None,
        last_indexed_at=datetime.fromisoformat(seen) if seen else None,
    )
