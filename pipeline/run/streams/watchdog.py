"""Ends a worker that has stories waiting and moves none: better a new one at the last commit than one that sits there."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from faust.exceptions import ConsumerNotStarted

from pipeline.run.metrics import Metrics

log = structlog.get_logger("wire.process")

LOOK_SECONDS = 0.5
STUCK = 70
"""Exit code of a worker that was ended for not moving."""

RECOVERY = "recovery"


class Standstill:
    """Knows when each part of a worker last moved. Pure but for the clock that it is given."""

    def __init__(self, stuck_seconds: float, clock: Callable[[], float]) -> None:
        self._stuck = stuck_seconds
        self._clock = clock
        self._looked = clock()
        self._moved: dict[str, float] = {}
        self._busy: set[str] = set()
        self._remaining = -1

    def began(self, part: str) -> None:
        """It has a batch to do."""
        self._moved[part] = self._clock()
        self._busy.add(part)

    def moved(self, part: str) -> None:
        """It has done its batch, or has none to do."""
        self._moved[part] = self._clock()
        self._busy.discard(part)

    def look(self, waiting: Mapping[str, int], recovering: int | None) -> None:
        """The event loop still turns: what waits on each topic, and how many messages the table lacks, None once it is whole."""
        self._looked = self._clock()
        for topic, messages in waiting.items():
            if topic in self._busy:
                continue
            if topic not in self._moved or not messages or recovering is not None:
                self.moved(topic)
        if RECOVERY not in self._moved or recovering is None or recovering != self._remaining:
            self._remaining = -1 if recovering is None else recovering
            self.moved(RECOVERY)

    @property
    def silence(self) -> float:
        """Seconds since the event loop was last heard of."""
        return self._clock() - self._looked

    @property
    def reason(self) -> str:
        """Why the worker has to end; empty while it need not."""
        if self.silence > self._stuck:
            return f"its event loop has stood still for {self.silence:.0f} s"
        for part, at in self._moved.items():
            if (still := self._clock() - at) > self._stuck:
                settling = "the group does not settle, or its table does not recover"
                what = settling if part == RECOVERY else f"{part}: stories wait"
                return f"{what}, and nothing has moved for {still:.0f} s"
        return ""

    @property
    def recovery_stuck(self) -> bool:
        """It is the recovery of the table that does not move."""
        return self._clock() - self._moved.get(RECOVERY, self._clock()) > self._stuck


class Watchdog:
    """Looks at a worker every half second."""

    def __init__(
        self,
        app: Any,
        consumed: frozenset[str],
        metrics: Metrics,
        stuck: float,
        session: float,
        condemn: Callable[[], None],
    ) -> None:
        """`condemn` is called before it ends a worker whose table does not recover. `stuck` and `session` are seconds."""
        self._app = app
        self._consumed = consumed
        self._metrics = metrics
        self._session = session
        self._standstill = Standstill(stuck, time.monotonic)
        self._shown: set[tuple[str, int]] = set()
        self.began = self._standstill.began
        self.moved = self._standstill.moved
        self._condemn = condemn

    @property
    def ready(self) -> str:
        """Why the worker is not ready; empty where it is."""
        if self._app.tables.actives_ready:
            return ""
        return "its table is being recovered" if self._recovering else "it has no partitions yet"

    def outlived(self) -> bool:
        """The process stood still for so long that another worker may have its partitions, and it does not know: its session is
        counted from its last heartbeat, a third of a session before at most."""
        return self._standstill.silence > self._session * 2 / 3

    async def run(self) -> None:
        """Looks, for ever. Begun with the event loop: a group that never settles is noticed, too."""
        self._standstill.look({}, self._missing())
        threading.Thread(target=self._guard, name="watchdog", daemon=True).start()
        while True:
            if self.outlived():
                _end(f"it stood still for {self._standstill.silence:.1f} s, and others may have its work")
            lag = self._lag()
            waiting = {topic: 0 for topic, _ in lag}
            for (topic, partition), messages in lag.items():
                waiting[topic] += messages
                self._metrics.waiting.labels(topic, str(partition)).set(messages)
            for topic, partition in self._shown - lag.keys():  # others have them now
                self._metrics.waiting.remove(topic, str(partition))
            self._shown = set(lag)
            self._standstill.look(waiting, self._missing())
            await asyncio.sleep(LOOK_SECONDS)

    def _guard(self) -> None:
        """In a thread of its own, as an event loop that stands still does not say so itself."""
        while True:
            if reason := self._standstill.reason:
                if self._standstill.recovery_stuck and self._recovering:
                    self._condemn()
                _end(reason)
            time.sleep(LOOK_SECONDS)

    @property
    def _recovering(self) -> bool:
        recovery = self._app.tables._recovery  # the property would make one before its time
        return recovery is not None and bool(recovery.in_recovery)

    def _missing(self) -> int | None:
        """Messages of the changelog that the table lacks; None where it is whole."""
        if self._app.tables.actives_ready:
            return None
        return max(0, int(self._app.tables.recovery.active_remaining_total())) if self._recovering else 0

    def _lag(self) -> dict[tuple[str, int], int]:
        """Messages behind the last commit, in the partitions that this worker has."""
        lag: dict[tuple[str, int], int] = {}
        consumer = self._app._consumer
        try:
            assigned = consumer.assignment() if consumer is not None else set()
        except ConsumerNotStarted:
            return lag
        for tp in assigned:
            if tp.topic in self._consumed and (end := consumer.highwater(tp)):
                done = consumer._committed_offset.get(tp) or consumer._read_offset.get(tp)
                lag[tp.topic, tp.partition] = max(0, end - done) if done else 0
        return lag


def _end(reason: str) -> None:
    log.error("worker ends", reason=reason)
    # An orderly stop would wait for what does not move.
    os._exit(STUCK)
