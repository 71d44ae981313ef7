"""What a wire format is: a name, a test that recognises its documents, and a function that reads them."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.collect.document import Document, Parsed
from pipeline.story import Record


class Format(Record, frozen=True):
    """One wire format. `sniff` sees the document's first 8 KiB with byte-order mark and UTF-16/32 undone (latin-1 text where
    the encoding is unknown) and says if it is this format; `parse` reads the whole and raises UnreadableDocument only when
    nothing in it can be read."""

    name: str
    sniff: Callable[[str], bool]
    parse: Callable[[Document], Parsed]
