"""When feeds are asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.collect.schedule import (
    GONE_SECONDS,
    RETRY_AFTER_MOST,
    Bounds,
    Wishes,
    after_failure,
    after_gone,
    after_skipped,
    gap_observed,
    gap_of,
    interval,
    next_poll,
)

BOUNDS = Bounds(first=300, least=60, most=21_600)
TUESDAY = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
chances = st.floats(0, 1)


@pytest.mark.parametrize(
    ("gap", "quiet", "seconds"),
    [
        (None, 0, 300),  # a feed of which nothing is known yet
        (1_200, 0, 300),  # three stories an hour: four polls between two
        (10, 0, 60),  # a wire: the shortest interval
        (86_400, 0, 21_600),  # one story a day: the longest
        (1_200, 3_600, 300),  # an hour without news is nothing
        (1_200, 8 * 3_600, 2_400),  # a quiet night
        (1_200, 30 * 86_400, 21_600),  # it has gone to sleep
        (None, 12 * 3_600, 3_600),
    ],
)
def test_a_feed_is_asked_as_often_as_it_publishes(gap: float | None, quiet: float, seconds: float) -> None:
    assert interval(gap, quiet, BOUNDS) == seconds


@given(st.none() | st.floats(0, 1e9), st.floats(0, 1e9))
def test_an_interval_keeps_to_its_bounds(gap: float | None, quiet: float) -> None:
    assert BOUNDS.least <= interval(gap, quiet, BOUNDS) <= BOUNDS.most


@pytest.mark.parametrize(
    ("wishes", "fixed", "seconds"),
    [
        (Wishes(), False, 300),
        (Wishes(fresh_seconds=900), False, 900),
        (Wishes(ttl_seconds=3_600), False, 3_600),
        (Wishes(fresh_seconds=900, ttl_seconds=600), False, 900),
        (Wishes(fresh_seconds=10), False, 300),
        (Wishes(ttl_seconds=10_000_000), False, 21_600),  # never longer than the longest
        (Wishes(ttl_seconds=3_600, skip_hours=(12,)), True, 300),  # a person decided
        (Wishes(skip_hours=(12,)), False, 1_800),  # at 13:00
    ],
)
def test_caching_and_skip_hours_are_kept(wishes: Wishes, fixed: bool, seconds: float) -> None:
    assert next_poll(TUESDAY, 300, wishes, BOUNDS, 0.0, fixed=fixed) == TUESDAY + timedelta(seconds=seconds)


@given(chances)
def test_jitter_only_ever_makes_it_later_by_a_tenth(chance: float) -> None:
    wait = (next_poll(TUESDAY, 300, Wishes(), BOUNDS, chance) - TUESDAY).total_seconds()
    assert 300 <= wait <= 330


@pytest.mark.parametrize(
    ("at", "hours", "days", "then"),
    [
        ("2026-03-10T12:30", [], [], "2026-03-10T12:30"),
        ("2026-03-10T12:30", [12], [], "2026-03-10T13:00"),
        ("2026-03-10T12:30", [13], [], "2026-03-10T12:30"),
        ("2026-03-10T22:10", [22, 23, 0, 1], [], "2026-03-11T02:00"),
        ("2026-03-10T23:10", [23, 24], [], "2026-03-11T01:00"),  # 24 is midnight in old feeds
        ("2026-03-10T12:30", [], ["Tuesday"], "2026-03-11T00:00"),
        ("2026-03-13T12:30", [0, 1, 2, 3, 4, 5], ["Friday", " saturday ", "SUNDAY"], "2026-03-16T06:00"),
        ("2026-03-10T12:30", list(range(24)), [], "2026-03-10T12:30"),  # all skipped is none skipped
        ("2026-03-10T12:30", [], ["Noday", "Tue"], "2026-03-10T12:30"),
    ],
)
def test_skipped_hours_and_days(at: str, hours: list[int], days: list[str], then: str) -> None:
    def moment(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    assert after_skipped(moment(at), hours, days) == moment(then)


@pytest.mark.parametrize(
    ("failures", "retry_after", "seconds"),
    [
        (1, None, 60),
        (2, None, 120),
        (3, None, 240),
        (8, None, 7_680),
        (10, None, 21_600),
        (10_000, None, 21_600),  # for ever, and no number overflows
        (1, 10, 60),
        (1, 600, 600),
        (1, 90_000, 90_000),  # the server's wish goes beyond our longest interval
        (1, 1e12, RETRY_AFTER_MOST),  # but no feed is given up for good
    ],
)
def test_failures_make_it_later_and_later_and_never_end(
    failures: int, retry_after: float | None, seconds: float
) -> None:
    assert after_failure(TUESDAY, failures, retry_after, BOUNDS, 0.0) == TUESDAY + timedelta(seconds=seconds)


@given(st.integers(1, 200), st.none() | st.floats(0, 1e12), chances)
def test_a_failed_feed_is_always_asked_again_and_never_before_it_may(
    failures: int, retry_after: float | None, chance: float
) -> None:
    wait = (after_failure(TUESDAY, failures, retry_after, BOUNDS, chance) - TUESDAY).total_seconds()
    assert max(BOUNDS.least, min(retry_after or 0.0, RETRY_AFTER_MOST)) - 1e-3 <= wait
    assert wait <= max(BOUNDS.most * 1.25, RETRY_AFTER_MOST + 1)


def test_a_feed_that_is_gone_is_asked_once_a_week() -> None:
    assert after_gone(TUESDAY, 0.0) == TUESDAY + timedelta(seconds=GONE_SECONDS)


def test_the_gap_between_stories_by_their_own_times() -> None:
    hourly = [TUESDAY - timedelta(hours=n) for n in range(10)]
    assert gap_of(hourly, TUESDAY) == 3_600
    assert gap_of(hourly[:3], TUESDAY) is None
    # A story dated in the year 9999 does not count.
    assert gap_of([*hourly, datetime(9999, 1, 1, tzinfo=UTC)], TUESDAY) == 3_600
    # Of an archive only the newest twenty count.
    assert gap_of([*hourly * 2, *(TUESDAY - timedelta(days=400 + n) for n in range(500))], TUESDAY) < 3_600  # type: ignore[operator]


def test_the_gap_between_stories_without_times_is_learnt() -> None:
    assert gap_observed(None, 600, 0) is None
    assert gap_observed(None, 600, 2) == 300
    assert gap_observed(300, 600, 0) == 300
    learnt: float | None = 86_400
    for _ in range(20):
        learnt = gap_observed(learnt, 600, 1)
    assert learnt == pytest.approx(600, rel=0.2)
