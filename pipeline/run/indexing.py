"""What a batch of messages becomes in Elasticsearch and in the dead letters: all of it durable on return, or an exception."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

import structlog
from elasticsearch import ApiError, Elasticsearch, TransportError

from pipeline.index.elastic import ElasticIndex
from pipeline.index.elastic.bulk import Action, Bulk, Misconfigured, Unavailable, backoff
from pipeline.index.elastic.index import Written
from pipeline.index.elastic.mapping import Names, is_set_up
from pipeline.index.withdrawn import is_kill
from pipeline.kafka.feed_memory import read_snapshot
from pipeline.kafka.letters import burials
from pipeline.kafka.publish import Message, NotPublished, Publisher
from pipeline.kafka.reading import TopicUnreadable, whole
from pipeline.kafka.records import Unreadable, read_letter, read_story
from pipeline.kafka.topics import topics
from pipeline.run.breaker import Breaker
from pipeline.run.intake import Casualty, of_message, of_story
from pipeline.run.logs import ERROR_CHARACTERS, log_casualties
from pipeline.run.metrics import Metrics
from pipeline.run.waits import Waits
from pipeline.settings import Settings
from pipeline.story import Story, replace

log = structlog.get_logger("wire.index")

T = TypeVar("T")

RELEASE_SECONDS = 2.0
"""Embargoes that are over are looked for so often."""
SCRUB_SECONDS = 60.0
"""What kills left behind is taken out so often, at most."""
RETIRE_SECONDS = 3_600.0

_SHOWN = ("stage", "source", "document", "story_id", "size", "times", "first_at", "last_at", "retried_at")


class Received(NamedTuple):
    """A message as it came; a tombstone has no value."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes | None


class Indexing:
    """Writes stories and, for dashboards and the page, how feeds are doing and what the dead letters are about. Used by one
    thread; `unsettle` by any."""

    def __init__(
        self,
        settings: Settings,
        client: Elasticsearch,
        publisher: Publisher,
        metrics: Metrics,
        waits: Waits,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._topics = topics(settings.kafka)
        self._names = Names(settings.elastic.prefix)
        self._client = client
        self._publisher = publisher
        self._metrics = metrics
        self._waits = waits
        self._clock = clock
        elastic = settings.elastic
        self._bulk = Bulk(client, elastic.bulk_bytes, waits.sleep, waits.told, waits.go_on)
        self._index = ElasticIndex(
            client, elastic, now=clock, sleep=waits.sleep, told=waits.told, go_on=waits.go_on
        )
        self._breakers: dict[int, Breaker] = {}
        self._unsettled = True
        self._chances = random.Random()
        self._due: dict[str, float] = {}

    def unsettle(self) -> None:
        """Others may have written since: what is known of the index is looked up anew before the next batch."""
        self._unsettled = True

    def await_set_up(self) -> None:
        """Returns once Elasticsearch answers and has the templates: without them it would guess at every field. Raises
        Unavailable where it was told to wait no longer."""

        def look() -> None:
            if not is_set_up(self._client, self._settings.elastic):
                raise _NotSetUp("no index templates: `wire setup` makes them")

        self._patiently(look)

    def take(self, received: Sequence[Received]) -> None:
        """Makes a batch durable. Raises Tripped, TooNew and Misconfigured, after which nothing of it is to be committed and the
        sink has to end; Unavailable where it was told to wait no longer."""
        casualties: dict[Received, Casualty] = {}
        stories = list(self._stories(received, casualties))
        with self._metrics.stage("index"):
            written = self._written([story for _, story in stories])
        done: list[Story] = []
        for (message, story), (outcome, reason) in zip(stories, written, strict=True):
            if outcome == "refused":
                casualties[message] = _refused(message, story, reason)
            elif outcome != "stale":
                done.append(story)
        self._judge(received, casualties)
        self._bury([*casualties.values()])
        self._forget({story.id for _, story in stories if is_kill(story)})
        self._show(received)
        for outcome, _ in written:
            self._metrics.indexed.labels(outcome).inc()
        self._metrics.count(done, self._clock())

    def chores(self, *, idle: bool) -> None:
        """Does what is due: lets out what was under embargo, takes killed text out of the index's structures, removes months past
        their keeping. Raises Misconfigured, Unavailable."""
        if self._is_due("release", RELEASE_SECONDS):
            for id in self._patiently(lambda: self._index.release(self._clock())):
                log.info("embargo over", story=id)
            self._metrics.released.set(self._clock().timestamp())
        if idle and self._is_due("scrub", SCRUB_SECONDS):
            self._patiently(self._index.scrub)
        months = self._settings.elastic.retention_months
        if months and self._is_due("retire", RETIRE_SECONDS):
            for name in self._patiently(lambda: self._index.retire(months, self._clock())):
                log.info("index removed: past elastic.retention_months", index=name)

    def _stories(
        self, received: Sequence[Received], casualties: dict[Received, Casualty]
    ) -> Iterator[tuple[Received, Story]]:
        """The stories of a batch; what is none is a casualty. Raises TooNew."""
        for message in received:
            if message.topic != self._topics.enriched.name or message.value is None:
                continue
            try:
                yield message, read_story(message.value)
            except Unreadable as error:
                casualties[message] = _unreadable(message, error)

    def _written(self, stories: Sequence[Story]) -> list[Written]:
        """What became of each. Where one of them is what our own code stumbles on, it alone is refused."""
        try:
            return self._patiently(lambda: self._index.write(stories))
        except (Unavailable, Misconfigured):
            raise
        except Exception as error:
            if len(stories) == 1:
                self._unsettled = True
                return [Written("refused", f"{type(error).__name__}: {error}")]
            return [one for story in stories for one in self._written([story])]

    def _judge(self, received: Sequence[Received], casualties: dict[Received, Casualty]) -> None:
        """Sees how each partition fares before anything of the batch is buried. Raises Tripped."""
        for message in received:
            if message.topic == self._topics.enriched.name:
                failed = [casualties[message].error] if message in casualties else []
                self._breakers.setdefault(message.partition, Breaker()).saw(1 - len(failed), failed)

    def _bury(self, casualties: Sequence[Casualty]) -> None:
        if not casualties:
            return
        messages = burials(self._settings.kafka, casualties, self._clock())
        self._patiently(lambda: self._publisher.publish(messages))
        self._metrics.bury(casualties)
        log_casualties(log, casualties)

    def _forget(self, killed: set[str]) -> None:
        """Takes the dead letters of killed stories away: they hold its text."""
        if not killed:
            return

        def forget() -> None:
            topic = self._topics.dead.name
            about: set[str] = set()
            for entry in whole(self._settings.kafka, topic):
                about.discard(entry.key)
                if entry.value is not None and _story_of(entry.value) in killed:
                    about.add(entry.key)
            self._publisher.publish([Message(topic, key, None) for key in sorted(about)])

        self._patiently(forget)

    def _show(self, received: Sequence[Received]) -> None:
        """The feeds and dead letters of a batch: what was said last of each is what holds. Raises TooNew."""
        actions: dict[tuple[str, str], Action] = {}
        for message in received:
            if message.topic == self._topics.dead.name:
                target, shown = self._names.dead, self._letter
            elif message.topic == self._topics.feed_state.name:
                target, shown = self._names.feeds, _feed
            else:
                continue
            try:
                document = None if message.value is None else shown(message.value)
            except Unreadable as error:
                log.warning("not shown", topic=message.topic, key=message.key, reason=str(error))
                continue
            actions[target, message.key] = Action(target, message.key, None, document)
        results = self._patiently(lambda: self._bulk.write([*actions.values()])) if actions else []
        for (target, key), result in zip(actions, results, strict=True):
            if result.kind == "refused":
                log.warning("not shown", index=target, key=key, reason=result.reason)

    def _letter(self, value: bytes) -> dict[str, Any] | None:
        """A dead letter without its payload; none for one that came after its story was killed, which is taken away. Raises
        Unreadable, TooNew."""
        letter = read_letter(value)
        if letter.story_id and self._patiently(lambda: self._index.is_killed(letter.story_id)):
            gone = Message(self._topics.dead.name, letter.id, None)
            self._patiently(lambda: self._publisher.publish([gone]))
            return None
        return {name: getattr(letter, name) for name in _SHOWN} | {"error": letter.error[:ERROR_CHARACTERS]}

    def _patiently(self, work: Callable[[], T]) -> T:
        """What `work` gives, tried again for as long as a server is away. Raises Unavailable, Misconfigured."""
        tries = 0
        while True:
            try:
                if self._unsettled:
                    self._unsettled = False
                    self._index.settle()
                result = work()
            except Unavailable:
                self._unsettled = True
                raise
            except TransportError as error:
                why = f"Elasticsearch does not answer: {error.message}"
            except ApiError as error:
                why = f"Elasticsearch refuses: {error.status_code} {error.message}"
                if not passes(error.status_code, str(error.message)):
                    raise Misconfigured(why) from error
            except (NotPublished, TopicUnreadable, _NotSetUp) as error:
                why = str(error)
            else:
                self._waits.told("")
                return result
            self._unsettled = True
            self._waits.told(why)
            if not self._waits.go_on():
                raise Unavailable(why)
            self._waits.sleep(backoff(tries, self._chances))
            tries += 1

    def _is_due(self, chore: str, seconds: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(chore, 0.0):
            return False
        self._due[chore] = now + seconds
        return True


class _NotSetUp(Exception):
    """There are no templates yet."""


def passes(status: int, message: str) -> bool:
    """Whether what Elasticsearch refuses so is worth another try: a block of the cluster ends, a lack of rights doesn't. Pure."""
    return status in (408, 429) or status >= 500 or (status == 403 and "cluster_block" in message)


def _unreadable(message: Received, error: Unreadable) -> Casualty:
    place = f"{message.topic}/{message.partition}/{message.offset}"
    return of_message("index", place, message.value or b"", "story", f"no record: {error}")


def _refused(message: Received, story: Story, reason: str) -> Casualty:
    """With the story's bytes as they came."""
    return replace(of_story("index", story, reason), payload=message.value or b"")


def _story_of(value: bytes) -> str:
    try:
        return read_letter(value).story_id
    except Unreadable:
        return ""


def _feed(value: bytes) -> dict[str, Any]:
    """How a feed is doing. Raises Unreadable, TooNew."""
    return read_snapshot(value).standing()
