"""`wire enrich` on JSON lines alone."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from pipeline.commands import enrich
from pipeline.settings import Settings


def wire(*words: str) -> int:
    parser = argparse.ArgumentParser()
    enrich.register(parser.add_subparsers())
    args = parser.parse_args(["enrich", *words])
    code: int = args.run(args, Settings())
    return code


def test_every_line_comes_out_with_entities_and_all_else_kept(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    given = [
        {"id": 7, "body": ["Angela Merkel’s party won.", "Merkel spoke in Berlin."], "mine": {"a": 1}},
        {"id": "t", "text": "First line.\n\nThe talks in Geneva ended."},
        {"id": "s", "body": "Emmanuel Macron is in Rome.", "headline": "Macron in Rome"},
    ]
    file = tmp_path / "in.jsonl"
    file.write_text("".join(json.dumps(g, ensure_ascii=False) + "\n" for g in given), "utf-8")
    assert wire(str(file), "--json") == 0
    came = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [{k: v for k, v in c.items() if k != "entities"} for c in came] == given
    merkel = next(e for e in came[0]["entities"] if e["name"] == "Angela Merkel")
    assert [(m["paragraph"], m["start"], m["end"], m["text"]) for m in merkel["mentions"]] == [
        (0, 0, 13, "Angela Merkel"),
        (1, 0, 6, "Merkel"),
    ]
    geneva = came[1]["entities"][0]["mentions"][0]
    assert geneva["field"] == "text"
    assert given[1]["text"][geneva["start"] : geneva["end"]] == "Geneva"  # type: ignore[index]
    assert {m["field"] for e in came[2]["entities"] for m in e["mentions"]} == {"headline", "body"}


def test_a_line_that_is_no_story_is_named_and_the_rest_goes_on(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = tmp_path / "in.jsonl"
    file.write_bytes(b'{"body": "Rain in Oslo."}\n{broken\n[1]\n{"id": 1}\n{"body": 5}\n\n{"body": []}\n')
    assert wire(str(file)) == 1
    out, err = capfdbinary.readouterr()
    assert len(out.splitlines()) == 2
    assert [line.split(b":")[1] for line in err.splitlines()] == [
        b" line 2",
        b" line 3",
        b" line 4",
        b" line 5",
    ]


def test_explain_names_the_rule_or_model(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text('{"body": "Rain in Norway."}\n')
    assert wire(str(file), "--explain") == 0
    (mention,) = json.loads(capfdbinary.readouterr().out)["entities"][0]["mentions"]
    assert mention["rule"].startswith("table country")


def test_a_missing_file_is_wrong_use(tmp_path: Path) -> None:
    assert wire(str(tmp_path / "none")) == 2
