"""`wire setup`: the topics, the index templates and the dashboards that the distributed driver needs."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.findings import Finding

RETRY_SECONDS = 1.0
"""Between two tries of a server that does not answer yet."""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    setup = commands.add_parser(
        "setup",
        help="create topics, index templates and dashboards; say how what is there differs",
        description="Creates what is absent on the brokers (kafka.brokers) and in Elasticsearch (elastic.url). What is there is"
        " not changed without --apply: each difference is told with what would mend it, and the exit code is 1.",
    )
    setup.add_argument("--kibana", metavar="URL", help="import the dashboards into this Kibana")
    setup.add_argument(
        "--wait", type=float, default=30.0, metavar="SECONDS", help="how long servers may take to answer (30)"
    )
    setup.add_argument(
        "--apply",
        action="store_true",
        help="change what differs on the brokers, as far as that is safe: configuration, and more partitions at rest",
    )
    setup.add_argument("--json", action="store_true", help="a record a line")
    setup.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Sets up; 1 where something differs from what it should be, 2 where a server cannot be reached."""
    from pipeline.index.elastic import Unreachable
    from pipeline.kafka.setup import NoBroker, set_up
    from pipeline.kafka.topics import topics
    from pipeline.kibana import KibanaError
    from pipeline.story import encode

    if not (settings.kafka.brokers or settings.elastic.url or args.kibana):
        print(
            "wire setup: nothing to set up: kafka.brokers, elastic.url and --kibana are all empty",
            file=sys.stderr,
        )
        return 2
    findings: list[Finding] = []
    try:
        if settings.kafka.brokers:
            findings += set_up(settings.kafka, topics(settings.kafka).all, args.wait, args.apply)
        if settings.elastic.url:
            findings += _patiently(lambda: _indices(settings), Unreachable, args.wait)
        if args.kibana:
            findings += _patiently(lambda: _dashboards(args.kibana, settings), KibanaError, args.wait)
    except (NoBroker, Unreachable, KibanaError) as error:
        print(f"wire setup: {error}", file=sys.stderr)
        return 2
    for finding in findings:
        if args.json:
            print(encode(finding).decode())
        else:
            print(f"{finding.name:<32} {finding.state}{': ' if finding.detail else ''}{finding.detail}")
    return 1 if any(finding.state == "differs" for finding in findings) else 0


def _indices(settings: Settings) -> Sequence[Finding]:
    """The index templates, and an index of each."""
    from pipeline.index.elastic import connect, set_up
    from pipeline.index.elastic.connection import explained

    with explained(settings.elastic), connect(settings.elastic) as client:
        return set_up(client, settings.elastic)


def _dashboards(url: str, settings: Settings) -> Sequence[Finding]:
    """Kibana's data views and dashboards. Kibana has Elasticsearch's users, and mostly the same authority."""
    from pipeline.findings import Finding
    from pipeline.kibana import import_objects
    from pipeline.kibana.dashboards import saved_objects

    elastic = settings.elastic
    number = import_objects(
        url,
        saved_objects(elastic.prefix),
        user=elastic.user,
        password=elastic.password,
        api_key=elastic.api_key,
        ca=elastic.ca,
    )
    return [Finding(name="kibana", state="created", detail=f"{number} data views, searches and dashboards")]


def _patiently(
    done: Callable[[], Sequence[Finding]], unreachable: type[Exception], seconds: float
) -> Sequence[Finding]:
    """What `done` returns, tried again for so long as its server does not answer."""
    end = time.monotonic() + seconds
    while True:
        try:
            return done()
        except unreachable:
            if time.monotonic() >= end:
                raise
            time.sleep(RETRY_SECONDS)
