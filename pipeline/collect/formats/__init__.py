"""The registry of wire formats: which format a document is in, and the stories that it holds."""

from __future__ import annotations

from pipeline.collect.document import Document, Parsed, UnreadableDocument
from pipeline.collect.format import Format as Format
from pipeline.collect.formats import (
    anpa1312,
    ap,
    dpa,
    feeds,
    iptc7901,
    jsonfeed,
    mail,
    newsml_12,
    newsml_g2,
    ninjs,
    nitf,
    reuters_poll,
    reuters_sgml,
    ritzau,
    safexml,
    sniffing,
    telex,
    text,
)
from pipeline.collect.formats.finish import finish

FORMATS: tuple[Format, ...] = (
    reuters_sgml.FORMAT,
    newsml_g2.FORMAT,
    newsml_12.FORMAT,
    nitf.FORMAT,
    dpa.FORMAT,
    ap.FORMAT,
    ninjs.FORMAT,
    jsonfeed.FORMAT,
    ritzau.FORMAT,
    reuters_poll.FORMAT,
    anpa1312.FORMAT,
    iptc7901.FORMAT,
    telex.FORMAT,
    feeds.FORMAT,
    mail.FORMAT,
    text.FORMAT,
)
"""Every format, in the order in which they are asked: the narrow ones first, plain text last."""

ITEMS_MOST = 10_000


def detect(document: Document) -> Format | None:
    """The format of a document, or None where no format claims it."""
    return _claimed(sniffing.head(document.content))


def _claimed(head: str) -> Format | None:
    return next((form for form in FORMATS if form.sniff(head)), None)


def parse(document: Document, items: int = ITEMS_MOST) -> Parsed:
    """The stories of a document in any format, at most `items`. Raises UnreadableDocument, whose message says
    what the document looks like."""
    if binary := sniffing.not_text(document.content):
        raise UnreadableDocument(binary)
    head = sniffing.head(document.content)
    if head.lstrip().startswith("<"):
        safexml.check(document.content)
    form = _claimed(head)
    if form is None:
        raise UnreadableDocument(sniffing.unknown(document.content))
    return finish(form.parse(document), document, items)
