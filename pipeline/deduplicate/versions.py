"""A story's own versions: which story a version belongs to, whether it is news of it, and whether it came
late."""

from __future__ import annotations

import hashlib
from datetime import datetime

from pipeline.deduplicate.state import DIGESTS, Known, State
from pipeline.story import Change, Precision, Story, encode, replace, story_id

HOPS = 4
"""A story joined to one that was joined to another is followed so far."""

_SPAN: dict[Precision, float] = {"second": 1.0, "minute": 60.0, "day": 86_400.0}


def belongs_to(story: Story, state: State) -> tuple[str, str]:
    """The id and family that this version belongs to. What the wire says that it corrects, kills or
    replaces comes first; a story named that was never seen is awaited under the name given, so that what
    kills it is there before it."""
    own = _followed(story.id, state)
    if story.corrects and story.corrects not in (story.guid, story.family):
        named = _followed(story_id(story.source, story.corrects), state)
        known = state.known(named)
        if known is not None:
            return named, known.family
        if state.known(own) is None:
            return named, story.corrects
    known = state.known(own)
    if known is None and story.guid and story.guid != story.family:
        named = story_id(story.source, story.guid)
        known = state.known(named)
        if known is not None:
            return named, known.family
    return own, known.family if known is not None and own != story.id else story.family


def link(story: Story, id: str, state: State) -> None:
    """Remember under which id a version of this guid and family is kept, where the id does not follow
    from them."""
    names = [story.id]
    if story.guid and story.guid != story.family:
        names.append(story_id(story.source, story.guid))
    for name in names:
        if name != id and state.target(name) != id:
            state.link(name, id)


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


def _followed(id: str, state: State) -> str:
    for _ in range(HOPS):
        target = state.target(id)
        if target is None:
            break
        id = target
    return id


def _order(at: datetime | None, precision: Precision, known: Known) -> float | None:
    """Below 0: older than the newest known; 0: of the same time, as far as is known; None: a time is
    missing."""
    if at is None or known.at is None:
        return None
    span = max(_SPAN[precision], _SPAN[known.precision])
    return at.timestamp() // span - known.at // span


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()
