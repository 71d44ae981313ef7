"""A web server on loopback that answers as it is told, well or badly, and a network on which it is the whole internet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpcore
import pytest

Serve = Callable[["Asked", asyncio.StreamWriter], Awaitable[None]]
Answer = bytes | Serve


@dataclass
class Asked:
    """One request that the server got."""

    target: str
    headers: dict[str, str]


@dataclass
class Web:
    """The server: `answers` by path; requests in `asked`; addresses that were connected to in `connected`."""

    answers: dict[str, Answer]
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)
    serving: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where it is, as itself."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def network(self) -> httpcore.AsyncNetworkBackend:
        """A network on which every address is this server."""
        return _AllIsHere(self)

    async def resolve(self, host: str, port: int) -> list[str]:
        """A resolver: names end in their address (`a.93-184-216-34` is 93.184.216.34); others are public."""
        last = host.rsplit(".", 1)[-1]
        if last.count("-") == 3:
            return [last.replace("-", ".")]
        return [host] if host.replace(".", "").isdigit() or ":" in host else ["93.184.216.34"]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one answer."""
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        try:
            await self._answer(reader, writer)
        finally:
            self.serving.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            target = head[0].split(" ")[1]
            headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
            asked = Asked(target, headers)
            self.asked.append(asked)
            answer = self.answers.get(target, response(b"nothing here", status="404 Not Found"))
            if isinstance(answer, bytes):
                writer.write(answer)
            else:
                await answer(asked, writer)
            await writer.drain()


class _AllIsHere(httpcore.AsyncNetworkBackend):
    def __init__(self, web: Web) -> None:
        self._web = web
        self._real = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self._web.connected.append(host)
        return await self._real.connect_tcp("127.0.0.1", self._web.port, timeout)


def response(body: bytes = b"", headers: Mapping[str, str] | None = None, status: str = "200 OK") -> bytes:
    """An answer with its length."""
    lines = {"Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


@asynccontextmanager
async def _serving(answers: dict[str, Answer]) -> AsyncIterator[Web]:
    web = Web(answers)
    server = await asyncio.start_server(web.serve, "127.0.0.1", 0)
    web.port = server.sockets[0].getsockname()[1]
    try:
        yield web
    finally:
        server.close()
        for task in web.serving:
            task.cancel()
        await asyncio.gather(*web.serving, return_exceptions=True)
        await asyncio.sleep(0)


@pytest.fixture
def serving() -> Callable[[dict[str, Answer]], AbstractAsyncContextManager[Web]]:
    """`async with serving({path: answer}) as web`."""
    return _serving


@pytest.fixture(name="response")
def response_fixture() -> Callable[..., bytes]:
    """Makes answers."""
    return response
