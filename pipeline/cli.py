"""The `wire` command: parses arguments, reads the settings, calls one function."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline import __version__
from pipeline.commands import (
    collect,
    dead,
    dedupe,
    enrich,
    feeds,
    index,
    parse,
    process,
    read,
    replay,
    run,
    serve,
    setup,
    status,
)
from pipeline.settings import BadSettings, Settings, load
from pipeline.story import replace

EPILOG = "Exit codes: 0 done; 1 some stories failed, each named on standard error; 2 wrong use. Settings: `wire settings`."


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    args = parser().parse_args(arguments)
    try:
        settings = _settings(args)
        code: int = args.run(args, settings)
        sys.stdout.flush()
    except BadSettings as error:
        print(f"wire: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader (`head`) has enough. Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def parser() -> argparse.ArgumentParser:
    """The whole command line, without loading what the commands need."""
    top = argparse.ArgumentParser(
        prog="wire",
        description="Wire-service feeds in; one clean, de-duplicated, entity-tagged stream of stories out.",
        epilog=EPILOG,
    )
    top.add_argument("--version", action="version", version=f"wire {__version__}")
    top.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="settings file (default: $WIRE_CONFIG, else wire.toml if present)",
    )
    top.add_argument("--store", metavar="FILE", help="the store, instead of the settings' store.path")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for group in (
        replay,
        run,
        parse,
        dedupe,
        enrich,
        read,
        serve,
        collect,
        process,
        index,
        feeds,
        dead,
        setup,
        status,
    ):
        group.register(commands)
    return top


def _settings(args: argparse.Namespace) -> Settings:
    path: Path | None = args.config
    if path is None and os.environ.get("WIRE_CONFIG"):
        path = Path(os.environ["WIRE_CONFIG"])
    if path is None and Path("wire.toml").exists():
        path = Path("wire.toml")
    settings = load(path, os.environ)
    return replace(settings, store=replace(settings.store, path=args.store)) if args.store else settings


if __name__ == "__main__":
    sys.exit(main())
