"""Runs the measurements that need no arguments beyond the shared documents."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WIRES = Path(__file__).parents[2] / "shared" / "wires"

if __name__ == "__main__":
    runs = [
        ["bench.latency"],
        ["bench.replay", str(WIRES / "reuters21578")],
        ["bench.entities"],
        ["bench.copies"],
        ["bench.formats"],
    ]
    sys.exit(max(subprocess.call([sys.executable, "-m", *run]) for run in runs))
