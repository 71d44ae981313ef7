"""`wire status` and `wire settings`: what is healthy, and every knob."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from pipeline.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.index import Counts


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the commands."""
    status = commands.add_parser(
        "status",
        help="what runs and what waits, what the index holds, each source's last story, dead letters",
    )
    status.add_argument("--json", action="store_true", help="one record")
    status.set_defaults(run=run_status)
    knobs = commands.add_parser("settings", help="every setting: name, variable, default, meaning")
    knobs.add_argument("--json", action="store_true", help="one record a line")
    knobs.add_argument("--current", action="store_true", help="the settings in force, as JSON")
    knobs.set_defaults(run=run_settings)


def run_status(args: argparse.Namespace, settings: Settings) -> int:
    """Prints the status; 1 where a server of the distributed driver could not be asked, 2 where there is no store."""
    if settings.kafka.brokers or settings.elastic.url:
        return _of_services(args, settings)
    return _of_store(args, settings)


def _of_store(args: argparse.Namespace, settings: Settings) -> int:
    from pathlib import Path

    from rich.console import Console

    from pipeline.run.standing import standing
    from pipeline.store import StoreError, open_reader
    from pipeline.story import encode

    try:
        with closing(open_reader(settings.store.path)) as connection:
            now = standing(connection, Path(settings.store.path))
    except StoreError as error:
        print(f"wire status: {error}", file=sys.stderr)
        return 2
    if args.json:
        print(encode(now).decode())
        return 0
    console = Console(highlight=False)
    console.print(f"service   {'running' if now.running else 'not running'}; store {settings.store.path}")
    _print_index(console, now.counts, now.dead_letters)
    return 0


def _of_services(args: argparse.Namespace, settings: Settings) -> int:
    from rich.console import Console

    from pipeline.kafka.connection import NoBrokers
    from pipeline.run.standing import distributed
    from pipeline.story import encode

    try:
        now = distributed(settings)
    except NoBrokers as error:
        print(f"wire status: {error}", file=sys.stderr)
        return 2
    if args.json:
        print(encode(now).decode())
    else:
        console = Console(highlight=False)
        for service in now.services:
            running = f"{service.members} running" if service.members else "not running"
            topics = ", ".join(f"{count:,} on {topic}" for topic, count in service.waiting.items() if count)
            console.print(f"{service.name:<9} {running}" + (f"; waiting: {topics}" if topics else ""))
        if now.counts is not None:
            _print_index(console, now.counts, now.dead_letters)
    for trouble in now.troubles:
        print(f"wire status: {trouble}", file=sys.stderr)
    return 1 if now.troubles else 0


def _print_index(console: Console, counts: Counts, dead_letters: dict[str, int]) -> None:
    """What an index holds, and its sources."""
    from rich.table import Table

    console.print(
        f"stories   {counts.stories:,} ({counts.versions:,} versions, {counts.copies:,} copies, "
        f"{counts.killed:,} killed, {counts.withheld:,} withheld)"
    )
    dead = ", ".join(f"{count} at {stage}" for stage, count in dead_letters.items()) or "none"
    console.print(f"dead      {dead}")
    table = Table(
        "source", "stories", "last story (UTC)", "last indexed (UTC)", box=None, padding=(0, 2, 0, 0)
    )
    for source in counts.sources:
        table.add_row(
            source.source, f"{source.stories:,}", _time(source.last_event_at), _time(source.last_indexed_at)
        )
    console.print(table)


def _time(at: object) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at is not None else "-"


def run_settings(args: argparse.Namespace, settings: Settings) -> int:
    """Prints the knobs."""
    from pipeline.settings import knobs
    from pipeline.story import encode

    if args.current:
        print(encode(settings).decode())
        return 0
    section = ""
    for knob in knobs():
        if args.json:
            print(encode(knob).decode())
            continue
        if knob.name.split(".")[0] != section:
            section = knob.name.split(".")[0]
            print(f"\n[{section}]" if section != "store" else "[store]")
        print(f"{knob.name.split('.')[1]} = {knob.default:<24} # {knob.meaning}  ({knob.variable})")
    return 0
