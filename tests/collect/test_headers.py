"""Response headers about time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.collect.headers import fresh_seconds, http_date, retry_after

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "120"}, 120.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"retry-after": "Tue, 10 Mar 2026 12:05:00 GMT"}, 300.0),
        ({"retry-after": "Tue, 10 Mar 2026 11:00:00 GMT"}, 0.0),
        # The server's clock is an hour behind ours: it means five minutes.
        ({"retry-after": "Tue, 10 Mar 2026 11:05:00 GMT", "date": "Tue, 10 Mar 2026 11:00:00 GMT"}, 300.0),
        ({"retry-after": "Tuesday, 10-Mar-26 12:01:00 GMT"}, 60.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "999999999999"}, 10 * 365 * 86_400.0),
    ],
)
def test_retry_after_in_seconds_and_as_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"cache-control": "max-age=600"}, 600.0),
        ({"cache-control": "public, Max-Age=600, must-revalidate"}, 600.0),
        ({"cache-control": 'private="x, max-age=9", max-age="60"'}, 60.0),
        ({"cache-control": "max-age=600", "age": "200"}, 400.0),
        ({"cache-control": "max-age=600", "age": "900"}, 0.0),
        ({"cache-control": "no-cache, max-age=600"}, 0.0),
        ({"cache-control": "no-store"}, 0.0),
        ({"cache-control": "max-age=soon"}, 0.0),
        ({"cache-control": "max-age=60", "expires": "Tue, 10 Mar 2026 13:00:00 GMT"}, 60.0),
        ({"expires": "Tue, 10 Mar 2026 13:00:00 GMT"}, 3_600.0),
        ({"expires": "Tue, 10 Mar 2026 13:00:00 GMT", "date": "Tue, 10 Mar 2026 12:50:00 GMT"}, 600.0),
        ({"expires": "0"}, 0.0),
        ({"expires": "-1"}, 0.0),
    ],
)
def test_how_long_an_answer_stays_good(headers: dict[str, str], seconds: float) -> None:
    assert fresh_seconds(headers, NOW) == seconds


@given(
    st.dictionaries(
        st.sampled_from(["retry-after", "cache-control", "expires", "date", "age"]), st.text(max_size=60)
    )
)
def test_no_header_breaks_it(headers: dict[str, str]) -> None:
    assert fresh_seconds(headers, NOW) >= 0
    assert (retry_after(headers, NOW) or 0.0) >= 0


def test_dates_are_in_utc() -> None:
    assert http_date("Tue, 10 Mar 2026 14:00:00 +0200") == NOW
    assert http_date("no date") is None
