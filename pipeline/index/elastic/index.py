"""The StoryIndex in Elasticsearch. What is written is safe to write again, by anybody, in any order: the higher version stays."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Final, Literal, NamedTuple

from elasticsearch import Elasticsearch

from pipeline.index import Outcome
from pipeline.index.elastic.bulk import Action, Bulk, Result
from pipeline.index.elastic.document import stamp, version_of
from pipeline.index.elastic.mapping import Names
from pipeline.index.elastic.plan import (
    GONE,
    RELEASED,
    VERSIONS,
    Head,
    Plan,
    Planner,
    home_of,
    version_id,
)
from pipeline.index.elastic.reading import PAGE, ElasticReader
from pipeline.index.numbering import may_be_news, numbered_on
from pipeline.index.withdrawn import is_kill, notice, released
from pipeline.settings import Elastic
from pipeline.story import Story, event_time

HEADS: Final = 200_000
"""Stories whose standing the writer knows without asking."""
SENT: Final = 250
"""Stories that are sent while the next are planned."""
READ: Final = 100
"""Versions that are read at once."""
SCRUBS: Final = 2
"""Times that a month is rewritten after a kill: the server keeps for some 30 s what replicas may ask for (retention leases)."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


_Planned = tuple[Story, Plan]
_Sent = tuple[list[_Planned], Callable[[], list[Result]]]


class Written(NamedTuple):
    """What became of a story; one that is refused will never be taken as it is."""

    outcome: Outcome | Literal["refused"]
    reason: str = ""


class Refused(ValueError):
    """Elasticsearch will not take a story; the message says which and why."""


class ElasticIndex(ElasticReader):
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
        names = Names(settings.prefix)
        settling = timedelta(0) if at_once else timedelta(seconds=settings.refresh_seconds + 1.0)
        super().__init__(client, names, settling, now, sleep)
        self._bulk = Bulk(client, settings.bulk_bytes, sleep, told, go_on, refresh=at_once)
        self._planner = Planner(names, self._stamp)
        self._heads: OrderedDict[str, Head] = OrderedDict()
        self._sequence = 0
        self._ticking = Lock()
        self._touched: dict[str, int] | None = None
        self._unsure = False

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
        writer was told to wait no longer, Misconfigured; then what was taken is not known, and all may be written again."""
        written: list[Written] = []
        sent: list[_Sent] = []
        pending: list[_Planned] = []
        try:
            for number, story in enumerate(stories):
                if number % PAGE == 0:  # while what was planned is on its way
                    self._look_up({one.id for one in stories[number : number + PAGE]})
                head = self._heads.get(story.id)
                home = head.home if head else home_of(story, self._now())
                if _has_to_see(story, head):
                    written += self._settled(sent, pending)
                if story.late:
                    withdrawn = head is not None and self._is_withdrawn(head, story)
                    plan = self._planner.plan_late(story, head, home, withdrawn)
                else:
                    story = self._numbered(story, head)
                    plan = self._planner.plan(story, head, home)
                self._know(story.id, plan.head)
                pending.append((story, plan))
                if is_kill(story):
                    written += self._settled(sent, pending)
                    self._withdraw(story, plan.head)
                elif len(pending) >= SENT:
                    self._send(sent, pending)
            return written + self._settled(sent, pending)
        except BaseException:
            self._forget()
            raise

    def amend(self, stories: Sequence[Story]) -> None:
        """See StoryIndex."""
        self._look_up({story.id for story in stories})
        actions: list[Action] = []
        for story in stories:
            head = self._heads.get(story.id)
            if head is None or head.killed:
                continue
            (kept,) = self._documents(
                self._planner.versions(head.home), [version_id(story.id, story.version)]
            )
            if kept is None:
                continue
            held = kept["_source"]["held"]
            made = story if held else released(story)
            revision = min(kept["_version"] + 1, GONE - 1)
            actions.append(self._planner.version(head.home, made, revision, held))
            if head.shown and head.version == story.version and not held:
                (main,) = self._documents(self._planner.stories(head.home), [story.id])
                if main is not None and main["_source"]["version"] == story.version:
                    revision = min(main["_version"] % VERSIONS + 1, GONE - 1)
                    actions.append(self._planner.shown(head.home, made, revision))
        self._bulk.write(actions)

    def settle(self) -> None:
        """Sees all that others have written, and forgets what was known: to be called when stories become this writer's."""
        self._forget()

    def _forget(self) -> None:
        """What was written is looked up from now on: it has to be searchable by then, or a story would get a second home."""
        self._heads.clear()
        self._unsure = True

    def is_killed(self, id: str) -> bool:
        """The story of this id was killed."""
        self._look_up({id})
        head = self._heads.get(id)
        return head is not None and head.killed

    def _send(self, sent: list[_Sent], pending: list[_Planned]) -> None:
        """Starts to write what was planned, so that the next can be planned meanwhile."""
        planned = pending.copy()
        pending.clear()
        sent.append((planned, self._bulk.begin([action for _, plan in planned for action in plan.actions])))

    def _settled(self, sent: list[_Sent], pending: list[_Planned]) -> list[Written]:
        """Writes what was planned, waits for all that was sent, and tells what became of each."""
        if pending:
            self._send(sent, pending)
        written = []
        for planned, wait in sent:
            results = iter(wait())
            for story, plan in planned:
                written.append(_written(story, plan, [next(results) for _ in plan.actions]))
                if written[-1].outcome == "refused" and self._heads.get(story.id) == plan.head:
                    self._know(story.id, self._standing(story.id, plan.head.home))
        sent.clear()
        return written

    def _withdraw(self, kill: Story, head: Head) -> None:
        """Leaves notices of a killed story's other versions: of all, or, of a kill that came late, of those until it other than
        the one that readers see."""
        at = event_time(kill)
        numbers = range(1, max(head.version, kill.version) + 1)
        actions = []
        for story in self._versions(head.home, kill.id, numbers):
            if story.version == kill.version:
                continue
            if kill.late:
                own = event_time(story)
                if story.version == head.version and head.shown:
                    continue
                if at is not None and own is not None and own > at:
                    continue
            actions.append(self._planner.version(head.home, notice(story), GONE))
        self._bulk.write(actions)
        if self._touched is not None:
            self._touched[head.home] = SCRUBS

    def _is_withdrawn(self, head: Head, story: Story) -> bool:
        """A kill of this story is later than this version, or may be."""
        if head.killed:
            return True
        at = event_time(story)
        kills = (other for other in self._all_versions(head, story.id) if is_kill(other))
        return any(at is None or (own := event_time(kill)) is None or own >= at for kill in kills)

    def _numbered(self, story: Story, head: Head | None) -> Story:
        """The story under the number that it has here: see `numbering`."""
        if head is None or not may_be_news(story, head.version, head.at):
            return story
        known = list(self._all_versions(head, story.id))
        return numbered_on(story, known) or story

    def _all_versions(self, head: Head, id: str) -> Iterator[Story]:
        """A story's versions, also those that came late after the newest."""
        last = head.version
        yield from self._versions(head.home, id, range(1, last + 1))
        while found := self._versions(head.home, id, range(last + 1, last + 1 + READ)):
            yield from found
            last += READ

    def _versions(self, home: str, id: str, numbers: Sequence[int]) -> Iterator[Story] | list[Story]:
        """Those of a story's versions that are there, at once, not when they can be searched."""
        found: list[Story] = []
        for first in range(0, len(numbers), READ):
            ids = [version_id(id, number) for number in numbers[first : first + READ]]
            for kept in self._documents(self._planner.versions(home), ids):
                if kept is not None:
                    found.append(version_of(kept["_source"]))
        return found

    def _standing(self, id: str, home: str) -> Head:
        """How a story stands now, searchable or not."""
        (main,) = self._documents(self._planner.stories(home), [id])
        return (
            _head(home, main["_source"]) if main is not None else Head(home, 0, False, False, None, own=False)
        )

    def _documents(self, target: str, ids: Sequence[str]) -> list[dict[str, Any] | None]:
        """An index's documents of these ids as they are now, searchable or not."""
        if not ids:
            return []
        answer = self._client.mget(index=target, ids=list(ids))
        return [one if one.get("found") else None for one in answer["docs"]]

    def _look_up(self, ids: set[str]) -> None:
        """Learns how the stories stand that are not known."""
        for id in ids & self._heads.keys():
            self._heads.move_to_end(id)
        if self._unsure:
            self._client.indices.refresh(index=self._names.stories)
            self._unsure = False
        unknown = sorted(ids - self._heads.keys())
        for first in range(0, len(unknown), PAGE):
            answer = self._client.search(
                index=self._names.stories,
                query={"ids": {"values": unknown[first : first + PAGE]}},
                size=PAGE,
                source_includes=["version", "shown", "killed", "at"],
                track_total_hits=False,
            )
            for hit in answer["hits"]["hits"]:
                self._know(hit["_id"], _head(_home(hit["_index"]), hit["_source"]))
        while len(self._heads) > HEADS + len(ids):
            self._heads.popitem(last=False)

    def _know(self, id: str, head: Head) -> None:
        self._heads[id] = head
        self._heads.move_to_end(id)

    def _stamp(self, story: Story) -> Callable[[], dict[str, Any]]:
        return lambda: stamp(story, self._tick())

    def _tick(self) -> int:
        """The moment, microseconds since 1970, a later one at every call."""
        with self._ticking:
            self._sequence = max(self._sequence + 1, (self._now() - _EPOCH) // _MICROSECOND)
            return self._sequence

    # Time

    def release(self, now: datetime) -> list[str]:
        """See StoryIndex."""
        due = {"bool": {"filter": [{"term": {"held": True}}, {"range": {"until": {"lte": now.isoformat()}}}]}}
        order: list[dict[str, Any]] = [{"until": "asc"}, {"id": "asc"}, {"version": "asc"}]
        changed: list[str] = []
        for hit in self._scan(self._names.versions, due, order):
            if self._let_out(released(version_of(hit["_source"])), _home(hit["_index"])):
                changed.append(hit["_source"]["id"])
        return list(dict.fromkeys(changed))

    def _let_out(self, story: Story, home: str) -> bool:
        """Whether it changed the story for readers."""
        head = self._heads.get(story.id)
        if head is None:
            head = self._standing(story.id, home)
        if head.killed and story.version <= head.version:
            self._bulk.write([self._planner.version(home, notice(story), GONE)])
            return False
        changed = False
        if self._is_next(head, story):
            # First of all: a version that is no longer held is not let out again.
            (result,) = self._bulk.write([self._planner.shown(home, story, RELEASED)])
            changed = result.kind == "stored"
            self._know(story.id, self._standing(story.id, home))
        self._bulk.write([self._planner.version(home, story, RELEASED)])
        return changed

    def _is_next(self, head: Head, story: Story) -> bool:
        """Nothing newer is shown, nor says that the story is not to be used without naming an end to it."""
        if story.late or (head.shown and head.version >= story.version):
            return False
        newer = {
            "bool": {
                "filter": [
                    {"term": {"id": story.id}},
                    {"term": {"held": True}},
                    {"term": {"late": False}},
                    {"range": {"version": {"gt": story.version}}},
                ],
                "must_not": [{"exists": {"field": "until"}}],
            }
        }
        return not self._client.count(index=self._names.versions, query=newer)["count"]

    def expire(self, before: datetime) -> int:
        """See StoryIndex. Months that are past as a whole go with their indices."""
        past = {"range": {"at": {"lt": before.isoformat()}}}
        gone = 0
        self._forget()
        for name in sorted(self._client.indices.get_alias(name=self._names.stories)):
            count = self._client.count(index=name, query=past)["count"]
            versions = self._planner.versions(_home(name))
            if count and count == self._client.count(index=name)["count"]:
                self._client.indices.delete(index=[name, versions], ignore_unavailable=True)
            elif count:
                self._delete(name, versions, past)
            gone += count
        return gone

    def _delete(self, stories: str, versions: str, past: dict[str, Any]) -> None:
        """Deletes those of a month's stories that match, and their versions."""
        hits = self._scan(stories, past, [{"id": "asc"}], source=False)
        while page := [hit["_id"] for hit, _ in zip(hits, range(READ), strict=False)]:
            owned = {"terms": {"id": page}}
            numbers = self._scan(versions, owned, [{"id": "asc"}, {"version": "asc"}], source=False)
            self._bulk.write([Action(versions, one["_id"], None, None) for one in numbers])
            self._bulk.write([Action(stories, id, None, None) for id in page])

    def retire(self, months: int, now: datetime) -> list[str]:
        """Removes the indices of months that are more than so many months past; their names."""
        first = now.year * 12 + now.month - 1 - months
        oldest = f"{first // 12:04}.{first % 12 + 1:02}"
        pattern = [f"{self._names.stories}-*", f"{self._names.versions}-*"]
        past = [
            name
            for name in self._client.indices.get(index=pattern, allow_no_indices=True)
            if "0000.00" < _home(name) < oldest
        ]
        if past:
            self._forget()
            self._client.indices.delete(index=past)
        return sorted(past)

    def scrub(self) -> bool:
        """See StoryIndex. Rewrites the segments that hold what was replaced, in the months of stories killed since the last call;
        of the first, in those of all killed stories."""
        touched = dict.fromkeys(self._homes_of_killed(), SCRUBS) if self._touched is None else self._touched
        places = (self._planner.stories, self._planner.versions)
        names = [place(home) for home in sorted(touched) for place in places]
        if names:
            self._client.indices.flush(index=names, ignore_unavailable=True)
            self._client.indices.forcemerge(index=names, only_expunge_deletes=True, ignore_unavailable=True)
        self._touched = {home: left - 1 for home, left in touched.items() if left > 1}
        return bool(names)

    def _homes_of_killed(self) -> set[str]:
        answer = self._client.search(
            index=self._names.stories,
            query={"term": {"killed": True}},
            size=0,
            aggs={"homes": {"terms": {"field": "_index", "size": PAGE}}},
        )
        return {_home(one["key"]) for one in answer["aggregations"]["homes"]["buckets"]}


def _has_to_see(story: Story, head: Head | None) -> bool:
    """What is planned before it has to be there first: its story's versions are read, or taken away."""
    return (
        is_kill(story)
        or (story.late and head is not None)
        or (head is not None and may_be_news(story, head.version, head.at))
    )


def _written(story: Story, plan: Plan, own: Sequence[Result]) -> Written:
    refused = next((result for result in own if result.kind == "refused"), None)
    if refused is not None:
        return Written("refused", refused.reason)
    if story.late:
        return Written("stale" if own[-1].kind == "stale" else "late")
    # A new one may find a newer one of the same batch there, which was sent at the same time.
    decisive = own[:1] if plan.place == "repeated" else own
    stale = plan.place == "overtaken" or all(result.kind == "stale" for result in decisive)
    return Written("stale" if stale else "indexed")


def _home(index: str) -> str:
    return index.rpartition("-")[2]


def _head(home: str, source: dict[str, Any]) -> Head:
    at = source.get("at")
    moment = datetime.fromisoformat(at) if at else None
    return Head(home, source["version"], source["shown"], source["killed"], moment, own=False)
