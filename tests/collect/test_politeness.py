"""Turns at hosts, on a clock of their own."""

from __future__ import annotations

import asyncio

import pytest

from pipeline.collect.politeness import HostTurns


class Clock:
    """Seconds that pass only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        await asyncio.sleep(0)
        self.now = max(self.now, until)


@pytest.mark.parametrize(("concurrency", "most"), [(1, 1), (3, 3)])
def test_no_more_than_so_many_fetches_of_a_host_are_under_way(concurrency: int, most: int) -> None:
    seen: list[int] = []
    under_way = 0

    async def visit(turns: HostTurns) -> None:
        nonlocal under_way
        async with turns.turn("a.example"):
            under_way += 1
            seen.append(under_way)
            await asyncio.sleep(0)
            under_way -= 1

    async def run() -> None:
        clock = Clock()
        turns = HostTurns(concurrency, 0.0, clock, clock.sleep)
        await asyncio.gather(*(visit(turns) for _ in range(20)))

    asyncio.run(run())
    assert max(seen) == most
    assert len(seen) == 20


def test_there_is_a_pause_between_two_fetches_of_a_host_and_none_between_hosts() -> None:
    began: list[tuple[str, float]] = []

    async def visit(turns: HostTurns, clock: Clock, host: str) -> None:
        async with turns.turn(host):
            began.append((host, clock.now))

    async def run() -> None:
        clock = Clock()
        turns = HostTurns(1, 2.0, clock, clock.sleep)
        for _ in range(3):
            await visit(turns, clock, "a.example")
        await visit(turns, clock, "b.example")

    asyncio.run(run())
    assert began == [("a.example", 0.0), ("a.example", 2.0), ("a.example", 4.0), ("b.example", 4.0)]


def test_a_fetch_that_fails_gives_its_turn_back() -> None:
    async def run() -> None:
        clock = Clock()
        turns = HostTurns(1, 0.0, clock, clock.sleep)
        for _ in range(3):
            with pytest.raises(RuntimeError):
                async with turns.turn("a.example"):
                    raise RuntimeError
        async with asyncio.timeout(5), turns.turn("a.example"):
            pass

    asyncio.run(run())
