"""dpa digitalwires JSON: the entries of Deutsche Presse-Agentur's own delivery, also for AP, Europa Press and other partners."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pipeline.collect.document import Document, Fault, Parsed, UnreadableDocument
from pipeline.collect.format import Format
from pipeline.collect.formats import identity, iptc, markup, ninjs, nitf, signals
from pipeline.collect.formats.houses import UNKNOWN, house, house_of_dateline, house_of_guid
from pipeline.collect.formats.jsontree import first, objects, one_line, read, string
from pipeline.collect.formats.times import moment
from pipeline.story import Media, RawStory, Subject

NAME = "dpa-digitalwires-json"
_SUBJECTS = {
    "dnltype:subject": "", "dnltype:dpasubject": "", "dnltype:geosubject": "", "dnltype:desk": "", "dnltype:poi": "poi",
    "dnltype:locationcreated": "located",
}  # fmt: skip
_CLASSES = {"image": "picture", "video": "video", "audio": "audio", "graphic": "graphic"}
_PRIVATE_ROLES = re.compile(r"contact|closingline|nonpublic|internal|private|picture$", re.I)


def sniff(head: str) -> bool:
    """JSON that names digitalwires as its format, or has the keys that only it has."""
    return head.lstrip("\ufeff \t\r\n")[:1] in ("{", "[") and bool(
        re.search(r'"format"\s*:\s*"digitalwires', head)
        or ('"entry_id"' in head and '"version_created"' in head)
    )


def parse(document: Document) -> Parsed:
    """Every entry; raises UnreadableDocument where the JSON is broken or holds none."""
    assumed: list[str] = []
    stories: list[RawStory] = []
    faults: list[Fault] = []
    for number, entry in enumerate(_entries(read(document.content, assumed))):
        story = _story(entry, document, assumed)
        if story is None:
            faults.append(Fault(reason="an entry without urn and headline", item=number))
        else:
            stories.append(story)
    if not stories:
        raise UnreadableDocument("JSON without a digitalwires entry that has a urn")
    return Parsed(format=NAME, stories=stories, faults=faults)


FORMAT = Format(NAME, sniff, parse)


def _entries(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and "urn" not in value:
        for key in ("entries", "items", "data"):
            if isinstance(value.get(key), list):
                value = value[key]
                break
    yield from objects(value)


def _story(entry: dict[str, Any], document: Document, mended: list[str]) -> RawStory | None:
    assumed = list(mended)
    guid, headline, version = (
        first(entry, "urn", "entry_id"),
        one_line(first(entry, "headline")),
        first(entry, "version"),
    )
    if not guid:
        return None
    credit, dateline = one_line(first(entry, "creditline")), one_line(first(entry, "dateline"))
    known = house(credit)
    carrier = house_of_guid(guid)
    carrier = carrier if carrier is not UNKNOWN else house("dpa")
    provider = known if known is not UNKNOWN else carrier
    placed = house_of_dateline(dateline)
    provider = placed if known is UNKNOWN and placed is not UNKNOWN else provider
    this = moment(first(entry, "version_created", "versioncreated"), carrier.zone)
    if this and not this.zoned:
        assumed.append(f"no zone given: {carrier.zone} assumed")
    categories = list(objects(entry.get("categories")))
    ednotes = list(objects(entry.get("ednotes")))
    notes = list(_notes(ednotes))
    codes = [
        first(entry, "signal"),
        *(first(each, "qcode") for each in categories if each.get("type") == "dnltype:signal"),
    ]
    status_code = first(entry, "pubstatus")
    roles = [first(each, "role") for each in ednotes]
    private = [
        first(each, "ednote") for each, role in zip(ednotes, roles, strict=True) if "ap.ednote" in role
    ]
    change = signals.strongest(
        signals.from_code(status_code) if status_code else None,
        *(signals.from_code(code) for code in codes if code),
        "correction" if not any(codes) and any("correction" in role for role in roles) else None,
        *(signals.from_note(note) for note in (*notes, *private)),
    ) or identity.from_version(carrier, version, None, None)
    told = moment(first(entry, "embargoed"), carrier.zone)
    until, held = (
        (told.at, False)
        if told
        else nitf.embargo_from_notes(notes, carrier, this.at if this else None, assumed)
    )
    status = signals.status_of(status_code) if status_code else "usable"
    status = "canceled" if change == "kill" else "withheld" if held and status == "usable" else status
    media = list(_media(entry))
    body = _body(entry, headline)
    family = identity.family(guid, version)
    return RawStory(
        source=document.source,
        format=NAME,
        guid=guid,
        family=family,
        wire_version=version,
        version_counts=identity.counts(carrier, version),
        document=document.name,
        provider=provider.name,
        status=status,
        change=change,
        headline=headline,
        subheadline=one_line(first(entry, "subhead") or first(entry, "kicker")),
        summary=one_line(first(entry, "teaser") or _caption(entry)),
        byline=one_line(first(entry, "byline")),
        dateline=dateline,
        credit=credit,
        rights="\n".join(
            dict.fromkeys(
                one_line(each)
                for each in (first(entry, "copyrightnotice"), first(entry, "usageterms"))
                if each
            )
        ),
        editor_note=markup.public(notes),
        language=identity.language(first(entry, "language")),
        urgency=identity.whole_number(first(entry, "urgency")),
        genre=next(
            (one_line(first(each, "name")) for each in categories if each.get("type") == "dnltype:genre"), ""
        ),
        item_class="text"
        if body.content or not media
        else _CLASSES.get(media[0].type.partition("/")[0], "picture"),
        body=body.content,
        body_type=body.type,
        subjects=_subjects(categories),
        keywords=list(
            dict.fromkeys(
                one_line(first(each, "name"))
                for each in categories
                if each.get("type") == "dnltype:keyword" and first(each, "name")
            )
        ),
        media=[*media, *body.media],
        published_at=this.at if this else None,
        published_precision=this.precision if this else "second",
        embargoed_until=until,
        collected_at=document.collected_at,
        assumed=assumed,
    )


def _body(entry: dict[str, Any], headline: str) -> markup.Body:
    """The article and the box that belongs to it."""
    article = markup.of_html(first(entry, "article_html"), headline)
    box = markup.of_html(first(entry, "infobox_html"), headline)
    if article.type == box.type == "html" and box.content:
        return markup.Body(content=article.content + box.content, media=(*article.media, *box.media))
    return article


def _notes(ednotes: list[dict[str, Any]]) -> Iterator[str]:
    """Notes that are marked publishable and are no contacts, sign-off or picture note."""
    for each in ednotes:
        if (
            each.get("is_publishable") is True
            and not _PRIVATE_ROLES.search(first(each, "role"))
            and (note := first(each, "ednote"))
        ):
            yield note


def _caption(entry: dict[str, Any]) -> str:
    return next(
        (
            first(each, "description")
            for each in objects(entry.get("descriptions"))
            if "caption" in first(each, "role")
        ),
        "",
    )


def _subjects(categories: list[dict[str, Any]]) -> list[Subject]:
    found: list[Subject] = []
    for each in categories:
        kind = string(each.get("type"))
        if kind not in _SUBJECTS:
            continue
        scheme, _, code = first(each, "qcode").rpartition(":")
        name = one_line(first(each, "name"))
        found.append(
            iptc.subject(scheme, code, name)
            if code
            else Subject(code=name, scheme=_SUBJECTS[kind], name=name)
        )
    return iptc.distinct(found)


def _media(entry: dict[str, Any]) -> Iterator[Media]:
    for each in objects(entry.get("associations")):
        medium = ninjs.rendition(
            each.get("renditions"),
            first(each, "caption", "headline"),
            first(each, "creditline"),
            first(each, "type") or "image",
        )
        if medium:
            yield medium
