"""A story as an editor reads it: headline, origin, text with its entities, what is known besides, and its
versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.story import Entity, Link, Mention, Story, VersionSeen
from pipeline.terminal.lines import Line, Span, Style
from pipeline.terminal.listing import has_time, marker, moment_text, stamp, story_line


def reading(story: Story, copies: Sequence[Story] = ()) -> Iterator[Line]:
    """The whole story, a line or paragraph each."""
    if story.headline:
        yield [
            Span(marker(story), "alert"),
            *_with_entities(story.headline, _mentions(story, "headline"), "headline"),
        ]
    else:
        yield [Span(marker(story) or "no headline", "alert")]
    if story.subheadline:
        yield [Span(story.subheadline)]
    yield [Span(_origin(story), "dim")]
    if story.byline:
        yield [
            Span(
                "By " + " and ".join(story.byline) + (f", {story.byline_title}" if story.byline_title else "")
            )
        ]
    if story.summary:
        yield []
        yield _with_entities(story.summary, _mentions(story, "summary"), "dim")
    yield from _body(story)
    yield from _facts(story)
    yield from _entities(story)
    if copies:
        yield []
        yield [Span("Copies of one another", "label")]
        yield from ([Span("  " + story_line(copy))] for copy in copies)
    if story.history:
        yield []
        yield [Span("Versions", "label")]
        yield from (_version(line, story) for line in story.history)


def _origin(story: Story) -> str:
    known = [
        stamp(story).strip() + (" UTC" if has_time(story) else ""),
        story.source,
        story.provider if story.provider.casefold() != story.source.casefold() else "",
        story.language,
        f"urgency {story.urgency}" if story.urgency is not None else "",
        f"version {story.version}",
        story.change or "",
        story.id,
    ]
    return " · ".join(word for word in known if word)


def _body(story: Story) -> Iterator[Line]:
    for number, paragraph in enumerate(story.body):
        yield []
        text = _with_entities(paragraph, _mentions(story, "body", number))
        if number == 0 and story.dateline:
            text = [Span(story.dateline.text + " - ", "dim"), *text]
        yield from _rows(text)


def _rows(paragraph: Sequence[Span]) -> Iterator[Line]:
    """A paragraph as lines: a table's has one a row."""
    row: list[Span] = []
    for text, style in paragraph:
        first, *others = text.split("\n")
        row.append(Span(first, style))
        for other in others:
            yield row
            row = [Span(other, style)]
    yield row


def _facts(story: Story) -> Iterator[Line]:
    subjects = [subject.name or subject.code for subject in story.subjects]
    facts = [
        ("Credit", story.credit),
        ("Staff", story.staff),
        ("Rights", story.rights),
        ("Note", story.editor_note),
        ("Slug", story.slugline),
        ("Subjects", ", ".join(subjects)),
        ("Keywords", ", ".join(story.keywords)),
        ("Address", story.url),
        ("Copy of", f"{story.copy_of} ({story.relation})" if story.copy_of else ""),
        ("Embargo", moment_text(story.embargoed_until) + " UTC" if story.embargoed_until else ""),
        ("Taken for granted", "; ".join(story.assumed)),
    ]
    known = [(name, value) for name, value in facts if value]
    if known:
        yield []
    for name, value in known:
        yield [Span(f"{name}: ", "label"), Span(value)]


def _entities(story: Story) -> Iterator[Line]:
    if not story.entities and not story.entities_note:
        return
    yield []
    yield [Span("Entities", "label"), Span(f" {story.entities_note}" if story.entities_note else "")]
    for entity in sorted(story.entities, key=lambda e: -e.salience):
        yield [
            Span(f"  {entity.type:<13}", "dim"),
            Span(entity.name, entity.type),
            Span(_besides(entity), "dim"),
        ]


def _besides(entity: Entity) -> str:
    times = f"{len(entity.mentions)} times" if len(entity.mentions) > 1 else "once"
    return " · ".join(["", *filter(None, [entity.role, times, _register(entity.link)])])


def _register(link: Link | None) -> str:
    if link is None:
        return ""
    where = f"{link.location.lat:.2f} {link.location.lon:.2f}" if link.location else ""
    return " ".join(filter(None, [link.country, where, f"{link.scheme}:{link.id}"]))


def _version(line: VersionSeen, story: Story) -> Line:
    current = line.version == story.version
    at = stamp(story) if current else f"{moment_text(line.at):<16}"
    late = " (late)" if line.late else ""
    return [
        Span(f"{'>' if current else ' '} {line.version:>3}  {at}  {line.change:<10}  ", "dim"),
        Span(line.headline + late),
    ]


def _mentions(story: Story, field: str, paragraph: int = 0) -> list[tuple[Mention, Entity]]:
    """Where a text of the story names entities, in order, none over another."""
    found = [
        (mention, entity)
        for entity in story.entities
        for mention in entity.mentions
        if mention.field == field and mention.paragraph == paragraph
    ]
    found.sort(key=lambda pair: (pair[0].start, -pair[0].end))
    apart: list[tuple[Mention, Entity]] = []
    for pair in found:
        if not apart or pair[0].start >= apart[-1][0].end:
            apart.append(pair)
    return apart


def _with_entities(text: str, mentions: Sequence[tuple[Mention, Entity]], style: Style = "") -> list[Span]:
    spans = []
    last = 0
    for mention, entity in mentions:
        spans += [
            Span(text[last : mention.start], style),
            Span(text[mention.start : mention.end], entity.type),
        ]
        last = mention.end
    spans.append(Span(text[last:], style))
    return [span for span in spans if span.text]
