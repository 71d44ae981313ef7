"""IMAP (RFC 9051, 3501): a mailbox, each message a document, or the wire documents that are attached to it."""

from __future__ import annotations

import asyncio
import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any

from pipeline.collect.transports.dial import dialled
from pipeline.collect.transports.enveloped import wires
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
)

PORTS = {"imap": 143, "imaps": 993}
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_OVERHEAD = 65_536
"""Bytes beside a message in an answer."""


class _Line(imaplib.IMAP4):
    """imaplib on a socket that is connected already, within bounds."""

    def __init__(self, line: socket.socket, place: Place, tls: ssl.SSLContext) -> None:
        self._line = tls.wrap_socket(line, server_hostname=place.host) if place.scheme == "imaps" else line
        self._most = place.most + _OVERHEAD
        super().__init__(place.host, place.port or PORTS[place.scheme], place.seconds)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self._line

    def read(self, size: int) -> bytes:
        if size > self._most:
            raise TooLarge
        return super().read(size)


class _Mailbox:
    """Messages are told apart by the mailbox's UIDVALIDITY and their UID (RFC 9051 2.3.1.1), and never change."""

    def __init__(self, line: _Line, validity: str, able: Collection[str]) -> None:
        """`able`: what the server said that it is capable of, once logged in."""
        self._line = line
        self._validity = validity
        self._able = able

    async def entries(self) -> Sequence[Entry]:
        return await asyncio.to_thread(self._listed)

    async def read(self, entry: Entry) -> bytes:
        return await asyncio.to_thread(self._got, _uid(entry))

    async def delete(self, entry: Entry) -> None:
        await asyncio.to_thread(self._removed, _uid(entry))

    async def move(self, entry: Entry) -> None:
        await asyncio.to_thread(self._put_away, _uid(entry))

    def _listed(self) -> list[Entry]:
        uids = _told(self._line.uid("SEARCH", "UNDELETED"))[0].split()
        return [
            Entry(name=f"{self._validity}/{int(uid)}", order=float(uid))
            for uid in sorted(uids, key=int)[:ENTRIES_MOST]
        ]

    def _got(self, uid: str) -> bytes:
        answer = b" ".join(_bytes(_told(self._line.uid("FETCH", uid, "(RFC822.SIZE)"))))
        size = _SIZE.search(answer)
        if size is None:
            raise NotHad("the message is there no more")
        if int(size[1]) > self._line._most:
            raise TooLarge
        # PEEK leaves it unread for the people who read the mailbox too.
        parts = _told(self._line.uid("FETCH", uid, "(BODY.PEEK[])"))
        content = next((part[1] for part in parts if isinstance(part, tuple)), None)
        if not isinstance(content, bytes):
            raise NotHad("the server gave no text of it")
        return content

    def _removed(self, uid: str) -> None:
        _told(self._line.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)"))
        # Without UIDPLUS, to expunge would take away what others have only marked.
        if "UIDPLUS" in self._able:
            _told(self._line.uid("EXPUNGE", uid))

    def _put_away(self, uid: str) -> None:
        self._line.create("done")  # an error if it is there already
        if "MOVE" in self._able:
            _told(self._line.uid("MOVE", uid, "done"))
        else:
            _told(self._line.uid("COPY", uid, "done"))
            self._removed(uid)


@contextlib.asynccontextmanager
async def _enter(place: Place, door: Door) -> AsyncIterator[Session]:
    async with dialled(place, door, PORTS[place.scheme]) as plain:
        line: _Line | None = None
        try:
            line = await asyncio.to_thread(_Line, plain, place, door.tls)
            yield await asyncio.to_thread(_opened, line, place, door.tls)
        except ssl.SSLCertVerificationError as error:
            raise Trouble(f"its certificate is not trusted: {error.verify_message}") from error
        except TimeoutError as error:
            raise Trouble("no whole answer in time") from error
        except (imaplib.IMAP4.error, OSError, EOFError) as error:
            raise Trouble(_sentence(error)) from error
        finally:
            if line is not None:
                with contextlib.suppress(OSError):
                    line.shutdown()


def _opened(line: _Line, place: Place, tls: ssl.SSLContext) -> _Mailbox:
    """Logs in, never without TLS, and opens the mailbox."""
    if place.scheme == "imap":
        if "STARTTLS" not in line.capabilities:
            raise Trouble("the server offers no TLS, and passwords are not sent without it")
        line.starttls(tls)
    if place.user.isascii() and place.secret.isascii():
        _told(line.login(place.user, place.secret))
    else:
        plain = f"\0{place.user}\0{place.secret}".encode()
        _told(line.authenticate("PLAIN", lambda _: plain))
    able = b" ".join(_bytes(_told(line.capability()))).decode("ascii", "replace").upper().split()
    mailbox = place.path.strip("/") or "INBOX"
    _told(line.select('"' + mailbox.replace("\\", "\\\\").replace('"', '\\"') + '"'))
    validity = line.response("UIDVALIDITY")[1][0]
    named = validity.decode("ascii", "replace") if isinstance(validity, bytes) else "0"
    return _Mailbox(line, named, frozenset(able))


def _uid(entry: Entry) -> str:
    return entry.name.rpartition("/")[2]


def _told(answer: tuple[str, Sequence[Any]]) -> Sequence[Any]:
    """The data of an answer that is OK. Raises NotHad."""
    word, data = answer
    if word != "OK":
        raise NotHad(_sentence(b" ".join(_bytes(data)).decode("utf-8", "replace")))
    return data if data and data[0] is not None else [b""]


def _bytes(data: Sequence[Any]) -> list[bytes]:
    return [part[0] if isinstance(part, tuple) else part for part in data if isinstance(part, (bytes, tuple))]


def _sentence(error: object) -> str:
    return " ".join(str(error).removeprefix("b'").rstrip("'").split())[:300] or type(error).__name__


TRANSPORT = Transport(enter=_enter, settles=False, documents=wires)
