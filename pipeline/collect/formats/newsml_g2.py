"""NewsML-G2 2.x (IPTC): news items, alone or many in a news message; packages, planning and concept items left aside by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from pipeline.collect.document import Document, Fault, Parsed, UnreadableDocument
from pipeline.collect.format import Format
from pipeline.collect.formats import identity, iptc, markup, nitf, signals
from pipeline.collect.formats.houses import (
    UNKNOWN,
    House,
    first_known,
    house,
    house_of_dateline,
    house_of_guid,
)
from pipeline.collect.formats.times import Moment, moment
from pipeline.collect.formats.xmltree import (
    LANG,
    Element,
    XmlDocument,
    child,
    child_text,
    children,
    items,
    lines,
    read,
    text,
)
from pipeline.story import Change, Media, RawStory, Subject

NAME = "newsml-g2"
_ASIDE = {
    "packageItem": "package", "planningItem": "planning item", "conceptItem": "concept item", "knowledgeItem": "knowledge item",
    "catalogItem": "catalog",
}  # fmt: skip
_ROOTS = re.compile(
    r"<(?:[\w.-]+:)?(newsMessage|newsItem|packageItem|planningItem|conceptItem|knowledgeItem|catalogItem)[\s>]"
)


def sniff(head: str) -> bool:
    """A root element of the NAR name space, or of its names with the attributes that only they have."""
    found = _ROOTS.search(head) if "Item" in head or "newsMessage" in head else None
    if not found or "<NewsML" in head[: found.start()]:
        return False
    return (
        "iptc.org/std/nar" in head
        or 'standard="NewsML-G2"' in head
        or bool(re.search(r"<(?:[\w.-]+:)?itemMeta[\s>]", head))
    )


def parse(document: Document) -> Parsed:
    """Every news item of the document; raises UnreadableDocument where there is no item of any kind."""
    wire = read(document.content)
    sender = _sender(wire)
    stories: list[RawStory] = []
    faults: list[Fault] = []
    aside: list[str] = []
    for number, item in enumerate(items(wire, "newsItem", *_ASIDE)):
        if item.element is None:
            faults.append(Fault(reason=item.reason, item=number, original=item.original))
        elif item.element.tag in _ASIDE:
            aside.append(f"{NAME} {_ASIDE[item.element.tag]} {item.element.get('guid', '(no guid)')}")
        else:
            story = _story(item.element, document, sender, wire.assumed)
            if isinstance(story, str):
                faults.append(Fault(reason=story, item=number, original=item.original))
            else:
                stories.append(story)
    if not stories and not aside and not (faults and wire.root is not None):
        raise UnreadableDocument(
            f"NewsML-G2 without a readable item: {wire.error or (faults[0].reason if faults else 'no item in it')}"
        )
    return Parsed(format=NAME, stories=stories, faults=faults, aside=aside)


FORMAT = Format(NAME, sniff, parse)


def _sender(wire: XmlDocument) -> str:
    root = wire.root
    if root is None:
        found = re.search(r"<(?:[\w.-]+:)?sender>([^<]{1,80})<", wire.text[:8000])
        return found[1].strip() if found else ""
    return (
        child_text(root, "header/sender")
        or child_text(root, "Header/sender")
        or child_text(root, "Header/Sender")
    )


def _story(item: Element, document: Document, sender: str, mended: list[str]) -> RawStory | str:
    """The story of a newsItem, or why it is none."""
    meta, content = child(item, "itemMeta"), child(item, "contentMeta")
    guid = item.get("guid", "").strip()
    if meta is None and content is None:
        return "a newsItem without itemMeta and contentMeta"
    assumed = list(mended)
    agency, provider = _provider(meta, content, guid, sender)
    version = item.get("version", "").strip()
    this, first = _time(meta, "versionCreated", agency, assumed), _time(meta, "firstCreated", agency, assumed)
    first = first or _time(content, "contentCreated", agency, assumed)
    language = _language(item, content)
    headline, subheadline = _headlines(content, meta, language)
    body = _body(item, headline, language)
    notes = list(_notes(meta)) + list(_notes(content))
    note = markup.public((*notes, *body.notes))
    embargo, held = _embargo(meta, (*notes, headline), agency, this.at if this else None, assumed)
    code = _attribute(meta, "pubStatus")
    family = identity.family(guid, version)
    corrects, replaced = _corrects(meta, family)
    change = _change(meta, content, notes, replaced) or identity.from_version(
        agency, version, first.at if first else None, this.at if this else None
    )
    status = signals.status_of(code)
    status = "canceled" if change == "kill" else "withheld" if held and status == "usable" else status
    if not family:
        family = guid = f"{headline or child_text(content, 'slugline')}"
        assumed.append("the item has no guid: its headline stands in")
        if not family:
            return "a newsItem without guid and headline"
    inner = _nitf_head(item)
    dateline = _dateline(content) or nitf.dateline(inner)[0]
    byline, byline_title = _byline(content, inner)
    return RawStory(
        source=document.source,
        format=NAME,
        guid=guid,
        family=family,
        wire_version=version,
        version_counts=identity.counts(agency, version),
        document=document.name,
        url=_url(item, meta),
        provider=provider,
        status=status,
        change=change,
        corrects=corrects,
        headline=headline
        or child_text(inner, "hedline/hl1")
        or child_text(item, "contentSet/inlineXML/nitf/head/title"),
        subheadline=subheadline or child_text(inner, "hedline/hl2"),
        slugline=child_text(content, "slugline"),
        summary=_summary(content, inner, headline),
        byline=byline,
        byline_title=byline_title,
        dateline=dateline,
        dateline_country=_country(content, dateline),
        credit=child_text(content, "creditline") or child_text(inner, "distributor"),
        rights=_rights(item),
        editor_note=note,
        language=language,
        urgency=identity.whole_number(child_text(content, "urgency") or child_text(meta, "urgency")),
        genre=_name(child(content, "genre")),
        item_class=_local(_attribute(meta, "itemClass")) or "text",
        body=body.content,
        body_type=body.type,
        subjects=_subjects(content, _asserted(item)),
        keywords=_keywords(content),
        media=[*_remote(item, content, headline), *body.media],
        published_at=this.at if this else None,
        published_precision=this.precision if this else "second",
        first_published_at=first.at if first else None,
        embargoed_until=embargo,
        collected_at=document.collected_at,
        assumed=assumed,
    )


def _local(code: str) -> str:
    return code.rpartition("/")[2].rpartition(":")[2].lower()


def _attribute(parent: Element | None, name: str) -> str:
    """A property's value in any of the ways of G2: qcode, uri, literal or name."""
    element = child(parent, name)
    return "" if element is None else _value(element)


def _value(element: Element) -> str:
    return (
        element.get("qcode")
        or element.get("uri")
        or element.get("literal")
        or child_text(element, "name")
        or text(element)
    )


def _name(element: Element | None) -> str:
    if element is None:
        return ""
    return (
        child_text(element, "name")
        or element.get("literal")
        or _local(element.get("qcode") or element.get("uri") or "")
    )


def _provider(meta: Element | None, content: Element | None, guid: str, sender: str) -> tuple[House, str]:
    """The agency whose clock and numbers the item follows, and the provider's name for readers.

    A credit line that is the original provider's name (Reuters passing on Opta) is what readers see."""
    credit = child_text(content, "creditline")
    element = child(meta, "provider")
    written = (
        []
        if element is None
        else [
            element.get("literal", ""),
            child_text(element, "name"),
            element.get("qcode", ""),
            element.get("uri", ""),
        ]
    )
    origins = [] if content is None else [_name(each) for each in content.iterchildren("infoSource")]
    known = first_known(*written)
    carrier = known if known is not UNKNOWN else house_of_guid(guid)
    carrier = carrier if carrier is not UNKNOWN else first_known(sender)
    credited = house(credit)
    if credited is UNKNOWN and credit and credit in origins:
        return carrier, credit
    if credited is not UNKNOWN:
        return (carrier if carrier is not UNKNOWN else credited), credited.name
    if carrier is not UNKNOWN:
        return carrier, carrier.name
    source = first_known(*origins)
    if source is not UNKNOWN:
        return source, source.name
    placed = house_of_dateline(child_text(content, "dateline"))
    if placed is not UNKNOWN:
        return placed, placed.name
    named = (
        written[1]
        if len(written) > 1 and written[1]
        else next((_local(value) if ":" in value else value for value in written if value), "")
    )
    return UNKNOWN, named or sender


def _time(parent: Element | None, name: str, agency: House, assumed: list[str]) -> Moment | None:
    found = moment(child_text(parent, name), agency.zone)
    if found and not found.zoned and found.precision != "day":
        said = f"no zone given: {agency.zone or 'UTC'} assumed"
        if said not in assumed:
            assumed.append(said)
    return found


_SLUG = re.compile(r"[!-~]+")
"""A title without a blank is a slug, no headline."""


def _headlines(content: Element | None, meta: Element | None, language: str) -> tuple[str, str]:
    """Main headline and sub-headline, by role and rank, in the item's language where there are several."""
    main, sub, others = "", "", []
    elements = [each for each in children(content, "headline") if text(each)]
    own = [each for each in elements if identity.language(each.get(LANG, "")) in (language, "")]
    for element in own or elements:
        written, role = text(element), _local(element.get("role", ""))
        if re.search(r"sub|deck|kicker|over|second", role):
            sub = sub or written
        elif role in ("", "main", "medium", "long", "title") and not main and element.get("rank", "1") == "1":
            main = written
        else:
            others.append((element.get("rank", "9"), written))
    others.sort(key=lambda pair: pair[0])
    if not main and others:
        main = others.pop(0)[1]
    title = "" if main else child_text(meta, "title")
    return main or ("" if _SLUG.fullmatch(title) else title), sub or (
        others[0][1] if others and others[0][1] != main else ""
    )


def _notes(parent: Element | None) -> Iterator[str]:
    """Public notes to editors; what is private by its constraint or role, contacts and sign-offs are never among them."""
    for element in children(parent, "edNote"):
        role, constraint = element.get("role", "").lower(), element.get("pubconstraint", "").lower()
        if constraint and not constraint.endswith((":public", "usable")):
            continue
        if re.search(r"private|nonpublic|intern|\bint$|\bdesk|contact|closingline|picture$|notepad", role):
            continue
        if any(
            re.search(r"np-|notepad|non-?public", each.get("class", ""))
            for each in element.iter()
            if isinstance(each.tag, str)
        ):
            continue
        if written := lines(element):
            yield written if len(element) == 0 and written.count("\n") < 2 else text(element)


def _embargo(
    meta: Element | None, notes: Iterable[str], agency: House, near: datetime | None, assumed: list[str]
) -> tuple[datetime | None, bool]:
    """The embargo's end, and True where a note holds the story without an end that can be read."""
    told = moment(child_text(meta, "embargoed"), agency.zone)
    return (told.at, False) if told else nitf.embargo_from_notes(notes, agency, near, assumed)


def _change(
    meta: Element | None, content: Element | None, notes: list[str], replaced: Change | None
) -> Change | None:
    """What status, signals, notes and links say; `replaced` is what a link to another story says."""
    if signals.from_code(_attribute(meta, "pubStatus")) == "kill":
        return "kill"
    item_class = child(meta, "itemClass")
    message = (
        next((value for key, value in item_class.attrib.items() if str(key).endswith("msgType")), "")
        if item_class is not None
        else ""
    )
    codes = [_value(each) for each in children(meta, "signal")]
    coded = signals.strongest(
        *(signals.from_code(code) for code in codes), "kill" if message == "D" else None
    )
    roles = [each.get("role", "") for each in children(meta, "edNote")]
    if (
        "sig:correction" not in codes
        and any("correction" in role.lower() for role in roles)
        and coded in (None, "new")
    ):
        coded = "correction"
    return signals.strongest(
        coded,
        signals.from_slug(child_text(content, "slugline")),
        *(signals.from_note(note) for note in notes),
        replaced,
    )


_REPLACES = re.compile(
    r"(?<!has)(?P<how>correct|replac|supersed|evolved|previous|revis|kill|cancel|withdr)\w*(?<!by)$", re.I
)
_HOW: dict[str, Change] = {"correct": "correction", "kill": "kill", "cancel": "kill", "withdr": "kill"}


def _corrects(meta: Element | None, own: str) -> tuple[str, Change | None]:
    """The id of the story that this one says it replaces, where that is another one, and what it is to that."""
    for link in children(meta, "link"):
        if found := _REPLACES.search(link.get("rel", "")):
            target = (link.get("residref") or link.get("guidref") or link.get("href") or "").strip()
            target = identity.family(target, link.get("version", ""))
            if target and target != own:
                return target, _HOW.get(found["how"].lower(), "update")
    return "", None


def _url(item: Element, meta: Element | None) -> str:
    for each in item.iter("link"):
        address = each.get("href", "")
        if re.search(
            r"(?:self|canonical|alternate|permalink|webpage)$", each.get("rel", ""), re.I
        ) and address.startswith(("http://", "https://")):
            return address
    guid = item.get("guid", "")
    return guid if guid.startswith(("http://", "https://")) else ""


def _byline(content: Element | None, inner: Element | None) -> tuple[str, str]:
    written = [found for each in (children(content, "by")) if (found := text(each))]
    if written:
        return " and ".join(dict.fromkeys(written)), ""
    return nitf.byline(inner)


def _nitf_head(item: Element) -> Element | None:
    """The `body.head` of NITF that the item has inside, as elements or as a string."""
    found = next(item.iter("body.head"), None)
    if found is None:
        strings = ("".join(map(str, data.itertext())) for data in item.iterfind("contentSet/inlineData"))
        article = next((each for each in map(nitf.in_string, strings) if each is not None), None)
        found = article.find("body/body.head") if article is not None else None
    return found


def _dateline(content: Element | None) -> str:
    written = child_text(content, "dateline")
    return "" if re.match(r"\d{4}-?\d\d-?\d\d", written) else written


def _located(content: Element | None) -> Element | None:
    return child(content, "located")


def _country(content: Element | None, dateline: str) -> str:
    """ISO 3166-1 alpha-2 of the dateline's place, where the item locates that very place."""
    located = _located(content)
    if located is None or not dateline:
        return ""
    place = child_text(located, "name") or located.get("literal", "")
    if not place or place.lower() not in dateline.lower():
        return ""
    for each in located.iter("broader", "sameAs", "located"):
        code = each.get("qcode", "")
        if found := re.fullmatch(r"(?:iso3166-1a2|country|iso|cc|geo):([A-Z]{2})", code):
            return "" if found[1] in ("EU", "UN") else found[1]
    return ""


def _rights(item: Element) -> str:
    info = child(item, "rightsInfo")
    if info is None:
        return ""
    found: list[str] = []
    for path in ("copyrightNotice", "usageTerms"):
        written = next((text(each) for each in info.iterchildren(path) if text(each)), "")
        if written and written not in found:
            found.append(written)
    return "\n".join(found) or _name(child(info, "copyrightHolder"))


def _language(item: Element, content: Element | None) -> str:
    told = child(content, "language")
    tag = told.get("tag", "") if told is not None else ""
    if not tag:
        inner = next(item.iter("inlineXML"), None)
        tags = (
            item.get(LANG),
            inner.get(LANG) if inner is not None else None,
            content.get(LANG) if content is not None else None,
        )
        tag = next((each for each in tags if each), "")
    return identity.language(tag)


def _told(concept: Element) -> tuple[str, list[str]]:
    """The name of a concept, and the codes that it has in other vocabularies."""
    name, aliases = "", []
    for each in concept:
        if each.tag == "sameAs":
            aliases.append(each.get("qcode", ""))
        elif each.tag == "name" and not name and "mnemonic" not in each.get("role", ""):
            name = text(each)
    return name, aliases


def _asserted(item: Element) -> dict[str, str]:
    """The names of concepts that the item tells apart from where it uses them."""
    return {
        each.get("qcode") or each.get("uri") or each.get("literal") or "": _told(each)[0]
        for each in item.iterchildren("assert")
    }


def _subjects(content: Element | None, asserted: dict[str, str]) -> list[Subject]:
    found: list[Subject] = []
    for element in children(content, "subject"):
        code = element.get("qcode") or element.get("uri") or ""
        name, aliases = _told(element) if len(element) else ("", [])
        name = name or asserted.get(code, "")
        if code.startswith(("http://", "https://")):
            scheme, _, value = code.rpartition("/")
            found.append(iptc.subject(scheme, value, name))
        elif code:
            scheme, _, value = code.rpartition(":")
            found.append(iptc.subject(scheme, value, name))
        elif name or element.get("literal"):
            literal = element.get("literal", "")
            found.append(Subject(code=literal or name, scheme=_local(element.get("type", "")), name=name))
        if not aliases or found[-1].scheme in ("medtop", "subj"):
            continue
        for alias in aliases:
            scheme, _, value = alias.rpartition(":")
            if (known := iptc.subject(scheme, value)).scheme in ("medtop", "subj"):
                found.append(known)
    for located in children(content, "located"):
        for place in (located, *located.iterchildren("broader")):
            code = place.get("qcode") or place.get("uri") or ""
            name = child_text(place, "name") or place.get("literal", "") or asserted.get(code, "")
            if name and (place is located or "country" in place.get("type", "")):
                found.append(Subject(code=name, scheme="located", name=name))
    return iptc.distinct(found)


def _keywords(content: Element | None) -> list[str]:
    return list(dict.fromkeys(written for each in (children(content, "keyword")) if (written := text(each))))


def _summary(content: Element | None, inner: Element | None, headline: str) -> str:
    """The description that sums the story up; a caption only where it says more than the headline."""
    best, caption = "", ""
    for element in children(content, "description"):
        role, written = _local(element.get("role", "")), text(element)
        if role in ("caption", "usagenote", "drlimitations"):
            caption = caption or ("" if headline and headline in written else written)
        else:
            best = best or written
    return best or caption or child_text(inner, "abstract")


def _remote(item: Element, content: Element | None, headline: str) -> list[Media]:
    """The best rendition of remote content with an address."""
    found: list[Media] = []
    caption = (
        next(
            (text(each) for each in (children(content, "description")) if text(each)),
            "",
        )
        or headline
    )
    for element in item.iterfind("contentSet/remoteContent"):
        medium = markup.picture(
            element.get("href", ""),
            caption,
            element.get("contenttype", "image"),
            child_text(content, "creditline"),
            element.get("width"),
            element.get("height"),
        )
        if medium is not None:
            found.append(medium)
    found.sort(key=lambda medium: -(medium.width or 0))
    return found[:1]


_IN_SHORT = re.compile(r"abstract|summary|teaser|headline|title|sms|push|short|caption|preview", re.I)
_MARKUP_TYPES = ("text/", "application/xhtml", "application/xml", "application/nitf")


def _body(item: Element, headline: str, language: str) -> markup.Body:
    """The first rendition that has text: XHTML, NITF or other mark-up inline, then inline data; one in the item's language before
    others, one that is short by its name after all others."""
    content = child(item, "contentSet")
    if content is None:
        return markup.Body()
    pictures: list[Media] = []
    renditions = [*content.iterchildren("inlineXML"), *content.iterchildren("inlineData")]
    for rendition in sorted(renditions, key=lambda each: _rank(each, language)):
        body = (
            _inline(rendition, headline)
            if rendition.tag == "inlineXML"
            else _inline_data(rendition, headline)
        )
        pictures.extend(body.media)
        if body.content:
            return markup.Body(content=body.content, type=body.type, media=tuple(pictures), notes=body.notes)
    return markup.Body(media=tuple(pictures))


def _rank(rendition: Element, language: str) -> tuple[bool, bool]:
    spoken = identity.language(rendition.get(LANG, ""))
    return bool(_IN_SHORT.search(rendition.get("rendition", ""))), spoken not in (language, "")


def _inline_data(data: Element, headline: str) -> markup.Body:
    if data.get("encoding") or not data.get("contenttype", "text/plain").lower().startswith(_MARKUP_TYPES):
        return markup.Body()
    written = "".join(map(str, data.itertext()))
    article = nitf.in_string(written)
    return markup.of_text(written) if article is None else nitf.body(article, headline)


def _inline(inline: Element, headline: str) -> markup.Body:
    article = next(inline.iter("nitf"), None)
    if article is not None:
        return nitf.body(article, headline)
    page = next(inline.iter("body"), None)
    if page is not None:
        marked = [(section, section.get("class", "").split()) for section in page.iterchildren("section")]
        main = [section for section, marks in marked if "main" in marks]
        boxes = [section for section, marks in marked if "infobox" in marks]
        return markup.of_tree([*main, *boxes] if main else [page], headline)
    if len(inline) == 0:
        return markup.of_text("".join(map(str, inline.itertext())))
    if any(isinstance(each.tag, str) and each.tag.startswith("sports-") for each in inline):
        return markup.Body()
    return markup.of_tree(list(inline), headline)
