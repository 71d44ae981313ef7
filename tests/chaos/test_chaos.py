"""Everything that may end, under load: afterwards every story is there once, at its last version, and nothing else is.

The short run is one of the tests; the long one is `make chaos`, where WIRE_CHAOS_ROUNDS says how many faults it makes."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Town

pytestmark = pytest.mark.servers

ROUNDS = int(os.environ.get("WIRE_CHAOS_ROUNDS", "50"))
RECOVERY_SECONDS = 180.0
"""A story that goes in after a fault is found within so long, on however busy a machine."""
SETTLING_SECONDS = 300.0
AWAY_SECONDS = float(os.environ.get("WIRE_CHAOS_AWAY", "10"))
"""A server that is stopped stays away for so long."""


def kill(*names: str) -> Callable[[Town], None]:
    def fault(town: Town) -> None:
        for name in names:
            town.keepers[name].kill()

    return fault


def restart_broker(town: Town) -> None:
    town.kafka.get_wrapped_container().restart(timeout=20)


def kill_broker(town: Town) -> None:
    town.kafka.get_wrapped_container().kill()
    town.kafka.get_wrapped_container().start()


def restart_elasticsearch(town: Town) -> None:
    town.elastic.get_wrapped_container().restart(timeout=20)


def stop_elasticsearch(town: Town) -> None:
    container = town.elastic.get_wrapped_container()
    container.stop(timeout=20)
    time.sleep(AWAY_SECONDS)
    container.start()


def kill_elasticsearch(town: Town) -> None:
    town.elastic.get_wrapped_container().kill()
    town.elastic.get_wrapped_container().start()


def another_worker(town: Town) -> None:
    """One more joins; it leaves at the next such fault."""
    if "other" in town.keepers:
        assert town.keepers.pop("other").end() == 0
    else:
        town.keepers["other"] = type(town.keepers["worker"])(town.services, "process")


def another_sink(town: Town) -> None:
    if "second" in town.keepers:
        assert town.keepers.pop("second").end() == 0
    else:
        town.keepers["second"] = type(town.keepers["sink"])(town.services, "index")


def poison(town: Town) -> None:
    for _ in range(3):
        town.spoil()


FAULTS: dict[str, Callable[[Town], None]] = {
    "the collector is killed": kill("collector"),
    "the worker is killed": kill("worker"),
    "the sink is killed": kill("sink"),
    "all three are killed": kill("collector", "worker", "sink"),
    "poison": poison,
    "a worker comes or goes": another_worker,
    "a sink comes or goes": another_sink,
    "the broker is restarted": restart_broker,
    "the broker is killed": kill_broker,
    "Elasticsearch is restarted": restart_elasticsearch,
    "Elasticsearch is killed": kill_elasticsearch,
    "Elasticsearch is away": stop_elasticsearch,
}


def suffered(town: Town, names: list[str]) -> None:
    """Faults one after another, each healed before the next."""
    town.begin()
    town.recovered("start", time.monotonic(), RECOVERY_SECONDS)
    for name in names:
        began = time.monotonic()
        FAULTS[name](town)
        town.recovered(name, began, RECOVERY_SECONDS)
    town.settled(SETTLING_SECONDS)
    print(f"\n{len(town.ledger.entries)} stories")
    for what, seconds in town.recoveries:
        print(f"{seconds:6.1f} s  {what}")


def test_a_handful_of_faults(town: Callable[..., Town]) -> None:
    suffered(
        town(),
        [
            "poison",
            "the sink is killed",
            "all three are killed",
            "the broker is restarted",
            "Elasticsearch is restarted",
        ],
    )


@pytest.mark.chaos
def test_faults_by_chance_round_after_round(town: Callable[..., Town]) -> None:
    chances = random.Random(int(os.environ.get("WIRE_CHAOS_SEED", "4")))
    rounds = [*FAULTS, *chances.choices([*FAULTS], k=max(0, ROUNDS - len(FAULTS)))][:ROUNDS]
    suffered(town(), rounds)
