"""Waiting for a server that is away: everybody can see why, and it can be given up from another thread."""

from __future__ import annotations

import threading

import structlog

log = structlog.get_logger("wire.index")


class Waits:
    """What one thread waits for and another looks at."""

    def __init__(self) -> None:
        self.reason = ""
        """Why it waits; empty while it does not."""
        self._given_up = threading.Event()

    def told(self, why: str) -> None:
        """It waits for this reason, or, with none, no longer."""
        if bool(why) != bool(self.reason):
            log.warning("waiting", reason=why) if why else log.info("going on")
        self.reason = why

    def go_on(self) -> bool:
        """Whether to wait on."""
        return not self._given_up.is_set()

    def sleep(self, seconds: float) -> None:
        """Waits so long, or until it is given up."""
        self._given_up.wait(seconds)

    def give_up(self) -> None:
        """Ends every wait until `renew`."""
        self._given_up.set()

    def renew(self) -> None:
        """Waits are worth it again."""
        self._given_up.clear()
