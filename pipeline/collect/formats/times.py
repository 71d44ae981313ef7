"""Wire times: every way in which agencies write a moment, as UTC, with what had to be assumed about it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_tz
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from pipeline.story import Precision, Record

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january يناير januar janvier enero ene gennaio gen janeiro januari tammikuu tammikuuta jän jänner janv",
            "feb february فبراير شباط februar février fevrier febrero febbraio fevereiro fev februari"
            " helmikuu helmikuuta fév fevr févr",
            "mar march مارس آذار märz mars marzo março marco maart maaliskuu maaliskuuta mär mrz mrt mars",
            "apr april أبريل ابريل إبريل نيسان avril abril abr aprile avr huhtikuu huhtikuuta",
            "may mai مايو أيار mayo maggio mag maio maj mei toukokuu toukokuuta",
            "jun june يونيو حزيران juni juin junio giugno giu junho kesäkuu kesäkuuta",
            "jul july يوليو تموز juli juillet julio luglio lug julho heinäkuu heinäkuuta juil",
            "aug august أغسطس آب août aout agosto ago augustus elokuu elokuuta augusti",
            "sep sept سبتمبر أيلول september septembre septiembre settembre set setembro syyskuu syyskuuta",
            "oct october أكتوبر oktober octobre octubre ottobre ott outubro out okt lokakuu lokakuuta",
            "nov november نوفمبر novembre noviembre novembro marraskuu marraskuuta",
            "dec december ديسمبر dezember décembre decembre diciembre dic dicembre dezembro dez desember déc des"
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


_CLOCK = (
    r"(?P<H>\d{1,2})(?:[:.h](?P<M>\d{2})(?:[:.](?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?)?"
    r"(?:\s*(?P<half>[ap]\.?\s?m)\b\.?)?"
)
_REST = rf"(?:,?\s+(?:(?:at|um|om|kl\.?|klo|kello|à|a las|alle|alle ore|ore|às|ás|الساعة)\s+)?{_CLOCK})?\s*(?P<zone>.*)"
_DAY = r"(?:[^\W\d]+(?:-feira)?\.?,?\s+)?"
_DE = r"(?:de\s+|of\s+)?"
_TWICE = r"(?:[^\W\d]+(?: [^\W\d]+)?\s?/\s?)?"
"""AFP's Arabic wire writes a month in both ways: `تشرين الأول/أكتوبر`."""
_ISO = re.compile(
    r"(?P<y>\d{4})(?P<by>[-/]?)(?P<m>\d{2})(?P=by)(?P<d>\d{2})"
    r"(?:(?:[T ]|(?<=\d{8})(?=\d{6}(?!\d)))\s*"
    r"(?P<H>\d{2}):?(?P<M>\d{2})(?::?(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?(?:\s*(?P<half>[AaPp]\.?[Mm])\b\.?)?)?"
    r"\s*(?P<zone>.*)"
)
_DAY_FIRST = re.compile(
    rf"(?P<d>\d{{1,2}})(?P<by>[./-])(?P<m>\d{{1,2}})(?P=by)(?P<y>\d{{4}}|(?<=\.)\d{{2}}){_REST}"
)
_OFFSET = re.compile(r"(?:(?P<name>UTC|GMT|UT)\s*)?(?P<sign>[+\u2212-])(?P<h>\d{1,2}):?(?P<m>\d{2})?$", re.I)
_SLOT = re.compile(
    r"(?P<d>\d{2})(?P<H>\d{2})(?P<M>\d{2})\s*(?P<zone>[A-Z]{1,4})?\s*(?P<month>[^\W\d]{3,})\.?\s*(?P<y>\d{2}|\d{4})?"
)
_US = re.compile(r"(?P<m>\d{2})-(?P<d>\d{2})-(?P<y>\d{2})\s+(?P<H>\d{2})(?P<M>\d{2})\s*(?P<zone>[A-Z]{3,4})")
_WORDS = re.compile(
    rf"{_DAY}(?P<d>\d{{1,2}})(?:\.|st|nd|rd|th)?[\s-]+{_DE}{_TWICE}(?P<month>[^\W\d]{{3,}})"
    rf"\.?,?[\s-]+{_DE}(?P<y>\d{{4}}|\d{{2}}(?=\s)){_REST}",
    re.I,
)
"""`5. August 2024, 10.12 Uhr`; RFC 5322 (`Mon, 05 Aug 2024 10:12:00 EDT`) and RFC 822 with its years of two digits."""
_MONTH_FIRST = re.compile(
    rf"{_DAY}(?P<month>[^\W\d]{{3,}})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}}){_REST}", re.I
)
_CTIME = re.compile(
    rf"{_DAY}(?P<month>[^\W\d]{{3,}})\s+(?P<d>\d{{1,2}})\s+{_CLOCK}\s*(?P<zone>\D*?|\D*[+-]\d{{4}})\s+(?P<y>\d{{4}})",
    re.I,
)
"""`Mon Aug 5 10:12:00 EDT 2024`, as C's asctime and Unix's date write it."""

_WALKING: dict[str, str] = {
    "ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles",
    "EASTERN": "America/New_York", "CENTRAL": "America/Chicago", "MOUNTAIN": "America/Denver",
    "PACIFIC": "America/Los_Angeles", "AT": "America/Halifax", "ATLANTIC": "America/Halifax",
    "NT": "America/St_Johns", "NEWFOUNDLAND": "America/St_Johns",
    "AET": "Australia/Sydney", "AUSTRALIAN EASTERN": "Australia/Sydney",
    "CENTRAL EUROPEAN": "Europe/Berlin", "EASTERN EUROPEAN": "Europe/Helsinki", "BELGIAN": "Europe/Brussels",
    "ITALIAN": "Europe/Rome", "ITALIANA": "Europe/Rome", "UK": "Europe/London", "BRITISH": "Europe/London",
    "PENINSULAR": "Europe/Madrid", "BRASÍLIA": "America/Sao_Paulo", "BRASILIA": "America/Sao_Paulo",
    "BRUXELLES": "Europe/Brussels", "BRUSSEL": "Europe/Brussels", "ROMA": "Europe/Rome", "LISBOA": "Europe/Lisbon",
    "KØBENHAVN": "Europe/Copenhagen", "WIEN": "Europe/Vienna", "MOSCOU": "Europe/Moscow", "GENÈVE": "Europe/Zurich",
}  # fmt: skip
"""Names of zones whose offset walks with the season, and of places as the agencies' languages call them: the IANA zone."""
_FIXED: dict[str, int] = {
    "EASTERN STANDARD": -300, "EASTERN DAYLIGHT": -240, "CENTRAL STANDARD": -360, "CENTRAL DAYLIGHT": -300,
    "MOUNTAIN STANDARD": -420, "MOUNTAIN DAYLIGHT": -360, "PACIFIC STANDARD": -480, "PACIFIC DAYLIGHT": -420,
    "ATLANTIC STANDARD": -240, "ATLANTIC DAYLIGHT": -180, "GREENWICH MEAN": 0, "COORDINATED UNIVERSAL": 0, "UNIVERSAL": 0,
    "BRITISH SUMMER": 60, "WESTERN EUROPEAN": 0, "WESTERN EUROPEAN SUMMER": 60, "CENTRAL EUROPEAN STANDARD": 60,
    "CENTRAL EUROPEAN SUMMER": 120, "EASTERN EUROPEAN SUMMER": 180, "JAPAN STANDARD": 540, "INDIA STANDARD": 330,
    "AUSTRALIAN EASTERN STANDARD": 600, "AUSTRALIAN EASTERN DAYLIGHT": 660, "MITTELEUROPÄISCHE": 60,
    "MITTELEUROPÄISCHE SOMMER": 120, "AST": -240, "ADT": -180, "NST": -210, "NDT": -150, "AKST": -540, "AKDT": -480,
    "HST": -600, "BRT": -180, "ART": -180, "SAST": 120, "EAT": 180, "TRT": 180, "GST": 240, "PKT": 300, "ICT": 420,
    "WIB": 420, "PHT": 480, "MYT": 480, "ACST": 570, "ACDT": 630, "KSA": 180,
}  # fmt: skip
LETTERS = (*ZONES, *(name for name in _FIXED if name.isalpha() and len(name) <= 4))
"""Zones' names that are letters alone: `CEST`."""
SPELT_OUT = tuple(name for name in (*_FIXED, *_WALKING) if len(name) > 4)
"""Zones' names that `time` follows: `EASTERN DAYLIGHT`."""
_NO_ZONE = re.compile(
    r"^(?:uhr|hrs?|hours|heures|horas|h)\b\.?|[()\[\]]|\b(?:heure|hora|ora|horário|time|zeit|local(?:e)?|hours|de|di|in|d'|of)\b",
    re.I,
)
"""Words around a zone's name: `10.12 Uhr MESZ`, `heure de Paris`, `Eastern Daylight Time`."""


def moment(text: str | None, zone: str = "") -> Moment | None:
    """The moment that `text` names, or None where it names none (empty, a placeholder, an impossible date).

    Understood: ISO 8601 in basic and extended form, with and without time and zone; the same with a blank for `T`; offsets
    `+01:00`, `+0100`, `+01`, `GMT+9`, `GMT+00:00`; zones by letters, by name (`Eastern Daylight Time`, `heure de Paris`) and by
    IANA's name; RFC 5322 and RFC 822; day-first dates; IPTC 7901's `131137 GMT Nov 13`; ANPA 1312's `11-13-13 1509GMT`; dates in
    words, day or month first, a.m. and p.m. `zone` is the IANA zone taken where none is written, or none that is known (empty:
    UTC): `zoned` is then False."""
    if not text:
        return None
    text = " ".join(text.split())
    if len(text) > 80 or not any(character.isdigit() for character in text):
        return None
    return _moment(text, zone)


@lru_cache(maxsize=4096)
def _moment(text: str, zone: str) -> Moment | None:
    try:
        for pattern in (_ISO, _SLOT, _US, _DAY_FIRST, _WORDS, _MONTH_FIRST, _CTIME):
            found = pattern.match(text) if pattern is _ISO else pattern.fullmatch(text)
            if found and (result := _from_parts(found.groupdict(), zone)):
                return result
        return _from_mail(text, zone) if "," in text and ":" in text else None
    except (ValueError, OverflowError, TypeError):
        return None


def _from_mail(text: str, zone: str) -> Moment | None:
    """RFC 5322 4.3, obsolete dates and what mail programs make of them. Its `-0000` is UTC."""
    found = parsedate_tz(text)
    if found is None:
        return None
    offset = 0 if found[9] is None and text.endswith("-0000") else found[9]
    where = _named(zone) if offset is None else timezone(timedelta(seconds=offset))
    local = datetime(*found[:5], min(found[5], 59), tzinfo=where)
    return Moment(at=local.astimezone(UTC), zoned=offset is not None)


def _from_parts(parts: dict[str, str | None], zone: str) -> Moment | None:
    month = (
        MONTHS.get((parts.get("month") or "").lower().rstrip("."))
        if "month" in parts
        else int(parts["m"] or 0)
    )
    year = parts.get("y")
    if not month or not year:
        return None
    day = int(parts["d"] or 0)
    if month > 12 and parts.get("by") == "/":  # a month first after all
        day, month = month, day
    written = (parts.get("zone") or "").strip()
    known = zone_named(written)
    hours = parts.get("H")
    if written and known is None and hours is None:
        return None
    where: tzinfo = known or _named(zone)
    seconds = parts.get("S")
    hour = _hour(int(hours or 0), parts.get("half") or "")
    local = datetime(
        2000 + int(year) if len(year) == 2 else int(year),
        month,
        day,
        hour % 24,
        int(parts.get("M") or 0),
        min(int(seconds or 0), 59),
        int((parts.get("f") or "0").ljust(6, "0")[:6]),
        tzinfo=where,
    ) + timedelta(days=hour // 24)  # ISO 8601: 24:00 is the midnight that ends the day
    precision: Precision = "day" if hours is None else "minute" if seconds is None else "second"
    return Moment(at=local.astimezone(UTC), precision=precision, zoned=known is not None)


def _hour(hour: int, half: str) -> int:
    """The hour of 24. Raises ValueError."""
    if hour > 24:
        raise ValueError(hour)
    return hour % 12 + (12 if half[0] in "pP" else 0) if half and hour <= 12 else hour


@lru_cache(maxsize=1024)
def zone_named(written: str) -> tzinfo | None:
    """The zone that `written` names; None where it names none that is known."""
    if not written or len(written) > 60:
        return None
    bare = " ".join(_NO_ZONE.sub(" ", written).split()).strip(" .,;")
    if found := _OFFSET.match(bare):
        minutes = int(found["h"]) * 60 + int(found["m"] or 0)
        sign = 1 if found["sign"] == "+" else -1
        return timezone(timedelta(minutes=sign * minutes)) if minutes < 24 * 60 else None
    name = bare.upper()
    if name not in ZONES and name not in _FIXED and name not in _WALKING:
        if (iana := _iana().get(name.replace(" ", "_"))) is not None:
            return ZoneInfo(iana)
        name = name.removesuffix("ZEIT").strip() or name
        if name not in _FIXED:
            name = name.split()[0] if name else ""  # `EDT (New York)`, `GMT - Reuters`
    minutes_east = ZONES.get(name, _FIXED.get(name))
    if minutes_east is not None:
        return timezone(timedelta(minutes=minutes_east))
    return ZoneInfo(_WALKING[name]) if name in _WALKING else None


@lru_cache(maxsize=1)
def _iana() -> dict[str, str]:
    """IANA's zones by whole name and by the city alone, in capitals."""
    names = sorted(
        name
        for name in available_timezones()
        if "/" in name and not name.startswith(("posix", "right", "Etc"))
    )
    return {name.rpartition("/")[2].upper(): name for name in names} | {name.upper(): name for name in names}


@lru_cache(maxsize=64)
def _named(zone: str) -> tzinfo:
    return ZoneInfo(zone) if zone else UTC
