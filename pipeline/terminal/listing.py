"""Lists of stories: a table on a terminal, lines in a pipe."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TextIO

from pipeline.index import Hit, Page
from pipeline.story import Precision, Story, event_time
from pipeline.terminal.lines import COLOURS, Line, Span, harmless, marked, plain, write

SHORT_ID = 8
"""Digits of an id that are shown on a terminal; `wire show` takes them."""


def write_page(page: Page, out: TextIO) -> None:
    """What a search found."""
    if not out.isatty():
        for hit in page.hits:
            print(story_line(hit.story), file=out)
            if hit.snippet.text:
                print("    " + plain(marked(hit.snippet)), file=out)
        return
    write_table(page.hits, out)
    shown = (
        f"{len(page.hits)} of {page.total} stories"
        if page.hits
        else f"nothing on this page, of {page.total} stories"
    )
    write([[Span(shown if page.total else "nothing found", "dim")]], out)


def story_line(story: Story) -> str:
    """One story on one line, its time one word, for `awk` and people: time, id, source, headline."""
    time = stamp(story).strip().replace(" ", "T") + ("Z" if has_time(story) else "")
    return f"{time:<17}  {story.id}  {harmless(story.source)}  {marker(story)}{harmless(story.headline)}".rstrip()


def write_table(hits: Iterable[Hit], out: TextIO) -> None:
    """Stories in columns, wrapped to the terminal's width."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("time (UTC)", no_wrap=True)
    table.add_column("id", no_wrap=True, style="dim")
    table.add_column("source", overflow="fold", max_width=20)
    table.add_column("story", ratio=1)
    for hit in hits:
        spans = [
            Span(marker(hit.story), "alert"),
            *marked(hit.headline, "headline"),
        ]
        if hit.snippet.text:
            spans += [Span("\n"), *marked(hit.snippet)]
        story = Text.assemble(
            *((text if text == "\n" else harmless(text), COLOURS[style]) for text, style in spans)
        )
        table.add_row(stamp(hit.story), hit.story.id[:SHORT_ID], harmless(hit.story.source), story)
    Console(file=out, highlight=False, markup=False, emoji=False).print(table)


def write_changes(stories: Iterable[Story], out: TextIO) -> None:
    """Stories in the order in which they came, a line each, at once."""
    if out.isatty():
        write(map(_change, stories), out)
    else:
        for story in stories:
            print(story_line(story), file=out)
    out.flush()


def _change(story: Story) -> Line:
    return [
        Span(f"{stamp(story)}  {story.id[:SHORT_ID]}  ", "dim"),
        Span(f"{story.source}  "),
        Span(marker(story), "alert"),
        Span(story.headline, "headline"),
    ]


def marker(story: Story) -> str:
    """What a reader must know of a story before its headline."""
    words = {"correction": "CORRECTED ", "kill": "KILLED ", "advisory": "ADVISORY "}
    return words.get(story.change or "", "") or ("WITHHELD " if story.status == "withheld" else "")


def stamp(story: Story) -> str:
    """A story's event time, UTC, no more precise than the wire gave it, sixteen characters wide."""
    return f"{moment_text(event_time(story), 'minute' if has_time(story) else 'day'):<16}"


def has_time(story: Story) -> bool:
    """More is known than the day."""
    at = event_time(story)
    return at is not None and not (at == story.published_at and story.published_precision == "day")


def moment_text(at: datetime | None, precision: Precision = "minute") -> str:
    """A time for people, UTC: to the minute, or the day alone."""
    if at is None:
        return "-"
    return f"{at:%Y-%m-%d}" if precision == "day" else f"{at:%Y-%m-%d %H:%M}"
