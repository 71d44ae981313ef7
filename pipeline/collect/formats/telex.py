"""Telex: messages between ZCZC and NNNN without control characters, as agencies send them to printers and into folders."""

from __future__ import annotations

import re

from pipeline.collect.document import Document, Parsed
from pipeline.collect.format import Format
from pipeline.collect.formats import identity, iptc7901, markup, nitf, signals
from pipeline.collect.formats.houses import UNKNOWN, house, house_of_dateline
from pipeline.collect.formats.teletype import parsed, split_notes
from pipeline.collect.formats.times import moment
from pipeline.story import RawStory, Subject

NAME = "telex"
_BEGIN = re.compile(r"(?m)^[ \t\x01\x02]*ZCZC")
_END = re.compile(r"(?m)(?:^|(?<=[ \t]))NNNN\b.*$")
_CODES = re.compile(r"(?:(?=\S*[A-Z0-9])[A-Z0-9/._-]{1,14}(?:\s+|$)){1,8}")
"""A line of the header: the message's number, its priority, category and service, all in capitals."""
_TIME = re.compile(
    r"\b(?:\d{1,2}[-/ ][^\W\d]{3,9}\.?[-/ ]\d{2,4}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}-\d\d-\d\d)[ ,]+\d{1,2}[:.]\d\d\b"
    r"|\b\d{6}\s+(?:[A-Z]{1,4}\s+)?[A-Za-z]{3}\s+\d{2,4}\b"
)
_SIGNED = re.compile(r"[A-Z]{2,4}(?:[-/][A-Z]{1,4}){0,3}|/[A-Z]{2,4}/|[a-z]{2,4}(?:/[a-z]{2,6}){1,5}")
_TAIL_LINES = 4


def sniff(head: str) -> bool:
    """A first line that begins with ZCZC."""
    return _BEGIN.match(head.lstrip("\ufeff \t\r\n\x00\x07")) is not None


def parse(document: Document) -> Parsed:
    """The story of each message; raises UnreadableDocument where none can be read."""
    return parsed(document, NAME, "telex", _story, lambda text: _BEGIN.split(text)[1:])


FORMAT = Format(NAME, sniff, parse)


def _story(message: str, document: Document, mended: list[str]) -> RawStory | str:
    assumed = list(mended)
    message, _, after = _cut(message)
    first, _, text = message.partition("\n")
    lines = text.split("\n")
    codes = first.split()
    while lines and (not lines[0].strip() or _is_code(lines)):
        codes += lines.pop(0).split()
    tail = _tail(lines, after)
    told = _TIME.search(tail)
    markers, headline, byline, rest = iptc7901.head("\n".join(lines))
    body, notes = split_notes(rest)
    notes = [*(marker for marker in markers if marker.startswith("(")), *notes]
    if not headline and not any(map(str.strip, body)):
        return "a message without a text"
    agency = house_of_dateline(" ".join(body[:6]))
    agency = agency if agency is not UNKNOWN else house(document.source)
    this = moment(re.sub(r"(?<=\w)-(?=\w)", " ", told[0]), agency.zone) if told else None
    if this and not this.zoned:
        assumed.append(f"no zone given: {agency.zone or 'UTC'} assumed")
    change = signals.strongest(
        *(signals.from_slug(marker) for marker in markers),
        *(signals.from_note(note) for note in (*markers, *notes)),
    )
    until, held = nitf.embargo_from_notes(
        (*markers, *notes, headline), agency, this.at if this else None, assumed
    )
    number = codes[0] if codes else ""
    guid = f"{number}-{this.at:%Y%m%d}" if number and this else ""
    return RawStory(
        source=document.source,
        format=NAME,
        guid=guid,
        family=guid,
        document=document.name,
        provider=agency.name,
        status="canceled" if change == "kill" else "withheld" if held else "usable",
        change=change,
        headline=headline,
        byline=byline,
        editor_note=markup.public(notes),
        urgency=next((found for code in codes[1:] if (found := identity.whole_number(code))), None),
        body="\n".join(body).strip("\n"),
        body_type="text",
        subjects=[Subject(code=code, scheme=NAME) for code in codes[1:] if re.fullmatch(r"[A-Z]{3}", code)][
            :1
        ],
        published_at=this.at if this else None,
        published_precision=this.precision if this else "second",
        embargoed_until=until,
        collected_at=document.collected_at,
        assumed=assumed,
    )


def _cut(message: str) -> tuple[str, str, str]:
    """The message to its NNNN, and what stands on the line of that."""
    end = _END.search(message)
    if end is None:
        return message, "", ""
    start = message.rfind("\n", 0, end.start()) + 1
    return message[:start], end[0], message[start : end.start()]


def _is_code(lines: list[str]) -> bool:
    """True for a first line that is the header's: codes, and not a headline in capitals, which stands apart from what follows."""
    line = lines[0].strip()
    if not _CODES.fullmatch(line):
        return False
    if len(lines) > 1 and lines[1].strip():
        return True
    return len(line) <= 24 and len(line.split()) <= 4 and (len(line) <= 5 or any(map(str.isdigit, line)))


def _tail(lines: list[str], after: str) -> str:
    """Takes the lines below the text off it (initials, time); they and what stood before NNNN as one text."""
    told = [after]
    for _ in range(_TAIL_LINES):
        while lines and not lines[-1].strip():
            lines.pop()
        if not lines:
            break
        last = lines[-1].strip()
        if not (_SIGNED.fullmatch(last) or (_TIME.search(last) and len(last) <= 40)):
            break
        told.append(lines.pop())
    return "\n".join(told)
