"""Decides what has to be written for a version, from how its story stands: pure, and safe to repeat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple

from pipeline.index.elastic.bulk import Action
from pipeline.index.elastic.document import document, hidden, killed, record_of, version_document
from pipeline.index.elastic.mapping import Names
from pipeline.index.searched import columns
from pipeline.index.withdrawn import is_held, is_kill, notice, released
from pipeline.story import Story, event_time

VERSIONS: Final = 1_000
"""The external version of what readers see is so much for each of the story's versions, and one of these within it: a later of
them beats an earlier one, and a repeat of the earlier changes nothing. A version's own document has one of these alone."""
BARE: Final = 1
"""Its entities could not be looked for: the same version with them beats it."""
SEARCHED: Final = 2
RELEASED: Final = 500
"""Its embargo was over."""
GONE: Final = 900
"""Its text was taken away."""

EARLIEST: Final = datetime(1969, 12, 1, tzinfo=UTC)

Stamp = Callable[[Story], Callable[[], dict[str, Any]]]
"""Gives what a story's document has of the moment at which it is sent, see `document.stamp`."""


class Head(NamedTuple):
    """How a story stands in the index."""

    home: str
    """The month of the indices that it is in, `2024.08`: that of its first version, for good."""
    version: int
    """That readers see, or that took the story from them; 0 while only late ones came."""
    shown: bool
    killed: bool
    at: datetime | None
    own: bool = True
    """Known from what this writer wrote, not from a look into the index: then all that is older was written too."""


class Plan(NamedTuple):
    """What a version comes to."""

    actions: list[Action]
    """That of what readers see first, if it changes."""
    head: Head
    """How the story stands after it."""
    place: Literal["new", "repeated", "overtaken"] = "new"
    """Whether the story was not yet as far, just as far, or further already."""


class Planner:
    """Makes the actions of one set of indices."""

    def __init__(self, names: Names, stamp: Stamp) -> None:
        self._names = names
        self._stamp = stamp

    def plan(self, story: Story, head: Head | None, home: str) -> Plan:
        """For a version that came in order. `home` is the story's month, which its head knows if it has one."""
        if head is not None and _is_overtaken(story, head):
            if head.own:
                return Plan([], head, "overtaken")
            # Who wrote the later one may have been stopped before this one's own document was taken.
            if head.killed or is_kill(story):
                return Plan([self.version(home, notice(story), GONE)], head, "overtaken")
            own = self.version(home, story, _revision(story), held=is_held(story))
            return Plan([own], head, "overtaken")
        at, revision = event_time(story), _revision(story)
        place: Literal["new", "repeated"] = (
            "repeated" if head is not None and head.version == story.version else "new"
        )
        if is_kill(story):
            left = notice(story)
            number = VERSIONS * story.version + GONE
            main = Action(self.stories(home), story.id, number, killed(left), self._stamp(left))
            return Plan(
                [main, self.version(home, left, GONE)], Head(home, story.version, True, True, at), place
            )
        if is_held(story):
            own = self.version(home, story, revision, held=True)
            if head is not None and head.shown and story.embargoed_until is not None:
                return Plan([own], head)  # until then readers have the one before
            number = VERSIONS * story.version + revision
            main = Action(self.stories(home), story.id, number, hidden(story))
            return Plan([main, own], Head(home, story.version, False, False, at), place)
        usable = released(story)
        record = record_of(usable)
        main = self.shown(home, usable, revision, record)
        after = Head(home, story.version, True, False, at)
        return Plan([main, self.version(home, usable, revision, record=record)], after, place)

    def plan_late(self, story: Story, head: Head | None, home: str, withdrawn: bool) -> Plan:
        """For a version that enters the history alone; with no text where it, or a kill later than it (`withdrawn`), withdraws
        that."""
        if is_kill(story) or withdrawn:
            own = self.version(home, notice(story), GONE)
        else:
            own = self.version(home, story, SEARCHED, held=is_held(story))
        if head is not None:
            return Plan([own], head)
        bare = {**hidden(story), "version": 0}
        return Plan(
            [Action(self.stories(home), story.id, 0, bare), own],
            Head(home, 0, False, False, event_time(story)),
        )

    def shown(self, home: str, story: Story, revision: int, record: dict[str, Any] | None = None) -> Action:
        """Makes a version what readers see. `record`: the story's own, where it is made already."""
        made = document(story, record or record_of(story), columns(story))
        return Action(
            self.stories(home), story.id, VERSIONS * story.version + revision, made, self._stamp(story)
        )

    def version(
        self,
        home: str,
        story: Story,
        revision: int,
        held: bool = False,
        record: dict[str, Any] | None = None,
    ) -> Action:
        """Puts a version into the history. `record`: see `shown`."""
        made = version_document(story, record or record_of(story), held)
        return Action(self.versions(home), version_id(story.id, story.version), revision, made)

    def stories(self, home: str) -> str:
        """The index of what readers see of a month's stories."""
        return f"{self._names.stories}-{home}"

    def versions(self, home: str) -> str:
        """The index of the versions of a month's stories."""
        return f"{self._names.versions}-{home}"


def version_id(id: str, version: int) -> str:
    """The id of a version's own document."""
    return f"{id}-{version}"


def home_of(story: Story, now: datetime) -> str:
    """The month of the indices for a story that has none yet: that of its event, where that is not yet to come. All that is older
    than 1970 is in one, so that senseless dates make no indices."""
    latest = (story.collected_at or now).astimezone(UTC)
    at = max(min((event_time(story) or latest).astimezone(UTC), latest), EARLIEST)
    return f"{at.year:04}.{at.month:02}"


def _is_overtaken(story: Story, head: Head) -> bool:
    return story.version < head.version or (
        story.version == head.version and head.killed and not is_kill(story)
    )


def _revision(story: Story) -> int:
    return BARE if story.entities_note.startswith("not searched") else SEARCHED
