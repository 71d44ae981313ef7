"""Serves the app in an event loop that may do other things as well."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

STOP_SECONDS = 5
"""Answers under way may take so long to end when the server stops."""


class CannotListen(Exception):
    """The address is taken or not this machine's; the message says what to do."""


class WebServer:
    """The reading API and its page at one address. `start` returns once it answers; `port` is then the one
    it has."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        self._app = app
        self.host = host
        self.port = port
        self._task: asyncio.Task[None] | None = None
        self._server: _Quiet | None = None

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://[{host}]:{self.port}/" if ":" in host else f"http://{host}:{self.port}/"

    async def start(self) -> None:
        """Begins to listen. Raises CannotListen."""
        listening = _listen(self.host, self.port)
        self.port = listening.getsockname()[1]
        # log_config None: uvicorn leaves the process's logging as it is.
        config = uvicorn.Config(
            self._app,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        self._server = _Quiet(config)
        self._task = asyncio.create_task(self._server.serve([listening]))
        while not self._server.started:
            if self._task.done():
                await self._task
                raise CannotListen(f"{self.host}:{self.port}: the server did not start; its log says why")
            await asyncio.sleep(0.01)

    async def wait(self) -> None:
        """Until it has stopped."""
        if self._task is not None:
            await self._task

    async def stop(self) -> None:
        """Ends the live streams, finishes the answers under way and closes the address."""
        if self._server is None:
            return
        await self._app.state.live.close()
        self._server.should_exit = True
        await self.wait()


def serve(app: FastAPI, host: str, port: int) -> WebServer:
    """A server for the app; port 0 picks a free one. `await start()` begins, `await stop()` ends."""
    return WebServer(app, host, port)


class _Quiet(uvicorn.Server):
    """Leaves the process's signals to the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotListen(
            f"{host}: is no address of this machine ({error.strerror}); set web.host"
        ) from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(256)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        advice = {
            errno.EADDRINUSE: "another program has it; set web.port to another, or 0 for any that is free",
            errno.EADDRNOTAVAIL: "it is no address of this machine; set web.host",
            errno.EACCES: "this user may not; set web.port to 1024 or above",
        }
        why = advice.get(error.errno or 0, error.strerror)
        raise CannotListen(f"{host}:{port}: can't listen there: {why}") from error
    return listening
