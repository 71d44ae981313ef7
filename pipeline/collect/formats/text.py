"""Plain text: a story typed, or scraped from a page: headline, byline and date, paragraphs, agency's signature, sections."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import PurePath
from typing import NamedTuple

from pipeline.agencies import alone
from pipeline.collect.document import Document, Parsed, UnreadableDocument
from pipeline.collect.format import Format
from pipeline.collect.formats import sniffing
from pipeline.collect.formats.page_dates import Stamp, stamps
from pipeline.collect.formats.teletype import without_notes
from pipeline.story import Precision, RawStory, Subject

NAME = "text"

_HEADLINE_MOST = 220
_META_MOST = 160
_META_LINES = 5
"""Lines under the headline among which byline and date are looked for."""
_TAIL_LINES = 12
"""Lines at the end among which an agency's signature and section names are looked for."""
_BINARY = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MARKUP = re.compile(r"\s*(?:<[!?a-zA-Z]|\{\s*[\"'}]|\[\s*[\[{\"])")
_HEADER = re.compile(r"(?P<name>[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ -]{1,24}?)\s*:\s*(?P<value>.*)")
_FIELDS = {
    "headline": "headline title subject titel überschrift titre título titolo otsikko rubrik tittel overskrift",
    "date": "date published publication-date time datum erschienen fecha data publié published-on",
    "updated": "updated last-updated modified aktualisiert mis-à-jour actualizado aggiornato",
    "provider": "source agency quelle fuente fonte kilde källa lähde",
    "credit": "credit",
    "byline": "author authors by byline writer autor auteur autore von par por",
    "dateline": "dateline location place ort lieu lugar luogo",
    "slugline": "slug slugline",
    "keywords": "keywords tags keyword schlagwörter mots-clés",
    "section": "section category categories topic topics ressort rubrique sección sezione",
    "language": "language lang sprache langue idioma lingua",
    "url": "url link",
    "guid": "id guid story-id",
    "summary": "summary abstract description teaser",
    "rights": "rights copyright",
    "editor_note": "editor-note ednote editors-note note-to-editors",
    "urgency": "urgency priority",
}
_FIELD_OF = {name: field for field, names in _FIELDS.items() for name in names.split()}
_LABEL = re.compile(
    r"\b(?:(?:first |originally )?(?:published|posted|updated|last (?:updated|modified)|modified|created"
    r"|filed)(?: on| at)?|publié(?:e)?(?: le)?|mis(?:e)? à jour(?: le)?|publicado(?: el| em)?|actualizado(?: el)?"
    r"|veröffentlicht(?: am)?"
    r"|aktualisiert(?: am)?|erschienen(?: am)?|stand|pubblicato(?: il)?|aggiornato(?: il)?|gepubliceerd(?: op)?"
    r"|publicerad|publisert|udgivet|julkaistu|date|on|at|am|um|le|el|il)\b\s*:?"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b,?|\b(?:mon|tue|wed|thu|fri|sat|sun)\b,?|\b(?:montag|dienstag"
    r"|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes"
    r"|miércoles|jueves|viernes|sábado|domingo)\b,?|\b\d{1,3} (?:min(?:ute)?s?|sec(?:ond)?s?|hours?)(?: (?:read|ago))?\b",
    re.I,
)
_UPDATED = re.compile(r"updated|modified|mise? à jour|actualizado|aktualisiert|aggiornato|stand", re.I)
_BY = re.compile(r"(?:by|von|par|por|di|door|av|af)\b[:\s]*", re.I)
_SEPARATORS = " \t|,;:-–—•·/()"
_NAMES = re.compile(
    r"(?:[A-ZÀ-Þ][\w.'’-]*\s+){1,3}[A-ZÀ-Þ][\w.'’-]+(?:(?:,| and| &)\s+(?:[A-ZÀ-Þ][\w.'’-]*\s+){0,3}[A-ZÀ-Þ][\w.'’-]+)*"
)
_SECTION = re.compile(r"(?:(?:[A-ZÀ-Þ][\w'’.-]*|\d+|&|and|of|the|in|on|de|du|et|y|und|e)(?:\s+|$)){1,5}")
_FILED = re.compile(
    r"(?:tags?|filed under|categor(?:y|ies)|topics?|sections?|more on|related topics?)\s*:\s*(?P<names>.{2,200})",
    re.I,
)
_ENDED = re.compile(r"""[.!?…]["'”’»)\]]*$""")


_DATELINED = re.compile(r"\s*[A-ZÀ-Þ][^()\n]{1,60}\((?P<house>[A-ZÀ-Þ][^()\n]{1,30})\)\s*[-–—]")
"""A dateline with the house in brackets."""


def sniff(head: str) -> bool:
    """True for what reads as text: no binary, no markup, no JSON, and some letters."""
    if _BINARY.search(head) or _MARKUP.match(head):
        return False
    return any(map(str.isalpha, head))


def parse(document: Document) -> Parsed:
    """The one story of the document."""
    text, assumed = _decoded(document.content)
    lines = [
        line.rstrip()
        for line in re.sub(r"\r\n?|[\x85\u2028\u2029]", "\n", text.replace("\xa0", " "))
        .replace("\f", "\n")
        .split("\n")
    ]
    if not any(map(str.strip, lines)):
        raise UnreadableDocument("an empty text")
    story = _story(without_notes(lines), document, assumed)
    return Parsed(format=NAME, stories=[story])


def _decoded(content: bytes) -> tuple[str, list[str]]:
    known = sniffing.codec(content)
    try:
        return content.decode(known or "utf-8"), []
    except UnicodeDecodeError:
        if known:
            return content.decode(known, "replace"), [f"bytes that are not {known} replaced"]
        return content.decode("cp1252", "replace"), ["not UTF-8: read as windows-1252"]


class _Meta(NamedTuple):
    """What the lines between headline and text say."""

    byline: str = ""
    published: Stamp | None = None
    updated: Stamp | None = None


class _Tail(NamedTuple):
    """What the lines after the text say."""

    credit: str = ""
    provider: str = ""
    sections: tuple[str, ...] = ()


def _story(lines: list[str], document: Document, assumed: list[str]) -> RawStory:
    fields, lines = _headers(lines)
    if "date" in fields or "headline" in fields:
        headline, meta, body = fields.get("headline", ""), _Meta(), lines
        if not headline:
            headline, body = _headline(body)
    else:
        headline, rest = _headline(lines)
        meta, body = _meta(rest) if headline else (_Meta(), rest)
    body, tail = _tail(body)
    meta = _with_fields(meta, fields)
    stamp = meta.updated or meta.published
    first = meta.published if meta.updated else None
    assumed += [note for one in (meta.published, meta.updated) if one for note in _notes(one)]
    sections = [*_list(fields.get("section", "")), *tail.sections]
    stem = PurePath(document.name).stem if document.name and "://" not in document.name else ""
    guid = fields.get("guid") or stem
    return RawStory(
        source=document.source,
        format=NAME,
        guid=guid,
        family=guid or document.name,
        document=document.name,
        url=fields.get("url", ""),
        provider=fields.get("provider", "") or tail.provider,
        headline=headline,
        slugline=fields.get("slugline", ""),
        summary=fields.get("summary", ""),
        byline=fields.get("byline", "") or meta.byline,
        dateline=fields.get("dateline", ""),
        credit=fields.get("credit", "") or tail.credit,
        rights=fields.get("rights", ""),
        editor_note=fields.get("editor_note", ""),
        language=fields.get("language", ""),
        urgency=_urgency(fields.get("urgency", "")),
        body="\n".join(body).strip("\n"),
        body_type="text",
        subjects=[Subject(code=name, scheme="section", name=name) for name in dict.fromkeys(sections)],
        keywords=list(dict.fromkeys([*_list(fields.get("keywords", "")), *sections])),
        published_at=stamp.at if stamp else None,
        published_precision=_precision(stamp),
        first_published_at=_first(first, stamp),
        collected_at=document.collected_at,
        assumed=assumed,
    )


def _headers(lines: list[str]) -> tuple[dict[str, str], list[str]]:
    """The `Name: value` lines at the top, as in a message (RFC 5322 2.2): at least two, or one that names the headline."""
    fields: dict[str, str] = {}
    at = next((number for number, line in enumerate(lines) if line.strip()), 0)
    start = at
    while at < len(lines):
        found = _HEADER.fullmatch(lines[at].strip())
        field = _FIELD_OF.get(found["name"].lower().replace(" ", "-")) if found else None
        if found is None or field is None:
            if lines[at].startswith((" ", "\t")) and lines[at].strip() and at > start:
                last = next(reversed(fields))
                fields[last] = f"{fields[last]} {lines[at].strip()}"
                at += 1
                continue
            break
        fields.setdefault(field, found["value"].strip())
        at += 1
    if len(fields) >= 2 or (fields and next(iter(fields)) == "headline"):
        return fields, lines[at:]
    return {}, lines


def _headline(lines: list[str]) -> tuple[str, list[str]]:
    """The headline and the lines after it; none where the text begins at once."""
    start = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    end = next((number for number in range(start, len(lines)) if not lines[number].strip()), len(lines))
    first = [line.strip() for line in lines[start:end]]
    rest = lines[end:]
    if not first:
        return "", lines
    more = any(map(str.strip, rest))
    if len(first) == 1:
        one = first[0]
        if len(one) > _HEADLINE_MOST or (more and _ENDED.search(one) and len(one) > 120):
            return "", lines
        if not more and _ENDED.search(one) and len(one) > 60:
            return "", lines  # a single sentence is text, a single line an alert
        return one, rest
    for number, line in enumerate(first[1:3], 1):
        if _is_meta(line):
            return " ".join(first[:number]), lines[start + number :]
    if (
        len(first) == 2
        and more
        and sum(map(len, first)) <= _HEADLINE_MOST
        and not _ENDED.search(first[1])
        and not _ENDED.search(first[0])
    ):
        return " ".join(first), rest
    if len(first[0]) <= _HEADLINE_MOST and _stands_alone(first):
        return first[0], lines[start + 1 :]
    return "", lines


def _stands_alone(first: list[str]) -> bool:
    """True where the first of several lines is a headline over text, not a line of the text: shorter than its fellows, in
    capitals, or one that no full stop ends before a line that begins anew."""
    head, following = first[0], first[1]
    if _ENDED.search(head) or following[:1].islower():
        return False
    longest = max(map(len, first[1:]))
    return head.isupper() or longest > 110 or len(head) + len(following.split(None, 1)[0]) + 1 < longest - 12


def _is_meta(line: str) -> bool:
    return _read_meta(line) is not None


def _read_meta(line: str) -> _Meta | None:
    """What a line says, if it says nothing but who wrote the story and when."""
    line = line.strip()
    if not line or len(line) > _META_MOST:
        return None
    dates = stamps(line)
    rest = line
    for stamp in reversed(dates):
        rest = rest[: stamp.start] + " | " + rest[stamp.end :]
    rest = _LABEL.sub(" ", rest) if dates or _LABEL.match(line) else rest
    who = " ".join(rest.split()).strip(_SEPARATORS)
    who = re.split(r"\s*\|\s*", who)[0].strip(_SEPARATORS) if dates else who
    by = _BY.match(f"{who} ")
    name = who[by.end() :].strip(_SEPARATORS) if by and by.end() <= len(who) + 1 else ""
    if by and (
        not name
        or _NAMES.fullmatch(name)
        or (dates and len(name.split()) <= 8)
        or (len(name.split()) <= 8 and name[:1].isupper() and not _ENDED.search(name))
    ):
        return _dated(line, dates, f"By {name}" if name else "")
    if not dates:
        return None
    if not who or _NAMES.fullmatch(who) or alone(who) is not None:
        return _dated(line, dates, who)
    return None


def _dated(line: str, dates: list[Stamp], byline: str) -> _Meta:
    published = updated = None
    before = 0
    for stamp in dates[:2]:
        if _UPDATED.search(line[before : stamp.start]):
            updated = stamp
        else:
            published = published or stamp
        before = stamp.end
    return _Meta(byline, published, updated)


def _meta(lines: list[str]) -> tuple[_Meta, list[str]]:
    """Byline and date from the first lines, and the lines without them."""
    meta = _Meta()
    body = list(lines)
    seen, at = 0, 0
    while at < len(body) and seen < _META_LINES:
        if not body[at].strip():
            at += 1
            continue
        found = _read_meta(body[at])
        if found is None or (found.byline and meta.byline):
            break
        meta = _Meta(
            meta.byline or found.byline, meta.published or found.published, meta.updated or found.updated
        )
        del body[at]
        seen += 1
    return meta, body


def _tail(lines: list[str]) -> tuple[list[str], _Tail]:
    """The agency's signature and the names of sections under it. Short lines at the end are sections only below a signature
    or a label: else they are text."""
    body = list(lines)
    sections: list[str] = []
    house = _house(lines)
    for _ in range(_TAIL_LINES):
        while body and not body[-1].strip():
            body.pop()
        if not body:
            break
        last = body[-1].strip()
        if (signature := _signature(last, house)) is not None:
            body.pop()
            return body, _Tail(last.strip(" -–—()"), signature, tuple(reversed(sections)))
        if (filed := _FILED.fullmatch(last)) is not None:
            sections += reversed(_list(filed["names"]))
        elif len(last) <= 40 and _SECTION.fullmatch(last) and not _ENDED.search(last):
            sections.append(last)
        else:
            break
        body.pop()
    return (
        (lines, _Tail())
        if not sections or not _labelled(lines)
        else (body, _Tail(sections=tuple(reversed(sections))))
    )


def _signature(line: str, house: str) -> str | None:
    """Who signs with this line alone: an agency, or the house that the dateline names, as the line writes it."""
    if (agency := alone(line)) is not None:
        return agency.name
    name = line.strip(" -–—()")
    signs = (
        len(name) <= 40
        and not _ENDED.search(name)
        and f"{name} ".startswith(f"{house} ")
        and name == name.title()
    )
    return name if house and signs else None


def _house(lines: list[str]) -> str:
    """The house that a dateline names in brackets, known as an agency or not: `PIRAEUS, Aug 6 (Meridian) - `; else empty."""
    dated = (_DATELINED.match(line) for line in lines[:_TAIL_LINES])
    return next((found["house"] for found in dated if found), "")


def _labelled(lines: list[str]) -> bool:
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return _FILED.fullmatch(last) is not None


def _with_fields(meta: _Meta, fields: dict[str, str]) -> _Meta:
    published = next(iter(stamps(fields.get("date", ""))), None)
    updated = next(iter(stamps(fields.get("updated", ""))), None)
    return _Meta(meta.byline, meta.published or published, meta.updated or updated)


def _notes(stamp: Stamp) -> list[str]:
    if stamp.precision == "day":
        notes = ["only the day of publication is given: midnight UTC stands for it"]
    else:
        notes = [] if stamp.zoned else ["no zone given: UTC assumed"]
    return [*notes, stamp.doubt] if stamp.doubt else notes


def _precision(stamp: Stamp | None) -> Precision:
    return stamp.precision if stamp else "second"


def _first(first: Stamp | None, stamp: Stamp | None) -> datetime | None:
    return first.at if first and stamp and first.at < stamp.at else None


def _list(text: str) -> list[str]:
    return [name for part in re.split(r"\s*[,;|]\s*", text) if (name := part.strip(" .#"))]


def _urgency(text: str) -> int | None:
    return int(text) if text.isdigit() and 1 <= int(text) <= 9 else None


FORMAT = Format(name=NAME, sniff=sniff, parse=parse)
