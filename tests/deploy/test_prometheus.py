"""Alert rules are what Prometheus takes, speak of metrics that there are, and go off when they should."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.run.metrics import Metrics
from pipeline.run.probe import Probe

FOLDER = Path(__file__).parents[2] / "deploy" / "prometheus"


def promtool(*arguments: str) -> None:
    """Runs Prometheus's own checker (Debian's package `prometheus`)."""
    if not shutil.which("promtool"):
        if os.environ.get("WIRE_REQUIRE_SERVERS"):
            pytest.fail("WIRE_REQUIRE_SERVERS is set, and there is no promtool")
        pytest.skip("no promtool")
    done = subprocess.run(["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def rules() -> list[dict[str, Any]]:
    """Every rule."""
    read = yaml.safe_load((FOLDER / "rules.yml").read_text("utf-8"))
    return [rule for group in read["groups"] for rule in group["rules"]]


def test_prometheus_takes_the_configuration() -> None:
    promtool("check", "config", "--syntax-only", "prometheus.yml")
    promtool("check", "rules", "rules.yml")


def test_every_alert_goes_off_when_it_should() -> None:
    promtool("test", "rules", "rules_test.yml")


def test_every_alert_has_an_example() -> None:
    examples = yaml.safe_load((FOLDER / "rules_test.yml").read_text("utf-8"))
    tried = {
        one["alertname"]
        for example in examples["tests"]
        for one in example.get("alert_rule_test", [])
        if one["exp_alerts"]
    }
    assert tried == {rule["alert"] for rule in rules() if "alert" in rule}


def test_every_alert_says_how_bad_it_is_and_what_to_do() -> None:
    for rule in rules():
        if "alert" in rule:
            assert rule["labels"]["severity"] in ("page", "ticket")
            assert rule["annotations"]["summary"]
            assert rule["annotations"]["description"].endswith(".")


def test_rules_speak_of_metrics_that_there_are() -> None:
    registry = Metrics().registry
    probe = Probe(0, registry, lambda: "", "127.0.0.1")
    probe.start()
    probe.stop()
    there = {
        name
        for family in registry.collect()
        for name in (family.name, *(f"{family.name}_{end}" for end in ("total", "bucket", "count", "sum")))
    }
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    for rule in rules():
        assert set(re.findall(r"\bwire_\w+", rule["expr"])) <= there
        assert set(re.findall(r"\bwirepipe[_:]\w+(?::\w+)*", rule["expr"])) <= recorded


def test_workers_are_scaled_by_what_is_recorded() -> None:
    adapter = yaml.safe_load((FOLDER / "adapter.yml").read_text("utf-8"))
    asked = {rule["seriesQuery"].partition("{")[0] for rule in adapter["externalRules"]}
    assert asked <= {rule["record"] for rule in rules() if "record" in rule}
