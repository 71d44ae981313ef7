"""Connects a plain socket to an address that was checked, for transports that bring their own protocol."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator

from pipeline.collect.connect import allowed
from pipeline.collect.transports.transport import Door, Place, Trouble


@contextlib.asynccontextmanager
async def dialled(place: Place, door: Door, port: int) -> AsyncIterator[socket.socket]:
    """A connected socket; blocking, with the place's seconds as its timeout. It is shut when the context ends, so that a
    thread that still waits for it goes on. Raises AddressRefused, Trouble."""
    line = await _connected(place, door, place.port or port)
    try:
        yield line
    finally:
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
        line.close()


async def _connected(place: Place, door: Door, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    try:
        found = await door.resolve(place.host, port)
    except (OSError, UnicodeError) as error:
        raise Trouble(f"the name {place.host} is not known ({error})") from error
    addresses = allowed(place.host, found, allow_private=place.allow_private, first_hop=True)
    trouble = "no address"
    for position, address in enumerate(addresses):
        line = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        try:
            line.setblocking(False)
            async with asyncio.timeout(place.seconds / (len(addresses) - position + 1)):
                await loop.sock_connect(line, (address, port))
            line.settimeout(place.seconds)
            return line
        except TimeoutError:
            trouble = f"no connection within {place.seconds:g} seconds"
        except OSError as error:
            trouble = f"the connection failed: {os.strerror(error.errno) if error.errno else error}"
        except BaseException:
            line.close()
            raise
        line.close()
    raise Trouble(trouble)
