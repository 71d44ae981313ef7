"""What a collector remembers of a feed, as one record on a compacted topic: whoever polls the feed next goes on from it."""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.collect.feed_state import Remembered
from pipeline.collect.feedlist import Feed
from pipeline.kafka.records import TooNew, Unreadable
from pipeline.story import Record

SCHEMA = 1


class Item(Record, frozen=True, array_like=True):
    """An item that a feed holds, or held not long ago: see `pipeline.collect.novelty.Held`."""

    key: bytes
    hashes: bytes
    gone_at: float | None = None


class FeedSnapshot(Record, frozen=True, kw_only=True):
    """A feed's state and the items it was seen to hold."""

    schema: int = SCHEMA
    feed: Feed
    state: Remembered
    items: list[Item]

    def standing(self) -> dict[str, Any]:
        """How the feed is doing, for dashboards: names are those of the index `feeds`."""
        state = self.state
        return {
            "name": self.feed.name,
            "title": state.title,
            "source": self.feed.story_source,
            "enabled": self.feed.enabled,
            "checked_at": state.last_poll,
            "succeeded_at": state.last_success,
            "next_check_at": state.next_poll,
            "last_new": state.last_new,
            "failures": state.failures,
            "trouble": state.last_error or state.notice,
        }


def read_snapshot(value: bytes) -> FeedSnapshot:
    """A record of `feed-state`. Raises Unreadable, TooNew."""
    try:
        schema = _decode_version(value).schema
        if schema > SCHEMA:
            raise TooNew(f"a feed state of schema {schema}, where this program knows {SCHEMA}: upgrade it")
        return _decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from error


class _Versioned(Record, frozen=True):
    schema: int = 1


_decode_version = msgspec.json.Decoder(_Versioned).decode
_decode = msgspec.json.Decoder(FeedSnapshot).decode
