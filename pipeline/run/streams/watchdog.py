"""Ends a worker that has stories waiting and moves none: better a new one at the last commit than one that sits there."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, NamedTuple

import structlog
from faust.exceptions import ConsumerNotStarted

from pipeline.run.metrics import Metrics

log = structlog.get_logger("wire.process")

LOOK_SECONDS = 0.5
STUCK = 70
"""Exit code of a worker that was ended for not moving."""

RECOVERY = "recovery"

PASSED_BY = 10
"""A partition has been forgotten when so many batches of its topic were done and it was in none."""


class Lag(NamedTuple):
    """How a partition stands."""

    waiting: int
    """Messages behind the last commit."""
    done: int
    """The last commit."""


class _Partition(NamedTuple):
    done: int
    moved: float
    batches: int
    """Of its topic, that had been done when it last moved."""


class Standstill:
    """Knows when each part of a worker last moved. Pure but for the clock that it is given."""

    def __init__(self, stuck_seconds: float, clock: Callable[[], float]) -> None:
        self._stuck = stuck_seconds
        self._clock = clock
        self._looked = clock()
        self._moved: dict[str, float] = {}
        self._busy: set[str] = set()
        self._batches: Counter[str] = Counter()
        self._partitions: dict[tuple[str, int], _Partition] = {}
        self._remaining = -1

    def began(self, topic: str) -> None:
        """It has a batch to do."""
        self._moved[topic] = self._clock()
        self._busy.add(topic)

    def moved(self, topic: str) -> None:
        """It has done its batch, or has none to do."""
        self._moved[topic] = self._clock()
        self._batches[topic] += 1
        self._busy.discard(topic)

    def look(self, lags: Mapping[tuple[str, int], Lag], recovering: int | None) -> None:
        """The event loop still turns: how the partitions of this worker stand, and how many messages the table lacks, None once
        it is whole."""
        now = self._looked = self._clock()
        waiting: Counter[str] = Counter()
        for (topic, _), lag in lags.items():
            waiting[topic] += lag.waiting
        for topic, messages in waiting.items():
            if topic not in self._busy and (
                topic not in self._moved or not messages or recovering is not None
            ):
                self._moved[topic] = now
        for topic in self._moved.keys() - waiting.keys() - self._busy - {RECOVERY}:
            del self._moved[topic]  # another worker has it now
        before, self._partitions = self._partitions, {}
        for place, lag in lags.items():
            known = before.get(place)
            if known is None or not lag.waiting or lag.done != known.done or recovering is not None:
                known = _Partition(lag.done, now, self._batches[place[0]])
            self._partitions[place] = known
        if RECOVERY not in self._moved or recovering is None or recovering != self._remaining:
            self._remaining = -1 if recovering is None else recovering
            self._moved[RECOVERY] = now

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
        for (topic, partition), one in self._partitions.items():
            passed_by = self._batches[topic] - one.batches
            if (still := self._clock() - one.moved) > self._stuck and passed_by >= PASSED_BY:
                return f"{topic}/{partition}: stories wait, and none has moved for {still:.0f} s, while others do"
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
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._guard, args=[loop], name="watchdog", daemon=True).start()
        while True:
            if self.outlived():
                _end(f"it stood still for {self._standstill.silence:.1f} s, and others may have its work")
            lag = self._lag()
            for (topic, partition), one in lag.items():
                self._metrics.waiting.labels(topic, str(partition)).set(one.waiting)
            for topic, partition in self._shown - lag.keys():  # others have them now
                self._metrics.waiting.remove(topic, str(partition))
            self._shown = set(lag)
            self._standstill.look(lag, self._missing())
            await asyncio.sleep(LOOK_SECONDS)

    def _guard(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread of its own, as an event loop that stands still does not say so itself."""
        while True:
            if reason := self._standstill.reason:
                if self._standstill.recovery_stuck and self._recovering:
                    self._condemn()
                faulthandler.dump_traceback()  # of the threads
                _end(reason, waits=waits(loop))
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

    def _lag(self) -> dict[tuple[str, int], Lag]:
        """How the partitions stand that this worker has."""
        lag: dict[tuple[str, int], Lag] = {}
        consumer = self._app._consumer
        try:
            assigned = consumer.assignment() if consumer is not None else set()
        except ConsumerNotStarted:
            return lag
        for tp in assigned:
            if tp.topic in self._consumed and (end := consumer.highwater(tp)):
                done = consumer._committed_offset.get(tp) or consumer._read_offset.get(tp)
                lag[tp.topic, tp.partition] = Lag(max(0, end - done) if done else 0, done or 0)
        return lag


def waits(loop: asyncio.AbstractEventLoop) -> list[str]:
    """Where each task of a loop waits: its innermost lines, for whoever has to find out why nothing moves."""
    return [
        " < ".join(f"{frame.f_code.co_name}:{frame.f_lineno}" for frame in _frames(task))
        for task in asyncio.all_tasks(loop)
    ]


def _frames(task: asyncio.Task[Any]) -> list[FrameType]:
    """From the inside out, through all that is awaited."""
    frames: list[FrameType] = []
    waiting: Any = task.get_coro()
    while waiting is not None:
        frame = getattr(waiting, "cr_frame", None) or getattr(waiting, "ag_frame", None)
        if frame is not None:
            frames.append(frame)
        waiting = getattr(waiting, "cr_await", None) or getattr(waiting, "ag_await", None)
    return frames[::-1]


def _end(reason: str, **more: object) -> None:
    log.error("worker ends", reason=reason, **more)
    # An orderly stop would wait for what does not move.
    os._exit(STUCK)
