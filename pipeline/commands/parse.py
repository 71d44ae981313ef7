"""`wire parse`: the clean stories of wire documents in any format; no state, no entities."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from pipeline.collect.document import Document
    from pipeline.story import Story

_MANY = 8
"""More stories than these are shown as a table instead of one by one."""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parse = commands.add_parser(
        "parse",
        help="read wire documents in any format, print their clean stories",
        description="Reads wire documents in any format and prints the stories in them, cleaned. Keeps nothing: every story"
        " comes out as version 1, and as `new` where the wire does not say what it is.",
    )
    parse.add_argument("files", nargs="+", metavar="FILE", help="a document; `-` is standard input")
    parse.add_argument("--json", action="store_true", help="one JSON line a story")
    parse.add_argument(
        "--source", metavar="NAME", help="the stories' source (default: the folder that the file lies in)"
    )
    parse.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Prints the stories; 1 where a document or an item could not be read, each named on standard error."""
    failed = False
    shown: list[Story] = []
    terminal = sys.stdout.isatty() and not args.json
    for name in args.files:
        for found in _read(name, args.source, settings):
            if isinstance(found, str):
                failed = True
                print(f"wire parse: {found}", file=sys.stderr)
            elif args.json:
                _write(found)
            elif terminal:
                shown.append(found)
            else:
                print(_plain(found))
    if terminal:
        _show(shown)
    return 1 if failed else 0


def _read(name: str, source: str | None, settings: Settings) -> Iterator[Story | str]:
    """The stories of one document, and what could not be read of it, as sentences."""
    from pipeline.clean import clean
    from pipeline.collect.document import UnreadableDocument
    from pipeline.collect.formats import parse
    from pipeline.story import replace

    try:
        parsed = parse(_document(name, source), settings.collect.items)
    except OSError as error:
        yield f"{name}: {error.strerror or error}"
        return
    except UnreadableDocument as error:
        yield f"{name}: {error}"
        return
    for raw in parsed.stories:
        story = clean(raw, settings.process.story_characters)
        yield replace(story, version=1, change=story.change or "new")
    for fault in parsed.faults:
        yield (
            f"{name}: {fault.reason}" if fault.item is None else f"{name}: item {fault.item}: {fault.reason}"
        )


def _document(name: str, source: str | None) -> Document:
    from pipeline.collect.document import Document
    from pipeline.collect.files import STDIN, document_from_file

    if name == "-":
        return Document(content=sys.stdin.buffer.read(), source=source or STDIN, name=STDIN)
    return document_from_file(Path(name), source)


def _write(story: Story) -> None:
    from pipeline.story import encode

    sys.stdout.buffer.write(encode(story) + b"\n")


def _plain(story: Story) -> str:
    """A story as text for a pipe: what it says of itself, its paragraphs, a blank line after each."""
    head = "\n".join(f"{name}: {value}" for name, value in _facts(story))
    return "\n\n".join([story.headline, head, *story.body]) + "\n"


def _facts(story: Story) -> list[tuple[str, str]]:
    """What is known of a story besides its text, in the order in which a reader wants it."""
    day = story.published_precision == "day"
    published = (
        story.published_at.strftime("%Y-%m-%d" if day else "%Y-%m-%d %H:%M:%SZ") if story.published_at else ""
    )
    filed = story.dateline
    facts = [
        ("by", ", ".join(filter(None, [*story.byline, story.byline_title]))),
        ("provider", story.provider),
        ("published", published),
        (
            "dateline",
            f"{filed.text} [{', '.join(filter(None, [filed.place, filed.country]))}]" if filed else "",
        ),
        ("change", " ".join(filter(None, [story.change or "", story.marker and f"({story.marker})"]))),
        ("status", story.status if story.status != "usable" else ""),
        ("language", story.language),
        ("about", ", ".join(dict.fromkeys([*(s.name or s.code for s in story.subjects), *story.keywords]))),
        ("slug", story.slugline),
        ("note", story.editor_note),
        ("staff", story.staff),
        ("rights", story.rights),
        ("words", str(story.word_count)),
        ("source", f"{story.source} ({story.format})"),
        ("id", story.id),
        ("assumed", "; ".join(story.assumed)),
    ]
    return [(name, value) for name, value in facts if value]


def _show(stories: list[Story]) -> None:
    from rich.console import Console

    console = Console()
    if len(stories) > _MANY:
        console.print(_table(stories))
        return
    for story in stories:
        _card(console, story)


def _table(stories: list[Story]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table(
        "published", "provider", "change", "headline", "words", box=None, pad_edge=False, header_style="bold"
    )
    for story in stories:
        published = story.published_at.strftime("%Y-%m-%d %H:%M") if story.published_at else ""
        table.add_row(
            published, Text(story.provider), story.change, Text(story.headline), str(story.word_count)
        )
    return table


def _card(console: Console, story: Story) -> None:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    facts = Table(box=None, show_header=False, pad_edge=False)
    for name, value in _facts(story):
        facts.add_row(Text(name, style="dim"), Text(value))
    console.print(Text(story.headline, style="bold"))
    console.print(Padding(facts, (0, 0, 1, 2)))
    for paragraph in story.body:
        console.print(Padding(Text(paragraph), (0, 0, 1, 2)))
