"""What a wire says of a version: update, correction, kill, repeat, advisory, hold, embargo; from its codes, slugs and notes."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from pipeline.collect.formats.times import MONTHS
from pipeline.story import Change, Status

_CODES: dict[str, Change] = {
    # NewsML-G2 signal and pubstatus, ninjs, NITF management-status, NewsML 1.2 Instruction and Status, Reuters edStat
    "update": "update", "updated": "update", "writethru": "update", "append": "update", "rectify": "correction",
    "correction": "correction", "corrected": "correction", "correct": "correction", "corr": "correction",
    "korr": "correction", "rättelse": "correction",
    "kill": "kill", "killed": "kill", "cancel": "kill", "canceled": "kill", "cancelled": "kill", "delete": "kill",
    "withdrawn": "kill",
    "recall": "kill", "retract": "kill", "retraction": "kill", "takedown": "kill", "deleted": "kill", "withdraw": "kill",
    "repeat": "repeat", "resend": "repeat", "retransmission": "repeat", "refile": "repeat", "rerun": "repeat",
    "advisory": "advisory", "advise": "advisory", "notice": "advisory",
}  # fmt: skip

_EDIT_STATUS: dict[str, Change] = {
    "N": "new",
    "U": "update",
    "C": "correction",
    "D": "kill",
    "K": "kill",
    "R": "repeat",
}
"""Reuters' edStat codes."""

_RANK: dict[Change, int] = {"kill": 5, "correction": 4, "update": 3, "repeat": 2, "advisory": 1, "new": 0}


def strongest(*changes: Change | None) -> Change | None:
    """The gravest of several statements: a kill over a correction over an update over a repeat over an advisory over new."""
    said: list[Change] = [change for change in changes if change]
    return max(said, key=lambda change: _RANK[change], default=None)


@lru_cache(maxsize=1024)
def from_code(code: str) -> Change | None:
    """The change that a code says: `sig:correction`, `stat:canceled`, `edStat:U`, `update:append-major-content`, `Killed`."""
    scheme, _, value = code.strip().rpartition(":")
    if scheme.lower().endswith("edstat"):
        return _EDIT_STATUS.get(value.upper())
    value = value.rpartition("/")[2]
    return _CODES.get(value.lower()) or (
        _CODES.get(scheme.lower()) if scheme.lower() in ("update", "correction") else None
    )


@lru_cache(maxsize=256)
def status_of(code: str) -> Status:
    """The publication status that a code says: `stat:withheld`, `embargoed`, `Canceled`; usable where it says nothing else."""
    value = re.split(r"[:/]", code.strip())[-1].lower()
    if value in ("withheld", "embargoed", "hold", "held", "withhold"):
        return "withheld"
    return "canceled" if _CODES.get(value) == "kill" else "usable"


_SLUG: tuple[tuple[Change, str], ...] = (
    ("kill", r"\bKILL(?:S|ED)?\b|\bWITHDRAW(?:N|AL)?\b|\bELIMINATION\b|\bBUST\b"),
    ("correction", r"\bCORRECT(?:S|ED|ION|IVE)?\b|\bCQ\b|-(?:Corr|CORR)\b"),
    ("repeat", r"\bREFILE(?:D)?\b|\bREPEAT(?:S|ED)?\b|\bRPT\b|\bRESEND(?:ING)?\b"),
    (
        "update",
        r"\b\d+(?:ST|ND|RD|TH)\s*(?:LD|LEAD|ADD)\b|\bUPDATE[SD]?\b(?:\s*\d+)?|\bWRITETHRU\b|\bLEADALL\b|\bSUB\b",
    ),
    ("advisory", r"\bADVISORY\b"),
)
_SLUGS: tuple[tuple[Change, re.Pattern[str]], ...] = tuple(
    (change, re.compile(pattern, re.I)) for change, pattern in _SLUG
)


def from_slug(text: str) -> Change | None:
    """The change in a slug line: `BC-US--Earns, 1st Ld-Writethru`, `USA-WEATHER/ (UPDATE 1, CORRECTED)`."""
    return next((change for change, pattern in _SLUGS if pattern.search(text)), None)


_NOTE: tuple[tuple[Change, str], ...] = (
    (
        "kill",
        r"\b(?:kill(?:s|ed)? (?:the|this|our|all)|mandatory kill|story (?:is )?(?:killed|withdrawn"
        r"|eliminated)|(?:is|are|has been|have been) (?:killed|withdrawn|retracted)"
        r"|please (?:kill|disregard|delete)|eliminat(?:e|es|ing) (?:the|this) (?:story|item)|annul(?:e|ée"
        r"|ation) d|prière d.annuler|bitte (?:löschen|nicht verwenden)|zurückgezogen|wird zurückgezogen"
        r"|anulad[ao]|anulación|annullata|da annullare|annulleres|annulleret|annullert|trekkes tilbake"
        r"|kumottu|mitätöity)",
    ),
    (
        "correction",
        r"\b(?:correct(?:s|ed|ing|ion|ions)\b|fix(?:es|ed) (?:spelling|typo|name|figure|date)"
        r"|in .{3,20} story,? corrects|refile(?:s|d)? to correct|clarifie[sd]\b"
        r"|berichtig(?:t|ung)\b|korrektur\b|korrigier(?:t|te)\b|korr\b|korjat(?:tu|aan)\b|korjaus\b"
        r"|oikais(?:u|tu)\b|rättelse\b|rättar\b|rättad\b|korrigerer\b|korrigert\b|korrigerad\b|rettelse\b"
        r"|rettet\b|retter\b"
        r"|corrige\b|corrig[ée]e?\b|rectif(?:ie|ication|icatif|ica|icación)\b|corrección\b|corregid[oa]\b"
        r"|correzione\b|corregge\b|rettifica\b|correção\b|corrig(?:e|ido|ida)\b|correctie\b|gecorrigeerd\b"
        r"|rectificatie\b)",
    ),
    (
        "repeat",
        r"\b(?:repeat(?:s|ed|ing)\b|resend(?:s|ing)?\b|wiederholung\b|wiederholt\b|refiles?\b|repetición\b"
        r"|ripetizione\b|rediffusion\b|herhaling\b)",
    ),
    (
        "update",
        r"\b(?:adds?\b|updat(?:es?|ed|ing)\b|recasts?\b|new throughout\b|writethru\b|leads? throughout\b"
        r"|with (?:new|additional|more) (?:details|quotes)"
        r"|aktualisier(?:t|ung)\b|neu:|ergänzt\b|mehr details|erweitert\b|noe utvidet|utvidet\b|oppdatert\b"
        r"|ny versjon|opdateret\b|uddybe[rt]\b|ny version|kompletter(?:ad|ar)\b|uppdater(?:ad|ar)\b"
        r"|täydenn(?:etty|etään)\b|päivitetty\b|lisätty\b|complemented\b"
        r"|actualis(?:e|é|ation)\b|précisions\b|ajoute\b|actualiza(?:ción|do|da)?\b|amplía\b|ampliación\b"
        r"|añade\b|aggiorna(?:to|mento)?\b|aggiunge\b|atualiza(?:ção|da|do)?\b|update met|aangevuld\b)",
    ),
)
_NOTES: tuple[tuple[Change, re.Pattern[str]], ...] = tuple(
    (change, re.compile(pattern, re.I)) for change, pattern in _NOTE
)
_OPENING = 90
_LABEL = re.compile(r"^[\s(*]*(?:eds?\.?|editors?|note to editors|ednote|editor'?s note)\s*[:_—-]\s*", re.I)


def from_note(note: str) -> Change | None:
    """The change that a note to editors opens with, in the agencies' languages: `Adds comments`, `Korjattu ...`, `CORRECTS ...`.

    Only a note's opening counts, and the first word of several decides: `Corrects spelling, adds quotes` is a correction."""
    opening = _LABEL.sub("", note)[:_OPENING]
    said = [(found.start(), change) for change, pattern in _NOTES if (found := pattern.search(opening))]
    return strongest(*(change for _, change in said)) if said else None


_EMBARGO = re.compile(
    r"\b(?:(?:strictly )?embargoed\b|embargo (?:until|till|to|ends|bis|jusqu|hasta|fino)"
    r"|(?:under )?strict embargo|sperrfrist\b|sperrvermerk\b|sous embargo\b|embargad[ao]\b"
    r"|not (?:for|to be) (?:public release|published|publication|release) (?:until|before)"
    r"|hold (?:for release )?until|klausul\b|sperrefrist\b|onder embargo\b|sotto embargo\b)",
    re.I,
)
_LIFTED = re.compile(
    r"\b(?:embargo|sperrfrist)\b[^.]{0,24}\b(?:lifted|ended|expired|no longer|removed|aufgehoben"
    r"|abgelaufen|entfällt|levé)\b|no embargo",
    re.I,
)
_CLOCK = re.compile(
    r"(?<![\d.])(?P<H>\d{1,2})(?:[:.h](?P<M>\d{2}))?\s*(?P<half>a\.?m\.?|p\.?m\.?)?(?:\s*(?:uhr|hrs|hours"
    r"|h))?(?![\d])|(?<!\d)(?P<slot>[0-2]\d[0-5]\d)(?!\d)|(?P<noon>(?:12\s*)?noon|midnight)",
    re.I,
)
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"(?P<d1>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?P<m1>{_MONTH})\b\.?,?(?:\s+(?P<y1>\d{{4}})(?![:.]?\d))?"
    rf"|\b(?P<m2>{_MONTH})\b\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?![:.]\d)(?:,?\s+(?P<y2>\d{{4}}))?"
    r"|(?<!\d)(?P<d3>\d{1,2})\.(?P<m3>\d{1,2})\.(?P<y3>\d{4})?(?!\d)",
    re.I,
)
_ZONE = re.compile(r"\b(GMT|UTC|BST|EST|EDT|ET|CEST|CET|MESZ|MEZ|PST|PDT|PT|CST|CDT|AEST|AEDT)\b")
_ZONE_NAMES = {
    "GMT": "UTC", "UTC": "UTC", "BST": "Europe/London", "EST": "America/New_York", "EDT": "America/New_York",
    "ET": "America/New_York",
    "CEST": "Europe/Berlin", "CET": "Europe/Berlin", "MESZ": "Europe/Berlin", "MEZ": "Europe/Berlin",
    "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles", "PT": "America/Los_Angeles", "CST": "America/Chicago", "CDT": "America/Chicago",
    "AEST": "Australia/Sydney", "AEDT": "Australia/Sydney",
}  # fmt: skip


def speaks_of_embargo(note: str) -> bool:
    """True where a note holds the story back (and does not say that the embargo is over)."""
    return bool(_EMBARGO.search(note)) and not _LIFTED.search(note)


def embargo_in(note: str, near: datetime | None, zone: str) -> datetime | None:
    """The end of the embargo that a note tells in words, UTC: `Embargoed to 0001 Friday September 9`, `Sperrfrist 23. Januar
    19.00 Uhr`. A date without a year is the first such after `near`; a time without a date is of `near`'s day in `zone`;
    None where either cannot be known."""
    found = _EMBARGO.search(note)
    if not found or near is None or _LIFTED.search(note):
        return None
    words = note[found.start() : found.start() + 140]
    named = _ZONE.search(words)
    place = ZoneInfo(_ZONE_NAMES[named[1]] if named else zone or "UTC")
    here = near.astimezone(place)
    day, rest = _embargo_day(words, here)
    clock = _embargo_clock(rest)
    if clock is None:
        return None
    hour, minute = clock
    try:
        end = (day or here).replace(hour=hour % 24, minute=minute, second=0, microsecond=0)
    except ValueError:
        return None
    if day is None and end < here - timedelta(hours=1):
        end += timedelta(days=1)
    return end.astimezone(ZoneInfo("UTC"))


def _embargo_day(words: str, here: datetime) -> tuple[datetime | None, str]:
    """The day named in `words`, and the words without it."""
    for found in _DATE.finditer(words):
        named = found["m1"] or found["m2"]
        month = MONTHS[named.lower()] if named else int(found["m3"])
        written = found["y1"] or found["y2"] or found["y3"]
        year = int(written or here.year)
        try:
            day = here.replace(year=year, month=month, day=int(found["d1"] or found["d2"] or found["d3"]))
        except ValueError:
            return None, words
        if not written and day < here - timedelta(days=180):
            day = day.replace(year=year + 1)
        return day, words[: found.start()] + " " + words[found.end() :]
    return None, words


def _embargo_clock(words: str) -> tuple[int, int] | None:
    for found in _CLOCK.finditer(words):
        if found["noon"]:
            return (0, 0) if "mid" in found["noon"].lower() else (12, 0)
        if found["slot"]:
            return int(found["slot"][:2]), int(found["slot"][2:])
        hour, minute = int(found["H"]), int(found["M"] or 0)
        half = (found["half"] or "").lower().replace(".", "")
        if (
            hour > 24
            or minute > 59
            or not (half or found["M"] or re.search(r"uhr|hrs|hours|h\b", found[0], re.I))
        ):
            continue
        return (hour % 12 + (12 if half == "pm" else 0) if half else hour), minute
    return None
