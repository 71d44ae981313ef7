"""Stories on disk, waiting for their turn: read in any order, taken on by event time, within bounded memory."""

from __future__ import annotations

import os
import tempfile
from array import array
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, Final

from pipeline.story import Story, event_time

LAST: Final = datetime.max.replace(tzinfo=UTC)
"""The place of a story without any time."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LAST: Final = (LAST - _EPOCH) // _MICROSECOND


def place_in_time(story: Story) -> datetime:
    """Where a replay puts a story. One that is known to the day only comes at the day's end: what it copies came before it.
    One without any time comes last."""
    at = event_time(story)
    if at is None:
        return LAST
    return at + timedelta(days=1, seconds=-1) if story.published_precision == "day" else at


class Spool:
    """Records of stories in a temporary file; 16 bytes of memory each, so that a replay of any length is put in order."""

    def __init__(self) -> None:
        self._file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115
        self._at = array("q")  # microseconds since 1970
        self._ends = array("q", [0])

    def keep(self, record: bytes, at: datetime) -> None:
        """Writes a record down, with its place in time."""
        self._file.write(record)
        self._at.append((at - _EPOCH) // _MICROSECOND)
        self._ends.append(self._ends[-1] + len(record))

    def in_order(self) -> Iterator[tuple[datetime, bytes]]:
        """The records with their places in time, by these; those of one time in the order in which they were written."""
        self._file.flush()
        file, ends = self._file.fileno(), self._ends
        for number in sorted(range(len(self._at)), key=self._at.__getitem__):
            at = self._at[number]
            record = os.pread(file, ends[number + 1] - ends[number], ends[number])
            yield LAST if at == _LAST else _EPOCH + at * _MICROSECOND, record

    def close(self) -> None:
        """Removes the file."""
        self._file.close()
