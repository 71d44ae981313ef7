"""JSON Feed 1.0 and 1.1: what a feed's items say, as stories."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from pipeline.collect.document import Document, Fault, FeedHints, Parsed, UnreadableDocument
from pipeline.collect.format import Format
from pipeline.collect.formats import people, sniffing, times
from pipeline.collect.formats.lines import shielded
from pipeline.story import BodyType, Media, Precision, RawStory

_VERSION = re.compile(r'"version"\s*:\s*"https?:\\?/\\?/(www\.)?jsonfeed\.org\\?/', re.I)
_LIKE_ONE = re.compile(r'"items"\s*:\s*\[.*"(content_html|content_text|date_published|external_url)"', re.S)


def sniff(head: str) -> bool:
    """True for a JSON Feed, also one that does not say it is."""
    start = head.lstrip("\ufeff \t\r\n")
    return start.startswith("{") and bool(_VERSION.search(head) or _LIKE_ONE.search(head))


def parse(document: Document) -> Parsed:
    """The feed's items. Raises UnreadableDocument for broken JSON and for JSON without a list of items."""
    feed = _decoded(document.content)
    items = feed.get("items")
    if not isinstance(items, list):
        raise UnreadableDocument("a JSON document without items")
    stories, faults = [], []
    for position, item in enumerate(items):
        if isinstance(item, dict):
            stories.append(_story(item, feed, document))
        else:
            faults.append(Fault(reason="an item that is no JSON object", item=position))
    return Parsed(format="jsonfeed", stories=stories, faults=faults, hints=_hints(feed))


FORMAT = Format("jsonfeed", sniff, parse)


def _decoded(content: bytes) -> dict[str, Any]:
    try:
        feed = msgspec.json.decode(content.decode(sniffing.codec(content) or "utf-8"))
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError) as error:
        raise UnreadableDocument(f"looks like a JSON Feed but is broken: {error}") from error
    if not isinstance(feed, dict):
        raise UnreadableDocument("a JSON document without items")
    return feed


def _story(item: dict[str, Any], feed: dict[str, Any], document: Document) -> RawStory:
    notes: list[str] = []
    body, body_type = _body(item)
    first, precision = _moment(item, "date_published", notes)
    later, later_precision = _moment(item, "date_modified", notes)
    published = first
    if later and (first is None or later > first):
        published, precision = later, later_precision
    text = _text(item, "summary")
    summary = html.escape(text, quote=False) if body_type == "html" else shielded(text)
    own = people.names(_written_authors(item))
    authors, house = (
        (own, "") if own else people.parted(_written_authors(feed), {_text(feed, "title").lower()})
    )
    return RawStory(
        source=document.source,
        format="jsonfeed",
        guid=_identity(item.get("id")),
        family=_identity(item.get("id")),
        url=_text(item, "url") or _text(item, "external_url"),
        provider=_text(feed, "title"),
        headline=shielded(" ".join(_text(item, "title").split())),
        summary=summary if body else "",
        byline=" and ".join(authors),
        credit=house,
        language=_text(item, "language") or _text(feed, "language") or document.content_language,
        body=body or text,
        body_type=body_type if body else "text",
        keywords=list(dict.fromkeys(tag for tag in map(_identity, _list(item, "tags")) if tag)),
        media=list(_media(item)),
        published_at=published,
        published_precision=precision,
        first_published_at=first,
        assumed=notes,
    )


def _text(values: dict[str, Any], key: str) -> str:
    value = values.get(key)
    return value.strip() if isinstance(value, str) else ""


def _list(values: dict[str, Any], key: str) -> list[Any]:
    value = values.get(key)
    return value if isinstance(value, list) else []


def _identity(written: object) -> str:
    """A string, or a number as one (JSON Feed 1.1 asks for that in ids)."""
    if isinstance(written, bool) or not isinstance(written, (str, int, float)):
        return ""
    return str(written).strip()


def _body(item: dict[str, Any]) -> tuple[str, BodyType]:
    """HTML before plain text, which is mostly made from it."""
    markup = _text(item, "content_html")
    return (markup, "html") if markup else (_text(item, "content_text"), "text")


def _written_authors(values: dict[str, Any]) -> list[str]:
    """`authors` of version 1.1, else `author` of version 1.0."""
    authors = _list(values, "authors") or [values.get("author")]
    return [_text(author, "name") for author in authors if isinstance(author, dict)]


def _media(item: dict[str, Any]) -> Iterator[Media]:
    for key in ("image", "banner_image"):
        if url := _text(item, key):
            yield Media(url=url, type="image")
    for attachment in _list(item, "attachments"):
        if isinstance(attachment, dict) and (url := _text(attachment, "url")):
            yield Media(url=url, type=_text(attachment, "mime_type"), caption=_text(attachment, "title"))


def _moment(item: dict[str, Any], key: str, notes: list[str]) -> tuple[datetime | None, Precision]:
    written = _text(item, key)
    if not written:
        return None, "second"
    moment = times.moment(written)
    if moment is None:
        notes.append(f"its {key} could not be read: {written[:60]}")
        return None, "second"
    if not moment.zoned:
        notes.append(f"no zone known in '{written[:60]}': UTC assumed")
    return moment.at, moment.precision


def _hints(feed: dict[str, Any]) -> FeedHints:
    hubs = [_text(hub, "url") for hub in _list(feed, "hubs") if isinstance(hub, dict)]
    return FeedHints(
        title=_text(feed, "title"),
        self_url=_text(feed, "feed_url"),
        hub=next((hub for hub in hubs if hub), ""),
    )
