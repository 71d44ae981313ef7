"""AP Media API JSON: single content items, feeds and searches of the Associated Press."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pipeline.collect.document import Document, Fault, Parsed, UnreadableDocument
from pipeline.collect.format import Format
from pipeline.collect.formats import identity, iptc, markup, ninjs, nitf, signals
from pipeline.collect.formats.houses import house
from pipeline.collect.formats.jsontree import first, lowered, members, objects, one_line, read, string
from pipeline.collect.formats.times import moment
from pipeline.story import Change, RawStory, Subject

NAME = "ap-media-api"
_CLASSES = frozenset({"text", "picture", "video", "audio", "graphic"})
_BODIES = ("body_html", "body_nitf", "body_xhtml", "body", "body_text", "script", "story")


def sniff(head: str) -> bool:
    """JSON with the API's envelope, or an item with AP's own identifiers."""
    return head.lstrip("\ufeff \t\r\n")[:1] in ("{", "[") and bool(
        ('"api_version"' in head and '"data"' in head)
        or (re.search(r'"altids"\s*:\s*\{[^{}]*"itemid"', head) and not re.search(r'\$?standard"\s*:', head))
    )


def parse(document: Document) -> Parsed:
    """Every item of the envelope; raises UnreadableDocument where the JSON is broken or holds none."""
    assumed: list[str] = []
    stories: list[RawStory] = []
    faults: list[Fault] = []
    aside: list[str] = []
    found = list(_items(read(document.content, assumed)))
    for number, item in enumerate(found):
        kind = string(item.get("type")).lower()
        if kind not in _CLASSES and kind:
            aside.append(f"{NAME} {kind} {_itemid(item)}")
            continue
        story = _story(item, document, assumed)
        if story is None:
            faults.append(Fault(reason="an item without altids.itemid and uri", item=number))
        else:
            stories.append(story)
    if not found:
        raise UnreadableDocument("AP Media API JSON without an item")
    return Parsed(format=NAME, stories=stories, faults=faults, aside=aside)


FORMAT = Format(NAME, sniff, parse)


def _items(value: Any) -> Iterator[dict[str, Any]]:
    """Items in `data.item`, `data.items[].item`, a list, or alone."""
    if isinstance(value, dict):
        if "altids" in value or "headline" in value:
            yield lowered(value)
            return
        for key in ("data", "item", "items"):
            if key in value:
                yield from _items(value[key])
                return
    elif isinstance(value, list):
        for each in value:
            yield from _items(each)


def _itemid(item: dict[str, Any]) -> str:
    ids = item.get("altids")
    own = string(ids.get("itemid")) if isinstance(ids, dict) else ""
    return own or string(item.get("uri")).partition("?")[0]


def _story(item: dict[str, Any], document: Document, mended: list[str]) -> RawStory | None:
    assumed = list(mended)
    guid = _itemid(item)
    if not guid:
        return None
    version = first(item, "version")
    agency = house("AP")
    provider = house(first(item, "provider"))
    this, begun = moment(first(item, "versioncreated")), moment(first(item, "firstcreated"))
    headline = one_line(first(item, "headline", "headline_extended", "title"))
    body = _body(item, headline)
    if not body.content and string(item.get("type")) == "text":
        assumed.append("the item carries no text: it lies in a rendition that is fetched apart")
    note = first(item, "ednote", "ednotes")
    kind = string(item.get("type")).lower() or "text"
    public_note = note if kind == "text" else ""
    told = moment(first(item, "embargoed", "embargo"))
    release = moment(first(item, "releasedatetime"))
    if told is None and release and this and release.at > this.at:
        told = release
    until, held = (
        (told.at, False)
        if told
        else nitf.embargo_from_notes((note, headline), agency, this.at if this else None, assumed)
    )
    change = _change(item, note, version)
    status = signals.status_of(first(item, "pubstatus"))
    status = "canceled" if change == "kill" else "withheld" if held and status == "usable" else status
    dateline, country = _dateline(item)
    byline, title = _byline(item)
    caption = _plain(first(item, "description_caption", "caption"))
    credit = one_line(first(item, "description_creditline", "creditline"))
    own = (
        ninjs.rendition(item.get("renditions"), caption or headline, credit, kind) if kind != "text" else None
    )
    related = [
        medium
        for each in members(item.get("associations"))
        if string(each.get("type")) in ("picture", "video", "audio", "graphic")
        and (
            medium := ninjs.rendition(
                each.get("renditions"),
                _plain(first(each, "description_caption", "caption", "headline")),
                first(each, "description_creditline"),
                string(each.get("type")),
            )
        )
    ]
    return RawStory(
        source=document.source,
        format=NAME,
        guid=guid,
        family=identity.family(guid, ""),
        wire_version=version,
        version_counts=version.isdigit(),
        document=document.name,
        provider=provider.name or first(item, "provider") or "AP",
        status=status,
        change=change,
        headline=headline,
        subheadline=one_line(first(item, "headline_extended"))
        if first(item, "headline_extended") != headline
        else "",
        slugline=one_line(first(item, "slugline")),
        summary=_plain(first(item, "description_summary") or (caption if kind != "text" else "")),
        byline=byline,
        byline_title=title,
        dateline=dateline,
        dateline_country=country,
        credit=credit,
        rights="\n".join(
            dict.fromkeys(
                one_line(each) for each in (first(item, "copyrightnotice"), first(item, "usageterms")) if each
            )
        ),
        editor_note=markup.public([public_note]),
        language=identity.language(first(item, "language")),
        urgency=identity.whole_number(first(item, "urgency")),
        genre=next((first(each, "name") for each in objects(item.get("genre"))), ""),
        item_class=kind,
        body=body.content,
        body_type=body.type,
        subjects=_subjects(item),
        keywords=list(
            dict.fromkeys(one_line(word) for word in string(item.get("keywords")).split("\n") if word.strip())
        ),
        media=[*([own] if own else []), *related, *body.media],
        published_at=this.at if this else None,
        published_precision=this.precision if this else "second",
        first_published_at=begun.at if begun else None,
        embargoed_until=until,
        collected_at=document.collected_at,
        assumed=assumed,
    )


def _plain(written: str) -> str:
    return one_line(re.sub(r"<[^<>]*>", " ", written) if "<" in written else written)


def _change(item: dict[str, Any], note: str, version: str) -> Change | None:
    """By status, signals, note and slug; then by AP's version number, which begins at 0."""
    names = "\n".join(string(item.get(key)) for key in ("signals", "editorialtypes")).split("\n")
    told = signals.strongest(
        signals.from_code(first(item, "pubstatus")),
        *(signals.from_code(name) for name in names),
        signals.from_note(note),
        signals.from_slug(first(item, "slugline")),
        signals.from_slug(first(item, "headline"))
        if first(item, "headline") == first(item, "slugline")
        else None,
    )
    return told or (("update" if int(version) > 0 else "new") if version.isdigit() else None)


def _byline(item: dict[str, Any]) -> tuple[str, str]:
    listed = list(objects(item.get("bylines")))
    names = [one_line(first(each, "by", "name", "byline")) for each in listed]
    titles = [one_line(first(each, "title", "bylinetitle")) for each in listed]
    photographer = next(objects(item.get("photographer")), {})
    written = " and ".join(dict.fromkeys(name for name in names if name)) or one_line(
        first(item, "byline") or first(photographer, "name")
    )
    return written, ", ".join(dict.fromkeys(title for title in titles if title)) or one_line(
        first(photographer, "title") if written == first(photographer, "name") else ""
    )


def _dateline(item: dict[str, Any]) -> tuple[str, str]:
    written = one_line(first(item, "dateline"))
    place = next(objects(item.get("datelinelocation")), {})
    country = nitf.country(first(place, "countrycode"))
    if not written and (city := one_line(first(place, "city"))):
        area = first(place, "countryareaname", "countryname")
        written = ", ".join(dict.fromkeys((city, one_line(area)))) if area else city
    return written, country


def _subjects(item: dict[str, Any]) -> list[Subject]:
    found: list[Subject] = []
    for key, scheme in (
        ("subject", "apsubject"),
        ("place", "place"),
        ("organisation", "organisation"),
        ("company", "company"),
        ("person", "person"),
        ("event", "event"),
    ):
        for each in objects(item.get(key)):
            rels = each.get("rels")
            code, name = first(each, "code"), one_line(first(each, "name"))
            own = (
                "apcategorycode"
                if isinstance(rels, list) and "category" in rels
                else "apsuppcategory"
                if isinstance(rels, list) and "suppcategory" in rels
                else scheme
            )
            found.append(iptc.subject(own, code or name, name))
    return iptc.distinct(found)


def _body(item: dict[str, Any], headline: str) -> markup.Body:
    """The first text; NITF comes as a document or as the blocks of its body alone."""
    for key in _BODIES:
        if written := string(item.get(key)):
            article = nitf.in_string(written)
            found = nitf.body(article, headline) if article is not None else markup.of_html(written, headline)
            if found.content:
                return found
    return markup.Body()
