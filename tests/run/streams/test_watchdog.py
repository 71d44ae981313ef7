"""When a worker is held to be stuck: not while it has nothing to do, and not while it does something slowly."""

from __future__ import annotations

import asyncio

from pipeline.run.streams.watchdog import PASSED_BY, Lag, Standstill, waits

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


def lags(**waiting: int) -> dict[tuple[str, int], Lag]:
    """So many messages wait in the first partition of each topic, of which none was ever committed."""
    return {(topic, 0): Lag(messages, 1) for topic, messages in waiting.items()}


def test_a_worker_with_nothing_to_do_is_never_stuck() -> None:
    standstill, clock = watched()
    for _ in range(10):
        clock.now += 200
        standstill.look(lags(clean=0), None)
    assert standstill.reason == ""


def test_stories_that_wait_while_nothing_moves_end_it_whatever_other_stages_do() -> None:
    standstill, clock = watched()
    for _ in range(4):
        standstill.look(lags(clean=5, raw=7), None)
        standstill.moved("raw")
        assert standstill.reason == ""
        clock.now += 90
    standstill.look(lags(clean=5, raw=7), None)
    assert standstill.reason.startswith("clean: stories wait")


def test_a_batch_that_does_not_end_is_stuck_even_where_nothing_else_waits() -> None:
    standstill, clock = watched()
    standstill.began("clean")
    clock.now = STUCK - 1
    standstill.look(lags(clean=0), None)
    assert standstill.reason == ""
    clock.now = STUCK + 1
    standstill.look(lags(clean=0), None)
    assert standstill.reason


def test_a_recovery_may_take_long_as_long_as_it_moves() -> None:
    standstill, clock = watched()
    for remaining in (900, 600, 300):
        standstill.look(lags(clean=5), remaining)
        clock.now += 250
    standstill.look(lags(clean=5), 300)
    assert standstill.reason == ""
    clock.now += 100
    standstill.look(lags(clean=5), 300)
    assert "does not recover" in standstill.reason
    assert standstill.recovery_stuck


def test_an_event_loop_that_stands_still_is_noticed() -> None:
    standstill, clock = watched()
    standstill.look({}, None)
    clock.now = STUCK + 1
    assert "event loop" in standstill.reason


def test_a_partition_that_none_takes_from_ends_it_though_others_move() -> None:
    standstill, clock = watched()
    for done in range(1, PASSED_BY + 2):
        standstill.look({("raw", 0): Lag(9, 1), ("raw", 1): Lag(9, done)}, None)
        assert standstill.reason == ""
        standstill.began("raw")
        clock.now += STUCK / PASSED_BY
        standstill.moved("raw")
    assert standstill.reason.startswith("raw/0: stories wait")


def test_a_partition_has_its_turn_after_the_others_however_long_their_batches_take() -> None:
    standstill, clock = watched()
    for _ in range(3):
        standstill.look(lags(raw=9), None)
        standstill.began("raw")
        clock.now += STUCK - 1
        standstill.moved("raw")
        assert standstill.reason == ""


def test_what_another_worker_has_taken_over_is_not_missed() -> None:
    standstill, clock = watched()
    standstill.look(lags(clean=5, raw=5), None)
    for _ in range(3):
        clock.now += STUCK / 2
        standstill.look({("raw", 0): Lag(0, 1)}, None)
        assert standstill.reason == ""


def test_where_tasks_wait_is_told_from_the_inside_out() -> None:
    async def publishes() -> None:
        await asyncio.Event().wait()

    async def stage() -> None:
        await publishes()

    async def told() -> list[str]:
        task = asyncio.create_task(stage())
        await asyncio.sleep(0)
        found = waits(asyncio.get_running_loop())
        task.cancel()
        return found

    innermost = [[place.split(":")[0] for place in one.split(" < ")] for one in asyncio.run(told())]
    assert ["wait", "publishes", "stage"] in innermost
