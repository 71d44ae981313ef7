"""Reads the records on topics: bytes of this version of the schema or an earlier one, or why they cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from pipeline.dead_letters import DeadLetter
from pipeline.story import SCHEMA, RawStory, Record, Story, decode_raw, decode_story

T = TypeVar("T")


class Unreadable(Exception):
    """Bytes that are no such record; the message says what is wrong with them."""


class TooNew(Exception):
    """A record of a later version than this program knows. It is sound, and must wait for a program that does."""


class _Versioned(Record, frozen=True):
    schema: int = 1


def read_raw(value: bytes) -> RawStory:
    """A record of `stories.raw`. Raises Unreadable, TooNew."""
    return _read(value, decode_raw)


def read_story(value: bytes) -> Story:
    """A record of any later topic of stories. Raises Unreadable, TooNew."""
    return _read(value, decode_story)


def read_letter(value: bytes) -> DeadLetter:
    """A record of `dead-letters`. Raises Unreadable, TooNew."""
    return _read(value, _decode_letter)


def _read(value: bytes, decode: Callable[[bytes], T]) -> T:
    try:
        schema = _decode_version(value).schema
        if schema > SCHEMA:
            raise TooNew(f"a record of schema {schema}, where this program knows {SCHEMA}: upgrade it")
        return decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from error


_decode_version = msgspec.json.Decoder(_Versioned).decode
_decode_letter = msgspec.json.Decoder(DeadLetter).decode
