"""The running service collects from an FTP server and is killed again and again: every file's story is there once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.index import Query
from pipeline.index.sqlite import SqliteIndex
from pipeline.store import StoreError, open_reader

if TYPE_CHECKING:
    from conftest import FtpServer

PATIENCE = 120.0
FILES = 40


@contextmanager
def service(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {
        "WIRE_ENRICH_ENABLED": "false",
        "WIRE_COLLECT_SETTLE_SECONDS": "0",
        "WIRE_COLLECT_INTERVAL_LEAST": "1",
        "WIRE_COLLECT_HOST_GAP_SECONDS": "0",
        "DESK_PASSWORD": "pilot boat 7",
    }
    command = [sys.executable, "-m", "pipeline.cli", "--store", "wire.db", "run", "--port", "0"]
    with (
        (folder / "log").open("ab") as log,
        subprocess.Popen(command, env=environment, cwd=folder, stderr=log) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def stories(folder: Path) -> list[str]:
    try:
        with closing(open_reader(folder / "wire.db")) as connection:
            return sorted(hit.story.headline for hit in SqliteIndex(connection).search(Query(limit=500)).hits)
    except StoreError:
        return []


def until(folder: Path, count: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while len(stories(folder)) < count:
        assert process.poll() is None, (folder / "log").read_text()
        assert time.monotonic() < deadline, (folder / "log").read_text()
        time.sleep(0.02)


def test_killed_again_and_again_it_has_every_file_s_story_once(server: FtpServer, tmp_path: Path) -> None:
    inbox = tmp_path / "server" / "in"
    inbox.mkdir(parents=True)
    for n in range(FILES):
        (inbox / f"{n}.txt").write_text(
            f"Pilot {n} reports fog\n\nPilot boat number {n} reported thick fog on Tuesday.\n"
        )
    with server(inbox.parent) as port:
        (tmp_path / "feeds.toml").write_text(
            f'[[feed]]\nname = "desk"\nurl = "ftp://desk@127.0.0.1:{port}/in"\nsecret = "env:DESK_PASSWORD"\n'
            'allow_private = true\ntaken = "delete"\n'
        )
        for reached in (1, 18):
            with service(tmp_path) as process:
                until(tmp_path, reached, process)
                process.send_signal(signal.SIGKILL)
                process.wait()
        with service(tmp_path) as process:
            until(tmp_path, FILES, process)
            deadline = time.monotonic() + PATIENCE
            while list(inbox.glob("*.txt")):
                assert time.monotonic() < deadline, (tmp_path / "log").read_text()
                time.sleep(0.02)
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
    assert stories(tmp_path) == sorted(f"Pilot {n} reports fog" for n in range(FILES))
    with closing(open_reader(tmp_path / "wire.db")) as connection:
        assert SqliteIndex(connection).counts().versions == FILES
    assert "pilot boat 7" not in (tmp_path / "log").read_text()
