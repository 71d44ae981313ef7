"""Connects to the address that was checked: names are resolved here, once, and what must not be asked is
refused before a packet."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpcore

from pipeline.collect.address import AddressRefused, may_connect

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Addresses (IPv4 or IPv6, as text) of a name, for a port, best first. Raises OSError where there are
none."""

_TRIED = 4
"""Addresses of one name that are tried."""


class SystemResolver:
    """The operating system's resolver, in threads of its own: a name server that hangs holds up no other
    work."""

    def __init__(self, threads: int = 16) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(address[0]) for _, _, _, _, address in found))

    def close(self) -> None:
        """Ends the threads; those that wait for a name server are not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """httpcore's door to the network for one hop of one fetch. TLS still checks the name: only the
    connection goes to the address."""

    def __init__(
        self, resolve: Resolve, network: httpcore.AsyncNetworkBackend, *, allow_private: bool, first_hop: bool
    ) -> None:
        self._resolve = resolve
        self._allow_private = allow_private
        self._first_hop = first_hop
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises AddressRefused, httpcore.ConnectError, httpcore.ConnectTimeout."""
        loop = asyncio.get_running_loop()
        deadline = None if timeout is None else loop.time() + timeout
        addresses = allowed(
            host,
            await self._addresses(host, port, timeout),
            allow_private=self._allow_private,
            first_hop=self._first_hop,
        )
        trouble: Exception = httpcore.ConnectError("no address")
        for position, address in enumerate(addresses):
            # A dead first address (often IPv6) leaves its share of the time to the others.
            share = (
                None
                if deadline is None
                else max(0.01, (deadline - loop.time()) / (len(addresses) - position))
            )
            try:
                return await self._network.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
        raise trouble

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never: a feed is no socket file."""
        raise AddressRefused("a feed is not read from a socket file")

    async def sleep(self, seconds: float) -> None:
        """For httpcore's own retries."""
        await self._network.sleep(seconds)

    async def _addresses(self, host: str, port: int, timeout: float | None) -> Sequence[str]:
        try:
            async with asyncio.timeout(timeout):
                return await self._resolve(host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"the name {host} was not resolved in time") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name {host} is not known ({error})") from error


def allowed(host: str, addresses: Sequence[str], *, allow_private: bool, first_hop: bool) -> Sequence[str]:
    """Those of a host's addresses that may be connected to, in the order in which to try them. Raises
    AddressRefused where there are some and none may."""
    good = [a for a in addresses if may_connect(a, allow_private=allow_private, first_hop=first_hop)]
    if addresses and not good:
        way = (
            "allow_private = true in the feed list permits it"
            if not allow_private
            else "no feed may be redirected there"
        )
        shown = host if host == addresses[0] else f"{host} is {addresses[0]}, which"
        raise AddressRefused(f"{shown} is no public address; {way}")
    return _interleaved(good)[:_TRIED]


def _interleaved(addresses: Sequence[str]) -> list[str]:
    """IPv6 and IPv4 in turn, in the resolver's order, beginning with its first (RFC 8305 4)."""
    first: list[str] = []
    second: list[str] = []
    for address in addresses:
        (first if (":" in address) == (":" in addresses[0]) else second).append(address)
    mixed = [a for pair in zip(first, second, strict=False) for a in pair]
    shorter = min(len(first), len(second))
    return mixed + first[shorter:] + second[shorter:]
