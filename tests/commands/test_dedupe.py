"""`wire dedupe`: what comes in comes out, with its copies named."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PARAGRAPHS = [
    "The port authority of Marlow said on Monday it would close its eastern basin for 11 weeks while divers examine the"
    " quay wall, which began to lean after the storms of the spring.",
    "Ships bound for the grain terminal will be led to neighbouring Tarnhaven, where two extra pilots and a floating"
    " crane are to be stationed until October, harbour master Ida Brandt told reporters.",
]
LINES: list[dict[str, Any]] = [
    {
        "id": 7,
        "ts": "2024-08-05T12:00:00",
        "source": "wire",
        "headline": "Marlow closes basin",
        "body": PARAGRAPHS,
        "mine": [1],
    },
    {
        "id": "b",
        "published_at": "2024-08-05T14:30:00+02:00",
        "source": "daily",
        "headline": "Marlow closes basin",
        "body": "".join(f"<p>{p}</p>" for p in PARAGRAPHS),
    },
    {
        "id": "c",
        "published_at": "2024-08-05T13:00:00Z",
        "source": "herald",
        "headline": "Rain due in Tarnhaven",
        "body": "Umbrellas.",
    },
]


def dedupe(text: str, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", "dedupe", *arguments],
        input=text.encode(), capture_output=True, check=False, timeout=300,
    )  # fmt: skip
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


@pytest.fixture(scope="module")
def out() -> list[dict[str, Any]]:
    code, records, errors = dedupe("\n".join(map(json.dumps, LINES)), "--json", "--explain")
    assert (code, errors) == (0, "")
    return records


def test_every_story_comes_out_with_all_it_had(out: list[dict[str, Any]]) -> None:
    assert len(out) == len(LINES)
    for given, got in zip(LINES, out, strict=True):
        assert given.items() <= got.items()
        assert {"copy_of", "relation", "similarity", "cluster"} <= got.keys()


def test_copies_are_named_by_the_ids_given(out: list[dict[str, Any]]) -> None:
    assert [one["copy_of"] for one in out] == [None, 7, None]
    assert [one["cluster"] for one in out] == [7, 7, "c"]
    assert (out[1]["relation"], out[1]["similarity"]) == ("exact", 1.0)


def test_explain_says_why(out: list[dict[str, Any]]) -> None:
    (compared,) = out[1]["compared"]
    assert (compared["id"], compared["same"]) == (7, True)
    assert compared["because"][0]["meaning"]
    assert out[2]["compared"] == []


def test_a_broken_line_is_named_and_the_rest_done(tmp_path: Path) -> None:
    path = tmp_path / "stories.jsonl"
    lines = [
        "{",
        '{"headline":"no id"}',
        '{"id":1,"body":5}',
        '{"id":2,"ts":"soon"}',
        json.dumps(LINES[0]),
        "",
    ]
    path.write_text("\n".join(lines))
    code, records, errors = dedupe("", str(path))
    assert code == 1
    assert [one["id"] for one in records] == [7]
    assert [line.split(":")[1] for line in errors.splitlines()] == [
        " line 1",
        " line 2",
        " line 3",
        " line 4",
    ]


def test_no_such_file_is_wrong_use() -> None:
    code, _, errors = dedupe("", "/no/such/file")
    assert code == 2
    assert "no such file" in errors
