"""`wire run`: the continuous service on one machine."""

from __future__ import annotations

import argparse
import sys

from pipeline.settings import Settings


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    run = commands.add_parser(
        "run",
        help="the continuous service: polls feeds, watches folders, indexes, serves the page",
        description="Runs until SIGTERM or SIGINT, then finishes what it has begun. Feeds: `wire feeds add`; a folder to watch:"
        " --folder or the setting folders.path; the page: http://HOST:PORT/.",
    )
    run.add_argument("--folder", help="folder to watch; each sub-folder is a source")
    run.add_argument("--host", help="address of the page")
    run.add_argument("--port", type=int, help="port of the page")
    run.set_defaults(run=run_service)


def run_service(args: argparse.Namespace, settings: Settings) -> int:
    """Runs the service; 0 after an orderly stop."""
    import asyncio
    from pathlib import Path

    from pipeline.run.live import run
    from pipeline.run.logs import configure
    from pipeline.run.ownership import owned
    from pipeline.store import StoreError
    from pipeline.story import replace

    if args.folder:
        settings = replace(settings, folders=replace(settings.folders, path=args.folder))
    web = {name: value for name in ("host", "port") if (value := getattr(args, name)) is not None}
    settings = replace(settings, web=replace(settings.web, **web))
    configure(settings.log)
    try:
        with owned(Path(settings.store.path)):
            asyncio.run(run(settings))
    except (StoreError, OSError) as error:
        print(f"wire run: {error}", file=sys.stderr)
        return 2
    return 0
