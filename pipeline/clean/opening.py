"""The lines above a story that are about it: byline and dateline, taken from the text and joined with the wire's elements."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from pipeline.clean import byline, dateline
from pipeline.clean.byline import Byline
from pipeline.clean.characters import line, mended
from pipeline.story import Dateline, RawStory, event_time

_LINES = 10
"""Paragraphs at the start of a text in which a byline or dateline may stand, under notes and summary points."""
_SHORT = 170
"""Characters: a longer paragraph is the text, and nothing is looked for after it."""
_NOTES = ("(", "*", "-", "•", "–", "—")
"""What notes and summary points begin with, which may stand above a dateline."""
_RUN_IN = re.compile(r"(?P<by>By (?:[A-Z][\w.'’-]+ ){2,3})(?=[A-Z]{3}[A-Z .,'/-]*(?:, |\s\())")
"""`By Jane Doe LONDON (Reuters) - ...` in one paragraph."""


class Opening(NamedTuple):
    """A text without what stood above it, and that. `agency` is the one that the dateline names."""

    body: list[str]
    byline: Byline
    dateline: Dateline | None
    agency: str


def read(paragraphs: list[str], raw: RawStory) -> Opening:
    """Takes byline and dateline out of the first paragraphs."""
    published = event_time(raw)
    element = (
        dateline.of_element(line(raw.dateline), raw.dateline_country, published)
        if raw.dateline.strip()
        else None
    )
    said = byline.of_element(mended(raw.byline)) if raw.byline.strip() else byline.NOBODY
    body, said = _without_bylines(list(paragraphs), said, published)
    filed = _filed(body, element, published)
    agency = (filed.agency if filed else None) or (element.agency if element else None)
    return Opening(
        body,
        Byline(said.names, line(raw.byline_title) or said.title),
        _one_dateline(element, filed),
        agency.name if agency else "",
    )


def _without_bylines(body: list[str], said: Byline, published: datetime | None) -> tuple[list[str], Byline]:
    """The paragraphs without byline lines, and the byline with what they say."""
    at = 0
    while at < min(_LINES, len(body)):
        paragraph = body[at]
        if (run_in := _run_in(paragraph, published)) is not None:
            written, body[at] = run_in
            return body, _together(said, written)
        if len(paragraph) > _SHORT and not paragraph.startswith(_NOTES):
            break
        found = byline.of_line(paragraph) if len(paragraph) <= _SHORT else None
        if found is None or (said.names and found.names and not _same_people(said, found)):
            at += 1
            continue
        said = _together(said, found)
        del body[at]
        if at < len(body) and byline.is_title(body[at]):
            title = body.pop(at).strip(" =")
            said = Byline(said.names, said.title or title)
    return body, said


def _run_in(paragraph: str, published: datetime | None) -> tuple[Byline, str] | None:
    """The byline that a paragraph begins with before its dateline, and the paragraph from there."""
    led = _RUN_IN.match(paragraph)
    if led is None or (written := byline.of_line(led["by"])) is None:
        return None
    rest = paragraph[led.end() :]
    filed = dateline.at_start(rest, published)
    return (written, rest) if filed is not None and filed.agency is not None else None


def _filed(
    body: list[str], element: dateline.Filed | None, published: datetime | None
) -> dateline.Filed | None:
    """The dateline in the first paragraphs, which is cut from `body`. One that no agency signs counts only at the very start,
    and not in a digest, whose items are filed from many places; one that contradicts the wire's element is text."""
    text_before = False
    for at, paragraph in enumerate(body[:_LINES]):
        filed = dateline.at_start(paragraph, published)
        if filed is not None:
            sure = filed.agency is not None or not (
                text_before or _is_digest(body[at + 1 : at + 4], published)
            )
            if not sure or (
                element is not None and not dateline.same_place(filed.dateline, element.dateline)
            ):
                return None
            body[at : at + 1] = [filed.rest] if filed.rest else []
            return filed
        if not paragraph.startswith(_NOTES):
            if len(paragraph) > _SHORT:
                break
            text_before = True
    return None


def _is_digest(following: list[str], published: datetime | None) -> bool:
    return any(dateline.at_start(paragraph, published) is not None for paragraph in following)


def _together(element: Byline, written: Byline) -> Byline:
    return Byline(element.names or written.names, element.title or written.title)


def _same_people(one: Byline, other: Byline) -> bool:
    return {name.casefold() for name in one.names} >= {name.casefold() for name in other.names}


def _one_dateline(element: dateline.Filed | None, filed: dateline.Filed | None) -> Dateline | None:
    """The wire's own element, with what only the text's dateline knows; or the text's."""
    if element is None or filed is None:
        found = element or filed
        return found.dateline if found else None
    first, second = element.dateline, filed.dateline
    if not first.place:
        return second if second.place else first
    return Dateline(
        text=first.text,
        place=first.place,
        country=first.country or second.country,
        date=first.date or second.date,
    )
