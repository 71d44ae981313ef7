"""The service on one machine, run for real and killed: every file's story is in the store once, whatever moment it died at."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from pipeline.index import Query
from pipeline.index.sqlite import SqliteIndex
from pipeline.store import StoreError, open_reader

PATIENCE = 60.0
"""Seconds that a slow machine may take for what takes one."""

FILES = 60


@contextmanager
def service(tmp_path: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {
        "WIRE_ENRICH_ENABLED": "false",
        "WIRE_FOLDERS_SETTLE_SECONDS": "0",
        "WIRE_FOLDERS_SCAN_SECONDS": "0.05",
        "WIRE_LOG_FORMAT": "json",
    }
    command = [
        sys.executable,
        "-m",
        "pipeline.cli",
        "--store",
        str(tmp_path / "wire.db"),
        "run",
        "--port",
        "0",
        *options,
    ]
    starts = running(tmp_path)
    with (
        (tmp_path / "log").open("ab") as log,
        subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=log) as process,
    ):
        try:
            until(lambda: running(tmp_path) > starts, process, tmp_path)
            yield process
        finally:
            process.kill()


def running(tmp_path: Path) -> int:
    """How often a service has said that it runs."""
    log = tmp_path / "log"
    return log.read_bytes().count(b'"event": "running"') if log.exists() else 0


def until(true: Callable[[], bool], process: subprocess.Popen[bytes], tmp_path: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert process.poll() is None, (tmp_path / "log").read_text()
        assert time.monotonic() < deadline, (tmp_path / "log").read_text()
        time.sleep(0.02)


def stories(tmp_path: Path) -> int:
    try:
        with closing(open_reader(tmp_path / "wire.db")) as connection:
            return SqliteIndex(connection).counts().stories
    except StoreError:
        return 0


def holds(tmp_path: Path, count: int) -> bool:
    return stories(tmp_path) >= count


def put(tmp_path: Path, n: int) -> None:
    draft = tmp_path / f"pilot-{n}.txt"
    draft.write_text(
        f"Pilot {n} reports fog\n\nPilot boat number {n} reported thick fog off Ostend on Tuesday, harbour master Smit said.\n",
        "utf-8",
    )
    draft.rename(tmp_path / "in" / "desk" / draft.name)


def test_killed_again_and_again_it_has_every_story_once(tmp_path: Path) -> None:
    (tmp_path / "in" / "desk").mkdir(parents=True)
    put(tmp_path, 0)
    sent = 1
    for kill in range(4):
        with service(tmp_path, "--folder", str(tmp_path / "in")) as process:
            until(partial(holds, tmp_path, sent), process, tmp_path)
            for _ in range(FILES // 4):
                put(tmp_path, sent)
                sent += 1
            # Each round dies at another point of the work on what has just been put.
            until(partial(holds, tmp_path, sent - FILES // 4 + kill * 4), process, tmp_path)
            process.send_signal(signal.SIGKILL)
            process.wait()
    with service(tmp_path, "--folder", str(tmp_path / "in")) as process:
        until(
            lambda: stories(tmp_path) >= sent and not list((tmp_path / "in" / "desk").glob("*.txt")),
            process,
            tmp_path,
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    with closing(open_reader(tmp_path / "wire.db")) as connection:
        index = SqliteIndex(connection)
        page = index.search(Query(limit=500))
        counts = index.counts()
    assert sorted(hit.story.guid for hit in page.hits) == sorted(f"pilot-{n}" for n in range(sent))
    assert (counts.stories, counts.versions) == (sent, sent)
    assert len(list((tmp_path / "in" / "desk" / "done").glob("*.txt"))) == sent


def test_it_answers_for_its_health_and_tells_its_metrics(tmp_path: Path) -> None:
    (tmp_path / "in" / "desk").mkdir(parents=True)
    put(tmp_path, 1)
    with service(tmp_path, "--folder", str(tmp_path / "in")) as process:
        until(lambda: stories(tmp_path) == 1, process, tmp_path)
        lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
        page = next(line["page"] for line in lines if line["event"] == "running")
        for address in ("health", "ready"):
            with urllib.request.urlopen(page + address) as answer:
                assert answer.status == 200
        with urllib.request.urlopen(page + "metrics") as answer:
            metrics = answer.read().decode()
        assert 'wire_stories_total{outcome="new",source="desk"} 1.0' in metrics
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


def test_a_second_service_on_the_same_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with service(tmp_path, "--folder", str(tmp_path / "in")) as process:
        until(
            lambda: (tmp_path / "wire.db.lock").exists() and b"running" in (tmp_path / "log").read_bytes(),
            process,
            tmp_path,
        )
        command = [
            sys.executable,
            "-m",
            "pipeline.cli",
            "--store",
            str(tmp_path / "wire.db"),
            "run",
            "--port",
            "0",
        ]
        second = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert second.returncode == 2
        assert f"in use by process {process.pid}" in second.stderr
