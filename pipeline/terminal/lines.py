"""Lines of styled text, for a terminal in colours and for a pipe as plain text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple, TextIO

from pipeline.index import Marked

Style = Literal[
    "", "headline", "dim", "match", "label", "alert", "added", "removed",
    "person", "organisation", "place", "group", "event", "product",
]  # fmt: skip

COLOURS: Final[dict[Style, str]] = {
    "": "",
    "headline": "bold",
    "dim": "dim",
    "match": "bold yellow",
    "label": "dim",
    "alert": "bold red",
    "added": "green",
    "removed": "red strike",
    "person": "bright_blue",
    "organisation": "magenta",
    "place": "green",
    "group": "cyan",
    "event": "yellow",
    "product": "bright_magenta",
}
"""Each style as rich writes it."""

IN_A_PIPE: Final[dict[Style, tuple[str, str]]] = {"added": ("{+", "+}"), "removed": ("[-", "-]")}
"""What stands around a style where there are no colours, as wdiff does it."""


class Span(NamedTuple):
    """Text in one style."""

    text: str
    style: Style = ""


Line = Sequence[Span]
"""A line, or a paragraph to be wrapped."""


def harmless(text: str) -> str:
    """Text that can't steer a terminal or turn what is around it about: control characters, and marks
    that override the direction of writing, are shown as replacement characters. As long as the text
    given."""
    return text if text.isascii() and text.isprintable() else "".join(map(_harmless, text))


def _harmless(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or "\u202a" <= character <= "\u202e":
        return "\ufffd"
    return character


def marked(marked: Marked, style: Style = "") -> list[Span]:
    """Text with its matches."""
    spans = []
    last = 0
    for start, end in marked.marks:
        spans += [Span(marked.text[last:start], style), Span(marked.text[start:end], "match")]
        last = end
    spans.append(Span(marked.text[last:], style))
    return [span for span in spans if span.text]


def plain(line: Line) -> str:
    """A line for a pipe."""
    pieces = []
    for text, style in line:
        before, after = IN_A_PIPE.get(style, ("", ""))
        pieces.append(before + harmless(text) + after)
    return "".join(pieces)


def write(lines: Iterable[Line], out: TextIO) -> None:
    """Lines to a terminal, wrapped to its width and coloured, or to a pipe as they are."""
    if not out.isatty():
        for line in lines:
            print(plain(line), file=out)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=out, highlight=False, markup=False, emoji=False)
    for line in lines:
        console.print(Text.assemble(*((harmless(text), COLOURS[style]) for text, style in line)))
