"""`wire setup`: the topics, the index templates and the dashboards that the distributed driver needs."""

from __future__ import annotations

import argparse
import sys

from pipeline.settings import Settings


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    setup = commands.add_parser(
        "setup",
        help="create topics, index templates and dashboards; say how what is there differs",
        description="Creates what is absent on the brokers (kafka.brokers) and in Elasticsearch (elastic.url). What is there is"
        " never changed: each difference is told with the command that would mend it, and the exit code is 1.",
    )
    setup.add_argument("--kibana", metavar="URL", help="import the dashboards into this Kibana")
    setup.add_argument(
        "--wait", type=float, default=30.0, metavar="SECONDS", help="how long servers may take to answer (30)"
    )
    setup.add_argument("--json", action="store_true", help="a record a line")
    setup.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Sets up; 1 where something differs from what it should be, 2 where a server cannot be reached."""
    from pipeline.kafka.setup import Finding, NoBroker, set_up
    from pipeline.kafka.topics import topics
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
            findings += set_up(settings.kafka, topics(settings.kafka).all, args.wait)
    except NoBroker as error:
        print(f"wire setup: {error}", file=sys.stderr)
        return 2
    for finding in findings:
        if args.json:
            print(encode(finding).decode())
        else:
            print(f"{finding.name:<32} {finding.state}{': ' if finding.detail else ''}{finding.detail}")
    return 1 if any(finding.state == "differs" for finding in findings) else 0
