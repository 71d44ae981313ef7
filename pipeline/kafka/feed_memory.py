"""What collectors remember of feeds, kept on compacted topics: how a feed stands after each poll, and what it holds whenever that
changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from pipeline.collect.address import redact
from pipeline.collect.feed_state import Remembered
from pipeline.kafka.records import Unreadable
from pipeline.story import Record

SCHEMA = 1
"""The version of the records' shape; a reader accepts its own and every earlier one."""

HELD_MOST = 50_000
"""Items of one feed that are kept on the topic, those that it holds now first; some 70 bytes each."""

T = TypeVar("T")


class FeedSnapshot(Record, frozen=True, kw_only=True):
    """How one feed stands: on `feed-state`, by its name."""

    schema: int = SCHEMA
    source: str
    """Of its stories."""
    enabled: bool = True
    """It is on the list and not paused."""
    state: Remembered

    def standing(self) -> dict[str, Any]:
        """What dashboards are told of it; times as datetimes, UTC, None: never."""
        state = self.state
        return {
            "name": state.name,
            "url": redact(state.url),
            "title": state.title,
            "source": self.source,
            "enabled": self.enabled,
            "checked_at": state.last_poll,
            "succeeded_at": state.last_success,
            "next_check_at": state.next_poll,
            "last_new": state.last_new,
            "failures": state.failures,
            "trouble": state.last_error or state.notice,
        }


class HeldItem(Record, frozen=True, kw_only=True, array_like=True):
    """One item of a feed, by hashes alone: see `pipeline.collect.novelty`."""

    item: bytes
    hashes: bytes
    gone_at: float | None = None
    """Seconds since 1970; None: the newest document has it."""


class FeedHeld(Record, frozen=True, kw_only=True):
    """What one feed holds, or held not long ago: on `feed-held`, by its name. Apart from the snapshot, as that is written at each
    poll, and this is large and seldom changes."""

    schema: int = SCHEMA
    items: list[HeldItem]


def read_snapshot(value: bytes) -> FeedSnapshot:
    """A record of `feed-state`. Raises Unreadable."""
    return _read(value, _decode_snapshot)


def read_held(value: bytes) -> FeedHeld:
    """A record of `feed-held`. Raises Unreadable."""
    return _read(value, _decode_held)


def _read(value: bytes, decode: Callable[[bytes], T]) -> T:
    try:
        schema = _decode_version(value).schema
        if schema > SCHEMA:
            raise Unreadable(f"a record of schema {schema}, where this program knows {SCHEMA}: upgrade it")
        return decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from error


class _Versioned(Record, frozen=True):
    schema: int = 1


_decode_version = msgspec.json.Decoder(_Versioned).decode
_decode_snapshot = msgspec.json.Decoder(FeedSnapshot).decode
_decode_held = msgspec.json.Decoder(FeedHeld).decode
