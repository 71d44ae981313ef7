"""JSON from a wire: one document, or one a line; its values taken as what they should be, whatever they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from pipeline.collect.document import UnreadableDocument
from pipeline.collect.formats.xmltree import decode

Object = Mapping[str, Any]


def read(content: bytes, assumed: list[str]) -> Any:
    """The document's value; of several lines with an object each, the list of them. Raises UnreadableDocument."""
    text = decode(content, assumed).strip("\ufeff \t\r\n\0")
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        if (value := _leniently(text)) is not None:
            assumed.append("characters that JSON forbids were taken as they are")
            return value
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1 and all(
            line.lstrip().startswith("{") and line.rstrip().endswith("}") for line in lines
        ):
            try:
                return [msgspec.json.decode(line) for line in lines]
            except (msgspec.DecodeError, RecursionError, ValueError):
                pass
        raise UnreadableDocument(f"the JSON is broken: {error}") from error


_LONE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
"""Half of a surrogate pair, escaped."""


def _leniently(text: str) -> Any:
    """The value of JSON with line ends and other control characters in its strings, halves of surrogate pairs, or NaN; None for
    what is broken otherwise."""
    try:
        return json.loads(_LONE.sub(r"\\ufffd", text), strict=False, parse_constant=lambda _: None)
    except (RecursionError, ValueError):
        return None


def lowered(item: dict[str, Any]) -> dict[str, Any]:
    """An object with its keys in lower case: `versionCreated` is `versioncreated`. One that has them so is not copied."""
    for key in item:
        if not key.islower():
            return {key.lower(): value for key, value in item.items()}
    return item


def string(value: Any) -> str:
    """A value as text: numbers written out, lists joined by lines, everything else (null, objects, true) nothing."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return "\n".join(found for each in value if (found := string(each)))
    return ""


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """The objects in a list, or among an object's values, or the object itself wherever it stands alone; keys in lower case."""
    if isinstance(value, dict):
        yield lowered(value)
    elif isinstance(value, list):
        for each in value:
            if isinstance(each, dict):
                yield lowered(each)


def members(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of a list, or the values of an object that names them (`associations`, `renditions`); keys in lower case."""
    yield from objects(list(value.values()) if isinstance(value, dict) else value)


def first(item: Object, *keys: str) -> str:
    """The text of the first key that has any."""
    for key in keys:
        value = item.get(key)
        if value is not None and (found := value.strip() if isinstance(value, str) else string(value)):
            return found
    return ""


def one_line(value: str) -> str:
    return " ".join(value.split())
