"""Agencies push to the running service; it is killed, and what it said yes to is there."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from pipeline.collect.feed_standing import standing
from pipeline.collect.feed_state import FeedState
from pipeline.collect.feedlist import BadFeedList, load, parse
from pipeline.index import Query
from pipeline.index.sqlite import SqliteIndex
from pipeline.run.assembly import now
from pipeline.store import open_reader

PATIENCE = 60.0
LIST = '[[feed]]\nname = "Harbour agency"\nsource = "harbour"\nurl = "push:harbour"\nsecret = "env:HARBOUR_TOKEN"\n'
NITF = (
    '<nitf><head><title>{0}</title><docdata><doc-id id-string="{0}"/><date.issue norm="20260310T100000Z"/></docdata></head>'
    "<body><body.head><hedline><hl1>{0}</hl1></hedline></body.head><body.content><p>The {0} of Ostend made news on"
    " Tuesday, harbour master Smit said.</p></body.content></body></nitf>"
)


@contextmanager
def service(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A running service, and the address of its page."""
    (folder / "feeds.toml").write_text(LIST, "utf-8")
    environment = os.environ | {
        "WIRE_ENRICH_ENABLED": "false",
        "WIRE_LOG_FORMAT": "json",
        "WIRE_COLLECT_FETCH_BYTES": "20000",
        "HARBOUR_TOKEN": "pilot boat 7",
    }
    command = [sys.executable, "-m", "pipeline.cli", "--store", "wire.db", "run", "--port", "0"]
    log = folder / "log"
    log.write_bytes(b"")
    with (
        log.open("ab") as writing,
        subprocess.Popen(command, env=environment, cwd=folder, stderr=writing) as process,
    ):
        try:
            deadline = time.monotonic() + PATIENCE
            while b'"running"' not in log.read_bytes():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.02)
            lines = map(json.loads, log.read_text().splitlines())
            yield process, next(line["page"] for line in lines if line["event"] == "running")
        finally:
            process.kill()


def push(page: str, content: bytes, **headers: str) -> tuple[int, dict[str, object]]:
    given = {"Authorization": "Bearer pilot boat 7"} | {k.replace("_", "-"): v for k, v in headers.items()}
    request = urllib.request.Request(f"{page}push/harbour", content, given, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def headlines(folder: Path) -> list[str]:
    with closing(open_reader(folder / "wire.db")) as connection:
        return sorted(hit.story.headline for hit in SqliteIndex(connection).search(Query(limit=50)).hits)


def test_what_was_answered_with_yes_is_there_after_a_kill(tmp_path: Path) -> None:
    with service(tmp_path) as (process, page):
        answers = [push(page, NITF.format(f"boat {number}").encode()) for number in range(5)]
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert answers == [(200, {"stories": 1, "problem": ""})] * 5
    assert headlines(tmp_path) == [f"boat {number}" for number in range(5)]
    with closing(open_reader(tmp_path / "wire.db")) as connection:
        feed = load(tmp_path / "feeds.toml")[0]
        told = standing(feed, FeedState(connection).get(feed.name), now())
    assert (told.standing, told.held) == ("works", 1)


def test_only_the_token_opens_and_bodies_are_bounded(tmp_path: Path) -> None:
    document = NITF.format("ferry").encode()
    with service(tmp_path) as (process, page):
        assert push(page, document, Authorization="Bearer wrong")[0] == 401
        assert push(page, document, Authorization="")[0] == 401
        assert push(page.replace("/push", ""), document, Authorization="Basic eDpwaWxvdCBib2F0IDc=")[0] == 200
        assert push(page, b"x" * 20_001)[0] == 413
        assert push(page, gzip.compress(b"x" * 1_000_000), Content_Encoding="gzip")[0] == 413
        assert push(page, gzip.compress(NITF.format("crane").encode()), Content_Encoding="gzip")[0] == 200
        assert push(page, b"not gzip", Content_Encoding="gzip")[0] == 415
        form = (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.xml"\r\nContent-Type: text/xml\r\n\r\n'
            + NITF.format("lighthouse").encode()
            + b"\r\n--x--\r\n"
        )
        assert push(page, form, Content_Type="multipart/form-data; boundary=x") == (
            200,
            {"stories": 1, "problem": ""},
        )
        status, told = push(page, b"<html><body>nothing")
        assert (status, told["stories"]) == (200, 0)
        assert told["problem"]
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(urllib.request.Request(f"{page}push/other", b"x", method="POST"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    assert headlines(tmp_path) == ["crane", "ferry", "lighthouse"]
    assert "pilot boat 7" not in (tmp_path / "log").read_text()


def test_the_list_says_what_an_entry_lacks() -> None:
    with pytest.raises(BadFeedList, match="secret token"):
        parse('[[feed]]\nname = "a"\nurl = "push:a"', "list")
    with pytest.raises(BadFeedList, match="push:NAME"):
        parse('[[feed]]\nname = "a"\nurl = "push:a/b"\nsecret = "env:A"', "list")
    with pytest.raises(BadFeedList, match="without a host"):
        parse('[[feed]]\nname = "a"\nurl = "sftp:///in"', "list")
