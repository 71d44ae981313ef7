"""FTP and FTPS, against pyftpdlib."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyftpdlib.handlers import FTPHandler

if TYPE_CHECKING:
    from conftest import Desk, FtpServer

STORY = "{0}\n\nPilot boats lay in the harbour of Ostend on Tuesday, harbour master Smit said of {0}.\n"


def put(folder: Path, name: str, headline: str, age: int = 60) -> Path:
    path = folder / name
    path.write_text(STORY.format(headline), "utf-8")
    then = 1_773_000_000 - age
    os.utime(path, (then, then))
    return path


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "server" / "in"
    folder.mkdir(parents=True)
    return folder


def test_each_file_is_taken_once_the_oldest_first_and_stays(
    server: FtpServer, desk: Desk, inbox: Path
) -> None:
    put(inbox, "b.txt", "Bridge shut at noon", age=10)
    put(inbox, "a.txt", "Ferry late again", age=5)
    put(inbox, "c.txt", "Crane falls over", age=50)
    with server(inbox.parent) as port:
        desk.listed(f"ftp://desk@localhost:{port}/in")
        assert desk.visit() == "works"
        assert desk.delivered() == ["Crane falls over", "Bridge shut at noon", "Ferry late again"]
        desk.visit()
        put(inbox, "b.txt", "Bridge open by evening", age=1)
        desk.visit()
    assert desk.delivered()[3:] == ["Bridge open by evening"]
    assert len(list(inbox.iterdir())) == 3


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_process_loses_nothing_and_takes_nothing_twice(
    server: FtpServer, desk: Desk, inbox: Path, moment: str
) -> None:
    put(inbox, "a.txt", "Ferry late again")
    with server(inbox.parent) as port:
        desk.listed(f"ftp://desk@localhost:{port}/in", 'taken = "move"')
        desk.crash = moment
        desk.visit()
        desk.visit()
    assert desk.delivered() == ["Ferry late again"]
    assert [path.name for path in (inbox / "done").iterdir()] == ["a.txt"]


def test_files_may_be_deleted_once_taken(server: FtpServer, desk: Desk, inbox: Path) -> None:
    put(inbox, "a.txt", "Ferry late again")
    with server(inbox.parent) as port:
        desk.listed(f"ftp://desk@localhost:{port}/in", 'taken = "delete"')
        assert desk.visit() == "works"
    assert desk.delivered() == ["Ferry late again"]
    assert not list(inbox.iterdir())


def test_what_is_still_being_written_waits(server: FtpServer, desk: Desk, inbox: Path) -> None:
    put(inbox, "a.txt.part", "Half")
    put(inbox, ".b.txt", "Hidden")
    (inbox / "c.txt").write_bytes(b"")
    with server(inbox.parent) as port:
        desk.listed(f"ftp://desk@localhost:{port}/in")
        desk.visit()
        assert (desk.delivered(), desk.dead()) == ([], [])
        (inbox / "a.txt.part").rename(inbox / "a.txt")
        desk.visit()
    assert desk.delivered() == ["Half"]


def test_tls_is_verified_and_used_for_files_as_well(
    server: FtpServer, desk: Desk, inbox: Path, certificate: Mapping[str, Path]
) -> None:
    put(inbox, "a.txt", "Ferry late again")
    with server(inbox.parent, certificate) as port:
        desk.listed(f"ftps://desk@localhost:{port}/in")
        assert "certificate is not trusted" in desk.visit()
        desk.tls = ssl.create_default_context(cafile=str(certificate["certificate"]))
        assert desk.visit() == "works"
    assert desk.delivered() == ["Ferry late again"]


def test_a_server_without_mlsd_is_listed_by_name(server: FtpServer, desk: Desk, inbox: Path) -> None:
    put(inbox, "a.txt", "Ferry late again")
    (inbox / "older").mkdir()
    commands = {name: about for name, about in FTPHandler.proto_cmds.items() if name not in ("MLSD", "MLST")}
    with server(inbox.parent, proto_cmds=commands) as port:
        desk.listed(f"ftp://desk@localhost:{port}/in")
        assert desk.visit() == "works"
        desk.visit()
    assert desk.delivered() == ["Ferry late again"]


def test_troubles_are_told_in_the_feed_s_standing_and_never_the_password(
    server: FtpServer, desk: Desk, inbox: Path
) -> None:
    with server(inbox.parent) as port:
        desk.listed(f"ftp://desk@localhost:{port}/absent")
        assert desk.visit().startswith("failing 550")
        desk.environment["SECRET"] = "wrong boat"
        desk.listed(f"ftp://desk@localhost:{port}/in")
        told = desk.visit()
        assert "530" in told
        assert "boat" not in told
        del desk.environment["SECRET"]
        desk.listed(f"ftp://desk@localhost:{port}/in/")
        assert desk.visit() == "failing the environment has no SECRET, where the secret should be"
    desk.environment["SECRET"] = "pilot boat 7"
    desk.listed(f"ftp://desk@localhost:{port}/in")
    assert "the connection failed: Connection refused" in desk.visit()


def test_a_file_larger_than_allowed_is_a_dead_letter_once(server: FtpServer, desk: Desk, inbox: Path) -> None:
    (inbox / "big.txt").write_text("x" * 200_000)
    put(inbox, "a.txt", "Ferry late again")
    with server(inbox.parent) as port:
        desk.listed(f"ftp://desk@localhost:{port}/in")
        assert desk.visit().startswith("partly big.txt: larger than 100000 bytes")
        assert desk.visit() == "works"
    assert len(desk.dead()) == 1
    assert desk.delivered() == ["Ferry late again"]


def test_private_addresses_are_asked_only_where_the_list_allows_it(
    server: FtpServer, desk: Desk, inbox: Path
) -> None:
    with server(inbox.parent) as port:
        desk.listed(f"ftp://desk@localhost:{port}/in")
        desk.list.write_text(desk.list.read_text().replace("allow_private = true", ""))
        assert "is no public address" in desk.visit()
