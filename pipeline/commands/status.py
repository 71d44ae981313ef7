"""`wire status` and `wire settings`: what is healthy, and every knob."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing

from pipeline.settings import Settings


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the commands."""
    status = commands.add_parser(
        "status", help="what the store holds, each source's last story, the dead letters"
    )
    status.add_argument("--json", action="store_true", help="one record")
    status.set_defaults(run=run_status)
    knobs = commands.add_parser("settings", help="every setting: name, variable, default, meaning")
    knobs.add_argument("--json", action="store_true", help="one record a line")
    knobs.add_argument("--current", action="store_true", help="the settings in force, as JSON")
    knobs.set_defaults(run=run_settings)


def run_status(args: argparse.Namespace, settings: Settings) -> int:
    """Prints the status; 1 where nothing runs on the store or something is in the dead letters."""
    from pathlib import Path

    from rich.console import Console
    from rich.table import Table

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
    console.print(
        f"stories   {now.counts.stories:,} ({now.counts.versions:,} versions, {now.counts.copies:,} copies, "
        f"{now.counts.killed:,} killed, {now.counts.withheld:,} withheld)"
    )
    dead = ", ".join(f"{count} at {stage}" for stage, count in now.dead_letters.items()) or "none"
    console.print(f"dead      {dead}")
    table = Table(
        "source", "stories", "last story (UTC)", "last indexed (UTC)", box=None, padding=(0, 2, 0, 0)
    )
    for source in now.counts.sources:
        table.add_row(
            source.source, f"{source.stories:,}", _time(source.last_event_at), _time(source.last_indexed_at)
        )
    console.print(table)
    return 0


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
