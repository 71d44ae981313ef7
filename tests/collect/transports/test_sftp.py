"""SFTP, against asyncssh's own server."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import asyncssh

if TYPE_CHECKING:
    from conftest import Desk

STORY = "{0}\n\nPilot boats lay in the harbour of Ostend on Tuesday, harbour master Smit said of {0}.\n"


class People(asyncssh.SSHServer):
    """Lets `desk` in, by its password."""

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("desk", "pilot boat 7")


@contextmanager
def server(folder: Path, host_key: asyncssh.SSHKey, *, known: Path | None = None) -> Iterator[int]:
    """An SFTP server; its port. `known`: a file of the public keys that may log in."""
    loop = asyncio.new_event_loop()
    ports: list[int] = []
    begun, stop = threading.Event(), asyncio.Event()

    async def serve() -> None:
        listening = await asyncssh.create_server(
            People,
            "127.0.0.1",
            0,
            server_host_keys=[host_key],
            authorized_client_keys=str(known) if known else None,
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=os.fsencode(folder)),
        )
        ports.append(listening.get_port())
        begun.set()
        await stop.wait()
        listening.close()
        await listening.wait_closed()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        await asyncio.wait(others, timeout=2) if others else None

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    begun.wait()
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def put(folder: Path, name: str, headline: str, age: int) -> None:
    (folder / name).write_text(STORY.format(headline), "utf-8")
    os.utime(folder / name, (1_773_000_000 - age, 1_773_000_000 - age))


def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "server" / "in"
    folder.mkdir(parents=True)
    put(folder, "a.txt", "Ferry late again", 5)
    put(folder, "b.txt", "Bridge shut at noon", 50)
    return folder


def test_each_file_is_taken_once_from_a_server_known_by_its_fingerprint(desk: Desk, tmp_path: Path) -> None:
    folder, key = inbox(tmp_path), asyncssh.generate_private_key("ssh-ed25519")
    with server(folder.parent, key) as port:
        desk.listed(f"sftp://desk@localhost:{port}/in", f'host_key = "{key.get_fingerprint()}"')
        assert desk.visit() == "works"
        assert desk.delivered() == ["Bridge shut at noon", "Ferry late again"]
        put(folder, "a.txt", "Ferry sails after all", 1)
        desk.visit()
    assert desk.delivered()[2:] == ["Ferry sails after all"]


def test_a_server_whose_key_is_not_known_is_told_no_password(desk: Desk, tmp_path: Path) -> None:
    folder, key = inbox(tmp_path), asyncssh.generate_private_key("ssh-ed25519")
    other = asyncssh.generate_private_key("ssh-ed25519")
    hosts = tmp_path / "known_hosts"
    with server(folder.parent, key) as port:
        desk.listed(f"sftp://desk@localhost:{port}/in", f'host_key = "{other.get_fingerprint()}"')
        assert "its host key is not known" in desk.visit()
        hosts.write_bytes(f"[localhost]:{port} ".encode() + other.export_public_key())
        desk.listed(f"sftp://desk@localhost:{port}/in", f'host_key = "file:{hosts}"')
        assert "its host key is not known" in desk.visit()
        assert desk.delivered() == []
        hosts.write_bytes(f"[localhost]:{port} ".encode() + key.export_public_key())
        assert desk.visit() == "works"
    assert len(desk.delivered()) == 2


def test_a_private_key_is_taken_for_the_secret_and_files_may_be_moved(desk: Desk, tmp_path: Path) -> None:
    folder, key = inbox(tmp_path), asyncssh.generate_private_key("ssh-ed25519")
    ours = asyncssh.generate_private_key("ssh-ed25519")
    (tmp_path / "authorized").write_bytes(ours.export_public_key())
    desk.environment["SECRET"] = ours.export_private_key().decode()
    with server(folder.parent, key, known=tmp_path / "authorized") as port:
        desk.listed(f"sftp://editor@localhost:{port}/in", 'host_key = "any"\ntaken = "move"')
        assert desk.visit() == "works"
    assert len(desk.delivered()) == 2
    assert sorted(path.name for path in (folder / "done").iterdir()) == ["a.txt", "b.txt"]


def test_a_process_killed_after_storing_deletes_the_file_the_next_time(desk: Desk, tmp_path: Path) -> None:
    folder, key = inbox(tmp_path), asyncssh.generate_private_key("ssh-ed25519")
    with server(folder.parent, key) as port:
        desk.listed(f"sftp://desk@localhost:{port}/in", 'host_key = "any"\ntaken = "delete"')
        desk.crash = "after"
        desk.visit()
        assert list(folder.iterdir())
        desk.visit()
    assert not list(folder.iterdir())
    assert sorted(desk.delivered()) == ["Bridge shut at noon", "Ferry late again"]


def test_troubles_are_told(desk: Desk, tmp_path: Path) -> None:
    folder, key = inbox(tmp_path), asyncssh.generate_private_key("ssh-ed25519")
    with server(folder.parent, key) as port:
        desk.listed(f"sftp://desk@localhost:{port}/absent", 'host_key = "any"')
        assert "No such file" in desk.visit()
        desk.environment["SECRET"] = "wrong"
        assert "refuses the user or the key or password" in desk.visit()
