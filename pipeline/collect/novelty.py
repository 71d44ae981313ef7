"""What in a document is new: its items and faults, against what the feed was seen to hold."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from pipeline.collect.document import Fault, Parsed
from pipeline.story import RawStory, encode, replace

_NO_TIME = datetime.max.replace(tzinfo=UTC)
_HASH_BYTES = 16


@dataclass(frozen=True, slots=True)
class Held:
    """An item that a feed holds, or held until not long ago."""

    hashes: bytes
    """Of its contents, 16 bytes each: a feed may hold an item several times over under one id."""
    gone: bool = False
    """It was not in the newest document."""


@dataclass(frozen=True, slots=True)
class Novelty:
    """What a document has that was not seen before, and how the memory of the feed changes."""

    stories: Sequence[RawStory] = ()
    """New or changed, oldest first."""
    faults: Sequence[Fault] = ()
    """Not reported before."""
    changed: Mapping[bytes, bytes] = field(default_factory=dict)
    """Item to hashes: what is to be remembered anew."""
    vanished: Sequence[bytes] = ()
    """Items that the document does not hold any more."""
    held: int = 0
    """Items in the document."""


def novelty(parsed: Parsed, known: Mapping[bytes, Held]) -> Novelty:
    """What `parsed` has beyond `known`. An item that changed is new again, one that only came back is not; a
    fault is new once for each reason (numbers in it aside) and each item."""
    now_held: dict[bytes, bytes] = {}
    fresh: list[RawStory] = []
    for story in parsed.stories:
        item, content = item_key(story), content_hash(story)
        if content not in _split(now_held.get(item, b"")):
            now_held[item] = now_held.get(item, b"") + content
            if content not in _split(known[item].hashes if item in known else b""):
                fresh.append(story)
    faults: list[Fault] = []
    for fault in parsed.faults:
        item = fault_key(fault)
        if item not in known and item not in now_held:
            faults.append(fault)
        now_held[item] = b""
    unreadable = bool(parsed.faults) and not parsed.stories
    return Novelty(
        stories=oldest_first(fresh),
        faults=faults,
        changed={item: h for item, h in now_held.items() if item not in known or known[item] != Held(h)},
        # A document that could not be read says nothing of what the feed holds.
        vanished=()
        if unreadable
        else [i for i, held in known.items() if i not in now_held and not held.gone],
        held=len(parsed.stories),
    )


def oldest_first(stories: Sequence[RawStory]) -> list[RawStory]:
    """In order of time; those without one last, and of equals the later in the document first, as feeds put
    the newest on top."""
    newest_last = stories[::-1]
    return sorted(newest_last, key=lambda story: story.published_at or story.first_published_at or _NO_TIME)


def item_key(story: RawStory) -> bytes:
    """What an item is known by in its feed: its guid, else its family; 16 bytes."""
    return _hash(b"item", (story.guid or story.family).encode("utf-8", "surrogatepass"))


def content_hash(story: RawStory) -> bytes:
    """Of all that the wire says of it, 16 bytes: not of when and where it was collected, nor of how this
    version of the program reads it."""
    bare = replace(story, schema=0, document="", collected_at=None, assumed=[])
    return _hash(b"story", encode(_encodable(bare)))


def fault_key(fault: Fault) -> bytes:
    """What a fault is known by: the item's own bytes where it has them, and the reason without its numbers;
    16 bytes."""
    reason = re.sub(r"\d+", "0", fault.reason).encode("utf-8", "surrogatepass")
    return _hash(b"fault", fault.original + b"\0" + reason)


def document_hash(content: bytes) -> str:
    """Of a whole document, hexadecimal."""
    return _hash(b"document", content).hex()


def _encodable(story: RawStory) -> RawStory:
    """The story, with lone surrogates (which JSON in UTF-8 cannot have) replaced."""
    fields = {
        name: value.encode("utf-8", "replace").decode("utf-8")
        for name, value in msgspec.structs.asdict(story).items()
        if isinstance(value, str) and not value.isascii()
    }
    return replace(story, **fields)


def _split(hashes: bytes) -> list[bytes]:
    return [hashes[at : at + _HASH_BYTES] for at in range(0, len(hashes), _HASH_BYTES)]


def _hash(kind: bytes, content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_HASH_BYTES, person=kind).digest()
