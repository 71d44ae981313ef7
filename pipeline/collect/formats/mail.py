"""Mail (RFC 5322, MIME): a message's subject and text as a story; several of an mbox as several."""

from __future__ import annotations

import binascii
import quopri
import re
from email import message_from_bytes
from email.message import Message
from email.utils import parseaddr

from pipeline.collect.document import Document, Fault, Parsed, UnreadableDocument
from pipeline.collect.format import Format
from pipeline.collect.formats import identity, markup
from pipeline.collect.formats.houses import UNKNOWN, house
from pipeline.collect.formats.teletype import without_notes
from pipeline.collect.formats.times import moment
from pipeline.collect.formats.xmltree import decode
from pipeline.story import RawStory

NAME = "rfc822"
_KNOWN = re.compile(
    r"^(?:from|to|subject|date|message-id|mime-version|received|return-path|delivered-to|content-type|x-received|reply-to):",
    re.I | re.M,
)
_FIRST = re.compile(r"\s*(?:From [^\n]{3,200}\n)?[A-Za-z][A-Za-z0-9-]{1,60}:[ \t]")
_WORD = re.compile(r"=\?([\w.:*-]{1,40})\?([bBqQ])\?([^\s?]*(?:\?(?!=)[^\s?]*)*)\?=")
_MBOX = re.compile(rb"(?m)^From [^\r\n]{3,200}\r?\n(?=[A-Za-z-]{2,60}:)")
_CALL_ME = re.compile(
    r"(?im)^[ \t]*(?:ph|tel|phone|telephone|telefon|mob|mobile|mobil|cell|fax|m|t)\b[^\n\d]{0,20}[+(]?\d[\d ().-]{6,}[^\n]*$"
)
"""A line of a sender's telephone, with or without a signature mark above it."""
_FORWARDED = re.compile(r"(?:(?:re|fwd?|wg|aw|tr|rv|sv|vs|enc|doorst|i)\s*:\s*)+(?=\S)", re.I)
"""What mail programs write before the subject of a message passed on."""
_DEEPEST = 20


def sniff(head: str) -> bool:
    """Header fields first, three of the usual ones among them."""
    return (
        bool(_FIRST.match(head))
        and len({found.lower() for found in _KNOWN.findall(head.partition("\n\n\n")[0])}) >= 3
    )


def parse(document: Document) -> Parsed:
    """The story of each message; raises UnreadableDocument where none has a subject or text."""
    content = document.content.lstrip(b" \t\r\n\xef\xbb\xbf")
    parts = (
        [part for part in _MBOX.split(content) if part.strip()] if content.startswith(b"From ") else [content]
    )
    stories: list[RawStory] = []
    faults: list[Fault] = []
    for number, part in enumerate(parts):
        story = _story(part, document)
        if story is None:
            faults.append(Fault(reason="a message without subject and text", item=number, original=part))
        else:
            stories.append(story)
    if not stories:
        raise UnreadableDocument("mail without subject and text")
    return Parsed(format=NAME, stories=stories, faults=faults)


FORMAT = Format(NAME, sniff, parse)


def _story(content: bytes, document: Document) -> RawStory | None:
    assumed: list[str] = []
    message = message_from_bytes(content)
    headers = {
        name.lower(): _header(str(value), assumed) for name, value in reversed(list(message.raw_items()))
    }
    subject = _FORWARDED.sub("", headers.get("subject", ""))
    body = _body(message, assumed)
    if not subject and not body.content:
        return None
    sender = headers.get("from", "")
    name, address = parseaddr(sender)
    agency = house(name)
    agency = agency if agency is not UNKNOWN else house(address.rpartition("@")[2])
    this = moment(headers.get("date", "").partition(" (")[0])
    if this is None and "date" in headers:
        assumed.append("the Date field is no date: left out")
    if this and not this.zoned:
        assumed.append("no zone known in the Date field: UTC assumed")
    guid = headers.get("message-id", "") or f"{headers.get('date', '')} {subject}".strip()
    answered = re.search(r"<[^<>\s]+>", headers.get("supersedes", "") or headers.get("replaces", ""))
    return RawStory(
        source=document.source,
        format=NAME,
        guid=guid,
        family=guid,
        document=document.name,
        provider=agency.name or sender,
        corrects=answered[0] if answered else "",
        headline=subject,
        language=identity.language(headers.get("content-language", "").partition(",")[0]),
        body=body.content,
        body_type=body.type,
        keywords=[word.strip() for word in headers.get("keywords", "").split(",") if word.strip()],
        media=list(body.media),
        published_at=this.at if this else None,
        published_precision=this.precision if this else "second",
        collected_at=document.collected_at,
        assumed=list(dict.fromkeys(assumed)),
    )


def _header(raw: str, assumed: list[str]) -> str:
    """A header field's text: encoded words (RFC 2047) decoded, raw 8-bit bytes taken as UTF-8 or Windows-1252."""
    text = _text(raw.encode("utf-8", "surrogateescape"), "utf-8", assumed)
    text = re.sub(r"(\?=)\s+(=\?)", r"\1\2", text)
    return " ".join(_WORD.sub(lambda found: _word(found, assumed), text).split())


def _word(found: re.Match[str], assumed: list[str]) -> str:
    charset, coding, written = found[1].partition("*")[0], found[2].lower(), found[3]
    raw = written.encode("utf-8", "surrogateescape")
    try:
        if coding == "b":
            raw = binascii.a2b_base64(raw + b"=" * (-len(raw) % 4)) if raw.isascii() else raw
        else:
            raw = quopri.decodestring(raw, header=True)
    except (binascii.Error, ValueError):
        return written
    return _text(raw, charset, assumed) or written


def _text(raw: bytes, charset: str, assumed: list[str]) -> str:
    try:
        return raw.decode(charset)
    except (LookupError, ValueError):  # no such charset, or a name that is none at all
        return decode(raw, assumed)


def _body(message: Message, assumed: list[str]) -> markup.Body:
    """The plain text, else the HTML; attachments are not the story. Below the mark `-- ` stands the sender's signature."""
    plain, page = "", ""
    for part in _leaves(message, 0):
        if part.get_content_disposition() == "attachment" or part.get_content_maintype() != "text":
            continue
        raw = _payload(part, decode=True)
        written = _text(raw, part.get_content_charset("utf-8"), assumed) if isinstance(raw, bytes) else ""
        written = written.replace("\r\n", "\n")
        if part.get_content_subtype() == "html":
            page = page or written
        else:
            plain = plain or written
    if plain.strip():
        text = _CALL_ME.sub("", re.split(r"(?m)^-- ?$", plain)[0])
        text = "\n".join(without_notes(text.split("\n")))
        return markup.Body(content=text.strip("\n"), type="text")
    return markup.of_html(page) if page.strip() else markup.Body()


def _leaves(message: Message, depth: int) -> list[Message]:
    payload = _payload(message, decode=False)
    if not message.is_multipart() or not isinstance(payload, list):
        return [message]
    return (
        [leaf for part in payload if isinstance(part, Message) for leaf in _leaves(part, depth + 1)]
        if depth < _DEEPEST
        else []
    )


def _payload(message: Message, *, decode: bool) -> object:
    """The part's payload; a charset that is no name, which the library stumbles over, is as none."""
    try:
        return message.get_payload(decode=True) if decode else message.get_payload()
    except (ValueError, LookupError):
        message.del_param("charset")
        return message.get_payload(decode=True) if decode else message.get_payload()
