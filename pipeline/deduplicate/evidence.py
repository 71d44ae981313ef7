"""What speaks for and against two stories being one: figures computed from their two sketches."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.deduplicate.compiled import compiled
from pipeline.deduplicate.sketch import (
    CONTEXT,
    FIGURE,
    HEAD,
    KINDS,
    LEAD,
    MARK_BITS,
    MASKED,
    PLAIN,
    PROPER,
    VALUE,
    WHOLE,
)

FEATURES: Final = (
    ("masked", "likeness of the texts with every number masked, rare words weighing more"),
    ("plain", "likeness of the texts as they are, rare words weighing more"),
    ("masked_less_plain", "how much the likeness owes to masking: high for two uses of one template"),
    ("masked_in_other", "share of the new story's masked text that the other has"),
    ("masked_of_other", "share of the other's masked text that the new story has"),
    ("plain_in_other", "share of the new story's text that the other has"),
    ("plain_of_other", "share of the other's text that the new story has"),
    ("runs", "three-word runs that both have, log"),
    ("contexts", "share of numbers that stand among the same words"),
    ("figures_agree", "of those, the share that are the same number"),
    ("figures_differ", "numbers that differ among the same words"),
    ("values", "likeness of the sets of numbers"),
    ("values_only_new", "share of the new story's numbers that the other has not"),
    ("values_only_other", "share of the other's numbers that the new story has not"),
    ("headline", "likeness of the headlines, rare words weighing more"),
    ("headline_unknown", "share of the new headline that the other neither has in headline nor in its lead"),
    (
        "headline_missing",
        "share of the other headline that the new story neither has in headline nor in its lead",
    ),
    ("headline_rarest_unknown", "rarity of the rarest word of the new headline that the other has not"),
    ("headline_rarest_missing", "rarity of the rarest word of the other headline that the new story has not"),
    ("lead", "likeness of the leads, rare words weighing more"),
    ("lead_in_other", "share of the new lead that the other has"),
    ("lead_of_other", "share of the other lead that the new story has"),
    ("names", "likeness of the names, rare ones weighing more"),
    ("names_only_new", "share of the new story's names that the other has not"),
    ("names_only_other", "share of the other's names that the new story has not"),
    ("hours", "time between the two, log of hours"),
    ("days", "calendar days between the two, at most 14"),
    ("same_source", "both from one source"),
    ("revised", "the new headline says that it is another version"),
    ("length", "length of the new story to the other's, log"),
    ("words", "words of the shorter, log"),
    ("numbers", "numbers of the story with fewer, log"),
    ("density", "numbers to words of the new story"),
    ("headline_numbers_unknown", "numbers in the new headline that the other headline has not"),
    ("headline_numbers_missing", "numbers in the other headline that the new headline has not"),
    ("contexts_shared", "numbers that stand among the same words in both, log"),
)
"""Names and meanings of the columns of `compare`."""


LOGARITHMS: Final = np.log(1.0 + np.arange(4_096))


@compiled
def weight(
    mark: np.uint32, spread: NDArray[np.uint32], logarithms: NDArray[np.float64], scale: float
) -> float:
    """How much a mark says, 0 to 1: nothing if every story has it, 1 if none had it. `spread` counts in
    how many stories a mark was seen; `scale` is one through the logarithm of 2 and the number of
    stories."""
    seen = spread[mark % np.uint32(len(spread))]
    logarithm = logarithms[seen] if seen < len(logarithms) else math.log(1.0 + seen)
    rare = max(0.0, 1.0 - logarithm * scale)
    return 0.02 + 0.98 * rare * rare


@compiled
def common(new: NDArray[np.uint32], other: NDArray[np.uint32]) -> int:
    """How much two stories have in common, roughly: headline, lead and name words, and twice the runs of
    words."""
    i = j = 0
    runs = words = 0
    while i < len(new) and j < len(other):  # without a branch in it: which mark comes next is anyone's guess
        mine, theirs = new[i], other[j]
        same = int(mine == theirs)
        runs += same & int(mine < np.uint32(CONTEXT << MARK_BITS))
        words += same & int(mine >= np.uint32(HEAD << MARK_BITS))
        i += int(mine <= theirs)
        j += int(theirs <= mine)
    return 2 * runs + words


@compiled
def weights(
    marks: NDArray[np.uint32], spread: NDArray[np.uint32], logarithms: NDArray[np.float64], scale: float
) -> NDArray[np.float64]:
    """The weight of each mark."""
    weights = np.empty(len(marks))
    for i in range(len(marks)):
        weights[i] = weight(marks[i], spread, logarithms, scale)
    return weights


@compiled
def _has(marks: NDArray[np.uint32], mark: np.uint32) -> bool:
    low, high = 0, len(marks)
    while low < high:
        middle = (low + high) // 2
        if marks[middle] < mark:
            low = middle + 1
        else:
            high = middle
    return low < len(marks) and marks[low] == mark


@compiled
def _known(marks: NDArray[np.uint32], mark: np.uint32) -> bool:
    """Does the story have this headline word in its headline, lead, names or numbers?"""
    said = mark & np.uint32(WHOLE - 1)
    for kind in (HEAD, LEAD, PROPER, VALUE):  # noqa: SIM110 - the compiler knows no generators
        if _has(marks, said | np.uint32(kind << MARK_BITS)):
            return True
    return False


@compiled
def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0


@compiled
def compare(
    new: NDArray[np.uint32],
    new_weights: NDArray[np.float64],
    other: NDArray[np.uint32],
    new_facts: NDArray[np.float64],
    other_facts: NDArray[np.float64],
    spread: NDArray[np.uint32],
    logarithms: NDArray[np.float64],
    scale: float,
    out: NDArray[np.float64],
) -> None:
    """Fill `out` with the FEATURES of two sketches; `new_weights` are those of `new`. Facts of a story: its two limits, words,
    numbers, 1 if revised, event time in seconds, a number for its source. `spread` counts in how many stories a mark was
    seen."""
    both = np.zeros(KINDS)
    mine = np.zeros(KINDS)
    theirs = np.zeros(KINDS)
    both_n = np.zeros(KINDS)
    mine_n = np.zeros(KINDS)
    theirs_n = np.zeros(KINDS)
    unknown = missing = rarest_unknown = rarest_missing = 0.0
    numbers_unknown = numbers_missing = 0
    limit = np.empty(KINDS)
    for kind in range(KINDS):
        limit[kind] = min(new_facts[kind], other_facts[kind]) if kind <= MASKED else float(WHOLE)
    i = j = 0
    while i < len(new) or j < len(other):
        in_new = j >= len(other) or (i < len(new) and new[i] <= other[j])
        in_other = i >= len(new) or (j < len(other) and other[j] <= new[i])
        mark = new[i] if in_new else other[j]
        place = i
        i += in_new
        j += in_other
        kind = int(mark >> np.uint32(MARK_BITS))
        if float(mark & np.uint32(WHOLE - 1)) >= limit[kind]:
            continue
        says = new_weights[place] if in_new else weight(mark, spread, logarithms, scale)
        if in_new:
            mine[kind] += says
            mine_n[kind] += 1
        if in_other:
            theirs[kind] += says
            theirs_n[kind] += 1
        if in_new and in_other:
            both[kind] += says
            both_n[kind] += 1
        elif kind == HEAD:
            value = (mark & np.uint32(WHOLE - 1)) | np.uint32(VALUE << MARK_BITS)
            if in_new:
                numbers_unknown += _has(new, value)
                if not _known(other, mark):
                    unknown += says
                    rarest_unknown = max(rarest_unknown, says)
            else:
                numbers_missing += _has(other, value)
                if not _known(new, mark):
                    missing += says
                    rarest_missing = max(rarest_missing, says)
    for place, kind in ((0, MASKED), (1, PLAIN), (14, HEAD), (19, LEAD), (22, PROPER)):
        out[place] = _share(both[kind], mine[kind] + theirs[kind] - both[kind])
    out[2] = out[0] - out[1]
    out[3] = _share(both[MASKED], mine[MASKED])
    out[4] = _share(both[MASKED], theirs[MASKED])
    out[5] = _share(both[PLAIN], mine[PLAIN])
    out[6] = _share(both[PLAIN], theirs[PLAIN])
    out[7] = math.log(1.0 + both_n[PLAIN])
    out[8] = _share(both_n[CONTEXT], min(mine_n[CONTEXT], theirs_n[CONTEXT]))
    out[9] = _share(both_n[FIGURE], both_n[CONTEXT])
    out[10] = max(0.0, both_n[CONTEXT] - both_n[FIGURE])
    out[11] = _share(both_n[VALUE], mine_n[VALUE] + theirs_n[VALUE] - both_n[VALUE])
    out[12] = _share(mine_n[VALUE] - both_n[VALUE], mine_n[VALUE])
    out[13] = _share(theirs_n[VALUE] - both_n[VALUE], theirs_n[VALUE])
    out[15] = _share(unknown, mine[HEAD])
    out[16] = _share(missing, theirs[HEAD])
    out[17] = rarest_unknown
    out[18] = rarest_missing
    out[20] = _share(both[LEAD], mine[LEAD])
    out[21] = _share(both[LEAD], theirs[LEAD])
    out[23] = _share(mine[PROPER] - both[PROPER], mine[PROPER])
    out[24] = _share(theirs[PROPER] - both[PROPER], theirs[PROPER])
    apart = abs(new_facts[5] - other_facts[5])
    out[25] = math.log(1.0 + apart / 3600.0)
    out[26] = min(14.0, abs(new_facts[5] // 86400.0 - other_facts[5] // 86400.0))
    out[27] = 1.0 if new_facts[6] == other_facts[6] else 0.0
    out[28] = new_facts[4]
    out[29] = math.log((1.0 + new_facts[2]) / (1.0 + other_facts[2]))
    out[30] = math.log(1.0 + min(new_facts[2], other_facts[2]))
    out[31] = math.log(1.0 + min(new_facts[3], other_facts[3]))
    out[32] = _share(new_facts[3], new_facts[2])
    out[33] = numbers_unknown
    out[34] = numbers_missing
    out[35] = math.log(1.0 + both_n[CONTEXT])
