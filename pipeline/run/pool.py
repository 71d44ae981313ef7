"""Several guarded processes doing the same job: answers come back as futures, a killed process harms one job."""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from types import TracebackType
from typing import Generic, TypeVar

from pipeline.guard import Guarded

A = TypeVar("A")
R = TypeVar("R")


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Pool(Generic[A, R]):
    """`size` child processes, each guarded; `job` must be picklable, and may keep what it loads between calls."""

    def __init__(
        self, job: Callable[[A], R], size: int, *, cpu_seconds: int, memory_bytes: int, wall_seconds: float
    ) -> None:
        self.size = size
        self._children = [
            Guarded(job, cpu_seconds=cpu_seconds, memory_bytes=memory_bytes, wall_seconds=wall_seconds)
            for _ in range(size)
        ]
        self._free: queue.SimpleQueue[Guarded[A, R]] = queue.SimpleQueue()
        for child in self._children:
            self._free.put(child)
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="pool")

    def submit(self, argument: A) -> Future[R]:
        """Gives a job to the next free process; the future raises what the job raised, or `Killed`."""
        return self._threads.submit(self._work, argument)

    def map(self, arguments: Iterable[A]) -> Iterator[tuple[A, Future[R]]]:
        """Each argument with its finished future, in order; a bounded number is under way, however long `arguments` is."""
        waiting = iter(arguments)
        under_way = [(argument, self.submit(argument)) for argument in islice(waiting, 2 * self.size)]
        while under_way:
            argument, future = under_way.pop(0)
            future.exception()
            yield argument, future
            under_way.extend((following, self.submit(following)) for following in islice(waiting, 1))

    def close(self) -> None:
        """Ends the processes."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        for child in self._children:
            child.close()

    def __enter__(self) -> Pool[A, R]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _work(self, argument: A) -> R:
        child = self._free.get()
        try:
            return child(argument)
        finally:
            self._free.put(child)
