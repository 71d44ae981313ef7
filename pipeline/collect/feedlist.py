"""The feed list: a TOML file that people and `wire feeds` both write; comments stay, writes are whole or not
at all."""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import msgspec
from msgspec import Meta

from pipeline.collect import address, transports
from pipeline.story import Record

HEAD = """\
# The feeds that Wirepipe collects. A running `wire run` takes changes within a second or two.
# Each [[feed]]: name, url; and where wanted: source (default: the name), language (BCP 47) and provider, for
# stories that name none; interval (seconds, instead of the adaptive one); allow_private = true to ask
# private and loopback addresses; enabled = false to pause; tags.
# url may also be ftp:, ftps:, sftp:, imap:, imaps: with user@host/folder, or push:NAME, which agencies push to at
# /push/NAME; then also secret = "env:NAME" or "file:PATH" (password, key, token), host_key = "SHA256:..." (SFTP), and
# taken = "delete" or "move" (by default files and messages stay where they are).
"""


_PUSHED = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)
_HEADING = re.compile(r"\s*\[\[\s*feed\s*\]\]")


class BadFeedList(Exception):
    """The feed list cannot be read or would not be right; the message says where and why."""


class Feed(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One feed that is collected."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    """Unique in the list."""
    url: str
    source: str = ""
    """The stories' source; empty: the feed's name. Feeds of one source share the ids of their stories."""
    language: str = ""
    """BCP 47, for stories that declare none."""
    provider: str = ""
    """The agency, for stories that name none."""
    interval: Annotated[int, Meta(gt=0)] | None = None
    """Seconds between polls, whatever the feed says; None: as it publishes."""
    allow_private: bool = False
    enabled: bool = True
    tags: tuple[str, ...] = ()
    secret: str = ""
    """Where the password, key or token of a place that is no web address is: `env:NAME` or `file:PATH`."""
    host_key: str = ""
    """How an SFTP server is known: `SHA256:...`, `file:PATH` of known hosts, `any`; empty: the user's own known hosts."""
    taken: Literal["keep", "delete", "move"] = "keep"
    """What becomes of a file or message on its server once its stories are durable; `move`: into `done` there."""

    @property
    def story_source(self) -> str:
        """What the feed's stories have as their source."""
        return self.source or self.name


class FeedList(Protocol):
    """Where the feeds to be collected are listed."""

    def changed(self) -> Sequence[Feed] | None:
        """The feeds, when the list may have changed since the last call; None where it is as it was. Raises BadFeedList."""


class FileList:
    """The list in a TOML file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, ...] | None = None

    def changed(self) -> Sequence[Feed] | None:
        """See FeedList. A broken file is complained of once for each time that it is written."""
        seen = _signature(self._path)
        if seen == self._seen:
            return None
        self._seen = seen
        return load(self._path)


def load(path: Path) -> list[Feed]:
    """The feeds of the list, in its order; none where the file does not exist. Raises BadFeedList."""
    try:
        return parse(path.read_text("utf-8"), str(path))
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise BadFeedList(f"{path}: {error}") from error


def parse(text: str, where: str) -> list[Feed]:
    """The feeds that `text` (TOML) lists; `where` is named in complaints. Raises BadFeedList."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadFeedList(f"{where}: not TOML: {error}") from error
    unknown = sorted(set(table) - {"feed"})
    if unknown:
        raise BadFeedList(f"{where}: knows [[feed]] alone, not {', '.join(unknown)}")
    entries = table.get("feed", [])
    if not isinstance(entries, list):
        raise BadFeedList(f"{where}: write [[feed]], with two brackets")
    feeds = [feed_of(entry, f"{where}: feed {number}") for number, entry in enumerate(entries, 1)]
    names = [feed.name for feed in feeds]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise BadFeedList(f"{where}: two feeds are named {name!r}")
    return feeds


def add(path: Path, feeds: Sequence[Feed]) -> None:
    """Writes `feeds` at the end of the list. Raises BadFeedList, and writes nothing, where a name is taken
    already."""
    taken = {feed.name for feed in load(path)}
    twice = [feed.name for feed in feeds if feed.name in taken]
    if twice:
        raise BadFeedList(f"{path}: has a feed of that name already: {', '.join(twice)}")
    text = path.read_text("utf-8") if path.exists() else HEAD
    text = _joined(text, feeds)
    parse(text, str(path))
    _replace(path, text)


def as_toml(feeds: Sequence[Feed]) -> str:
    """A list of these feeds, with the passwords that their addresses have."""
    return _joined(HEAD, feeds)


def remove(path: Path, names: Iterable[str]) -> list[str]:
    """Takes the feeds of these names off the list, each with the comment right above it; the names that
    were on it. Raises BadFeedList, and writes nothing, where the file is written so that only a person can
    do it."""
    wanted = set(names)
    feeds = load(path)
    present = [feed.name for feed in feeds if feed.name in wanted]
    if present:
        text = _without(path.read_text("utf-8"), [feed.name in wanted for feed in feeds])
        try:
            done = parse(text, str(path)) == [feed for feed in feeds if feed.name not in wanted]
        except BadFeedList:
            done = False
        if not done:
            raise BadFeedList(
                f"{path}: is not written as one [[feed]] after the other; take them off by hand"
            )
        _replace(path, text)
    return present


def free_name(wished: str, taken: Iterable[str]) -> str:
    """`wished`, or with the first number after it that makes it unlike all of `taken`."""
    used = set(taken)
    name, number = wished, 1
    while name in used:
        number += 1
        name = f"{wished}-{number}"
    return name


def name_for(url: str) -> str:
    """A name for a feed that is given none: its host and what tells it from others there:
    `example.org-news-world`."""
    scheme, _, rest = url.strip().partition(":")
    if scheme.lower() == transports.PUSHED:
        return rest
    parsed = transports.place(url) if transports.is_served(scheme.lower()) else address.parse(url)
    skipped = {"rss", "feed", "feeds", "atom", "index", "xml", "rdf", "json"}
    words = [part.rsplit(".", 1)[0] for part in parsed.path.split("/")]
    words = [word for word in words if word and word.lower() not in skipped]
    name = "-".join([parsed.host.removeprefix("www."), *words])
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in name)[:80].strip("-")


def feed_of(entry: Any, where: str) -> Feed:
    """The feed that an entry of a list describes; `where` is named in complaints. Raises BadFeedList."""
    try:
        feed = msgspec.convert(entry, Feed)
        _check(feed)
    except msgspec.ValidationError as error:
        raise BadFeedList(f"{where}: {error}") from error
    except address.AddressRefused as error:
        raise BadFeedList(f"{where} ({feed.name}): {error}") from error
    if not feed.name.isprintable() or not feed.source.isprintable() or feed.name != feed.name.strip():
        raise BadFeedList(f"{where}: a name is one line, without spaces around it: {feed.name!r}")
    return feed


def is_web(feed: Feed) -> bool:
    """Whether it is asked over HTTP: others are visited (`pipeline.collect.transports`), or push."""
    return _scheme(feed) in address.SCHEMES


def _scheme(feed: Feed) -> str:
    return feed.url.partition(":")[0].strip().lower()


def _check(feed: Feed) -> None:
    """Raises AddressRefused where the address is none that can be collected from."""
    scheme = _scheme(feed)
    if scheme == transports.PUSHED:
        if not _PUSHED.fullmatch(feed.url.partition(":")[2]):
            raise address.AddressRefused(
                "write push:NAME, of letters, digits, dots and dashes; it is pushed to /push/NAME"
            )
        if not feed.secret:
            raise address.AddressRefused(
                "what is pushed needs a secret token: secret = 'env:NAME' or 'file:PATH'"
            )
    elif transports.is_served(scheme):
        transports.place(feed.url)
    else:
        address.parse(feed.url)


def _signature(path: Path) -> tuple[int, ...]:
    """What changes when the file does; empty where there is none."""
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_mtime_ns, status.st_size, status.st_ino


def _joined(text: str, feeds: Sequence[Feed]) -> str:
    """The list's text with more feeds at its end."""
    import tomli_w

    for feed in feeds:
        text = text.rstrip("\n") + "\n\n[[feed]]\n" + tomli_w.dumps(_written(feed))
    return text


def _written(feed: Feed) -> dict[str, Any]:
    """The feed's fields that are not as by default."""
    fields = msgspec.structs.asdict(feed)
    defaults = msgspec.structs.asdict(Feed(name=feed.name, url=feed.url))
    kept = {key: value for key, value in fields.items() if key in ("name", "url") or value != defaults[key]}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in kept.items()}


def _without(text: str, dropped: Sequence[bool]) -> str:
    """The list's text without the [[feed]] entries that `dropped` says, in order."""
    lines = text.split("\n")
    heads = [number for number, line in enumerate(lines) if _HEADING.match(line)]
    for position in reversed(range(min(len(heads), len(dropped)))):
        if not dropped[position]:
            continue
        first = heads[position]
        while first > 0 and lines[first - 1].lstrip().startswith("#"):
            first -= 1
        last = heads[position + 1] if position + 1 < len(heads) else len(lines)
        # What follows the entry after its last value (blank lines, a comment on the next one) stays.
        while not lines[last - 1].strip() or lines[last - 1].lstrip().startswith("#"):
            last -= 1
        while last < len(lines) and not lines[last].strip() and (first == 0 or not lines[first - 1].strip()):
            last += 1
        del lines[first:last]
    return "\n".join(lines).rstrip("\n") + "\n"


def _replace(path: Path, text: str) -> None:
    """The file's new text, whole or not at all, with the rights that it had."""
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    # The list may hold passwords: only its owner reads a new one.
    rights = path.stat().st_mode & 0o777 if path.exists() else 0o600
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(rights)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
