"""IPTC 7901 (text transmission format): dpa, AFP, ANSA, PAP and others, one message or many in a document."""

from __future__ import annotations

import re
from datetime import datetime

from pipeline.collect.document import Document, Parsed
from pipeline.collect.format import Format
from pipeline.collect.formats import identity, markup, nitf, signals
from pipeline.collect.formats.houses import UNKNOWN, House, house, house_of_dateline
from pipeline.collect.formats.teletype import ETX, STX, parsed, split_notes
from pipeline.collect.formats.times import Moment, moment
from pipeline.story import Change, RawStory, Subject

NAME = "iptc7901"
_HEADER = re.compile(
    r"\s*(?P<service>[A-Za-z]{2,4})(?P<number>\d{3,5}) +(?P<priority>\d) +"
    r"(?P<category>[A-Za-z]{1,8}) +(?P<count>\d{1,5})\b[ ]*(?P<rest>[^\n]*)\n"
)
_SHORT_HEADER = re.compile(
    r"\s*(?P<service>[A-Za-z]{2,4})(?P<number>\d{3,5})(?: +(?P<priority>\d))?(?: +"
    r"(?P<category>[A-Za-z]{1,8}))?(?P<count>)(?P<rest>[^\n]*)\n"
)
_MARKER = re.compile(
    r"(?:\(?(?:achtung|attention)\)?:?|(?:\d+(?:st|nd|rd|th)\s+)?(?:lead|ld|add|take|update|roundup|wrap"
    r"|extra|urgent|urgente|bulletin|flash|eil(?:meldung)?|blitz"
    r"|refile|repeat(?:ing)?|wiederholung|correct(?:ion|ed|s)?|corrects?|korrektur|berichtigung"
    r"|kill(?:ed)?|advisory|preview|feature|analysis|profile|background"
    r"|newsfeature|(?:\d\.\s*)?(?:gesamt)?zusammenfassung|neu|vorschau|hintergrund|alert|embargoed?|graphics?|chronology"
    r"|factfile)(?:\s+\d+)?(?:\s*-?\s*\([^()]{1,120}\))?)",
    re.I,
)
_PART = re.compile(r"\b(?:add|take)\b", re.I)
"""A part of a story, which must not stand in for the whole."""
_DATED = re.compile(r"\d{1,2}-[^\W\d]{3,}-\d{2,4}\s+\d{1,2}[:.]\d{2}")
"""A trailer in ANSA's way: `10-GIU-24 12:00`."""
_BYLINE = re.compile(r"(?:by|von|par|por|di|de notre|fra|av|af)\s+(?=\S)", re.I)


def sniff(head: str) -> bool:
    """A header of service, number, priority, category and count after SOH, or such a header and an STX."""
    start = head.lstrip("\x16\x00\x7f \r\n\x0c\x04")
    if start.startswith("\x01"):
        return bool(
            _HEADER.match(start[1:].replace("\r", ""))
            or (STX in head and _SHORT_HEADER.match(start[1:].replace("\r", "")) and "\x1f" not in start[:24])
        )
    return bool(_HEADER.match(start.replace("\r", ""))) and STX in head


def parse(document: Document) -> Parsed:
    """The story of each message; raises UnreadableDocument where none can be read."""
    return parsed(document, NAME, "IPTC 7901", _story)


FORMAT = Format(NAME, sniff, parse)


def _story(message: str, document: Document, mended: list[str]) -> RawStory | str:
    header = _HEADER.match(message) or _SHORT_HEADER.match(message)
    if header is None:
        return "a message without the header of service, number, priority, category and count"
    assumed = list(mended)
    before, mark, after = message[header.end() :].partition(STX)
    slug, text = (before, after) if mark else ("", before)
    text, _, trailer = text.partition(ETX)
    if not mark:
        slug, _, text = before.partition("\n\n")
        assumed.append("no STX: the text was taken to begin after the first blank line")
    slug = " ".join(slug.split()).rstrip("/ ")
    markers, headline, byline, lines = head(text)
    body, notes = split_notes(lines)
    notes = [*(marker for marker in markers if marker.startswith("(")), *notes]
    agency = _agency(header["service"], header["rest"], body, trailer)
    this = _time(trailer, agency, assumed)
    change = _change(markers, slug, notes)
    until, held = nitf.embargo_from_notes(
        (*notes, *markers, headline), agency, this.at if this else None, assumed
    )
    guid = f"{header['service'].lower()}{header['number']}" + (f"-{this.at:%Y%m%d}" if this else "")
    whole = not any(_PART.search(part) for part in (slug, *markers))
    return RawStory(
        source=document.source,
        format=NAME,
        guid=guid,
        family=(whole and family(agency.name or header["service"].lower(), slug, this.at if this else None))
        or guid,
        document=document.name,
        provider=agency.name or header["service"],
        status="canceled" if change == "kill" else "withheld" if held else "usable",
        change=change,
        headline=headline,
        slugline=slug,
        byline=byline,
        editor_note=markup.public(notes),
        urgency=identity.whole_number(header["priority"] or ""),
        body="\n".join(body).strip("\n"),
        body_type="text",
        subjects=[Subject(code=header["category"], scheme="iptc7901")] if header["category"] else [],
        published_at=this.at if this else None,
        published_precision=this.precision if this else "second",
        embargoed_until=until,
        collected_at=document.collected_at,
        assumed=assumed,
    )


def family(agency: str, slug: str, day: datetime | None) -> str:
    """What a story's versions share where the wire has no id: agency, day and slug. A slug of fewer than three parts names
    a topic, under which stories come and go: then empty, and each message is its own story."""
    parts = [part for part in re.split(r"\s*[/–-]\s*", slug) if part]
    return f"{agency}:{day:%Y%m%d}:{slug.lower()}" if day and len(parts) >= 3 else ""


def head(text: str) -> tuple[list[str], str, str, list[str]]:
    """Markers, headline, byline, and the lines of the text below them. The head ends with a line that ends in `=`, or (at
    most five short lines) at the first blank one."""
    lines = [line.strip("\x7f\x00\x07\x08\x0e\x0f") for line in text.split("\n")]
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    end = next(
        (number for number in range(first, min(first + 8, len(lines))) if re.search(r"=\s*$", lines[number])),
        None,
    )
    if end is None:
        blank = next((number for number in range(first, len(lines)) if not lines[number].strip()), len(lines))
        upper = lines[first:blank]
        if (
            not 0 < len(upper) <= 5
            or blank >= len(lines) - 1
            or any(house_of_dateline(line) is not UNKNOWN for line in upper)
            or upper[-1].rstrip().endswith((".", '"'))
        ):
            return [], "", "", lines[first:]
        end = blank - 1
    titles = [re.sub(r"\s*=+\s*$", "", line).strip() for line in lines[first : end + 1]]
    markers: list[str] = []
    while len(titles) > 1 and _is_marker(titles[0]):
        markers.append(titles.pop(0))
    byline = ""
    if len(titles) > 1 and _BYLINE.match(titles[-1]):
        byline = titles.pop()
    return markers, " ".join(" ".join(titles).split()), byline, lines[end + 1 :]


def _is_marker(line: str) -> bool:
    """True for a line above the headline that says what this version is: `LEAD 2`, `(Berichtigung: im 2. Absatz ...)`."""
    if _MARKER.fullmatch(line.strip(" :")):
        return True
    noted = line.startswith("(") and line.endswith(")")
    return noted and (signals.from_note(line) is not None or signals.speaks_of_embargo(line))


def _agency(service: str, rest: str, body: list[str], trailer: str) -> House:
    for written in (*re.findall(r"[A-Za-z]{2,}(?=[\s-]|$)", rest), service):
        if (known := house(written)) is not UNKNOWN:
            return known
    placed = house_of_dateline(" ".join(body[:6]))
    return (
        placed
        if placed is not UNKNOWN
        else next(
            (
                known
                for written in re.findall(r"[A-Za-z]{2,}", trailer)
                if (known := house(written)) is not UNKNOWN
            ),
            UNKNOWN,
        )
    )


def _time(trailer: str, agency: House, assumed: list[str]) -> Moment | None:
    found = re.search(r"\d{6}\s*(?:[A-Z]{1,4}\s+)?[^\W\d]{3,}\.?\s*\d{2,4}", trailer)
    told = moment(found[0], agency.zone) if found else None
    if told is None and (found := _DATED.search(trailer)):
        told = moment(found[0].replace("-", " "), agency.zone)
    if told and not told.zoned:
        assumed.append(f"no zone given: {agency.zone or 'UTC'} assumed")
    return told


_LATER = re.compile(r"(?:\d+\S*\s*)?(?:lead|ld|update|neu|(?:gesamt)?zusammenfassung)\b", re.I)


def _change(markers: list[str], slug: str, notes: list[str]) -> Change | None:
    return signals.strongest(
        "update" if any(map(_LATER.match, markers)) else None,
        *(signals.from_slug(marker) for marker in markers),
        *(signals.from_note(marker) for marker in markers),
        signals.from_slug(slug),
        *(signals.from_note(note) for note in notes),
    )
