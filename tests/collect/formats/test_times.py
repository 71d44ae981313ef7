"""Every way in which wires write a moment."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.collect.formats.times import moment


@pytest.mark.parametrize(
    ("written", "zone", "expected"),
    [
        ("2021-03-04T05:06:07Z", "", "2021-03-04T05:06:07"),
        ("2021-03-04T05:06:07+02:00", "", "2021-03-04T03:06:07"),
        ("2021-03-04T05:06:07.250+0200", "", "2021-03-04T03:06:07.250000"),
        ("20210304T050607Z", "", "2021-03-04T05:06:07"),
        ("20210304T050607-0500", "", "2021-03-04T10:06:07"),
        ("2021-03-04 05:06:07 GMT+00:00", "", "2021-03-04T05:06:07"),
        ("2021-03-04T05:06:07 GMT+9", "", "2021-03-03T20:06:07"),
        ("2021-03-04 05:06:07", "Pacific/Auckland", "2021-03-03T16:06:07"),
        ("2021-07-04T05:06:07", "Europe/Helsinki", "2021-07-04T02:06:07"),
        ("040506 GMT Mar 21", "", "2021-03-04T05:06:00"),
        ("040506 GMT Mrz 21", "", "2021-03-04T05:06:00"),
        ("040506 MAI 21", "Europe/Berlin", "2021-05-04T03:06:00"),
        ("03-04-21 0506GMT", "", "2021-03-04T05:06:00"),
        ("04.03.2021 05:06", "Europe/Oslo", "2021-03-04T04:06:00"),
        ("Thu, 4 Mar 2021 16:06:07 +1100", "", "2021-03-04T05:06:07"),
        ("4 mars 2021 05:06", "Europe/Paris", "2021-03-04T04:06:00"),
        ("August 5, 2024 10:12 AM EDT", "", "2024-08-05T14:12:00"),
        ("Aug. 5, 2024, 10:12 p.m. ET", "", "2024-08-06T02:12:00"),
        ("Monday, August 5, 2024 12:05 a.m. GMT", "", "2024-08-05T00:05:00"),
        ("Mon, 05 Aug 2024 10:12:00 Eastern Daylight Time", "", "2024-08-05T14:12:00"),
        ("05 Aug 24 10:12 EST", "", "2024-08-05T15:12:00"),
        ("Mon, 05 Aug 24 10:12:00 PDT", "", "2024-08-05T17:12:00"),
        ("Mon Aug  5 10:12:00 EDT 2024", "", "2024-08-05T14:12:00"),
        ("05-Aug-2024 10:12:00 GMT", "", "2024-08-05T10:12:00"),
        ("2024-08-05T10:12:00 America/New_York", "", "2024-08-05T14:12:00"),
        ("2024-08-05 10:12 heure de Paris", "", "2024-08-05T08:12:00"),
        ("5 agosto 2024 10:12 (ora di Roma)", "", "2024-08-05T08:12:00"),
        ("2024-01-05 10:12 Central European Time", "", "2024-01-05T09:12:00"),
        ("5. August 2024, 10.12 Uhr MESZ", "", "2024-08-05T08:12:00"),
        ("5 de agosto de 2024, 10h12", "Europe/Madrid", "2024-08-05T08:12:00"),
        ("05.08.24 10:12", "Europe/Vienna", "2024-08-05T08:12:00"),
        ("lunedì 5 agosto 2024, ore 10.12", "Europe/Rome", "2024-08-05T08:12:00"),
        ("segunda-feira, 5 de agosto de 2024 às 10:12", "Europe/Lisbon", "2024-08-05T09:12:00"),
        ("5 آب/أغسطس 2024 10:12", "", "2024-08-05T10:12:00"),
        ("5 تشرين الأول/أكتوبر 2024 الساعة 10:12", "", "2024-10-05T10:12:00"),
        ("05-08-2024 10:12", "Europe/Amsterdam", "2024-08-05T08:12:00"),
        ("2024/08/05 10:12", "Asia/Tokyo", "2024-08-05T01:12:00"),
        ("20240805101200", "", "2024-08-05T10:12:00"),
        ("2024-08-05T24:00:00Z", "", "2024-08-06T00:00:00"),
    ],
)
def test_moments_become_utc(written: str, zone: str, expected: str) -> None:
    found = moment(written, zone)
    assert found is not None
    assert found.at == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["", None, "YYYYMMDD000000-HHMM", "tomorrow", "2021-13-45T00:00:00Z", "99999999", "1/2"]
)
def test_what_names_no_moment_is_none(written: str | None) -> None:
    assert moment(written, "Europe/Berlin") is None


@pytest.mark.parametrize(
    "written",
    [
        "Mon, 05 Aug 24 10:12:00",
        "Mon, 05 Aug 2024 10:12:00",
        "2024-08-05T10:12:00 XYZ",
        "August 5, 2024 10:12 AM",
    ],
)
def test_the_machine_s_own_zone_is_never_taken(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/Chicago")
    time.tzset()
    try:
        found = moment(written)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert found is not None
    assert found.at.isoformat()[:16] == "2024-08-05T10:12"
    assert not found.zoned


def test_a_date_alone_is_of_day_precision_and_a_time_without_zone_is_marked() -> None:
    day, local = moment("2021-03-04"), moment("2021-03-04T05:06:07", "Europe/Berlin")
    assert day is not None
    assert local is not None
    assert day.precision == "day"
    assert not local.zoned


@given(st.text(max_size=90))
def test_no_text_is_an_error(written: str) -> None:
    moment(written, "Europe/Rome")
