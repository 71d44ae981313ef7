"""Where a place's password, token or key is kept: in the environment or a file, never in the feed list itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

LONGEST = 65_536


class NoSecret(Exception):
    """The secret is not where the list says; the message says where that is."""


def secret_of(written: str, environment: Mapping[str, str]) -> str:
    """The secret that `env:NAME` or `file:PATH` names, without the line's end; empty for none. Raises NoSecret."""
    kind, _, name = written.partition(":")
    if not written:
        return ""
    if kind == "env":
        if not environment.get(name):
            raise NoSecret(f"the environment has no {name}, where the secret should be")
        return environment[name]
    if kind == "file":
        try:
            with Path(name).expanduser().open("rb") as file:
                return file.read(LONGEST).decode("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise NoSecret(f"the secret cannot be read from {name}: {error}") from error
    raise NoSecret("write secret as env:NAME or file:PATH; the secret itself does not belong into the list")
