"""Refuses XML made to exhaust its reader: entities that expand or name files, tags of many attributes."""

from __future__ import annotations

import re

from pipeline.collect.document import UnreadableDocument
from pipeline.collect.formats import sniffing

ATTRIBUTES_MOST = 256
"""In one tag. Readers compare each with every other, so the cost grows with the square."""

ENTITY_CHARACTERS_MOST = 256
"""Of one entity's value: what a reference of four characters can be blown up to."""

ENTITIES_MOST = 1_000
"""HTML's own are 252."""

_ENTITY = re.compile(
    rb"""<!ENTITY\s+(?P<parameter>%\s+)?(?P<name>[^\s"'>]+)\s+
    (?: (?P<outside>SYSTEM|PUBLIC)\b (?P<rest>[^>]*) | "(?P<double>[^"]*)" | '(?P<single>[^']*)' )""",
    re.VERBOSE,
)
_REFERENCE = re.compile(rb"%[\w.:-]+;|&(?!#|(?:amp|lt|gt|quot|apos);)[\w.:-]+;")
_LONG_TAG = re.compile(rb"<[A-Za-z_][^<]{4096,}")
_TAG_NAME = re.compile(rb"<[\w:.-]+")
_ATTRIBUTE = re.compile(rb"""\s*[^\s=<>/"']+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>]*))?|\s*/(?!>)""")


def check(content: bytes) -> None:
    """Passes an XML document of any encoding, well-formed or not, that is safe to give to a parser; document
    type declarations as such are, and short entities of plain characters. Raises UnreadableDocument."""
    wide = sniffing.codec(content)
    if wide not in ("", "utf-8-sig"):
        content = content.decode(wide, "replace").encode("utf-8", "replace")
    _check_entities(content)
    _check_tags(content)


def _check_entities(content: bytes) -> None:
    if b"<!ENTITY" not in content:
        return
    if content.count(b"<!ENTITY") > ENTITIES_MOST:
        raise UnreadableDocument(f"refused: it declares more than {ENTITIES_MOST} entities")
    for found in _ENTITY.finditer(content):
        if _in_cdata(content, found.start()):
            continue
        name = found["name"].decode("latin-1")[:40]
        value = found["double"] or found["single"] or b""
        if _REFERENCE.search(value):
            raise UnreadableDocument(f"refused: its entity '{name}' expands to other entities")
        if len(value) > ENTITY_CHARACTERS_MOST:
            raise UnreadableDocument(f"refused: its entity '{name}' stands for {len(value)} characters")
        if found["outside"] and not found["parameter"] and b"NDATA" not in found["rest"]:
            raise UnreadableDocument(f"refused: its entity '{name}' names a file to be read in")


def _check_tags(content: bytes) -> None:
    for found in _LONG_TAG.finditer(content):
        if _attributes(content, found.start()) > ATTRIBUTES_MOST and not _in_cdata(content, found.start()):
            raise UnreadableDocument(f"refused: a tag with more than {ATTRIBUTES_MOST} attributes")


def _attributes(content: bytes, start: int) -> int:
    """How many attributes the tag at `start` has, counted to just over the limit."""
    name = _TAG_NAME.match(content, start)
    position, count = name.end() if name else start, 0
    while count <= ATTRIBUTES_MOST and (found := _ATTRIBUTE.match(content, position)):
        position, count = found.end(), count + 1
    return count


def _in_cdata(content: bytes, position: int) -> bool:
    return content.rfind(b"<![CDATA[", 0, position) > content.rfind(b"]]>", 0, position)
