"""Story bodies: XHTML, NITF, escaped HTML and preformatted text, as the HTML or text of a RawStory, with pictures apart."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from lxml import etree

from pipeline.collect.formats.xmltree import Element, child_text, text
from pipeline.story import BodyType, Media, Record


class Body(Record, frozen=True, kw_only=True):
    """A story's text, its pictures, and the notes to editors that stood in it and may be published."""

    content: str = ""
    type: BodyType = "html"
    media: tuple[Media, ...] = ()
    notes: tuple[str, ...] = ()


_KEPT = frozenset(
    [
        "p",
        "br",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "td",
        "th",
        "caption",
        "pre",
        "blockquote",
        "strong",
        "em",
        "b",
        "i",
        "u",
        "sup",
        "sub",
        "a",
        "q",
    ]
)
_RENAMED = {"hl1": "h2", "hl2": "h2", "bq": "blockquote", "block": "div", "section": "div", "div": "div", "article": "div",
            "main": "div",
            "center": "div", "body": "div", "body.content": "div",
            "credit": "p", "datasource": "p", "line": "p", "lead": "p"}  # fmt: skip
_EMPTY = frozenset({"br", "hr"})
_DROPPED = frozenset(
    [
        "head",
        "script",
        "style",
        "title",
        "media",
        "note",
        "figure",
        "figcaption",
        "img",
        "picture",
        "video",
        "audio",
        "iframe",
        "object",
        "embed",
        "form",
        "input",
        "button",
        "svg",
        "math",
        "noscript",
        "header",
        "footer",
        "nav",
        "body.head",
        "body.end",
        "hedline",
        "media-metadata",
        "media-caption",
        "media-reference",
        "pronounce",
        "nitf-table-metadata",
    ]
)
_PRIVATE = re.compile(
    r"non-?public|notpublic|private|\binternal\b|\bcontacts?\b|notepad|linkbox|closingline|\bslugline\b|publicationDate|\bgenre\b"
    r"|\bvignette\b|^dat$",
    re.I,
)
_MARKUP = re.compile(r"</?(?:p|br|div|table|tr|h[1-6]|ul|ol|li|b|i|strong|em|span|a)(?:\s[^<>]*)?/?>", re.I)
_LEFTOVER = re.compile(r"</?(?:endash|emdash|ndash|mdash|nbsp|tab|ensp|emsp)\s*/?>", re.I)
_WRAPPED = range(45, 86)
"""Lengths of lines that a teletype wrapped, characters."""


def of_tree(elements: Iterable[Element], headline: str = "") -> Body:
    """The body in XHTML or NITF elements. A heading that repeats the headline is left out; so are private sections."""
    blocks = list(elements)
    media: list[Media] = []
    notes: list[str] = []
    parts: list[str] = []
    for element in blocks:
        _write(element, parts, media, notes, " ".join(headline.split()))
    if (plain := _preformatted(blocks)) is not None:
        return Body(content=without_desks(plain), type="text", media=tuple(media), notes=tuple(notes))
    filled = any(part[:1] != "<" and part.strip("\xa0 \t\r\n") for part in parts)
    content = without_desks("".join(parts)) if filled else ""
    return Body(content=content, media=tuple(media), notes=tuple(notes))


def of_html(written: str, headline: str = "") -> Body:
    """The body in an HTML string, cleaned like a tree: pictures and private sections apart. Plain text stays text."""
    if not _MARKUP.search(written):
        return of_text(written)
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=False
    )
    try:
        root = etree.fromstring(written.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError):
        root = None
    if root is None:
        return of_text(re.sub(r"<[^<>]*>", " ", written))
    page = root.find("body")
    return of_tree([page], headline) if page is not None else Body()


def of_text(written: str) -> Body:
    """The body in a string: HTML where it holds markup (also escaped once or twice), else text with its paragraphs."""
    written = written.strip()
    for _ in range(2):
        if _MARKUP.search(written):
            return Body(content=_LEFTOVER.sub("", written)) if _has_text(written) else Body()
        if not re.search(r"&lt;/?(?:p|br|div|table|h[1-6])\b", written, re.I):
            break
        written = html.unescape(written)
    return Body(content=html.unescape(written) if "&" in written else written, type="text")


_STRUCTURE = ("p", "pre", "td", "th", "li", "dd", "h1", "h2", "h3", "hl2", "br", "blockquote")


def _preformatted(blocks: list[Element]) -> str | None:
    """The text of a body that is one or two blocks of ready-made lines, or None where it is ordinary markup."""
    leaves: list[Element] = []
    for block in blocks:
        for leaf in block.iter(*_STRUCTURE):
            if leaf.tag == "br" or text(leaf):
                leaves.append(leaf)
                if leaf.tag not in ("p", "pre") or len(leaves) > 2:
                    return None
    filled = [block for block in blocks if text(block)]
    sources = leaves or filled
    if leaves and sum(len(text(block)) for block in filled) > sum(len(text(leaf)) + 1 for leaf in leaves):
        return None
    written = "\n\n".join("".join(map(str, source.itertext())).strip("\n ") for source in sources)
    return _LEFTOVER.sub("", written) if written.count("\n") >= 4 else None


def _has_text(content: str) -> bool:
    return bool(re.sub(r"<[^<>]*>|&nbsp;|&#160;|\s", "", content))


def _escape(written: str) -> str:
    if "&" not in written and "<" not in written and ">" not in written:  # nearly all texts
        return written
    if "<" in written:
        written = _LEFTOVER.sub("", written)
    return written.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_WITH_ATTRIBUTES = frozenset({"a", "td", "th"})
_NAMES = {**{tag: tag for tag in _KEPT}, **_RENAMED}


def _write(element: Element, parts: list[str], media: list[Media], notes: list[str], headline: str) -> None:
    name = _NAMES.get(element.tag)
    if name is None:
        if not isinstance(element.tag, str):
            return
        tag = element.tag.lower()
        if tag in _DROPPED:
            _aside(element, tag, media, notes)
            return
        if tag == "frac":
            parts.append(f" {child_text(element, 'frac-num')}/{child_text(element, 'frac-denom')}")
            return
        name = _NAMES.get(tag, "")
    if name in _EMPTY:
        parts.append(f"<{name}>")
        return
    if (marks := element.get("class")) and _PRIVATE.search(marks):
        return
    if headline and name in ("h1", "h2") and text(element) == headline:
        return
    if name:
        parts.append(_opening(name, element) if name in _WITH_ATTRIBUTES else f"<{name}>")
    if written := element.text:
        parts.append(_escape(written))
    if len(element):
        joined = name == "p" and _wrapped(element)
        for child in element:
            if joined and child.tag == "br":
                parts.append(" ")
            else:
                _write(child, parts, media, notes, headline)
            if written := child.tail:
                parts.append(_escape(written))
    if name:
        parts.append(f"</{name}>")


def _opening(name: str, element: Element) -> str:
    if name == "a" and (address := element.get("href", "")).startswith(("http://", "https://")):
        return f'<a href="{html.escape(address)}">'
    if name in ("td", "th") and (span := element.get("colspan", "")).isdigit():
        return f'<{name} colspan="{span}">'
    return f"<{name}>"


def _wrapped(paragraph: Element) -> bool:
    """True where a paragraph's line breaks are a teletype's: every line but the last about as long as a line can be."""
    breaks = list(paragraph.iterchildren("br"))
    if not breaks or len(breaks) != len(paragraph):
        return False
    widths = [len((paragraph.text or "").strip()), *(len((each.tail or "").strip()) for each in breaks)]
    return all(width in _WRAPPED for width in widths[:-1] if width) and any(widths[:-1])


def _aside(element: Element, tag: str, media: list[Media], notes: list[str]) -> None:
    """What stands in a body and is not its text: pictures with their captions, and public notes."""
    if tag == "note":
        if element.get("type", "std").lower() != "npa" and (note := text(element)):
            notes.append(note)
    elif tag == "media":
        found = nitf_media(element)
        media.extend([found] if found else [])
    elif tag in ("figure", "picture", "img"):
        image = element if tag == "img" else element.find(".//img")
        if image is not None and (
            found := picture(
                image.get("src", ""), child_text(element, ".//figcaption") or image.get("alt", "")
            )
        ):
            media.append(found)


def nitf_media(element: Element) -> Media | None:
    """A NITF `media` element with an address, or None."""
    reference = element.find(".//media-reference")
    if reference is None:
        return None
    return picture(
        reference.get("source", ""),
        child_text(element, ".//media-caption"),
        reference.get("mime-type") or element.get("media-type") or "image",
        child_text(element, ".//media-producer"),
        reference.get("width"),
        reference.get("height"),
    )


def picture(
    url: str,
    caption: str = "",
    kind: str = "image",
    credit: str = "",
    width: object = None,
    height: object = None,
) -> Media | None:
    """A medium, or None where its address is not http or https."""
    url = url.strip()
    if not url.lower().startswith(("http://", "https://")):
        return None
    return Media(
        url=url,
        type=kind,
        caption=" ".join(caption.split()),
        credit=" ".join(credit.split()),
        width=_size(width),
        height=_size(height),
    )


def _size(written: object) -> int | None:
    try:
        size = int(float(str(written)))
    except (ValueError, OverflowError):
        return None
    return size if 0 < size < 1_000_000 else None


_PHONE = re.compile(
    r"(?:\+|\b00)\d[\d\s()/.-]{6,}\d|\b0\d{2,4}[\s/-]\d{3,}[\d\s-]{2,}|\b0\d{8,}\b|\btel(?:efon|ephone"
    r"|\.)?\s*:?\s*[+(\d]|\b(?:tlf|puh|gsm|mob|mobil|mobile|ph|phone|call|ring|soita|appeler|bellen|chiamare|llamar)\b"
    r"[^\n\d]{0,30}\d[\d ()./-]{5,}\d|\(0\d{1,3}\)\s?\d{3,}|\b\d{3}[-. ]\d{3}[-. ]\d{4}\b",
    re.I,
)


_NUMBER = re.compile(r"\d[\d ()/.-]{5,}\d")
_CALL = re.compile(r"\b(?:tel(?:efon|ephone)?|phone|ph|mobile?|handy|cell)\b[^<>\n\d]{0,14}$", re.I)
_DESK = re.compile(
    r"redaktion|redaction|redaktør|desk\b|autor|author|editor|reporter|correspondent|ansprechpartner",
    re.I,
)
_DESK_STEMS = (
    "redak",
    "redac",
    "desk",
    "autor",
    "author",
    "editor",
    "reporter",
    "correspondent",
    "ansprechpartner",
)
"""One of these is in everything that `_DESK` finds: a look for them is cheap."""
_LINE_END = re.compile(r"[<>\n]|$")
_CONTACT_LINE = 200
"""Characters: a contact is a short line of its own; a sentence of the news that gives a number is longer or names no desk."""


def without_desks(content: str) -> str:
    """A body without the lines that give a desk's or a journalist's telephone number; a number in the news itself stays."""
    lowered = content.lower()
    if not any(stem in lowered for stem in _DESK_STEMS):
        return content
    kept: list[str] = []
    position = 0
    for found in _NUMBER.finditer(content):
        if found.start() < position or not _CALL.search(content[max(0, found.start() - 30) : found.start()]):
            continue
        least = max(position, found.start() - _CONTACT_LINE)
        begin = max(content.rfind(mark, least, found.start()) for mark in "<>\n") + 1
        end = _LINE_END.search(content, found.end(), found.end() + _CONTACT_LINE)
        if (
            begin
            and end
            and end.start() - begin <= _CONTACT_LINE
            and _DESK.search(content, begin, found.start())
        ):
            kept.append(content[position:begin])
            position = end.start()
    return "".join(kept) + content[position:] if position else content


def public(notes: Iterable[str]) -> str:
    """Notes to editors that may be published, one a line: lines with a telephone number are left out."""
    kept: list[str] = []
    for note in notes:
        for line in note.split("\n"):
            line = " ".join(line.split())
            if line and line not in kept and not _PHONE.search(line):
                kept.append(line)
    return "\n".join(kept)
