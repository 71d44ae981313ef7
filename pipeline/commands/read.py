"""`wire search`, `wire show`, `wire tail`, `wire export`: reading stories from the index, wherever that is."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.index import Query, StoryIndex
    from pipeline.story import Story
    from pipeline.terminal.lines import Line

_SYNTAX = """\
QUERY is words that must all be there, in any case, with or without accents:
  wire search 'hormuz tanker'            both words
  wire search '"strait of hormuz"'       the phrase
  wire search 'tanker* -drill'           words that begin so; without a word
  wire search 'brent OR wti headline:oil'   one of two; in the headline
Times are UTC: 2025-03-01, 2025-03-01T14:30, or how long ago: 30m, 24h, 7d, 2w."""

_POLL_SECONDS = 0.5
"""How often `wire tail --follow` looks for more."""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the commands."""
    search = _querying(commands, "search", "find stories by their words, entities, sources and times")
    search.add_argument("--limit", type=_count, default=20, help="most stories shown (20)")
    search.add_argument("--offset", type=_count, default=0, help="leave out so many first")
    search.add_argument("--newest", action="store_true", help="newest first, not best match first")
    search.add_argument("--json", action="store_true", help="one story a line")
    search.set_defaults(run=run_search)

    show = commands.add_parser("show", help="read a story, its versions and what changed between them")
    show.add_argument("id", metavar="ID", help="its id, or the beginning of it")
    show.add_argument("--version", type=_count, metavar="N", help="this version of it, not the newest")
    show.add_argument("--diff", action="store_true", help="what changed from version to version")
    show.add_argument("--withheld", action="store_true", help="also what is withheld or under embargo")
    show.add_argument("--json", action="store_true", help="the record, on one line")
    show.set_defaults(run=run_show)

    tail = commands.add_parser("tail", help="the latest stories, and new ones as they come")
    tail.add_argument("-n", "--limit", type=_count, default=20, help="how many to begin with (20)")
    tail.add_argument("-f", "--follow", action="store_true", help="go on until Ctrl-C")
    tail.add_argument("--json", action="store_true", help="one story a line")
    tail.set_defaults(run=run_tail)

    export = _querying(commands, "export", "write all stories that match, oldest first, to a file or a pipe")
    export.add_argument("--limit", type=_count, help="most stories written (all)")
    export.add_argument("--csv", action="store_true", help="a table for spreadsheets, not JSON lines")
    export.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to (standard output)")
    export.set_defaults(run=run_export)


def run_search(args: argparse.Namespace, settings: Settings) -> int:
    """Prints what matches."""
    from pipeline.story import encode, replace
    from pipeline.terminal.listing import write_page

    def search(index: StoryIndex) -> int:
        query = replace(
            _query(args, datetime.now(UTC)),
            order="newest" if args.newest else "rank",
            limit=args.limit,
            offset=args.offset,
        )
        page = index.search(query)
        if args.json:
            for hit in page.hits:
                print(encode(hit.story).decode())
        else:
            write_page(page, sys.stdout)
        return 0

    return _reading(settings, search)


def run_show(args: argparse.Namespace, settings: Settings) -> int:
    """Prints one story, one of its versions, or what changed between them."""
    from pipeline.story import encode
    from pipeline.terminal.lines import write
    from pipeline.terminal.reading import reading

    def show(index: StoryIndex) -> int:
        story = index.get(args.id, include_withheld=args.withheld)
        if story is None:
            return _refused(f"no story {args.id!r}; `wire search` shows ids", 1)
        shown: Story | None = story
        if args.version is not None and args.version != story.version:
            shown = index.version(story.id, args.version, include_withheld=args.withheld)
        if shown is None:
            versions = ", ".join(str(line.version) for line in story.history)
            return _refused(f"story {story.id} has no version {args.version}, but {versions}", 1)
        if args.diff:
            write(_differences(index, story, args.version, args.withheld), sys.stdout)
        elif args.json:
            print(encode(shown).decode())
        else:
            write(reading(shown, index.copies(story.id) if shown is story else ()), sys.stdout)
        return 0

    return _reading(settings, show)


def run_tail(args: argparse.Namespace, settings: Settings) -> int:
    """Prints the latest stories, then each as it comes until it is interrupted."""
    from pipeline.story import encode
    from pipeline.terminal.listing import write_changes

    def tail(index: StoryIndex) -> int:
        for stories in latest(index, args.limit, args.follow, lambda: time.sleep(_POLL_SECONDS)):
            if args.json:
                for story in stories:
                    print(encode(story).decode(), flush=True)
            else:
                write_changes(stories, sys.stdout)
        return 0

    try:
        return _reading(settings, tail)
    except KeyboardInterrupt:
        return 0


def run_export(args: argparse.Namespace, settings: Settings) -> int:
    """Writes all that match, to a file only if whole."""
    from pipeline.story import encode
    from pipeline.terminal.table import write_table

    def export(index: StoryIndex) -> int:
        stories = islice(index.every(_query(args, datetime.now(UTC))), args.limit)
        with _output(args.output) as out:
            if args.csv:
                write_table(stories, out)
            else:
                for story in stories:
                    out.write(encode(story).decode() + "\n")
        return 0

    try:
        return _reading(settings, export)
    except OSError as error:
        if isinstance(error, BrokenPipeError) or args.output is None:
            raise
        return _refused(f"{args.output}: {error.strerror}", 1)


def latest(index: StoryIndex, limit: int, follow: bool, wait: Callable[[], object]) -> Iterator[list[Story]]:
    """The latest `limit` stories, then with `follow` what changes, for ever, with a `wait` when nothing
    has."""
    shown = index.tail(None, limit)
    after = shown[-1][0] if shown else index.counts().sequence
    yield [story for _, story in shown]
    while follow:
        changes = index.tail(after)
        if changes:
            after = changes[-1][0]
            yield [story for _, story in changes]
        else:
            wait()


def _querying(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, help: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        help=help,
        description=help,
        epilog=_SYNTAX,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("query", nargs="*", metavar="QUERY", help="what to look for; nothing: all")
    for option, meaning in (
        ("entity", "person, organisation, place or whatever else, by name"),
        ("person", "person by name"),
        ("organisation", "organisation by name"),
        ("place", "place by name, or a country and all in it by its code (IR)"),
        ("source", "the feed's name"),
        ("provider", "the agency"),
        ("language", "language (en, pt-BR)"),
        ("change", "new, update, correction, kill, repeat or advisory"),
    ):
        parser.add_argument(f"--{option}", action="append", default=[], metavar="NAME", help=meaning)
    parser.add_argument("--since", metavar="TIME", help="not before this time")
    parser.add_argument("--until", metavar="TIME", help="not after this time; a day is meant with its end")
    parser.add_argument("--originals", action="store_true", help="without copies of other stories")
    return parser


def _query(args: argparse.Namespace, now: datetime) -> Query:
    """What the arguments ask for. Raises BadMoment, msgspec.ValidationError."""
    import msgspec

    from pipeline.index import Query
    from pipeline.terminal.moments import moment

    names = ("entity", "person", "organisation", "place", "source", "provider", "language", "change")
    asked = {name: getattr(args, name) for name in names}
    query = msgspec.convert(asked, Query)
    return msgspec.structs.replace(
        query,
        text=" ".join(args.query),
        without_copies=args.originals,
        since=moment(args.since, now) if args.since else None,
        until=moment(args.until, now, end=True) if args.until else None,
    )


def _differences(index: StoryIndex, story: Story, version: int | None, withheld: bool) -> Iterator[Line]:
    """Each version that was current, or one, against the one before it."""
    from pipeline.terminal.changes import changes
    from pipeline.terminal.lines import Span
    from pipeline.terminal.listing import moment_text

    seen = [line for line in story.history if not line.late or line.version == version]
    if len(seen) < 2:
        yield [Span("there is one version only", "dim")]
    for earlier, later in pairwise(seen):
        if version not in (None, later.version):
            continue
        old = index.version(story.id, earlier.version, include_withheld=withheld)
        new = index.version(story.id, later.version, include_withheld=withheld)
        if old is None or new is None:
            continue
        yield [
            Span(f"version {earlier.version} to {later.version}", "headline"),
            Span(f"  {moment_text(later.at)}  {later.change}", "dim"),
        ]
        if new.status == "canceled" or old.status == "canceled":
            yield [Span("killed: no text is kept", "alert")]
        else:
            yield from list(changes(old, new)) or [[Span("the same text", "dim")]]


def _reading(settings: Settings, read: Callable[[StoryIndex], int]) -> int:
    """What `read` does with the index; an index that cannot be read, or a question that is none, is wrong use."""
    import msgspec

    from pipeline.index import AmbiguousId
    from pipeline.index.opening import IndexUnreadable, open_index
    from pipeline.terminal.moments import BadMoment

    try:
        with open_index(settings) as index:
            return read(index)
    except (IndexUnreadable, AmbiguousId, BadMoment, msgspec.ValidationError) as error:
        return _refused(str(error), 2)


@contextmanager
def _output(path: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears under its name once it is whole."""
    if path is None:
        yield sys.stdout
        return
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as out:
            yield out
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


def _refused(reason: str, code: int) -> int:
    print(f"wire: {reason}", file=sys.stderr)
    return code
