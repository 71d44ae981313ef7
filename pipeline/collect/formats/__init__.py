"""The registry of wire formats: which format a document is in, from its content, and the stories that it holds."""

from __future__ import annotations

from pipeline.collect.document import Document, Parsed, UnreadableDocument
from pipeline.collect.format import Format as Format

FORMATS: tuple[Format, ...] = ()
"""Every format, in the order in which they are asked: the narrow ones first, plain text last."""

HEAD_BYTES = 8192


def detect(document: Document) -> Format | None:
    """The format of a document, or None where no format claims it."""
    start = head(document.content)
    return next((form for form in FORMATS if form.sniff(start)), None)


def parse(document: Document) -> Parsed:
    """The stories of a document in any format. Raises UnreadableDocument."""
    form = detect(document)
    if form is None:
        raise UnreadableDocument("no known format")
    return form.parse(document)


def head(content: bytes) -> str:
    """The first 8 KiB as text: byte-order mark and UTF-16/32 undone, latin-1 where the encoding is unknown."""
    return content[:HEAD_BYTES].decode("latin-1")
