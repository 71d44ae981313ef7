"""From a file's arrival in a watched folder to the story in search: median and 99th percentile, on a running `wire run`.

    python -m bench.latency [--files 200] [--rate 10] [--settle 0.1]

Each file is moved in whole, at a steady rate; a reader asks the index for each story until it is there."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pipeline.story import story_id

TEXT = """Harbour pilot {n} reports fog off {place}

By Jane Mason | Aug 6, 2024

{place}, Aug 6 (Meridian) - Pilot boat {n} reported thick fog at {n}00 hours on Tuesday, said harbour master Pieter Smit.

Ships bound for Rotterdam and Antwerp waited outside, the port authority of {place} said in notice {n}.
"""


def main() -> None:
    """Prints the table and the JSON."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--files", type=int, default=200)
    arguments.add_argument("--rate", type=float, default=10.0, help="files a second")
    arguments.add_argument("--settle", type=float, default=0.1, help="folders.settle_seconds")
    args = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seconds = measure(Path(folder), args.files, args.rate, args.settle)
    ordered = sorted(seconds)
    result = {
        "files": len(ordered),
        "rate": args.rate,
        "settle_seconds": args.settle,
        "p50": statistics.median(ordered),
        "p99": ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))],
        "worst": ordered[-1],
    }
    for name, value in result.items():
        print(f"{name:<16} {value:>8.3f}")
    print(json.dumps(result))


def measure(folder: Path, files: int, rate: float, settle: float) -> list[float]:
    """Seconds from move to search for each file."""
    inbox = folder / "in" / "desk"
    inbox.mkdir(parents=True)
    store = folder / "wire.db"
    environment = os.environ | {
        "WIRE_FOLDERS_SETTLE_SECONDS": str(settle),
        "WIRE_FOLDERS_SCAN_SECONDS": "0.1",
        "WIRE_LOG_LEVEL": "error",
    }
    command = [
        sys.executable,
        "-m",
        "pipeline.cli",
        "--store",
        str(store),
        "run",
        "--port",
        "0",
        "--folder",
        str(folder / "in"),
    ]
    service = subprocess.Popen(command, env=environment)
    try:
        put(inbox, folder, 0)
        while not stored(store, story_id("desk", "pilot-0")):
            time.sleep(0.05)
        sent: dict[str, float] = {}
        took: list[float] = []
        began = time.monotonic()
        for n in range(1, files + 1):
            while time.monotonic() < began + n / rate:
                took += arrived(store, sent)
                time.sleep(0.005)
            sent[story_id("desk", f"pilot-{n}")] = time.monotonic()
            put(inbox, folder, n)
        while sent:
            took += arrived(store, sent)
            time.sleep(0.005)
        return took
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait(30)


def put(inbox: Path, folder: Path, n: int) -> None:
    """Writes a file elsewhere and moves it in."""
    draft = folder / f"pilot-{n}.txt"
    draft.write_text(TEXT.format(n=n, place=("Vlissingen", "Ostend", "Harwich", "Esbjerg")[n % 4]), "utf-8")
    draft.rename(inbox / draft.name)


def stored(store: Path, identity: str) -> bool:
    """The story is there for a reader."""
    try:
        connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    except sqlite3.OperationalError:
        return False
    try:
        return connection.execute("SELECT 1 FROM stories WHERE id = ?", (identity,)).fetchone() is not None
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()


def arrived(store: Path, sent: dict[str, float]) -> list[float]:
    """Times of those that are there now; they are taken off `sent`."""
    there = [identity for identity in sent if stored(store, identity)]
    now = time.monotonic()
    return [now - sent.pop(identity) for identity in there]


if __name__ == "__main__":
    main()
