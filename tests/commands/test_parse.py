"""`wire parse`: documents in, clean stories out, what can't be read named."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

import pytest

from pipeline.commands import parse
from pipeline.settings import Settings
from pipeline.story import Story, decode_story

TEXT = "CORRECTED-Harbour closes\n\nBy Jane Doe | Aug 5, 2024\n\nThe harbour was closed on Monday.\n"
FEED = (
    '<rss version="2.0"><channel><title>Harbour</title><item><guid>1</guid><title>One</title>'
    "<description>First.</description></item>"
    "<item><guid>2</guid><title>Two</title><description>Second.</description></item></channel></rss>"
)


def wire(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    parse.register(parser.add_subparsers())
    args = parser.parse_args(["parse", *arguments])
    return int(args.run(args, Settings()))


def stories(output: str) -> list[Story]:
    return [decode_story(line) for line in output.splitlines()]


def test_stories_as_json_lines(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "harbour"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT)
    (folder / "b.xml").write_text(FEED)
    assert wire(str(folder / "a.txt"), str(folder / "b.xml"), "--json") == 0
    found = stories(capfd.readouterr().out)
    assert [story.headline for story in found] == ["Harbour closes", "One", "Two"]
    assert [(story.source, story.version) for story in found] == [("harbour", 1)] * 3
    assert [story.change for story in found] == ["correction", "new", "new"]
    assert found[0].guid == "a"


def test_standard_input_and_a_source_given(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    assert wire("-", "--json", "--source", "desk") == 0
    (story,) = stories(capfd.readouterr().out)
    assert (story.source, story.byline) == ("desk", ["Jane Doe"])


def test_a_pipe_gets_text(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    assert wire(str(tmp_path / "a.txt")) == 0
    out = capfd.readouterr().out
    assert out.startswith("Harbour closes\n")
    assert "published: 2024-08-05\n" in out
    assert "The harbour was closed on Monday." in out


def test_what_can_not_be_read_is_named_and_the_rest_is_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "good.txt").write_text(TEXT)
    (tmp_path / "bad.bin").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    assert (
        wire(str(tmp_path / "bad.bin"), str(tmp_path / "absent.xml"), str(tmp_path / "good.txt"), "--json")
        == 1
    )
    captured = capfd.readouterr()
    assert len(stories(captured.out)) == 1
    assert "bad.bin: a PNG image" in captured.err
    assert "absent.xml: No such file or directory" in captured.err
