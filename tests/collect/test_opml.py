"""OPML from other readers."""

from __future__ import annotations

import pytest

from pipeline.collect import opml
from pipeline.collect.feedlist import Feed

SUBSCRIPTIONS = b"""<?xml version="1.0" encoding="ISO-8859-1"?>
<opml version="1.1"><head><title>Mine</title></head><body>
 <outline text="Sea">
  <outline title="Harbour Post" type="rss" xmlUrl="https://harbour.example/rss" htmlUrl="https://harbour.example/"/>
  <outline text="Ships">
   <outline text="Caf\xe9 du port" xmlURL=" https://cafe.example/feed " category="/Food/Coffee,Trade" language="fr"/>
  </outline>
 </outline>
 <outline text="Harbour Post" xmlUrl="https://mirror.example/rss"/>
 <outline text="Known" xmlUrl="https://known.example/rss"/>
 <outline text="Twice" xmlUrl="https://harbour.example/rss"/>
 <outline text="Local" xmlUrl="file:///etc/passwd"/>
 <outline xmlurl="https://nameless.example/world/rss"/>
</body></opml>"""


def test_nested_outlines_are_tags_and_names_are_made_unlike() -> None:
    known = [Feed(name="Known", url="https://known.example/rss")]
    imported = opml.read(SUBSCRIPTIONS, known)
    assert imported.feeds == [
        Feed(name="Harbour Post", url="https://harbour.example/rss", tags=("Sea",)),
        Feed(
            name="Café du port",
            url="https://cafe.example/feed",
            language="fr",
            tags=("Sea", "Ships", "Coffee", "Trade"),
        ),
        Feed(name="Harbour Post-2", url="https://mirror.example/rss"),
        Feed(name="nameless.example-world", url="https://nameless.example/world/rss"),
    ]
    assert imported.known == ["https://known.example/rss", "https://harbour.example/rss"]
    assert len(imported.left) == 1
    assert "Local" in imported.left[0]


@pytest.mark.parametrize("content", [b"", b"not xml", b"<rss/>", b"\xff\xfe", b"{}"])
def test_what_is_no_opml_is_refused(content: bytes) -> None:
    with pytest.raises(opml.BadOpml):
        opml.read(content)


def test_entities_are_not_expanded() -> None:
    bomb = b"""<!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>
    <opml><body><outline text="&b;&c;" xmlUrl="https://a.example/"/></body></opml>"""
    try:
        feeds = opml.read(bomb).feeds
    except opml.BadOpml:
        return
    assert all("root:" not in feed.name and len(feed.name) <= 80 for feed in feeds)


def test_passwords_are_not_exported() -> None:
    written = opml.write([Feed(name="a", url="https://anna:geheim@a.example/feed")])
    assert b"geheim" not in written
    assert opml.read(written).feeds[0].url == "https://a.example/feed"
