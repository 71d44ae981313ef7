"""ninjs 1.x, 2.x and 3.0 (IPTC), single items and lists of them, with the additions of Superdesk and other senders."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.collect.document import Document, Fault, Parsed, UnreadableDocument
from pipeline.collect.format import Format
from pipeline.collect.formats import identity, iptc, markup, nitf, signals
from pipeline.collect.formats.houses import UNKNOWN, House, first_known, house, house_of_guid
from pipeline.collect.formats.jsontree import first, lowered, members, objects, one_line, read, string
from pipeline.collect.formats.times import Moment, moment
from pipeline.story import Change, Location, Media, RawStory, Subject

NAME = "ninjs"
_KEYS = re.compile(
    r'"(?:version_?created|pubstatus|body_x?html|body_text|body_nitf|description_(?:text|html|caption)|bodies|headlines|descriptions|copyrightholder'
    r'|representationtype|firstcreated|contentcreated)"\s*:|ninjs',
    re.I,
)
_OTHERS = re.compile(r'"format"\s*:\s*"digitalwires|"api_version"\s*:|jsonfeed\.org/version')
_LISTS = ("item", "items", "_items", "results", "entries", "newsitems", "data")
_ASIDE = {"event": "event", "planning": "planning item", "concept": "concept", "package": "package"}
_CLASSES = frozenset({"text", "picture", "video", "audio", "graphic", "composite", "animation"})
_EMBARGO = ("embargoed", "embargo", "embargoeduntil", "embargoed_until", "embargo_until", "embargo_date")
_TYPES = {"image": "picture", "photo": "picture", "story": "text", "article": "text", "preformatted": "text"}


def sniff(head: str) -> bool:
    """JSON with the keys of ninjs, and not of the other agency JSON."""
    return (
        head.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")
        and bool(_KEYS.search(head))
        and not _OTHERS.search(head)
    )


def parse(document: Document) -> Parsed:
    """Every item; raises UnreadableDocument where the JSON is broken or holds none."""
    assumed: list[str] = []
    stories: list[RawStory] = []
    faults: list[Fault] = []
    aside: list[str] = []
    for number, item in enumerate(_items(read(document.content, assumed))):
        kind = string(item.get("type")).lower()
        if kind in _ASIDE or "eventdetails" in item or "planningdetails" in item:
            aside.append(f"{NAME} {_ASIDE.get(kind, 'event')} {first(item, 'uri', 'guid')}".rstrip())
            continue
        story = _story(item, document, assumed)
        if story is None:
            faults.append(Fault(reason="an item without uri, guid and headline", item=number))
        elif story.item_class == "composite" and not story.body:
            aside.append(f"{NAME} package {story.guid}")
        else:
            stories.append(story)
    if not stories and not aside:
        raise UnreadableDocument(
            f"JSON without a ninjs item: {faults[0].reason}" if faults else "JSON without a ninjs item"
        )
    return Parsed(format=NAME, stories=stories, faults=faults, aside=aside)


FORMAT = Format(NAME, sniff, parse)


def _items(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        top = lowered(value)
        if not any(key in top for key in ("uri", "guid", "headline", "headlines")):
            for key in _LISTS:
                if isinstance(top.get(key), list | dict):
                    yield from _items(top[key])
                    return
    yield from objects(value)


def _story(item: dict[str, Any], document: Document, mended: list[str]) -> RawStory | None:
    assumed = list(mended)
    guid = first(item, "uri", "guid", "urn", "id")
    agency, provider = _provider(item, guid)
    headline = one_line(
        _role(item.get("headlines"), "main", "headline", "", "long", "title")
        or first(item, "headline")
        or _role(item.get("headlines"))
        or first(item, "title", "name")
    )
    version = first(item, "version")
    family = identity.family(guid, version)
    if not family:
        if not headline:
            return None
        family = guid = headline
        assumed.append("the item has no uri: its headline stands in")
    this, begun = (
        _time(item, agency, assumed, "versioncreated", "version_created", "updated"),
        _time(item, agency, assumed, "firstcreated", "first_created", "contentcreated"),
    )
    this = this or begun
    body = _body(item, headline)
    note = first(item, "ednote", "edNote", "editorial_note")
    change = _change(item, note, agency, version, begun, this)
    told = moment(first(item, *_EMBARGO), agency.zone)
    until, held = (
        (told.at, False)
        if told
        else nitf.embargo_from_notes((note, headline), agency, this.at if this else None, assumed)
    )
    status = signals.status_of(first(item, "pubstatus", "state"))
    status = "canceled" if change == "kill" else "withheld" if held and status == "usable" else status
    kind = string(item.get("type")).lower()
    kind = _TYPES.get(kind, kind)
    corrects = identity.family(
        first(item, "evolvedfrom", "evolved_from", "rewrite_of", "corrects", "replaces"), ""
    )
    return RawStory(
        source=document.source,
        format=NAME,
        guid=guid,
        family=family,
        wire_version=version,
        version_counts=identity.counts(agency, version),
        document=document.name,
        url=_url(item, guid),
        provider=provider,
        status=status,
        change=change,
        corrects=corrects if corrects != family else "",
        headline=headline,
        subheadline=one_line(
            _role(item.get("headlines"), "sub", "subheadline", "subtitle")
            or first(item, "subheadline", "subhead")
        ),
        slugline=one_line(first(item, "slugline")),
        summary=_description(item, headline),
        byline=_byline(item),
        byline_title=one_line(first(item, "byline_title")),
        dateline=one_line(first(item, "dateline")),
        credit=one_line(first(item, "creditline", "credit") or _role(item.get("descriptions"), "creditline")),
        rights=_rights(item),
        editor_note=markup.public([note]),
        language=identity.language(first(item, "language")),
        urgency=identity.whole_number(first(item, "urgency") or first(item, "priority")),
        genre=_named(item.get("genres")) or _named(item.get("genre")),
        item_class=kind if kind in _CLASSES else "text",
        body=body.content,
        body_type=body.type,
        subjects=_subjects(item),
        keywords=_keywords(item),
        media=[*_own_media(item, headline), *_associated(item), *body.media],
        location=_location(item),
        published_at=this.at if this else None,
        published_precision=this.precision if this else "second",
        first_published_at=begun.at if begun else None,
        embargoed_until=until,
        collected_at=document.collected_at,
        assumed=assumed,
    )


def _role(values: Any, *roles: str) -> str:
    """The value with the first of these roles (any, where none is asked for) among ninjs 2's {role, value} objects."""
    found = list(objects(values))
    if not roles:
        return next((string(each.get("value")) for each in found if string(each.get("value"))), "")
    for role in roles:
        for each in found:
            if _last(string(each.get("role"))) == role and (value := string(each.get("value"))):
                return value
    return ""


def _last(role: str) -> str:
    """A role without its vocabulary: `http://example.org/roles/main` is `main`."""
    return re.split(r"[:/#]", role.lower())[-1]


def _named(values: Any) -> str:
    if isinstance(values, str):
        return values
    return next(
        (one_line(name) for each in objects(values) if (name := first(each, "name", "literal", "code"))), ""
    )


def _provider(item: dict[str, Any], guid: str) -> tuple[House, str]:
    origins = [
        first(each, "name", "literal", "code")
        for each in objects(item.get("infosources") or item.get("infosource"))
    ]
    written = [
        first(item, "source", "provider"),
        first(item, "creditline"),
        *origins,
        first(item, "copyrightholder"),
    ]
    known = first_known(*written)
    known = known if known is not UNKNOWN else house_of_guid(guid)
    known = known if known is not UNKNOWN else house(first(item, "by", "byline"))
    if known is not UNKNOWN:
        return known, known.name
    return UNKNOWN, next((name for name in written if name), "")


def _time(item: dict[str, Any], agency: House, assumed: list[str], *keys: str) -> Moment | None:
    for key in keys:
        if found := moment(string(item.get(key)), agency.zone):
            if not found.zoned and found.precision != "day":
                assumed.append(f"no zone given: {agency.zone or 'UTC'} assumed")
            return found
    return None


def _change(
    item: dict[str, Any], note: str, agency: House, version: str, begun: Moment | None, this: Moment | None
) -> Change | None:
    coded = signals.from_code(first(item, "pubstatus"))
    if coded == "kill":
        return "kill"
    sequence = first(item, "correction_sequence")
    told = signals.strongest(
        coded,
        *(signals.from_code(code) for code in _codes(item)),
        "correction" if sequence.isdigit() and int(sequence) > 0 else None,
        signals.from_code(first(item, "operation")),
        signals.from_note(note),
        signals.from_slug(first(item, "slugline")),
        "advisory" if string(item.get("type")).lower() == "advisory" else None,
    )
    if told is None and first(item, "evolvedfrom", "rewrite_of"):
        return "update"
    return told or identity.from_version(
        agency, version, begun.at if begun else None, this.at if this else None
    )


def _codes(item: dict[str, Any]) -> Iterator[str]:
    """Signals, however a sender lists them: words, objects with a code, or an object of named values (TT)."""
    for value in (item.get("signals"), item.get("signal")):
        if isinstance(value, dict):
            yield from (string(each) for each in value.values() if string(each))
        elif isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (string(each) for each in value if string(each))
            yield from (
                code
                for each in objects(value)
                if (code := first(each, "code", "qcode", "literal", "uri", "name"))
            )


def _url(item: dict[str, Any], guid: str) -> str:
    for written in (first(item, "url", "canonical", "link"), guid):
        if written.startswith(("http://", "https://")):
            return written
    return ""


def _byline(item: dict[str, Any]) -> str:
    if written := one_line(first(item, "byline", "by")):
        return written
    names = [name for each in objects(item.get("bylines")) if (name := first(each, "by", "name", "value"))]
    names = names or [
        name
        for each in objects(item.get("authors"))
        if first(each, "role").lower() in ("", "writer", "author", "reporter")
        and (name := first(each, "name"))
    ]
    return " and ".join(dict.fromkeys(map(one_line, names)))


def _description(item: dict[str, Any], headline: str) -> str:
    written = _role(
        item.get("descriptions"), "summary", "lead", "abstract", "teaser", "text", "short", "caption"
    ) or first(
        item,
        "description_summary",
        "description_text",
        "description_html",
        "description_caption",
        "abstract",
        "description_xhtml",
    )
    written = re.sub(r"<[^<>]*>", " ", written) if "<" in written else written
    return "" if one_line(written) == headline else one_line(written)


def _rights(item: dict[str, Any]) -> str:
    """Of the item, or of the object in which ninjs 2 and 3 keep its rights."""
    told = [item, *objects(item.get("rightsinfo"))]
    terms = (one_line(first(each, key)) for each in told for key in ("copyrightnotice", "usageterms"))
    holder = next((name for each in told if (name := one_line(first(each, "copyrightholder")))), "")
    return "\n".join(dict.fromkeys(filter(None, terms))) or holder


_ABOUT = {
    "place": ("place", "places"),
    "person": ("person", "people"),
    "organisation": ("organisation", "organisations"),
    "event": ("event", "events"),
    "object": ("object", "objects"),
}
"""What ninjs keeps beside the subjects: singular in 1.x, plural from 2.0."""


def _subjects(item: dict[str, Any]) -> list[Subject]:
    found: list[Subject] = []
    for each in (*objects(item.get("subjects")), *objects(item.get("subject"))):
        code, name, scheme = (
            first(each, "code", "qcode", "literal"),
            one_line(first(each, "name")),
            first(each, "scheme"),
        )
        address = first(each, "uri")
        if "newscodes/" in address or not code:
            code, scheme = (address, "") if address else (name, scheme)
        if code.startswith(("http://", "https://")) and "newscodes/" not in code:
            scheme, _, code = code.rpartition("/")
        found.append(iptc.subject("" if code.startswith("http") else scheme, code, name))
    for key in ("service", "services"):
        found.extend(
            Subject(
                code=first(each, "code", "literal") or first(each, "name"),
                scheme="service",
                name=first(each, "name"),
            )
            for each in objects(item.get(key))
        )
    for kind, keys in _ABOUT.items():
        for key in keys:
            found.extend(
                Subject(
                    code=first(each, "code", "literal", "qcode", "uri") or first(each, "name"),
                    scheme=kind,
                    name=one_line(first(each, "name")),
                )
                for each in objects(item.get(key))
            )
    if located := one_line(first(item, "located")):
        found.append(Subject(code=located, scheme="located", name=located))
    return iptc.distinct(found)


def _keywords(item: dict[str, Any]) -> list[str]:
    value = item.get("keywords") or item.get("keyword")
    words = (
        value.split(",")
        if isinstance(value, str)
        else [
            string(each) if not isinstance(each, dict) else first(lowered(each), "name", "value", "literal")
            for each in value
        ]
        if isinstance(value, list)
        else []
    )
    return list(dict.fromkeys(one_line(word) for word in words if word.strip()))


def _location(item: dict[str, Any]) -> Location | None:
    for place in objects(item.get("located_place")):
        shape = place.get("geometry_geojson") or place.get("geojson")
        if isinstance(shape, dict):
            return point(shape)
    return None


def point(shape: Mapping[str, Any]) -> Location | None:
    """A GeoJSON point as a Location, or None."""
    pair = shape.get("coordinates")
    if (
        shape.get("type") == "Point"
        and isinstance(pair, list)
        and len(pair) >= 2
        and all(isinstance(each, int | float) for each in pair[:2])
    ):
        lon, lat = float(pair[0]), float(pair[1])
        return Location(lat=lat, lon=lon) if abs(lat) <= 90 and abs(lon) <= 180 else None
    return None


def rendition(values: Any, caption: str, credit: str, kind: str) -> Media | None:
    """The largest rendition with an address."""
    found = [
        medium
        for each in members(values)
        if not first(each, "type", "mimetype", "contenttype").startswith("text")
        and (
            medium := markup.picture(
                first(each, "href", "url"),
                caption,
                first(each, "mimetype", "contenttype") or kind,
                credit,
                each.get("width"),
                each.get("height"),
            )
        )
    ]
    return max(found, key=lambda medium: medium.width or 0, default=None)


def _caption(item: dict[str, Any]) -> str:
    written = (
        _role(item.get("descriptions"), "caption", "text")
        or first(item, "description_caption", "description_text", "caption", "alt_text")
        or _role(item.get("headlines"))
        or first(item, "headline")
    )
    return re.sub(r"<[^<>]*>", " ", written) if "<" in written else written


def _own_media(item: dict[str, Any], headline: str) -> list[Media]:
    kind = string(item.get("type")).lower()
    if _TYPES.get(kind, kind) not in ("picture", "video", "audio", "graphic"):
        return []
    medium = rendition(
        item.get("renditions"), _caption(item) or headline, first(item, "byline", "by", "creditline"), kind
    )
    return [medium] if medium else []


def _associated(item: dict[str, Any]) -> list[Media]:
    found: list[Media] = []
    for each in members(item.get("associations")):
        kind = string(each.get("type")).lower()
        if kind in ("text", "story", "composite", "event", "planning"):
            continue
        if medium := rendition(
            each.get("renditions"),
            _caption(each),
            first(each, "creditline", "byline", "by", "copyrightholder"),
            kind or "image",
        ):
            found.append(medium)
    return found


_PRIVATE = re.compile(r"private|internal|note(?:book|pad)|non-?public")
_IN_SHORT = re.compile(r"summary|abstract|teaser|short|sms|push|lead|caption|social|preview")


def _body(item: dict[str, Any], headline: str) -> markup.Body:
    """HTML where there is any, then NITF, then text; the main text before a short one."""
    written: list[tuple[bool, int, str]] = []
    for each in objects(item.get("bodies")):
        kind, role = first(each, "contenttype").lower(), _last(first(each, "role"))
        if _PRIVATE.search(role):
            continue
        rank = _rank(f"{kind} {role}")
        if rank is not None:
            written.append((bool(_IN_SHORT.search(role)), rank, string(each.get("value"))))
    for key, value in item.items():
        if key.startswith("body_") and isinstance(value, str) and (rank := _rank(key)) is not None:
            written.append((bool(_IN_SHORT.search(key)), rank, value))
    for _, rank, value in sorted(written, key=lambda each: each[:2]):
        if not value.strip():
            continue
        article = nitf.in_string(value)
        found = (
            nitf.body(article, headline)
            if article is not None
            else markup.of_html(value, headline)
            if rank == 0
            else markup.of_text(value)
        )
        if found.content:
            return found
    return markup.Body()


def _rank(kind: str) -> int | None:
    """Which of several forms of a text is read first; None for one that is not read."""
    if "html" in kind:
        return 0
    if "nitf" in kind and "ttnitf" not in kind:
        return 1
    return None if "xml" in kind else 2
