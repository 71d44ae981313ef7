"""How a replay is shown: JSON lines for programs, lines and a summary for people."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.collect.document import Document
from pipeline.run.intake import Casualty, Read
from pipeline.run.tally import Summary
from pipeline.story import Entity, Story, encode, event_time

COLOURS = {
    "new": "green",
    "update": "cyan",
    "correction": "yellow",
    "kill": "red",
    "repeat": "dim",
    "advisory": "magenta",
}


class JsonReport:
    """Each story's record as a line on standard output; failures and the summary's numbers on standard error."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def read(self, document: Document, read: Read) -> None:
        """Nothing to say."""

    def stories(self, stories: Sequence[Story]) -> None:
        """A line a story."""
        for story in stories:
            self._out.write(encode(story).decode() + "\n")

    def done(self, summary: Summary, casualties: Sequence[Casualty]) -> None:
        """Names what failed."""
        for casualty in casualties:
            print(failure(casualty), file=sys.stderr)
        print(encode(summary).decode(), file=sys.stderr)


class LinesReport:
    """A line a story, then the summary; in colour on a terminal."""

    def __init__(self, console: Console, explain: Path | None) -> None:
        self._console = console
        self._explain = explain

    def read(self, document: Document, read: Read) -> None:
        """Explains what collecting and cleaning made of the file asked for."""
        if self._explain is not None and Path(document.name).resolve() == self._explain.resolve():
            self._console.print(*explain_reading(document, read), sep="\n", highlight=False, soft_wrap=True)

    def stories(self, stories: Sequence[Story]) -> None:
        """A line a story, and more for the file asked for."""
        for story in stories:
            self._console.print(story_line(story), highlight=False, soft_wrap=True)
            if self._explain is not None and Path(story.document).resolve() == self._explain.resolve():
                self._console.print(*explain_story(story), sep="\n", highlight=False, soft_wrap=True)

    def done(self, summary: Summary, casualties: Sequence[Casualty]) -> None:
        """The summary, and each failure."""
        self._console.print(summary_table(summary))
        for casualty in casualties:
            self._console.print(Text(failure(casualty), style="red"), soft_wrap=True)


def story_line(story: Story) -> Text:
    """Time, change, source, headline, and whose copy it is."""
    at = event_time(story)
    day = story.published_precision == "day"
    when = "no time given" if at is None else at.strftime("%Y-%m-%d" if day else "%Y-%m-%d %H:%M:%S")
    change = story.change or "new"
    line = Text.assemble(
        (f"{when:<19} ", "dim"),
        (f"{change:<10} ", COLOURS.get(change, "")),
        (f"{story.source:<18} ", "dim"),
        (f"{story.id[:8]} v{story.version}  ", "dim"),
        story.headline or "(withdrawn)",
    )
    if story.copy_of:
        line.append(f"  = {story.relation} copy of {story.copy_of[:8]}", "blue")
    if story.late:
        line.append("  late: only in the history", "dim")
    if story.status == "withheld" and story.embargoed_until:
        line.append(f"  embargoed until {story.embargoed_until:%Y-%m-%d %H:%M} UTC", "magenta")
    return line


def explain_reading(document: Document, read: Read) -> list[Text]:
    """What the first two stages made of a document."""
    lines = [_stage("collect", f"{document.name}, {len(document.content):,} bytes, source {document.source}")]
    for story in read.stories:
        lines += [
            _stage("clean", f"headline: {story.headline}"),
            _stage("", f"{story.format}, {len(story.body)} paragraphs, {story.word_count} words"),
            _stage("", f"language: {story.language or 'unknown'} ({story.language_from or 'not certain'})"),
            _stage("", f"byline: {', '.join(story.byline) or 'none'}; credit: {story.credit or 'none'}"),
            _stage("", f"provider: {story.provider or 'unknown'}"),
            _stage("", f"keywords: {', '.join(story.keywords) or 'none'}"),
            *(_stage("", f"assumed: {assumed}") for assumed in story.assumed),
        ]
    return lines


def explain_story(story: Story) -> list[Text]:
    """What the later stages made of a story."""
    decision = f"{story.change}, version {story.version}" + (
        f", {story.relation} copy of {story.copy_of}" if story.copy_of else ", no copy of another"
    )
    lines = [_stage("deduplicate", decision)]
    lines += [
        _stage("enrich" if n == 0 else "", entity_line(entity)) for n, entity in enumerate(story.entities)
    ]
    if story.entities_note:
        lines.append(_stage("enrich", story.entities_note))
    lines.append(_stage("index", f"searchable as {story.id}"))
    return lines


def entity_line(entity: Entity) -> str:
    """An entity in one line: name, type, mentions, link."""
    texts = dict.fromkeys(mention.text for mention in entity.mentions)
    where = ""
    if entity.link:
        place = entity.link.location
        where = f"  -> {entity.link.scheme}:{entity.link.id} {entity.link.country or ''}"
        where += f" ({place.lat:.2f}, {place.lon:.2f})" if place else ""
    role = f", {entity.role}" if entity.role else ""
    return f"{entity.salience:.2f} {entity.type:<12} {entity.name}{role}  x{len(entity.mentions)} {', '.join(texts)}{where}"


def _stage(name: str, what: str) -> Text:
    return Text.assemble("    ", (f"{name:<12}", "bold blue"), what)


def failure(casualty: Casualty) -> str:
    """A dead letter in one line."""
    where = casualty.document or casualty.story_id
    item = "" if casualty.item is None else f" item {casualty.item}"
    return f"dead letter: {where}{item}: {casualty.stage}: {casualty.error}"


def summary_table(summary: Summary) -> Table:
    """The counts of a run."""
    table = Table(title="Summary", title_justify="left", show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_row(
        "documents",
        f"{summary.documents:,}",
        "of them or of their items left aside by name",
        f"{summary.aside:,}",
    )
    table.add_row("stories collected", f"{summary.collected:,}", "same item again", f"{summary.same:,}")
    table.add_row("new", f"{summary.new:,}", "late", f"{summary.late:,}")
    table.add_row("updates", f"{summary.updates:,}", "repeats", f"{summary.repeats:,}")
    table.add_row("corrections", f"{summary.corrections:,}", "advisories", f"{summary.advisories:,}")
    table.add_row("kills", f"{summary.kills:,}", "copies", f"{summary.copies:,}")
    table.add_row("entities found", f"{summary.entities:,}", "dead letters", f"{summary.dead:,}")
    table.add_row(
        "seconds", f"{summary.seconds:,.1f}", "stories a second", f"{summary.stories_per_second:,.0f}"
    )
    return table
