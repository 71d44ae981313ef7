"""What full text search looks into, of a story."""

from __future__ import annotations

from pipeline.story import Story


def columns(story: Story) -> tuple[str, ...]:
    """What full text search looks into, in the order of `sought.COLUMNS`."""
    names = dict.fromkeys(
        name for entity in story.entities for name in (entity.name, entity.link.name if entity.link else "")
    )
    subjects = [story.slugline, *story.keywords, *(subject.name for subject in story.subjects)]
    return (
        "\n".join((story.headline, story.subheadline)),
        story.summary,
        "\n".join(story.body),
        "\n".join(names),
        "\n".join((*story.byline, story.byline_title)),
        "\n".join(subjects),
    )
