"""Reads the times that people type: dates, times of day, and how long ago."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

_AGO: Final = re.compile(r"(\d{1,6})\s*(m|min|h|d|w)", re.IGNORECASE)
_UNITS: Final = {
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


class BadMoment(ValueError):
    """No time can be read from what was typed; the message says what could be."""


def moment(text: str, now: datetime, *, end: bool = False) -> datetime:
    """The time that `text` means at `now`, UTC: `2025-03-01`, `2025-03-01T14:30`, with or without a zone
    (UTC), `24h`, `7d`, `30m` or `2w` ago, `today`, `yesterday`. A day is its beginning, or with `end` its
    end. Raises BadMoment."""
    wanted = text.strip().lower()
    day = {"today": now.date(), "yesterday": now.date() - timedelta(days=1)}.get(wanted)
    try:
        if day is None and re.fullmatch(r"\d{4}-\d{2}-\d{2}", wanted):
            day = date.fromisoformat(wanted)
        if day is not None:
            begins = datetime(day.year, day.month, day.day, tzinfo=UTC)
            return begins + timedelta(days=1) if end else begins
        if wanted == "now":
            return now
        if ago := _AGO.fullmatch(wanted):
            return now - int(ago[1]) * _UNITS[ago[2].lower()]
        at = datetime.fromisoformat(text.strip())
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadMoment(
            f"{text!r} is no time; write 2025-03-01, 2025-03-01T14:30, 24h, 7d or yesterday"
        ) from error
