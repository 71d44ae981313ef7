"""`wire replay`: seed files as test feeds, through the whole pipeline, in event-time order."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pipeline.settings import Settings


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    replay = commands.add_parser(
        "replay",
        help="seed files as test feeds, through the whole pipeline",
        description="Takes the stories of wire documents in any format through every stage into the store, in event-time order."
        " The folder that a file lies in is its source. A store that holds only an earlier replay is begun anew.",
    )
    replay.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files, or folders with files")
    replay.add_argument("--json", action="store_true", help="write each story's record, one a line")
    replay.add_argument(
        "--speed", type=_speed, metavar="N", help="N times real time (default: as fast as it can)"
    )
    replay.add_argument("--source", help="source of all stories, instead of each file's folder")
    replay.add_argument(
        "--add", action="store_true", help="add to an earlier replay instead of beginning anew"
    )
    replay.add_argument("--no-entities", action="store_true", help="leave the enrich stage out")
    replay.add_argument(
        "--processes", type=int, default=0, metavar="N", help="enriching processes (default: the setting)"
    )
    replay.add_argument(
        "--explain", type=Path, metavar="FILE", help="show what each stage made of this file's stories"
    )
    replay.add_argument(
        "--to",
        choices=["store", "kafka"],
        default="store",
        help="`kafka`: publish the raw stories for `wire process` (kafka.brokers), instead of processing them here",
    )
    replay.add_argument("--rate", type=_speed, metavar="N", help="with --to kafka: N stories a second")
    replay.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Replays, and prints what came of it; 1 where something went to the dead letters."""
    from rich.console import Console

    from pipeline.run.replay import Order, Report, replay
    from pipeline.run.report import JsonReport, LinesReport
    from pipeline.store import StoreError

    missing = [path for path in args.paths if not path.exists()]
    if missing:
        print(
            *(f"wire replay: {path}: no such file or folder" for path in missing), sep="\n", file=sys.stderr
        )
        return 2
    if args.to == "kafka":
        return _send(args, settings)
    order = Order(
        paths=args.paths,
        source=args.source,
        speed=args.speed,
        add=args.add,
        entities=not args.no_entities,
        processes=args.processes,
    )
    report: Report = JsonReport(sys.stdout) if args.json else LinesReport(Console(), args.explain)
    try:
        summary = replay(order, settings, report)
    except StoreError as error:
        print(f"wire replay: {error}", file=sys.stderr)
        return 2
    return 1 if summary.dead else 0


def _send(args: argparse.Namespace, settings: Settings) -> int:
    from contextlib import closing

    from pipeline.kafka.connection import NoBrokers
    from pipeline.kafka.publish import BulkPublisher, NotPublished
    from pipeline.run.report import failure
    from pipeline.run.sending import Sending, send
    from pipeline.story import encode

    order = Sending(paths=args.paths, source=args.source, speed=args.speed, rate=args.rate)
    try:
        with closing(BulkPublisher(settings.kafka)) as publisher:
            sent = send(
                order, settings, publisher, lambda casualty: print(failure(casualty), file=sys.stderr)
            )
    except (NoBrokers, NotPublished) as error:
        print(f"wire replay: {error}", file=sys.stderr)
        return 2
    if args.json:
        print(encode(sent).decode())
    else:
        print(
            f"{sent.stories:,} stories of {sent.documents:,} documents published in {sent.seconds:.1f} s;"
            f" {sent.dead:,} dead letters, {sent.aside:,} items left aside"
        )
    return 1 if sent.dead else 0


def _speed(text: str) -> float:
    speed = float(text)
    if speed <= 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return speed
