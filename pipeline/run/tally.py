"""What a run did, counted: for the summary of a replay and for the metrics of the service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.run.intake import Read
from pipeline.story import Record, Story

if TYPE_CHECKING:
    from pipeline.deduplicate import Dropped  # it brings the compiler of its loops with it


class Summary(Record, frozen=True, kw_only=True):
    """The counts of a run. `collected` = every story read; it is the sum of `same`, `late`, the changes and `dead` of stories."""

    documents: int
    collected: int
    new: int
    updates: int
    corrections: int
    kills: int
    repeats: int
    advisories: int
    copies: int
    same: int
    late: int
    aside: int
    dead: int
    entities: int
    seconds: float
    stories_per_second: float


@dataclass
class Tally:
    """Grows while a run goes on."""

    documents: int = 0
    collected: int = 0
    same: int = 0
    late: int = 0
    aside: int = 0
    dead: int = 0
    copies: int = 0
    entities: int = 0
    changes: Counter[str] = field(default_factory=Counter)

    def take(self, read: Read) -> None:
        """Counts a document that was read."""
        self.documents += 1
        self.collected += len(read.waiting)
        self.aside += len(read.aside)
        self.dead += len(read.casualties)

    def add(self, results: Iterable[Story | Dropped]) -> None:
        """Counts what the stages made of some stories."""
        for result in results:
            if not isinstance(result, Story):
                self.same += 1
                continue
            self.late += result.late
            self.changes[result.change or "new"] += not result.late
            self.copies += result.copy_of is not None
            self.entities += len(result.entities)

    def summary(self, seconds: float) -> Summary:
        """The counts so far, over `seconds` of work."""
        return Summary(
            documents=self.documents,
            collected=self.collected,
            new=self.changes["new"],
            updates=self.changes["update"],
            corrections=self.changes["correction"],
            kills=self.changes["kill"],
            repeats=self.changes["repeat"],
            advisories=self.changes["advisory"],
            copies=self.copies,
            same=self.same,
            late=self.late,
            aside=self.aside,
            dead=self.dead,
            entities=self.entities,
            seconds=round(seconds, 3),
            stories_per_second=round(self.collected / seconds, 1) if seconds > 0 else 0.0,
        )
