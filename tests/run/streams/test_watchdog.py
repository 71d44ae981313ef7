"""When a worker is held to be stuck: not while it has nothing to do, and not while it does something slowly."""

from __future__ import annotations

from pipeline.run.streams.watchdog import Standstill

STUCK = 300.0


class Clock:
    """Set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def watched() -> tuple[Standstill, Clock]:
    clock = Clock()
    return Standstill(STUCK, clock), clock


def test_a_worker_with_nothing_to_do_is_never_stuck() -> None:
    standstill, clock = watched()
    for _ in range(10):
        clock.now += 200
        standstill.look({"clean": 0}, None)
    assert standstill.reason == ""


def test_stories_that_wait_while_nothing_moves_end_it_whatever_other_stages_do() -> None:
    standstill, clock = watched()
    for _ in range(4):
        standstill.look({"clean": 5, "raw": 7}, None)
        standstill.moved("raw")
        assert standstill.reason == ""
        clock.now += 90
    standstill.look({"clean": 5, "raw": 7}, None)
    assert standstill.reason.startswith("clean: stories wait")


def test_a_batch_that_does_not_end_is_stuck_even_where_nothing_else_waits() -> None:
    standstill, clock = watched()
    standstill.began("clean")
    clock.now = STUCK - 1
    standstill.look({"clean": 0}, None)
    assert standstill.reason == ""
    clock.now = STUCK + 1
    standstill.look({"clean": 0}, None)
    assert standstill.reason


def test_a_recovery_may_take_long_as_long_as_it_moves() -> None:
    standstill, clock = watched()
    for remaining in (900, 600, 300):
        standstill.look({"clean": 5}, remaining)
        clock.now += 250
    standstill.look({"clean": 5}, 300)
    assert standstill.reason == ""
    clock.now += 100
    standstill.look({"clean": 5}, 300)
    assert "does not recover" in standstill.reason
    assert standstill.recovery_stuck


def test_an_event_loop_that_stands_still_is_noticed() -> None:
    standstill, clock = watched()
    standstill.look({}, None)
    clock.now = STUCK + 1
    assert "event loop" in standstill.reason
