"""NewsML 1.0 to 1.2 (IPTC): news items of AFP, ANA, Belga and others, with their text in NITF, XHTML, escaped HTML or plain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from pipeline.collect.document import Document, Fault, Parsed, UnreadableDocument
from pipeline.collect.format import Format
from pipeline.collect.formats import identity, iptc, markup, nitf, signals
from pipeline.collect.formats.houses import UNKNOWN, House, first_known, house_of_dateline, house_of_guid
from pipeline.collect.formats.newsml_components import Scope, caption, formal, picture_of, scopes, written_in
from pipeline.collect.formats.times import Moment, moment
from pipeline.collect.formats.xmltree import LANG, Element, XmlItem, child_text, items, read, text
from pipeline.story import Change, Media, RawStory, Status, Subject

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
    named = "NewsML" in head and re.search(r"<(?:[\w.-]+:)?NewsML[\s>]", head)
    return bool(named) and "<newsMessage" not in head


def parse(document: Document) -> Parsed:
    """Every news item with a story; raises UnreadableDocument where there is no item of any kind."""
    wire = read(document.content)
    envelope = wire.root.find("NewsEnvelope") if wire.root is not None else None
    stories: list[RawStory] = []
    faults: list[Fault] = []
    aside: list[str] = []
    unfolded = (each for found in items(wire, "NewsItem") for each in _unfolded(found))
    for number, item in enumerate(unfolded):
        if item.element is None:
            faults.append(Fault(reason=item.reason, item=number, original=item.original))
            continue
        if kind := _no_story(item.element):
            aside.append(f"{NAME} {kind} {child_text(item.element, './/PublicIdentifier')}".rstrip())
            continue
        for scope in scopes(item.element):
            story = _story(scope, envelope, document, wire.assumed)
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


def _unfolded(item: XmlItem) -> Iterator[XmlItem]:
    """The item, or those within it, where it is a package that carries them."""
    inner = [] if item.element is None else list(item.element.iterfind("NewsComponent//NewsItem"))
    yield from (XmlItem(element=each) for each in inner) if inner else (item,)


def _no_story(item: Element) -> str:
    """What an item is that is no story: a vocabulary, a package of references; else empty."""
    kind = formal(item.find("NewsManagement/NewsItemType"))
    if kind.lower() in _UTILITY:
        return kind
    if _status(item) != "usable":
        return ""
    if item.find("NewsComponent") is None:
        return kind or "item without a component"
    only_refers = (
        next(item.iter("NewsItemRef"), None) is not None and next(item.iter("ContentItem"), None) is None
    )
    return "package" if only_refers else ""


def _status(item: Element) -> Status:
    return signals.status_of(formal(item.find("NewsManagement/Status")) or "usable")


def _first(item: Element, *paths: str) -> str:
    """The text of the first path that has any."""
    return next((found for path in paths if (found := child_text(item, path))), "")


def _story(scope: Scope, envelope: Element | None, document: Document, mended: list[str]) -> RawStory | str:
    assumed = list(mended)
    item = scope.item
    guid, family, version = _identity(item)
    article = next((each for data in scope.texts if (each := _article(data)) is not None), None)
    inner = article.find("body/body.head") if article is not None else None
    headline = scope.line("HeadLine") or scope.title() or child_text(inner, "hedline/hl1")
    if scope.translation and family:
        family = f"{family}#{scope.language}"
        assumed.append(f"the item is in several languages: a story of its own in {scope.language}")
    if not family:
        family = guid = headline
        assumed.append("the item has no identifier: its headline stands in")
        if not family:
            return "a NewsItem without identifier and headline"
    agency, provider = _provider(scope, guid)
    management = item.find("NewsManagement")
    this = _time(management, ("ThisRevisionCreated",), agency, assumed) or _time(
        envelope, ("DateAndTime",), agency, assumed
    )
    begun = _time(management, ("FirstCreated",), agency, assumed)
    body = _body(scope, headline)
    notes = _notes(scope)
    until, held = _embargo(management, (*notes, headline), agency, this.at if this else None, assumed)
    genre = next(
        (found for each in scope.components if (found := formal(each.find("DescriptiveMetadata/Genre")))), ""
    )
    change = signals.strongest(
        signals.from_code(formal(item.find("NewsManagement/Status"))),
        *(signals.from_code(formal(each)) for each in item.iterfind("NewsManagement/Instruction")),
        *(signals.from_note(note) for note in notes),
        signals.from_slug(scope.line("SlugLine")),
        signals.from_code(genre),
        _revised(item),
    ) or identity.from_version(agency, version, begun.at if begun else None, this.at if this else None)
    status = _status(item)
    status = "canceled" if change == "kill" else "withheld" if held and status == "usable" else status
    byline, byline_title = " and ".join(dict.fromkeys(scope.lines("ByLine"))), scope.line("ByLineTitle")
    if not byline:
        byline, byline_title = nitf.byline(inner)
    dateline = scope.line("DateLine") or nitf.dateline(inner)[0]
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
        subheadline=scope.line("SubHeadLine") or child_text(inner, "hedline/hl2"),
        slugline=scope.line("SlugLine"),
        summary=_plain(scope.summary()),
        byline=byline,
        byline_title=byline_title,
        dateline=dateline,
        dateline_country=_country(location) if dateline else "",
        credit=scope.line("CreditLine"),
        rights="\n".join(
            dict.fromkeys(
                filter(
                    None,
                    (
                        scope.line("CopyrightLine"),
                        scope.line("RightsLine"),
                        _first(item, ".//UsageRights/UsageType"),
                    ),
                )
            )
        ),
        editor_note=markup.public((*notes, *body.notes)),
        language=scope.language or _language(item, article),
        urgency=identity.whole_number(
            formal(item.find("NewsManagement/Urgency"))
            or formal(envelope.find("Priority") if envelope is not None else None)
        ),
        genre=genre,
        item_class=_item_class(item, body),
        body=body.content,
        body_type=body.type,
        subjects=_subjects(item, location),
        keywords=_keywords(scope),
        media=[*_media(scope), *body.media],
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


def _revised(item: Element) -> Change | None:
    """What the revision's own attributes say: that there was one before, or that this one carries updates."""
    revision = item.find("Identification/NewsIdentifier/RevisionId")
    if revision is None:
        return None
    before, kind = revision.get("PreviousRevision", "").strip(), revision.get("Update", "").strip()
    return "update" if kind not in ("", "N") or before not in ("", "0", text(revision)) else None


def _article(data: Element) -> Element | None:
    """The NITF in a DataContent, as elements or as a string."""
    found = next(data.iter("nitf"), None)
    return found if found is not None or len(data) else nitf.in_string(written_in(data))


def _provider(scope: Scope, guid: str) -> tuple[House, str]:
    item = scope.item
    parties = [
        formal(each)
        for path in (".//AdministrativeMetadata/Provider/Party", ".//AdministrativeMetadata/Source/Party")
        for each in item.iterfind(path)
    ]
    credit, provider_id = (
        scope.line("CreditLine"),
        child_text(item, "Identification/NewsIdentifier/ProviderId"),
    )
    known = first_known(*parties[:1], provider_id, *parties[1:], credit)
    known = known if known is not UNKNOWN else house_of_guid(guid)
    known = known if known is not UNKNOWN else house_of_dateline(scope.line("DateLine"))
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


_EDITORS_NOTE = re.compile(r"(?:ed(?:itorial|itor)?_?note|advisory(?:line)?)", re.I)
_PRIVATE = re.compile(r"private|internal|non-?public|confidential|desk|contact", re.I)


def _notes(scope: Scope) -> list[str]:
    """Public notes to editors: news lines of a note's type, and comments that are not marked as private."""
    found: list[str] = []
    item = scope.item
    for line in (each for component in scope.components for each in component.iterfind("NewsLines/NewsLine")):
        kind = formal(line.find("NewsLineType"))
        if re.search(r"note|advis|editor|instruct|embargo|comment", kind, re.I) and not _PRIVATE.search(kind):
            found.extend(text(each) for each in line.iterfind("NewsLineText"))
    for comment in item.iterfind(".//NewsManagement/Comment"):
        if not _PRIVATE.search(comment.get("FormalName", "") + comment.get("CommentType", "")):
            found.append(text(comment))
    found.extend(text(each) for each in item.iterfind(".//NewsLines/EditorialNote"))
    for prop in item.iter("Property"):
        if _EDITORS_NOTE.fullmatch(prop.get("FormalName", "")):
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
    now = formal(management.find("Status")) if management is not None else ""
    future = management.find("StatusWillChange") if management is not None else None
    if (
        future is not None
        and signals.status_of(formal(future.find("FutureStatus"))) == "usable"
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


def _plain(written: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^<>]*>", " ", written)).strip()


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


def _language(item: Element, article: Element | None) -> str:
    """The language that anything but the text's own components names."""
    tag = next((formal(each) for each in item.iter("Language") if formal(each)), "")
    root = item.getroottree().getroot()
    inner = nitf.language(article) if article is not None else ""
    lines = next(item.iter("NewsLines"), None)
    tags = (
        tag,
        item.get(LANG, ""),
        inner,
        lines.get(LANG, "") if lines is not None else "",
        root.get(LANG, ""),
    )
    return next((found for each in tags if (found := identity.language(each))), "")


def _item_class(item: Element, body: markup.Body) -> str:
    if body.content:
        return "text"
    kinds = [formal(each).lower() for each in item.iter("MediaType")]
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


def _keywords(scope: Scope) -> list[str]:
    words = [
        each.get("Value", "")
        for each in scope.item.iter("Property")
        if each.get("FormalName", "").lower() in ("keyword", "keywords")
    ]
    words += [
        word for line in scope.lines("KeywordLine") for word in (line.split(";") if ";" in line else (line,))
    ]
    return list(dict.fromkeys(word.strip() for word in words if word.strip()))


def _media(scope: Scope) -> Iterator[Media]:
    """The largest rendition with an address of each picture."""
    found: dict[Element, list[Media]] = {}
    for component in scope.components:
        for content in component.iterchildren("ContentItem"):
            kind = formal(content.find("MediaType")).lower()
            if kind not in _CLASSES or not content.get("Href"):
                continue
            picture = picture_of(component, scope)
            medium = markup.picture(
                content.get("Href", ""),
                caption(picture),
                formal(content.find("MimeType")) or kind,
                child_text(picture, "NewsLines/CreditLine"),
                _property(content.find("Characteristics"), "Width"),
                _property(content.find("Characteristics"), "Height"),
            )
            if medium is not None:
                found.setdefault(picture, []).append(medium)
    yield from (max(renditions, key=lambda medium: medium.width or 0) for renditions in found.values())


def _body(scope: Scope, headline: str) -> markup.Body:
    """The first text that is not empty; captions and abstracts are not among them."""
    for data in scope.texts:
        article = _article(data)
        page = next(data.iter("body"), None)
        if article is not None:
            found = nitf.body(article, headline)
        elif page is not None:
            found = markup.of_tree(page.findall("body.content") or [page], headline)
        elif len(data):
            found = markup.of_tree([data], headline)
        else:
            found = markup.of_html(written_in(data).strip(), headline)
        if found.content:
            return found
    return markup.Body()
