"""Tells news from what the index has where both have one number: the de-duplicate stage forgets old stories and counts anew."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pipeline.story import Story, event_time, replace


def may_be_news(story: Story, newest: int, at: datetime | None) -> bool:
    """A version is not newer by its number than the index's newest, whose event time is `at`, and yet by its own time. One that
    came in order is looked at no further."""
    own = event_time(story)
    return not story.late and story.version <= newest and own is not None and at is not None and own > at


def numbered_on(story: Story, known: Iterable[Story]) -> Story | None:
    """The story with the number after the last of the versions that the index has, or None where it is one of them, or where its
    own number is free: then it is one that was overtaken. Of a killed story's versions only the times are known."""
    versions = list(known)
    if not any(other.version == story.version for other in versions):
        return None
    if any(_is_same(story, other) for other in versions):
        return None
    change = "update" if story.change == "new" else story.change
    return replace(story, version=max(other.version for other in versions) + 1, change=change)


def _is_same(story: Story, other: Story) -> bool:
    if (story.published_at, story.first_published_at) != (other.published_at, other.first_published_at):
        return False
    return story.text_hash == other.text_hash or not other.text_hash
