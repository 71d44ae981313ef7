"""Reuters-21578: the SGML files of the text categorisation collection, up to 1,000 stories of 1987 in each.

Lewis, D. D. "Reuters-21578 text categorization test collection, distribution 1.0", README, section V (tags) and `lewis.dtd`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape

from pipeline.collect.document import Document, Fault, Parsed, UnreadableDocument
from pipeline.collect.format import Format
from pipeline.story import RawStory, Subject

NAME = "reuters-sgml"

_START = re.compile(r"\s*(?:<!DOCTYPE\s+lewis\b|<REUTERS\s[^>]*\bNEWID=)", re.I)
_STORY = re.compile(r"<REUTERS\b([^>]*)>")
_STORY_END = "</REUTERS>"
_ID = re.compile(r'NEWID="?(\d+)')
_DATE = re.compile(r"<DATE>\s*(\d{1,2})-([A-Z]{3})-(\d{4})\s+(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?")
_GROUPS = re.compile(r"<(TOPICS|PLACES|PEOPLE|ORGS|EXCHANGES|COMPANIES)>(<D>.*?)</\1>", re.S)
_CODE = re.compile(r"<D>(.*?)</D>", re.S)
_TEXT = re.compile(r"<TEXT\b(?:\s+TYPE=\"?(\w+)\"?)?[^>]*>")
_TEXT_END = "</TEXT>"
_SLUG = re.compile(r"^[a-z] [a-z] +([A-Z][^\n]*?) +\d\d-\d\d \d{4}</UNKNOWN>", re.M)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_CONTROL_ENTITY = re.compile(r"&#(?:[0-9]|[12][0-9]|3[01]|127);")
_CAPITALS = re.compile(r"\s*([A-Z][^a-z\n]{8,100})\n(?=\s*\S)")
"""The headline of an item that the collection left unsplit."""
_SPACES = re.compile(r"\s+")
_MONTHS = {
    m: n
    for n, m in enumerate(
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1
    )
}
_SCHEMES = {
    "TOPICS": "topic", "PLACES": "place", "PEOPLE": "person", "ORGS": "organisation", "EXCHANGES": "exchange",
    "COMPANIES": "company",
}  # fmt: skip
_PLACEHOLDER = "Blah blah blah."
"""What the collection put for the text of items of TYPE="BRIEF", which were sent as a headline alone."""
_ZONE = "no zone given: UTC assumed"


def sniff(head: str) -> bool:
    """True for a file of the collection."""
    return _START.match(head) is not None


def parse(document: Document) -> Parsed:
    """Its stories, in their order. A story without a date or text is a fault."""
    stories: list[RawStory] = []
    faults: list[Fault] = []
    text = document.content.decode("latin-1")
    for item, (attributes, content, whole) in enumerate(_elements(text)):
        identity = _ID.search(attributes)
        if identity is None:
            faults.append(Fault(reason="a story without NEWID", item=item, original=whole.encode("latin-1")))
        else:
            stories.append(_story(identity[1], content, document))
    if not stories and not faults:
        raise UnreadableDocument("a Reuters-21578 file without a whole <REUTERS> element")
    return Parsed(format=NAME, stories=stories, faults=faults)


def _elements(text: str) -> Iterator[tuple[str, str, str]]:
    """Attributes, content and the whole of each <REUTERS> element that has an end."""
    at = 0
    while (start := _STORY.search(text, at)) is not None and (end := text.find(_STORY_END, start.end())) >= 0:
        at = end + len(_STORY_END)
        yield start[1], text[start.end() : end], text[start.start() : at]


def _story(identity: str, content: str, document: Document) -> RawStory:
    start = _TEXT.search(content)
    end = content.find(_TEXT_END, start.end()) if start is not None else -1
    head, kind, text = content, "NORM", ""
    if start is not None and end >= 0:
        head, kind, text = content[: start.start()], start[1] or "NORM", content[start.end() : end]
    published = _date(head)
    slug = _SLUG.search(head)
    title, author, dateline = (_line(name, text) for name in ("TITLE", "AUTHOR", "DATELINE"))
    body = _body(kind, text)
    if dateline and (wrap := body.find("\n")) > 0 and not body.startswith(" ", wrap + 1):
        body = f"{body[:wrap]} {body[wrap + 1 :]}"  # the dateline made that line short, not the writer
    if not title and (unsplit := _CAPITALS.match(body)) is not None:
        title, body = unsplit[1].strip(), body[unsplit.end() :]
    return RawStory(
        source=document.source,
        format=NAME,
        guid=identity,
        family=identity,
        document=document.name,
        provider="Reuters",
        headline=title,
        slugline=_plain(slug[1]) if slug else "",
        byline=author,
        dateline=dateline,
        language="en",
        body=body,
        body_type="text",
        subjects=_subjects(head),
        published_at=published,
        collected_at=document.collected_at,
        assumed=[_ZONE] if published else ["no date"],
    )


def _body(kind: str, text: str) -> str:
    """The text; of an item of TYPE="UNPROC" everything after its title, of a BRIEF what is not the placeholder."""
    _, begun, after = text.partition("<BODY>")
    untitled = text[text.rfind("</TITLE>") + 8 :] if "</TITLE>" in text else text
    written = _plain(after.partition("</BODY>")[0] if begun else untitled).rstrip()
    return "" if kind == "BRIEF" and written.strip() == _PLACEHOLDER else written


def _line(name: str, text: str) -> str:
    """What an element of the text says, as one line."""
    content, end = text.partition(f"<{name}>")[2].partition(f"</{name}>")[:2]
    return _SPACES.sub(" ", _plain(content)).strip() if end else ""


def _plain(text: str) -> str:
    if "&" not in text and text.isprintable():
        return text
    text = _CONTROL.sub("", _CONTROL_ENTITY.sub("", text))
    return unescape(text) if "&" in text else text


def _subjects(head: str) -> list[Subject]:
    return [
        Subject(code=_plain(code), scheme=_SCHEMES[group[1]], name=_plain(code))
        for group in _GROUPS.finditer(head)
        for code in _CODE.findall(group[2])
    ]


def _date(head: str) -> datetime | None:
    found = _DATE.search(head)
    if found is None or found[2] not in _MONTHS:
        return None
    day, month, year, hour, minute, second, fraction = found.groups()
    try:
        at = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=UTC)
        return at.replace(microsecond=int((fraction or "0").ljust(6, "0")))
    except ValueError:
        return None


FORMAT = Format(name=NAME, sniff=sniff, parse=parse)
