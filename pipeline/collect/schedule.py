"""When a feed is asked again: pure functions of what it says, how often it publishes and how it has
failed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from pipeline.story import Record

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

RETRY_AFTER_MOST = 7 * 86_400.0
"""Seconds. A server that asks for more than a week is asked again after a week: no feed is given up for
good."""

GONE_SECONDS = 7 * 86_400.0
"""A feed that answered 410 is asked once a week: servers say it by mistake, and a person may have to
notice."""

POLLS_A_STORY = 4
"""Polls between two stories of a feed at its own pace: a story is seen after an eighth of the usual gap on
average."""

QUIET_SHARE = 12
"""A feed that has been quiet for so many times the interval is asked less often: an hour's quiet, five
minutes' interval."""

_JITTER = 0.1
_FAILURE_JITTER = 0.25
_TIMES_USED = 20


class Bounds(Record, frozen=True, kw_only=True):
    """The settings' intervals, seconds."""

    first: float
    least: float
    most: float


class Wishes(Record, frozen=True, kw_only=True):
    """What a feed and its server ask for."""

    fresh_seconds: float = 0.0
    """Cache-Control or Expires: it need not be asked again so long."""
    ttl_seconds: float = 0.0
    skip_hours: Sequence[int] = ()
    """Hours of the day, 0 to 23, UTC, in which it is not to be asked."""
    skip_days: Sequence[str] = ()
    """English names of days."""


def interval(gap: float | None, quiet: float, bounds: Bounds) -> float:
    """Seconds between two polls of a feed that publishes a story every `gap` seconds (None: not known yet)
    and has brought nothing new for `quiet` seconds. Short while it publishes, longer the longer it is
    silent, always within the bounds."""
    usual = bounds.first if gap is None else gap / POLLS_A_STORY
    return min(max(usual, quiet / QUIET_SHARE, bounds.least), bounds.most)


def next_poll(
    now: datetime, every: float, wishes: Wishes, bounds: Bounds, chance: float, *, fixed: bool = False
) -> datetime:
    """When to ask next after a success. `every`: the interval, seconds; `chance`: a random number from 0 to
    1, so that feeds do not keep step. Caching wishes lengthen the interval up to its longest; skipHours and
    skipDays move it on to the next hour allowed. With `fixed` (a person has set this feed's interval) only
    the jitter remains."""
    wanted = (
        every if fixed else min(max(every, wishes.fresh_seconds, wishes.ttl_seconds), max(bounds.most, every))
    )
    at = now + timedelta(seconds=wanted * (1 + _JITTER * chance))
    return at if fixed else after_skipped(at, wishes.skip_hours, wishes.skip_days)


def after_failure(
    now: datetime, failures: int, retry_after: float | None, bounds: Bounds, chance: float
) -> datetime:
    """When to ask next after `failures` failures in a row (1 or more): the shortest interval doubled with
    each, up to the longest, for ever; later where Retry-After says so."""
    doubled = bounds.least * 2.0 ** min(failures - 1, 40)
    delay = min(doubled, bounds.most) * (1 + _FAILURE_JITTER * chance)
    asked = 0.0 if retry_after is None else min(retry_after, RETRY_AFTER_MOST) + chance
    return now + timedelta(seconds=max(delay, asked))


def after_gone(now: datetime, chance: float) -> datetime:
    """When to ask a feed again that said that it is gone for good (410)."""
    return now + timedelta(seconds=GONE_SECONDS * (1 + _JITTER * chance))


def after_skipped(at: datetime, hours: Collection[int], days: Collection[str]) -> datetime:
    """`at`, or the beginning of the first hour after it that is neither a skipped hour nor on a skipped day
    (UTC; RSS counts midnight as 0 or 24). A feed that skips everything skips nothing."""
    skipped_hours = {hour % 24 for hour in hours}
    skipped_days = {day.strip().lower() for day in days} & set(WEEKDAYS)
    moment = at.astimezone(UTC)
    for _ in range(7 * 24 + 1):
        if moment.hour not in skipped_hours and WEEKDAYS[moment.weekday()] not in skipped_days:
            return moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return at


def gap_of(times: Sequence[datetime], now: datetime) -> float | None:
    """Seconds between two stories, on average over the newest 20 of a feed; None where fewer than 4 have
    believable times."""
    day = timedelta(days=1)
    newest = sorted((time for time in times if time <= now + day), reverse=True)[:_TIMES_USED]
    if len(newest) < 4:
        return None
    return (newest[0] - newest[-1]).total_seconds() / (len(newest) - 1)


def gap_observed(known: float | None, elapsed: float, fresh: int) -> float | None:
    """The gap between stories where a feed gives no times: a running mean over polls that brought `fresh`
    stories, `elapsed` seconds after the last ones."""
    if fresh == 0 or elapsed <= 0:
        return known
    seen = elapsed / fresh
    return seen if known is None else 0.7 * known + 0.3 * seen
