"""`wire enrich`: entities for JSON lines of stories, with offsets into what was given."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from pipeline.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.enrich.enricher import Explained
    from pipeline.story import Story

_TOGETHER = 256
"""Stories read before they are enriched together."""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    enrich = commands.add_parser(
        "enrich",
        help="find the entities of stories given as JSON lines",
        description="Reads JSON lines with `body` (a list of paragraphs, or one string) or `text`, and, where there are,"
        " `id`, `headline`, `summary` and `language`. Each comes out with `entities`, all else as it was."
        " In a pipe the output is always JSON lines.",
    )
    enrich.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="JSON lines (default: standard input)"
    )
    enrich.add_argument("--json", action="store_true", help="write JSON lines on a terminal too")
    enrich.add_argument(
        "--explain", action="store_true", help="say of every mention which model or rule made it"
    )
    enrich.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Enriches line by line; 1 where a line could not be read, each named on standard error."""
    from rich.console import Console

    from pipeline.enrich import Enricher

    if args.file is not None and not args.file.is_file():
        print(f"wire enrich: {args.file}: no such file", file=sys.stderr)
        return 2
    enricher = Enricher(settings.enrich)
    console = None if args.json or not sys.stdout.isatty() else Console()
    failed = False
    with (
        args.file.open("rb")
        if args.file is not None
        else open(sys.stdin.fileno(), "rb", closefd=False) as lines
    ):
        for records, unread in _batches(lines):
            for number, reason in unread:
                failed = True
                print(f"wire enrich: line {number}: {reason}", file=sys.stderr)
            stories = [_story(record) for record in records]
            for record, (story, explained) in zip(records, enricher.explain(stories), strict=True):
                if console is None:
                    _write(record, story, explained if args.explain else None)
                else:
                    _show(console, record, story, explained if args.explain else None)
    return 1 if failed else 0


def _batches(lines: BinaryIO) -> Iterator[tuple[list[dict[str, Any]], list[tuple[int, str]]]]:
    """Records that can be enriched, and the numbers and faults of lines that cannot."""
    import msgspec

    records: list[dict[str, Any]] = []
    unread: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            unread.append((number, f"no JSON: {error}"))
            continue
        if reason := _fault(record):
            unread.append((number, reason))
        else:
            records.append(record)
        if len(records) >= _TOGETHER:
            yield records, unread
            records, unread = [], []
    yield records, unread


def _fault(record: Any) -> str:
    if not isinstance(record, dict):
        return "not an object"
    body = record.get("body", record.get("text"))
    if body is None and not record.get("headline"):
        return "neither `body` nor `text`"
    if (
        body is not None
        and not isinstance(body, str)
        and not (isinstance(body, list) and all(isinstance(p, str) for p in body))
    ):
        return "`body` is neither a string nor a list of strings"
    return ""


def _story(record: dict[str, Any]) -> Story:
    """The record as far as it is searched."""
    from pipeline.story import Dateline, Story

    body = record.get("body", record.get("text"))
    dateline = record.get("dateline")
    return Story(
        id=str(record.get("id", "")),
        source=_string(record, "source"),
        format="json",
        status="canceled" if record.get("status") == "canceled" else "usable",
        headline=_string(record, "headline"),
        summary=_string(record, "summary"),
        language=_string(record, "language"),
        body=[body] if isinstance(body, str) else body or [],
        dateline=Dateline(text="", country=_string(dateline, "country"))
        if isinstance(dateline, dict)
        else None,
    )


def _string(record: dict[str, Any], name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""


def _write(record: dict[str, Any], story: Story, explained: list[Explained] | None) -> None:
    """The record with `entities`; `field` of a mention is the name of the field that was given."""
    import msgspec

    entities = msgspec.to_builtins(story.entities)
    if "body" not in record:
        for entity in entities:
            for mention in entity["mentions"]:
                if mention["field"] == "body":
                    mention["field"] = "text"
    if explained is not None:
        for entity, made in zip(entities, explained, strict=True):
            for mention, (_, rule) in zip(entity["mentions"], made.mentions, strict=True):
                mention["rule"] = rule
    out = {**record, "entities": entities}
    if story.entities_note:
        out["entities_note"] = story.entities_note
    sys.stdout.buffer.write(msgspec.json.encode(out) + b"\n")
    sys.stdout.buffer.flush()


def _show(console: Console, record: dict[str, Any], story: Story, explained: list[Explained] | None) -> None:
    """A table for people."""
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=Text(story.headline or str(record.get("id", ""))), title_justify="left", title_style="bold"
    )
    for column in ("salience", "entity", "type", "mentions", "role", "link"):
        table.add_column(column, justify="right" if column in ("salience", "mentions") else "left")
    for entity in story.entities:
        link = (
            f"{entity.link.scheme} {entity.link.id} {entity.link.country or ''}"
            if entity.link
            else entity.link_note
        )
        table.add_row(
            *(
                Text(s)
                for s in (
                    f"{entity.salience:.2f}",
                    entity.name,
                    entity.type,
                    str(len(entity.mentions)),
                    entity.role,
                    link,
                )
            )
        )
    console.print(table)
    if story.entities_note:
        console.print(Text(story.entities_note))
    for made in explained or ():
        console.print(Text(made.name, style="bold"))
        for mention, rule in made.mentions:
            console.print(
                Text(
                    f"  {mention.field} {mention.paragraph}:{mention.start}-{mention.end} {mention.text!r}: {rule}"
                )
            )
