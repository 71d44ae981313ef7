"""The de-duplicate stage's memory in rows: the same decisions as in memory, from the rows alone, and bounded by what is alive."""

from __future__ import annotations

from bisect import bisect_right

from pipeline.deduplicate import Deduplicator, Dropped, MemoryState
from pipeline.deduplicate.state import Sighting
from pipeline.run.streams.memory import SWEPT, TableState
from pipeline.settings import Dedupe
from pipeline.story import Story

DAY = 86_400.0


class Table:
    """Rows as RocksDB keeps them: in the order of their keys."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        return self.rows.get(key)

    def after(self, key: bytes, most: int) -> list[tuple[bytes, bytes]]:
        keys = sorted(self.rows)
        place = bisect_right(keys, key)
        return [(key, self.rows[key]) for key in keys[place : place + most]]

    def write(self, changes: dict[bytes, bytes | None]) -> None:
        for key, value in changes.items():
            if value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = value


def story(number: int, source: str = "desk") -> Story:
    words = f"quay {number} wall pier {number * 7} divers found leaning works cost {number + 3} weeks harbour master said"
    return Story(
        id=f"{source}{number}", source=source, format="text", family=f"{source}{number}",
        headline=f"Quay {number} at Marlow is to close", body=[words, f"Berth {number} opens again in May."],
        text_hash=f"{number}",
    )  # fmt: skip


def test_decisions_are_those_of_a_memory_that_never_restarts() -> None:
    settings = Dedupe()
    stories = [story(n % 40, f"desk{n % 3}") for n in range(120)]
    steady = Deduplicator(MemoryState(settings), settings)
    expected = [steady.decide(one) for one in stories]
    table, decided = Table(), []
    for cut in range(0, 120, 17):
        state = TableState(table, settings)  # as after a restart, with the rows alone
        deduplicator = Deduplicator(state, settings)
        decided += [deduplicator.decide(one) for one in stories[cut : cut + 17]]
        table.write(state.changes())
    assert decided == expected
    assert any(isinstance(one, Dropped) for one in decided) or any(
        isinstance(one, Story) and one.copy_of for one in decided
    )


def test_what_was_not_written_is_gone_after_a_restart() -> None:
    table, settings = Table(), Dedupe()
    state = TableState(table, settings)
    state.know("a", "b")
    assert state.known("a") == "b"
    assert TableState(table, settings).known("a") is None


def test_rows_that_have_expired_are_deleted_while_others_come_in() -> None:
    table, settings = Table(), Dedupe()
    state = TableState(table, settings)
    for day in range(200):
        for hour in range(24):
            at = day * DAY + hour * 3_600.0 + 1.0
            state.advance(at)
            state.sight(f"text {day} {hour}", Sighting(id="a", at=at))
        table.write(state.changes())
    alive = 24 * 2 * settings.window_hours / 24
    assert len(table.rows) <= alive * (1 + 1 / (SWEPT - 1)) + 100
    assert state.sighting("text 199 23") is not None
    assert state.sighting("text 3 0") is None


def test_nothing_new_is_nothing_to_write() -> None:
    table, settings = Table(), Dedupe()
    state = TableState(table, settings)
    state.know("a", "b")
    assert state.changes()
    assert state.changes() == {}
