"""Dates as pages and people write them in a line of text: `Aug 5, 2024`, `2024-08-05 10:12 GMT`, `5 août 2024 à 10h12`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

from pipeline.collect.formats.times import LETTERS, MONTHS, SPELT_OUT, zone_named
from pipeline.story import Precision, Record

_MONTH = "|".join(sorted((re.escape(name) for name in MONTHS), key=len, reverse=True))
_DAY = (
    rf"(?P<m1>{_MONTH})\.?\s+(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y1>(?:19|20)\d\d)"
    rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?\s+(?:de\s+)?(?P<m2>{_MONTH})\.?,?\s+(?:de\s+)?(?P<y2>(?:19|20)\d\d)"
    r"|(?P<y3>(?:19|20)\d\d)[-/.](?P<m3>\d{1,2})[-/.](?P<d3>\d{1,2})"
    r"|(?P<n1>\d{1,2})(?P<mark>[./-])(?P<n2>\d{1,2})(?P=mark)(?P<y4>(?:19|20)\d\d)"
    r"|(?P<y5>(?:19|20)\d\d)\s*年\s*(?P<m5>\d{1,2})\s*月\s*(?P<d5>\d{1,2})\s*日"
)
_ZONE = "|".join(
    (
        rf"(?:{'|'.join(sorted(SPELT_OUT, key=len, reverse=True))})\s+time",
        *sorted((*LETTERS, "ET", "CT", "MT", "PT"), key=len, reverse=True),
    )
)
_TIME = (
    r"(?P<H>\d{1,2})(?:\s*[:.h時]\s*(?P<M>\d{2}))?(?:[:.](?P<S>\d{2})(?:\.\d+)?)?\s*(?P<half>[ap]\.?\s?m\b\.?)?(?:\s*(?:Uhr|hrs|h|分))?"
    rf"(?:\s*\(?(?P<zone>(?:{_ZONE})\b(?:\s*[+-]\d{{1,2}}(?::?\d\d)?)?|[+-]\d\d:?\d\d)\)?)?"
)
_BETWEEN = r"(?:T|\s*(?:,|at|um|à|a las|alle|às|kl\.?|om|[-–—|•·@])?\s*)"
_STAMP = re.compile(rf"(?<![\w.])(?:{_DAY})(?!\d)(?:{_BETWEEN}(?P<time>{_TIME})(?![\w:]))?", re.I)
_BEFORE = re.compile(rf"(?P<time>{_TIME})\s*(?:,|[-–—|•·]|on|am)?\s*(?:\w+day,?\s*)?$", re.I)


class Stamp(Record, frozen=True, kw_only=True):
    """A date in a line, and where in the line it stands."""

    at: datetime
    """UTC; midnight where only the day is given."""
    precision: Precision
    zoned: bool
    start: int
    end: int
    doubt: str = ""
    """What had to be taken for granted to read it."""


def stamps(line: str) -> list[Stamp]:
    """The dates in a line, left to right. Impossible ones are none."""
    return [stamp for found in _STAMP.finditer(line) if (stamp := _stamp(found, line)) is not None]


def _stamp(found: re.Match[str], line: str) -> Stamp | None:
    doubt = ""
    if found["n1"]:
        first, second, year = int(found["n1"]), int(found["n2"]), int(found["y4"])
        day, month = (second, first) if second > 12 >= first else (first, second)
        if first <= 12 and second <= 12 and first != second and found["mark"] != ".":
            doubt = f"{found[0].strip()}: read as day, then month"
    else:
        number = next(n for n in "1235" if found[f"y{n}"])
        named = found[f"m{number}"]
        day, year = int(found[f"d{number}"]), int(found[f"y{number}"])
        month = int(named) if named.isdigit() else MONTHS[named.lower().rstrip(".")]
    start, end, clock = found.start(), found.end(), found
    if not _is_clock(found):
        end = found.start("time") if found["time"] else end
        before = _BEFORE.search(line[:start][-40:])
        if before is None or not _is_clock(before):
            return _made(year, month, day, None, (start, end), doubt)
        start -= len(line[:start][-40:]) - before.start()
        clock = before
    return _made(year, month, day, clock, (start, end), doubt)


def _is_clock(found: re.Match[str]) -> bool:
    """True for what is surely a time of day: with minutes, or `10 a.m.`"""
    return (
        bool(found["time"])
        and bool(found["M"] or found["half"])
        and int(found["H"]) < 25
        and int(found["M"] or 0) < 60
    )


def _made(
    year: int, month: int, day: int, clock: re.Match[str] | None, span: tuple[int, int], doubt: str
) -> Stamp | None:
    hour, minute, second = 0, 0, 0
    zone: tzinfo | None = None
    if clock is not None:
        hour, minute, second = int(clock["H"]), int(clock["M"] or 0), int(clock["S"] or 0)
        if clock["half"]:
            hour = hour % 12 + (12 if clock["half"].lower().startswith("p") else 0)
        zone = zone_named(
            clock["zone"] or ("Z" if clock.string[clock.end() : clock.end() + 1] == "Z" else "")
        )
    try:
        at = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    precision: Precision = "day" if clock is None else "second" if clock["S"] else "minute"
    return Stamp(at=at, precision=precision, zoned=zone is not None, start=span[0], end=span[1], doubt=doubt)
