"""The breaker: a story that cannot be processed is one thing, a stage that cannot process another."""

from __future__ import annotations

import pytest

from pipeline.run.breaker import Breaker, Tripped


def test_single_failures_among_many_stories_are_the_stories_fault() -> None:
    breaker = Breaker(run=3, window=10, share=0.5)
    for _ in range(100):
        breaker.saw(3, ["no text"])


def test_a_run_of_failures_trips_it_with_the_last_reason() -> None:
    breaker = Breaker(run=3)
    breaker.saw(5, ["no text", "no text"])
    with pytest.raises(Tripped, match="3 stories in a row failed; the last: disk full"):
        breaker.saw(0, ["disk full"])


def test_a_story_that_goes_well_ends_a_run() -> None:
    breaker = Breaker(run=3)
    for _ in range(10):
        breaker.saw(1, ["no text", "no text"])


def test_a_share_of_the_last_stories_trips_it_once_so_many_were_seen() -> None:
    breaker = Breaker(run=100, window=4, share=0.5)
    breaker.saw(1, ["no text"])
    with pytest.raises(Tripped, match="2 of the last 4 stories failed; the last: too long"):
        breaker.saw(1, ["too long"])


def test_it_may_be_stories_that_go_well_that_complete_the_window() -> None:
    breaker = Breaker(run=100, window=4, share=0.5)
    breaker.saw(0, ["no text", "too long"])
    with pytest.raises(Tripped, match="the last: too long"):
        breaker.saw(2, [])
