"""The StoryIndex in Elasticsearch. What is written is safe to write again, by anybody, in any order: the higher version stays."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

import msgspec
from elasticsearch import Elasticsearch

from pipeline.index import (
    AmbiguousId,
    Bin,
    Bucket,
    Counts,
    FacetCount,
    Facets,
    Hit,
    Outcome,
    Page,
    Query,
    SourceCount,
)
from pipeline.index.elastic.bulk import Action, Bulk, Result
from pipeline.index.elastic.document import (
    document,
    hidden,
    killed,
    of_token,
    story_of,
    version_document,
    version_of,
)
from pipeline.index.elastic.mapping import KINDS, Names
from pipeline.index.elastic.query import Clause, asked, clauses, codes_of, either, named
from pipeline.index.highlight import Highlighter
from pipeline.index.searched import columns
from pipeline.index.sought import read
from pipeline.index.withdrawn import is_held, is_kill, notice, released
from pipeline.settings import Elastic
from pipeline.story import Entity, Record, Story, VersionSeen, event_time, replace

HEADS: Final = 200_000
"""Stories whose standing the writer knows without asking."""
PAGE: Final = 1_000
"""Documents that are read at once where all are wanted."""
DEEPEST: Final = 10_000
"""Elasticsearch gives no hits beyond (index.max_result_window)."""
FORGOTTEN: Final = timedelta(days=14)
"""A first version that is so much newer than the story's latest is one whose story the de-duplicate stage has forgotten."""

# Of the external version of a main document, which is 1,000 for each version of the story: what beats what within a version.
_VERSIONS: Final = 1_000
_SEARCHED, _RELEASED, _KILLED = 1, 500, 900
# Of a version's own document.
_WHOLE, _OPENED, _REDACTED = 1, 3, 10

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


NAMED: Final = 20
"""Stories in which it is looked up what a name is the name of."""


class _Entities(Record, frozen=True):
    entities: list[Entity] = []


class Head(NamedTuple):
    """How a story stands in the index."""

    home: str
    """The month of the indices that it is in, `2024.08`: that of its first version, for good."""
    version: int
    """The newest that the main document knows."""
    shown: bool
    killed: bool
    at: datetime | None
    own: bool = True
    """Known from what this writer wrote, not from a look into the index: then all that is older was written too."""


class Written(NamedTuple):
    """What became of a story; one that is refused will never be taken as it is."""

    outcome: Outcome | Literal["refused"]
    reason: str = ""


class Refused(ValueError):
    """Elasticsearch will not take a story; the message says which and why."""


class ElasticIndex:
    """A StoryIndex. One process at a time should write a story; two only waste work."""

    def __init__(
        self,
        client: Elasticsearch,
        settings: Elastic,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        told: Callable[[str], None] = lambda why: None,
        go_on: Callable[[], bool] = lambda: True,
        at_once: bool = False,
    ) -> None:
        """`at_once`: what is written can be searched when a call returns, at the cost of speed; else within
        elastic.refresh_seconds. `told` hears why a write waits; `go_on` is asked before each wait."""
        self._client = client
        self._names = Names(settings.prefix)
        self._now = now
        self._bulk = Bulk(client, settings.bulk_bytes, sleep, told, go_on, refresh=at_once)
        self._heads: OrderedDict[str, Head] = OrderedDict()
        self._sequence = 0
        self._touched = False
        # Two writers' documents may become visible in another order than that of their numbers: `tail` waits for that to settle.
        self._settling = timedelta(0) if at_once else timedelta(seconds=settings.refresh_seconds + 1.0)

    # Putting in

    def put(self, stories: Sequence[Story]) -> list[Outcome]:
        """See StoryIndex. Raises Refused where a story will never be taken, after all others were."""
        outcomes: list[Outcome] = []
        refused = ""
        for story, written in zip(stories, self.write(stories), strict=True):
            if written.outcome == "refused":
                refused = f"story {story.id} version {story.version}: {written.reason}"
            else:
                outcomes.append(written.outcome)
        if refused:
            raise Refused(refused)
        return outcomes

    def write(self, stories: Sequence[Story]) -> list[Written]:
        """Takes versions in, in the order given; what became of each. Returns once all are durable. Raises Unavailable where the
        writer was told to wait no longer, Misconfigured."""
        self._look_up({story.id for story in stories})
        written: list[Written] = []
        pending: list[tuple[Story, list[Action]]] = []
        for story in stories:
            head = self._heads.get(story.id)
            if head is not None and self._is_forgotten(story, head):
                written += self._settle(pending)
                pending = []
                story = self._renumbered(story, head)
            if is_kill(story):  # what it redacts has to be there
                written += self._settle(pending)
                pending = []
            pending.append((story, self._planned(story, head)))
        return written + self._settle(pending)

    def amend(self, stories: Sequence[Story]) -> None:
        """See StoryIndex."""
        self._look_up({story.id for story in stories})
        actions: list[Action] = []
        for story in stories:
            head = self._heads.get(story.id)
            if head is None or head.killed or not self._versions(head, story.id, [story.version]):
                continue
            actions.append(self._version_action(head.home, story, _WHOLE + _SEARCHED))
            if head.shown and head.version == story.version:
                actions.append(self._main(head.home, story, story.version * _VERSIONS + _SEARCHED))
        self._bulk.write(actions)

    def is_killed(self, id: str) -> bool:
        """The story of this id was killed."""
        self._look_up({id})
        head = self._heads.get(id)
        return head is not None and head.killed

    def retire(self, months: int, now: datetime) -> list[str]:
        """Removes the indices of months that are more than so many months past; their names."""
        first = now.year * 12 + now.month - 1 - months
        oldest = f"{first // 12:04}.{first % 12 + 1:02}"
        pattern = [f"{self._names.stories}-*", f"{self._names.versions}-*"]
        past = [
            name
            for name in self._client.indices.get(index=pattern, allow_no_indices=True)
            if "0000.00" < name.rpartition("-")[2] < oldest
        ]
        if past:
            self._heads.clear()
            self._client.indices.delete(index=past)
        return sorted(past)

    def settle(self) -> None:
        """Sees all that others have written, and forgets what was known: to be called when stories become this writer's."""
        self._heads.clear()
        self._client.indices.refresh(index=self._names.stories)

    def _settle(self, pending: Sequence[tuple[Story, list[Action]]]) -> list[Written]:
        """Writes what was planned. A version's own document says what became of it: the last of its actions."""
        try:
            results = iter(self._bulk.write([action for _, actions in pending for action in actions]))
        except BaseException:
            self._heads.clear()
            raise
        written = []
        for story, actions in pending:
            own = [next(results) for _ in actions]
            written.append(_written(story, own))
            if written[-1].outcome == "refused":
                self._heads.pop(story.id, None)
        return written

    def _planned(self, story: Story, head: Head | None) -> list[Action]:
        """What has to be written for a version; how the story stands after it is taken down."""
        home = head.home if head else _home(story, self._now())
        shown = head is not None and head.shown
        revision = _VERSIONS * story.version + (0 if _unsearched(story) else _SEARCHED)
        own = _WHOLE + (0 if _unsearched(story) else _SEARCHED)
        if story.late:
            return self._planned_late(story, head, home)
        if head is not None and head.own and story.version < head.version:
            return []
        newest = max(story.version, head.version if head else 0)
        if is_kill(story):
            left = notice(story)
            self._know(story.id, Head(home, newest, True, True, event_time(story)))
            self._touched = True
            main = Action(
                self._stories(home), story.id, _VERSIONS * story.version + _KILLED, killed(left, self._tick())
            )
            self._redact(story, Head(home, newest, True, True, None), until=None)
            return [main, self._version_action(home, left, _REDACTED)]
        if is_held(story):
            actions = [self._version_action(home, story, own, held=True)]
            if not shown or story.embargoed_until is None:
                self._know(story.id, Head(home, newest, False, False, event_time(story)))
                actions.insert(
                    0, Action(self._stories(home), story.id, revision, hidden(story, self._tick()))
                )
            return actions
        usable = released(story)
        self._know(story.id, Head(home, newest, True, False, event_time(story)))
        return [self._main(home, usable, revision), self._version_action(home, usable, own)]

    def _planned_late(self, story: Story, head: Head | None, home: str) -> list[Action]:
        """A version that goes into the history alone; with no text if it, or a kill later than it, withdraws that."""
        if head is None:
            self._know(story.id, Head(home, 0, False, False, event_time(story)))
            first = [Action(self._stories(home), story.id, 0, {**hidden(story, self._tick()), "version": 0})]
        else:
            first = []
        if is_kill(story):
            self._touched = True
            self._redact(story, head or Head(home, 0, False, False, None), until=event_time(story))
            return [*first, self._version_action(home, notice(story), _REDACTED)]
        if head is not None and (head.killed or self._killed_after(head, story)):
            return [self._version_action(home, notice(story), _REDACTED)]
        return [*first, self._version_action(home, story, _WHOLE, held=is_held(story))]

    def _redact(self, kill: Story, head: Head, until: datetime | None) -> None:
        """Leaves notices of a story's other versions: of all, or of those until a moment other than the one shown."""
        actions = []
        for story in self._versions(head, kill.id, range(1, max(head.version, kill.version) + 1)):
            at = event_time(story)
            if story.version == kill.version or (
                until is not None and story.version == head.version and head.shown
            ):
                continue
            if until is not None and at is not None and at > until:
                continue
            actions.append(self._version_action(head.home, notice(story), _REDACTED))
        self._bulk.write(actions)

    def _killed_after(self, head: Head, story: Story) -> bool:
        """A kill of this story is later than this version, or may be."""
        at = event_time(story)
        for other in self._versions(head, story.id, range(1, max(head.version, story.version) + 1)):
            if other.change == "kill":
                theirs = event_time(other)
                if at is None or theirs is None or theirs >= at:
                    return True
        return False

    def _is_forgotten(self, story: Story, head: Head) -> bool:
        """The number is one that the story has already, and yet this is news of it."""
        at = event_time(story)
        if story.late or story.version > head.version or at is None or head.at is None:
            return False
        return at > head.at + FORGOTTEN

    def _renumbered(self, story: Story, head: Head) -> Story:
        """The story numbered on from the index, unless it is one of the versions there."""
        for other in self._versions(head, story.id, range(1, head.version + 1)):
            if other.text_hash == story.text_hash and event_time(other) == event_time(story):
                return replace(story, version=other.version)
        return replace(
            story, version=head.version + 1, change="update" if story.change == "new" else story.change
        )

    def _versions(self, head: Head, id: str, numbers: Sequence[int]) -> list[Story]:
        """Those of a story's versions that are there, at once, not when they can be searched."""
        found: list[Story] = []
        for first in range(0, len(numbers), PAGE):
            ids = [f"{id}-{number}" for number in numbers[first : first + PAGE]]
            target = f"{self._names.versions}-{head.home}"
            if not ids or not self._client.indices.exists(index=target):
                continue
            answer = self._client.mget(index=target, ids=ids)
            found += [version_of(one["_source"]) for one in answer["docs"] if one.get("found")]
        return found

    def _look_up(self, ids: set[str]) -> None:
        """Learns how the stories stand that are not known."""
        unknown = sorted(ids - self._heads.keys())
        for first in range(0, len(unknown), PAGE):
            answer = self._client.search(
                index=self._names.stories,
                query={"ids": {"values": unknown[first : first + PAGE]}},
                size=PAGE,
                source_includes=["version", "shown", "killed", "at"],
            )
            for hit in answer["hits"]["hits"]:
                self._know(hit["_id"], _head(hit["_index"].rpartition("-")[2], hit["_source"]))
        while len(self._heads) > HEADS + len(ids):
            self._heads.popitem(last=False)

    def _know(self, id: str, head: Head) -> None:
        self._heads[id] = head
        self._heads.move_to_end(id)

    def _main(self, home: str, story: Story, version: int) -> Action:
        return Action(self._stories(home), story.id, version, document(story, self._tick(), columns(story)))

    def _version_action(self, home: str, story: Story, version: int, held: bool = False) -> Action:
        target = f"{self._names.versions}-{home}"
        return Action(target, f"{story.id}-{story.version}", version, version_document(story, held))

    def _stories(self, home: str) -> str:
        return f"{self._names.stories}-{home}"

    def _tick(self) -> int:
        """The moment, microseconds since 1970, a later one at every call."""
        self._sequence = max(self._sequence + 1, (self._now() - _EPOCH) // _MICROSECOND)
        return self._sequence

    # Time

    def release(self, now: datetime) -> list[str]:
        """See StoryIndex."""
        self._client.indices.refresh(index=self._names.versions)
        changed: list[str] = []
        query = {
            "bool": {"filter": [{"term": {"held": True}}, {"range": {"until": {"lte": now.isoformat()}}}]}
        }
        for hit in self._scan(
            self._names.versions, query, [{"until": "asc"}, {"id": "asc"}, {"version": "asc"}]
        ):
            home = hit["_index"].rpartition("-")[2]
            story = released(version_of(hit["_source"]))
            self._heads.pop(story.id, None)
            self._look_up({story.id})
            head = self._heads.get(story.id)
            actions = [self._version_action(home, story, _OPENED + _SEARCHED)]
            if self._is_current(head, story, home):
                actions.append(self._main(home, story, _VERSIONS * story.version + _RELEASED))
                self._know(story.id, Head(home, story.version, True, False, event_time(story)))
                changed.append(story.id)
            self._bulk.write(actions)
        return list(dict.fromkeys(changed))

    def _is_current(self, head: Head | None, story: Story, home: str) -> bool:
        """Nothing newer is shown, nor says that the story is not to be used without naming an end to it."""
        if story.late or (head is not None and head.shown and head.version >= story.version):
            return False
        newer = {
            "bool": {
                "filter": [{"term": {"id": story.id}}, {"term": {"held": True}}, {"term": {"late": False}},
                           {"range": {"version": {"gt": story.version}}}],
                "must_not": [{"exists": {"field": "until"}}],
            }
        }  # fmt: skip
        return not self._client.count(index=self._names.versions, query=newer)["count"]

    def expire(self, before: datetime) -> int:
        """See StoryIndex."""
        gone = 0
        past = {"range": {"at": {"lt": before.isoformat()}}}
        actions: list[Action] = []
        for hit in self._scan(self._names.stories, past, [{"at": "asc"}, {"id": "asc"}], source=False):
            gone += 1
            id, home = hit["_id"], hit["_index"].rpartition("-")[2]
            actions.append(Action(hit["_index"], id, None, None))
            owned = {"term": {"id": id}}
            target = f"{self._names.versions}-{home}"
            actions += [
                Action(target, one["_id"], None, None)
                for one in self._scan(target, owned, [{"version": "asc"}], source=False)
            ]
            self._heads.pop(id, None)
            if len(actions) > PAGE:
                self._bulk.write(actions)
                actions = []
        self._bulk.write(actions)
        return gone

    def scrub(self) -> bool:
        """See StoryIndex. Rewrites the segments that hold what was deleted or replaced."""
        if not self._touched:
            return False
        self._client.indices.forcemerge(
            index=f"{self._names.stories},{self._names.versions}", only_expunge_deletes=True
        )
        self._touched = False
        return True

    # One story

    def get(self, id: str, *, include_withheld: bool = False) -> Story | None:
        """See StoryIndex."""
        hit = self._find(id, include_withheld)
        if hit is None:
            return None
        source = hit["_source"]
        seen = self._seen(source["id"], include_withheld)
        if include_withheld:
            current = [story for story, _ in seen if not story.late]
            story = current[-1] if current else None
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
        id = id.encode("utf-8", "replace").decode()
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
        hits = self._scan(self._names.versions, {"bool": {"filter": only}}, [{"version": "asc"}])
        return [(story, _line(story)) for story in (version_of(hit["_source"]) for hit in hits)]

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
        size = min(max(query.limit, 0), DEEPEST)
        answer = self._client.search(
            index=self._names.stories,
            query=found,
            size=max(0, min(size, DEEPEST - max(query.offset, 0))),
            from_=min(max(query.offset, 0), DEEPEST),
            sort=[{"_score": {"order": "desc"}}, *newest] if ranked else newest,
            track_total_hits=True,
            track_scores=ranked,
        )
        highlighter = Highlighter(sought)
        hits = [(story_of(hit["_source"]), hit["_score"] or 0.0) for hit in answer["hits"]["hits"]]
        return Page(
            total=answer["hits"]["total"]["value"],
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
        settled = (self._now() - self._settling - _EPOCH) // _MICROSECOND if self._settling else None
        span: dict[str, int] = {"gt": after or 0} | ({"lte": settled} if settled is not None else {})
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
        last = {"max": {"field": "sequence"}}
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
                    "aggs": {"ids": {"cardinality": {"field": "id"}}},
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
            sequence=int(aggregations["last"]["value"] or 0),
            sources=[_source_count(one) for one in there["sources"]["buckets"]],
        )

    def _found(self, query: Query) -> Clause | None:
        """The clause of what a query asks for; None where nothing can match."""
        return clauses(query, read(query.text), [self._named(value, kinds) for value, kinds in asked(query)])

    def _named(self, value: str, kinds: list[str]) -> Clause:
        """The clause of an entity: the surest way of naming it by which any story is found."""
        ways = named(value, kinds)
        for number, way in enumerate(ways[:-1]):
            answer = self._client.search(
                index=self._names.stories,
                query={"bool": {"filter": [way]}},
                size=NAMED,
                source_includes=["entities"],
            )
            if hits := answer["hits"]["hits"]:
                stories = [msgspec.convert(hit["_source"], _Entities) for hit in hits]
                codes = codes_of(value, kinds, [entity for story in stories for entity in story.entities])
                return either([way, *codes]) if number else way
        return ways[-1]

    def _scan(
        self, target: str, query: Clause, sort: list[dict[str, Any]], source: bool = True
    ) -> Iterator[dict[str, Any]]:
        """Every document that matches, in order, whatever is written meanwhile."""
        if not self._client.indices.exists(index=target):
            return
        point = self._client.open_point_in_time(index=target, keep_alive="2m")["id"]
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
                )
                point = answer["pit_id"]
                hits = answer["hits"]["hits"]
                yield from hits
                if len(hits) < PAGE:
                    return
                after = hits[-1]["sort"]
        finally:
            self._client.close_point_in_time(id=point)


def _written(story: Story, own: list[Result]) -> Written:
    refused = next((result for result in own if result.kind == "refused"), None)
    if refused is not None:
        return Written("refused", refused.reason)
    if not own or own[0].kind == "stale":
        return Written("stale")
    return Written("late" if story.late else "indexed")


def _home(story: Story, now: datetime) -> str:
    """The month of the indices for a story that has none yet: that of its event, where that is not yet to come."""
    at = event_time(story)
    latest = story.collected_at or now
    return f"{min(at, latest) if at is not None else latest:%Y.%m}"


def _head(home: str, source: dict[str, Any]) -> Head:
    at = source.get("at")
    return Head(
        home,
        source["version"],
        source["shown"],
        source["killed"],
        datetime.fromisoformat(at) if at else None,
        own=False,
    )


def _unsearched(story: Story) -> bool:
    """Its entities could not be looked for; the same version with them beats it."""
    return story.entities_note.startswith("not searched")


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
