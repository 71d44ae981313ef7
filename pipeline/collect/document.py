"""A document as it arrived, and what reading it gave: the seam between getting bytes and understanding them."""

from __future__ import annotations

from datetime import datetime

from pipeline.story import RawStory, Record


class Document(Record, frozen=True, kw_only=True):
    """Bytes from somewhere, with what the way they came says of them."""

    content: bytes
    source: str
    """The feed's name here; becomes the stories' source."""
    name: str = ""
    """Path or URL, for people and for `RawStory.document`."""
    content_type: str = ""
    """The transport's Content-Type header, if any."""
    content_language: str = ""
    """The transport's Content-Language header, if any; believed where the document declares no language."""
    content_location: str = ""
    """The address that relative links resolve against."""
    collected_at: datetime | None = None


class Fault(Record, frozen=True, kw_only=True):
    """Something in a document that could not be made a story: an item, or the document itself (`item` None)."""

    reason: str
    """What happened and what to do, for a person."""
    item: int | None = None
    """Position in the document, from 0."""
    original: bytes = b""
    """The item's own bytes where they can be cut out; empty means the document's."""


class FeedHints(Record, frozen=True, kw_only=True):
    """What a feed says of itself and of how often to ask for it."""

    title: str = ""
    self_url: str = ""
    """The feed's own address (Atom `rel=self`, JSON Feed `feed_url`)."""
    hub: str = ""
    """Where changes can be subscribed to (WebSub `rel=hub`)."""
    ttl_seconds: int | None = None
    """Shortest time between two polls: RSS `ttl`, or the RSS 1.0 syndication module's period and frequency."""
    skip_hours: list[int] = []
    """Hours of the day, 0 to 23 in UTC, when the feed is not to be asked for (RSS `skipHours`)."""
    skip_days: list[str] = []
    """Days of the week when the feed is not to be asked for: `Monday` (RSS `skipDays`)."""


class Parsed(Record, frozen=True, kw_only=True):
    """What a document holds."""

    format: str
    stories: list[RawStory]
    faults: list[Fault] = []
    aside: list[str] = []
    """Items recognised and left aside, by name: `newsml-g2 package tag:...`."""
    hints: FeedHints | None = None
    """Only of feeds."""


class UnreadableDocument(Exception):
    """No format claims the document, or it is broken beyond reading. The message says what was found, for a person."""
