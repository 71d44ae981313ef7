"""One number for a story's text, equal for the same text whatever its markup, case, spacing, punctuation, headline or credit."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence

_NOT_WORD = re.compile(r"[\W_]+")
_NOT_WORD_ASCII = bytes(code for code in range(128) if not chr(code).isalnum())
_SHORT = 40
"""A body of fewer letters and digits than this says too little by itself: `Blah blah` or `More soon` under many headlines."""


def text_hash(headline: str, body: Sequence[str]) -> str:
    """16 hexadecimal digits of a BLAKE2b digest over the body's letters and digits, NFKC and case folded; of headline and
    body where the body is empty or very short; empty where there is no text at all."""
    text = _letters("".join(body))
    if len(text) < _SHORT:
        text = _letters(headline) + "\n" + text
    if text == "\n":
        return ""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _letters(text: str) -> str:
    if text.isascii():
        return text.lower().encode().translate(None, _NOT_WORD_ASCII).decode()
    return _NOT_WORD.sub("", unicodedata.normalize("NFKC", text).casefold())
