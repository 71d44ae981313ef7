"""Faust's way from the brokers to the agents, without four tasks for every message."""

from __future__ import annotations

import asyncio
from typing import Any

from faust.transport.drivers import aiokafka
from faust.types import TP

BREATH: int = 100
"""Messages after which others have their turn on the event loop."""


class Consumer(aiokafka.Consumer):
    """Delivers a message by a plain call where nothing can hold it up. Faust makes four tasks for each, so that a delivery may be
    given up while the group shares its work out anew: a fourth of all that a worker does."""

    async def _drain_messages(self, fetcher: Any) -> None:
        """Moves messages to the agents until the fetcher stops. Raises what a delivery raises."""
        delivered = 0
        try:
            while not (self.should_stop or fetcher.should_stop):
                await asyncio.sleep(0)
                async for tp, message in self.getmany(timeout=1.0):
                    delivered += 1
                    if delivered % BREATH == 0:
                        await asyncio.sleep(0)
                    await self._deliver(tp, message)
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise

    async def _deliver(self, tp: TP, message: Any) -> None:
        last = self._read_offset[tp]
        if last is not None and message.offset < last:
            return  # it was delivered before
        if last and message.offset > last + 1:
            # What lies between was compacted or removed: it counts as acknowledged.
            await self._add_gap(tp, last + 1, message.offset)
        if self._commit_every is not None and self._n_acked >= self._commit_every:
            self._n_acked = 0
            await self.commit()
        if self._is_free(tp):
            await self.callback(message)
        else:
            await self.wait_first(self.callback(message), self.suspend_flow.wait())
        self._read_offset[tp] = message.offset

    def _is_free(self, tp: TP) -> bool:
        """The agent has room for it, and the group is settled."""
        flowing = self.app.flow_control.is_active() and not self.suspend_flow.is_set()
        return flowing and tp not in self._buffered_partitions


class Transport(aiokafka.Transport):
    """Faust's Kafka transport, with this consumer."""

    Consumer = Consumer
