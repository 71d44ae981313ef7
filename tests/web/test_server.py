"""The server in an event loop of its own or another's: ports, refusals, stopping."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from pipeline.web.app import create_app
from pipeline.web.embedded import EmbeddedModel
from pipeline.web.server import CannotListen, WebServer, serve

if TYPE_CHECKING:
    from conftest import Newsroom


def server_for(newsroom: Newsroom, host: str = "127.0.0.1", port: int = 0) -> WebServer:
    settings = newsroom.settings
    app = create_app(lambda: EmbeddedModel(settings), settings, lambda: datetime(2026, 3, 14, tzinfo=UTC))
    return serve(app, host, port)


def test_it_picks_a_free_port_and_answers_once_started(newsroom: Newsroom) -> None:
    async def scene() -> None:
        server = server_for(newsroom)
        before = signal.getsignal(signal.SIGTERM)
        await server.start()
        assert server.port > 0
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{server.url}health")).status_code == 200
        assert signal.getsignal(signal.SIGTERM) is before
        await server.stop()
        async with httpx.AsyncClient() as client:
            with pytest.raises(httpx.ConnectError):
                await client.get(f"{server.url}health")

    asyncio.run(scene())


def test_a_taken_port_is_refused_with_what_to_do(newsroom: Newsroom) -> None:
    async def scene() -> None:
        first = server_for(newsroom)
        await first.start()
        second = server_for(newsroom, port=first.port)
        with pytest.raises(CannotListen, match=r"web\.port"):
            await second.start()
        await second.stop()
        await first.stop()

    asyncio.run(scene())


def test_an_address_of_another_machine_is_refused(newsroom: Newsroom) -> None:
    async def scene() -> None:
        for host in ("192.0.2.1", "no.such.host.invalid"):
            with pytest.raises(CannotListen):
                await server_for(newsroom, host).start()

    asyncio.run(scene())


def test_ipv6_addresses_are_written_in_brackets(newsroom: Newsroom) -> None:
    assert server_for(newsroom, "::", 80).url == "http://[::1]:80/"
    assert server_for(newsroom, "0.0.0.0", 80).url == "http://127.0.0.1:80/"
