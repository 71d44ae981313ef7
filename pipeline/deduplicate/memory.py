"""The sketches of the stories in the window, in one ring of numbers, and the search for those worth
comparing."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.deduplicate.compiled import compiled
from pipeline.deduplicate.evidence import FEATURES, LOGARITHMS, common, compare, weights
from pipeline.deduplicate.postings import HEADER, KEYS, Postings, keys_of
from pipeline.deduplicate.sketch import MARKS, Sketch

SPREAD: Final = 1 << 20
"""Counters of how many stories have a mark; marks share them by chance, which only makes a mark look less
rare."""
COMPARED: Final = 5
"""Candidates with the most in common that are compared in full."""
LEAST_COMMON: Final = 6
"""Common headline, lead and name words, and twice the common runs of words, below which two stories are not
compared."""
USUAL: Final = 176
"""Numbers that a story's record takes, for reserving room."""

# A record: header, keys, marks; all uint32.
_KEYS_COUNT, _MARKS_COUNT, _FACTS, _SOURCE, _HIGH, _LOW = 0, 1, 2, 7, 8, 9
_LONGEST: Final = HEADER + KEYS + MARKS
_FEATURES: Final = len(FEATURES)
_ERA: Final = 1 << 40
"""Added to times, seconds since 1970, so that those before are no exception."""
_LEAST_ROOM: Final = 4_096


FEWEST: Final = 4_096
"""Rarity is reckoned as among so many stories at least: among a handful, what three of them share would count as common,
and the first copies of a stream would not be known for what they are."""


class Candidates(NamedTuple):
    """Earlier stories worth comparing with a new one, the likeliest first: their numbers, event times
    (seconds since 1970), and a row of FEATURES each."""

    numbers: NDArray[np.int64]
    at: NDArray[np.float64]
    evidence: NDArray[np.float64]


class Memory:
    """Records of stories in order of arrival, counted from 1; at most so many, the oldest make room. What
    is found depends on the records alone: a memory filled again with them, with as much `room`, is the
    same."""

    def __init__(self, most: int, first: int = 1, room: int = 0) -> None:
        self.first = first
        """The oldest story kept."""
        self.next = first
        """The number of the next one added."""
        self.room = room or min(most, _LEAST_ROOM)
        """Stories that there is room for now; doubled when it is full, up to `most`."""
        self._most = most
        self._ids: list[str] = []
        self._trimmed = first
        self._spread = np.zeros(SPREAD, np.uint32)
        self._filled = self._end = 0
        self._ring = np.empty(self.room * USUAL + 4 * _LONGEST, np.uint32)
        self._starts = np.zeros(self.room, np.int64)
        self._seen = np.zeros(self.room, np.float64)
        self._postings = Postings(self.room)

    def __len__(self) -> int:
        return self.next - self.first

    @property
    def bytes(self) -> int:
        """Memory in use, but for the counters that do not grow; an id of 20 characters takes 69 and its place 8."""
        return 4 * self._filled + len(self) * (16 + 69 + 8) + self._postings.bytes

    def record(self, sketch: Sketch, at: float, source: int) -> NDArray[np.uint32]:
        """A sketch with the keys under which it is looked for and kept: what is compared, added and
        stored."""
        made: NDArray[np.uint32] = _record(
            sketch.marks,
            *sketch.limits,
            sketch.words,
            sketch.numbers,
            sketch.revised,
            int(at),
            source,
            self._spread,
        )
        return made

    def id(self, number: int) -> str:
        return self._ids[number - self._trimmed]

    def candidates(self, record: NDArray[np.uint32]) -> Candidates:
        """The evidence on every story that has enough in common with this one."""
        found = self._postings.find(record[HEADER : HEADER + record[_KEYS_COUNT]], self.first)
        scale = 1.0 / math.log(2.0 + max(len(self), FEWEST))
        return Candidates(
            *_compared(record, found, self._starts, self._ring, self._spread, LOGARITHMS, scale)
        )

    def add(self, id: str, record: NDArray[np.uint32], seen: float) -> int:
        """Keep a story that came at `seen` of the stream's time; its number."""
        while len(self) >= self.room or self._filled + len(record) > len(self._ring) - 2 * _LONGEST:
            if self.room < self._most:
                self._make_room()
            else:
                self._drop_oldest()
        number = self.next
        if self._end + len(record) > len(self._ring):
            self._end = 0
        start = self._end
        self._end += len(record)
        self._ring[start : self._end] = record
        self._filled += len(record)
        place = number % self.room
        self._starts[place] = start
        self._seen[place] = seen
        self._ids.append(id)
        self._postings.add(record[HEADER : HEADER + record[_KEYS_COUNT]], number)
        _count(self._ring, start, self._spread, 1)
        self.next += 1
        return number

    def expire(self, since: float) -> None:
        """Forget the stories that came before `since`; the oldest first, up to one that did not."""
        while len(self) and 0.0 < self._seen[self.first % self.room] < since:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        self._filled -= _count(self._ring, self._starts[self.first % self.room], self._spread, -1)
        self.first += 1
        if self.first - self._trimmed > max(_LEAST_ROOM, len(self)):
            del self._ids[: self.first - self._trimmed]
            self._trimmed = self.first

    def _make_room(self) -> None:
        """Twice the room, with all that is kept moved there."""
        starts, ring = self._starts, self._ring
        numbers = np.arange(self.first, self.next)
        seen = self._seen[numbers % self.room]
        self.room = min(2 * self.room, self._most)
        self._ring = np.empty(self.room * USUAL + 4 * _LONGEST, np.uint32)
        self._starts = np.zeros(self.room, np.int64)
        self._seen = np.zeros(self.room, np.float64)
        self._seen[numbers % self.room] = seen
        self._end = _move(self.first, self.next, starts, ring, self._starts, self._ring)
        self._postings = Postings(self.room)
        self._postings.add_all(self.first, self.next, self._starts, self._ring)


@compiled
def _move(
    first: int,
    after: int,
    starts: NDArray[np.int64],
    ring: NDArray[np.uint32],
    new_starts: NDArray[np.int64],
    new_ring: NDArray[np.uint32],
) -> int:
    """Records from one ring to another, one after the other; where the last ends."""
    end = 0
    for number in range(first, after):
        start = starts[number % len(starts)]
        length = HEADER + ring[start + _KEYS_COUNT] + ring[start + _MARKS_COUNT]
        for i in range(length):
            new_ring[end + i] = ring[start + i]
        new_starts[number % len(new_starts)] = end
        end += length
    return end


@compiled
def _record(
    marks: NDArray[np.uint32],
    plain: int,
    masked: int,
    words: int,
    numbers: int,
    revised: int,
    at: int,
    source: int,
    spread: NDArray[np.uint32],
) -> NDArray[np.uint32]:
    keys = keys_of(marks, spread)
    record = np.empty(HEADER + len(keys) + len(marks), np.uint32)
    record[_KEYS_COUNT] = len(keys)
    record[_MARKS_COUNT] = len(marks)
    record[2], record[3], record[4], record[5], record[6] = plain, masked, words, numbers, revised
    record[_SOURCE] = source
    record[_HIGH] = (at + _ERA) >> 32
    record[_LOW] = (at + _ERA) & 0xFFFFFFFF
    for i in range(len(keys)):
        record[HEADER + i] = keys[i]
    for i in range(len(marks)):
        record[HEADER + len(keys) + i] = marks[i]
    return record


@compiled
def _count(ring: NDArray[np.uint32], start: int, spread: NDArray[np.uint32], by: int) -> int:
    """Count the marks of the record that begins there, in or out; the record's length."""
    first = start + HEADER + ring[start + _KEYS_COUNT]
    end = first + ring[start + _MARKS_COUNT]
    for i in range(first, end):
        spread[ring[i] % np.uint32(len(spread))] += np.uint32(by)
    return int(end - start)


@compiled
def _facts(record: NDArray[np.uint32]) -> NDArray[np.float64]:
    facts = np.empty(7)
    for i in range(5):
        facts[i] = record[_FACTS + i]
    facts[5] = float(record[_HIGH]) * 4294967296.0 + float(record[_LOW]) - float(_ERA)
    facts[6] = record[_SOURCE]
    return facts


@compiled
def _compared(
    new: NDArray[np.uint32],
    found: NDArray[np.int64],
    starts: NDArray[np.int64],
    ring: NDArray[np.uint32],
    spread: NDArray[np.uint32],
    logarithms: NDArray[np.float64],
    scale: float,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Of the stories found, those with the most in common: numbers, times, evidence."""
    marks = new[HEADER + new[_KEYS_COUNT] :]
    shared = np.empty(len(found), np.int64)
    order = np.empty(len(found), np.int64)  # the most in common first, of equals the first found
    for i in range(len(found)):
        start = starts[found[i] % len(starts)]
        first = start + HEADER + ring[start + _KEYS_COUNT]
        shared[i] = common(marks, ring[first : first + ring[start + _MARKS_COUNT]])
        place = i
        while place > 0 and shared[order[place - 1]] < shared[i]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = i
    facts = _facts(new)
    mark_weights = weights(marks, spread, logarithms, scale)
    numbers = np.empty(COMPARED, np.int64)
    at = np.empty(COMPARED)
    evidence = np.empty((COMPARED, _FEATURES))
    count = 0
    for i in order[:COMPARED]:
        if shared[i] < LEAST_COMMON:
            break
        start = starts[found[i] % len(starts)]
        first = start + HEADER + ring[start + _KEYS_COUNT]
        other = ring[start : first + ring[start + _MARKS_COUNT]]
        other_facts = _facts(other)
        compare(
            marks,
            mark_weights,
            other[first - start :],
            facts,
            other_facts,
            spread,
            logarithms,
            scale,
            evidence[count],
        )
        numbers[count] = found[i]
        at[count] = other_facts[5]
        count += 1
    return numbers[:count], at[:count], evidence[:count]
