"""The image holds what runs and nothing else, and runs without rights on a file system that it cannot write to."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
IMAGE = "wirepipe:test"
BUILD_SECONDS = 900
MOST_BYTES = 950_000_000
"""Libraries and their compiled code are 630 MB; the base image is 125 MB, or 240 MB where Debian's own Python is in it."""

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def image(docker: str) -> str:
    """The image, built."""
    built = subprocess.run(
        ["docker", "build", "-q", "-f", "deploy/Dockerfile", "-t", IMAGE, "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
    )
    assert built.returncode == 0, built.stderr[-3000:]
    return IMAGE


def within(image: str, *command: str, options: tuple[str, ...] = (), given: str = "") -> str:
    """What a command prints in a container that has no rights and may write to /tmp alone."""
    locked = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    done = subprocess.run(
        ["docker", "run", "--rm", "-i", "--network", "none", *locked, *options, image, *command],
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_small_and_says_who_runs_it(image: str) -> None:
    described: list[dict[str, Any]] = json.loads(
        subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=True).stdout
    )
    [found] = described
    assert found["Size"] < MOST_BYTES
    assert found["Config"]["User"] == "10001:10001"
    assert found["Config"]["Entrypoint"] == ["wire"]


def test_it_reads_documents_with_nothing_to_write_to(image: str) -> None:
    seeds = ("-v", f"{ROOT / 'seeds'}:/seeds:ro")
    printed = within(image, "parse", "/seeds/meridian-wire/1-alert.xml", "--json", options=seeds)
    assert json.loads(printed)["source"] == "meridian-wire"


def test_it_finds_entities(image: str) -> None:
    story = json.dumps(
        {"id": "a", "text": "Sergei Shoigu met officials in Tehran, the ministry said on Monday."}
    )
    [found] = within(image, "enrich", "--json", given=story + "\n").splitlines()
    assert {"Sergei Shoigu", "Tehran"} <= {entity["name"] for entity in json.loads(found)["entities"]}


def test_what_it_compiles_is_kept_in_its_volume(image: str) -> None:
    volume = subprocess.run(["docker", "volume", "create"], capture_output=True, text=True, check=True)
    name = volume.stdout.strip()
    story = json.dumps(
        {"id": "a", "headline": "A ferry sank", "body": ["A ferry sank off Naxos."], "source": "x"}
    )
    try:
        mounted = ("-v", f"{name}:/var/lib/wirepipe")
        within(image, "dedupe", "--json", options=mounted, given=story + "\n")
        look = (*mounted, "--entrypoint", "find")
        assert ".nbi" in within(image, "/var/lib/wirepipe/.cache/wirepipe", options=look)
    finally:
        subprocess.run(["docker", "volume", "rm", name], capture_output=True, check=True)


def test_whoever_runs_it_can_change_nothing_but_the_volume(image: str) -> None:
    look = ("--entrypoint", "find")
    places = ("/opt", "/usr", "/srv", "/home", "/var/lib/wirepipe")
    assert within(image, *places, "-writable", "-not", "-type", "l", options=look).split() == []
    home = ("-v", "/var/lib/wirepipe", *look)
    assert within(image, *places, "-writable", "-not", "-type", "l", options=home).split() == [
        "/var/lib/wirepipe"
    ]
