"""Stories as rows of a CSV file that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from typing import Final, TextIO

from pipeline.story import EntityType, Story, event_time

_FORMULA: Final = re.compile(r"[\t\r]|\s*[=+\-@＝＋－＠]")

COLUMNS: Final[dict[str, Callable[[Story], object]]] = {
    "id": lambda story: story.id,
    "version": lambda story: story.version,
    "time": lambda story: at.isoformat() if (at := event_time(story)) else "",
    "precision": lambda story: story.published_precision,
    "source": lambda story: story.source,
    "provider": lambda story: story.provider,
    "status": lambda story: story.status,
    "change": lambda story: story.change or "",
    "language": lambda story: story.language,
    "urgency": lambda story: "" if story.urgency is None else story.urgency,
    "headline": lambda story: story.headline,
    "summary": lambda story: story.summary,
    "byline": lambda story: "; ".join(story.byline),
    "dateline": lambda story: story.dateline.text if story.dateline else "",
    "credit": lambda story: story.credit,
    "subjects": lambda story: "; ".join(subject.name or subject.code for subject in story.subjects),
    "keywords": lambda story: "; ".join(story.keywords),
    "people": lambda story: _names(story, "person"),
    "organisations": lambda story: _names(story, "organisation"),
    "places": lambda story: _names(story, "place"),
    "copy_of": lambda story: story.copy_of or "",
    "url": lambda story: story.url,
    "word_count": lambda story: story.word_count,
    "body": lambda story: "\n\n".join(story.body),
}
"""The columns and what stands in them; lists are joined by semicolons."""


def write_table(stories: Iterable[Story], out: TextIO) -> None:
    """A heading and a row a story (RFC 4180). Text that a spreadsheet would take for a formula gets an
    apostrophe in front (OWASP, CSV injection)."""
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    for story in stories:
        rows.writerow([_cell(column(story)) for column in COLUMNS.values()])


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _names(story: Story, type: EntityType) -> str:
    return "; ".join(entity.name for entity in story.entities if entity.type == type)
