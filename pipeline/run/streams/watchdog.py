"""Ends a worker that has stories waiting and moves none: better a new one at the last commit than one that sits there."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

import structlog

from pipeline.kafka.topics import Topics
from pipeline.run.metrics import Metrics

log = structlog.get_logger("wire.process")

LOOK_SECONDS = 1.0
STUCK = 70
"""Exit code of a worker that was ended for not moving."""


class Watchdog:
    """Knows when the worker last moved stories, or had none to move."""

    def __init__(self, stuck_seconds: float) -> None:
        self._stuck = stuck_seconds
        self._moved = time.monotonic()
        self.reason = ""
        self.ready = "it has no partitions yet"
        """Why the worker is not ready; empty where it is."""
        self.lag: dict[tuple[str, int], int] = {}
        """Stories that wait, by topic and partition."""

    def moved(self) -> None:
        """A batch went through."""
        self._moved = time.monotonic()

    async def run(self, app: Any, topics: Topics, metrics: Metrics) -> None:
        """Looks every second, for ever."""
        named = {topics.raw.name, topics.clean.name, topics.decided.name}
        while True:
            self.lag = _lag(app, named)
            for (topic, partition), waiting in self.lag.items():
                metrics.waiting.labels(topic, str(partition)).set(waiting)
            recovering = not app.tables.recovery.completed.is_set() if app.tables.data else False
            self.ready = "its table is being recovered" if recovering else ""
            if not recovering and not any(self.lag.values()):
                self.moved()
            still = time.monotonic() - self._moved
            if still > self._stuck:
                self.reason = (
                    f"nothing moved for {still:.0f} s, with {sum(self.lag.values())} stories waiting"
                )
                log.error("worker ends", reason=self.reason)
                # An orderly stop would wait for what does not move.
                os._exit(STUCK)
            await asyncio.sleep(LOOK_SECONDS)


def _lag(app: Any, named: set[str]) -> dict[tuple[str, int], int]:
    """Messages behind the last commit, in the partitions that this worker has."""
    lag: dict[tuple[str, int], int] = {}
    for tp in app.consumer.assignment():
        if tp.topic in named and (end := app.consumer.highwater(tp)):
            lag[tp.topic, tp.partition] = max(0, end - (app.consumer._committed_offset.get(tp) or 0))
    return lag
