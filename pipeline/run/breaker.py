"""Tells a story that cannot be processed from a stage that cannot process: the second must stop, not fill the dead letters."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence


class Tripped(Exception):
    """Too much fails for it to be the stories' fault; the message says how much, and the last reason."""


class Breaker:
    """Watches how the stories of one partition fare, in order."""

    def __init__(self, run: int = 100, window: int = 1_000, share: float = 0.5) -> None:
        """Trips at `run` failures one after another, and at a `share` of the last `window` stories once so many were seen."""
        self._run = run
        self._share = share
        self._last: deque[bool] = deque(maxlen=window)
        self._failed = 0
        self._in_a_row = 0
        self._reason = ""
        """Of the last failure."""

    def saw(self, well: int, failures: Sequence[str]) -> None:
        """Takes a batch into account: stories that went well, and why the others did not. Raises Tripped."""
        for _ in range(well):
            self._take(failed=False)
        for self._reason in failures:
            self._take(failed=True)
        if self._in_a_row >= self._run:
            raise Tripped(f"{self._in_a_row} stories in a row failed; the last: {self._reason}")
        if len(self._last) == self._last.maxlen and self._failed >= self._share * len(self._last):
            raise Tripped(
                f"{self._failed} of the last {len(self._last)} stories failed; the last: {self._reason}"
            )

    def _take(self, failed: bool) -> None:
        if len(self._last) == self._last.maxlen:
            self._failed -= self._last[0]
        self._last.append(failed)
        self._failed += failed
        self._in_a_row = self._in_a_row + 1 if failed else 0
