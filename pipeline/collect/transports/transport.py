"""What a transport is: a way to a place where an agency leaves files or messages, and what can be done there."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote, urlsplit

from pipeline.collect.address import AddressRefused, redact
from pipeline.collect.connect import Resolve
from pipeline.collect.document import Document
from pipeline.story import Record

ENTRIES_MOST = 200_000
"""Files or messages of one place that are looked at."""


class Trouble(Exception):
    """The place cannot be used now; the message is a sentence for a person. Never holds a secret."""


class NotHad(Exception):
    """This one file or message cannot be had now; the others can."""


class TooLarge(Exception):
    """This one is larger than is taken."""


class Place(Record, frozen=True, kw_only=True):
    """Where to look, and as whom."""

    scheme: str
    host: str
    port: int | None
    """None: the scheme's own."""
    path: str
    """A folder; a mailbox. Empty: where one is after logging in; the inbox."""
    user: str = ""
    secret: str = ""
    """A password, or a private key (PEM, OpenSSH)."""
    host_key: str = ""
    """How an SSH server is known: `SHA256:...`, `file:PATH` of known hosts, `any`; empty: the user's known hosts."""
    allow_private: bool = False
    most: int
    """Bytes of one file or message."""
    seconds: float
    """For one step: connecting, listing, reading one."""


class Entry(Record, frozen=True, kw_only=True):
    """A file or message that is there."""

    name: str
    """What it is called there, once for each."""
    stamp: str = ""
    """What changes when it does: size and time. Empty for what never changes."""
    size: int | None = None
    """Bytes; None where the server does not say."""
    order: float = 0.0
    """The older, the smaller."""


class Session(Protocol):
    """A place, entered. Its methods raise Trouble, and what the system raises where a connection breaks."""

    async def entries(self) -> Sequence[Entry]:
        """What is there, in any order, at most ENTRIES_MOST."""

    async def read(self, entry: Entry) -> bytes:
        """All of one. Raises NotHad, TooLarge."""

    async def delete(self, entry: Entry) -> None:
        """Takes one away. Raises NotHad."""

    async def move(self, entry: Entry) -> None:
        """Puts one into `done`, beside or under the place. Raises NotHad."""


@dataclass(frozen=True, slots=True)
class Door:
    """How the outside is reached: given, so that a test can be the internet."""

    resolve: Resolve
    tls: ssl.SSLContext
    """Whom to trust."""


@dataclass(frozen=True, slots=True)
class Transport:
    """One way. `enter` gives a session that is left, whatever happened, when its context ends."""

    enter: Callable[[Place, Door], AbstractAsyncContextManager[Session]]
    settles: bool
    """True where what is there may be half written: it is taken once it has stood unchanged."""
    documents: Callable[[Document], Sequence[Document]]
    """The documents in what was read: itself, or those that it is an envelope of."""


def place(
    url: str,
    *,
    secret: str = "",
    host_key: str = "",
    allow_private: bool = False,
    most: int = 10_485_760,
    seconds: float = 30.0,
) -> Place:
    """The place that an address names; `secret` goes before a password in it. Raises AddressRefused."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise AddressRefused(f"not an address: {redact(url)}") from error
    if not host:
        raise AddressRefused(f"an address without a host: {redact(url)}")
    path = unquote(parts.path)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if any(ord(character) < 32 for character in path + user + password):
        raise AddressRefused(f"an address with control characters: {redact(url)}")
    return Place(
        scheme=parts.scheme.lower(),
        host=host,
        port=port,
        path=path,
        user=user,
        secret=secret or password,
        host_key=host_key,
        allow_private=allow_private,
        most=most,
        seconds=seconds,
    )


def itself(document: Document) -> Sequence[Document]:
    """A file is one document."""
    return [document]
