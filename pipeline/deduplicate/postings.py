"""Candidates: which earlier stories are worth comparing, from an index of a bounded size in which the newest
win."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.deduplicate.compiled import compiled
from pipeline.deduplicate.sketch import HEAD, LEAD, MARK_BITS, MASKED, PLAIN, PROPER, VALUE

KEYS: Final = 24
"""Keys under which a story is found, at most."""
WAYS: Final = 16
"""Postings of one bucket; a newer one takes the oldest one's place."""
CANDIDATES: Final = 8
"""Stories that are compared with a new one, at most."""

HEADER: Final = 10
"""Numbers of a record before its keys; the first says how many keys there are."""
_LEAST_BUCKETS: Final = 1 << 10
_MANY: Final = (1 << 63) - 1


class Postings:
    """Keys to the newest stories that have them. A key's bucket holds WAYS postings, whatever is sent:
    however often a shingle occurs, a look-up reads so many and no more."""

    def __init__(self, stories: int) -> None:
        """Room for so many stories."""
        buckets = _LEAST_BUCKETS
        while buckets * WAYS < stories * KEYS * 1.25:
            buckets *= 2
        self._tags = np.zeros((buckets, WAYS), np.uint16)
        self._stories = np.zeros((buckets, WAYS), np.uint32)
        self._oldest = np.zeros(buckets, np.uint8)

    @property
    def bytes(self) -> int:
        return self._tags.nbytes + self._stories.nbytes + self._oldest.nbytes

    def add(self, keys: NDArray[np.uint32], story: int) -> None:
        _add(keys, story, self._tags, self._stories, self._oldest)

    def add_all(self, first: int, after: int, starts: NDArray[np.int64], ring: NDArray[np.uint32]) -> None:
        """Add the stories `first` to `after` of a Memory's ring."""
        _add_all(first, after, starts, ring, self._tags, self._stories, self._oldest)

    def find(self, keys: NDArray[np.uint32], since: int) -> NDArray[np.int64]:
        """The stories not older than `since` with the most of these keys, best first, the newer of
        equals first."""
        found: NDArray[np.int64] = _find(keys, since, self._tags, self._stories)
        return found


@compiled
def keys_of(marks: NDArray[np.uint32], spread: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The keys of a story: its smallest shingles, plain and masked; pairs of its rarest headline words,
    of its rarest names, and of a rare name with a number. `spread` counts in how many stories a mark was
    seen."""
    keys = np.empty(KEYS, np.uint32)
    count = 0
    rare = np.zeros((8, 3), np.uint64)  # of each kind the three rarest marks
    fewest = np.empty((8, 3), np.int64)
    for kind in range(8):
        for place in range(3):
            fewest[kind, place] = _MANY
    of_kind = np.zeros(8, np.int64)
    for i in range(len(marks)):
        mark = marks[i]
        kind = int(mark >> np.uint32(MARK_BITS))
        of_kind[kind] += 1
        if (kind == PLAIN and of_kind[kind] <= 8) or (kind == MASKED and of_kind[kind] <= 4):
            keys[count] = mark
            count += 1
        elif kind >= VALUE:
            seen = np.int64(spread[mark % np.uint32(len(spread))])
            for place in range(3):
                if seen < fewest[kind, place]:
                    for lower in range(2, place, -1):
                        fewest[kind, lower] = fewest[kind, lower - 1]
                        rare[kind, lower] = rare[kind, lower - 1]
                    fewest[kind, place] = seen
                    rare[kind, place] = np.uint64(mark)
                    break
    for kind in (HEAD, LEAD, PROPER):
        known = min(of_kind[kind], 3)
        for a in range(known):
            for b in range(a + 1, known):
                first, second = min(rare[kind, a], rare[kind, b]), max(rare[kind, a], rare[kind, b])
                keys[count] = _paired(first, second)
                count += 1
    if of_kind[VALUE] > 0:
        for kind in (PROPER, LEAD):
            if of_kind[kind] > 0:
                keys[count] = _paired(rare[kind, 0], rare[VALUE, 0])
                count += 1
    if count == 0 and of_kind[HEAD] > 0:
        keys[count] = np.uint32(rare[HEAD, 0])
        count += 1
    return keys[:count].copy()


@compiled
def _paired(a: np.uint64, b: np.uint64) -> np.uint32:
    x = a * np.uint64(0x9E3779B97F4A7C15) + b * np.uint64(0xC2B2AE3D27D4EB4F)
    x ^= x >> np.uint64(31)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    return np.uint32(x >> np.uint64(32))


@compiled
def _place(key: np.uint32, buckets: int) -> tuple[int, np.uint16]:
    x = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    return int((x >> np.uint64(32)) & np.uint64(buckets - 1)), np.uint16(x >> np.uint64(16))


@compiled
def _add(
    keys: NDArray[np.uint32],
    story: int,
    tags: NDArray[np.uint16],
    stories: NDArray[np.uint32],
    oldest: NDArray[np.uint8],
) -> None:
    for key in keys:
        bucket, tag = _place(key, len(tags))
        way = oldest[bucket]
        tags[bucket, way] = tag
        stories[bucket, way] = story
        oldest[bucket] = (way + 1) % WAYS


@compiled
def _add_all(
    first: int,
    after: int,
    starts: NDArray[np.int64],
    ring: NDArray[np.uint32],
    tags: NDArray[np.uint16],
    stories: NDArray[np.uint32],
    oldest: NDArray[np.uint8],
) -> None:
    for story in range(first, after):
        start = starts[story % len(starts)]
        keys = ring[start + HEADER : start + HEADER + ring[start]]
        _add(keys, story, tags, stories, oldest)


@compiled
def _sort(values: NDArray[np.int64], count: int) -> None:
    """Sorts the first `count` values, a few hundred at most."""
    gap = 1
    while gap < count:
        gap = 3 * gap + 1
    while gap > 1:  # Shell's sort
        gap //= 3
        for i in range(gap, count):
            value = values[i]
            j = i
            while j >= gap and values[j - gap] > value:
                values[j] = values[j - gap]
                j -= gap
            values[j] = value


@compiled
def _find(
    keys: NDArray[np.uint32], since: int, tags: NDArray[np.uint16], stories: NDArray[np.uint32]
) -> NDArray[np.int64]:
    hits = np.empty(len(keys) * WAYS, np.int64)
    count = 0
    for key in keys:
        bucket, tag = _place(key, len(tags))
        for way in range(WAYS):
            if tags[bucket, way] == tag and stories[bucket, way] >= since and stories[bucket, way] > 0:
                hits[count] = stories[bucket, way]
                count += 1
    _sort(hits, count)
    best = np.zeros(CANDIDATES, np.int64)
    score = np.zeros(CANDIDATES, np.int64)
    i = 0
    while i < count:
        story = hits[i]
        same = 0
        while i < count and hits[i] == story:
            same += 1
            i += 1
        place = CANDIDATES
        while place > 0 and score[place - 1] <= same:
            place -= 1
        if place < CANDIDATES:
            for lower in range(CANDIDATES - 1, place, -1):
                best[lower] = best[lower - 1]
                score[lower] = score[lower - 1]
            best[place] = story
            score[place] = same
    kept = 0
    while kept < CANDIDATES and score[kept] > 0:
        kept += 1
    return best[:kept].copy()
