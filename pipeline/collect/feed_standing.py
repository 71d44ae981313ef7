"""How a feed is doing, in one record, for people and pages: the list's entry and what polling it taught."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipeline.collect.address import redact
from pipeline.collect.feed_state import Remembered
from pipeline.collect.feedlist import Feed
from pipeline.story import Record

OVERDUE = timedelta(minutes=10)
"""A feed that should have been polled so long ago waits for a service that does not run."""


class Standing(Record, frozen=True, kw_only=True):
    """One feed. Times are UTC; None: never."""

    name: str
    url: str
    """Without credentials."""
    source: str
    standing: str
    """`works`, `partly` (some items cannot be read), `failing`, `gone`, `paused`, `overdue` or `never
    polled`."""
    problem: str = ""
    """What is wrong, a sentence."""
    enabled: bool = True
    title: str = ""
    moved_to: str = ""
    held: int = 0
    """Items in the newest document."""
    failures: int = 0
    interval: float = 0.0
    """Seconds between polls at present."""
    last_poll: datetime | None = None
    last_success: datetime | None = None
    last_new: datetime | None = None
    next_poll: datetime | None = None
    tags: tuple[str, ...] = ()


def standing(feed: Feed, state: Remembered | None, now: datetime) -> Standing:
    """How `feed` is doing, by what is remembered of it."""
    known = state or Remembered(name=feed.name, url=feed.url)
    word, problem = _word(feed, known, now)
    return Standing(
        name=feed.name,
        url=redact(feed.url),
        source=feed.story_source,
        standing=word,
        problem=problem,
        enabled=feed.enabled,
        title=known.title,
        moved_to=redact(known.moved_to),
        held=known.held,
        failures=known.failures,
        interval=known.interval,
        last_poll=known.last_poll,
        last_success=known.last_success,
        last_new=known.last_new,
        next_poll=known.next_poll,
        tags=feed.tags,
    )


def _word(feed: Feed, known: Remembered, now: datetime) -> tuple[str, str]:
    if not feed.enabled:
        return "paused", known.last_error
    if known.last_poll is None or known.url != feed.url:
        return "never polled", ""
    if known.gone_at is not None:
        return "gone", f"{known.last_error} ({known.gone_at:%Y-%m-%d})"
    if known.failures:
        return (
            "failing",
            known.last_error
            if known.failures == 1
            else f"{known.last_error} ({known.failures} times in a row)",
        )
    if known.next_poll is not None and now - known.next_poll > OVERDUE:
        return "overdue", "it was to be polled by now: does `wire run`, or on Kafka `wire collect`, run?"
    return ("partly", known.notice) if known.notice else ("works", "")
