"""SFTP (SSH file transfer, draft-ietf-secsh-filexfer): a folder on a server whose host key is known, each file a document."""

from __future__ import annotations

import contextlib
import posixpath
import stat
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import asyncssh

from pipeline.collect.transports.dial import dialled
from pipeline.collect.transports.ftp import folder
from pipeline.collect.transports.transport import (
    ENTRIES_MOST,
    Door,
    Entry,
    NotHad,
    Place,
    Session,
    TooLarge,
    Transport,
    Trouble,
    itself,
)

PORT = 22


class _Folder:
    def __init__(self, files: asyncssh.SFTPClient, place: Place) -> None:
        self._files = files
        self._folder = folder(place.path) or "."
        self._most = place.most

    async def entries(self) -> Sequence[Entry]:
        found: list[Entry] = []
        async for each in self._files.scandir(self._folder):
            name, told = str(each.filename), each.attrs
            if told.permissions is None or not stat.S_ISREG(told.permissions) or "/" in name:
                continue
            if len(found) >= ENTRIES_MOST:
                raise Trouble(f"more than {ENTRIES_MOST} files are there")
            changed = (told.mtime or 0) + (told.mtime_ns or 0) / 1e9
            stamp = f"{told.size} {told.mtime}.{told.mtime_ns or 0}"
            found.append(Entry(name=name, stamp=stamp, size=told.size, order=changed))
        return found

    async def read(self, entry: Entry) -> bytes:
        try:
            async with self._files.open(self._at(entry.name), "rb") as file:
                content = await file.read(self._most + 1)
        except asyncssh.SFTPError as error:
            raise _refused(error) from error
        if len(content) > self._most:
            raise TooLarge
        if entry.size is not None and len(content) != entry.size:
            raise NotHad(f"{len(content)} bytes came of {entry.size}")
        return content if isinstance(content, bytes) else content.encode()

    async def delete(self, entry: Entry) -> None:
        try:
            await self._files.remove(self._at(entry.name))
        except asyncssh.SFTPError as error:
            raise _refused(error) from error

    async def move(self, entry: Entry) -> None:
        try:
            await self._files.makedirs(self._at("done"), exist_ok=True)
            await self._files.rename(self._at(entry.name), self._at(f"done/{entry.name}"))
        except asyncssh.SFTPError as error:
            raise _refused(error) from error

    def _at(self, name: str) -> str:
        return posixpath.join(self._folder, name)


class _Known(asyncssh.SSHClient):
    """Knows a server by its key's fingerprint."""

    def __init__(self, fingerprint: str) -> None:
        self._fingerprint = fingerprint.rstrip("=")

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        return key.get_fingerprint() == self._fingerprint


@contextlib.asynccontextmanager
async def _enter(place: Place, door: Door) -> AsyncIterator[Session]:
    async with dialled(place, door, PORT) as line:
        line.setblocking(False)
        try:
            async with (
                asyncssh.connect(place.host, place.port or PORT, sock=line, **_options(place)) as connection,
                connection.start_sftp_client() as files,
            ):
                yield _Folder(files, place)
        except asyncssh.HostKeyNotVerifiable as error:
            raise Trouble(
                "its host key is not known: add it to the known hosts, or write host_key into the feed list"
            ) from error
        except asyncssh.PermissionDenied as error:
            raise Trouble("the server refuses the user or the key or password") from error
        except (asyncssh.Error, OSError, ValueError) as error:
            raise Trouble(" ".join(str(error).split())[:300] or type(error).__name__) from error


def _options(place: Place) -> dict[str, Any]:
    """Nothing of the user's own configuration but the known hosts: no agent, no keys lying about, no jump hosts."""
    options: dict[str, Any] = {
        "username": place.user or "anonymous",
        "config": [],
        "agent_path": None,
        "client_keys": None,
        "login_timeout": place.seconds,
        "keepalive_interval": 0,
    }
    if "PRIVATE KEY" in place.secret[:60]:
        options["client_keys"] = [_key(place.secret)]
    else:
        options["password"] = place.secret
    if place.host_key == "any":
        options["known_hosts"] = None
    elif place.host_key.startswith("SHA256:"):
        # An empty list of known hosts makes asyncssh ask the client.
        options["known_hosts"] = ([], [], [])
        options["client_factory"] = lambda: _Known(place.host_key)
    else:
        path = place.host_key.removeprefix("file:") or str(Path("~/.ssh/known_hosts").expanduser())
        try:
            options["known_hosts"] = asyncssh.read_known_hosts(path)
        except (OSError, ValueError) as error:
            raise Trouble(f"the known hosts cannot be read: {error}") from error
    return options


def _key(secret: str) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_private_key(secret)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise Trouble(f"the secret is no private key: {error}") from error


def _refused(error: asyncssh.SFTPError) -> Exception:
    lost = (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection)
    return error if isinstance(error, lost) else NotHad(" ".join(error.reason.split())[:300])


TRANSPORT = Transport(enter=_enter, settles=True, documents=itself)
