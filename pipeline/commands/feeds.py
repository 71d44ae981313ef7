"""`wire feeds add / list / check / remove / import / export`: what is collected, and how each feed is
doing."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.collect.document import Parsed
    from pipeline.collect.feedbook import FeedBook
    from pipeline.collect.fetch import Outcome


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the commands."""
    feeds = commands.add_parser("feeds", help="what is collected, and how each feed is doing")
    actions = feeds.add_subparsers(metavar="ACTION", required=True)
    add = actions.add_parser("add", help="put a feed on the list")
    add.add_argument("url", help="its address, http or https")
    add.add_argument("--name", help="what to call it (default: from the address)")
    add.add_argument("--source", default="", help="the stories' source (default: the name)")
    add.add_argument("--language", default="", help="BCP 47, for stories that declare none")
    add.add_argument("--provider", default="", help="the agency, for stories that name none")
    add.add_argument("--interval", type=int, help="seconds between polls (default: as it publishes)")
    add.add_argument("--tag", action="append", default=[], help="any number of them")
    add.add_argument(
        "--allow-private", action="store_true", help="it may be at a private or loopback address"
    )
    add.set_defaults(run=run_add)
    listing = actions.add_parser(
        "list", help="every feed: whether it works, when it was polled, what went wrong"
    )
    listing.add_argument("--json", action="store_true", help="one record a line")
    listing.set_defaults(run=run_list)
    check = actions.add_parser("check", help="fetch a feed once and show what it holds; nothing is stored")
    check.add_argument("feed", metavar="URL|NAME")
    check.add_argument(
        "--allow-private", action="store_true", help="it may be at a private or loopback address"
    )
    check.add_argument("--json", action="store_true", help="the stories as read, one a line")
    check.set_defaults(run=run_check)
    remove = actions.add_parser("remove", help="take feeds off the list; their stories stay")
    remove.add_argument("names", nargs="+", metavar="NAME")
    remove.set_defaults(run=run_remove)
    importing = actions.add_parser(
        "import",
        help="put the feeds of an OPML file, or of another list (TOML), on the list",
        description="Of an OPML file, feeds whose address is on the list already are left as they are. Of a list in TOML, feeds"
        " whose name is on the list already become as the file has them.",
    )
    importing.add_argument("file", metavar="FILE", help="OPML or TOML, or - for standard input")
    importing.set_defaults(run=run_import)
    exporting = actions.add_parser("export", help="the list as OPML on standard output, without passwords")
    exporting.add_argument("--toml", action="store_true", help="as it is, in TOML, with passwords")
    exporting.set_defaults(run=run_export)


def run_add(args: argparse.Namespace, settings: Settings) -> int:
    """Adds one feed."""
    from pipeline.collect import feedlist
    from pipeline.collect.address import AddressRefused, redact

    try:
        with _book(settings) as book:
            known = book.feeds()
            twin = next((feed for feed in known if feed.url == args.url), None)
            if twin is not None and args.name is None:
                return _refused(f"on the list already, as {twin.name}")
            name = args.name or feedlist.free_name(feedlist.name_for(args.url), [feed.name for feed in known])
            feed = feedlist.Feed(
                name=name,
                url=args.url,
                source=args.source,
                language=args.language,
                provider=args.provider,
                interval=args.interval,
                allow_private=args.allow_private,
                tags=tuple(args.tag),
            )
            book.add([feed])
    except (feedlist.BadFeedList, AddressRefused) as error:
        return _refused(str(error))
    print(f"added {name}: {redact(args.url)}; `wire feeds check {name}` shows what it holds")
    return 0


def run_list(args: argparse.Namespace, settings: Settings) -> int:
    """Lists them; 1 where the list names no feed that works."""
    from datetime import UTC, datetime

    from pipeline.collect.feed_standing import standing
    from pipeline.collect.feedlist import BadFeedList
    from pipeline.story import encode

    try:
        with _book(settings) as book:
            feeds, states, where = book.feeds(), book.states(), book.where
    except BadFeedList as error:
        return _refused(str(error))
    now = datetime.now(UTC)
    rows = [standing(feed, states.get(feed.name), now) for feed in feeds]
    if args.json:
        for row in rows:
            print(encode(row).decode())
        return 0
    if not rows:
        print(f"no feeds yet in {where}: `wire feeds add URL`", file=sys.stderr)
        return 0
    heads = (
        "feed",
        "standing",
        "last success",
        "last new story",
        "items",
        "every",
        "next poll",
        "what is wrong",
    )
    _table(
        heads,
        [
            (
                row.name,
                row.standing,
                _ago(row.last_success, now),
                _ago(row.last_new, now),
                str(row.held) if row.last_success else "-",
                _span(row.interval) if row.interval else "-",
                _until(row.next_poll, now) if row.enabled else "-",
                row.problem,
            )
            for row in rows
        ],
    )
    return 0


def run_check(args: argparse.Namespace, settings: Settings) -> int:
    """Fetches a feed of the list, or any address, as a first poll would; 1 where it does not work."""
    import asyncio
    from datetime import UTC, datetime

    from pipeline.collect import feedlist
    from pipeline.collect.address import redact
    from pipeline.collect.document import Document
    from pipeline.collect.fetch import Fetched, Fetcher, FetchRequest
    from pipeline.collect.reading import Reader
    from pipeline.story import encode

    try:
        with _book(settings) as book:
            known = {feed.name: feed for feed in book.feeds()}
    except feedlist.BadFeedList as error:
        return _refused(str(error))
    feed = known.get(args.feed) or next((feed for feed in known.values() if feed.url == args.feed), None)
    if feed is None and "://" not in args.feed:
        return _refused(
            f"no feed is named {args.feed!r}, and it is no address; `wire feeds list` has the names"
        )
    feed = feed or feedlist.Feed(name=redact(args.feed), url=args.feed)
    fetcher = Fetcher(settings.collect, lambda: datetime.now(UTC))
    request = FetchRequest(url=feed.url, allow_private=feed.allow_private or args.allow_private)
    outcome = asyncio.run(fetcher.fetch(request))
    if not isinstance(outcome, Fetched):
        print(f"{redact(feed.url)}: {_plain(_sentence(outcome))}", file=sys.stderr)
        return 1
    document = Document(
        content=outcome.content,
        source=feed.story_source,
        name=redact(feed.url),
        content_type=outcome.content_type,
        content_language=outcome.content_language,
        content_location=outcome.url,
        collected_at=datetime.now(UTC),
    )
    with Reader(settings.collect) as reader:
        parsed = reader.read(document)
    if args.json:
        for story in parsed.stories:
            print(encode(story).decode())
    else:
        _show(outcome, parsed, settings)
    for fault in parsed.faults:
        item = "" if fault.item is None else f"item {fault.item}: "
        print(f"{redact(feed.url)}: {item}{_plain(fault.reason)}", file=sys.stderr)
    return 1 if parsed.faults else 0


def run_remove(args: argparse.Namespace, settings: Settings) -> int:
    """Removes feeds; 1 where one is not on the list."""
    from pipeline.collect.feedlist import BadFeedList

    try:
        with _book(settings) as book:
            removed = book.remove(args.names)
    except BadFeedList as error:
        return _refused(str(error))
    for name in removed:
        print(f"removed {name}")
    missing = [name for name in args.names if name not in removed]
    for name in missing:
        print(f"wire feeds: no feed is named {name!r}", file=sys.stderr)
    return 1 if missing else 0


def run_import(args: argparse.Namespace, settings: Settings) -> int:
    """Imports OPML or a list in TOML; 1 where some of it could not be taken."""
    from pipeline.collect.feedlist import BadFeedList
    from pipeline.collect.opml import BadOpml

    try:
        content = sys.stdin.buffer.read() if args.file == "-" else Path(args.file).read_bytes()
        with _book(settings) as book:
            # TOML that begins with a markup's first sign is none.
            if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
                return _import_opml(content, book)
            return _import_toml(content, args.file, book)
    except (BadFeedList, BadOpml, OSError) as error:
        return _refused(str(error))


def _import_opml(content: bytes, book: FeedBook) -> int:
    from pipeline.collect import opml

    imported = opml.read(content, book.feeds())
    book.add(imported.feeds)
    for feed in imported.feeds:
        print(f"added {feed.name}")
    for sentence in imported.left:
        print(f"wire feeds: left out {sentence}", file=sys.stderr)
    added, known, left = len(imported.feeds), len(imported.known), len(imported.left)
    print(f"{added} added, {known} on the list already, {left} left out", file=sys.stderr)
    return 1 if imported.left else 0


def _import_toml(content: bytes, where: str, book: FeedBook) -> int:
    from pipeline.collect import feedlist

    try:
        feeds = feedlist.parse(content.decode("utf-8"), where)
    except UnicodeDecodeError as error:
        raise feedlist.BadFeedList(f"{where}: neither OPML nor TOML: {error}") from error
    known = {feed.name: feed for feed in book.feeds()}
    added = [feed for feed in feeds if feed.name not in known]
    changed = [feed for feed in feeds if feed.name in known and known[feed.name] != feed]
    if added:
        book.add(added)
    if changed:
        book.replace(changed)
    for word, ones in (("added", added), ("changed", changed)):
        for feed in ones:
            print(f"{word} {feed.name}")
    same = len(feeds) - len(added) - len(changed)
    print(f"{len(added)} added, {len(changed)} changed, {same} as they were", file=sys.stderr)
    return 0


def run_export(args: argparse.Namespace, settings: Settings) -> int:
    """Exports OPML, or TOML."""
    from pipeline.collect import feedlist, opml

    try:
        with _book(settings) as book:
            feeds = book.feeds()
    except feedlist.BadFeedList as error:
        return _refused(str(error))
    sys.stdout.buffer.write(feedlist.as_toml(feeds).encode() if args.toml else opml.write(feeds))
    return 0


@contextmanager
def _book(settings: Settings) -> Iterator[FeedBook]:
    """The feed list: on Kafka where brokers are set, else in the file. Raises BadFeedList, also for what goes wrong inside."""
    from pipeline.collect.feedbook import FileBook

    if not settings.kafka.brokers:
        yield FileBook(Path(settings.collect.feeds), settings.store.path)
        return
    from kafka.errors import KafkaError

    from pipeline.collect.feedlist import BadFeedList
    from pipeline.kafka.feeds import KafkaFeeds
    from pipeline.kafka.publish import BulkPublisher, NotPublished
    from pipeline.kafka.reading import TopicUnreadable

    try:
        yield KafkaFeeds(settings.kafka, lambda: BulkPublisher(settings.kafka), _warn)
    except (TopicUnreadable, NotPublished, KafkaError) as error:
        raise BadFeedList(str(error)) from error


def _warn(reason: str) -> None:
    print(f"wire feeds: {reason}", file=sys.stderr)


def _show(outcome: Outcome, parsed: Parsed, settings: Settings) -> None:
    """What was fetched and what is in it, for a person."""
    from pipeline.collect.fetch import Fetched
    from pipeline.story import event_time

    assert isinstance(outcome, Fetched)
    print(f"address     {outcome.url}")
    if outcome.moved_to:
        print(f"moved       for good, to {outcome.moved_to}")
    hints = parsed.hints
    if hints is not None and hints.title:
        print(f"title       {_plain(hints.title)}")
    size, kind = f"{len(outcome.content):,} bytes", _plain(outcome.content_type) or "no type given"
    print(f"format      {parsed.format or 'unknown'}, {size}, {kind}")
    validators = [
        name for name, value in (("ETag", outcome.etag), ("Last-Modified", outcome.last_modified)) if value
    ]
    print(f"validators  {' and '.join(validators) or 'none: each poll sends the whole document'}")
    wishes = [f"good for {_span(outcome.fresh_seconds)}"] if outcome.fresh_seconds else []
    if hints is not None and hints.ttl_seconds:
        wishes.append(f"ttl {_span(hints.ttl_seconds)}")
    if hints is not None and hints.skip_hours:
        wishes.append("not at " + ", ".join(f"{hour:02}h" for hour in hints.skip_hours) + " UTC")
    if hints is not None and hints.skip_days:
        wishes.append("not on " + ", ".join(hints.skip_days))
    print(f"wishes      {'; '.join(wishes) or 'none'}")
    print(f"stories     {len(parsed.stories)}")
    for story in sorted(parsed.stories, key=lambda s: str(event_time(s) or ""), reverse=True)[:20]:
        at = f"{story.published_at:%Y-%m-%d %H:%M}" if story.published_at else "no time given   "
        print(f"  {at}  {_plain(story.headline or story.summary or story.guid)[:120]}")
    if len(parsed.stories) > 20:
        print(f"  and {len(parsed.stories) - 20} more")
    for name in parsed.aside:
        print(f"left aside  {_plain(name)}")


def _sentence(outcome: Outcome) -> str:
    from pipeline.collect.fetch import Failed, Gone, Refused

    return outcome.sentence if isinstance(outcome, Failed | Gone | Refused) else "not modified"


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """On a terminal a table as wide as it; in a pipe a line a row, columns parted by tabs."""
    if not sys.stdout.isatty():
        for row in rows:
            print("\t".join(map(_plain, row)))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*heads, box=None, padding=(0, 2, 0, 0), header_style="bold")
    styles = {"works": "green", "never polled": "dim", "paused": "dim"}
    for row in rows:
        table.add_row(
            *(
                Text(_plain(cell), style=styles.get(cell, "red") if at == 1 else "")
                for at, cell in enumerate(row)
            )
        )
    Console().print(table)


def _ago(at: datetime | None, now: datetime) -> str:
    return "never" if at is None else f"{_span((now - at).total_seconds())} ago"


def _until(at: datetime | None, now: datetime) -> str:
    return "due" if at is None or at <= now else f"in {_span((at - now).total_seconds())}"


def _span(seconds: float) -> str:
    """A length of time in its two largest units."""
    left = max(0, round(seconds))
    days, left = divmod(left, 86_400)
    hours, left = divmod(left, 3_600)
    minutes, left = divmod(left, 60)
    parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "min"), (left, "s")) if n]
    return " ".join(parts[:2]) or "0 s"


def _plain(text: str) -> str:
    """One line without control characters: what a feed says must not steer a terminal."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


def _refused(reason: str) -> int:
    print(f"wire feeds: {reason}", file=sys.stderr)
    return 2
