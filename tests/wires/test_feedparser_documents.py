"""What feedparser's authors hold true of 893 feeds must be what our records say of them."""

from __future__ import annotations

import ast
import calendar
import html
import html.parser
import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import feedparser
import pytest

from pipeline.collect import formats
from pipeline.collect.document import Document, FeedHints, Parsed, UnreadableDocument
from pipeline.collect.formats import times
from pipeline.collect.reading import Reader
from pipeline.settings import Collect
from pipeline.story import RawStory

WIRES = Path(__file__).parents[3] / "shared" / "wires"
EXPECTATIONS = WIRES / "feedparser_expect.jsonl"
SERVED = "http://127.0.0.1:8097/"
"""Where feedparser's authors serve the documents that are named `http_...`."""

ROWS = (
    [json.loads(line) for line in EXPECTATIONS.read_text("utf-8").splitlines()]
    if EXPECTATIONS.exists()
    else []
)

DIFFERENT = {
    "bozo_linenoise.xml": "`<>` is no tag: it stays in the text",
    "rss__item_description_not_a_doctype.xml": "`<!'` begins a comment that HTML ends at the next `>`",
    "sanitize__xml_declaration_unexpected_character.xml": "`<!DOCTYPE ~` is a declaration to HTML, not text",
    "sanitize__item_content_encoded_script_nested_cdata.xml": "`<![CDATA[` is a comment to HTML, not text",
    "sanitize__entry_content_crazy.xml": "a page full of unclosed comments: HTML's rules end them elsewhere",
    "sanitize__entry_summary_crazy.xml": "the same",
    "sanitize__feed_title_crazy.xml": "the same",
    "sanitize__item_content_encoded_crazy.xml": "the same",
    "sanitize__item_description_crazy.xml": "the same",
}
"""Where HTML as browsers read it gives another text than feedparser's sanitiser."""

pytestmark = [pytest.mark.wires, pytest.mark.skipif(not ROWS, reason="../shared/wires is absent")]


class Claim(NamedTuple):
    """`entries[0].links[1].href == "..."`: where, as keys and positions, and what."""

    path: tuple[str | int, ...]
    value: Any


# ---- reading the expectations ----


def claims(expression: str | None) -> Iterator[Claim]:
    """The equalities that an expectation is made of."""
    if expression:
        yield from _claims(ast.parse(expression.strip(), mode="eval").body)


def _claims(node: ast.expr) -> Iterator[Claim]:
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for each in node.values:
            yield from _claims(each)
    elif isinstance(node, ast.Compare) and all(isinstance(operator, ast.Eq) for operator in node.ops):
        *paths, value = (node.left, *node.comparators)
        for each in paths:
            path = _path(each)
            if path and not any(isinstance(part, ast.Name) for part in ast.walk(value)):
                yield Claim(path, _literal(value))


def _literal(node: ast.expr) -> Any:
    """A literal, or strings put together with `+`."""
    if isinstance(node, ast.BinOp):
        return _literal(node.left) + _literal(node.right)
    return ast.literal_eval(node)


def _path(node: ast.expr) -> tuple[str | int, ...]:
    match node:
        case ast.Name(id="entries" | "feed" as name):
            return (name,)
        case ast.Attribute(value=value, attr=key) if inner := _path(value):
            return (*inner, key)
        case ast.Subscript(value=value, slice=ast.Constant(value=str() | int() as key)) if inner := _path(
            value
        ):
            return (*inner, key)
    return ()


# ---- an independent idea of what text is in markup ----


class _Text(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in ("script", "style")
        self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("script", "style") and self.hidden > 0
        self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


def text(markup: str) -> str:
    """Without tags and white space, as neither is what the comparison is about."""
    reader = _Text()
    reader.feed(re.sub(r"(?is)<(applet|object|embed|iframe|frame)\b.*?</\1>", " ", markup))
    reader.close()
    return squeeze("".join(reader.parts))


def squeeze(plain: str) -> str:
    return "".join(plain.split())


# ---- what a claim means for a record ----


class Known(NamedTuple):
    """A document as feedparser understands it, and as we do."""

    theirs: Any
    parsed: Parsed


def _titled(known: Known, story: RawStory, claim: Claim, position: int) -> bool:
    detail = known.theirs.entries[position].get("title_detail", {})
    declared_plain = detail.get("type") == "text/plain"
    return squeeze(html.unescape(story.headline)) == (squeeze if declared_plain else text)(claim.value)


def _told(known: Known, story: RawStory, claim: Claim, position: int) -> bool:
    """In the body or in the summary."""
    ours = [story.body, story.summary]
    ours = [text(each) if story.body_type == "html" else squeeze(each) for each in ours]
    return text(claim.value) in ours or squeeze(claim.value) in ours


def _by(known: Known, story: RawStory, claim: Claim, position: int) -> bool:
    name = re.sub(r"\S+@\S+", "", claim.value).strip(" ()")
    return name in story.byline.split(" and ") or (not name and "@" not in story.byline)


def _no_mail(known: Known, story: RawStory, claim: Claim, position: int) -> bool:
    return claim.value not in story.byline


def _same_time(known: Known, story: RawStory, claim: Claim, position: int) -> bool:
    if isinstance(claim.value, str):
        moment = times.moment(claim.value)
        expected = moment.at if moment else None
    else:
        expected = datetime.fromtimestamp(calendar.timegm(claim.value), UTC)
    return expected in (story.published_at, story.first_published_at)


def _term(known: Known, story: RawStory, claim: Claim, position: int) -> bool:
    return claim.value in (*story.keywords, *(subject.code for subject in story.subjects))


def _label(known: Known, story: RawStory, claim: Claim, position: int) -> bool:
    return claim.value in (*story.keywords, *(subject.name for subject in story.subjects))


def _scheme(known: Known, story: RawStory, claim: Claim, position: int) -> bool:
    return claim.value in (subject.scheme for subject in story.subjects)


def _medium(known: Known, story: RawStory, claim: Claim, position: int) -> bool:
    return claim.value in (medium.url for medium in story.media)


def _link(known: Known, story: RawStory, claim: Claim, position: int) -> bool:
    """A link of the kind that it is in the document."""
    kind = known.theirs.entries[position].links[claim.path[3]].get("rel")
    if kind == "alternate":
        return bool(story.url)
    if kind == "enclosure":
        return _medium(known, story, claim, position)
    return kind != "license" or claim.value in story.rights


def _pointed(known: Known, story: RawStory, claim: Claim, position: int) -> bool:
    where = known.theirs.entries[position]["where"]
    if where["type"] == "Point":
        return story.location is not None and (story.location.lon, story.location.lat) == where["coordinates"]
    return story.location is not None


def _spoken(known: Known, story: RawStory, claim: Claim, position: int) -> bool:
    """The language, unless a nearer element declares another."""
    entry = known.theirs.entries[position]
    nearer = claim.path[2] == "title_detail" and ("content" in entry or "summary_detail" in entry)
    return nearer or claim.value is None or story.language.lower() == claim.value.lower()


def _allowed(known: Known, story: RawStory, claim: Claim, position: int) -> bool:
    return text(claim.value) in (text(story.rights), squeeze(story.rights))


def _licensed(known: Known, story: RawStory, claim: Claim, position: int) -> bool:
    return claim.value in story.rights


def _from(known: Known, story: RawStory, claim: Claim, position: int) -> bool:
    return text(claim.value) == squeeze(story.provider)


def _typed(known: Known, story: RawStory, claim: Claim, position: int) -> bool:
    return claim.value in (medium.type for medium in story.media)


def _at(known: Known, story: RawStory, claim: Claim, position: int) -> bool:
    return bool(story.url == claim.value)


def _named(known: Known, story: RawStory, claim: Claim, position: int) -> bool:
    return bool(story.guid == claim.value)


ENTRY_CHECKS: Sequence[tuple[str, Callable[[Known, RawStory, Claim, int], bool]]] = (
    (r"title(_detail\.value)?", _titled),
    (r"(description|summary|content\.0\.value|summary_detail\.value)", _told),
    (r"link", _at),
    (r"(id|guid)", _named),
    (r"(author|author_detail\.name|authors\.\d\.name)", _by),
    (r"(author_detail\.email|authors\.\d\.email|contributors\.\d\.email)", _no_mail),
    (r"(published|updated|created)(_parsed)?", _same_time),
    (r"(category|tags\.\d\.term)", _term),
    (r"tags\.\d\.label", _label),
    (r"tags\.\d\.scheme", _scheme),
    (r"(enclosures\.\d\.(url|href)|content\.\d\.src|image\.href)", _medium),
    (r"enclosures\.\d\.type", _typed),
    (r"links\.\d\.href", _link),
    (r"where\.coordinates", _pointed),
    (r"(content\.0|title_detail|summary_detail)\.language", _spoken),
    (r"(rights|copyright|source\.rights)", _allowed),
    (r"license", _licensed),
    (r"(source\.title|publisher|publisher_detail\.name)", _from),
)

FEED_CHECKS: Sequence[tuple[str, Callable[[FeedHints, Any], bool]]] = (
    (r"title(_detail\.value)?", lambda hints, value: squeeze(hints.title) in (text(value), squeeze(value))),
    (r"ttl", lambda hints, value: hints.ttl_seconds == int(value) * 60),
)

INHERITED_CHECKS: Sequence[tuple[str, Callable[[RawStory, Any], bool]]] = (
    (r"language", lambda story, value: story.language == value),
    (r"(rights|copyright)", lambda story, value: text(story.rights) == text(value)),
    (r"publisher_detail\.name", lambda story, value: story.provider == value),
)
"""What a feed says and its stories have from it."""


def holds(known: Known, claim: Claim) -> bool | None:
    """Whether our record says the same; None where it has no place for what is claimed."""
    name = ".".join(str(key) for key in claim.path[2 if claim.path[0] == "entries" else 1 :])
    if claim.path[0] == "entries":
        position = int(claim.path[1])
        for pattern, check in ENTRY_CHECKS:
            if re.fullmatch(pattern, name):
                return check(known, known.parsed.stories[position], claim, position)
    for pattern, told in FEED_CHECKS:
        if claim.path[0] == "feed" and re.fullmatch(pattern, name):
            return told(known.parsed.hints or FeedHints(), claim.value)
    for pattern, inherited in INHERITED_CHECKS:
        if claim.path[0] == "feed" and re.fullmatch(pattern, name) and known.parsed.stories:
            return all(inherited(story, claim.value) for story in known.parsed.stories)
    return None


# ---- the documents ----


def document(row: dict[str, Any]) -> Document:
    headers = {name.lower(): value for name, value in row["headers"].items()}
    return Document(
        content=(WIRES / row["file"]).read_bytes(),
        source="feedparser",
        name=row["file"],
        content_type=headers.get("content-type", ""),
        content_location=headers.get(
            "content-location", SERVED + row["file"] if "__http_" in row["file"] else ""
        ),
        content_language=headers.get("content-language", ""),
    )


def as_theirs(document: Document) -> Any:
    headers = {"content-type": document.content_type, "content-location": document.content_location}
    return feedparser.parse(
        BytesIO(document.content), response_headers={name: value for name, value in headers.items() if value}
    )


def test_none_crashes_hangs_or_vanishes() -> None:
    """Through the guarded process, as in production: a story or a fault for each item."""
    with Reader(Collect()) as reader:
        for row in ROWS:
            one = document(row)
            parsed = reader.read(one)
            entries = len(as_theirs(one).entries)
            assert len(parsed.stories) + len(parsed.faults) >= entries, row["file"]
            assert all(story.family for story in parsed.stories), row["file"]


def test_the_records_say_what_feedparsers_authors_say() -> None:
    wrong, checked, outside = [], 0, 0
    for row in ROWS:
        one = document(row)
        try:
            known = Known(as_theirs(one), formats.parse(one))
        except UnreadableDocument:
            continue
        for claim in claims(row["expect"]):
            right = holds(known, claim)
            checked += right is not None
            outside += right is None
            if right is False and row["file"].split("__", 1)[-1] not in DIFFERENT:
                wrong.append(f"{row['file']}: {claim}: {known.parsed.stories[:1]}")
    print(f"{checked} claims checked, {len(wrong)} wrong; {outside} are about what no record has a place for")
    assert not wrong, "\n".join(wrong)
    assert checked > 500
