"""RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, CDF: what a feed's items say, as stories."""

from __future__ import annotations

import calendar
import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pipeline.collect.document import Document, Fault, FeedHints, Parsed, UnreadableDocument
from pipeline.collect.format import Format
from pipeline.collect.formats import feed_parser, people, sniffing, times
from pipeline.collect.formats.feed_parser import Feed, Values
from pipeline.collect.formats.finish import digest
from pipeline.collect.formats.lines import shielded, text_of
from pipeline.story import BodyType, Location, Media, Precision, RawStory, Subject

# ---- recognising ----

_FIRST_ELEMENT = re.compile(r"<([A-Za-z][\w.-]*:)?([A-Za-z][\w.-]*)")
_COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.DOTALL)
_DECLARATION = re.compile(r"<\?.*?\?>|<!DOCTYPE[^\[>]*(\[.*?\]\s*)?>|<!DOCTYPE.*", re.DOTALL | re.I)
_ROOTS = frozenset({"rss", "feed", "rdf", "channel"})
_ROOT_LATER = re.compile(r"<(rss\s[^>]*version|([\w.-]+:)?feed\s[^>]*xmlns|rdf:rdf\s[^>]*xmlns)", re.I)
"""A root with what makes it one, after something else: servers print warnings first."""


def sniff(head: str) -> bool:
    """True for a feed, well-formed or not."""
    head = _COMMENT.sub("", head)
    first = _FIRST_ELEMENT.search(head)
    if first is None:
        return False
    if first[2].lower() in _ROOTS and not _DECLARATION.sub("", head[: first.start()]).strip(
        "\ufeff \t\r\n\0"
    ):
        return True
    return not sniffing.is_html(head) and _ROOT_LATER.search(head) is not None


# ---- reading ----


@dataclass(frozen=True, slots=True)
class _Whole:
    """What all items of a feed have in common."""

    document: Document
    format: str
    values: Values
    title: str
    publisher: str
    rights: str
    language: str
    shared_guids: frozenset[str]
    notes: list[str]


def parse(document: Document) -> Parsed:
    """The feed's items, in its order. Raises UnreadableDocument for what turns out to be no feed."""
    feed = feed_parser.read(document.content, document.content_type, _location_of(document))
    problem = f": {feed.problems[0]}" if feed.problems else ""
    if not feed.version and not feed.entries and not feed.feed:
        raise UnreadableDocument(f"no feed could be read from it{problem}")
    whole = _whole(feed, document)
    stories, faults, aside = [], [], []
    for position, entry in enumerate(feed.entries):
        if kind := _no_story(entry):
            aside.append(f"{whole.format} {kind} {_text(entry, 'id')}")
            continue
        try:
            stories.append(_story(entry, whole))
        except (ValueError, TypeError, LookupError, OverflowError) as error:  # a value of no expected shape
            faults.append(Fault(reason=f"this item could not be read: {error}", item=position))
    if feed.stopped:
        faults.append(Fault(reason=feed.stopped))
    elif problem and not feed.entries:
        faults.append(Fault(reason=f"no item could be read{problem}"))
    return Parsed(format=whole.format, stories=stories, faults=faults, aside=aside, hints=_hints(feed, whole))


def _whole(feed: Feed, document: Document) -> _Whole:
    values = feed.feed
    return _Whole(
        document=document,
        format=_format(feed.version),
        values=values,
        title=_plain(values, "title", ""),
        publisher=_publisher(values) or _plain(values, "title", ""),
        rights=_rights(values),
        language=_text(values, "language") or document.content_language.split(",")[0].strip(),
        shared_guids=_shared_guids(feed.entries),
        notes=[f"feed: {problem}" for problem in feed.problems],
    )


def _location_of(document: Document) -> str:
    """What relative links resolve against."""
    named = document.name if document.name.startswith(("http://", "https://")) else ""
    return document.content_location or named


FORMAT = Format("feed", sniff, parse)


def _format(version: str) -> str:
    return "atom" if version.startswith("atom") else "cdf" if version == "cdf" else "rss"


def _story(entry: Values, whole: _Whole) -> RawStory:
    notes = list(whole.notes)
    origin = _mapping(entry, "source")
    (guid, family), url = _identity(entry), _url(entry)
    if guid in whole.shared_guids:
        family = f"{guid} {url}"
        notes.append("items of other addresses have the same id: told apart by address")
    headline = _headline(entry, whole.format)
    body, body_type, summary = _body(entry)
    if not (family or url or headline or summary or body) and _says(entry):
        family = digest(repr(_says(entry)))  # an item of times or names only is still the same item next time
    published, first, precision = _times(entry, notes)
    authors, house = _authors(entry, origin, whole)
    return RawStory(
        source=whole.document.source,
        format=whole.format,
        guid=guid,
        family=family,
        url=url,
        provider=_publisher(entry) or _plain(origin, "title", "") or whole.publisher,
        status="withheld" if _text(entry, "wp_status") in _UNPUBLISHED else "usable",
        headline=headline,
        summary=summary,
        byline=" and ".join(authors),
        credit=house,
        rights=_rights(entry) or _rights(origin) or whole.rights,
        language=_language(entry, whole),
        body=body,
        body_type=body_type,
        subjects=_subjects(entry),
        keywords=_keywords(entry),
        media=_media(entry),
        location=_location(entry),
        published_at=published,
        published_precision=precision,
        first_published_at=first,
        assumed=notes,
    )


# ---- values of feedparser's dictionaries, whose shape a hostile feed can change ----


def _text(values: Values, key: str) -> str:
    value = dict.get(values, key) if isinstance(values, dict) else None
    return value.strip() if isinstance(value, str) else ""


def _mapping(values: Values, key: str) -> Values:
    value = dict.get(values, key) if isinstance(values, dict) else None
    return value if isinstance(value, dict) else {}


def _mappings(values: Values, key: str) -> list[Values]:
    value = dict.get(values, key) if isinstance(values, dict) else None
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


# ---- identity ----


def _shared_guids(entries: Iterable[Values]) -> frozenset[str]:
    """Ids that items with different addresses have in common: no ids at all."""
    seen = Counter(guid for guid, _ in {(_identity(entry)[0], _url(entry)) for entry in entries} if guid)
    return frozenset(guid for guid, addresses in seen.items() if addresses > 1)


def _identity(entry: Values) -> tuple[str, str]:
    """The guid, in full where it is a relative address, and the family: the guid as written, wherever the feed was
    fetched from. WENN's Atom ids are its feed's, not the stories'."""
    if own := _text(entry, "wenn_nm_original_article_id"):
        return own, own
    written = _text(entry, "id_written") or _text(entry, "id")
    relative = written.startswith(("/", "./", "../", "?"))
    return _text(entry, "id") if relative else written, written


def _says(entry: Values) -> list[tuple[str, Any]]:
    """Everything that an item says, in a fixed order."""
    ours = ("media_scope", "media_found")
    return sorted((key, value) for key, value in entry.items() if value or key not in ours)


def _url(entry: Values) -> str:
    """The story's page: its address before a feed proxy's, its link, its first alternate link of any type."""
    original = _text(entry, "feedburner_origlink")
    if original.startswith(("http://", "https://")):
        return original
    links = _mappings(entry, "links")
    alternates = [_text(each, "href") for each in links if _text(each, "rel") == "alternate"]
    link = _text(entry, "link")
    if not link or (any(alternates) and link not in alternates):  # feedparser takes any link that is text
        link = next((each for each in alternates if each), "")
    if link == _text(entry, "id") and not links and not link.lower().startswith(("http://", "https://")):
        return ""  # a guid that does not say it is no address
    return link


# ---- texts ----

_BLOCK = re.compile(r"<(?:br|p|div|li|h[1-6]|tr|table|blockquote|section|pre)\b", re.I)
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n\s*")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_CLOSING = re.compile(
    r"</(?:a|abbr|b|blockquote|center|cite|code|div|em|font|h[1-6]|i|iframe|li|object|ol|p|pre|q|s|script|small"
    r"|span|strong|style|sub|sup|table|td|tr|tt|u|ul)\s*>|<(?:script|style|iframe)\b|<(?:br|hr|img)\b[^<>]*/?>",
    re.I,
)
"""What is HTML wherever it is found unannounced; `<blink>` or `x < y` in a headline is not."""
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]\w{1,30});", re.I)


def _headline(entry: Values, name: str) -> str:
    """The item's title on one line without markup, else that of its picture or film."""
    return shielded(_plain(entry, "title", name) or text_of(_described(entry, "title")))


def _plain(values: Values, key: str, name: str) -> str:
    """A text construct on one line without markup. Atom declares it; others leave it to be guessed."""
    value, declared = _text(values, key), _text(_mapping(values, f"{key}_detail"), "type")
    guessed = name != "atom" or declared not in ("text/plain", "")
    if declared in _HTML_TYPES or (guessed and _CLOSING.search(value)):
        return text_of(value)
    if guessed and _ENTITY.search(value):
        value = html.unescape(value)
    return " ".join(value.split())


_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml", "html", "xhtml"})
_TEXT_TYPES = _HTML_TYPES | {"text/plain", "text", ""}


def _body(entry: Values) -> tuple[str, BodyType, str]:
    """Body, its type, and the summary in the same type; a summary alone is the body."""
    contents = [each for each in _mappings(entry, "content") if _is_text(_text(each, "type"))]
    content = max(contents, key=lambda each: len(_text(each, "value")), default={})
    value = _text(content, "value")
    if "wp_post_type" in entry:  # WordPress makes paragraphs of blank lines when it shows a page
        value = _BLANK_LINE.sub("\n<p>", value)
    body, kind = _typed(value, _text(content, "type"))
    summary, summary_kind = _summary(entry)
    if not _has_text(body, kind):
        return (summary, summary_kind, "") if summary else (body, kind, "")
    if _same(summary, summary_kind, body, kind):
        return body, kind, ""
    return body, kind, _as(summary, summary_kind, kind)


def _summary(entry: Values) -> tuple[str, BodyType]:
    """The shorter text: the description, else an excerpt, a podcast's summary, a film's description."""
    summary = _text(entry, "summary")
    if summary:
        return _typed(summary, _text(_mapping(entry, "summary_detail"), "type") or "text/html")
    for other in ("excerpt_encoded", "itunes_summary"):
        if text := _text(entry, other):
            return _typed(text, "text/html")
    return _typed(_described(entry, "description"), "text/html")


def _described(entry: Values, key: str) -> str:
    """What Media RSS says of the item, or, of an item without words of its own, of its first medium."""
    if text := _text(_mapping(entry, "media_scope"), key):
        return text
    if _text(entry, "summary") or _mappings(entry, "content"):
        return ""
    return next((text for _, scopes in _found(entry) if (text := _nearest(scopes, key))), "")


def _is_text(kind: str) -> bool:
    return kind in _TEXT_TYPES or kind.startswith("text/")


def _typed(value: str, kind: str) -> tuple[str, BodyType]:
    """A text with what it is in truth: HTML that was declared plain is HTML; HTML without a tag is text with
    its own paragraphs."""
    if kind not in _HTML_TYPES and not _CLOSING.search(value):
        return value, "text"
    if kind != "application/xhtml+xml" and not _TAG.search(value) and "<!--" not in value:
        return html.unescape(value), "text"
    return value if _BLOCK.search(value) else _BLANK_LINE.sub("\n<p>", value), "html"


def _has_text(value: str, kind: BodyType) -> bool:
    return bool(value) and (kind == "text" or len(value) > 2_000 or bool(text_of(value)))


def _same(summary: str, summary_kind: BodyType, body: str, kind: BodyType) -> bool:
    """True where the summary says nothing that the body does not: feedparser copies the content into it."""
    if not summary or summary == body:
        return True
    return len(summary) <= 20_000 and _as_line(summary, summary_kind) == _as_line(body, kind)


def _as_line(value: str, kind: BodyType) -> str:
    return text_of(value) if kind == "html" else " ".join(value.split())


def _as(value: str, kind: BodyType, wanted: BodyType) -> str:
    if kind == "text":
        return html.escape(value, quote=False) if wanted == "html" else shielded(value)
    return value if wanted == "html" else shielded(text_of(value))


# ---- people and houses ----


def _authors(entry: Values, origin: Values, whole: _Whole) -> tuple[list[str], str]:
    """The item's authors, and the house where that is all the feed names. An Atom entry without an author has
    its source's or its feed's (RFC 4287, 4.2.1): a person's name there is a byline, a house's a credit."""
    own = people.names(_written_authors(entry))
    if own or whole.format != "atom":
        return own, ""
    titles = {_plain(origin, "title", "").lower(), whole.title.lower()}
    return people.parted(_written_authors(origin) or _written_authors(whole.values), titles)


def _written_authors(values: Values) -> list[str]:
    authors = _mappings(values, "authors")
    written = [text_of(_text(author, "written") or _text(author, "name")) for author in authors]
    if not any(written):
        written = [text_of(_text(_mapping(values, "author_detail"), "name") or _text(values, "author"))]
    return [each for each in written if each]


def _publisher(values: Values) -> str:
    return people.without_address(text_of(_text(values, "publisher")))


def _rights(values: Values) -> str:
    """The statement of rights, with the licence's address if there is one."""
    links = (_text(link, "href") for link in _mappings(values, "links") if _text(link, "rel") == "license")
    return " ".join(part for part in (_plain(values, "rights", ""), next(links, "")) if part)


# ---- language, subjects ----

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def _language(entry: Values, whole: _Whole) -> str:
    """BCP 47, from the nearest element that declares one; empty for what is no language tag."""
    nearest = (
        *(_text(content, "language") for content in _mappings(entry, "content")),
        _text(_mapping(entry, "summary_detail"), "language"),
        _text(_mapping(entry, "title_detail"), "language"),
        _text(entry, "language"),
        whole.language,
    )
    tags = (tag.replace("_", "-") for tag in nearest)
    return next((tag for tag in tags if _LANGUAGE.fullmatch(tag)), "")


_NO_SCHEME = ("", "http://search.yahoo.com/mrss/category_schema", "http://www.itunes.com/")
"""Supplied by feedparser where the feed names none."""


def _subjects(entry: Values) -> list[Subject]:
    return [
        Subject(code=_text(tag, "term"), scheme=_text(tag, "scheme"), name=_label(tag))
        for tag in _mappings(entry, "tags")
        if _text(tag, "scheme") not in _NO_SCHEME and _text(tag, "term")
    ]


def _keywords(entry: Values) -> list[str]:
    words = (_label(tag) for tag in _mappings(entry, "tags") if _text(tag, "scheme") in _NO_SCHEME)
    return list(dict.fromkeys(word for word in words if word))


def _label(tag: Values) -> str:
    return text_of(_text(tag, "label") or _text(tag, "term"))


# ---- media, places ----

_MEDIUM = re.compile(r"(image|audio|video|application|text)(/[\w.+-]+)?")


def _media(entry: Values) -> list[Media]:
    """Media RSS, enclosures, content elsewhere and the item's picture, each address once."""
    found: dict[str, Media] = {}
    for medium in (*_media_rss(entry), *_enclosures(entry)):
        if medium.url and medium.url not in found:
            found[medium.url] = medium
    return list(found.values())


def _media_rss(entry: Values) -> Iterator[Media]:
    """Content before thumbnails, which are mostly the same picture again."""
    for kind in ("content", "thumbnail"):
        for medium, scopes in _found(entry):
            if medium.get("kind") == kind:
                yield Media(
                    url=_text(medium, "url"),
                    type=_medium_type(medium, "image" if kind == "thumbnail" else ""),
                    caption=text_of(_nearest(scopes, "description") or _nearest(scopes, "title")),
                    credit=text_of(_nearest(scopes, "credit")),
                    width=_size(medium.get("width")),
                    height=_size(medium.get("height")),
                )


def _found(entry: Values) -> Iterator[tuple[Values, tuple[Values, ...]]]:
    """Each medium with the scopes that describe it, from the inside out."""
    for scopes in entry.get("media_found", ()):
        yield scopes[0], scopes


def _nearest(scopes: Iterable[Values], key: str) -> str:
    return next((text for scope in scopes if (text := _text(scope, key))), "")


def _enclosures(entry: Values) -> Iterator[Media]:
    for link in _mappings(entry, "links"):
        if _text(link, "rel") == "enclosure":
            yield Media(url=_text(link, "href"), type=_medium_type(link, ""), caption=_text(link, "title"))
    for content in _mappings(entry, "content"):
        if source := _text(content, "src"):
            yield Media(url=source, type=_medium_type(content, ""))
    if image := _text(_mapping(entry, "image"), "href"):
        yield Media(url=image, type="image")


def _medium_type(values: Values, otherwise: str) -> str:
    """A media type, or its first half."""
    for written in (_text(values, "type").lower(), _text(values, "medium").lower()):
        if _MEDIUM.fullmatch(written):
            return written
    return otherwise


def _size(written: object) -> int | None:
    return int(written) if isinstance(written, str) and written.isdecimal() and len(written) < 7 else None


def _location(entry: Values) -> Location | None:
    """GeoRSS (the middle of a line, box or polygon), else the W3C's geo:lat and geo:long."""
    where = _mapping(entry, "where")
    points = list(_points(where.get("coordinates")))
    if points:
        if where.get("type") == "Polygon" and len(points) > 1:
            points = points[:-1]  # the first again
        longitude = sum(point[0] for point in points) / len(points)
        latitude = sum(point[1] for point in points) / len(points)
    else:
        try:
            latitude, longitude = float(_text(entry, "geo_lat")), float(_text(entry, "geo_long"))
        except ValueError:
            return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return Location(lat=latitude, lon=longitude)


def _points(coordinates: Any) -> Iterator[tuple[float, float]]:
    """The (longitude, latitude) pairs in feedparser's nested tuples."""
    if not isinstance(coordinates, (tuple, list)):
        return
    if len(coordinates) >= 2 and all(isinstance(value, float) for value in coordinates):
        yield coordinates[0], coordinates[1]
        return
    for each in coordinates:
        yield from _points(each)


# ---- times ----


def _times(entry: Values, notes: list[str]) -> tuple[datetime | None, datetime | None, Precision]:
    """This version's time, the first version's, and how precise the former is."""
    first = _moment(entry, ("published", "created", "wenn_nm_published"), notes)
    later = _moment(entry, ("wenn_nm_updated", "updated"), notes)  # WENN's own is the newer
    # scheduled stories are last changed before they are published
    this = max((each for each in (first, later) if each), key=lambda each: each.at, default=None)
    return (this.at if this else None), (first.at if first else None), (this.precision if this else "second")


def _moment(entry: Values, keys: tuple[str, ...], notes: list[str]) -> times.Moment | None:
    for key in keys:
        written = _text(entry, key)
        if not written:
            continue
        moment = times.moment(written) or _unusual(entry, key)
        if moment is None:
            notes.append(f"its {key} time could not be read: {written[:60]}")
            continue
        if not moment.zoned:
            notes.append(f"no zone known in '{written[:60]}': UTC assumed")
        return moment
    return None


def _unusual(entry: Values, key: str) -> times.Moment | None:
    """A time that only feedparser knows to read, which gives UTC whatever the zone."""
    parts = dict.get(entry, f"{key}_parsed") if isinstance(entry, dict) else None
    if not isinstance(parts, tuple) or len(parts) < 6:
        return None
    try:
        return times.Moment(at=datetime.fromtimestamp(calendar.timegm(parts), UTC))
    except (ValueError, TypeError, OverflowError):
        return None


# ---- blogs' own exports (WordPress WXR is RSS with what is no story in it) ----

_UNPUBLISHED = frozenset({"draft", "pending", "private", "future", "auto-draft", "trash"})
_STORY_TYPES = frozenset({"", "post", "page"})


def _no_story(entry: Values) -> str:
    """What an item is that is no story: `attachment`, `nav_menu_item`; empty for a story."""
    kind = _text(entry, "wp_post_type")
    return "" if kind in _STORY_TYPES else kind


# ---- the feed itself ----

_PERIODS = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _hints(feed: Feed, whole: _Whole) -> FeedHints:
    links = _mappings(feed.feed, "links")
    days = {day.strip().capitalize() for day in feed.skip_days}
    return FeedHints(
        title=whole.title,
        self_url=_link(links, "self"),
        hub=_link(links, "hub"),
        ttl_seconds=_ttl(feed.feed),
        skip_hours=sorted(
            {hour % 24 for hour in map(_number, feed.skip_hours) if hour is not None and hour <= 24}
        ),
        skip_days=[day for day in _DAYS if day in days],
    )


def _link(links: Iterable[Values], rel: str) -> str:
    return next((_text(link, "href") for link in links if _text(link, "rel") == rel), "")


def _ttl(feed: Mapping[str, Any]) -> int | None:
    """RSS `ttl` in minutes, else the syndication module's updates in a period."""
    minutes = _number(_text(feed, "ttl"))
    if minutes:
        return minutes * 60
    period = _PERIODS.get(_text(feed, "sy_updateperiod").lower())
    return period // max(1, _number(_text(feed, "sy_updatefrequency")) or 1) if period else None


def _number(written: str) -> int | None:
    """A whole number that is not absurd."""
    written = written.strip()
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 8 else None
