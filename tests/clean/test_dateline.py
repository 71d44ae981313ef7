"""Datelines of the agencies' house styles are read; sentences that only look like one are left alone."""

# ruff: noqa: E501 - a dateline is easier to read whole

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.clean.dateline import at_start, of_element

PUBLISHED = datetime(2024, 8, 5, 12, tzinfo=UTC)

STYLES = [
    # as written, text, place, country, date, agency
    ("TEHRAN, Aug 5 (Reuters) - X", "TEHRAN, Aug 5 (Reuters)", "Tehran", "IR", "2024-08-05", "Reuters"),
    ("Aug 5 (Reuters) - X", "Aug 5 (Reuters)", "", "", "2024-08-05", "Reuters"),
    ("(Reuters) - X", "(Reuters)", "", "", "", "Reuters"),
    ("LONDON (AP) — X", "LONDON (AP)", "London", "GB", "", "AP"),
    ("FORT WASHINGTON, Pa. (AP) _ X", "FORT WASHINGTON, Pa. (AP)", "Fort Washington, Pa.", "US", "", "AP"),
    ("WASHINGTON, March 1 (Xinhua) -- X", "WASHINGTON, March 1 (Xinhua)", "Washington", "US", "2024-03-01", "Xinhua"),
    ("Berlin (dpa) - X", "Berlin (dpa)", "Berlin", "DE", "", "dpa"),
    ("Lübeck (dpa/lno) - X", "Lübeck (dpa/lno)", "Lübeck", "", "", "dpa"),
    ("PARIS, 10 juil 2024 (AFP) - X", "PARIS, 10 juil 2024 (AFP)", "Paris", "FR", "2024-07-10", "AFP"),
    ("ROMA, 12 GEN - X", "ROMA, 12 GEN", "Roma", "IT", "2024-01-12", ""),
    ("(ANSA) - ROMA, 12 GEN - X", "(ANSA) - ROMA, 12 GEN", "Roma", "IT", "2024-01-12", "ANSA"),
    ("Madrid, 3 feb (EFE).- X", "Madrid, 3 feb (EFE)", "Madrid", "ES", "2024-02-03", "EFE"),
    ("MOSCOW. Aug 5 (Interfax) - X", "MOSCOW. Aug 5 (Interfax)", "Moscow", "RU", "2024-08-05", "Interfax"),
    ("MOSCOW, August 5. /TASS/. X", "MOSCOW, August 5. /TASS/", "Moscow", "RU", "2024-08-05", "TASS"),
    ("Aug 5 - X", "Aug 5", "", "", "2024-08-05", ""),
    ("BRUSSELS/PARIS, Aug 5 (Reuters) - X", "BRUSSELS/PARIS, Aug 5 (Reuters)", "Brussels/Paris", "", "2024-08-05", "Reuters"),
    ("Oslo (NTB): X", "Oslo (NTB)", "Oslo", "NO", "", "NTB"),
    ("New Delhi, Aug 5 (PTI) X", "New Delhi, Aug 5 (PTI)", "New Delhi", "IN", "2024-08-05", "PTI"),
    ("SEOUL, Aug 4 AFP - X", "SEOUL, Aug 4 AFP", "Seoul", "KR", "2024-08-04", "AFP"),
    ("SALVADOR, Feb 26 - X", "SALVADOR, Feb 26", "Salvador", "", "2024-02-26", ""),
    ("OTTAWA - X", "OTTAWA", "Ottawa", "CA", "", ""),
    ("ST. LOUIS (AP) — X", "ST. LOUIS (AP)", "St. Louis", "US", "", "AP"),
    ("Lisboa, 05 ago 2024 (Lusa) -- X", "Lisboa, 05 ago 2024 (Lusa)", "Lisboa", "PT", "2024-08-05", "Lusa"),
    ("МОСКВА, 5 авг - РИА Новости. X", "МОСКВА, 5 авг - РИА Новости", "Москва", "RU", "2024-08-05", "RIA Novosti"),
    ("新华社北京8月5日电（记者王小）X", "新华社北京8月5日电（记者王小）", "北京", "", "2024-08-05", "Xinhua"),
]  # fmt: skip

SENTENCES = [
    "Shares of Example Corp (EXC) - the biggest in the index - fell.",
    "The bank (ECB) - which sets rates - met.",
    "BREXIT - What happens next",
    "UPDATE - the road is open again",
    "March 3 - May 5 is the season.",
    "The president (AP) - he said",
    "Paris is (still) - as ever - a city.",
    "BAGHDAD: the city and its river",
    "(New York, NY - October 21) A text.",
]


@pytest.mark.parametrize(("written", "text", "place", "country", "date", "agency"), STYLES)
def test_a_dateline_is_read_and_cut(
    written: str, text: str, place: str, country: str, date: str, agency: str
) -> None:
    filed = at_start(written, PUBLISHED)
    assert filed is not None
    found = filed.dateline
    assert (found.text, found.place, found.country, found.date) == (text, place, country, date)
    assert (filed.agency.name if filed.agency else "", filed.rest) == (agency, "X")


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_is_left_alone(sentence: str) -> None:
    assert at_start(sentence, PUBLISHED) is None


def test_a_date_without_a_year_is_the_last_such_day_before_publication() -> None:
    filed = at_start("PARIS, Dec 31 (AFP) - X", datetime(2025, 1, 1, tzinfo=UTC))
    assert filed is not None
    assert filed.dateline.date == "2024-12-31"


@pytest.mark.parametrize(
    ("element", "place", "country", "date"),
    [
        ("Sydney", "Sydney", "AU", ""),
        ("NEW YORK", "New York", "US", ""),
        ("    SALVADOR, Feb 26 - ", "Salvador", "", "2024-02-26"),
        ("Newport News, VA", "Newport News, VA", "US", ""),
        ("STOCKHOLM, Aug 29, 2014 (AFP) -", "Stockholm", "SE", "2014-08-29"),
        ("Helsinki", "Helsinki", "FI", ""),
    ],
)
def test_a_wire_s_own_dateline_is_read(element: str, place: str, country: str, date: str) -> None:
    filed = of_element(element, "", PUBLISHED)
    assert filed is not None
    assert (filed.dateline.place, filed.dateline.country, filed.dateline.date) == (place, country, date)


@pytest.mark.parametrize("element", ["4/4/2018", "2018-01-03T20:13:08Z", " - "])
def test_a_date_alone_is_no_dateline(element: str) -> None:
    assert of_element(element, "", PUBLISHED) is None


def test_the_wire_s_country_wins() -> None:
    filed = of_element("Paris", "US", PUBLISHED)
    assert filed is not None
    assert filed.dateline.country == "US"


@pytest.mark.parametrize(
    ("paragraph", "text", "place", "country", "day", "house", "rest"),
    [
        ("GENT 10/06 (BELGA) = De haven", "GENT 10/06 (BELGA)", "Gent", "BE", "2024-06-10", "Belga", "De haven"),
        ("Bern, 10.06.2024 (sda) - Es", "Bern, 10.06.2024 (sda)", "Bern", "CH", "2024-06-10", "Keystone-SDA", "Es"),
        ("(ANSA) - ROMA - Il porto", "(ANSA) - ROMA", "Roma", "IT", "", "ANSA", "Il porto"),
        ("(ANSA-AFP) - PARIGI, 10 GIU - Il", "(ANSA-AFP) - PARIGI, 10 GIU", "Parigi", "FR", "2024-06-10", "ANSA", "Il"),
        ("Oslo (NTB-AFP): Havnen", "Oslo (NTB-AFP)", "Oslo", "NO", "", "NTB", "Havnen"),
        ("HELSINKI (STT) Satama", "HELSINKI (STT)", "Helsinki", "FI", "", "STT", "Satama"),
        ("PARIS, 10 juin (AFP) –Le port", "PARIS, 10 juin (AFP)", "Paris", "FR", "2024-06-10", "AFP", "Le port"),
        ("Kyiv (Ukraine), 10 juin 2024 (AFP) - Le", "Kyiv (Ukraine), 10 juin 2024 (AFP)", "Kyiv, Ukraine", "UA", "2024-06-10", "AFP", "Le"),
        ("'s-Hertogenbosch (ANP) - De", "'s-Hertogenbosch (ANP)", "'s-Hertogenbosch", "", "", "ANP", "De"),
        ("بيروت 10 حزيران/يونيو 2024 (أ ف ب) - اندلع", "بيروت 10 حزيران/يونيو 2024 (أ ف ب)", "بيروت", "LB", "2024-06-10", "AFP", "اندلع"),
        ("القاهرة (رويترز) - قال", "القاهرة (رويترز)", "القاهرة", "EG", "", "Reuters", "قال"),
        ("باريس, 10-6-2024 (أ ف ب) - قال", "باريس, 10-6-2024 (أ ف ب)", "باريس", "FR", "2024-06-10", "AFP", "قال"),
    ],
)  # fmt: skip
def test_the_agencies_own_ways(
    paragraph: str, text: str, place: str, country: str, day: str, house: str, rest: str
) -> None:
    filed = at_start(paragraph, datetime(2024, 6, 11, tzinfo=UTC))
    assert filed is not None
    assert filed.agency is not None
    found = filed.dateline
    assert (found.text, found.place, found.country, found.date) == (text, place, country, day)
    assert (filed.agency.name, filed.rest) == (house, rest)


@pytest.mark.parametrize(
    "paragraph",
    [
        "(Reuters) - OPEC - the cartel - met.",
        "OPEC (Reuters reported) Ministers met.",
        "القاهرة (وكالة مجهولة) - قال",
    ],
)
def test_a_dash_or_brackets_alone_make_no_place(paragraph: str) -> None:
    filed = at_start(paragraph, datetime(2024, 6, 11, tzinfo=UTC))
    assert filed is None or not filed.dateline.place
