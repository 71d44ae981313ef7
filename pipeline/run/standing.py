"""How things stand: what the index holds, how fresh each source is, what died, what runs, and what waits for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pipeline.dead_letters import DeadLetters
from pipeline.index import Counts
from pipeline.index.sqlite import SqliteIndex
from pipeline.run.ownership import is_owned
from pipeline.settings import Settings
from pipeline.story import Record

T = TypeVar("T")


class Standing(Record, frozen=True, kw_only=True):
    """The state of a store."""

    running: bool
    counts: Counts
    dead_letters: dict[str, int]
    """By stage."""


class Service(Record, frozen=True, kw_only=True):
    """A service of the distributed driver."""

    name: str
    """`collect`, `process` or `index`."""
    members: int
    """Processes that share its work."""
    waiting: dict[str, int]
    """Messages that it has not done yet, by topic."""


class Distributed(Record, frozen=True, kw_only=True):
    """The state of the distributed driver. What could not be asked is empty, and in `troubles`."""

    services: list[Service]
    counts: Counts | None
    dead_letters: dict[str, int]
    """By stage."""
    troubles: list[str]
    """A sentence for each server that could not be asked."""


def standing(connection: sqlite3.Connection, store: Path) -> Standing:
    """Looks at a store, changing nothing."""
    return Standing(
        running=is_owned(store),
        counts=SqliteIndex(connection).counts(),
        dead_letters=DeadLetters(connection).count_by_stage(),
    )


def distributed(settings: Settings) -> Distributed:
    """Looks at the brokers and at Elasticsearch, at those of them that are set, changing nothing."""
    troubles: list[str] = []
    services: list[Service] = []
    counts: Counts | None = None
    dead: dict[str, int] = {}
    if settings.kafka.brokers:
        services = _asked(lambda: _services(settings), troubles) or []
    if settings.elastic.url:
        found = _asked(lambda: _indexed(settings), troubles)
        if found is not None:
            counts, dead = found
    return Distributed(services=services, counts=counts, dead_letters=dead, troubles=troubles)


def _services(settings: Settings) -> list[Service]:
    from pipeline.kafka.groups import members, waiting
    from pipeline.kafka.topics import COLLECTORS, PROCESSORS, SINK, topics

    named = topics(settings.kafka)
    work = {
        COLLECTORS: [],
        PROCESSORS: [named.raw.name, named.clean.name, named.decided.name],
        SINK: [named.enriched.name],
    }
    prefix = settings.kafka.prefix
    there = members(settings.kafka, [prefix + group for group in work])
    return [
        Service(
            name=group,
            members=there[prefix + group],
            waiting=waiting(settings.kafka, prefix + group, names) if names else {},
        )
        for group, names in work.items()
    ]


def _indexed(settings: Settings) -> tuple[Counts, dict[str, int]]:
    from pipeline.web.elastic import ElasticModel

    model = ElasticModel(settings)
    try:
        with model.explained():
            return model.index.counts(), model.dead_letters()
    finally:
        model.close()


def _asked(ask: Callable[[], T], troubles: list[str]) -> T | None:
    """The answer; None where a server has none, and then why is a trouble."""
    from pipeline.kafka.reading import TopicUnreadable
    from pipeline.web.reading import Unreadable

    try:
        return ask()
    except (TopicUnreadable, Unreadable) as error:
        troubles.append(str(error))
        return None
