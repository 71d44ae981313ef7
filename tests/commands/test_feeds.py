"""`wire feeds`, as a person and a shell use it."""

from __future__ import annotations

import argparse
import http.server
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.collect import feedlist, opml
from pipeline.collect.feed_state import FeedState, Remembered, remember
from pipeline.collect.novelty import Novelty
from pipeline.commands import feeds
from pipeline.settings import Settings
from pipeline.store import open_store, transaction

FEED = """<rss version="2.0"><channel><title>Harbour Post \x1b[2J</title><ttl>15</ttl>
<item><guid>1</guid><title>Ferry late</title><pubDate>Tue, 10 Mar 2026 10:00:00 GMT</pubDate></item>
<item><guid>2</guid><title>Bridge &lt;b&gt;shut&lt;/b&gt;</title><pubDate>Tue, 10 Mar 2026 11:00:00 GMT</pubDate></item>
</channel></rss>""".replace("\x1b", "").encode()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server whose /feed is a feed and whose /page is a page."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pages = {"/feed": FEED, "/page": b"<!DOCTYPE html><html><body><p>Hello.</p></body></html>"}
            body = pages.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("ETag", '"1"')
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as web:
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{web.server_address[1]}"
        finally:
            web.shutdown()
            thread.join()


def wire(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    feeds.register(parser.add_subparsers())
    args = parser.parse_args(["feeds", *arguments])
    code: int = args.run(args, Settings())
    return code


def test_a_feed_is_added_listed_and_removed(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        wire("add", "https://harbour.example/rss", "--tag", "sea", "--language", "pt", "--interval", "120")
        == 0
    )
    assert feedlist.load(place / "feeds.toml") == [
        feedlist.Feed(
            name="harbour.example",
            url="https://harbour.example/rss",
            language="pt",
            interval=120,
            tags=("sea",),
        )
    ]
    assert wire("list") == 0
    assert "harbour.example\tnever polled" in capsys.readouterr().out
    assert wire("remove", "harbour.example") == 0
    assert feedlist.load(place / "feeds.toml") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "file:///etc/passwd"),
        ("add", "harbour.example"),
        ("add", "https://a.example/", "--interval", "0"),
    ],
)
def test_what_is_no_feed_is_refused(
    place: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert wire(*arguments) == 2
    assert capsys.readouterr().err.startswith("wire feeds: ")
    assert not (place / "feeds.toml").exists()


def test_the_same_address_or_name_twice_is_refused(place: Path) -> None:
    assert wire("add", "https://a.example/rss") == 0
    assert wire("add", "https://a.example/rss") == 2
    assert wire("add", "https://b.example/rss", "--name", "a.example") == 2
    assert wire("add", "https://a.example/atom.xml") == 0
    assert [feed.name for feed in feedlist.load(place / "feeds.toml")] == ["a.example", "a.example-2"]


def test_removing_what_is_not_there_is_told(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert wire("remove", "nobody") == 1
    assert "'nobody'" in capsys.readouterr().err


def test_the_list_tells_how_each_feed_is_doing_and_no_password(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wire("add", "https://anna:geheim@works.example/rss", "--name", "works")
    wire("add", "https://fails.example/rss", "--name", "fails")
    capsys.readouterr()
    now = datetime.now(UTC)
    states = [
        Remembered(
            name="works", url="https://anna:geheim@works.example/rss", held=12, interval=300.0, last_poll=now,
            last_success=now, last_new=now, next_poll=now,
        ),
        Remembered(
            name="fails", url="https://fails.example/rss", failures=3, last_error="404: nothing \x1b[31mis there",
            last_poll=now, next_poll=now,
        ),
    ]  # fmt: skip
    connection = open_store(place / "var/wire.db")
    FeedState(connection)
    with transaction(connection):
        for state in states:
            remember(connection, state, Novelty(), now)
    connection.close()
    assert wire("list") == 0
    works, fails = capsys.readouterr().out.splitlines()
    assert works.split("\t")[:2] == ["works", "works"]
    assert works.split("\t")[4:6] == ["12", "5 min"]
    assert fails.split("\t")[1] == "failing"
    assert "404: nothing [31mis there (3 times in a row)" in fails
    assert wire("list", "--json") == 0
    out = capsys.readouterr().out
    assert "geheim" not in out
    rows = [msgspec.json.decode(line) for line in out.splitlines()]
    assert [(row["name"], row["standing"], row["failures"]) for row in rows] == [
        ("works", "works", 0),
        ("fails", "failing", 3),
    ]


def test_checking_a_feed_shows_what_it_holds_and_stores_nothing(
    place: Path, server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert wire("check", f"{server}/feed", "--allow-private") == 0
    out = capsys.readouterr().out
    assert "stories     2" in out
    assert "ttl 15 min" in out
    assert "ETag" in out
    assert out.index("Bridge") < out.index("2026-03-10 10:00  Ferry late")
    assert list(place.iterdir()) == []
    wire("add", f"{server}/feed", "--name", "post", "--allow-private")
    capsys.readouterr()
    assert wire("check", "post", "--json") == 0
    stories = [msgspec.json.decode(line) for line in capsys.readouterr().out.splitlines()]
    assert [story["source"] for story in stories] == ["post", "post"]


@pytest.mark.parametrize(
    ("path", "options", "code", "reason"),
    [
        ("/feed", (), 1, "no public address"),
        ("/none", ("--allow-private",), 1, "404"),
        ("/page", ("--allow-private",), 1, ""),
    ],
)
def test_checking_what_does_not_work_says_why(
    place: Path,
    server: str,
    capsys: pytest.CaptureFixture[str],
    path: str,
    options: tuple[str, ...],
    code: int,
    reason: str,
) -> None:
    assert wire("check", f"{server}{path}", *options) == code
    error = capsys.readouterr().err
    assert reason in error
    assert f"{server}{path}" in error


def test_checking_a_name_that_nobody_has_is_wrong_use(place: Path) -> None:
    assert wire("check", "nobody") == 2


def test_opml_comes_in_once_and_goes_out(place: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    listed = [
        feedlist.Feed(name="Harbour Post", url="https://harbour.example/rss", tags=("Sea",)),
        feedlist.Feed(name="Council", url="https://council.example/atom"),
    ]
    (place / "mine.opml").write_bytes(opml.write(listed))
    assert wire("import", "mine.opml") == 0
    assert wire("import", "mine.opml") == 0
    assert feedlist.load(place / "feeds.toml") == listed
    capsysbinary.readouterr()
    assert wire("export") == 0
    assert opml.read(capsysbinary.readouterr().out).feeds == listed
    assert wire("import", "none.opml") == 2
    (place / "no.opml").write_text("<html/>")
    assert wire("import", "no.opml") == 2


def test_a_broken_list_is_told_and_left_alone(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "feeds.toml").write_text("[[feed]\n")
    for arguments in (("list",), ("add", "https://a.example/"), ("remove", "a"), ("export",), ("check", "a")):
        assert wire(*arguments) == 2
        assert "feeds.toml" in capsys.readouterr().err
    assert (place / "feeds.toml").read_text() == "[[feed]\n"
