"""ANPA 1312: the North American high-speed wire (AP, CP and others), text and tables, one message or many in a document."""

from __future__ import annotations

import re
from datetime import datetime

from pipeline.collect.document import Document, Parsed
from pipeline.collect.format import Format
from pipeline.collect.formats import markup, nitf, signals
from pipeline.collect.formats.houses import House, first_known, house
from pipeline.collect.formats.teletype import ETX, STX, parsed, table
from pipeline.collect.formats.times import Moment, moment
from pipeline.story import Change, RawStory, Subject

NAME = "anpa1312"
_PRIORITY = {"f": 1, "u": 2, "b": 3, "r": 4, "d": 5, "a": 5, "s": 6, "x": 6, "w": 6}
"""Priority letters (flash, urgent, bulletin, rush, deferred, ...) as urgencies."""
_HEADER = re.compile(
    r"\s*(?P<service>[A-Za-z]{1,3})(?P<number>\d{3,4})\x1f(?P<selector>[^\n]{0,40})\n+"
    r"(?P<level>[A-Za-z]) (?P<category>[A-Za-z]{1,3})(?P<kind>[\x11-\x14 ]*)(?P<slug>[^\n]*)\n"
)
_TRAILER = re.compile(
    r"(?P<agency>[A-Z]{2,5})-(?P<desk>[A-Z]{1,4})-(?P<time>\d\d-\d\d-\d\d\s+\d{4}\s*[A-Z]{3,4})"
)
_NOTE = re.compile(
    r"^\(?(?:eds?|editors?|editor'?s note|attn\.? editors?|note to editors)\b\.?\s*(?:[:_—-]+)\s*", re.I
)
_PHOTO = re.compile(r"^\(?(?:AP|CP) (?:Photos?|Video|Graphics?|Audio|Multimedia)\b", re.I)
_TITLE = re.compile(
    r"\b(?:writers?|editors?|reporters?|correspondents?|columnist|critic|associated press|canadian press)\b",
    re.I,
)
_HOUSE_LINE = re.compile(r"(?:the )?(?:associated|canadian) press|la presse canadienne", re.I)
_ALERT = re.compile(r"\badd\b|alert|advisory|digest|budget|schedule|headlines|glance|top-\w+-headlines", re.I)


def sniff(head: str) -> bool:
    """A header of service letter and number, a unit separator and a selector after SOH."""
    start = head.lstrip("\x16\x00\x7f \r\n\x0c\x04")
    return start.startswith("\x01") and bool(
        _HEADER.match(start[1:].replace("\r\n", "\n").replace("\r", "\n") + "\n")
    )


def parse(document: Document) -> Parsed:
    """The story of each message; raises UnreadableDocument where none can be read."""
    return parsed(document, NAME, "ANPA 1312", _story)


FORMAT = Format(NAME, sniff, parse)


def _story(message: str, document: Document, mended: list[str]) -> RawStory | str:
    header = _HEADER.match(message)
    if header is None:
        return "a message without the header of service, number, priority and category"
    assumed = list(mended)
    _, mark, text = message[header.end() :].partition(STX)
    text, _, trailer = (text if mark else message[header.end() :]).partition(ETX)
    told = _TRAILER.search(trailer) or _TRAILER.search(message[-120:])
    agency = house(told["agency"]) if told else first_known(*re.findall(r"\(([A-Z]{2,4})\)", message[:3000]))
    this = moment(told["time"]) if told else None
    head = _Head()
    lines = text.split("\n")
    start = _read_head(lines, head)
    slug = head.slug or " ".join(re.sub(r"\s+\d\d-\d\d\s*\d*\s*$", "", header["slug"]).split())
    body = _body(lines[start:], head.rest)
    change = _change(slug, head.notes)
    until, held = nitf.embargo_from_notes((*head.notes, slug), agency, this.at if this else None, assumed)
    guid = f"{header['service']}{header['number']}" + (f"-{this.at:%Y%m%d}" if this else "")
    return RawStory(
        source=document.source,
        format=NAME,
        guid=guid,
        family=_family(agency, slug, this) or guid,
        document=document.name,
        provider=agency.name or (told["agency"] if told else ""),
        status="canceled" if change == "kill" else "withheld" if held else "usable",
        change=change,
        headline=head.headline,
        slugline=slug,
        summary=head.summary,
        byline=head.byline,
        byline_title=head.title,
        editor_note=markup.public(head.notes),
        urgency=_PRIORITY.get(header["level"].lower()),
        body=body,
        body_type="text",
        subjects=[Subject(code=header["category"], scheme="anpa")],
        published_at=this.at if this else None,
        published_precision=this.precision if this else "second",
        embargoed_until=until,
        collected_at=document.collected_at,
        assumed=assumed,
    )


class _Head:
    """What the lines that begin with `^` say, as they are read."""

    def __init__(self) -> None:
        self.slug = self.headline = self.summary = self.byline = self.title = ""
        self.notes: list[str] = []
        self.rest: list[str] = []


def _read_head(lines: list[str], head: _Head) -> int:
    """Fills `head` from the lines that begin with `^`; the number of the first other line. A line ends with `<`, or with `=`
    where it is set centred (byline, title, heading of a table)."""
    number = 0
    for number, line in enumerate(lines):
        if not line.strip(" \x7f\x00"):
            continue
        if not line.startswith("^"):
            return number
        for piece in line.split("<"):
            piece = piece.strip(" ^")
            centred = piece.endswith("=")
            if words := " ".join(piece.rstrip("=").split()):
                _take(words, centred, head)
    return number + 1


def _take(words: str, centred: bool, head: _Head) -> None:
    if not head.slug and not centred and not words.startswith("*"):
        head.slug = re.sub(r",\s*\d{0,5}$", "", words)
    elif words.startswith("*"):
        return
    elif _NOTE.match(words):
        head.notes.append(_NOTE.sub("", words).rstrip(")") if words.startswith("(") else _NOTE.sub("", words))
    elif _PHOTO.match(words):
        return
    elif re.match(r"by\s", words, re.I) and (centred or (not head.byline and len(words) < 80)):
        head.byline = f"{head.byline} and {words}" if head.byline else words
    elif centred and not head.byline and _HOUSE_LINE.fullmatch(words):
        return
    elif centred and head.byline and not head.title and _TITLE.search(words) and not head.rest:
        head.title = "" if _HOUSE_LINE.fullmatch(words) else words
    elif not head.headline and not head.byline:
        head.headline = words
    elif not head.summary and not centred and not head.byline and not head.rest and len(words) > 60:
        head.summary = words
    else:
        head.rest.append(words)


def _body(lines: list[str], head: list[str]) -> str:
    """Paragraphs parted by blank lines: a tab begins one, a backspace a row of a table, `^` a centred line."""
    blocks: list[str] = list(head)
    rows: list[list[str]] = []
    wrapped: list[str] = []

    def close() -> None:
        if rows:
            blocks.append(table(rows))
            rows.clear()
        if wrapped:
            blocks.append(" ".join(wrapped))
            wrapped.clear()

    for line in lines:
        bare = line.strip(" \t\x7f\x00\x0c").rstrip("<= ").rstrip()
        cells = _cells(line, bare)
        if not bare or bare.lstrip("^") == "END":
            if not rows:
                close()
        elif cells:
            if wrapped:
                close()
            rows.append(cells)
        elif line.startswith(("^", "\t")):
            close()
            wrapped.append(_plain(bare.lstrip("^")))
            if line.startswith("^") or line.rstrip().endswith(("<", "=")):
                close()
        else:
            if rows:
                close()
            wrapped.append(_plain(bare))
    close()
    return "\n\n".join(block for block in blocks if block.strip())


def _cells(line: str, bare: str) -> list[str]:
    """The cells of a table's row; none for a line of text."""
    if not line.lstrip(" ").startswith("\x08") and bare.count(";") < 3 and "\x1e" not in bare:
        return []
    if (
        bare.count(";") >= 3
        and not line.lstrip(" ").startswith("\x08")
        and _SENTENCE_SEMICOLON.search(bare)
        and len(bare) > 90
    ):
        return []
    text = bare.lstrip("\x08").lstrip("^")
    cells = text.split(";") if ";" in text else _COLUMN.split(text)
    return [_plain(cell).replace("{", "½") for cell in cells]


_CODES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1d]")
_DASH = re.compile(r"(?<=[^\s)]) _ (?=\S)")
_COLUMN = re.compile(r"\s*[\x1e\x1f](?:[ \x1e\x1f])*")
_SENTENCE_SEMICOLON = re.compile(r";\s")


def _plain(text: str) -> str:
    """Text without the typesetter's codes; double accents are quotation marks and a low line between blanks is a dash."""
    if not text.isprintable():
        text = _CODES.sub("", text).replace("\x1e", " ").replace("\x1f", " ")
    if "``" in text or "''" in text:
        text = text.replace("``", "“").replace("''", "”")
    text = " ".join(text.split())
    return _DASH.sub(" — ", text) if " _ " in text else text


_VERSION = re.compile(
    r",?\s*(?:\d+(?:st|nd|rd|th)[\s-]*(?:ld|lead|add)[\w-]*|writethru|advisory|correct\w*|kill|update\w*"
    r"|sub)\b.*$|-ABRIDGED",
    re.I,
)


def _family(agency: House, slug: str, this: Moment | None) -> str:
    """What a story's versions share: agency, day and slug without its version; alerts, digests and additions, which must not
    stand in for the whole, are each their own."""
    base = _VERSION.sub("", slug).strip(" ,").lower()
    if not this or not base or _ALERT.search(slug):
        return ""
    return f"{agency.name}:{_day(this.at)}:{base}"


def _day(at: datetime) -> str:
    return f"{at:%Y%m%d}"


def _change(slug: str, notes: list[str]) -> Change | None:
    return signals.strongest(signals.from_slug(slug), *(signals.from_note(note) for note in notes))
