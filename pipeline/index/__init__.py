"""The index that readers search: the protocol its implementations keep, and its questions and answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal, Protocol

from msgspec import field

from pipeline.story import Change, Location, Record, Status, Story

Outcome = Literal["indexed", "stale", "late"]
"""What became of a version: it is the story's newest now; it is not newer than what is there and changed
nothing; it came after a newer one and is in the history only."""

Order = Literal["rank", "newest"]
Bucket = Literal["minute", "hour", "day", "month"]


class AmbiguousId(LookupError):
    """More than one story's id begins with what was given; the message says so."""


class Query(Record, frozen=True, kw_only=True):
    """What a reader asks for. Different fields narrow the answer together. Of a list of entities (people,
    places, ...) a story must have every one; of the other lists it must have one."""

    text: str = ""
    """Words that must all be there, in any case and with or without accents; `"a phrase"`, `prefix*`,
    `-without`, `this OR that`; `headline:`, `summary:`, `body:`, `byline:`, `entity:` or `subject:`
    before any of these looks there only. Any text is valid."""
    entity: list[str] = field(default_factory=list)
    """Names of entities of any type, as in the facets; or their links, `geonames:112931`."""
    person: list[str] = field(default_factory=list)
    organisation: list[str] = field(default_factory=list)
    place: list[str] = field(default_factory=list)
    """Names of places, or countries' codes (ISO 3166-1 alpha-2): a country's code means every place in it."""
    source: list[str] = field(default_factory=list)
    provider: list[str] = field(default_factory=list)
    language: list[str] = field(default_factory=list)
    """BCP 47; `en` includes `en-GB`."""
    change: list[Change] = field(default_factory=list)
    status: list[Status] = field(default_factory=list)
    """Killed stories are left out unless `canceled` is asked for here, or `kill` in `change`."""
    without_copies: bool = False
    """Leaves out what copies another story."""
    since: datetime | None = None
    """Event time, from this moment."""
    until: datetime | None = None
    """Event time, before this moment."""
    order: Order = "rank"
    """`rank`: best match first, and newest first where there is no text; `newest`: by event time."""
    limit: int = 20
    offset: int = 0


class Marked(Record, frozen=True, kw_only=True):
    """Text with the places in it that match: `text[start:end]` of each mark, in order, none overlapping.
    It is from the wire: escape it before showing it."""

    text: str
    marks: list[tuple[int, int]] = field(default_factory=list)


class Hit(Record, frozen=True, kw_only=True):
    """A story that matches."""

    story: Story
    """Whole, without its history."""
    score: float
    """Higher is better; 0 where nothing was ranked."""
    headline: Marked
    snippet: Marked
    """The passage of the story that matches best, else its beginning; some 240 characters."""


class Page(Record, frozen=True, kw_only=True):
    """Some of the stories that match, best or newest first."""

    total: int
    """Of all that match."""
    hits: list[Hit]


class FacetCount(Record, frozen=True, kw_only=True):
    """How many of the matching stories have a value."""

    value: str
    """What to put into the Query to have only these."""
    name: str
    """The same for people."""
    count: int
    location: Location | None = None
    """Where a place is, if known."""


class Facets(Record, frozen=True, kw_only=True):
    """The commonest values among the matching stories, most frequent first."""

    total: int
    """Matching stories."""
    person: list[FacetCount]
    organisation: list[FacetCount]
    place: list[FacetCount]
    group: list[FacetCount]
    event: list[FacetCount]
    product: list[FacetCount]
    country: list[FacetCount]
    """`value` is the ISO code, for `Query.place`."""
    source: list[FacetCount]
    provider: list[FacetCount]
    language: list[FacetCount]
    change: list[FacetCount]


class Bin(Record, frozen=True, kw_only=True):
    """A bar of the timeline."""

    start: datetime
    """UTC; it ends where the next begins."""
    count: int


class SourceCount(Record, frozen=True, kw_only=True):
    """What the index holds of one source."""

    source: str
    stories: int
    last_event_at: datetime | None
    """Of its newest story."""
    last_indexed_at: datetime | None
    """When its latest was processed."""


class Counts(Record, frozen=True, kw_only=True):
    """What the index holds."""

    stories: int
    """That readers see; killed ones are not among them."""
    versions: int
    """Of all stories."""
    copies: int
    """Stories, of those that readers see, that copy another one."""
    killed: int
    withheld: int
    """Stories that wait for their time, or have a version that does."""
    sequence: int
    """Of the latest change, see `tail`; 0 for none yet."""
    sources: list[SourceCount]


class StoryIndex(Protocol):
    """Where stories are put and found. What is withheld or under embargo is seen only where
    `include_withheld` says so; a killed story is its notice: id, source, times and history, with no text
    in any version."""

    def put(self, stories: Sequence[Story]) -> list[Outcome]:
        """Takes versions in, in the order given; one outcome each. Putting the same again changes nothing."""

    def amend(self, stories: Sequence[Story]) -> None:
        """Puts these in the place of the same versions: what the wire said has not changed, what was made of it has
        (entities found at a second try). Versions that are not there, or were killed, are left as they are."""

    def release(self, now: datetime) -> list[str]:
        """Lets out every version whose embargo is over at `now`; ids of the stories that changed for
        readers."""

    def expire(self, before: datetime) -> int:
        """Forgets the stories whose event time is before `before`, with their history; how many."""

    def scrub(self) -> bool:
        """Takes what killed stories left in the index's own structures out of it, for good; False where
        there was nothing. Costs time in the size of the index: call it when idle, soon after a kill."""

    def get(self, id: str, *, include_withheld: bool = False) -> Story | None:
        """A story as it stands, with its history. `id` may be the beginning of one. Raises AmbiguousId."""

    def version(self, id: str, version: int, *, include_withheld: bool = False) -> Story | None:
        """One version of a story, as it was, without history. `id` may be the beginning of one. Raises
        AmbiguousId."""

    def copies(self, id: str, limit: int = 100) -> list[Story]:
        """The other stories of this one's group of copies, earliest first, without history. Raises
        AmbiguousId."""

    def search(self, query: Query) -> Page:
        """The stories that match. Never fails on what a reader types."""

    def every(self, query: Query) -> Iterator[Story]:
        """All stories that match, one after the other, oldest first, without history; the query's own
        order, limit and offset play no part."""

    def facets(self, query: Query, limit: int = 20) -> Facets:
        """The `limit` commonest values of each kind among the stories that match, or the newest 20,000 of
        them; the query's own limit and offset play no part."""

    def timeline(self, query: Query, bucket: Bucket = "hour") -> list[Bin]:
        """Matching stories by event time, oldest first; empty bins are left out."""

    def tail(self, after: int | None, limit: int = 100) -> list[tuple[int, Story]]:
        """Stories in the order in which they changed for readers, killed ones among them as their
        notices, each with its sequence, ascending: those after a sequence, or with None the latest
        `limit`. A story that changes again moves to the end."""

    def counts(self) -> Counts:
        """What the index holds."""


__all__ = [
    "AmbiguousId",
    "Bin",
    "Bucket",
    "Counts",
    "FacetCount",
    "Facets",
    "Hit",
    "Marked",
    "Order",
    "Outcome",
    "Page",
    "Query",
    "SourceCount",
    "StoryIndex",
]
