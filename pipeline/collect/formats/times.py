"""Wire times: every way in which agencies write a moment, as UTC, with what had to be assumed about it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from pipeline.story import Precision, Record

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero ene gennaio gen janeiro januari tammikuu tammikuuta jän jänner janv",
            "feb february februar février fevrier febrero febbraio fevereiro fev februari helmikuu helmikuuta fév fevr févr",
            "mar march märz mars marzo março marco maart maaliskuu maaliskuuta mär mrz mrt mars",
            "apr april avril abril abr aprile avr huhtikuu huhtikuuta",
            "may mai mayo maggio mag maio maj mei toukokuu toukokuuta",
            "jun june juni juin junio giugno giu junho kesäkuu kesäkuuta",
            "jul july juli juillet julio luglio lug julho heinäkuu heinäkuuta juil",
            "aug august août aout agosto ago augustus elokuu elokuuta augusti",
            "sep sept september septembre septiembre settembre set setembro syyskuu syyskuuta",
            "oct october oktober octobre octubre ottobre ott outubro out okt lokakuu lokakuuta",
            "nov november novembre noviembre novembro marraskuu marraskuuta",
            "dec december dezember décembre decembre diciembre dic dicembre dezembro dez desember déc des"
            " joulukuu joulukuuta",
        ),
        1,
    )
    for name in names.split()
}
"""Month names and their short forms in the agencies' languages, without a full stop."""

ZONES = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0, "BST": 60, "WEST": 60, "CET": 60, "MEZ": 60, "HEC": 60,
    "CEST": 120, "MESZ": 120, "EET": 120, "EEST": 180, "MSK": 180, "IST": 330, "SGT": 480, "HKT": 480, "AWST": 480,
    "JST": 540, "KST": 540, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780,
    "EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
}  # fmt: skip
"""Zone names that wires write, minutes east of Greenwich."""


class Moment(Record, frozen=True, kw_only=True):
    """A time as a wire wrote it, understood."""

    at: datetime
    """UTC."""
    precision: Precision = "second"
    zoned: bool = True
    """False where the wire wrote no zone and one was supplied."""


_ISO = re.compile(
    r"(?P<y>\d{4})-?(?P<m>\d{2})-?(?P<d>\d{2})"
    r"(?:[T ]\s*(?P<H>\d{2}):?(?P<M>\d{2})(?::?(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?)?"
    r"\s*(?P<zone>.*)"
)
_DAY_FIRST = re.compile(
    r"(?P<d>\d{1,2})[./](?P<m>\d{1,2})[./](?P<y>\d{4})(?:,?\s+(?P<H>\d{1,2})[:.](?P<M>\d{2})(?:[:.](?P<S>\d{2}))?)?\s*(?P<zone>.*)"
)
_OFFSET = re.compile(r"(?:(?P<name>UTC|GMT|UT)\s*)?(?P<sign>[+-])(?P<h>\d{1,2}):?(?P<m>\d{2})?$")
_SLOT = re.compile(
    r"(?P<d>\d{2})(?P<H>\d{2})(?P<M>\d{2})\s*(?P<zone>[A-Z]{1,4})?\s*(?P<month>[^\W\d]{3,})\.?\s*(?P<y>\d{2}|\d{4})?"
)
_US = re.compile(r"(?P<m>\d{2})-(?P<d>\d{2})-(?P<y>\d{2})\s+(?P<H>\d{2})(?P<M>\d{2})\s*(?P<zone>[A-Z]{3,4})")
_WORDS = re.compile(
    r"(?:\w+,?\s+)?(?P<d>\d{1,2})\.?\s+(?P<month>[^\W\d]{3,})\.?\s+(?P<y>\d{4})(?:,?\s+(?P<H>\d{1,2})[:.](?P<M>\d{2})(?:[:.](?P<S>\d{2}))?)?\s*(?P<zone>.*)"
)


def moment(text: str | None, zone: str = "") -> Moment | None:
    """The moment that `text` names, or None where it names none (empty, a placeholder, an impossible date).

    Understood: ISO 8601 in basic and extended form, with and without time and zone; the same with a blank for `T`; offsets
    `+01:00`, `+0100`, `+01`, `GMT+9`, `GMT+00:00`; zone names; RFC 5322; day-first dates; IPTC 7901's `131137 GMT Nov 13`;
    ANPA 1312's `11-13-13 1509GMT`; dates in words. `zone` is the IANA zone taken where none is written (empty: UTC)."""
    if not text:
        return None
    text = " ".join(text.split())
    if len(text) > 80 or not any(character.isdigit() for character in text):
        return None
    return _moment(text, zone)


@lru_cache(maxsize=4096)
def _moment(text: str, zone: str) -> Moment | None:
    try:
        for pattern in (_ISO, _SLOT, _US, _DAY_FIRST, _WORDS):
            found = pattern.match(text) if pattern is _ISO else pattern.fullmatch(text)
            if found and (result := _from_parts(found.groupdict(), zone)):
                return result
        return Moment(at=parsedate_to_datetime(text).astimezone(UTC)) if "," in text and ":" in text else None
    except (ValueError, OverflowError, TypeError):
        return None


def _from_parts(parts: dict[str, str | None], zone: str) -> Moment | None:
    month = (
        MONTHS.get((parts.get("month") or "").lower().rstrip("."))
        if "month" in parts
        else int(parts["m"] or 0)
    )
    year = parts.get("y")
    if not month or not year:
        return None
    written = (parts.get("zone") or "").strip()
    known = _zone(written)
    if written and known is None and not parts.get("H"):
        return None
    where: tzinfo = known or _named(zone)
    whole = 2000 + int(year) if len(year) == 2 else int(year)
    seconds = parts.get("S")
    local = datetime(
        whole,
        month,
        int(parts["d"] or 0),
        int(parts.get("H") or 0),
        int(parts.get("M") or 0),
        min(int(seconds or 0), 59),
        int((parts.get("f") or "0").ljust(6, "0")[:6]),
        tzinfo=where,
    )
    precision: Precision = "day" if parts.get("H") is None else "minute" if seconds is None else "second"
    return Moment(at=local.astimezone(UTC), precision=precision, zoned=known is not None)


def _zone(written: str) -> tzinfo | None:
    if not written:
        return None
    if found := _OFFSET.match(written):
        minutes = int(found["h"]) * 60 + int(found["m"] or 0)
        return (
            timezone(timedelta(minutes=-minutes if found["sign"] == "-" else minutes))
            if minutes < 24 * 60
            else None
        )
    name = written.split()[0].strip("()").upper()
    return timezone(timedelta(minutes=ZONES[name])) if name in ZONES else None


@lru_cache(maxsize=64)
def _named(zone: str) -> tzinfo:
    return ZoneInfo(zone) if zone else UTC
