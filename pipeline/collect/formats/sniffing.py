"""What bytes say before any format reads them: their encoding, and what they look like to a person."""

from __future__ import annotations

import codecs
import re

import msgspec

HEAD_BYTES = 8192

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x4c\x6f\xa7\x94", "cp037"),  # `<?xm` in EBCDIC
)
"""Byte-order marks and what else gives an encoding away at once (XML 1.0, appendix F)."""

_WIDE = (
    (re.compile(rb"\0\0\0[^\0]\0\0\0[^\0]"), "utf-32-be"),
    (re.compile(rb"[^\0]\0\0\0[^\0]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0[^\0]\0[^\0]"), "utf-16-be"),
    (re.compile(rb"[^\0]\0[^\0]\0"), "utf-16-le"),
)
"""Two Latin characters in the wide encodings, without a mark."""

_MAGIC = (
    (rb"\x89PNG\r\n", "a PNG image"),
    (rb"\xff\xd8\xff", "a JPEG image"),
    (rb"GIF8[79]a", "a GIF image"),
    (rb"RIFF....WEBP", "a WebP image"),
    (rb"(II\*\0|MM\0\*)", "a TIFF image"),
    (rb"%PDF-", "a PDF document"),
    (rb"PK(\x03\x04|\x05\x06)", "a zip archive or an office document"),
    (rb"\x1f\x8b", "gzip-compressed data"),
    (rb"\x28\xb5\x2f\xfd", "zstd-compressed data"),
    (rb"BZh\d", "bzip2-compressed data"),
    (rb"\xfd7zXZ\0", "xz-compressed data"),
    (rb"7z\xbc\xaf", "a 7-Zip archive"),
    (rb"Rar!", "a RAR archive"),
    (rb"\xd0\xcf\x11\xe0", "an office document of the old kind"),
    (rb"(ID3|\xff\xfb)", "an MP3 sound"),
    (rb"....ftyp", "a video"),
    (rb"\x7fELF", "a program"),
    (rb"SQLite format 3\0", "a SQLite database"),
)
_NOT_TEXT = tuple((re.compile(magic, re.DOTALL), name) for magic, name in _MAGIC)

_HTML = re.compile(
    r"\s*(?><!--.*?-->\s*)*+(<\?xml[^>]*>\s*)?(<!doctype\s+html|<html|<head|<body)", re.I | re.S
)
_TITLE = re.compile(r"<title[^>]*>\s*([^<]{1,80})", re.I)
_PROLOG = re.compile(rb"\s*(<\?|<!--|<!DOCTYPE)")
_ENDS = {b"<?": b"?>", b"<!--": b"-->", b"<!DOCTYPE": b">"}
_ROOT = re.compile(r"<([A-Za-z_][\w:.-]*)")


def codec(content: bytes) -> str:
    """The codec that the first bytes give away; empty where the encoding is a superset of ASCII."""
    start = content[:8]
    if start.isascii() and b"\0" not in start and start[:1] != b"L":  # nearly every document
        return ""
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    return next((name for pattern, name in _WIDE if pattern.match(start)), "")


def head(content: bytes) -> str:
    """The first 8 KiB as text: UTF-8 where it is that, else latin-1; byte-order mark and UTF-16/32 undone. Of XML
    whose comments and declarations are longer than half of that, the 8 KiB after them."""
    start = content[:HEAD_BYTES]
    known = codec(start)
    if known:
        return start.decode(known, "replace")
    beginning = _after_prolog(content)
    if beginning > HEAD_BYTES // 2:
        start = content[beginning : beginning + HEAD_BYTES]
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(start)  # a character cut at the end is no error
    except UnicodeDecodeError:
        return start.decode("latin-1")


def _after_prolog(content: bytes) -> int:
    """Where the first element of an XML document begins, or what is no XML."""
    position = 0
    while found := _PROLOG.match(content, position):
        end = content.find(_ENDS[found[1]], found.end())
        if found[1] == b"<!DOCTYPE" and 0 <= content.find(b"[", found.end()) < end:
            end = content.find(b">", content.find(b"]", found.end()))
        if end < 0:
            break
        position = end + len(_ENDS[found[1]])
    return position


def not_text(content: bytes) -> str:
    """What a document is that no wire can send (`a PNG image`, `binary data`); empty for anything else."""
    if not content.strip(b" \t\r\n\0\xef\xbb\xbf"):
        return "empty"
    start = content[:HEAD_BYTES]
    if start.startswith((b"<", b"{", b"[")) and b"\0" not in start:  # nearly every document
        return ""
    for pattern, name in _NOT_TEXT:
        if pattern.match(content):
            return name
    if not codec(start) and start.count(0) * 10 > len(start):
        return "binary data"
    if start.startswith((b"+ADw-", b"+/v8-")):
        return "UTF-7 text, an encoding that no wire uses and that hides markup"
    return ""


def is_html(start: str) -> bool:
    """True for an HTML page, by the head of the document."""
    return _HTML.match(start) is not None


def unknown(content: bytes) -> str:
    """What a document looks like that no format claims, one sentence with what may be the matter."""
    start = head(content)
    if is_html(start):
        title = _TITLE.search(start)
        named = f' titled "{" ".join(title[1].split())}"' if title else ""
        return f"looks like an HTML page{named}: a feed's address probably moved"
    if start.lstrip()[:1] in ("{", "["):
        return _unknown_json(content)
    if start.lstrip().startswith("<"):
        root = _ROOT.search(start)
        named = f" whose first element is <{root[1]}>" if root else " without an element"
        return f"looks like an XML document{named}: no wire format known here"
    return "text or data in no wire format known here"


def _unknown_json(content: bytes) -> str:
    try:
        value = msgspec.json.decode(content.decode(codec(content) or "utf-8"))
    except (UnicodeDecodeError, msgspec.DecodeError) as error:
        return f"looks like JSON but is broken: {error}"
    if not isinstance(value, dict):
        return "a JSON list or value: no wire format known here"
    names = ", ".join(sorted(str(name)[:40] for name in value)[:12])
    return f"a JSON document without items, in no wire format known here; its names are: {names or 'none'}"
