"""Connects to Elasticsearch as the settings say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from elasticsearch import ApiError, Elasticsearch, TransportError

from pipeline.settings import Elastic


class Unreachable(Exception):
    """Elasticsearch does not answer, or not to us; the message says why and what was asked."""


def connect(settings: Elastic) -> Elasticsearch:
    """A client; nothing is asked yet. Raises Unreachable where no address is set, or elastic.ca is no
    file."""
    hosts = [one.strip() for one in settings.url.split(",") if one.strip()]
    if not hosts:
        raise Unreachable("no Elasticsearch is set: elastic.url in the settings file, or WIRE_ELASTIC_URL")
    options: dict[str, Any] = {"request_timeout": 60, "max_retries": 0, "retry_on_timeout": False}
    if settings.ca:
        if not Path(settings.ca).is_file():
            raise Unreachable(f"elastic.ca: no such file: {settings.ca}")
        options["ca_certs"] = settings.ca
    if settings.api_key:
        options["api_key"] = settings.api_key
    elif settings.user:
        options["basic_auth"] = (settings.user, settings.password)
    try:
        return Elasticsearch(hosts, **options)
    except (ValueError, OSError) as error:
        raise Unreachable(f"{settings.url}: {error}") from error


@contextmanager
def explained(settings: Elastic) -> Iterator[None]:
    """Turns what the client raises within the block into Unreachable."""
    try:
        yield
    except TransportError as error:
        raise Unreachable(f"Elasticsearch at {settings.url} does not answer: {error.message}") from error
    except ApiError as error:
        raise Unreachable(f"Elasticsearch at {settings.url} refuses: {_reason(error)}") from error


def _reason(error: ApiError) -> str:
    if error.status_code == 404 and "index_not_found" in error.message:
        return "it has no such indices; `wire setup` makes them"
    return f"{error.status_code} {error.message}"
