"""What the API answers, besides the story record itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pipeline.index import Bin, Bucket, Counts, Hit, Marked
from pipeline.story import EntityType, Location, Record, Relation, Story, replace


class Copy(Record, frozen=True, kw_only=True):
    """A story that says the same as another, in short."""

    id: str
    source: str
    provider: str
    headline: str
    url: str
    published_at: datetime | None
    relation: Relation | None
    """None for the earliest of the group, which copies none."""
    similarity: float | None


class Found(Record, frozen=True, kw_only=True):
    """A story that matches."""

    story: Story
    """Without history; with `brief`, also without body, entities, subjects and media."""
    score: float
    """Higher is better; 0 where nothing was ranked."""
    headline: Marked
    snippet: Marked
    """The passage that matches best, else the story's beginning."""
    also: list[Copy]
    """With `copies=fold`: who else has the story, earliest first, at most 20."""


class SearchAnswer(Record, frozen=True, kw_only=True):
    """Some of the stories that match."""

    total: int
    """Of all that match."""
    stories: list[Found]
    next_offset: int | None
    """Ask with it as `offset` for more; null at the end."""
    sequence: int
    """The index's latest change when this was read; `/api/live` goes on from it."""


class EntityCount(Record, frozen=True, kw_only=True):
    """How many of the matching stories name an entity."""

    type: EntityType
    value: str
    """What to put into the filter of its type, or `entity`, to have only these."""
    name: str
    count: int
    location: Location | None


class EntitiesAnswer(Record, frozen=True, kw_only=True):
    """The entities that the matching stories name most."""

    total: int
    """Matching stories."""
    entities: list[EntityCount]


class TimelineAnswer(Record, frozen=True, kw_only=True):
    """Matching stories by event time."""

    bucket: Bucket
    """Length of a bin; UTC days and months."""
    bins: list[Bin]
    """Oldest first, empty ones left out."""


class LiveStory(Record, frozen=True, kw_only=True):
    """A story that has just changed for readers."""

    sequence: int
    story: Story
    """Without body, entities, subjects, media and history."""


class FeedStatus(Record, frozen=True, kw_only=True):
    """How one polled feed is doing."""

    name: str
    url: str
    """Without user, password and query, which may be secrets."""
    enabled: bool
    checked_at: datetime | None
    """When it was last asked for news; null for never."""
    succeeded_at: datetime | None
    """When it last answered well."""
    next_check_at: datetime | None
    failures: int
    """Fetches that failed one after the other, up to now."""
    trouble: str
    """What is wrong, a sentence; empty where nothing is."""


class SourceStatus(Record, frozen=True, kw_only=True):
    """How one source of stories is doing."""

    source: str
    stories: int
    last_event_at: datetime | None
    """Event time of its newest story."""
    last_indexed_at: datetime | None
    """When its latest story was processed."""
    dead_letters: int
    feeds: list[FeedStatus]
    """What is polled for it; empty for folders and files."""


class FeedsAnswer(Record, frozen=True, kw_only=True):
    """How everything that is collected is doing."""

    at: datetime
    """When this was read, UTC."""
    sources: list[SourceStatus]
    """By name."""
    dead_letters: dict[str, int]
    """Waiting, by the stage that failed."""
    index: Counts


class State(Record, frozen=True, kw_only=True):
    """Whether the service is well."""

    status: Literal["ok"]
    stories: int | None = None
    """In the index; null where it was not asked."""


class Piece(Record, frozen=True, kw_only=True):
    """A run of words that stayed, came or went."""

    kind: Literal["same", "added", "removed"]
    text: str


class Passage(Record, frozen=True, kw_only=True):
    """A headline, summary or paragraph that changed, in pieces: `same` and `added` together are the new
    text, `same` and `removed` the old one."""

    field: Literal["headline", "subheadline", "byline", "dateline", "summary", "editor_note", "body"]
    paragraph: int | None
    """In the newer version's body, from 0; for one that was taken out, where it was."""
    pieces: list[Piece]


class ChangesAnswer(Record, frozen=True, kw_only=True):
    """What a version changed."""

    id: str
    since: int
    """The version compared with; 0 where there is none before."""
    version: int
    passages: list[Passage]
    unchanged: int
    """Paragraphs that stayed as they were."""


def copy_of(story: Story) -> Copy:
    """A story in short, as one of a group of copies."""
    return Copy(
        id=story.id,
        source=story.source,
        provider=story.provider,
        headline=story.headline,
        url=story.url,
        published_at=story.published_at,
        relation=story.relation,
        similarity=story.similarity,
    )


def brief(story: Story) -> Story:
    """A story as lists show it: without what takes room."""
    return replace(story, body=[], entities=[], subjects=[], media=[], history=[], assumed=[])


def found(hit: Hit, *, short: bool, others: Sequence[Story] = ()) -> Found:
    """A hit of the index as the API gives it."""
    return Found(
        story=brief(hit.story) if short else hit.story,
        score=hit.score,
        headline=hit.headline,
        snippet=hit.snippet,
        also=[copy_of(other) for other in others if other.id != hit.story.id],
    )
