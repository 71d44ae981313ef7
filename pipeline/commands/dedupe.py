"""`wire dedupe`: JSON lines of stories in, in time order; each comes out with the story that it copies."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from pipeline.settings import Settings

if TYPE_CHECKING:
    from rich.table import Table

    from pipeline.story import Story


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    dedupe = commands.add_parser(
        "dedupe",
        help="find copies, updates and look-alikes among stories given as JSON lines",
        description="Reads JSON lines with `id`, `headline`, `body` (HTML or plain text, or a list of paragraphs),"
        " `published_at` or `ts`, and `source`, in time order. Each comes out with `copy_of`, `relation`, `similarity` and"
        " `cluster`, all else as it was.",
    )
    dedupe.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="JSON lines (default: standard input)"
    )
    dedupe.add_argument("--json", action="store_true", help="write JSON lines on a terminal too")
    dedupe.add_argument(
        "--explain",
        action="store_true",
        help="say of each story which earlier ones it was compared with, and why they are or aren't one",
    )
    dedupe.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Decides line by line; 1 where a line could not be read, each named on standard error."""
    if args.file is not None and not args.file.is_file():
        print(f"wire dedupe: {args.file}: no such file", file=sys.stderr)
        return 2
    if args.file is None:
        return _run(sys.stdin.buffer, args, settings)
    with args.file.open("rb") as lines:
        return _run(lines, args, settings)


def _run(lines: BinaryIO, args: argparse.Namespace, settings: Settings) -> int:
    import msgspec

    from pipeline.deduplicate import Deduplicator, Dropped, MemoryState

    state = MemoryState(settings.dedupe)
    stage = Deduplicator(state, settings.dedupe)
    given: dict[str, Any] = {}
    """Ids here to ids as they were given, which may be numbers."""
    table = None if args.json or not sys.stdout.isatty() else _table()
    failed = False
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = msgspec.json.decode(line)
            story = story_of(record)
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
            failed = True
            print(f"wire dedupe: line {number}: {error}", file=sys.stderr)
            continue
        weighed = stage.weigh(story) if args.explain else []
        decided = stage.decide(story)
        given.setdefault(story.id, record["id"])
        if isinstance(decided, Dropped):
            known = state.known(decided.id)
            marks: dict[str, Any] = {
                "copy_of": None,
                "relation": None,
                "similarity": None,
                "cluster": None,
                "dropped": decided.reason,
            }
            if known is not None and not isinstance(known, str):
                marks["cluster"] = given.get(known.cluster, known.cluster)
        else:
            marks = {
                "copy_of": given.get(decided.copy_of, decided.copy_of) if decided.copy_of else None,
                "relation": decided.relation,
                "similarity": decided.similarity,
                "cluster": given.get(decided.cluster, decided.cluster),
            }
        out = {**record, **marks}
        if args.explain:
            out["compared"] = [
                {
                    "id": given.get(one.id, one.id),
                    "same": one.same,
                    "probability": one.probability,
                    "needed": one.needed,
                    "because": [reason._asdict() for reason in one.reasons],
                }
                for one in weighed
            ]
        if table is None:
            sys.stdout.buffer.write(msgspec.json.encode(out) + b"\n")
        else:
            _row(table, out)
    if table is not None:
        from rich.console import Console

        Console().print(table)
    return 1 if failed else 0


def story_of(record: Any) -> Story:
    """The clean story of a line. Raises ValueError where it has no id, or something is not what it should
    be."""
    from pipeline.clean import clean
    from pipeline.story import RawStory

    if not isinstance(record, dict):
        raise ValueError("not an object")
    if record.get("id") in (None, ""):
        raise ValueError("no `id`")
    body = record.get("body", record.get("text")) or ""
    if isinstance(body, list):
        if not all(isinstance(paragraph, str) for paragraph in body):
            raise ValueError("`body` is a list of other things than strings")
        body = "\n\n".join(body)
    if not isinstance(body, str):
        raise ValueError("`body` is neither a string nor a list of strings")
    dateline = record.get("dateline")
    family = str(record["id"])
    return clean(
        RawStory(
            source=_text(record, "source"),
            format="json",
            guid=family,
            family=family,
            headline=_text(record, "headline"),
            dateline=dateline if isinstance(dateline, str) else "",
            summary=_text(record, "summary"),
            language=_text(record, "language"),
            body=body,
            body_type="html" if _is_html(body) else "text",
            published_at=_time(record),
        )
    )


def _is_html(body: str) -> bool:
    """Has it a tag or an entity? `<GM.N>`, as agencies write a share's code, is none."""
    import re

    return bool(
        re.search(
            r"(?i)</[a-z][a-z0-9]*\s*>|<(?:br|p|hr|img|!doctype)\b[^<>]*>|&(?:#\d+|#x[0-9a-f]+|[a-z]+);", body
        )
    )


def _text(record: dict[str, Any], name: str) -> str:
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"`{name}` is no string")
    return value or ""


def _time(record: dict[str, Any]) -> Any:
    """The story's time; UTC where it names no zone."""
    from datetime import UTC, datetime

    value = record.get("published_at") or record.get("ts")
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("`published_at` is no ISO 8601 time")
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"`published_at` is no ISO 8601 time: {value!r}") from None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _table() -> Table:
    from rich.table import Table

    table = Table(title_justify="left")
    for column in ("id", "headline", "copies", "relation", "similarity"):
        table.add_column(column, justify="right" if column == "similarity" else "left")
    return table


def _row(table: Table, out: dict[str, Any]) -> None:
    """A story in the table, and under it why, where that is asked."""
    from rich.text import Text

    similarity = out["similarity"]
    table.add_row(
        Text(str(out["id"])),
        Text(str(out.get("headline") or "")),
        Text("" if out["copy_of"] is None else str(out["copy_of"])),
        out["relation"] or out.get("dropped") or "",
        "" if similarity is None else f"{similarity:.2f}",
    )
    for line in _why(out.get("compared", [])):
        table.add_row("", Text(line, style="dim"))


def _why(compared: list[dict[str, Any]]) -> Iterator[str]:
    for one in compared:
        yield f"{'one with' if one['same'] else 'not'} {one['id']}: probability {one['probability']:.3f}"
        for reason in one["because"]:
            yield f"  {'for' if reason['weight'] > 0 else 'against'}: {reason['meaning']}: {reason['value']}"
