"""`wire process`: the stages as stream processors on Kafka."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing

from pipeline.settings import Settings


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    process = commands.add_parser(
        "process",
        help="the stages on Kafka: clean, de-duplicate, enrich",
        description="Takes raw stories from Kafka through the stages (kafka.brokers; `wire setup` makes the topics). Any number"
        " of workers share the work; one that dies is replaced within kafka.session_seconds. Runs until SIGTERM.",
    )
    process.add_argument("--port", type=int, help="port of health and metrics; 0 picks a free one")
    process.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Processes until it is stopped; 1 where it had to end, 2 where it could not begin."""
    from pipeline.kafka.connection import NoBrokers
    from pipeline.kafka.reading import TopicUnreadable
    from pipeline.kafka.setup import NoBroker
    from pipeline.run.enriching import Enriching
    from pipeline.run.logs import configure
    from pipeline.run.metrics import Metrics
    from pipeline.run.streams.worker import run, waited_for_topics
    from pipeline.story import replace

    if args.port is not None:
        settings = replace(settings, streams=replace(settings.streams, port=args.port))
    configure(settings.log)
    try:
        waited_for_topics(settings)
        with closing(Enriching(settings.enrich)) as enriching:
            enriching.warm()
            reason = run(settings, enriching, Metrics())
    except (NoBrokers, NoBroker, TopicUnreadable, OSError) as error:
        print(f"wire process: {error}", file=sys.stderr)
        return 2
    if reason:
        print(f"wire process: {reason}", file=sys.stderr)
    return 1 if reason else 0
