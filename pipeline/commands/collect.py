"""`wire collect`: polls feeds and watches a folder, and publishes what is found to Kafka."""

from __future__ import annotations

import argparse
import sys

from pipeline.settings import Settings


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    collect = commands.add_parser(
        "collect",
        help="collectors on Kafka: feeds, and a folder",
        description="Polls the feeds that are listed on Kafka (kafka.brokers; `wire feeds add`), watches a folder, and publishes"
        " the raw stories. Any number of collectors share the feeds; what one that dies had, the others take over within"
        " kafka.session_seconds. Runs until SIGTERM, then delivers what it has fetched.",
    )
    collect.add_argument("--folder", help="folder to watch; each sub-folder is a source")
    collect.add_argument("--port", type=int, help="port of health and metrics; 0 picks a free one")
    collect.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Collects until it is stopped; 2 where it could not begin."""
    import asyncio

    from pipeline.kafka.connection import NoBrokers
    from pipeline.run.collecting import run
    from pipeline.run.logs import configure
    from pipeline.run.metrics import Metrics
    from pipeline.store import StoreError
    from pipeline.story import replace

    if args.folder:
        settings = replace(settings, folders=replace(settings.folders, path=args.folder))
    if args.port is not None:
        settings = replace(settings, streams=replace(settings.streams, port=args.port))
    configure(settings.log)
    try:
        asyncio.run(run(settings, Metrics()))
    except (NoBrokers, StoreError, OSError) as error:
        print(f"wire collect: {error}", file=sys.stderr)
        return 2
    return 0
