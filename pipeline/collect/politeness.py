"""Takes turns at hosts: how many fetches of one host are under way at once, and the pause between two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Host:
    places: asyncio.Semaphore
    door: asyncio.Lock = field(default_factory=asyncio.Lock)
    last: float = float("-inf")
    """When the last fetch began or ended, seconds of the loop's clock."""
    users: int = 0


class HostTurns:
    """Turns at hosts. One object serves one event loop; `sleep` and `now` (seconds, monotonic) are given by
    the caller."""

    def __init__(
        self,
        concurrency: int,
        gap_seconds: float,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._concurrency = concurrency
        self._gap = gap_seconds
        self._now = now
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Waits until `host` may be asked, and holds the place while it is."""
        self._forget()
        state = self._hosts.setdefault(host, _Host(asyncio.Semaphore(self._concurrency)))
        state.users += 1
        try:
            async with state.places:
                async with state.door:
                    while (wait := state.last + self._gap - self._now()) > 0:
                        await self._sleep(wait)
                    state.last = self._now()
                try:
                    yield
                finally:
                    state.last = self._now()
        finally:
            state.users -= 1

    def _forget(self) -> None:
        """Hosts that nobody waits for and whose pause is over."""
        if len(self._hosts) > 1_000:
            now = self._now()
            self._hosts = {h: s for h, s in self._hosts.items() if s.users or s.last + self._gap > now}
