"""What readers may have of a story at a time: what is held back, and what is left of one that was killed."""

from __future__ import annotations

from pipeline.story import Story, replace


def is_kill(story: Story) -> bool:
    """This version withdraws the story."""
    return story.change == "kill" or story.status == "canceled"


def is_held(story: Story) -> bool:
    """This version may not be read yet: its embargo was not over when it was processed, or the wire
    withholds it and names no end. A clock is not asked: what was decided at processing holds until the
    embargo is released."""
    if story.embargoed_until is None:
        return story.status == "withheld"
    seen = story.processed_at or story.collected_at
    return seen is None or story.embargoed_until > seen


def released(story: Story) -> Story:
    """The version once its embargo is over."""
    return replace(story, status="usable") if story.status == "withheld" else story


def notice(story: Story) -> Story:
    """What is kept of a version of a killed story: whose it is, its number and its times. Its addresses
    and subjects go too, as they repeat its headline, and so does the hash of its text."""
    return Story(
        id=story.id,
        version=story.version,
        late=story.late,
        source=story.source,
        provider=story.provider,
        format=story.format,
        status="canceled",
        change=story.change,
        published_at=story.published_at,
        published_precision=story.published_precision,
        first_published_at=story.first_published_at,
        collected_at=story.collected_at,
        processed_at=story.processed_at,
        cluster=story.cluster,
    )
