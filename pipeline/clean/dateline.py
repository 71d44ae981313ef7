"""The dateline: recognised in the house styles of the agencies, read into place, country and date, and cut from the text."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from pipeline.agencies import Agency, agency, signed
from pipeline.clean.gazetteer import country_named, country_of_city
from pipeline.clean.names import place_case
from pipeline.story import Dateline

_MONTHS = (
    "jan(?:uar[yi]?|vier|eiro|v)?|gen(?:naio|n)?|ene(?:ro)?|januari|tammi(?:kuuta)?",
    "feb(?:ruar[yi]?|brero|braio|r)?|f[ée]v(?:rier|ereiro|r)?|helmi(?:kuuta)?",
    "mar(?:ch|s|zo|ço|ts|et)?|märz|mrz|mrt|maart|maalis(?:kuuta)?",
    "apr(?:il[e]?)?|avr(?:il)?|abr(?:il)?|huhti(?:kuuta)?",
    "may|mai[o]?|mag(?:gio)?|mayo|maj|mei|touko(?:kuuta)?",
    "june?|juni|juin|jun(?:io|ho)?|giu(?:gno)?|kesä(?:kuuta)?",
    "july?|juli|juil(?:let)?|jul(?:io|ho)?|lug(?:lio)?|heinä(?:kuuta)?",
    "aug(?:ust(?:us|i)?)?|ao[uû]t|ago(?:sto)?|elo(?:kuuta)?",
    "sept?(?:ember|embre|iembre|tembre)?|set(?:tembre|embro|embre|t)?|syys(?:kuuta)?",
    "o[ck]t(?:ober|obre|ubre)?|ott(?:obre)?|out(?:ubro)?|loka(?:kuuta)?",
    "nov(?:ember|embre|iembre|embro)?|marras(?:kuuta)?",
    "de[cz](?:ember|embre|embro)?|d[ée]c(?:embre)?|dic(?:iembre|embre)?|des(?:ember)?|joulu(?:kuuta)?",
)
_MONTH = "|".join(f"(?:{names})" for names in _MONTHS)
_MONTH_OF = re.compile("|".join(f"(?P<m{number}>{names})" for number, names in enumerate(_MONTHS, 1)), re.I)
_DATE = (
    rf"(?:(?:(?:{_MONTH})\.?\s+\d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}(?:er|\.|º)?\s+(?:de\s+)?(?:{_MONTH})\.?)"
    r"(?:,?\s+(?:de\s+)?(?:19|20)\d\d)?)"
)
_DAY = r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thur?s?|Fri|Sat(?:ur)?|Sun)(?:day)?,\s*)?"
_DASH = r"(?:--+|[-–—―_](?![\w-])|[:=](?=\s))"
_AFTER_AGENCY = rf"(?:{_DASH}|[–—―](?=\w))"
_NUMBERED = r"(?:\d{1,2}(?P<between>[./])\d{1,2}(?:(?P=between)(?:(?:19|20)\d\d|\d\d)?)?)"
"""A date in numbers: `10/06`, `10.06.2024`; only beside an agency's name, where nothing else can be meant."""
_PLACE = r"(?:['’]s[- ])?[^\W\d_](?:[^\W\d_]|[ .'’ʼ,/\[\]-](?![-–—])){1,70}?"
_AGENCY = r"(?:\((?P<agency>[^\W\d_][^()\n]{0,38})\)|/(?P<slashed>[^\W\d_][^()/\n]{1,38})/)"

_SIGNED = re.compile(  # LONDON, Aug 5 (Reuters) - | (Reuters) - | MOSCOW, August 5. /TASS/. | Madrid, 3 feb (EFE).-
    rf"(?:(?P<place>{_PLACE}(?:\s\([^\W\d_][^()\n]{{2,24}}\))?)(?:[.,]?\s+|(?<=[.,])))??(?P<date>{_DAY}{_DATE}|{_NUMBERED})?[.,]?\s*"
    rf"{_AGENCY}[.,]?\s*(?P<dash>{_AFTER_AGENCY})?\s*",
    re.I,
)
_LED = re.compile(  # (ANSA) - ROMA, 12 GEN - | (AGI) Roma, 5 ago. - | (ANSA) - ROMA -
    rf"{_AGENCY}\s*{_DASH}?\s*(?P<place>{_PLACE})(?:,\s+(?P<date>{_DATE}))?\s*(?P<dash>{_DASH})\s*", re.I
)
_BARE = re.compile(
    rf"(?:(?P<place>{_PLACE}),?\s+)?(?P<date>{_DATE})\s+(?P<agency>[A-Z]{{2,6}})(?P<slashed>)\s+(?P<dash>{_DASH})\s*",
    re.I,
)  # SEOUL, Nov 26 AFP -
_DATED = re.compile(
    rf"(?:(?P<place>{_PLACE})[.,]\s+)?(?P<date>{_DATE})[.,]?\s*(?P<dash>{_DASH})\s*", re.I
)  # SALVADOR, Feb 26 -
_NAMED = re.compile(rf"(?P<place>{_PLACE})\s+(?P<dash>--+|[–—-])\s+(?=\S)")  # OTTAWA - | PARIS —
_CYRILLIC = re.compile(
    r"(?P<place>[А-ЯЁІЇЄ][А-ЯЁІЇЄа-яёіїє .-]{1,40}),\s+(?P<day>\d{1,2})\s+(?P<month>[а-яіє]{3,10})\.?\s*"
    r"(?:(?P<dash>[-–—])\s*(?P<agency>[^.\n]{2,30})\.|"
    r"/(?P<slashed>[^/\n]{2,30})/\.)\s*"
)
_CHINESE = re.compile(
    r"(?P<agency>新华社|中新社"
    r"|中新网)(?P<place>[\u4e00-\u9fff]{2,8}?)(?P<month>\d{1,2})月(?P<day>\d{1,2})日电\s*(?:（[^）]{1,40}）"
    r"|\([^)]{1,40}\))?\s*"
)
_ARABIC = re.compile(  # بيروت 10 حزيران/يونيو 2024 (أ ف ب) -
    r"(?:(?P<place>[\u0621-\u064a][\u0621-\u064a\u064b-\u0652 ]{1,40}?)[،,]?\s+)?"
    r"(?:(?P<day>\d{1,2})\s+(?P<month>[\u0621-\u064a]+(?: [\u0621-\u064a]+)?)(?:\s*/\s*(?P<second>[\u0621-\u064a]+))?"
    r"(?:\s+(?P<year>(?:19|20)\d\d))?\s*|(?P<numbers>\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d\d)\s*)?"
    r"[(/](?P<agency>[\u0621-\u064a][\u0621-\u064a. ]{1,24})[)/]\s*(?P<dash>[-–—:])?\s*"
)
_ARABIC_AGENCIES = {
    "أفب": "AFP", "افب": "AFP", "فرانسبرس": "AFP", "رويترز": "Reuters", "دبأ": "dpa", "دبا": "dpa", "أب": "AP", "اب": "AP",
    "شينخوا": "Xinhua", "واس": "SPA", "وام": "WAM", "كونا": "KUNA", "بترا": "Petra", "قنا": "QNA", "سانا": "SANA",
    "أشأ": "MENA", "إفي": "EFE", "الأناضول": "Anadolu",
}  # fmt: skip
"""Names in Arabic datelines, without their blanks and full stops."""
_ARABIC_MONTHS = (
    "يناير كانون الثاني جانفي", "فبراير شباط فيفري", "مارس آذار اذار", "أبريل ابريل إبريل نيسان أفريل", "مايو أيار ايار ماي",
    "يونيو حزيران جوان", "يوليو تموز جويلية يوليوز", "أغسطس آب اب أوت غشت", "سبتمبر أيلول ايلول شتنبر",
    "أكتوبر اكتوبر تشرين الأول", "نوفمبر تشرين الثاني نونبر", "ديسمبر كانون الأول دجنبر",
)  # fmt: skip
_CYRILLIC_MONTHS = (
    "янв січ", "фев лют", "мар бер", "апр кві", "ма тра", "июн чер",
    "июл лип", "авг сер", "сен вер", "окт жов", "ноя лис", "дек гру",
)  # fmt: skip
_DASH_AFTER = re.compile(rf"\s*(?:{_DASH}|[-_])\s*$")
_STOP_AFTER = re.compile(rf"[\s.:=]*(?:{_DASH}|[-–—_:.])?\s*$")
_DATE_AFTER = re.compile(rf",?\s*({_DATE})\s*$", re.I)
_NUMBERS_OF = re.compile(r"(?P<day>\d{1,2})[-./](?P<month>\d{1,2})(?:[-./](?P<year>\d{4}|\d\d)?)?")
_IN_BRACKETS = re.compile(r"\s*[\[(]([^\])]+)[\])]")
_ABBREVIATED = re.compile(r"\.\w*\.$|,\s*[A-Z][a-z]{1,4}\.$")
_WEEKDAY = re.compile(r"^\w+day,\s*", re.I)
_DAY_NUMBER = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBERS = re.compile(r"[\d\s/.:,TZ+-]*")
_BRACKET = re.compile(r"[(/]")
_CAPITALS = re.compile(r"\d [A-Z]{2,6} +[-–—_:]")
_QUICK = re.compile(r"[-–—―_:=/)\u4e00-\u9fff]")
_LONGEST = 120
_AHEAD = 3
"""Days that a dateline may be ahead of publication."""


class Filed(NamedTuple):
    """A dateline, whose agency it names, and the text after it."""

    dateline: Dateline
    agency: Agency | None
    rest: str


def at_start(paragraph: str, published: datetime | None, provider: str = "") -> Filed | None:
    """The dateline that a paragraph begins with. None where there is none, or where it might be a sentence. `published`
    gives the year."""
    return _at_start(paragraph, _day(published), provider)


def _at_start(paragraph: str, published: date | None, provider: str = "") -> Filed | None:
    head = paragraph[:_LONGEST]
    if not _QUICK.search(head):
        return None
    found = _signed(head) or _without_agency(head, provider)
    if found is not None:
        text, place, day, known, length = found
        return Filed(_dateline(text, place, day, published), known, paragraph[length:].lstrip())
    return _other_script(paragraph, published)


def of_element(text: str, country: str, published: datetime | None) -> Filed | None:
    """The dateline that a wire's own element gives: a place, a date, both, or a whole dateline; None where it says neither."""
    return _of_element(text, country, _day(published))


@lru_cache(maxsize=1024)  # many stories of a day are filed from the same places
def _of_element(text: str, country: str, published: date | None) -> Filed | None:
    text = text.strip()
    whole = _DASH_AFTER.sub("", text).strip(" =:")
    if not whole or _NUMBERS.fullmatch(whole):
        return None
    filed = _at_start(f"{whole} - ", published)
    if filed is not None:
        return Filed(_with_country(filed.dateline, country, whole), filed.agency, "")
    place, day = whole, ""
    if (dated := _DATE_AFTER.search(whole)) is not None:
        place, day = whole[: dated.start()].rstrip(" ,."), dated[1]
    before, dash, after = place.rpartition(" - ")
    if dash and any(agency(word) for word in before.split()):
        place = after
    return Filed(_with_country(_dateline(whole, place, day, published), country, whole), None, "")


def same_place(one: Dateline, other: Dateline) -> bool:
    """True where two datelines of a story do not contradict each other."""
    first, second = one.place.casefold(), other.place.casefold()
    return not first or not second or first in second or second in first


def _day(at: datetime | None) -> date | None:
    return at.date() if at is not None else None


_Found = tuple[str, str, str, Agency | None, int]


def _signed(head: str) -> _Found | None:
    """A dateline with an agency's name in it."""
    for pattern, sign in ((_LED, _BRACKET), (_SIGNED, _BRACKET), (_BARE, _CAPITALS)):
        match = pattern.match(head) if sign.search(head) else None
        if match is None:
            continue
        name = match["agency"] or match["slashed"] or ""
        known = signed(name) or signed(name.partition("-")[0])
        place, day = _place(match, head), match["date"] or ""
        if pattern is _LED and not day and not _country(place):
            continue
        if known is None and not (match["dash"] and name and _like_agency(name) and (day or _certain(place))):
            continue
        if place and not _like_place(place):
            continue
        alone = match.end() == len(head) or (_certain(place) and head[match.end()].isupper())
        if not match["dash"] and not match["slashed"] and not day and not (alone and place):
            continue
        return _stripped(match[0]), place, day, known, match.end()
    return None


def _without_agency(head: str, provider: str) -> _Found | None:
    """A dateline without a signature: a place in capitals or a known one with a date, a known city in capitals, a date alone."""
    match = _DATED.match(head)
    if match is not None:
        place = _place(match, head)
        if (
            _like_place(place) and _certain(place)
            if place
            else not _DATED.match(head, match.end())
            and not head[match.end() : match.end() + 1].isdigit()
            and not _MONTH_OF.match(head, match.end())
        ):
            return _stripped(match[0]), place, match["date"], None, match.end()
    match = _NAMED.match(head)
    if match is not None:
        first = match["place"].split(",")[0]
        if first.isupper() and (
            _country(match["place"]) or all(country_of_city(part) for part in first.split("/"))
        ):
            return _stripped(match[0]), match["place"], "", None, match.end()
    return None


def _other_script(paragraph: str, published: date | None) -> Filed | None:
    match = _CYRILLIC.match(paragraph)
    if match is not None:
        known = signed(match["agency"] or match["slashed"])
        month = next(
            (
                n
                for n, starts in enumerate(_CYRILLIC_MONTHS, 1)
                if match["month"].startswith(tuple(starts.split()))
            ),
            0,
        )
        if known is not None:
            place = match["place"]
            day = _nearest(month, int(match["day"]), published)
            text = match[0].strip().rstrip(".")
            return Filed(
                Dateline(text=text, place=place_case(place), country=country_of_city(place), date=day),
                known,
                paragraph[match.end() :],
            )
    match = _ARABIC.match(paragraph)
    if match is not None:
        return _arabic(match, paragraph, published)
    match = _CHINESE.match(paragraph)
    if match is None:
        return None
    day = _nearest(int(match["month"]), int(match["day"]), published)
    return Filed(
        Dateline(text=match[0].strip(), place=match["place"], date=day),
        signed(match["agency"]),
        paragraph[match.end() :],
    )


def _arabic(match: re.Match[str], paragraph: str, published: date | None) -> Filed | None:
    name = re.sub(r"[\s.]", "", match["agency"])
    known = signed(_ARABIC_AGENCIES.get(name, ""))
    if known is None:
        return None
    day = ""
    if match["numbers"]:
        day = _date(match["numbers"], published)
    elif match["day"]:
        named = (match["month"], match["second"] or "", match["month"].split()[0])
        month = next(
            (
                number
                for month in named
                for number, names in enumerate(_ARABIC_MONTHS, 1)
                if month and (month in names.split() or f" {month} " in f" {names} ")
            ),
            0,
        )
        day = _nearest(month, int(match["day"]), published, int(match["year"]) if match["year"] else None)
    place = match["place"] or ""
    text = _stripped(match[0])
    return Filed(
        Dateline(text=text, place=place, country=country_of_city(place), date=day),
        known,
        paragraph[match.end() :],
    )


def _place(match: re.Match[str], head: str) -> str:
    """The place of a match, with the full stop of an abbreviation at its end: `FORT WASHINGTON, Pa.`"""
    place = match["place"] or ""
    dotted = head[match.start("place") : match.end("place") + 1] if place else ""
    return dotted if dotted.endswith(".") and country_named(place.rpartition(",")[2] + ".") else place


def _certain(place: str) -> bool:
    """True for a place in capitals (`SALVADOR`) or a known one."""
    return place.split(",")[0].isupper() or bool(_country(place))


def _like_place(text: str) -> bool:
    """True for one to seven words that begin with capitals, small words between: `GENEVA`, `Tel Aviv/Beirut`."""
    text = _OF_THE.sub("", _IN_BRACKETS.sub(r", \1", text))
    words = re.split(r"[\s/]+", text.strip(" ,."))
    if not 1 <= len(words) <= 7:
        return False
    return (
        all(word[0].isupper() or word[0] in "['’" or word in _SMALL for word in words if word)
        and words[0][0].isupper()
        and not _NOT_PLACES.match(text)
    )


_OF_THE = re.compile(r"['’]s[- ]")
"""`'s-Hertogenbosch`"""
_SMALL = frozenset(
    str.split(
        "de del della di da do dos das du des la le les el los las en und and y e am an der im bei "
        "near of the den in ob sur upon auf van aan al"
    )
)
_NOT_PLACES = re.compile(
    r"(?:by|von|par|por|the|this|update|note|on|at|in|from|since|until|before|after)\b(?! hague)", re.I
)


def _like_agency(text: str) -> bool:
    """True for what stands in brackets in a dateline though the table lacks it: one to three words, the first with a capital."""
    return len(text) <= 24 and text[0].isupper() and len(text.split()) <= 3


@lru_cache(maxsize=1024)
def _country(place: str) -> str:
    """The country that a dateline's place says or that its city is certainly in; of several cities, none."""
    place = _IN_BRACKETS.sub(r", \1", place).strip(" ,.-") + ("." if place.rstrip().endswith(".") else "")
    if "," in place:
        city, _, region = place.partition(",")
        return country_named(region) or country_named(region.strip().rstrip(".")) or country_of_city(city)
    return country_of_city(place.strip(".") if not place.startswith("ST.") else place)


def _dateline(text: str, place: str, day: str, published: date | None) -> Dateline:
    place = _IN_BRACKETS.sub(r", \1", place).strip(" ,-")
    place = place if _ABBREVIATED.search(place) else place.rstrip(".")
    return Dateline(
        text=text, place=_in_normal_case(place), country=_country(place), date=_date(day, published)
    )


_in_normal_case = lru_cache(maxsize=1024)(place_case)


def _with_country(dateline: Dateline, country: str, text: str) -> Dateline:
    code = country.strip().upper() if len(country.strip()) == 2 else country_named(country) if country else ""
    return Dateline(text=text, place=dateline.place, country=code or dateline.country, date=dateline.date)


def _stripped(text: str) -> str:
    """A dateline as written, without the dash after it."""
    return _STOP_AFTER.sub("", text).strip() if not text.rstrip().endswith(")") else text.strip()


def _date(day: str, published: date | None) -> str:
    if not day:
        return ""
    if numbered := _NUMBERS_OF.fullmatch(day):
        year = numbered["year"] and int(numbered["year"]) + (2000 if len(numbered["year"]) == 2 else 0)
        return _nearest(int(numbered["month"]), int(numbered["day"]), published, year or None)
    month = _MONTH_OF.search(_WEEKDAY.sub("", day))
    number = _DAY_NUMBER.search(day)
    if month is None or number is None:
        return ""
    said = _YEAR.search(day)
    return _nearest(
        int((month.lastgroup or "m0")[1:]), int(number[0]), published, int(said[0]) if said else None
    )


def _nearest(month: int, day: int, published: date | None, year: int | None = None) -> str:
    """ISO date; without a year the last such day before publication, which may be late by a zone: a story of 1 January was
    filed on 31 December."""
    if year is None and published is None:
        return ""
    years = (
        [year] if year is not None else [published.year + step for step in (1, 0, -1)] if published else []
    )
    days = []
    for each in years:
        try:
            days.append(date(each, month, day))
        except ValueError:
            continue
    if not days:
        return ""
    if year is None and published is not None:
        return next((one for one in days if (one - published).days <= _AHEAD), days[0]).isoformat()
    return days[0].isoformat()
