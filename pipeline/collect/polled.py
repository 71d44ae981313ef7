"""What a poll means for its feed: the state that follows from what was known and what came. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from pipeline.collect import schedule
from pipeline.collect.document import FeedHints, Parsed
from pipeline.collect.feed_state import Remembered
from pipeline.collect.feedlist import Feed
from pipeline.collect.fetch import Failed, Fetched, FetchRequest, Gone, NotModified
from pipeline.collect.novelty import Novelty
from pipeline.collect.schedule import Bounds, Wishes
from pipeline.story import RawStory, encode, event_time, replace

WHOLE_AFTER = timedelta(days=1)
"""A server that has said `not modified` for so long is asked without validators: some say it for ever."""

MOVED_FAILURES = 3
"""After so many failures in a row a remembered redirect is forgotten, and the listed address asked again."""


def begun(feed: Feed, known: Remembered | None) -> Remembered:
    """What to go by for a feed: what is known of it, if it still is the same address."""
    listed = entry_digest(feed)
    if known is None:
        return Remembered(name=feed.name, url=feed.url, listed=listed)
    if known.url == feed.url:
        return replace(known, listed=listed)
    return Remembered(
        name=feed.name,
        url=feed.url,
        listed=listed,
        last_new=known.last_new,
        gap=known.gap,
        last_success=known.last_success,
    )


def due(feed: Feed, known: Remembered | None) -> datetime | None:
    """When to ask a feed; None: now. Now is also when its address was changed, or, while it fails, anything
    of its entry in the list."""
    if known is None or known.url != feed.url:
        return None
    troubled = known.failures > 0 or known.gone_at is not None
    return None if troubled and known.listed != entry_digest(feed) else known.next_poll


def entry_digest(feed: Feed) -> str:
    """Of a feed's entry in the list, hexadecimal."""
    return hashlib.blake2b(encode(feed), digest_size=8).hexdigest()


def request(feed: Feed, known: Remembered, now: datetime) -> FetchRequest:
    """What to ask the server."""
    conditional = known.last_full is not None and now - known.last_full < WHOLE_AFTER
    return FetchRequest(
        url=feed.url,
        moved_to=known.moved_to,
        etag=known.etag if conditional else "",
        last_modified=known.last_modified if conditional else "",
        allow_private=feed.allow_private,
    )


def after_document(
    feed: Feed,
    known: Remembered,
    got: Fetched,
    digest: str,
    parsed: Parsed,
    new: Novelty,
    now: datetime,
    bounds: Bounds,
    chance: float,
) -> Remembered:
    """A document was read. `digest`: its hash; `new`: what in it is new."""
    fresh = len(new.stories)
    since = known.last_new or known.last_success
    gap = schedule.gap_of([t for t in map(event_time, parsed.stories) if t is not None], now)
    if gap is None:
        gap = schedule.gap_observed(known.gap, (now - since).total_seconds() if since else 0.0, fresh)
    hints = parsed.hints or FeedHints()
    state = replace(
        _reached(known, got, now),
        document_hash=digest,
        last_full=now,
        title=hints.title,
        held=new.held,
        gap=gap,
        ttl_seconds=hints.ttl_seconds or 0.0,
        skip_hours=tuple(hints.skip_hours),
        skip_days=tuple(hints.skip_days),
        notice=notice(parsed),
        last_new=now if fresh else known.last_new,
    )
    return _scheduled(feed, state, now, bounds, chance)


def after_same(
    feed: Feed, known: Remembered, got: Fetched | NotModified, now: datetime, bounds: Bounds, chance: float
) -> Remembered:
    """Nothing changed: the server says so, or the document's hash does."""
    state = _reached(known, got, now)
    if isinstance(got, Fetched):
        state = replace(state, last_full=now)
    return _scheduled(feed, state, now, bounds, chance)


def after_failed(known: Remembered, got: Failed, now: datetime, bounds: Bounds, chance: float) -> Remembered:
    """It did not work: later again, and later still the next time."""
    failures = known.failures + 1
    return replace(
        known,
        moved_to="" if failures >= MOVED_FAILURES else known.moved_to,
        failures=failures,
        last_error=got.sentence,
        last_poll=now,
        next_poll=schedule.after_failure(now, failures, got.retry_after, bounds, chance),
    )


def after_gone(known: Remembered, got: Gone, now: datetime, chance: float) -> Remembered:
    """The server says that it is gone for good."""
    return replace(
        known,
        moved_to="",
        failures=known.failures + 1,
        last_error=got.sentence,
        gone_at=known.gone_at or now,
        last_poll=now,
        next_poll=schedule.after_gone(now, chance),
    )


def notice(parsed: Parsed) -> str:
    """What was wrong in a document that was read, a sentence; empty where nothing was."""
    if not parsed.faults:
        return ""
    first = parsed.faults[0].reason
    return (
        first
        if len(parsed.faults) == 1
        else f"{len(parsed.faults)} items could not be read; the first: {first}"
    )


def completed(stories: Sequence[RawStory], feed: Feed, title: str, now: datetime) -> list[RawStory]:
    """The stories, with what the feed list says where they say nothing; a provider that is only the feed's
    own `title` says nothing either."""
    return [
        replace(
            story,
            language=story.language or feed.language,
            provider=feed.provider if feed.provider and story.provider in ("", title) else story.provider,
            collected_at=story.collected_at or now,
        )
        for story in stories
    ]


def _reached(known: Remembered, got: Fetched | NotModified, now: datetime) -> Remembered:
    return replace(
        known,
        moved_to=got.moved_to,
        etag=got.etag,
        last_modified=got.last_modified,
        fresh_seconds=got.fresh_seconds,
        failures=0,
        last_error="",
        gone_at=None,
        last_poll=now,
        last_success=now,
    )


def _scheduled(feed: Feed, state: Remembered, now: datetime, bounds: Bounds, chance: float) -> Remembered:
    wishes = Wishes(
        fresh_seconds=state.fresh_seconds,
        ttl_seconds=state.ttl_seconds,
        skip_hours=state.skip_hours,
        skip_days=state.skip_days,
    )
    quiet = (now - state.last_new).total_seconds() if state.last_new else 0.0
    every = float(feed.interval) if feed.interval else schedule.interval(state.gap, quiet, bounds)
    at = schedule.next_poll(now, every, wishes, bounds, chance, fixed=feed.interval is not None)
    return replace(state, interval=every, next_poll=at)
