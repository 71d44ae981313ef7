"""NewsML 1.0 to 1.2 (IPTC): news items of AFP, ANA, Belga and others, with their text in NITF, XHTML, escaped HTML or plain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from pipeline.collect.document import Document, Fault, Parsed, UnreadableDocument
from pipeline.collect.format import Format
from pipeline.collect.formats import identity, iptc, markup, nitf, signals
from pipeline.collect.formats.houses import UNKNOWN, House, first_known, house_of_dateline, house_of_guid
from pipeline.collect.formats.times import Moment, moment
from pipeline.collect.formats.xmltree import LANG, Element, child_text, items, read, text
from pipeline.story import Media, RawStory, Status, Subject

NAME = "newsml-1.2"
_CLASSES = {
    "photo": "picture",
    "picture": "picture",
    "graphic": "graphic",
    "video": "video",
    "audio": "audio",
    "complexdata": "graphic",
}
_UTILITY = frozenset({"catalog", "cataloghref", "topicset", "controlledvocabulary", "dtd"})


def sniff(head: str) -> bool:
    """A root element `NewsML` (upper and lower case as in the standard)."""
    return bool(re.search(r"<(?:[\w.-]+:)?NewsML[\s>]", head)) and "<newsMessage" not in head


def parse(document: Document) -> Parsed:
    """Every news item with a story; raises UnreadableDocument where there is no item of any kind."""
    wire = read(document.content)
    envelope = wire.root.find("NewsEnvelope") if wire.root is not None else None
    stories: list[RawStory] = []
    faults: list[Fault] = []
    aside: list[str] = []
    for number, item in enumerate(items(wire, "NewsItem")):
        if item.element is None:
            faults.append(Fault(reason=item.reason, item=number, original=item.original))
            continue
        kind = _formal(item.element.find("NewsManagement/NewsItemType"))
        if kind.lower() in _UTILITY or (
            item.element.find("NewsComponent") is None and _status(item.element) == "usable"
        ):
            aside.append(
                f"{NAME} {kind or 'item without a component'} {child_text(item.element, './/PublicIdentifier')}".rstrip()
            )
            continue
        story = _story(item.element, envelope, document, wire.assumed)
        if isinstance(story, str):
            faults.append(Fault(reason=story, item=number, original=item.original))
        else:
            stories.append(story)
    if not stories and not aside and not (faults and wire.root is not None):
        raise UnreadableDocument(
            f"NewsML without a readable item: {wire.error or (faults[0].reason if faults else 'no NewsItem in it')}"
        )
    return Parsed(format=NAME, stories=stories, faults=faults, aside=aside)


FORMAT = Format(NAME, sniff, parse)


def _formal(element: Element | None) -> str:
    if element is None:
        return ""
    return (element.get("FormalName") or text(element)).strip()


def _status(item: Element) -> Status:
    return signals.status_of(_formal(item.find("NewsManagement/Status")) or "usable")


def _first(item: Element, *paths: str) -> str:
    """The text of the first path that has any."""
    return next((found for path in paths if (found := child_text(item, path))), "")


def _story(item: Element, envelope: Element | None, document: Document, mended: list[str]) -> RawStory | str:
    assumed = list(mended)
    guid, family, version = _identity(item)
    lines = item.find(".//NewsLines")
    headline = _line(item, "HeadLine")
    if not family:
        family = guid = headline
        assumed.append("the item has no identifier: its headline stands in")
        if not family:
            return "a NewsItem without identifier and headline"
    agency, provider = _provider(item, guid)
    management = item.find("NewsManagement")
    this = _time(management, ("ThisRevisionCreated",), agency, assumed) or _time(
        envelope, ("DateAndTime",), agency, assumed
    )
    begun = _time(management, ("FirstCreated",), agency, assumed)
    body = _body(item, headline)
    notes = _notes(item)
    until, held = _embargo(management, (*notes, headline), agency, this.at if this else None, assumed)
    revision = item.find("Identification/NewsIdentifier/RevisionId")
    instruction = _formal(management.find("Instruction")) if management is not None else ""
    change = signals.strongest(
        signals.from_code(_formal(item.find("NewsManagement/Status"))),
        signals.from_code(instruction),
        *(signals.from_note(note) for note in notes),
        signals.from_slug(_line(item, "SlugLine")),
        signals.from_code(_formal(item.find(".//DescriptiveMetadata/Genre"))),
        "update" if revision is not None and revision.get("Update") not in (None, "", "N") else None,
    ) or identity.from_version(agency, version, begun.at if begun else None, this.at if this else None)
    status = _status(item)
    status = "canceled" if change == "kill" else "withheld" if held and status == "usable" else status
    dateline = _line(item, "DateLine")
    dateline = "" if re.fullmatch(r"[\d\s:./TZ+-]*", dateline) else dateline
    location = next(
        (each for each in item.iter("Location") if each.get("HowPresent", "").lower() in ("origin", "")), None
    )
    return RawStory(
        source=document.source,
        format=NAME,
        guid=guid,
        family=family,
        wire_version=version,
        version_counts=identity.counts(agency, version),
        document=document.name,
        provider=provider,
        status=status,
        change=change,
        corrects=_corrects(item, family),
        headline=headline,
        subheadline=_line(item, "SubHeadLine"),
        slugline=_line(item, "SlugLine"),
        summary=_summary(item),
        byline=_byline(item),
        byline_title=_line(item, "ByLineTitle"),
        dateline=dateline,
        dateline_country=_country(location) if dateline else "",
        credit=_line(item, "CreditLine"),
        rights="\n".join(
            dict.fromkeys(
                filter(None, (_line(item, "CopyrightLine"), _first(item, ".//UsageRights/UsageType")))
            )
        ),
        editor_note=markup.public((*notes, *body.notes)),
        language=_language(item, lines),
        urgency=identity.whole_number(
            _formal(item.find("NewsManagement/Urgency"))
            or _formal(envelope.find("Priority") if envelope is not None else None)
        ),
        genre=_formal(item.find(".//DescriptiveMetadata/Genre")),
        item_class=_item_class(item, body),
        body=body.content,
        body_type=body.type,
        subjects=_subjects(item, location),
        keywords=_keywords(item),
        media=[*_media(item), *body.media],
        published_at=this.at if this else None,
        published_precision=this.precision if this else "second",
        first_published_at=begun.at if begun else None,
        embargoed_until=until,
        collected_at=document.collected_at,
        assumed=assumed,
    )


def _identity(item: Element) -> tuple[str, str, str]:
    """Guid, family and version: the public identifier, without the revision that it carries (RFC 3085)."""
    identifier = item.find("Identification/NewsIdentifier")
    public, version = child_text(identifier, "PublicIdentifier"), child_text(identifier, "RevisionId")
    provider, date, own = (child_text(identifier, name) for name in ("ProviderId", "DateId", "NewsItemId"))
    made = f"urn:newsml:{provider}:{date}:{own}" if provider and own else ""
    if not public:
        return (f"{made}:{version}" if made and version else made or own), made or own, version
    if version and public.endswith(":" + version):
        return public, public[: -len(version) - 1], version
    return public, identity.family(public, version), version


def _provider(item: Element, guid: str) -> tuple[House, str]:
    parties = [
        _formal(each)
        for path in (".//AdministrativeMetadata/Provider/Party", ".//AdministrativeMetadata/Source/Party")
        for each in item.iterfind(path)
    ]
    credit, provider_id = (
        _line(item, "CreditLine"),
        child_text(item, "Identification/NewsIdentifier/ProviderId"),
    )
    known = first_known(*parties[:1], provider_id, *parties[1:], credit)
    known = known if known is not UNKNOWN else house_of_guid(guid)
    known = known if known is not UNKNOWN else house_of_dateline(_line(item, "DateLine"))
    return (
        (known, known.name)
        if known is not UNKNOWN
        else (UNKNOWN, next((each for each in (*parties, credit, provider_id) if each), ""))
    )


def _time(parent: Element | None, paths: tuple[str, ...], agency: House, assumed: list[str]) -> Moment | None:
    for path in paths:
        if found := moment(child_text(parent, path), agency.zone):
            if not found.zoned and found.precision != "day":
                assumed.append(f"no zone given: {agency.zone or 'UTC'} assumed")
            return found
    return None


def _line(item: Element, name: str) -> str:
    """A news line of the outermost component that has it, else of an inner one."""
    return child_text(item, f"NewsComponent/NewsLines/{name}") or child_text(item, f".//NewsLines/{name}")


def _byline(item: Element) -> str:
    written = [found for each in item.iterfind(".//NewsLines/ByLine") if (found := text(each))]
    return " and ".join(dict.fromkeys(written))


_PRIVATE = re.compile(r"private|internal|non-?public|confidential|desk|contact", re.I)


def _notes(item: Element) -> list[str]:
    """Public notes to editors: news lines of a note's type, and comments that are not marked as private."""
    found: list[str] = []
    for line in item.iter("NewsLine"):
        kind = _formal(line.find("NewsLineType"))
        if re.search(r"note|advis|editor|instruct|embargo|comment", kind, re.I) and not _PRIVATE.search(kind):
            found.extend(text(each) for each in line.iterfind("NewsLineText"))
    for comment in item.iterfind(".//NewsManagement/Comment"):
        if not _PRIVATE.search(comment.get("FormalName", "") + comment.get("CommentType", "")):
            found.append(text(comment))
    found.extend(text(each) for each in item.iterfind(".//NewsLines/EditorialNote"))
    for prop in item.iter("Property"):
        if re.fullmatch(r"(?:ed(?:itorial|itor)?_?note|advisory(?:line)?)", prop.get("FormalName", ""), re.I):
            found.append(prop.get("Value", "").strip())
    return [note for note in found if note]


def _embargo(
    management: Element | None,
    notes: tuple[str, ...],
    agency: House,
    near: datetime | None,
    assumed: list[str],
) -> tuple[datetime | None, bool]:
    """StatusWillChange tells when an embargoed item becomes usable; then notes in words."""
    now = _formal(management.find("Status")) if management is not None else ""
    future = management.find("StatusWillChange") if management is not None else None
    if (
        future is not None
        and signals.status_of(_formal(future.find("FutureStatus"))) == "usable"
        and signals.status_of(now) == "withheld"
        and (told := moment(child_text(future, "DateAndTime"), agency.zone))
    ):
        return told.at, False
    return nitf.embargo_from_notes(notes, agency, near, assumed)


def _corrects(item: Element, own: str) -> str:
    for path in ("NewsManagement/DerivedFrom", "NewsManagement/AssociatedWith"):
        for each in item.iterfind(path):
            target = identity.family(each.get("NewsItem", "").strip(), "")
            if (
                re.search(
                    r"correct|replac|supersed|kill|cancel", each.get("FormalName", "") + text(each), re.I
                )
                and target != own
            ):
                return target
    return ""


_IN_SHORT = ("abstract", "summary", "synopsis", "lead", "caption")


def _summary(item: Element) -> str:
    for component in item.iter("NewsComponent"):
        role = _formal(component.find("Role")).lower()
        written = child_text(component, "ContentItem/DataContent") if role in _IN_SHORT else ""
        if written:
            return re.sub(r"\s+", " ", re.sub(r"<[^<>]*>", " ", written)).strip()
    return ""


def _country(location: Element | None) -> str:
    value = _property(location, "Country")
    return nitf.country(value)


def _property(parent: Element | None, name: str) -> str:
    if parent is None:
        return ""
    return next(
        (
            each.get("Value", "").strip()
            for each in parent.iterfind("Property")
            if each.get("FormalName", "").lower() == name.lower()
        ),
        "",
    )


def _language(item: Element, lines: Element | None) -> str:
    tag = next((_formal(each) for each in item.iter("Language") if _formal(each)), "")
    tags = (tag, item.get(LANG, ""), lines.get(LANG, "") if lines is not None else "")
    return next((found for each in tags if (found := identity.language(each))), "")


def _item_class(item: Element, body: markup.Body) -> str:
    if body.content:
        return "text"
    kinds = [_formal(each).lower() for each in item.iter("MediaType")]
    return next((_CLASSES[kind] for kind in kinds if kind in _CLASSES), "text")


def _subjects(item: Element, location: Element | None) -> list[Subject]:
    names = {
        child_text(topic, "FormalName"): next(
            (
                text(each)
                for each in topic.iterfind("Description")
                if each.get("Variant", "Name") == "Name" and each.get(LANG, "en").startswith("en")
            ),
            "",
        )
        for topic in item.iter("Topic")
    }
    found: list[Subject] = []
    for each in item.iterfind(".//SubjectCode/*"):
        code, scheme = each.get("FormalName", "").strip(), each.get("Scheme", "").strip()
        if each.tag in ("Subject", "SubjectMatter", "SubjectDetail") and code:
            eight = bool(re.fullmatch(r"\d{8}", code))
            found.append(iptc.subject("" if eight else scheme or "newsml", code, names.get(code, "")))
    for each in item.iterfind(".//DescriptiveMetadata//Property"):
        if each.get("FormalName", "").lower() in ("category", "supplementalcategory", "section") and each.get(
            "Value"
        ):
            found.append(Subject(code=each.get("Value", ""), scheme=each.get("FormalName", "").lower()))
    place = (
        location
        if location is not None
        else next(
            (
                each
                for each in item.iterfind(".//DescriptiveMetadata")
                if _property(each, "City") or _property(each, "Country")
            ),
            None,
        )
    )
    for name in ("City", "Country"):
        if value := _property(place, name):
            found.append(Subject(code=value, scheme="located", name=value))
    return iptc.distinct(found)


def _keywords(item: Element) -> list[str]:
    words = [
        each.get("Value", "")
        for each in item.iter("Property")
        if each.get("FormalName", "").lower() in ("keyword", "keywords")
    ]
    words += [text(each) for each in item.iterfind(".//NewsLines/KeywordLine")]
    return list(dict.fromkeys(word.strip() for word in words if word.strip()))


def _media(item: Element) -> Iterator[Media]:
    """The largest rendition with an address of each picture component."""
    for component in item.iter("NewsComponent"):
        found = [
            medium
            for content in component.iterfind("ContentItem")
            if _formal(content.find("MediaType")).lower() in _CLASSES
            and (
                medium := markup.picture(
                    content.get("Href", ""),
                    child_text(component, "NewsLines/HeadLine"),
                    _formal(content.find("MimeType")) or _formal(content.find("MediaType")).lower(),
                    child_text(component, "NewsLines/CreditLine"),
                    _property(content.find("Characteristics"), "Width"),
                    _property(content.find("Characteristics"), "Height"),
                )
            )
        ]
        if found:
            yield max(found, key=lambda medium: medium.width or 0)


def _body(item: Element, headline: str) -> markup.Body:
    """The main text: of a component whose role is main, else the first with text; captions and abstracts are not it."""
    contents = [
        (_formal(component.find("Role")).lower(), content)
        for component in item.iter("NewsComponent")
        for content in component.iterfind("ContentItem")
        if _formal(content.find("MediaType")).lower() in ("", "text", "complexdata")
        and content.find("DataContent") is not None
    ]
    contents.sort(
        key=lambda pair: (
            0
            if pair[0] in ("main", "maintext", "body", "text")
            else 2
            if pair[0] in ("abstract", "summary", "synopsis", "caption", "lead")
            else 1
        )
    )
    for role, content in contents:
        if role in ("caption", "abstract", "summary", "synopsis", "title", "headline"):
            continue
        data = content.find("DataContent")
        assert data is not None
        article = data.find(".//nitf")
        page = data.find(".//body")
        if article is not None:
            found = nitf.body(article, headline)
        elif page is not None:
            found = markup.of_tree(page.findall("body.content") or [page], headline)
        elif len(data):
            found = markup.of_tree([data], headline)
        else:
            found = markup.of_html("".join(map(str, data.itertext())).strip(), headline)
        if found.content:
            return found
    return markup.Body()
