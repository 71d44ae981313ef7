"""What response headers say of time: how long to wait, and how long an answer stays good."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_DIRECTIVE = re.compile(r'\s*([\w-]+)\s*(?:=\s*(?:"([^"]*)"|([^,\s]*)))?\s*(?:,|$)')
_LONGEST = 10 * 365 * 86_400.0
"""No header is believed beyond ten years: RFC 9111 1.2.2 lets a cache cut what it cannot represent."""


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait by Retry-After (RFC 9110 10.2.3), given in seconds or as a date; None where it says
    nothing. A date is read against the server's own clock where it sends one."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,12}(\.\d+)?", value):
        return min(float(value), _LONGEST)
    at = http_date(value)
    if at is None:
        return None
    return min(max(0.0, (at - (http_date(headers.get("date", "")) or now)).total_seconds()), _LONGEST)


def fresh_seconds(headers: Mapping[str, str], now: datetime) -> float:
    """How long this answer stays good (RFC 9111 4.2): max-age less Age, else Expires less Date; 0 where
    nothing says so."""
    directives = cache_control(headers.get("cache-control", ""))
    if "no-store" in directives or "no-cache" in directives:
        return 0.0
    if re.fullmatch(r"\d{1,12}", directives.get("max-age", "")):
        age = headers.get("age", "").strip()
        left = float(directives["max-age"]) - (float(age) if re.fullmatch(r"\d{1,12}", age) else 0.0)
        return min(max(0.0, left), _LONGEST)
    expires = http_date(headers.get("expires", ""))
    if expires is None:
        return 0.0
    return min(max(0.0, (expires - (http_date(headers.get("date", "")) or now)).total_seconds()), _LONGEST)


def cache_control(value: str) -> dict[str, str]:
    """Directives of Cache-Control (RFC 9111 5.2), names in lower case, the first of each."""
    found: dict[str, str] = {}
    for match in _DIRECTIVE.finditer(value[:2_000]):
        found.setdefault(match[1].lower(), match[2] or match[3] or "")
    return found


def http_date(value: str) -> datetime | None:
    """An HTTP date (RFC 9110 5.6.7), UTC; None where it is none."""
    try:
        at = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
