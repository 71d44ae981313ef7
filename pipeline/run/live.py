"""The live service, put together and run: the store's owner, the collectors that the settings name, and the page."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import structlog

from pipeline.collect.connect import SystemResolver
from pipeline.collect.feed_state import FeedState
from pipeline.collect.feedlist import FileList
from pipeline.collect.fetch import Fetcher
from pipeline.collect.folder_state import FolderState
from pipeline.collect.folders import FolderWatcher
from pipeline.collect.poll import Poller
from pipeline.collect.transports.collector import RemoteCollector
from pipeline.collect.transports.push import Push
from pipeline.collect.transports.transport import Door
from pipeline.run.assembly import Parts, assembled, now
from pipeline.run.ownership import Origin
from pipeline.run.service import Chores, Collector, Processor, serve
from pipeline.settings import Settings
from pipeline.store import open_store, transaction
from pipeline.web.app import create_app
from pipeline.web.embedded import EmbeddedModel
from pipeline.web.server import serve as web_server

log = structlog.get_logger("wire.service")

CHORE_SECONDS = 1.0
"""Embargoes end, and retries are seen to, within so long."""


async def run(settings: Settings) -> None:
    """Runs until SIGTERM or SIGINT. Raises StoreError where the store cannot be opened, CannotListen where the page can't."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with assembled(settings) as parts, closing(open_store(settings.store.path)) as memory:
        with transaction(parts.connection):
            Origin(parts.connection).mark_live()
        processor = Processor(parts.pipeline, settings)
        chores = Chores(parts.pipeline, parts.retrying, parts.connection, settings.store.retention_days, now)
        app = create_app(lambda: EmbeddedModel(settings), settings, now, registry=parts.metrics.registry)
        app.router.routes.insert(0, _push(settings, parts, memory, processor, stop).route)
        page = web_server(app, settings.web.host, settings.web.port)
        await page.start()
        log.info(
            "running",
            store=settings.store.path,
            page=page.url,
            feeds=settings.collect.feeds,
            folder=settings.folders.path or None,
        )
        try:
            await serve(
                processor, _collectors(settings, parts, memory, processor), chores, CHORE_SECONDS, stop
            )
        finally:
            await page.stop()
        log.info("stopped")


def _collectors(
    settings: Settings, parts: Parts, memory: sqlite3.Connection, processor: Processor
) -> dict[str, Collector]:
    """The collectors that the settings ask for. `memory` is theirs to read; only the processor writes."""
    poller = Poller(
        FileList(Path(settings.collect.feeds)),
        Fetcher(settings.collect, now),
        parts.reader,
        FeedState(memory),
        processor.deliver,
        now,
        random.Random(),
        settings.collect,
    )
    visitor = RemoteCollector(
        FileList(Path(settings.collect.feeds)),
        parts.reader,
        FeedState(memory),
        processor.deliver,
        now,
        random.Random().random,
        settings.collect,
        Door(SystemResolver(threads=4), httpx.create_ssl_context()),
        os.environ,
    )
    collectors: dict[str, Collector] = {"feeds": poller.run, "places": visitor.run}
    if settings.folders.path:
        collectors["folders"] = FolderWatcher(
            settings.folders, parts.reader, FolderState(memory), processor.deliver, now
        ).run
    return collectors


def _push(
    settings: Settings, parts: Parts, memory: sqlite3.Connection, processor: Processor, stop: asyncio.Event
) -> Push:
    """The endpoint that agencies push to."""
    return Push(
        FileList(Path(settings.collect.feeds)),
        parts.reader,
        FeedState(memory),
        processor.deliver,
        now,
        settings.collect,
        os.environ,
        stop,
    )
