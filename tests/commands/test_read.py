"""Reading from the command line: what goes to a pipe, to a terminal, to a file, and which exit code comes
back."""

from __future__ import annotations

import argparse
import csv
import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import store
from pipeline.commands import read
from pipeline.index.sqlite import SqliteIndex
from pipeline.settings import Settings, Store
from pipeline.story import Dateline, Entity, Link, Location, Mention, Story, decode_story, story_id

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)

Wire = Callable[..., tuple[int, str, str]]


def tanker(name: str = "tanker", version: int = 1, **fields: Any) -> Story:
    """A story about a tanker; its versions are an hour apart."""
    at = NOON + timedelta(hours=version - 1)
    values: dict[str, Any] = {
        "source": "gulf-desk",
        "provider": "Gulf Desk",
        "format": "rss",
        "change": "new" if version == 1 else "update",
        "headline": "Tanker adrift near Muscat",
        "body": ["The tanker Meltem lost power on Saturday.", "Twelve sailors are aboard, the port said."],
        "language": "en",
        "published_at": at,
        "processed_at": at,
    }
    return Story(id=story_id("gulf-desk", name), version=version, **(values | fields))


TANKER = tanker().id


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with a story in three versions, one with formulas, one that was killed, one under embargo."""
    path = tmp_path / "wire.db"
    muscat = Entity(
        name="Muscat",
        type="place",
        salience=0.9,
        mentions=[Mention(field="headline", paragraph=0, start=19, end=25, text="Muscat")],
        link=Link(
            scheme="geonames",
            id="287286",
            name="Muscat",
            country="OM",
            location=Location(lat=23.58, lon=58.4),
        ),
    )
    connection = store.open_store(path)
    with store.transaction(connection):
        SqliteIndex(connection).put(
            [
                tanker(),
                tanker(
                    version=2,
                    body=["The tanker Meltem lost power on Saturday.", "Thirteen sailors are aboard."],
                ),
                tanker(
                    version=3,
                    change="correction",
                    entities=[muscat],
                    dateline=Dateline(text="MUSCAT, March 1"),
                ),
                tanker("sums", headline="=SUM(A1:A9)", body=["-2 degrees"], published_precision="day"),
                tanker("gone", headline="Harbourmaster resigns"),
                tanker("gone", version=2, change="kill", status="canceled", headline="", body=[]),
                tanker(
                    "later", headline="Budget", status="withheld", embargoed_until=NOON + timedelta(days=1)
                ),
            ]
        )
    connection.close()
    return path


@pytest.fixture
def wire(path: Path, capsys: pytest.CaptureFixture[str]) -> Wire:
    """Runs a command on the store; its exit code, output and errors."""

    def run(*arguments: str) -> tuple[int, str, str]:
        parser = argparse.ArgumentParser()
        read.register(parser.add_subparsers())
        args = parser.parse_args(arguments)
        code = args.run(args, Settings(store=Store(path=str(path))))
        out, err = capsys.readouterr()
        return code, out, err

    return run


class TestSearch:
    def test_in_a_pipe_a_story_is_a_line_that_awk_can_cut_and_a_passage(self, wire: Wire) -> None:
        code, out, err = wire("search", "tanker", "muscat")
        assert (code, err) == (0, "")
        assert out.splitlines() == [
            f"2025-03-01T14:00Z  {TANKER}  gulf-desk  CORRECTED Tanker adrift near Muscat",
            "    The tanker Meltem lost power on Saturday.",
        ]

    def test_a_story_dated_by_the_day_shows_no_hour(self, wire: Wire) -> None:
        assert wire("search", "degrees")[1].startswith("2025-03-01  ")

    def test_as_json_it_is_the_record(self, wire: Wire) -> None:
        _, out, _ = wire("search", "--json", "--newest")
        stories = [decode_story(line) for line in out.splitlines()]
        assert [story.headline for story in stories] == ["Tanker adrift near Muscat", "=SUM(A1:A9)"]

    @pytest.mark.parametrize(
        ("arguments", "found"),
        [
            (["--entity", "muscat"], 1),
            (["--place", "OM"], 1),
            (["--place", "IR"], 0),
            (["--source", "gulf-desk"], 2),
            (["--provider", "Gulf Desk", "--language", "en"], 2),
            (["--change", "correction"], 1),
            (["--change", "kill"], 1),
            (["--since", "2025-03-01T13:00"], 1),
            (["--until", "2025-03-01"], 2),
            (["--until", "2025-02-28"], 0),
            (["--limit", "1"], 1),
            (["--offset", "1"], 1),
            (["--originals", "tanker -thirteen"], 1),
            (["harbourmaster"], 0),
            (["budget"], 0),
        ],
    )
    def test_filters(self, wire: Wire, arguments: list[str], found: int) -> None:
        assert len(wire("search", "--json", *arguments)[1].splitlines()) == found

    @pytest.mark.parametrize(
        "arguments", [["--since", "soon"], ["--until", "2025-02-30"], ["--change", "typo"]]
    )
    def test_what_makes_no_sense_is_wrong_use_and_says_so(self, wire: Wire, arguments: list[str]) -> None:
        code, out, err = wire("search", *arguments)
        assert (code, out) == (2, "")
        assert err.startswith("wire: ")

    def test_a_missing_store_is_a_sentence(self, wire: Wire, path: Path) -> None:
        path.unlink()
        for command in (["search"], ["show", "x"], ["tail"], ["export"]):
            code, out, err = wire(*command)
            assert (code, out) == (2, "")
            assert "no store there yet" in err


class TestShow:
    def test_a_story_is_read_with_its_entities_and_versions(self, wire: Wire) -> None:
        code, out, _ = wire("show", TANKER[:8])
        assert code == 0
        for line in (
            "CORRECTED Tanker adrift near Muscat",
            "MUSCAT, March 1 - The tanker Meltem lost power on Saturday.",
            "Twelve sailors are aboard, the port said.",
            "  place        Muscat · once · OM 23.58 58.40 geonames:287286",
            "    1  2025-03-01 12:00  new         Tanker adrift near Muscat",
            ">   3  2025-03-01 14:00  correction  Tanker adrift near Muscat",
        ):
            assert line in out.splitlines()

    def test_one_of_its_versions(self, wire: Wire) -> None:
        assert "Thirteen sailors are aboard." in wire("show", TANKER, "--version", "2")[1]
        assert json.loads(wire("show", TANKER, "--version", "1", "--json")[1])["version"] == 1
        assert len(json.loads(wire("show", TANKER, "--json")[1])["history"]) == 3

    def test_what_changed_from_version_to_version(self, wire: Wire) -> None:
        _, out, _ = wire("show", TANKER, "--diff")
        assert [line for line in out.splitlines() if line.startswith(("version", "paragraph"))] == [
            "version 1 to 2  2025-03-01 13:00  update",
            "paragraph 2: [-Twelve-]{+Thirteen+} sailors are aboard[-, the port said-].",
            "version 2 to 3  2025-03-01 14:00  correction",
            "paragraph 2: [-Thirteen-]{+Twelve+} sailors are aboard{+, the port said+}.",
        ]
        assert "version 1" not in wire("show", TANKER, "--diff", "--version", "3")[1]
        assert "one version only" in wire("show", tanker("sums").id, "--diff")[1]

    def test_a_killed_story_is_a_notice(self, wire: Wire) -> None:
        code, out, _ = wire("show", tanker("gone").id)
        assert code == 0
        assert out.startswith("KILLED")
        assert "resigns" not in out
        assert "no text is kept" in wire("show", tanker("gone").id, "--diff")[1]

    def test_what_is_under_embargo_is_for_who_asks_for_it(self, wire: Wire) -> None:
        later = tanker("later").id
        assert wire("show", later)[0] == 1
        assert wire("show", later, "--withheld")[1].startswith("WITHHELD Budget")

    def test_what_is_not_there_is_said(self, wire: Wire) -> None:
        code, _, err = wire("show", "nothing")
        assert (code, err) == (1, "wire: no story 'nothing'; `wire search` shows ids\n")
        code, _, err = wire("show", TANKER, "--version", "7")
        assert code == 1
        assert "no version 7, but 1, 2, 3" in err


class TestTail:
    def test_it_shows_the_latest_in_order_of_arrival(self, wire: Wire) -> None:
        _, out, _ = wire("tail", "-n", "2", "--json")
        stories = [decode_story(line) for line in out.splitlines()]
        assert [(story.headline, story.change) for story in stories] == [("=SUM(A1:A9)", "new"), ("", "kill")]
        assert "KILLED" in wire("tail")[1]
        assert wire("tail", "-n", "0")[1] == ""

    def test_it_follows_what_comes(self, path: Path) -> None:
        writer = store.open_store(path)
        writing = SqliteIndex(writer)
        coming = iter([[tanker("a"), tanker("b")], [], [tanker("a", version=2)]])

        def wait() -> None:
            with store.transaction(writer):
                writing.put(next(coming))

        reader = store.open_reader(path)
        batches = read.latest(SqliteIndex(reader), 0, True, wait)
        seen = [[(story.id, story.version) for story in next(batches)] for _ in range(3)]
        a, b = tanker("a").id, tanker("b").id
        assert seen == [[], [(a, 1), (b, 1)], [(a, 2)]]
        reader.close()
        writer.close()

    def test_an_interrupt_ends_it_cleanly(self, path: Path) -> None:
        code = (
            "import sys; from pipeline.commands import read; from pipeline.settings import *; import argparse\n"
            # A suite that runs in the background has interrupts ignored, and its children inherit that.
            "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "parser = argparse.ArgumentParser(); read.register(parser.add_subparsers())\n"
            "args = parser.parse_args(['tail', '--follow'])\n"
            f"sys.exit(args.run(args, Settings(store=Store(path={str(path)!r}))))"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
        assert (process.returncode, errors) == (0, b"")


class TestExport:
    def test_json_lines_oldest_first(self, wire: Wire) -> None:
        _, out, _ = wire("export")
        assert [decode_story(line).headline for line in out.splitlines()] == [
            "=SUM(A1:A9)",
            "Tanker adrift near Muscat",
        ]
        assert len(wire("export", "--limit", "1")[1].splitlines()) == 1

    def test_a_spreadsheet_runs_nothing_in_it(self, wire: Wire, tmp_path: Path) -> None:
        assert wire("export", "--csv", "--output", str(tmp_path / "stories.csv")) == (0, "", "")
        rows = list(csv.DictReader(io.StringIO((tmp_path / "stories.csv").read_text("utf-8"))))
        assert [row["headline"] for row in rows] == ["'=SUM(A1:A9)", "Tanker adrift near Muscat"]
        assert rows[0]["body"] == "'-2 degrees"
        assert rows[1]["places"] == "Muscat"
        assert rows[1]["time"] == "2025-03-01T14:00:00+00:00"

    def test_a_file_is_whole_or_as_it_was(
        self, wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        target = tmp_path / "stories.jsonl"
        target.write_text("before")
        with monkeypatch.context() as broken:
            broken.setattr("pipeline.index.sqlite.SqliteIndex._record", lambda *_, **__: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                wire("export", "-o", str(target))
        assert target.read_text() == "before"
        assert sorted(file.name for file in tmp_path.iterdir()) == ["stories.jsonl", "wire.db"]
        code, _, err = wire("export", "-o", str(tmp_path / "nowhere" / "stories.jsonl"))
        assert code == 1
        assert "No such file" in err


def test_on_a_terminal_there_are_colours_and_a_total(
    wire: Wire, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)
    screens = {}
    for command in (["search", "tanker"], ["show", TANKER], ["show", TANKER, "--diff"], ["tail"]):
        with monkeypatch.context() as context:
            terminal = Terminal()
            context.setattr(sys, "stdout", terminal)
            parser = argparse.ArgumentParser()
            read.register(parser.add_subparsers())
            args = parser.parse_args(command)
            assert args.run(args, Settings(store=Store(path=str(path)))) == 0
            screens[" ".join(command[:1] + command[2:])] = terminal.getvalue()
    assert "1 of 1 stories" in screens["search"]
    assert "\x1b[1;33mTanker" in screens["search"]
    assert "\x1b[32mMuscat" in screens["show"]
    assert "{+" not in screens["show --diff"]
    assert "Thirteen" in screens["show --diff"]
    assert "\x1b[1m=SUM(A1:A9)" in screens["tail"]
