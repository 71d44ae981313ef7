"""Runs a function in a process of its own, under limits of processor time, memory and wall time."""

from __future__ import annotations

import contextlib
import math
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, TypeVar

A = TypeVar("A")
R = TypeVar("R")

START_SECONDS = 60.0
"""A child that has not imported its function by then never will."""

END_SECONDS = 5.0
"""A child that closed its pipe is on its way out, with a status that says why."""

_CHILD = "import sys; sys.path[:] = sys.argv[2:]; from pipeline.guard import _serve; _serve(int(sys.argv[1]))"


class Killed(Exception):
    """The call went over a limit and was ended; the message says which, for a person."""


class _Child:
    """One process that answers calls, and the pipe to it."""

    def __init__(self, task: bytes) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            # Not multiprocessing: this neither forks a threaded parent nor runs __main__ again.
            self.process = subprocess.Popen(
                [sys.executable, "-c", _CHILD, str(theirs.fileno()), *sys.path],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # an interrupt at the terminal is the parent's to handle
            )
        self.pipe = Connection(ours.detach())
        self.ready = False
        with contextlib.suppress(OSError):  # dead already: the first call finds out
            self.pipe.send_bytes(task)

    def call(self, argument: bytes, wall_seconds: float) -> bytes:
        """Raises TimeoutError beyond `wall_seconds`, EOFError or OSError when the process ended."""
        if not self.ready:
            self._receive(START_SECONDS)
            self.ready = True
        self.pipe.send_bytes(argument)
        return self._receive(wall_seconds)

    def _receive(self, seconds: float) -> bytes:
        if not self.pipe.poll(seconds):
            raise TimeoutError
        return self.pipe.recv_bytes()

    def end(self, grace: float = 0.0) -> int:
        """The process's exit status, negative for a signal; it is killed if it still runs after `grace` seconds."""
        self.pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(grace)
        self.process.kill()
        return self.process.wait()


class Guarded(Generic[A, R]):
    """`function`, callable as ever, in one persistent child process. A call that breaches a limit raises
    Killed, and the next one finds a new child. The function must be importable by name; argument and result
    must be picklable. Exceptions of the function come back as themselves. Threads take turns."""

    def __init__(
        self,
        function: Callable[[A], R],
        *,
        cpu_seconds: int,
        memory_bytes: int,
        wall_seconds: float | None = None,
    ) -> None:
        """`cpu_seconds` of processor time and `wall_seconds` (three times that if not given) for one call;
        `memory_bytes` of address space beyond what the child has once the function is imported."""
        self._task = pickle.dumps((function, cpu_seconds, memory_bytes))
        self._cpu_seconds = cpu_seconds
        self._memory_bytes = memory_bytes
        self._wall_seconds = 3.0 * cpu_seconds if wall_seconds is None else wall_seconds
        self._lock = threading.Lock()
        self._child: _Child | None = _Child(self._task)

    def __call__(self, argument: A) -> R:
        """The function's result. Raises Killed, or what the function raises."""
        packed = pickle.dumps(argument, protocol=pickle.HIGHEST_PROTOCOL)
        with self._lock:
            answer = self._ask(packed)
        good, value = pickle.loads(answer)
        if good:
            return value  # type: ignore[no-any-return]
        if isinstance(value, MemoryError):
            raise Killed(self._over_memory())
        raise value

    def close(self) -> None:
        """Ends the child. Calls after it raise RuntimeError."""
        with self._lock:
            if self._child is not None:
                self._child.end()
                self._child = None

    def __enter__(self) -> Guarded[A, R]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, packed: bytes) -> bytes:
        if self._child is None:
            raise RuntimeError("closed")
        if self._child.process.poll() is not None:  # ended between two calls: not this argument's doing
            self._renew()
        try:
            return self._child.call(packed, self._wall_seconds)
        except TimeoutError:
            ready = self._child.ready
            self._renew()
            what = f"more than {self._wall_seconds:g} s" if ready else "its process did not start"
            raise Killed(f"took too long: {what}") from None
        except (EOFError, OSError):
            raise Killed(self._reason(self._renew(END_SECONDS))) from None

    def _renew(self, grace: float = 0.0) -> int:
        assert self._child is not None
        status = self._child.end(grace)
        self._child = _Child(self._task)
        return status

    def _reason(self, status: int) -> str:
        if status == -signal.SIGXCPU:
            return f"took more than {self._cpu_seconds} s of processor time"
        if status == _NO_MEMORY:
            return self._over_memory()
        if status < 0:
            return f"ended its process with {signal.Signals(-status).name}"
        return f"ended its process with status {status}"

    def _over_memory(self) -> str:
        return f"needed more than {self._memory_bytes // 2**20} MiB of memory"


_NO_MEMORY = 86
"""Exit status of a child that ran out of memory: it may not have enough left to say so otherwise."""


def _serve(descriptor: int) -> None:
    """The child's whole life: one answer for one argument, until the pipe closes."""
    with contextlib.suppress(EOFError, OSError):  # the parent closed the pipe or ended
        _answer_all(Connection(descriptor))


def _answer_all(pipe: Connection) -> None:
    function, cpu_seconds, memory_bytes = pickle.loads(pipe.recv_bytes())
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _limit(resource.RLIMIT_AS, _address_space() + memory_bytes)
    pipe.send_bytes(b"ready")
    while True:
        packed = pipe.recv_bytes()
        _limit(resource.RLIMIT_CPU, math.ceil(_processor_seconds()) + cpu_seconds)
        try:
            pipe.send_bytes(_answer(function, packed))
        except MemoryError:
            os._exit(_NO_MEMORY)
        _limit(resource.RLIMIT_CPU, resource.RLIM_INFINITY)


def _answer(function: Callable[[Any], Any], packed: bytes) -> bytes:
    """What the parent reads: (True, result) or (False, exception), pickled. MemoryError is raised."""
    try:
        return pickle.dumps((True, function(pickle.loads(packed))), protocol=pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        raise
    except Exception as error:
        error.add_note("".join(traceback.format_tb(error.__traceback__)))
        try:
            answer = pickle.dumps((False, error))
            pickle.loads(answer)  # an exception with arguments of its own may pickle and yet not come back
        except Exception:
            answer = pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
        return answer


def _limit(which: int, value: int) -> None:
    """Sets the soft limit, as far as the hard one allows."""
    hard = resource.getrlimit(which)[1]
    if hard != resource.RLIM_INFINITY:
        value = hard if value == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, hard))


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _address_space() -> int:
    """Bytes of address space in use now; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    except OSError:
        return 0
