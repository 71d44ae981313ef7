"""XML from a wire: mended where that is certain, never trusted, namespaces off; and several items of one document apart."""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator

from lxml import etree

from pipeline.collect.document import UnreadableDocument
from pipeline.collect.formats import sniffing
from pipeline.story import Record

Element = etree._Element

LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class XmlItem(Record, frozen=True, kw_only=True):
    """One item of a document that holds several."""

    element: Element | None
    """None where the item cannot be read; `reason` then says why."""
    reason: str = ""
    original: bytes = b""


class XmlDocument(Record, frozen=True, kw_only=True):
    """A wire document read: its root, its text as it was read, and what was mended on the way."""

    root: Element | None
    """None where the document as a whole is not well-formed; its items may still be."""
    text: str
    error: str = ""
    assumed: list[str]


_PROLOG = re.compile(r"\s*<\?xml\b[^>]{0,400}?(?:encoding\s*=\s*[\"']([\w.:-]+)[\"'][^>]{0,200})?\?>")
_PROLOG_BYTES = re.compile(rb"\s*<\?xml\b[^>]{0,400}?encoding\s*=\s*[\"']([\w.:-]+)[\"']")
_FORBIDDEN = bytes(range(9)) + b"\x0b\x0c" + bytes(range(14, 32))
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_CONTROL_REFERENCE = re.compile(
    r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]|[fF]{3}[eEfF]));"
)
_NAMESPACE = re.compile(r"""xmlns\s*=\s*(?:"[^"<>]*"|'[^'<>]*')""")
_PREFIXED = re.compile(r"</[A-Za-z_][\w.-]*:")
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);|#)([A-Za-z][A-Za-z0-9]{1,31});")
_BARE = re.compile(r"&(?![A-Za-z][\w.-]{0,40};|#\d{1,7};|#[xX][0-9a-fA-F]{1,6};)")
_DOCTYPE = re.compile(r"<!DOCTYPE\s[^\[>]{0,1000}(\[)?")
_BREAKS_OFF = "the item breaks off before its end; ask the sender for it again"
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]*)(\s[^<>]*?)?/?>")
_ESCAPED = re.compile("[\udc80-\udcff]+")
_LATIN = frozenset(
    {"iso-8859-1", "iso8859-1", "latin-1", "latin1", "us-ascii", "ascii", "windows-1252", "cp1252"}
)


def read(content: bytes) -> XmlDocument:
    """A document's tree. Raises UnreadableDocument where it declares entities (never expanded here) or is empty.

    Mended, and said in `assumed`: a prolog that names another encoding than the bytes are in, bytes of Windows-1252 among
    UTF-8, characters that XML forbids, HTML entities without a DTD, ampersands that stand for themselves."""
    assumed: list[str] = []
    text = decode(content, assumed).lstrip("\ufeff \t\r\n\x00")
    prolog = _PROLOG.match(text)
    text = text[prolog.end() :].lstrip() if prolog else text
    if not text:
        raise UnreadableDocument("the document is empty")
    refuse_entities(text)
    if len(content.translate(None, _FORBIDDEN)) != len(content) or (
        "&#" in text and _CONTROL_REFERENCE.search(text)
    ):
        cleaned = _CONTROL_REFERENCE.sub("", _CONTROL.sub("", text))
        if cleaned != text:
            text = cleaned
            assumed.append("characters that XML forbids were left out")
    if _ENTITY.search(text):
        text = _ENTITY.sub(_character, text)
    root, error = _parse(text)
    if root is None and _BARE.search(text):
        mended = _BARE.sub("&amp;", text)
        root, error_after = _parse(mended)
        if root is not None:
            assumed.append("ampersands that begin no entity were taken as themselves")
            return XmlDocument(root=root, text=mended, assumed=assumed)
        text, error = mended, error_after
    return XmlDocument(root=root, text=text, error=error, assumed=assumed)


def read_whole(content: bytes) -> XmlDocument:
    """Like `read`, for documents of a single story: raises UnreadableDocument also where the tree is broken."""
    document = read(content)
    if document.root is None:
        raise UnreadableDocument(f"the XML is broken: {document.error}")
    return document


def items(document: XmlDocument, *names: str) -> Iterator[XmlItem]:
    """The outermost elements with one of these names, in order. Of a document that is not well-formed, each item is read by
    itself, so that a broken or cut-off one leaves the others alive."""
    if document.root is not None:
        wanted = set(names)
        yield from (XmlItem(element=element) for element in _outermost(document.root, wanted))
        return
    root = _ROOT.search(document.text)
    spaces = (
        " ".join(re.findall(r"xmlns(?::[\w.-]+)?\s*=\s*(?:\"[^\"]*\"|'[^']*')", root[2] or ""))
        if root
        else ""
    )
    alternatives = "|".join(map(re.escape, names))
    tag = re.compile(rf"<(/?)(?:[\w.-]+:)?({alternatives})(?=[\s>/])[^<>]*>")
    start: re.Match[str] | None = None
    for found in tag.finditer(document.text):
        if found[1] and start is not None and found[2] == start[2]:
            yield _cut(document.text[start.start() : found.end()], spaces)
            start = None
        elif not found[1]:
            if start is not None:
                yield XmlItem(
                    element=None,
                    reason=_BREAKS_OFF,
                    original=_bytes(document.text[start.start() : found.start()]),
                )
            start = found
    if start is not None:
        yield XmlItem(element=None, reason=_BREAKS_OFF, original=_bytes(document.text[start.start() :]))


def _cut(text: str, spaces: str) -> XmlItem:
    wrapped, error = _parse(f"<items {spaces}>{text}</items>")
    if wrapped is None or not len(wrapped):
        return XmlItem(element=None, reason=f"the item's XML is broken: {error}", original=_bytes(text))
    return XmlItem(element=wrapped[0], original=_bytes(text))


def _outermost(root: Element, wanted: set[str]) -> Iterator[Element]:
    if root.tag in wanted:
        yield root
        return
    for child in root:
        yield from _outermost(child, wanted)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def decode(content: bytes, assumed: list[str]) -> str:
    """A document's text by byte-order mark, prolog and the bytes themselves; what was assumed is added to `assumed`."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
                       (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):  # fmt: skip
        if content.startswith(mark):
            return _mixed(content[3:], assumed) if name == "utf-8" else content.decode(name, "replace")
    if wide := sniffing.codec(content):
        assumed.append(f"no byte-order mark: read as {wide}")
        return content.decode(wide, "replace")
    declared = _PROLOG_BYTES.match(content[:600])
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    if content.isascii():
        return content.decode("ascii")
    if name in ("utf-8", "utf8"):
        return _mixed(content, assumed)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        assumed.append(f"the prolog says {name} but the bytes are UTF-8: read as UTF-8")
        return text
    try:
        return _windows(content) if name in _LATIN else content.decode(name, "replace")
    except LookupError:
        assumed.append(f"the prolog names an unknown encoding {name!r}: read as UTF-8 or Windows-1252")
        return _mixed(content, assumed)


def _windows(content: bytes) -> str:
    """Windows-1252, its five holes as the Latin-1 control characters that XML then leaves out."""
    try:
        return content.decode("windows-1252")
    except UnicodeDecodeError:
        return "".join(
            byte.to_bytes(1, "big").decode("windows-1252", "ignore") or chr(byte) for byte in content
        )


def _mixed(content: bytes, assumed: list[str]) -> str:
    """UTF-8, with stray bytes of Windows-1252 among it read as such."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        assumed.append("bytes that are not UTF-8 were read as Windows-1252")
    return _ESCAPED.sub(
        lambda found: _windows(found[0].encode("utf-8", "surrogateescape")),
        content.decode("utf-8", "surrogateescape"),
    )


def refuse_entities(text: str) -> None:
    """Raises UnreadableDocument for a DTD that declares entities: no wire needs one, and they are how XML attacks its reader."""
    doctype = _DOCTYPE.search(text, 0, 20_000)
    if doctype and doctype[1] and "<!ENTITY" in text[doctype.start() : doctype.start() + 200_000]:
        raise UnreadableDocument("the document's DTD declares entities, which are never read")


def _character(found: re.Match[str]) -> str:
    written = html.unescape(found[0])
    return written if written != found[0] else "&amp;" + found[0][1:]


def _parse(text: str) -> tuple[Element | None, str]:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        root = etree.fromstring(_NAMESPACE.sub("", text).encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        return None, str(error)
    if _PREFIXED.search(text):
        for element in root.iter():
            tag = element.tag
            if isinstance(tag, str) and "}" in tag:
                element.tag = tag.rpartition("}")[2]
    return root, ""


def text(element: Element | None) -> str:
    """All text in an element, white space collapsed; empty for None."""
    if element is None:
        return ""
    if not len(element):
        return " ".join(written.split()) if (written := element.text) else ""
    return " ".join("".join(element.itertext()).split())  # type: ignore[arg-type]


def child(element: Element | None, name: str) -> Element | None:
    """The first child with a name, or None."""
    return next(element.iterchildren(name), None) if element is not None else None


def children(element: Element | None, name: str) -> Iterator[Element]:
    """The children with a name; none of None."""
    return iter(()) if element is None else element.iterchildren(name)


def child_text(element: Element | None, path: str) -> str:
    """The text of the first element at a path that has any, white space collapsed."""
    if element is None:
        return ""
    for each in element.iterfind(path) if "/" in path else element.iterchildren(path):
        if written := text(each):
            return written
    return ""


def lines(element: Element | None) -> str:
    """All text in an element with its lines kept, for notes and preformatted text."""
    return "".join(map(str, element.itertext())).strip() if element is not None else ""
