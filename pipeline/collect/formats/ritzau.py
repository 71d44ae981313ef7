"""Ritzau's own XML (RBNews), single items and the queue's answer with several."""

from __future__ import annotations

import re

from pipeline.collect.document import Document, Fault, Parsed, UnreadableDocument
from pipeline.collect.format import Format
from pipeline.collect.formats import identity, iptc, markup, signals
from pipeline.collect.formats.houses import house
from pipeline.collect.formats.times import moment
from pipeline.collect.formats.xmltree import Element, child_text, items, read, text
from pipeline.story import RawStory, Subject

NAME = "ritzau-xml"


def sniff(head: str) -> bool:
    """An RBNews element at the head of an XML document."""
    return head.lstrip("\ufeff \t\r\n").startswith("<") and bool(
        re.search(r"<(?:[\w.-]+:)?RBNews[\s>]", head)
    )


def parse(document: Document) -> Parsed:
    """Every item; raises UnreadableDocument where there is none to read."""
    wire = read(document.content)
    stories: list[RawStory] = []
    faults: list[Fault] = []
    for number, item in enumerate(items(wire, "RBNews")):
        story = _story(item.element, document, wire.assumed) if item.element is not None else None
        if story is None:
            faults.append(
                Fault(
                    reason=item.reason or "an item without NewsID and text",
                    item=number,
                    original=item.original,
                )
            )
        else:
            stories.append(story)
    if not stories:
        raise UnreadableDocument(
            f"Ritzau XML that cannot be read: {wire.error or (faults[0].reason if faults else 'no item in it')}"
        )
    return Parsed(format=NAME, stories=stories, faults=faults)


FORMAT = Format(NAME, sniff, parse)


def _story(item: Element, document: Document, mended: list[str]) -> RawStory | None:
    assumed = list(mended)
    agency = house("Ritzau")
    guid, headline = child_text(item, "NewsID"), child_text(item, "headline")
    headline = re.sub(r"<[^<>]*>", "", headline)
    body = markup.of_html(
        "".join(str(part) for element in item.iterfind("content") for part in element.itertext()), headline
    )
    if not guid or not (headline or body.content):
        return None
    this = moment(child_text(item, "PublishDate"), agency.zone)
    if this and not this.zoned:
        assumed.append(f"no zone given: {agency.zone} assumed")
    version = child_text(item, "version")
    note = re.sub(r"<[^<>]*>", "\n", child_text(item, "TilRedaktionen"))
    flags = {
        name: child_text(item, name).lower() == "true" for name in ("Annuleret", "Korrektion", "NyVersion")
    }
    change = signals.strongest(
        "kill" if flags["Annuleret"] else None,
        "correction" if flags["Korrektion"] else None,
        "update" if flags["NyVersion"] else None,
        signals.from_note(note),
    ) or identity.from_version(agency, version, None, None)
    replaced = child_text(item, "Replaces") or child_text(item, "replacedID")
    return RawStory(
        source=document.source,
        format=NAME,
        guid=guid,
        family=guid,
        wire_version=version,
        version_counts=identity.counts(agency, version),
        document=document.name,
        provider=agency.name,
        status="canceled" if change == "kill" else "usable",
        change=change,
        corrects=replaced if replaced != guid else "",
        headline=headline,
        subheadline=re.sub(r"<[^<>]*>", "", child_text(item, "subtitle")),
        slugline=child_text(item, "strapline"),
        byline=child_text(item, "byLine"),
        dateline=child_text(item, "town"),
        credit=child_text(item, "origin"),
        editor_note=markup.public([note]),
        language="da",
        urgency=identity.whole_number(child_text(item, "Priority")),
        genre=child_text(item, "format"),
        body=body.content,
        body_type=body.type,
        subjects=_subjects(item),
        keywords=[word for each in item.iterfind("SubjectKeyword/*") if (word := text(each))],
        media=list(body.media),
        published_at=this.at if this else None,
        published_precision=this.precision if this else "second",
        collected_at=document.collected_at,
        assumed=assumed,
    )


def _subjects(item: Element) -> list[Subject]:
    found = [iptc.subject("", text(each)) for each in item.iterfind("IPTCList/*") if text(each)]
    section = child_text(item, "section")
    town = child_text(item, "town")
    found += (
        [Subject(code=child_text(item, "sectionShort") or section, scheme="section", name=section)]
        if section
        else []
    )
    found += [Subject(code=town, scheme="located", name=town)] if town else []
    return iptc.distinct(found)
