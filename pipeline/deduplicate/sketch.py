"""The signature of a story: a few hundred numbers by which two stories are compared without their texts."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.deduplicate.compiled import compiled
from pipeline.deduplicate.words import FLAG_BITS, NAME, NUMBER, REVISED, SHORT, UNIT, Words

PLAIN: Final = 0
"""Runs of three words: the sample with the smallest hashes."""
MASKED: Final = 1
"""The same with every number made one: what a template is."""
CONTEXT: Final = 2
"""The words around a number."""
FIGURE: Final = 3
"""A number with the words around it."""
VALUE: Final = 4
"""A number."""
HEAD: Final = 5
"""Words and numbers of the headline."""
LEAD: Final = 6
"""The first words of the body."""
PROPER: Final = 7
"""Words that begin with a capital."""
KINDS: Final = 8

ROOM: Final = (48, 48, 24, 24, 24, 16, 24, 20)
"""Marks of each kind that a sketch holds at most."""
MARKS: Final = sum(ROOM)
MARK_BITS: Final = 29
"""A mark is its kind, then so many bits of hash, in 32 bits: sorted, the kinds stand together."""
HEADLINE: Final = 1_000
"""Characters of a headline that are looked at."""
WHOLE: Final = 1 << MARK_BITS
"""The limit of a sample that is the whole."""


class Sketch(NamedTuple):
    """A story's signature."""

    marks: NDArray[np.uint32]
    """Sorted, each once: kind above 29 bits of hash."""
    limits: tuple[int, int]
    """Of PLAIN and MASKED: every run with a smaller hash is in the marks. Two stories are compared below
    the lower limit."""
    words: int
    numbers: int
    revised: bool
    """The headline, or the wire, says that this is another version."""


def sketch(headline: str, body: str, revised: bool, words: Words) -> Sketch:
    """The signature of a text; `revised` where it is known to be another version. Takes bounded time and
    room, whatever the text."""
    codes, head = words.codes(headline[:HEADLINE], body)
    marks, count, numbers, marked = _marks(codes, head, _ROOM)
    marks.sort()  # numpy's, many times as fast as a compiled one
    kept, plain, masked = _sampled(marks, _ROOM)
    return Sketch(kept, (plain, masked), count, numbers, revised or marked)


_ROOM = np.array(ROOM, dtype=np.int64)


@compiled
def _mixed(a: np.uint64, b: np.uint64, c: np.uint64) -> np.uint64:
    x = (
        a * np.uint64(0x9E3779B97F4A7C15)
        + b * np.uint64(0xC2B2AE3D27D4EB4F)
        + c * np.uint64(0x165667B19E3779F9)
    )
    x ^= x >> np.uint64(29)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    return x >> np.uint64(35)


@compiled
def _mark(kind: int, hashed: np.uint64) -> np.uint32:
    return np.uint32((np.uint64(kind) << np.uint64(29)) | hashed)


@compiled
def _marks(
    codes: NDArray[np.uint64], head: int, room: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], int, int, bool]:
    """All marks of a text, unsorted; its words and numbers; whether the headline says that it is another version."""
    total = len(codes)
    plain = np.empty(total, np.uint64)  # hashes of the words that count
    masked = np.empty(total, np.uint64)
    flags = np.empty(total, np.uint64)
    words = 0
    in_head = 0
    revised = False
    for i in range(total):
        code = codes[i]
        flag = code & np.uint64(255)
        if i < head and flag & np.uint64(REVISED):
            revised = True
        if flag & np.uint64(UNIT) or (i < head and flag & np.uint64(REVISED)):
            continue
        plain[words] = code >> np.uint64(FLAG_BITS)
        masked[words] = np.uint64(7) if flag & np.uint64(NUMBER) else plain[words]
        flags[words] = flag
        words += 1
        if i < head:
            in_head = words
    marks = np.empty(2 * words + 8 * 24, np.uint32)
    filled = 0
    one = np.uint64(1)
    for i in range(words - 2):
        marks[filled] = _mark(PLAIN, _mixed(plain[i], plain[i + 1], plain[i + 2]))
        marks[filled + 1] = _mark(MASKED, _mixed(masked[i], masked[i + 1], masked[i + 2]))
        filled += 2
    numbers = 0
    leading = 0
    proper = 0
    for i in range(words):
        is_number = flags[i] & np.uint64(NUMBER)
        if is_number:
            if numbers < room[CONTEXT]:
                before = masked[i - 1] if i > 0 else one
                earlier = masked[i - 2] if i > 1 else one
                after = masked[i + 1] if i + 1 < words else one
                around = _mixed(earlier, before, after)
                marks[filled] = _mark(CONTEXT, around)
                marks[filled + 1] = _mark(FIGURE, _mixed(around, plain[i], one))
                marks[filled + 2] = _mark(VALUE, _mixed(plain[i], one, one))
                filled += 3
            numbers += 1
        said = _mixed(plain[i], one, one)
        if i < in_head:
            if i < room[HEAD]:
                marks[filled] = _mark(HEAD, said)
                filled += 1
        elif not is_number and not flags[i] & np.uint64(SHORT):
            if leading < room[LEAD]:
                marks[filled] = _mark(LEAD, said)
                filled += 1
                leading += 1
            if flags[i] & np.uint64(NAME) and proper < room[PROPER]:
                marks[filled] = _mark(PROPER, said)
                filled += 1
                proper += 1
    return marks[:filled].copy(), words, numbers, revised


@compiled
def _sampled(marks: NDArray[np.uint32], room: NDArray[np.int64]) -> tuple[NDArray[np.uint32], int, int]:
    """Of sorted marks, each once, as many of each kind as there is room for; the limits of PLAIN and MASKED."""
    kept = np.empty(len(marks), np.uint32)
    limits = np.empty(2, np.int64)
    limits[PLAIN] = limits[MASKED] = WHOLE
    count = 0
    of_kind = 0
    last_kind = -1
    for i in range(len(marks)):
        if i > 0 and marks[i] == marks[i - 1]:
            continue
        kind = int(marks[i] >> np.uint32(29))
        if kind != last_kind:
            last_kind, of_kind = kind, 0
        if of_kind == room[kind]:
            if kind <= MASKED and limits[kind] == WHOLE:
                limits[kind] = int(marks[i] & np.uint32(WHOLE - 1))
            continue
        kept[count] = marks[i]
        count += 1
        of_kind += 1
    return kept[:count].copy(), limits[PLAIN], limits[MASKED]
