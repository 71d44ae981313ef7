"""Feed lists from and to other readers: OPML 2.0, whose nested outlines are tags here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree

from pipeline.collect import address, feedlist
from pipeline.collect.feedlist import Feed
from pipeline.story import Record

_DEEPEST = 20


class BadOpml(Exception):
    """What was given is no OPML; the message says why."""


class Imported(Record, frozen=True, kw_only=True):
    """What an OPML document lists."""

    feeds: list[Feed]
    known: list[str]
    """Addresses that are on the list already, without credentials."""
    left: list[str]
    """What could not be taken, a sentence each."""


def read(content: bytes, known: Sequence[Feed] = ()) -> Imported:
    """The feeds of an OPML document that are not among `known` yet (by address), names made unlike theirs.
    Raises BadOpml."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadOpml(f"not XML: {error}") from error
    if root is None or _local(root) != "opml":
        raise BadOpml("not OPML: its outermost element is not <opml>")
    feeds: list[Feed] = []
    twice: list[str] = []
    left: list[str] = []
    addresses = {feed.url for feed in known}
    names = [feed.name for feed in known]
    for outline, tags in _outlines(root, ()):
        url = _attribute(outline, "xmlurl").strip()
        title = " ".join((_attribute(outline, "title") or _attribute(outline, "text")).split())
        try:
            address.parse(url)
        except address.AddressRefused as error:
            left.append(f"{title or 'an outline'}: {error}")
            continue
        if url in addresses:
            twice.append(address.redact(url))
            continue
        wished = "".join(c for c in title if c.isprintable())[:80].strip() or feedlist.name_for(url)
        name = feedlist.free_name(wished, names)
        names.append(name)
        addresses.add(url)
        categories = [c.strip("/ ").rsplit("/", 1)[-1] for c in _attribute(outline, "category").split(",")]
        feeds.append(
            Feed(
                name=name,
                url=url,
                language=_attribute(outline, "language").strip().replace("unknown", ""),
                tags=tuple(dict.fromkeys(t for t in (*tags, *categories) if t)),
            )
        )
    return Imported(feeds=feeds, known=twice, left=left)


def write(feeds: Sequence[Feed], title: str = "Wirepipe") -> bytes:
    """The feeds as OPML 2.0, UTF-8; a feed's tags are the outlines around it, outermost first. Passwords are
    left out."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    groups: dict[tuple[str, ...], etree._Element] = {(): body}
    for feed in feeds:
        attributes = {"type": "rss", "text": feed.name, "title": feed.name}
        attributes["xmlUrl"] = str(address.without_credentials(address.parse(feed.url)))
        if feed.language:
            attributes["language"] = feed.language
        etree.SubElement(
            _group(groups, tuple(map(_plain, feed.tags))),
            "outline",
            {k: _plain(v) for k, v in attributes.items()},
        )
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _group(groups: dict[tuple[str, ...], etree._Element], tags: tuple[str, ...]) -> etree._Element:
    if tags not in groups:
        groups[tags] = etree.SubElement(
            _group(groups, tags[:-1]), "outline", {"text": tags[-1], "title": tags[-1]}
        )
    return groups[tags]


def _outlines(
    element: etree._Element, tags: tuple[str, ...]
) -> Iterator[tuple[etree._Element, tuple[str, ...]]]:
    """Outlines with an xmlUrl, each with the texts of the outlines around it."""
    for child in element.iterchildren(tag=etree.Element):
        if _local(child) != "outline":
            yield from _outlines(child, tags)
        elif _attribute(child, "xmlurl"):
            yield child, tags
        elif len(tags) < _DEEPEST:
            text = " ".join((_attribute(child, "text") or _attribute(child, "title")).split())
            yield from _outlines(child, (*tags, text) if text else tags)


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname.lower()


def _attribute(element: etree._Element, name: str) -> str:
    """An attribute by its name in any case: programs write xmlUrl, xmlURL and xmlurl."""
    return next((str(value) for key, value in element.attrib.items() if str(key).lower() == name), "")


def _plain(text: str) -> str:
    """Text that XML can hold."""
    return "".join(c for c in text if c in "\t\n\r" or c.isprintable())
