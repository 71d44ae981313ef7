"""A story's own versions: which story a version belongs to, whether it is news of it, and whether it came
late."""

from __future__ import annotations

import hashlib
from datetime import datetime

from pipeline.deduplicate.state import DIGESTS, Known, State
from pipeline.story import Change, Precision, Record, Story, encode, replace, story_id

HOPS = 4
"""A story joined to one that was joined to another is followed so far."""

_SPAN: dict[Precision, float] = {"second": 1.0, "minute": 60.0, "day": 86_400.0}


class Belonging(Record, frozen=True):
    """The story that a version belongs to."""

    id: str
    family: str
    known: Known | None
    aliases: tuple[str, ...]
    """Ids that lead to it from now on, since the wire may name the story by them."""


def belonging(story: Story, state: State) -> Belonging:
    """The story that this version belongs to. What the wire says that it corrects, kills or replaces
    comes first; a story named that was never seen is awaited under the name given, so that what kills it
    is there before it."""
    names = [story.id]
    if story.guid and story.guid != story.family:
        names.append(story_id(story.source, story.guid))
    id, known = _kept(story.id, state)
    family = known.family if known is not None and id != story.id else story.family
    if story.corrects and story.corrects not in (story.guid, story.family):
        named, target = _kept(story_id(story.source, story.corrects), state)
        if target is not None:
            id, known, family = named, target, target.family
        elif known is None:
            id, known, family = named, None, story.corrects
    elif known is None and len(names) > 1:
        named, target = _kept(names[1], state)
        if target is not None:
            id, known, family = named, target, target.family
    return Belonging(id=id, family=family, known=known, aliases=tuple(name for name in names if name != id))


def digest(story: Story) -> bytes:
    """What the wire says in this version, as 12 bytes: equal for the same version fetched twice, by
    whatever way it came."""
    said = replace(story, id="", document="", collected_at=None, processed_at=None, assumed=[])
    return hashlib.blake2b(encode(said), digest_size=12).digest()


def is_late(story: Story, known: Known) -> bool:
    """Did this version come after a newer one? The agency's number says so where it counts, else the
    versions' times, the coarser of the two precisions deciding. A kill wins over a version of its own
    time, and is final for one that has none."""
    count = number(story)
    if count is not None and known.count is not None and count != known.count:
        return count < known.count
    order = _order(story.published_at, story.published_precision, known)
    if known.killed and story.status != "canceled":
        return order is None or order <= 0
    return order is not None and order < 0


def number(story: Story) -> int | None:
    """The version's number, where this agency's numbers are a sequence."""
    digits = story.wire_version.strip() if story.version_counts else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None


def change(story: Story, known: Known | None) -> Change:
    """What this version is: as the wire says, else the first of its story is new and every other an
    update."""
    if story.status == "canceled" or story.change == "kill":
        return "kill"
    if known is None:
        return story.change or "new"
    return "update" if story.change in (None, "new") else story.change


def advanced(known: Known | None, story: Story, content: bytes, late: bool) -> Known:
    """What is known of a story once this version of it was decided: the version carries its number and
    marks."""
    killed = story.status == "canceled"
    at = _seconds(story.published_at)
    count = number(story)
    if known is None:
        return Known(
            family=story.family,
            version=story.version,
            at=at,
            precision=story.published_precision,
            count=count,
            killed=killed,
            digests=(content,),
            cluster=story.cluster,
            copy_of=story.copy_of,
            relation=story.relation,
            similarity=story.similarity,
        )
    seen = replace(known, version=story.version, digests=(*known.digests[1 - DIGESTS :], content))
    if late:
        return seen
    return replace(
        seen,
        at=known.at if at is None else at,
        precision=known.precision if at is None else story.published_precision,
        count=known.count if count is None else count,
        killed=killed,
        cluster=story.cluster,
        copy_of=story.copy_of,
        relation=story.relation,
        similarity=story.similarity,
    )


def _kept(id: str, state: State) -> tuple[str, Known | None]:
    """The id under which the story is kept that calls itself `id`, and what is known of it."""
    for _ in range(HOPS):
        known = state.known(id)
        if not isinstance(known, str):
            return id, known
        id = known
    return id, None


def _order(at: datetime | None, precision: Precision, known: Known) -> float | None:
    """Below 0: older than the newest known; 0: of the same time, as far as is known; None: a time is
    missing."""
    if at is None or known.at is None:
        return None
    span = max(_SPAN[precision], _SPAN[known.precision])
    return at.timestamp() // span - known.at // span


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()
