"""How many words a text has, also in scripts that write no spaces."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1780-\u17ff\u1000-\u109f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Khmer, Burmese, kana and Han: a character counts as a word, as wires in these scripts bill them."""

_NOT_WORD_ASCII = bytes(code for code in range(33, 127) if not chr(code).isalnum())
_SHAPE_ASCII = bytes(ord(" ") if bytes([code]).isspace() else ord("x") for code in range(256))


def count(paragraphs: Sequence[str]) -> int:
    """Words between white space that hold a letter or digit, and characters of spaceless scripts one each."""
    text = "\n".join(paragraphs)
    if text.isascii():
        return (b" " + text.encode().translate(_SHAPE_ASCII, _NOT_WORD_ASCII)).count(b" x")
    characters = len(_SPACELESS.findall(text))
    if characters:
        text = _SPACELESS.sub(" ", text)
    return characters + sum(1 for word in text.split() if any(map(str.isalnum, word)))
