"""What a caller of Guarded can rely on, with real processes."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.guard import Guarded, Killed

MEMORY = 256 * 2**20


@pytest.fixture(scope="module")
def loads() -> Iterator[Guarded[Any, Any]]:
    with Guarded(json.loads, cpu_seconds=5, memory_bytes=MEMORY) as guarded:
        yield guarded


def test_answers_like_the_function(loads: Guarded[Any, Any]) -> None:
    assert loads('{"a": [1, 2]}') == {"a": [1, 2]}


def test_exceptions_come_back_as_themselves_and_the_child_lives_on(loads: Guarded[Any, Any]) -> None:
    with pytest.raises(json.JSONDecodeError) as caught:
        loads("{")
    assert caught.value.pos == 1
    assert loads("1") == 1


def test_large_arguments_and_results(loads: Guarded[Any, Any]) -> None:
    text = "x" * 20_000_000
    assert loads(json.dumps(text)) == text


def test_threads_take_turns(loads: Guarded[Any, Any]) -> None:
    answers: dict[int, object] = {}

    def ask(number: int) -> None:
        answers[number] = loads(str(number))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: number for number in range(20)}


def test_an_endless_computation_is_ended_and_the_next_call_works() -> None:
    endless: Guarded[Any, Any] = Guarded(max, cpu_seconds=1, memory_bytes=MEMORY, wall_seconds=60)
    with endless as guarded:
        with pytest.raises(Killed, match="processor time"):
            guarded(range(10**13))
        assert guarded([1, 2]) == 2


def test_the_limit_is_for_each_call_not_for_the_process() -> None:
    """Three calls of about half a second under a limit of one."""
    with Guarded(exec, cpu_seconds=1, memory_bytes=MEMORY, wall_seconds=60) as guarded:
        for _ in range(3):
            guarded("for _ in range(12_000_000): pass")


def test_too_much_memory_is_refused_and_the_next_call_works() -> None:
    with Guarded(bytes, cpu_seconds=5, memory_bytes=MEMORY) as guarded:
        with pytest.raises(Killed, match="256 MiB of memory"):
            guarded(2**30)
        assert guarded(3) == b"\0\0\0"


def test_waiting_is_ended_too() -> None:
    with Guarded(time.sleep, cpu_seconds=5, memory_bytes=MEMORY, wall_seconds=0.1) as guarded:
        with pytest.raises(Killed, match="took too long"):
            guarded(600)
        assert guarded(0) is None


def test_a_child_that_crashes_costs_one_call() -> None:
    with Guarded(signal.raise_signal, cpu_seconds=5, memory_bytes=MEMORY) as guarded:
        with pytest.raises(Killed, match="ended its process with SIGSEGV"):
            guarded(signal.SIGSEGV)
        with pytest.raises(Killed, match="SIGKILL"):
            guarded(signal.SIGKILL)


def test_a_child_killed_while_idle_costs_no_call() -> None:
    with Guarded(bytes.fromhex, cpu_seconds=5, memory_bytes=MEMORY) as guarded:
        assert guarded("61") == b"a"
        assert guarded._child is not None
        guarded._child.process.kill()
        guarded._child.process.wait()
        assert guarded("62") == b"b"


def test_closed_means_closed() -> None:
    guarded = Guarded(len, cpu_seconds=5, memory_bytes=MEMORY)
    guarded.close()
    guarded.close()
    with pytest.raises(RuntimeError, match="closed"):
        guarded("a")


def test_a_call_costs_little(loads: Guarded[Any, Any]) -> None:
    """The fastest of many, so that a busy machine does not fail it."""
    times = []
    for _ in range(200):
        start = time.perf_counter()
        loads("1")
        times.append(time.perf_counter() - start)
    assert min(times) < 0.001
