"""What a wire says of a version: update, correction, kill, repeat, advisory, hold, embargo; from its codes, slugs and notes."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from pipeline.collect.formats.times import MONTHS, zone_named
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

_ANY_SLUG = re.compile("|".join(pattern for _, pattern in _SLUG), re.I)


def from_slug(text: str) -> Change | None:
    """The change in a slug line: `BC-US--Earns, 1st Ld-Writethru`, `USA-WEATHER/ (UPDATE 1, CORRECTED)`."""
    if not text or not _ANY_SLUG.search(text):
        return None
    return next((change for change, pattern in _SLUGS if pattern.search(text)), None)


_COPY = (
    r"(?:story|item|copy|report|meldung|bericht|text|beitrag|dépêche|papier|article|info|noticia|información|texto|despacho"
    r"|notizia|lancio|dispaccio|artikel|nieuwsbericht|melding(?:en)?|artikkelen|saken|telegram(?:met)?|artikeln|texten|juttu|uutinen"
    r"|الخبر|خبر|النبأ|المادة)"
)
_ANNULLED = (
    r"(?:withdrawn|retract(?:s|ed|ing|ion)|gestrichen|streichen|storniert|stornieren|hinfällig|annulliert|entfällt|annulez"
    r"|annulée?s?|annulation|annuler|supprimée|retirée|zurückgezogen|zurückziehen|annullert|anula(?:mos|r|n|d[ao]|ção)?|anulación|annullar[ei]|annullat[oae]|annullamento"
    r"|ingetrokken|annulatie|annulering|geannuleerd|trekkes|trukket|strykes|stryks|utgår|annulleras|dras tillbaka"
    r"|trækkes tilbage|peruttu|perutaan|poistakaa|kumottu|mitätöi(?:ty|dään))\b"
)

_UNUSED = (
    # Not to be used at all: what is not to be used before some time is embargoed
    r"(?:\bverwenden sie\b[^.]{0,40}\bnicht\b|\bnicht (?:mehr |länger )?(?:zu )?verwende[nt]\b"
    r"|\bniet (?:meer )?(?:te )?gebruiken\b|\bbericht vervalt\b|\bannule[rz]? (?:la|cette|notre|le|ce)\b"
    r"|\bnon (?:tenere conto|utilizzare|considerare)\b|\banule(?:n|mos)? (?:la|esta|el|este)\b"
    r"|\bno (?:utilicen|usen|publiquen|tengan en cuenta)\b|\bnão (?:utilizar|usar|considerar)\b|\bnotícia (?:foi )?anulada\b"
    r"|\bskal ikke (?:brukes|bringes|benyttes|bruges|anvendes)\b|\bska inte (?:användas|publiceras)\b"
    r"|\b(?:trekker|trækker|drar) (?:tillbaka )?(?:saken|meldingen|artikkelen|artiklen|artikeln|texten|telegrammet)\b"
    r"|\bvede(?:tty|tään) (?:pois|takaisin)\b|\bälkää (?:käyttäkö|julkaisko)\b|\bperuu (?:jutun|uutisen)\b"
    r"|يلغى (?:ال)?خبر|^\W*(?:aap|ap|cp|afp|pa|dpa|reuters) kill\b)"
    r"(?!\W+(?:\w+\W+){0,4}(?:vor|voor|vóór|tot|avant|prima|antes|hasta|até|før|före|inden|innan|förrän|ennen|before|until)\b)"
)

_NOTE: tuple[tuple[Change, str], ...] = (
    (
        "kill",
        r"\b(?:kill(?:s|ed)? (?:the|this|our|all)|mandatory kill|story (?:is )?(?:killed|withdrawn"
        r"|eliminated)|(?:is|are|has been|have been) (?:killed|withdrawn|retracted)"
        r"|please (?:kill|disregard|delete)|eliminat(?:e|es|ing) (?:the|this) (?:story|item)|annul(?:e|ée"
        r"|ation) d|prière d.annuler|bitte (?:löschen|nicht verwenden)"
        r"|da annullare|annulleres|annulleret|trekkes tilbake"
        r"|(?:do not|don't) (?:use|publish) (?:the|this|our|any)|disregard (?:the|this|our)"
        r"|withdraws? (?:the|this|our|its|a)\b|ne pas (?:utiliser|tenir compte)|no utilizar (?:la|esta)|da non utilizzare"
        r"|gelieve (?:\S+ ){0,3}te (?:negeren|schrappen)|jättäkää käyttämättä)"
        # Events are cancelled in the same words: the copy is meant only where it is named, or where the note begins so
        rf"|^\W*{_ANNULLED}|\b{_COPY}\b[^.]{{0,30}}\b{_ANNULLED}|\b{_ANNULLED}[^.]{{0,16}}\b{_COPY}\b"
        rf"|{_UNUSED}|(?:الرجاء|يرجى) (?:إلغاء|عدم (?:استخدام|نشر))|(?:إلغاء|سحب) (?:ال)?(?:خبر|نبأ|مادة)",
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
        r"|rectificatie\b"
        r"|(?:fe de )?errat(?:a|um|as|es)\b|correctif|corrigeant|corrigeons|corrett[oa]\b|si corregge|rechtzetting"
        r"|verbeter(?:t|d|ing)\b"
        r"|corrigeert|rätt(?:as|ar|ning)\b|korrigering|korreksjon|retting\b|presiser(?:er|ing)\b|præciser(?:er|ing)\b|korjaa\b"
        r"|korjaava|oikaisee|täsmenn(?:ys|etään|etty)|subsana\b|richtiggestellt|richtigstellung|muss es (?:richtig )?heißen"
        r"|bien lire\b|precisazion[ei]\b|fe[il]+ i (?:forrige|tidligere|förra|tidigare)\b|korrigerar\b|gecorrigeerde\b"
        r"|تصحيح|تصويب|(?:ي|ت)صحح)",
    ),
    (
        "repeat",
        r"\b(?:repeat(?:s|ed|ing)\b|resend(?:s|ing)?\b|wiederholung\b|wiederholt\b|refiles?\b|repetición\b"
        r"|ripetizione\b|rediffusion\b|herhaling\b"
        r"|(?:si )?ripete\b|repite\b|reitera\b|répét(?:é|ition)e?\b|herhaal(?:t|d)\b|gjenta(?:kelse|s)\b|gentagelse\b"
        r"|wdh\b|repeteres\b|repetert\b|gjentatt\b|gentages\b|(?<!.)repris\b|(?<!.)uusinta\b"
        r"|upprepning|sänds (?:om|igen)|sendes på nytt|toisto\b|lähetetään uudelleen|repetição|إعادة|تكرار)",
    ),
    (
        "update",
        r"\b(?:adds?\b|updat(?:es?|ed|ing)\b|recasts?\b|new throughout\b|writethru\b|leads? throughout\b"
        r"|with (?:new|additional|more) (?:details|quotes)"
        r"|aktualisier(?:t|ung)\b|neu:|ergänzt\b|mehr details|erweitert\b|noe utvidet|utvidet\b|oppdatert\b"
        r"|ny versjon|opdateret\b|uddybe[rt]\b|ny version|kompletter(?:ad|ar)\b|uppdater(?:ad|ar)\b"
        r"|täydenn(?:etty|etään)\b|päivitetty\b|lisätty\b|complemented\b"
        r"|actualis(?:e|é|ation)\b|précisions\b|ajoute\b|actualiza(?:ción|do|da)?\b|amplía\b|ampliación\b"
        r"|añade\b|aggiorna(?:to|mento)?\b|aggiunge\b|atualiza(?:ção|da|do)?\b|update met|aangevuld\b"
        r"|voegt (?:\S+ ){0,4}toe\b|toevoeging|vult aan|vollediger|bijgewerkt|geactualiseerd|integra(?:zione)?\b|complète\b"
        r"|ajouts?\b"
        r"|nouveau titre|avec (?:réactions|détails|précisions)|con (?:más|nuevos) |oppdaterer\b|utvider\b|legger til\b|ny ingress"
        r"|erweiterte\b|ergänzung(?:en)?\b|développe\b|acrescenta\b|tilføje[rt]\b|päivittää\b|leads with\b"
        r"|meer (?:info|details)\b|met (?:reacties?|meer)\b|يحد[ّ]?ث"
        r"|utökad|tillägg|uppdaterar\b|lisää\b|laajenn(?:ettu|etaan)|laajempi|täydentä[äv]\w*|تحديث|يضيف|(?:مع )?إضافة|محدث)",
    ),
)
_NOTES: tuple[tuple[Change, re.Pattern[str]], ...] = tuple(
    (change, re.compile(pattern, re.I)) for change, pattern in _NOTE
)
_ORNAMENT = re.compile(r"^[\W_]+")
_OPENING = 90
_LABEL = re.compile(r"^[\s(*]*(?:eds?\.?|editors?|note to editors|ednote|editor'?s note)\s*[:_—-]\s*", re.I)


def from_note(note: str) -> Change | None:
    """The change that a note to editors opens with, in the agencies' languages: `Adds comments`, `Korjattu ...`, `CORRECTS ...`.

    Only a note's opening counts, and the first word of several decides: `Corrects spelling, adds quotes` is a correction."""
    opening = _LABEL.sub("", note)[:_OPENING]
    said = [(found.start(), change) for change, pattern in _NOTES if (found := pattern.search(opening))]
    return strongest(*(change for _, change in said)) if said else None


_EMBARGO = re.compile(
    r"\b(?:(?:strictly )?embargoed\b|(?:under )?strict embargo|hold (?:for release )?until"
    r"|(?<!arms )(?<!trade )(?<!oil )(?<!the )(?<!an )"
    r"embargo\b[\s:.,–-]*(?:until|till|to|ends|expires|bis|jusqu|hasta|fino|até|kunnes)\b"
    # With a time alone, as embargoes on trade are spoken of in like words: `Embargo tot woensdag 11 maart`, `EMBARGO ALLE 18.00`
    r"|embargo\b[\s:.,–-]*(?:(?:alle|dalle|ore|tot|til|le|au|à|för|for|klo|kl)\b[^\n]{0,40}?)?\d"
    r"|(?:sous|sotto|onder|bajo|sob|unter) embargo\b|embargad[ao]s?\b|embarg(?:at[oa]|eret|ert|erad)\b"
    r"|not (?:for|to be) (?:public release|published|publication|release|used?) (?:until|before)"
    r"|sperrfrist\b|sperrvermerk\b|frei(?:gegeben)? (?:für|ab)\b[^\n]{0,30}\d|nicht (?:zu )?veröffentlichen vor\b"
    r"|ne pas (?:diffuser|publier) avant|non (?:pubblicare|diffondere) prima|no (?:publicar|difundir) (?:antes|hasta)"
    r"|não publicar (?:antes|até)|niet (?:publiceren|te publiceren|voor publicatie|gebruiken) (?:voor|vóór|tot)"
    r"|klausul(?:ert|eret|erad)?\b|sperrefrist\b|spärrtid\b"
    r"|må (?:først|ikke) (?:publiseres|offentliggjøres|offentliggøres|bringes)|får (?:först|inte) (?:publiceras|offentliggöras)"
    r"|julkaisuvapaa|julkaistavissa|vapaa julkaistavaksi|ei saa julkaista ennen|julkaisukielto)"
    r"|(?:حظر|محظور|محظورة|ممنوع|يحظر|يمنع)(?: من)? النشر|(?:تحت|خاضع ل)\s?(?:ال)?حظر|للنشر (?:بعد|اعتبار)",
    re.I,
)
_LIFTED = re.compile(
    r"\b(?:embargo|sperrfrist|klausul\w*|sperrefrist)\b[^.]{0,24}\b(?:lifted|ended|expired|no longer|removed|is over"
    r"|aufgehoben|abgelaufen|entfällt|gefallen|levé|terminé|levantado|finalizado|revocato|rimosso|scaduto|opgeheven|vervallen"
    r"|opphevet|ophævet|hävd|hävt|upphävt|purettu|päättynyt)\b|no embargo|(?:رفع|انتهاء) (?:ال)?حظر",
    re.I,
)
_CLOCK = re.compile(
    r"(?<![\d.])(?:(?P<pre>\bore|\bklo|\bkello|\bkl|\bum|\bom|\bà|\ba las|\balle|الساعة)\b\.?:?\s*)?(?P<H>\d{1,2})"
    r"(?:\s?[:.h]\s?(?P<M>\d{2}))?\s*(?P<half>a\.?m\.?|p\.?m\.?)?"
    r"(?:\s*(?P<unit>uhr|uur|hrs|hours|horas|heures|h)\b)?(?![\d])"
    r"|(?<!\d)(?P<slot>[0-2]\d[0-5]\d)(?!\d)"
    r"|(?P<noon>(?:12\s*)?noon|\bmidi\b|mediodía|mezzogiorno|\bmittags?\b|meio-dia)"
    r"|(?P<night>midnight|minuit|medianoche|mezzanotte|mitternacht|middernacht|midnatt?|keskiyö|meia-noite)",
    re.I,
)
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DATE = re.compile(
    # AFP's Arabic wire writes a month in both ways: كانون الأول/ديسمبر
    rf"(?P<d1>\d{{1,2}})(?:st|nd|rd|th|er|\.)?\s+(?:de\s+)?(?:[^\W\d]+(?: [^\W\d]+)?/)?(?P<m1>{_MONTH})\b\.?,?"
    r"(?:\s+(?:de\s+)?(?P<y1>\d{4})(?![:.]?\d))?"
    rf"|\b(?P<m2>{_MONTH})\b\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?![:.]\d)(?:,?\s+(?P<y2>\d{{4}}))?"
    r"|(?<![\d.])(?P<d3>\d{1,2})(?P<by>[./])(?P<m3>\d{1,2})(?:(?P=by)(?P<y3>\d{4}|\d{2})|\.|(?<=/\d)|(?<=/\d\d))(?![\d:])",
    re.I,
)
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday mon montag lundi lunes lunedì maandag mandag måndag maanantai maanantaina segunda-feira الاثنين الإثنين",
            "tuesday tue tues dienstag mardi martes martedì dinsdag tirsdag tisdag tiistai tiistaina terça-feira الثلاثاء",
            "wednesday wed mittwoch mercredi miércoles mercoledì woensdag onsdag keskiviikko keskiviikkona quarta-feira الأربعاء",
            "thursday thu thurs donnerstag jeudi jueves giovedì donderdag torsdag torstai torstaina quinta-feira الخميس",
            "friday fri freitag vendredi viernes venerdì vrijdag fredag perjantai perjantaina sexta-feira الجمعة",
            "saturday sat samstag sonnabend samedi sábado sabato zaterdag lørdag lördag lauantai lauantaina السبت",
            "sunday sun sonntag dimanche domingo domenica zondag søndag söndag sunnuntai sunnuntaina الأحد",
        )
    )
    for name in names.split()
}
_WEEKDAY = re.compile(rf"\b({'|'.join(sorted(_WEEKDAYS, key=len, reverse=True))})\b", re.I)
_TOMORROW = re.compile(
    r"\b(?:tomorrow|demain|(?<!la )mañana|domani|i ?morg[eo]n|(?<!am )morgen|huomenna|huomiseen|amanhã)\b|غدا",
    re.I,
)
_ZONE = re.compile(
    r"\b(GMT|UTC|BST|WET|WEST|CEST|CET|MESZ|MEZ|EET|EEST|MSK|EST|EDT|ET|CST|CDT|CT|MST|MDT|MT|PST|PDT|PT|ADT|NDT"
    r"|AEST|AEDT|AET|ACST|ACDT|AWST|NZST|NZDT|JST|SGT|HKT|IST)\b|(ت\.? ?غ|غرينتش)"
)
_SPOKEN = re.compile(
    r"\b(?:heure (?:locale )?(?:de |d')|hora (?:local )?(?:de )?|ora (?:locale )?(?:di )?)(?P<of>[^\W\d]{3,})"
    r"|\b(?P<to>(?:[^\W\d]+ ){1,3})time\b",
    re.I,
)
"""`heure de Paris`, `Brussels time`."""
_ZONE_NAMES = {
    "GMT": "UTC", "UTC": "UTC", "BST": "Europe/London", "WET": "Europe/Lisbon", "WEST": "Europe/Lisbon",
    "CEST": "Europe/Berlin", "CET": "Europe/Berlin", "MESZ": "Europe/Berlin", "MEZ": "Europe/Berlin",
    "EET": "Europe/Helsinki", "EEST": "Europe/Helsinki", "MSK": "Europe/Moscow",
    "EST": "America/New_York", "EDT": "America/New_York", "ET": "America/New_York",
    "CST": "America/Chicago", "CDT": "America/Chicago", "CT": "America/Chicago",
    "MST": "America/Denver", "MDT": "America/Denver", "MT": "America/Denver",
    "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "PT": "America/Los_Angeles",
    "ADT": "America/Halifax", "NDT": "America/St_Johns",
    "AEST": "Australia/Sydney", "AEDT": "Australia/Sydney", "AET": "Australia/Sydney",
    "ACST": "Australia/Adelaide", "ACDT": "Australia/Adelaide", "AWST": "Australia/Perth",
    "NZST": "Pacific/Auckland", "NZDT": "Pacific/Auckland", "JST": "Asia/Tokyo", "SGT": "Asia/Singapore",
    "HKT": "Asia/Hong_Kong", "IST": "Asia/Kolkata",
}  # fmt: skip


def speaks_of_embargo(note: str) -> bool:
    """True where a note holds the story back (and does not say that the embargo is over)."""
    return bool(_EMBARGO.search(note)) and not _LIFTED.search(note)


def opens_with_embargo(line: str) -> bool:
    """True for a line of a text that is a note of an embargo: `EMBARGOED until ...`, `*** Sperrfrist: ... ***`."""
    bare = _ORNAMENT.sub("", _LABEL.sub("", line[:200]))
    return _EMBARGO.match(bare) is not None and _LIFTED.search(bare) is None


def embargo_in(note: str, near: datetime | None, zone: str) -> datetime | None:
    """The end of the embargo that a note tells in words, UTC: `Embargoed to 0001 Friday September 9`, `Sperrfrist 23. Januar
    19.00 Uhr`. A date without a year is the first such after `near`; a time without a date is of `near`'s day in `zone`;
    None where either cannot be known."""
    found = _EMBARGO.search(note)
    if not found or near is None or _LIFTED.search(note):
        return None
    words = note[found.start() : found.start() + 140]
    place = _embargo_zone(words) or ZoneInfo(zone or "UTC")
    here = near.astimezone(place)
    day, rest = _embargo_day(words, here)
    clock = _embargo_clock(rest)
    if clock is None:
        return None
    hour, minute = clock
    try:
        end = (day or here).replace(hour=hour % 24, minute=minute, second=0, microsecond=0)
        end += timedelta(days=hour // 24)
    except (ValueError, OverflowError):
        return None
    if day is None and end < here - timedelta(hours=1):
        end += timedelta(days=7 if _WEEKDAY.search(words) else 1)
    return end.astimezone(ZoneInfo("UTC"))


def _embargo_zone(words: str) -> tzinfo | None:
    if named := _ZONE.search(words):
        return ZoneInfo(_ZONE_NAMES[named[1]] if named[1] else "UTC")
    for spoken in _SPOKEN.finditer(words):
        before = (spoken["to"] or "").strip()
        for name in (spoken["of"] or "", before, before.rpartition(" ")[2]):
            if found := zone_named(name):
                return found
    return None


def _embargo_day(words: str, here: datetime) -> tuple[datetime | None, str]:
    """The day named in `words`, by its date, else by its name where that is not today's; and the words without the date."""
    for found in _DATE.finditer(words):
        named = found["m1"] or found["m2"]
        month = MONTHS[named.lower()] if named else int(found["m3"])
        written = found["y1"] or found["y2"] or found["y3"]
        year = int(written or here.year)
        try:
            day = here.replace(
                year=year + 2000 if year < 100 else year,
                month=month,
                day=int(found["d1"] or found["d2"] or found["d3"]),
            )
        except ValueError:
            continue  # 18.30 is no date
        if not written and day < here - timedelta(days=180):
            day = day.replace(year=year + 1)
        return day, words[: found.start()] + " " + words[found.end() :]
    if named_day := _WEEKDAY.search(words):
        ahead = (_WEEKDAYS[named_day[1].lower()] - here.weekday()) % 7
        return (here + timedelta(days=ahead) if ahead else None), words
    return (here + timedelta(days=1) if _TOMORROW.search(words) else None), words


def _embargo_clock(words: str) -> tuple[int, int] | None:
    for found in _CLOCK.finditer(words):
        if found["noon"] or found["night"]:
            return (12, 0) if found["noon"] else (0, 0)
        if found["slot"]:
            return int(found["slot"][:2]), int(found["slot"][2:])
        hour, minute = int(found["H"]), int(found["M"] or 0)
        half = (found["half"] or "").lower().replace(".", "")
        if hour > 24 or minute > 59 or not (half or found["M"] or found["unit"] or found["pre"]):
            continue
        return (hour % 12 + (12 if half == "pm" else 0) if half else hour), minute
    return None
