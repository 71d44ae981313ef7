"""Texts of one line, such as headlines: taken out of HTML, and kept as they are where HTML may be looked for."""

from __future__ import annotations

import html
import re

from selectolax.lexbor import LexborHTMLParser

_BREAK = re.compile(
    r"</?(?:br|p|div|li|ul|ol|dl|dt|dd|h[1-6]|tr|t[dh]|table|blockquote|hr|section|pre)\b", re.IGNORECASE
)
_SCRIPT = re.compile(r"<(script|style)\b.*?(</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_LIKE_MARKUP = re.compile(r"<[A-Za-z/!?]|&#?\w+;")


def text_of(markup: str) -> str:
    """The text of HTML on one line, without tags, scripts and character references."""
    if "<" in markup:
        tree = LexborHTMLParser(_BREAK.sub(r" \g<0>", _SCRIPT.sub(" ", markup)))
        node = tree.body or tree.root
        markup = node.text(deep=True) if node else ""
    elif "&" in markup:
        markup = html.unescape(markup)
    return " ".join(markup.split())


def shielded(text: str) -> str:
    """Plain text for a field that may hold HTML: what looks like markup in it is escaped."""
    return html.escape(text, quote=False) if _LIKE_MARKUP.search(text) else text
