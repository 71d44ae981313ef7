"""How an agency writes its wire: whose clock its times follow, whether its version numbers count, what its by-lines hold."""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.agencies import agency
from pipeline.story import Record


class House(Record, frozen=True, kw_only=True):
    """One agency's style."""

    name: str
    """How readers see it, `RawStory.provider`."""
    zone: str = ""
    """IANA zone of its times without a zone; empty: UTC."""
    counts: bool = True
    """False where its version numbers are no sequence."""
    initials: bool = False
    """True where its by-line element holds desk initials (`gr/bp`), never a name."""


UNKNOWN = House(name="")

_NUMBERS_AT_RANDOM = frozenset({"Reuters", "Bloomberg"})
_DESK_INITIALS = frozenset({"EFE"})
_FURTHER = {
    "businessdesk": House(name="BusinessDesk", zone="Pacific/Auckland"),
    "business desk": House(name="BusinessDesk", zone="Pacific/Auckland"),
    "thecanadianpress": House(name="CP", zone="America/Toronto"),
    "pressassociation": House(name="PA", zone="Europe/London"),
    "pa sport": House(name="PA", zone="Europe/London"),
    "stt info": House(name="STT", zone="Europe/Helsinki"),
    "deutsche presse-agentur gmbh": House(name="dpa", zone="Europe/Berlin"),
    "dpa deutsche presse-agentur gmbh": House(name="dpa", zone="Europe/Berlin"),
}
"""Names and domains of houses that the table of agencies has not."""

_SUFFIXES = r"(?:com|org|net|co|info|news|press|eu|[a-z]{2})"
_DOMAIN = re.compile(
    rf"(?:https?://)?(?:[a-z0-9-]+\.)*?([a-z0-9-]+)(?:\.{_SUFFIXES}){{1,2}}(?:[/:?#].*)?", re.I
)
_AUTHORITY = re.compile(r"(?:urn:newsml:|tag[:_]|https?://|urn:publicid:\d*:?)([a-z0-9.-]+\.[a-z]{2,})", re.I)
_SIGNATURE = re.compile(r"\(([^()]{2,24})\)|/([A-Za-z]{2,12})/")


@lru_cache(maxsize=4096)
def house(written: str) -> House:
    """The agency that `written` names: a name, `(AP)`, `/ritzau/`, `STT–`, a code `nprov:dpa`, a domain; else UNKNOWN."""
    text = " ".join(written.split())
    text = re.sub(r"^(?:copyright|source|\(c\)|©)\s*(?:\d{4})?[\s,:]*", "", text, flags=re.I).strip(
        "()[]/ –—-.,:;*©"
    )
    candidates = [text, re.sub(r"^the ", "", text, flags=re.I)]
    if ":" in text and "//" not in text:
        candidates.append(text.rpartition(":")[2])
    if found := _DOMAIN.fullmatch(text):
        candidates.append(found[1])
    return next((known for name in candidates if name and (known := _named(name)) is not UNKNOWN), UNKNOWN)


def _named(name: str) -> House:
    if further := _FURTHER.get(name.lower()):
        return further
    known = agency(name)
    if known is None:
        return UNKNOWN
    return House(
        name=known.name,
        zone="" if known.zone == "UTC" else known.zone,
        counts=known.name not in _NUMBERS_AT_RANDOM,
        initials=known.name in _DESK_INITIALS,
    )


def house_of_guid(guid: str) -> House:
    """The agency whose domain stands in an item's id (`urn:newsml:DOMAIN:...`, `tag:DOMAIN,2020:...`)."""
    found = _AUTHORITY.match(guid)
    return house(found[1]) if found else UNKNOWN


def house_of_dateline(text: str) -> House:
    """The agency in a dateline or at the head of a text: `BERLIN (dpa) -`, `København /ritzau/:`, `(ANSA) - ROMA`."""
    for found in _SIGNATURE.finditer(text[:160]):
        for name in re.split(r"[/,-]", found[1] or found[2]):
            known = house(name.strip())
            if known is not UNKNOWN:
                return known
    return UNKNOWN


def first_known(*written: str) -> House:
    """The first of several names that is an agency's, else UNKNOWN."""
    return next((known for text in written if text and (known := house(text)) is not UNKNOWN), UNKNOWN)
