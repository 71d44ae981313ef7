"""Stories with the same words have the same entities: those of the first one are kept for the copies that follow it."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

import msgspec

from pipeline.story import Entity, Record, Story, replace

ROOM = 32 << 20
"""Bytes of entities that are remembered: of some ten thousand stories, an hour of a large service, in which most copies come."""


class _Found(Record, frozen=True):
    entities: list[Entity]
    note: str


_to_bytes = msgspec.msgpack.Encoder().encode
_found = msgspec.msgpack.Decoder(_Found)


class Copies:
    """The entities of the latest texts, by all of a story that they depend on."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._packed: OrderedDict[bytes, bytes] = OrderedDict()
        self.taken = 0
        """Stories that needed no search."""

    def of(self, story: Story) -> Story | None:
        """The story with the entities of an earlier one that it copies word for word; None where there was none."""
        key = _key(story)
        packed = self._packed.get(key)
        if packed is None:
            return None
        self._packed.move_to_end(key)
        self.taken += 1
        found = _found.decode(packed)
        return replace(story, entities=found.entities, entities_note=found.note)

    def keep(self, story: Story) -> None:
        """Remembers a story that was searched."""
        key = _key(story)
        if key in self._packed:
            return
        self._packed[key] = packed = _to_bytes(_Found(story.entities, story.entities_note))
        self._room -= len(packed)
        while self._room < 0:
            self._room += len(self._packed.popitem(last=False)[1])


def _key(story: Story) -> bytes:
    country = story.dateline.country if story.dateline else None
    canceled = story.status == "canceled"
    parts = (story.language, country, canceled, story.headline, story.summary, story.body)
    return hashlib.blake2b(_to_bytes(parts), digest_size=16).digest()
