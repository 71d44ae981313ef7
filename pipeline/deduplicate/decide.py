"""The decision on each story in turn: the same item again, a version of a known story, a copy of another
one."""

from __future__ import annotations

from typing import Final

from pipeline.deduplicate import versions
from pipeline.deduplicate.exact import headline_hash, is_prose, reach
from pipeline.deduplicate.judge import Judge, Reason, trained
from pipeline.deduplicate.near import Look, NearCopies, relation
from pipeline.deduplicate.state import Known, MemoryState, Sighting, State
from pipeline.settings import Dedupe
from pipeline.story import Record, Relation, Story, event_time, replace


class Dropped(Record, frozen=True):
    """A story that says nothing new: the id that it belongs to, the newest version known of it, and why."""

    id: str
    version: int
    reason: str


_SAME_BODY: Final = Reason("same_body", "the very same sentences under another headline", 1.0, 10.0)


class Copy(Record, frozen=True):
    """That a story copies an earlier one."""

    of: str
    relation: Relation
    similarity: float
    cluster: str


class Weighed(Record, frozen=True):
    """An earlier story that a new one was compared with."""

    id: str
    probability: float
    """That the two are one story."""
    needed: float
    same: bool
    reasons: list[Reason]


class Deduplicator:
    """Decides on stories one after the other. What it decides depends on the stories given and their
    order alone."""

    def __init__(self, state: State, settings: Dedupe, judge: Judge | None = None) -> None:
        """`judge` of near copies: the package's own if None."""
        self._state = state
        self._window = settings.window_hours * 3_600.0
        self._near = NearCopies(state, settings, judge or trained()) if settings.near else None

    def decide(self, story: Story) -> Story | Dropped:
        """The clean story with its `version`, `late`, `change`, and what it copies; its id and family
        replaced where the wire says that it belongs to another. Or that it is one already seen, word
        for word."""
        state = self._state
        content = versions.digest(story)
        belonging = versions.belonging(story, state)
        known = belonging.known
        if known is not None and content in known.digests:
            return Dropped(id=belonging.id, version=known.version, reason="the same item again")
        at = event_time(story)
        time = state.advance(at.timestamp() if at is not None else None)
        change = versions.change(story, known)
        killed = change == "kill"
        decided = replace(
            story,
            id=belonging.id,
            family=belonging.family,
            version=known.version + 1 if known is not None else 1,
            change=change,
            status="canceled" if killed else story.status,
        )
        late = known is not None and versions.is_late(decided, known)
        copy = None if killed or late else self._copied(decided, known, time)
        decided = _marked(decided, known, copy, late)
        for alias in belonging.aliases:
            state.know(alias, decided.id)
        state.know(decided.id, versions.advanced(known, decided, content, late))
        return decided

    @property
    def bytes(self) -> int:
        """Memory that near copies are looked for in."""
        return self._near.bytes if self._near is not None else 0

    def weigh(self, story: Story, most: int = 4) -> list[Weighed]:
        """Why `decide` will say what it says of this story's text: the earlier stories that it is
        compared with, the likeliest first, each with what speaks for and against."""
        if self._near is None:
            return []
        at = event_time(story)
        time = at.timestamp() if at is not None else self._state.now
        look = self._near.look(story, time, every=True)
        weighed = [
            Weighed(id=seen.id, probability=round(seen.probability, 4), needed=seen.allowed, same=seen.is_same,
                    reasons=self._near.reasons(seen, most))
            for seen in (look.seen if look is not None else [])
        ]  # fmt: skip
        first = self._state.sighting(story.text_hash) if story.text_hash else None
        if (
            first is None
            or first.id == story.id
            or any(one.id == first.id and one.same for one in weighed)
            or not self._reaches(story, time, first)
            or not is_prose(story)
        ):
            return weighed
        return [Weighed(id=first.id, probability=1.0, needed=1.0, same=True, reasons=[_SAME_BODY]), *weighed]

    def _copied(self, story: Story, known: Known | None, time: float) -> Copy | None:
        """The story that this one copies. One that is a copy already, or that others copy, stays
        where it is: only the text of a story that stands alone can move it to another's cluster."""
        copy, certain = self._same_text(story, time)
        look = self._near.look(story, time) if self._near is not None and not certain else None
        if self._near is not None and look is not None:
            alike = self._alike(story, look)
            if alike is None:
                copy = copy and _retitled(copy, story)
            elif copy is None or copy.cluster != alike.cluster:
                copy = alike
            self._near.remember(story.id, look)
        if (
            copy is not None
            and known is not None
            and (known.copied or known.copy_of or copy.cluster == known.cluster)
        ):
            return None
        if copy is not None:
            original = self._state.known(copy.of)
            if isinstance(original, Known) and not original.copied:
                self._state.know(copy.of, replace(original, copied=True))
        return copy

    def _alike(self, story: Story, look: Look) -> Copy | None:
        """The cluster is that of the likeliest story alone: a chain of weak likenesses must not join
        two. Of that cluster the story copies the earliest one that it is like."""
        same = [(seen, self._cluster(seen.id)) for seen in look.seen if seen.is_same and seen.id != story.id]
        if not same:
            return None
        cluster = same[0][1]
        of = min((seen for seen, theirs in same if theirs == cluster), key=lambda seen: seen.number)
        return Copy(of=of.id, relation=relation(story, of), similarity=of.similarity, cluster=cluster)

    def _cluster(self, id: str) -> str:
        known = self._state.known(id)
        return known.cluster if isinstance(known, Known) else id

    def _same_text(self, story: Story, time: float) -> tuple[Copy | None, bool]:
        """The earlier story with this text, and whether that is certain. Two companies' results may
        be one table of numbers under two headlines: with another headline the near-copy search has
        the last word."""
        if not story.text_hash:
            return None, False
        first = self._state.sighting(story.text_hash)
        if first is not None and first.id == story.id:
            return None, False
        headline = headline_hash(story)
        if first is None or not self._reaches(story, time, first):
            self._state.sight(story.text_hash, Sighting(id=story.id, at=time, headline=headline))
            return None, False
        copy = Copy(of=first.id, relation="exact", similarity=1.0, cluster=self._cluster(first.id))
        return copy, headline == first.headline

    def _reaches(self, story: Story, time: float, first: Sighting) -> bool:
        """Is the first sighting of this text near enough in time for the two to be one story?"""
        allowed = reach(story, self._window)
        return bool(allowed) and abs(time - first.at) <= allowed


def _retitled(copy: Copy, story: Story) -> Copy | None:
    """The copy that the near-copy search denies, as its headline is another one: where the body is sentences it is one."""
    if not is_prose(story):
        return None
    body = sum(map(len, story.body))
    return replace(copy, relation="near", similarity=round(body / (body + len(story.headline)), 3))


def warm(settings: Dedupe) -> None:
    """Loads what decisions need, and compiles it where that was not done before on this machine (some ten seconds), so that the
    first stories need not wait for it."""
    scratch = Deduplicator(MemoryState(settings), settings)
    text = "The quick brown fox jumps over the lazy dog near the old mill of Ghent at 7 on Monday in the rain of March."
    for number in range(2):
        scratch.decide(
            Story(
                id=f"{number}",
                source="warm",
                format="warm",
                headline="The quick brown fox jumps",
                body=[text + " Again." * number],
            )
        )


def _marked(story: Story, known: Known | None, copy: Copy | None, late: bool) -> Story:
    """The story with what it copies: found now, else as its earlier versions were marked."""
    if copy is not None:
        return replace(
            story,
            late=late,
            copy_of=copy.of,
            relation=copy.relation,
            similarity=copy.similarity,
            cluster=copy.cluster,
        )
    if known is None:
        return replace(story, late=late, cluster=story.id)
    return replace(
        story,
        late=late,
        copy_of=known.copy_of,
        relation=known.relation,
        similarity=known.similarity,
        cluster=known.cluster,
    )
