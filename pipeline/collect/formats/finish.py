"""What holds of every story, whichever format read it: a family, a source, safe addresses, bounded texts."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from itertools import count, islice
from typing import Any
from urllib.parse import urlsplit

from pipeline.collect.document import Document, Fault, Parsed
from pipeline.collect.formats import signals
from pipeline.collect.formats.houses import house
from pipeline.story import Media, RawStory, replace

_LONGEST = {
    "body": 10_000_000,
    "summary": 100_000,
    "editor_note": 100_000,
    "rights": 10_000,
    "headline": 5_000,
    "subheadline": 5_000,
    "guid": 4_096,
    "family": 4_096,
    "corrects": 4_096,
}
"""Characters kept of a text field."""
_LONGEST_OTHER = 2_000
_LONGEST_ADDRESS = 8_192
_MOST = {"subjects": 500, "keywords": 500, "media": 100, "assumed": 50}
"""Entries kept of a list field."""

_OPENING = 1_000
"""Characters of a text in which a line may tell of an embargo."""
_LINE_END = re.compile(r"\n+|</p>\s*|<br */?>")
_TAG = re.compile(r"<[^<>]*>")

_TEXTS = tuple(
    name
    for name, kind in RawStory.__annotations__.items()
    if kind == "str" and name not in ("source", "format", "document", "url")
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f\ufffe\uffff]")
_BREAK = re.compile("[\x0b\x0c\x1c-\x1f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def finish(parsed: Parsed, document: Document, items: int) -> Parsed:
    """The same with every story finished, at most `items` of them; an empty one becomes a fault."""
    stories, faults = [], list(parsed.faults)
    taken = {fault.item for fault in faults}
    positions = (position for position in count() if position not in taken)
    for position, raw in zip(positions, parsed.stories[:items], strict=False):
        story = _finished(raw, document)
        if story.family:
            stories.append(story)
        else:
            faults.append(Fault(reason="an item with no id, address, headline or text", item=position))
    if len(parsed.stories) > items:
        faults.append(Fault(reason=f"holds {len(parsed.stories)} stories: the first {items} were taken"))
    return replace(parsed, stories=stories, faults=faults)


def _finished(raw: RawStory, document: Document) -> RawStory:
    changes: dict[str, Any] = {
        "source": document.source,
        "document": document.name,
        "collected_at": document.collected_at,
    }
    notes = list(raw.assumed)
    for name in _TEXTS:
        value = getattr(raw, name)
        if value and (kept := _plain(value, _LONGEST.get(name, _LONGEST_OTHER))) != value:
            changes[name] = kept
            if len(value) > _LONGEST.get(name, _LONGEST_OTHER):
                notes.append(f"{name} of {len(value)} characters cut")
    if raw.embargoed_until is None and raw.status == "usable" and (until := _embargo(raw, document)):
        changes["embargoed_until"] = until
        notes.append("the embargo's end was read from a line of the text")
    url = _address(raw.url, notes)
    media = [medium for medium in raw.media if _address(medium.url, notes)]
    changes["url"] = url
    changes["media"] = [_clean_medium(medium) for medium in media[: _MOST["media"]]]
    for name in ("subjects", "keywords"):
        if len(getattr(raw, name)) > _MOST[name]:
            changes[name] = getattr(raw, name)[: _MOST[name]]
            notes.append(f"only the first {_MOST[name]} {name} kept")
    changes["assumed"] = notes[: _MOST["assumed"]]
    changes["family"] = _family(raw, url)
    return replace(raw, **changes)


def _family(raw: RawStory, url: str) -> str:
    """The wire's own id, else the address, else a digest of the texts, so that the same text is the same
    story wherever it is read; empty for a story that has none of these."""
    named = _plain(raw.family.strip() or raw.guid.strip() or url, 10**9)
    if named:
        return named if len(named) <= _LONGEST["family"] else digest(named)
    texts = (raw.url, raw.headline, raw.summary, raw.body, *(medium.url for medium in raw.media))
    return digest("\0".join(texts)) if any(text.strip() for text in texts) else ""


def digest(text: str) -> str:
    """What stands in for an id: `digest:` and 32 hexadecimal digits, the same for the same text."""
    return f"digest:{hashlib.blake2b(text.encode('utf-8', 'replace'), digest_size=16).hexdigest()}"


def _plain(text: str, longest: int) -> str:
    """Without control characters and what is no character at all, and no longer than `longest`."""
    if len(text) > longest:
        text = text[:longest]
    if (
        text.isascii() and text.replace("\n", " ").isprintable()
    ):  # most texts, and several times faster to tell
        return text
    if _ODD.search(text) is None:
        return text
    return _SURROGATE.sub("\ufffd", _BREAK.sub(" ", _CONTROL.sub("", text)))


def _embargo(raw: RawStory, document: Document) -> datetime | None:
    """The end of an embargo that the headline or one of the first lines tells, as agencies write it that have no field for it."""
    near = raw.published_at or document.collected_at
    lines = (line for line in _LINE_END.split(raw.body[:_OPENING], 8) if not line.isspace())
    for written in (raw.headline, *islice(lines, 4)):
        line = _TAG.sub(" ", written) if "<" in written else written
        if signals.opens_with_embargo(line) and (
            until := signals.embargo_in(line, near, house(raw.provider).zone)
        ):
            return until
    return None


def _address(url: str, notes: list[str]) -> str:
    """The address if it is one to follow (http, https), else nothing, and a note of what was left out."""
    url = "".join(_plain(url, _LONGEST_ADDRESS + 1).split("\n")).strip().replace(" ", "%20")
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and len(url) <= _LONGEST_ADDRESS
    except ValueError:
        good = False
    if not good:
        notes.append(f"address left out, as it is not http or https: {url[:100]}")
    return url if good else ""


def _clean_medium(medium: Media) -> Media:
    return replace(
        medium,
        url=_address(medium.url, []),
        type=_plain(medium.type, 100),
        caption=_plain(medium.caption, _LONGEST["headline"]),
        credit=_plain(medium.credit, _LONGEST_OTHER),
    )
