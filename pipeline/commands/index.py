"""`wire index`: the sink, from Kafka into Elasticsearch."""

from __future__ import annotations

import argparse
import sys

from pipeline.settings import Settings


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    index = commands.add_parser(
        "index",
        help="the sink: enriched stories from Kafka into Elasticsearch",
        description="Writes enriched stories from Kafka (kafka.brokers) into Elasticsearch (elastic.url); `wire setup` makes"
        " topics and indices. Any number of sinks share the work; one that dies is replaced within kafka.session_seconds. What"
        " Elasticsearch refuses goes to the dead letters; while it is away the sink waits. Runs until SIGTERM.",
    )
    index.add_argument("--port", type=int, help="port of health and metrics; 0 picks a free one")
    index.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Indexes until it is stopped; 1 where it had to end, 2 where it could not begin."""
    import signal
    import threading

    from pipeline.index.elastic import Unreachable
    from pipeline.kafka.connection import NoBrokers
    from pipeline.run.logs import configure
    from pipeline.run.metrics import Metrics
    from pipeline.run.sink import run
    from pipeline.story import replace

    if args.port is not None:
        settings = replace(settings, streams=replace(settings.streams, port=args.port))
    configure(settings.log)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        reason = run(settings, Metrics(), stop)
    except (NoBrokers, Unreachable, OSError) as error:
        print(f"wire index: {error}", file=sys.stderr)
        return 2
    if reason:
        print(f"wire index: {reason}", file=sys.stderr)
    return 1 if reason else 0
