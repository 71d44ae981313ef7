"""Who wrote it: bylines read into people's names in normal case, and into what else they say (a title, an agency)."""

from __future__ import annotations

import re
from typing import NamedTuple

from pipeline.agencies import agency, signed
from pipeline.clean.gazetteer import country_of_city
from pipeline.clean.names import person_case

_BY = re.compile(
    r"(?:by|von|par|por|di|a cura di|door|av|af|tekst|text|texto|testo|texte|från|fra|kirjoittanut|written by"
    r"|story by|reported by|oleh|autor|additional reporting by|بقلم|إعداد)\s*:?\s+",
    re.I,
)
_BY_LINE = re.compile(
    r"(?:By|BY|by|Von|VON|von|Par|PAR|Por|POR|Di|DI|Door|DOOR|Av|AV|Af|AF|Text:|Tekst:|Texto:|Text av|Tekst av"
    r"|A cura di)[ :]\s*(?=\S)"
)
_LED = re.compile(r"^(?:[Bb]y|[Ww]ith|and|mit|avec|con)\s+(?=[A-ZÀ-Þ])")
"""What stands before a later name: `By Ada Lind, with Bo Ek`."""
_SIGNS = re.compile(
    r"(?P<name>(?:[A-ZÀ-Þ][\w.'’-]+\s+){1,3}[A-ZÀ-Þ][\w.'’-]+)\s*(?:,\s*|/\s?)"
    r"(?P<agency>[A-Z]{2,6}|dpa|[Tt]he Canadian Press|[Rr]itzau)/?"
)
"""A name and its agency alone on a line: `Ada Lind, STT`, `Ada Lind/TT`."""
_AND = re.compile(r"\s*(?:[;&|]|\s/\s|\s(?:and|und|et|y|e|en|och|og|ja|und|with|mit|avec|con)\s)\s*", re.I)
_COMMA = re.compile(r"\s*(?:,|/|(?<=\w)\s*\(|\)|\s[-–—]\s|\s@\S+)\s*")
_CONTACT = re.compile(
    r"\S+@\S+\.\w+|(?<!\w)@\w+|https?://\S+|(?:tel|phone|ph|fax|twitter|x)\.?\s*:\s*[+\d]?[\d\s().-]*|\+?\d[\d\s()./-]{6,}\d",
    re.I,
)
_WHEN = re.compile(
    r"\s*(?:\||[-–—•·]\s|,?\s(?:on|updated|published)\s)\s*(?=[A-Z]?\w*\.?\s*\d).*$|\s*\|.*$", re.I
)
_IN_PLACE = re.compile(
    r"\s+(?:in|aus|à|en|i|te|a|da|em)\s+(?=[A-ZÄÖÜÉÅØ])[\w.'’-]+(?:[ ,/]+(?=[A-ZÄÖÜÉÅØ])[\w.'’-]+)*$"
)
_NAME_WORD = re.compile(r"(?:[^\W\d_]['’])?[^\W\d_][^\W\d_'’ʼ.-]*(?:['’ʼ.-][^\W\d_]+)*\.?,?")
_NOT_NAMES = re.compile(
    r"\b(?:staff|writers?|reporters?|correspondents?|editors?|news(?:room|paper|wire|desk)?|bureau|desk|agenc(?:y"
    r"|ies)|agentur|agencia|agence|agenzia"
    r"|university|college|institute|school|tribune|times|herald|post|gazette|chronicle|journal|magazine|media"
    r"|online|report|service|services|network|redaktion|redaktionen|redazione|redacción"
    r"|rédaction|redação|redactie|toimitus|korrespondent(?:en|in|innen)?|mitarbeiter|director|producer|columnist"
    r"|analyst|photographer|fotograf|photos?|video|admin|administrator"
    r"|webmaster|team|contributor|special|chief|tv|radio|press association|associated|analysis|wires?|agencies"
    r"|group|inc|corp|ltd|llc|gmbh|foundation|government|ministry|the)\b",
    re.I,
)
_PARTICLES = frozenset(
    str.split(
        "de del della der den di da do dos das du des van von la le les y e zu zur al el bin ibn ter ten af av abu ben d' 't"
    )
)
_TITLE_LINE = re.compile(
    r"(?:(?:AP|AFP|Reuters|dpa|UPI|CP|AAP|PA|Press Association|Associated Press|The Associated Press|The Canadian Press)\s+)?"
    r"(?:[A-Z][\w&-]*\s+){0,3}(?:Writers?|Reporters?|Correspondents?|Editors?|Columnist|Analyst|Staff)\b.{0,20}"
)
_DOMAIN = re.compile(r"\.[a-z]{2,4}$")
_ENDED = re.compile(r"[.!?:]$")
_INITIAL = re.compile(r"\b(?:jr|sr|[A-Z])\.$", re.I)
_LONGEST = 160


class Byline(NamedTuple):
    """People's names, and what else the byline says of them, as written."""

    names: list[str]
    title: str = ""


NOBODY = Byline([])


def of_element(text: str) -> Byline:
    """The byline that a wire's own element gives: `By JANE DOE and John Roe, Associated Press`, `Geir Molnes / Faktisk.no`."""
    text = _without_contacts(", ".join(filter(None, map(str.strip, text.splitlines())))).strip(" =,;|")
    prefixed = _BY.match(text + " ")
    return _parsed(text[prefixed.end() :] if prefixed else text, lone=True)


def of_line(line: str) -> Byline | None:
    """The byline that a line of text is. None where it is none or may be a sentence: it begins with `By` in the agencies'
    languages, is short, and holds names alone."""
    line = line.strip().rstrip("=").strip()
    if len(line) > _LONGEST:
        return None
    prefixed = _BY_LINE.match(line)
    if prefixed is None:
        signs = _SIGNS.fullmatch(line)
        if signs is None or agency(signs["agency"]) is None or country_of_city(signs["name"]):
            return None
        said = _parsed(line, lone=False)
        return said if said.names else None
    rest = _without_contacts(line[prefixed.end() :]).strip(" =,;")
    if not rest or (_ENDED.search(rest) and not _INITIAL.search(rest)):
        return None
    parsed = _parsed(rest, lone=False)
    if parsed.names:
        return parsed
    return (
        parsed
        if len(rest.split()) <= 6
        and (signed(rest) or (_NOT_NAMES.search(rest) and rest[:1].isupper() and _titled(rest)))
        else None
    )


def is_title(line: str) -> bool:
    """True for the line under a byline that says what the writer is: `AP Business Writer`, `Associated Press`."""
    line = line.strip().rstrip("=").strip()
    return len(line) <= 60 and (
        bool(_TITLE_LINE.fullmatch(line)) or (signed(line) is not None and len(line.split()) <= 4)
    )


def _titled(text: str) -> bool:
    return (
        all(
            word[0].isupper() or word in ("of", "the", "and") or agency(word) or _NOT_NAMES.fullmatch(word)
            for word in text.split()
            if word[0].isalpha()
        )
        or text.islower()
    )


def _without_contacts(text: str) -> str:
    return re.sub(r"\s+", " ", _CONTACT.sub(" ", _WHEN.sub("", text))).strip()


def _parsed(text: str, lone: bool) -> Byline:
    """Names and the rest of a byline without its `By`. `lone`: a single word may be a name (`Madonna`), which
    beside longer names is a place."""
    names: list[str] = []
    rest: list[str] = []
    parts = _COMMA.split(_with_commas(text))
    lone = lone and not any(_is_name(part, lone=False) for part in parts)
    for part in parts:
        part = _LED.sub("", part.strip("()"))
        part = (
            part.strip(" .,;") if not re.search(r"\b(?:Jr|Sr|[A-Z])\.$", part.strip()) else part.strip(" ,;")
        )
        if not part:
            continue
        if part.casefold() in ("jr", "jr.", "sr", "sr.", "ii", "iii") and names:
            names[-1] += ", " + part
            continue
        placed = _IN_PLACE.sub("", part)
        if _is_name(placed, lone):
            name = person_case(placed)
            if name not in names:
                names.append(name)
        else:
            rest.append(part)
    return Byline(names, ", ".join(rest))


def _with_commas(text: str) -> str:
    return _AND.sub(", ", text)


def _is_name(text: str, lone: bool) -> bool:
    words = text.split()
    if (
        not (1 if lone else 2) <= len(words) <= 6
        or signed(text) is not None
        or _NOT_NAMES.search(text)
        or _DOMAIN.search(text)
    ):
        return False
    if not all(_NAME_WORD.fullmatch(word) for word in words):
        return False
    capitals = [word for word in words if word[0].isupper() or not word[0].islower()]
    return bool(capitals) and all(
        word in capitals or word.casefold() in _PARTICLES or word[:2].lower() in ("d'", "d’", "al")
        for word in words
    )
