"""Structured logs on standard error: a line of JSON an event for machines, readable text on a terminal."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import structlog

from pipeline.settings import Log

if TYPE_CHECKING:
    from pipeline.run.intake import Casualty

ERROR_CHARACTERS = 10_000
"""Of an error, what is logged and shown: some repeat the text that they are about."""


def configure(log: Log) -> None:
    """Sets up structlog, and the standard library's loggers (uvicorn, httpx) through it."""
    as_text = log.format == "text" or (log.format == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if as_text
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(log.level.upper())
    # One line for each fetch is the poller's to write, and it knows more; of the brokers only trouble is news.
    for noisy in ("httpx", "httpcore", "asyncio", "kafka", "aiokafka", "faust", "mode", "elastic_transport"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # It warns whenever the machine is busy for a tenth of a second.
    logging.getLogger("kafka.net.selector").setLevel(logging.ERROR)


def log_casualties(log: Any, casualties: Sequence[Casualty]) -> None:
    """A line on a structlog logger for each thing that went to the dead letters, whichever stage it died in."""
    for casualty in casualties:
        log.warning(
            "dead letter",
            stage=casualty.stage,
            source=casualty.source,
            document=casualty.document,
            item=casualty.item,
            error=casualty.error[:ERROR_CHARACTERS],
        )
