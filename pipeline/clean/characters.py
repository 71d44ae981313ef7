"""Characters as they were meant: mojibake mended, NFC, one kind of space, nothing invisible; quotes stay as written."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

# C1 controls are what windows-1252 text becomes when it is read as latin-1 (WHATWG Encoding reads latin-1 as windows-1252).
_CP1252 = {code: bytes([code]).decode("cp1252", "ignore") or None for code in range(0x80, 0xA0)}
_SPACES = dict.fromkeys([0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
_BREAKS = dict.fromkeys([0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x2028, 0x2029], "\n")
# Soft hyphens, zero-width space, word joiner, byte-order mark, directional marks and isolates, tags, invisible operators.
# The zero-width joiner and non-joiner stay: Persian, Indic scripts and emoji are written with them.
_NOTHING = dict.fromkeys(
    [
        *range(0x09), *range(0x0E, 0x1C), 0x1F, 0x7F, 0xAD, 0x180E, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F),
        *range(0x2060, 0x2070), 0xFEFF, *range(0xFFF9, 0xFFFC), 0xFFFE, 0xFFFF, *range(0xE0000, 0xE0080),
    ]
)  # fmt: skip
_MEANT: dict[int, str | None] = {**_CP1252, **_SPACES, **_BREAKS, **_NOTHING}
_ODD = re.compile("[" + "".join(re.escape(chr(code)) for code in _MEANT) + "]")
_ODD_ASCII = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NEWLINES = re.compile(r"\r\n?")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.I)


def mended(text: str) -> str:
    """The same text without what nobody meant to write. Newlines and runs of spaces stay."""
    if "\r" in text:
        text = _NEWLINES.sub("\n", text)
    if text.isascii():
        visible = text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable()
        return text if visible else _ODD_ASCII.sub(_meant, text)
    if _SURROGATE.search(text):
        text = _SURROGATE.sub("\ufffd", text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    if not _ODD.search(text):
        return unicodedata.normalize("NFC", _without_mojibake(text))
    # First what hides mojibake goes, then the C1 controls that are a part of it.
    text = _without_mojibake(text.translate(_NOTHING)).translate(_MEANT)
    return unicodedata.normalize("NFC", text)


def line(text: str) -> str:
    """A field that is one line: mended, entities undone, every run of white space one space."""
    if text.isascii() and text.isprintable() and "&" not in text:  # nearly every field of nearly every wire
        return " ".join(text.split())
    return " ".join(mended(unescaped(text)).split())


def unescaped(text: str) -> str:
    """Entities undone, twice where they were escaped twice (`&amp;amp;`); an ampersand that begins none stays."""
    for _ in range(2):
        if "&" not in text or not _ENTITY.search(text):
            break
        text = unescape(text)
    return text


def one_line(text: str) -> str:
    """Every run of white space one space, none at the ends."""
    return " ".join(text.split())


def _meant(found: re.Match[str]) -> str:
    return _MEANT[ord(found[0])] or ""


def _without_mojibake(text: str) -> str:
    """UTF-8 that was read as a one-byte encoding, read aright. Only where the text is certainly broken and mending it
    leaves nothing broken: `Ã©` may stand in an article about encodings, and a single odd letter proves nothing."""
    from ftfy import fix_encoding  # 40 ms to import, and most wires are ASCII
    from ftfy.badness import badness

    before = badness(text)
    if not before:
        return text
    fixed = fix_encoding(text)
    return fixed if badness(fixed) < before else text
