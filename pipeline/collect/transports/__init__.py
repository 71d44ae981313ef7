"""The registry of transports beside HTTP: which one serves an address. A new one is a module and a line here."""

from __future__ import annotations

import importlib

from pipeline.collect.transports.transport import Transport as Transport
from pipeline.collect.transports.transport import place as place

MODULES: dict[str, tuple[str, ...]] = {
    "ftp": ("ftp", "ftps"),
    "sftp": ("sftp",),
    "imap": ("imap", "imaps"),
}
"""Schemes by the module that has their `TRANSPORT`; loaded when an address asks for it, as some bring large libraries."""

PUSHED = "push"
"""The scheme of what is not visited: agencies push to `/push/NAME`."""


def is_served(scheme: str) -> bool:
    """Whether a transport serves the scheme."""
    return any(scheme in schemes for schemes in MODULES.values())


def transport_of(scheme: str) -> Transport | None:
    """The transport that serves a scheme; None: none does."""
    for module, schemes in MODULES.items():
        if scheme in schemes:
            transport: Transport = importlib.import_module(f"{__name__}.{module}").TRANSPORT
            return transport
    return None
