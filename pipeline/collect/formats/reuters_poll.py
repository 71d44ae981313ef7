"""The answer of a Reuters poll: a list of items to fetch, recognised and left aside, as it holds no story."""

from __future__ import annotations

import re

from pipeline.collect.document import Document, Parsed, UnreadableDocument
from pipeline.collect.format import Format
from pipeline.collect.formats.xmltree import child_text, items, read

NAME = "reuters-poll-response"


def sniff(head: str) -> bool:
    """A `results` element with `result`s or a poll token."""
    return bool(
        re.match(
            r"\s*(?:<\?xml[^>]*>\s*)?<results>\s*<(?:result>|pollToken>|status\b)", head.lstrip("\ufeff")
        )
    )


def parse(document: Document) -> Parsed:
    """No story; the items' ids aside. Raises UnreadableDocument where the XML is broken."""
    wire = read(document.content)
    if wire.root is None:
        raise UnreadableDocument(f"the XML is broken: {wire.error}")
    listed = [
        child_text(item.element, "guid") or child_text(item.element, "id") for item in items(wire, "result")
    ]
    return Parsed(format=NAME, stories=[], aside=[f"{NAME} item to fetch: {guid}" for guid in listed if guid])


FORMAT = Format(NAME, sniff, parse)
