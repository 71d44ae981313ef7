"""Real FTP, SFTP and IMAP servers on loopback, and a process that collects from them."""

from __future__ import annotations

import asyncio
import sqlite3
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

from pipeline.collect import reading
from pipeline.collect.arrival import Arrival
from pipeline.collect.document import Document, Parsed
from pipeline.collect.feed_standing import standing
from pipeline.collect.feed_state import FeedState
from pipeline.collect.feedlist import FileList, load
from pipeline.collect.transports.collector import RemoteCollector
from pipeline.collect.transports.transport import Door
from pipeline.settings import Collect
from pipeline.store import open_store, transaction

BEGIN = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


class Killed(BaseException):
    """The process ends here."""


class Reading:
    """Reads documents in this process."""

    def read(self, document: Document) -> Parsed:
        return reading.understood(document, 1_000)


class Desk:
    """A feed list, a store, a clock: what outlives a process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.list = folder / "feeds.toml"
        self.store = folder / "wire.db"
        self.now = BEGIN
        self.environment: dict[str, str] = {"SECRET": "pilot boat 7"}
        self.tls = ssl.create_default_context()
        self.settings = Collect(
            host_gap_seconds=0.0, settle_seconds=0.0, fetch_seconds=5.0, fetch_bytes=100_000
        )
        self.crash = ""
        with closing(open_store(self.store)) as connection:
            connection.execute(
                "CREATE TABLE delivered (number INTEGER PRIMARY KEY, headline TEXT, source TEXT, format TEXT)"
            )
            connection.execute("CREATE TABLE dead (reason TEXT)")

    def listed(self, url: str, more: str = "") -> None:
        text = (
            f'[[feed]]\nname = "desk"\nurl = "{url}"\nsecret = "env:SECRET"\nallow_private = true\n{more}\n'
        )
        self.list.write_text(text, "utf-8")

    def visit(
        self, after: timedelta = timedelta(hours=1), meanwhile: Callable[[], None] | None = None
    ) -> str:
        """A new process visits the place once; how the feed then stands."""
        self.now += after

        async def process(connection: sqlite3.Connection) -> None:
            async def deliver(arrival: Arrival) -> None:
                if arrival.parsed.stories and self.crash == "before":
                    raise Killed
                with transaction(connection):
                    for story in arrival.parsed.stories:
                        row = (story.headline, story.source, story.format)
                        connection.execute(
                            "INSERT INTO delivered (headline, source, format) VALUES (?, ?, ?)", row
                        )
                    for fault in arrival.parsed.faults:
                        connection.execute("INSERT INTO dead VALUES (?)", (fault.reason,))
                    arrival.settle(connection)
                if arrival.parsed.stories and self.crash == "after":
                    raise Killed

            await self._collector(connection, deliver).visit_due()

        with closing(open_store(self.store)) as connection:
            try:
                asyncio.run(process(connection))
            except Killed:
                self.crash = ""
        return self.problem()

    def _collector(
        self, connection: sqlite3.Connection, deliver: Callable[[Arrival], object]
    ) -> RemoteCollector:
        async def resolve(host: str, port: int) -> list[str]:
            return ["127.0.0.1" if host == "localhost" else host]

        return RemoteCollector(
            FileList(self.list),
            Reading(),
            FeedState(connection),
            deliver,  # type: ignore[arg-type]
            lambda: self.now,
            lambda: 0.5,
            self.settings,
            Door(resolve, self.tls),
            self.environment,
        )

    def problem(self) -> str:
        with closing(open_store(self.store)) as connection:
            told = standing(load(self.list)[0], FeedState(connection).get("desk"), self.now)
        return f"{told.standing} {told.problem}".strip()

    def delivered(self) -> list[str]:
        with closing(open_store(self.store)) as connection:
            return [h for (h,) in connection.execute("SELECT headline FROM delivered ORDER BY number")]

    def rows(self) -> list[tuple[str, str, str]]:
        with closing(open_store(self.store)) as connection:
            return list(connection.execute("SELECT headline, source, format FROM delivered ORDER BY number"))

    def dead(self) -> list[str]:
        with closing(open_store(self.store)) as connection:
            return [reason for (reason,) in connection.execute("SELECT reason FROM dead")]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


FtpServer = Callable[..., AbstractContextManager[int]]
"""Serves a folder by FTP, with TLS where it gets a certificate, for as long as the block lasts; its port."""


@pytest.fixture
def server() -> FtpServer:
    return _ftp_server


@contextmanager
def _ftp_server(folder: Path, tls: Mapping[str, Path] | None = None, **more: object) -> Iterator[int]:
    """An FTP server; its port."""
    people = DummyAuthorizer()
    people.add_user("desk", "pilot boat 7", str(folder), perm="elradfmwMT")
    made = {"authorizer": people, "banner": "ready", "auth_failed_timeout": 0, **more}
    if tls is not None:
        made |= {
            "certfile": str(tls["certificate"]),
            "keyfile": str(tls["key"]),
            "tls_control_required": True,
            "tls_data_required": True,
        }
    handler = type("Handler", (TLS_FTPHandler if tls is not None else FTPHandler,), made)
    loop = IOLoop()
    listening = FTPServer(("127.0.0.1", 0), handler, ioloop=loop)
    stopped = threading.Event()

    def serve() -> None:
        while not stopped.is_set():
            loop.loop(timeout=0.02, blocking=False)
        listening.close_all()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listening.socket.getsockname()[1]
    finally:
        stopped.set()
        thread.join()
