"""The agencies' own documents are read field by field as a careful reader reads them, and nothing private comes out."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
WIRES = ROOT.parent / "shared" / "wires"

pytestmark = [
    pytest.mark.wires,
    pytest.mark.skipif(not (WIRES / "expected.jsonl").exists(), reason="no documents to read"),
]


@pytest.fixture(scope="module")
def outcomes() -> list[dict[str, Any]]:
    spec = importlib.util.spec_from_file_location("bench_formats", ROOT / "bench" / "formats.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    found: list[dict[str, Any]] = module.compare(WIRES)
    return found


def test_at_least_98_of_100_fields_are_right(outcomes: list[dict[str, Any]]) -> None:
    total = Counter(each["outcome"] for each in outcomes)
    judged = total["right"] + total["wrong"] + total["missing"]
    assert total["right"] >= 0.98 * judged, [
        each for each in outcomes if each["outcome"] in ("wrong", "missing")
    ]


def test_every_format_is_read_well(outcomes: list[dict[str, Any]]) -> None:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for each in outcomes:
        counts[each["format"]][each["outcome"]] += 1
    shares = {
        name: total["right"] / max(1, total["right"] + total["wrong"] + total["missing"])
        for name, total in counts.items()
    }
    assert all(share >= 0.95 for name, share in shares.items() if name != "wenn-atom"), shares


def test_nothing_private_comes_out(outcomes: list[dict[str, Any]]) -> None:
    private = [each for each in outcomes if each["field"] == "body_excludes"]
    assert private
    assert all(each["outcome"] == "right" for each in private)


def test_identity_time_and_change_are_always_right(outcomes: list[dict[str, Any]]) -> None:
    fields = {"family_key", "version", "status", "pub_status", "embargo_utc", "published_utc"}
    wrong = [
        each
        for each in outcomes
        if each["field"] in fields
        and each["outcome"] in ("wrong", "missing")
        and each["format"] != "wenn-atom"
    ]
    assert not wrong
