"""`wire serve` as a process: says where it is, serves, stops when told."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from pipeline.commands import serve
from pipeline.settings import Settings

PROGRAM = """
import argparse, sys
from pipeline.commands import serve
from pipeline.settings import Settings, Store
parser = argparse.ArgumentParser()
serve.register(parser.add_subparsers())
args = parser.parse_args(sys.argv[2:])
sys.exit(args.run(args, Settings(store=Store(path=sys.argv[1]))))
"""


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    serve.register(parser.add_subparsers())
    return parser.parse_args(["serve", *arguments])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "wire.db"), "serve", "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        url = process.stderr.readline().removeprefix("Stories at ").strip()
        assert httpx.get(f"{url}health").json()["status"] == "ok"
        answer = httpx.get(f"{url}ready")
        assert answer.status_code == 503
        assert "no store there yet" in answer.json()["detail"]
        process.send_signal(number)
        assert process.wait(20) == 0
        assert process.stderr.read() == ""


def test_an_address_it_cannot_have_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    args = parse("--host", "192.0.2.1", "--port", "0")
    assert args.run(args, Settings()) == 1
    assert "192.0.2.1:0: can't listen there: it is no address of this machine" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_a_wrong_port_is_wrong_use(port: str) -> None:
    with pytest.raises(SystemExit) as error:
        parse("--port", port)
    assert error.value.code == 2
