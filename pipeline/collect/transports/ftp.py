"""FTP and FTPS (RFC 959, 3659, 4217): a folder on a server, each file a document."""

from __future__ import annotations

import asyncio
import contextlib
import ftplib
import posixpath
import re
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from pipeline.collect.transports.dial import dialled
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

IMPLICIT = 990
"""The port at which TLS begins at once (RFC 4217 A.2 has `AUTH TLS` otherwise)."""
_TIME = re.compile(r"(\d{14})(\.\d+)?")


class _Line(ftplib.FTP_TLS):
    """ftplib on a socket that is connected already. Data connections go to the server itself, whatever address it names, and
    resume the control connection's TLS session, as servers demand."""

    def begin(self, line: socket.socket, host: str, seconds: float) -> None:
        self.host, self.timeout = host, seconds
        self.sock, self.af = line, line.family
        self.file = line.makefile("r", encoding=self.encoding, errors="surrogateescape")
        self.welcome = self.getresp()

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        line, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        if isinstance(self.sock, ssl.SSLSocket) and self._prot_p:  # type: ignore[attr-defined]
            line = self.context.wrap_socket(line, server_hostname=self.host, session=self.sock.session)
        return line, size


class _Folder:
    """Each step runs in a thread; leaving the place shuts the socket that it waits for."""

    def __init__(self, line: _Line, place: Place) -> None:
        self._line = line
        self._place = place

    async def entries(self) -> Sequence[Entry]:
        return await asyncio.to_thread(self._listed)

    async def read(self, entry: Entry) -> bytes:
        return await asyncio.to_thread(self._got, entry)

    async def delete(self, entry: Entry) -> None:
        await asyncio.to_thread(_one, lambda: self._line.delete(entry.name))

    async def move(self, entry: Entry) -> None:
        await asyncio.to_thread(_one, lambda: self._put_away(entry))

    def _listed(self) -> list[Entry]:
        lines: list[str] = []
        try:
            self._line.retrlines("MLSD", _bounded(lines))
        except ftplib.error_perm as error:
            if not str(error).startswith(("500", "502", "504")):
                raise
            return self._listed_by_name()
        return [entry for line in lines if (entry := _entry(line)) is not None]

    def _listed_by_name(self) -> list[Entry]:
        """For servers without MLSD: what SIZE and MDTM say of each name; folders have no size."""
        names: list[str] = []
        try:
            self._line.retrlines("NLST", _bounded(names))
        except ftplib.error_perm as error:
            if str(error).startswith("550"):  # so some servers say that a folder is empty
                return []
            raise
        self._line.voidcmd("TYPE I")
        found: list[Entry] = []
        for name in dict.fromkeys(posixpath.basename(name) for name in names if name):
            with contextlib.suppress(ftplib.error_perm):
                size = self._line.size(name)
                modified = ""
                with contextlib.suppress(ftplib.error_perm):
                    modified = self._line.voidcmd(f"MDTM {name}")[4:].strip()
                found.append(
                    Entry(name=name, stamp=f"{size} {modified}", size=size, order=_seconds(modified))
                )
        return found

    def _got(self, entry: Entry) -> bytes:
        content = bytearray()
        until = time.monotonic() + self._place.seconds

        def take(piece: bytes) -> None:
            content.extend(piece)
            if len(content) > self._place.most:
                raise TooLarge
            if time.monotonic() > until:
                raise TimeoutError

        _one(lambda: self._line.retrbinary(f"RETR {entry.name}", take))
        if entry.size is not None and len(content) != entry.size:
            raise NotHad(f"{len(content)} bytes came of {entry.size}")
        return bytes(content)

    def _put_away(self, entry: Entry) -> None:
        with contextlib.suppress(ftplib.error_perm):  # is there already
            self._line.mkd("done")
        self._line.rename(entry.name, f"done/{entry.name}")


@contextlib.asynccontextmanager
async def _enter(place: Place, door: Door) -> AsyncIterator[Session]:
    port = place.port or ftplib.FTP_PORT
    async with dialled(place, door, port) as plain:
        line = _Line(context=door.tls)
        try:
            await asyncio.to_thread(_log_in, line, plain, place, port == IMPLICIT)
            yield _Folder(line, place)
        except ssl.SSLCertVerificationError as error:
            raise Trouble(f"its certificate is not trusted: {error.verify_message}") from error
        except ftplib.all_errors as error:
            raise Trouble(_sentence(error)) from error
        finally:
            line.close()


def _log_in(line: _Line, plain: socket.socket, place: Place, implicit: bool) -> None:
    if place.scheme == "ftps" and implicit:
        plain = line.context.wrap_socket(plain, server_hostname=place.host)
    line.begin(plain, place.host, place.seconds)
    if place.scheme == "ftps":
        if not implicit:
            line.auth()
        ftplib.FTP.login(line, place.user, place.secret)
        line.prot_p()
    else:
        ftplib.FTP.login(line, place.user or "anonymous", place.secret)
    if where := folder(place.path):
        line.cwd(where)


def folder(path: str) -> str:
    """The folder that an address's path names: `/~/in` is below the one after logging in, `/in` below the root."""
    return path.removeprefix("/~").lstrip("/") if path.startswith("/~") else path.rstrip("/") or path


def _bounded(lines: list[str]) -> Callable[[str], None]:
    def take(line: str) -> None:
        if len(lines) >= ENTRIES_MOST:
            raise Trouble(f"more than {ENTRIES_MOST} files are there")
        lines.append(line)

    return take


def _entry(line: str) -> Entry | None:
    """A file of an MLSD listing (RFC 3659 7.2): `type=file;size=1024;modify=20240805101200; name`."""
    facts, _, name = line.partition(" ")
    told = {key.lower(): value for key, _, value in (fact.partition("=") for fact in facts.split(";"))}
    if told.get("type", "").lower() != "file" or not name or "/" in name:
        return None
    size, modified = told.get("size", ""), told.get("modify", "")
    return Entry(
        name=name,
        stamp=f"{size} {modified}",
        size=int(size) if size.isascii() and size.isdecimal() else None,
        order=_seconds(modified),
    )


def _seconds(modified: str) -> float:
    """A time of RFC 3659 2.3, UTC, as seconds; what is none is old."""
    found = _TIME.match(modified)
    try:
        return datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp() if found else 0.0
    except ValueError:
        return 0.0


def _one(work: Callable[[], Any]) -> None:
    """Work on one file: what the server refuses is that file's trouble."""
    try:
        work()
    except (ftplib.error_perm, ftplib.error_temp) as error:
        if str(error).startswith(("421", "530", "332", "532")):  # the whole session's
            raise
        raise NotHad(_sentence(error)) from error


def _sentence(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no whole answer in time"
    if isinstance(error, EOFError):
        return "the server closed the connection"
    return " ".join(str(error).split())[:300] or type(error).__name__


TRANSPORT = Transport(enter=_enter, settles=True, documents=itself)
