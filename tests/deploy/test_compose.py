"""The compose file comes up as it is, takes the seeds, and answers questions; all but Kibana, whose image needs a registry."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from pipeline.cli import parser
from pipeline.settings import load

ROOT = Path(__file__).parents[2]
OURS = ("setup", "dashboards", "collect", "process", "index", "serve", "demo")
SERVING = ("collect", "process", "index", "serve")
KILLED = "9440b805af0ef91856e3"
BUILD_SECONDS = 900
START_SECONDS = 300
STORY_SECONDS = 240


class Stack(NamedTuple):
    """A project of compose, and where its page is."""

    environment: dict[str, str]
    page: str

    def compose(self, *arguments: str, seconds: float = START_SECONDS, check: bool = True) -> str:
        """Runs `docker compose` and returns what it prints."""
        done = subprocess.run(
            ["docker", "compose", *arguments],
            cwd=ROOT,
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        if check and done.returncode:
            pytest.fail(f"docker compose {' '.join(arguments)}: {done.stderr[-3000:]}")
        return done.stdout

    def get(self, path: str, **query: str) -> Any:
        """What the page's API answers; None where it answers an error or nothing."""
        address = f"{self.page}{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return json.load(answer)
        except (urllib.error.URLError, OSError, ValueError):
            return None

    def states(self) -> dict[str, dict[str, Any]]:
        """Each service's container, ended ones too."""
        lines = self.compose("ps", "--all", "--format", "json").splitlines()
        return {one["Service"]: one for one in map(json.loads, lines)}


@pytest.fixture(scope="module")
def composing(docker: str) -> None:
    """A Docker engine with compose."""
    if subprocess.run([docker, "compose", "version"], capture_output=True).returncode == 0:
        return
    if os.environ.get("WIRE_REQUIRE_SERVERS"):
        pytest.fail("WIRE_REQUIRE_SERVERS is set, and there is no Docker engine with compose")
    pytest.skip("no Docker engine with compose")


@pytest.fixture(scope="module")
def compose(composing: None) -> dict[str, Any]:
    """The compose file as compose reads it, with all profiles."""
    done = subprocess.run(
        ["docker", "compose", "--profile", "*", "config", "--format", "json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    read: dict[str, Any] = json.loads(done.stdout)
    return read


@pytest.fixture(scope="module")
def stack(composing: None, free_ports: Callable[[int], list[int]]) -> Iterator[Stack]:
    """Everything but Kibana, running and healthy, with the demo's stories on their way."""
    page, kafka, elastic = free_ports(3)
    made = Stack(
        {
            "COMPOSE_PROJECT_NAME": f"wiretest{uuid.uuid4().hex[:8]}",
            "WIREPIPE_VERSION": "test",
            "WIREPIPE_PAGE_PORT": str(page),
            "WIREPIPE_KAFKA_PORT": str(kafka),
            "WIREPIPE_ELASTIC_PORT": str(elastic),
            "WIREPIPE_ELASTIC_HEAP": "512m",
        },
        f"http://127.0.0.1:{page}",
    )
    try:
        made.compose("build", "setup", seconds=BUILD_SECONDS)
        made.compose("--profile", "demo", "up", "--detach", "--no-build", *SERVING, "demo")
        _until(lambda: _all_healthy(made), START_SECONDS, lambda: _described(made))
        yield made
    finally:
        made.compose(
            "--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "10", check=False
        )


def test_what_services_are_told_are_settings(compose: dict[str, Any]) -> None:
    for name in OURS:
        settings = load(None, compose["services"][name]["environment"])
        assert settings.kafka.brokers == "kafka:9092"
        assert settings.elastic.url == "http://elasticsearch:9200"


def test_what_services_run_are_commands(compose: dict[str, Any]) -> None:
    for name in OURS:
        parser().parse_args(compose["services"][name]["command"])


def test_services_have_bounds_and_no_rights(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert int(service["mem_limit"]) > 0, name
        assert all(port["host_ip"] == "127.0.0.1" for port in service.get("ports", [])), name
        if name in OURS:
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]
            assert service["logging"]["options"]["max-size"]


def test_services_wait_for_what_they_need(compose: dict[str, Any]) -> None:
    for name in (*SERVING, "demo"):
        waits = {one: how["condition"] for one, how in compose["services"][name]["depends_on"].items()}
        assert waits["setup"] == "service_completed_successfully"
        assert waits["kafka"] == "service_healthy"
    for name in (*SERVING, "kafka", "elasticsearch", "kibana"):
        assert compose["services"][name]["restart"] == "unless-stopped"
        assert compose["services"][name]["healthcheck"]["test"]


def test_versions_are_pinned_and_those_of_the_tests(compose: dict[str, Any]) -> None:
    services = compose["services"]
    tried = (ROOT / "tests" / "conftest.py").read_text("utf-8")
    assert f'"{services["kafka"]["image"]}"' in tried
    assert f'"{services["elasticsearch"]["image"]}"' in tried
    assert services["kibana"]["image"].split(":")[1] == services["elasticsearch"]["image"].split(":")[1]
    assert ":latest" not in yaml.safe_dump(compose)


@pytest.mark.servers
def test_set_up_is_done_before_anything_runs(stack: Stack) -> None:
    assert stack.states()["setup"]["ExitCode"] == 0


@pytest.mark.servers
def test_seeds_are_found_through_the_page(stack: Stack) -> None:
    _until(lambda: _total(stack, "Shoigu") == 1, STORY_SECONDS, lambda: _described(stack))
    [found] = stack.get("/api/search", q="Shoigu")["stories"]
    assert found["story"]["headline"].startswith("Russian security chief visits Tehran")
    story = stack.get(f"/api/stories/{found['story']['id']}")
    assert {"Tehran", "Masoud Pezeshkian"} <= {entity["name"] for entity in story["entities"]}


@pytest.mark.servers
def test_a_killed_story_is_withdrawn(stack: Stack) -> None:
    asked = f"/api/stories/{KILLED}"
    _until(lambda: (stack.get(asked) or {}).get("change") == "kill", STORY_SECONDS, lambda: _described(stack))
    story = stack.get(asked)
    assert (story["status"], story["body"], story["entities"]) == ("canceled", [], [])
    versions = stack.get(f"{asked}/versions")
    assert [one["body"] for one in versions] == [[]] * len(versions)
    found = stack.get("/api/search", q="Latvia investor Sweden")
    assert KILLED not in [one["story"]["id"] for one in found["stories"]]


@pytest.mark.servers
def test_what_cannot_be_read_is_kept_and_named(stack: Stack) -> None:
    _until(lambda: stack.states()["demo"]["State"] == "exited", STORY_SECONDS, lambda: _described(stack))
    assert stack.states()["demo"]["ExitCode"] == 1
    listed = stack.compose("exec", "-T", "serve", "wire", "dead", "list", "--json").splitlines()
    assert {Path(json.loads(line)["document"]).name for line in listed} == {"cut-off.xml", "photo.xml"}


@pytest.mark.servers
def test_the_commands_work_in_a_container(stack: Stack) -> None:
    assert "Russian security chief" in stack.compose("exec", "-T", "serve", "wire", "search", "Shoigu")
    told = stack.compose("exec", "-T", "serve", "wire", "status", check=False)
    assert "not running" not in told


def _total(stack: Stack, words: str) -> int:
    answer = stack.get("/api/search", q=words)
    return -1 if answer is None else int(answer["total"])


def _all_healthy(stack: Stack) -> bool:
    states = stack.states()
    return all(states.get(name, {}).get("Health") == "healthy" for name in SERVING)


def _described(stack: Stack) -> str:
    states = {name: (one["State"], one["Health"], one["ExitCode"]) for name, one in stack.states().items()}
    return f"{states}\n{stack.compose('logs', '--no-color', '--tail', '40', check=False)}"


def _until(holds: Any, seconds: float, described: Any) -> None:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            pytest.fail(f"not within {seconds} s: {described()}")
        time.sleep(0.5)
