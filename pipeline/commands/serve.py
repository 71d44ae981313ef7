"""`wire serve`: the reading API and its page over the index, beside whatever fills it."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.web.reading import ReadModel


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Defines `wire serve`."""
    serve = commands.add_parser(
        "serve",
        help="serve the reading API and its page",
        description="Serves the stories in Elasticsearch (elastic.url) or, with none, in the store: a page for people, a JSON API"
        " for programs (see /docs), health and metrics. It only reads; services and replays may write beside it.",
    )
    serve.add_argument(
        "--host", metavar="ADDRESS", help="address to listen on, instead of the settings' web.host"
    )
    serve.add_argument(
        "--port", metavar="N", type=_port, help="port, instead of the settings' web.port; 0 picks a free one"
    )
    serve.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Serves until SIGTERM or SIGINT. 0 when it was stopped, 1 when it could not listen."""
    import asyncio

    from pipeline.web.server import CannotListen

    try:
        asyncio.run(
            _serve(
                settings,
                args.host or settings.web.host,
                settings.web.port if args.port is None else args.port,
            )
        )
    except CannotListen as error:
        print(f"wire serve: {error}", file=sys.stderr)
        return 1
    return 0


async def _serve(settings: Settings, host: str, port: int) -> None:
    import asyncio
    import signal
    from datetime import UTC, datetime

    from pipeline.web.app import create_app
    from pipeline.web.server import serve

    app = create_app(_model_of(settings), settings, lambda: datetime.now(UTC))
    server = serve(app, host, port)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await server.start()
    print(f"Stories at {server.url}", file=sys.stderr, flush=True)
    await stopping.wait()
    await server.stop()


def _model_of(settings: Settings) -> Callable[[], ReadModel]:
    """What opens the read model of the index that the settings name."""
    if settings.elastic.url:
        from pipeline.web.elastic import ElasticModel

        return lambda: ElasticModel(settings)
    from pipeline.web.embedded import EmbeddedModel

    return lambda: EmbeddedModel(settings)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError("a port is 0 to 65535")
    return port
