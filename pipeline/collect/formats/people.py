"""Tells people from houses among the authors that a feed names, and both from mail addresses."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

_ADDRESS = re.compile(r"[<(\[]?\s*(?:mailto:)?[\w.+-]+@[\w-]+(?:\.[\w-]+)+\s*[>)\]]?")
_LONGEST = 500
"""Characters; what is longer is no name, and the search for an address in it would take long."""

_HOUSE = re.compile(
    r"\b(agenc|desk\b|newsdesk|newsroom|staff\b|editors?\b|editorial|press\b|redaktion|r[ée]daction|redacci[óo]n"
    r"|redazione|team\b|news\b|media\b|webmaster|\.com\b|\.org\b|inc\b|ltd\b)",
    re.IGNORECASE,
)
_NOBODY = frozenset({"unknown", "anonymous", "noreply", "no-reply", "none", "n/a", "null", "nobody"})


def without_address(written: str) -> str:
    """A name without the mail address around it; empty where there was nothing else."""
    written = written[:_LONGEST]
    return _ADDRESS.sub(" ", written).strip(" \t,;()<>") if "@" in written else written.strip(" \t,;")


def names(written: Iterable[str]) -> list[str]:
    """The names among `written`, each once: no mail or web addresses, no `Unknown`."""
    found: dict[str, str] = {}
    for each in written:
        name = " ".join(without_address(each).split())
        if name and "@" not in name and "://" not in name and name.lower() not in _NOBODY:
            found.setdefault(name.lower(), name)
    return list(found.values())


def parted(inherited: Iterable[str], titles: Collection[str]) -> tuple[list[str], str]:
    """Authors named for a whole feed, as (people, credit): houses, and the feed itself, are credits. `titles`
    are the feed's, in lower case."""
    found = names(inherited)
    people = [name for name in found if not _HOUSE.search(name) and name.lower() not in titles]
    return people, "" if people else ", ".join(found)
