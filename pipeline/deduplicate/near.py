"""Near copies: the one earlier story that a new one most likely copies, updates or contains, if any."""

from __future__ import annotations

from typing import Final, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from pipeline.deduplicate.evidence import FEATURES
from pipeline.deduplicate.exact import reach
from pipeline.deduplicate.judge import Judge, Reason, probability
from pipeline.deduplicate.memory import Memory
from pipeline.deduplicate.sketch import sketch
from pipeline.deduplicate.state import SketchKept, State
from pipeline.deduplicate.words import Words
from pipeline.settings import Dedupe
from pipeline.story import Relation, Story

SURE: Final = 0.65
"""Two stories are one from this probability on."""
SURER: Final = 0.9
"""The same for a story beyond the window, that only corrections and updates reach."""
NEVER: Final = 1.01
"""No probability reaches it."""
WHOLE: Final = 0.9
"""A text of which so much is in another is contained in it."""

_COLUMN: Final = {name: place for place, (name, _) in enumerate(FEATURES)}


class Seen(NamedTuple):
    """An earlier story that was compared with a new one."""

    number: int
    """Its place in the order of arrival."""
    id: str
    probability: float
    """That the two are one story."""
    allowed: float
    """The probability that it takes."""
    evidence: NDArray[np.float64]

    @property
    def is_same(self) -> bool:
        return self.probability >= self.allowed

    @property
    def similarity(self) -> float:
        """0 to 1: how much of the text they share; of the shorter one's, where one contains the other."""
        row = self.evidence
        if _contains(row):
            return round(float(max(row[_COLUMN["masked_in_other"]], row[_COLUMN["masked_of_other"]])), 3)
        return round(float(row[_COLUMN["masked"]] + row[_COLUMN["plain"]]) / 2.0, 3)


class Look(NamedTuple):
    """A new story's record, and the earlier stories it was compared with, the likeliest first."""

    record: NDArray[np.uint32]
    seen: list[Seen]


class NearCopies:
    """Compares stories with the sketches of earlier ones. Keeps its memory in the state's care: what it
    was told to remember is there after a restart, in the same order, and gives the same answers."""

    def __init__(self, state: State, settings: Dedupe, judge: Judge) -> None:
        self._state = state
        self._window = settings.window_hours * 3_600.0
        self._life = max(self._window, settings.update_days * 86_400.0)
        self._most = settings.sketches
        self._judge = judge
        self._words = Words()
        self._memory, self._epoch = self._loaded()

    @property
    def bytes(self) -> int:
        """Memory that the sketches and their index take."""
        return self._memory.bytes

    def look(self, story: Story, time: float, every: bool = False) -> Look | None:
        """Compare a story, whose event time is `time` (seconds since 1970), with the earlier ones; None for a text too short
        to say anything. With `every`, those are in the answer too that are surely other stories."""
        window = reach(story, self._window)
        if not window:
            return None
        if self._state.epoch != self._epoch:
            self._memory, self._epoch = self._loaded()
        memory = self._memory
        memory.expire(self._state.now - self._life)
        revised = story.change in ("update", "correction", "repeat")
        signature = sketch(story.headline, "\n".join(story.body), revised, self._words)
        record = memory.record(signature, time, crc32(story.source.encode("utf-8", "surrogatepass")))
        numbers, at, evidence = memory.candidates(record)
        if not len(numbers):
            return Look(record, [])
        life = self._life if window == self._window else window
        seen = []
        for number, then, odds, row in zip(
            numbers.tolist(), at.tolist(), self._judge.odds(evidence).tolist(), evidence, strict=True
        ):
            apart = abs(time - then)
            if apart > life or (odds < 0.0 and not every):  # less than even odds: below every SURE
                continue
            allowed = SURE if apart <= window else SURER if revised else NEVER
            seen.append(Seen(number, memory.id(number), probability(odds), allowed, row))
        seen.sort(key=lambda one: (-one.probability, one.number))
        return Look(record, seen)

    def remember(self, id: str, look: Look) -> None:
        """Have later stories compared with this one."""
        number = self._memory.add(id, look.record, self._state.now)
        self._state.keep(
            SketchKept(
                number, self._memory.first, self._memory.room, self._state.now, id, look.record.tobytes()
            )
        )

    def reasons(self, seen: Seen, most: int) -> list[Reason]:
        """What the verdict on a pair rests on."""
        return self._judge.reasons(seen.evidence, most)

    def _loaded(self) -> tuple[Memory, int]:
        """A memory filled with what the state has kept."""
        kept = list(self._state.kept())
        if not kept:
            return Memory(self._most), self._state.epoch
        memory = Memory(self._most, kept[0].number, kept[-1].room)
        for one in kept:
            memory.add(one.id, np.frombuffer(one.record, np.uint32), one.seen)
        return memory, self._state.epoch


def relation(story: Story, seen: Seen) -> Relation:
    """How a story stands to an earlier one that is the same."""
    row = seen.evidence
    if story.change in ("update", "correction") or row[_COLUMN["revised"]] or row[_COLUMN["figures_differ"]]:
        return "update"
    return "contains" if _contains(row) else "near"


def _contains(row: NDArray[np.float64]) -> bool:
    """Is one text in the other, that has much more?"""
    inside = max(row[_COLUMN["masked_in_other"]], row[_COLUMN["masked_of_other"]])
    return bool(inside >= WHOLE and row[_COLUMN["masked"]] < 0.75)
