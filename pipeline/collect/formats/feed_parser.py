"""feedparser, kept from losing what news feeds say: captions and credits of media, items before an error."""

from __future__ import annotations

import html
import html.entities
import io
import re
import xml.sax
import xml.sax.handler
import xml.sax.xmlreader
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from feedparser.api import LooseFeedParser, StrictFeedParser
from feedparser.encodings import convert_to_utf8, parse_content_type
from feedparser.sanitizer import replace_doctype

from pipeline.collect.formats import sniffing

Values = Mapping[str, Any]


@dataclass(slots=True)
class Feed:
    """A feed in feedparser's vocabulary, and what went wrong in reading it."""

    version: str
    """feedparser's: `rss20`, `atom10`, `cdf`, ...; empty where the document is no feed."""
    feed: Values
    entries: list[Values]
    problems: list[str] = field(default_factory=list)
    """What was repaired, one clause each: `broken XML: mismatched tag`."""
    stopped: str = ""
    """Why the end of the document was not read; empty where it was."""
    skip_hours: list[str] = field(default_factory=list)
    skip_days: list[str] = field(default_factory=list)


_TAGS_MOST = 500
_MEDIA_MOST = 500
_NAME_LONGEST = 500
_SCOPES_MOST = 8
"""Of one item; Media RSS nests no deeper than item, group, content, thumbnail."""


class _Enough(Exception):
    """As many items as wanted have been read."""


class _Kept:
    """The parts of feedparser's parsers that are done otherwise here. Media RSS: feedparser gives an item's
    `media:title` and `media:description` to the item as its own; here they stay with their medium."""

    most: int
    skip_hours: list[str]
    skip_days: list[str]
    scopes: list[dict[str, str]]
    """Media elements that are open, from the item's own (outermost) inwards."""

    def begin(self, most: int) -> None:
        self.most, self.skip_hours, self.skip_days, self.scopes = most, [], [], [{}]
        this: Any = self
        this.resolve_relative_uris = this.sanitize_html = (
            False  # bodies become plain text; this would only cost time
        )

    def _start_item(self, attrs_d: dict[str, str]) -> None:
        this: Any = self
        if len(this.entries) >= self.most:
            raise _Enough
        super()._start_item(attrs_d)  # type: ignore[misc]
        self.scopes = [{}]
        this.entries[-1]["media_found"] = []
        this.entries[-1]["media_scope"] = self.scopes[0]

    _start_entry = _start_item

    def _end_guid(self) -> None:
        """feedparser resolves ids like links; an id that depends on where a feed was fetched from is none."""
        this: Any = self
        written = self._written("id")
        super()._end_guid()  # type: ignore[misc]
        if written and this.inentry and not this.insource:
            this.entries[-1]["id_written"] = written

    _end_id = _end_guid

    def _end_author(self) -> None:
        """feedparser cuts mail addresses out of names, and those of longer top-level domains not whole."""
        this: Any = self
        written = self._cut("author")
        super()._end_author()  # type: ignore[misc]
        authors = dict.get(this._get_context(), "authors")
        if written and isinstance(authors, list) and authors and isinstance(authors[-1], dict):
            authors[-1]["written"] = written

    _end_managingeditor = _end_author

    def _cut(self, element: str) -> str:
        """The text of a name, cut where it is none: feedparser's search for an address grows with the square."""
        this: Any = self
        written = self._written(element)
        if len(written) > _NAME_LONGEST:
            written = written[:_NAME_LONGEST]
            this.elementstack[-1][2] = [written]
        return written

    def _written(self, element: str) -> str:
        """The text so far of the element that is about to end."""
        this: Any = self
        if not this.elementstack or this.elementstack[-1][0] != element:
            return ""
        pieces = this.elementstack[-1][2]
        return "".join(piece if isinstance(piece, str) else piece.decode("utf-8") for piece in pieces).strip()

    def _add_tag(self, term: str, scheme: str, label: str) -> None:
        """feedparser compares each tag with every other."""
        this: Any = self
        if len(this._get_context().get("tags", ())) < _TAGS_MOST:
            super()._add_tag(term, scheme, label)  # type: ignore[misc]

    def _start_media_group(self, attrs_d: dict[str, str]) -> None:
        self.scopes = [*self.scopes[:_SCOPES_MOST], {}]

    def _end_media_group(self) -> None:
        if len(self.scopes) > 1:
            self.scopes.pop()

    def _start_media_content(self, attrs_d: dict[str, str]) -> None:
        self._found("content", attrs_d)

    _end_media_content = _end_media_group

    def _start_media_thumbnail(self, attrs_d: dict[str, str]) -> None:
        self._found("thumbnail", attrs_d)

    _end_media_thumbnail = _end_media_group

    def _found(self, kind: str, attrs_d: dict[str, str]) -> None:
        this: Any = self
        medium = {**attrs_d, "kind": kind, "url": this.resolve_uri(attrs_d.get("url", ""))}
        self.scopes = [*self.scopes[:_SCOPES_MOST], medium]
        if this.inentry and len(this.entries[-1]["media_found"]) < _MEDIA_MOST:
            this.entries[-1]["media_found"].append(tuple(reversed(self.scopes)))

    def _start_media_title(self, attrs_d: dict[str, str]) -> None:
        self._push("media_title")

    def _end_media_title(self) -> None:
        self._keep("media_title", "title")

    def _start_media_description(self, attrs_d: dict[str, str]) -> None:
        self._push("media_description")

    def _end_media_description(self) -> None:
        self._keep("media_description", "description")

    def _start_media_credit(self, attrs_d: dict[str, str]) -> None:
        self._push("media_credit")

    def _end_media_credit(self) -> None:
        self._keep("media_credit", "credit")

    def _push(self, element: str) -> None:
        this: Any = self
        this.push(element, 1)

    def _keep(self, element: str, name: str) -> None:
        this: Any = self
        text = this.pop(element)
        if text:
            self.scopes[-1].setdefault(name, text)

    def _start_skiphours(self, attrs_d: dict[str, str]) -> None:
        pass

    _end_skiphours = _start_skipdays = _end_skipdays = lambda self, *_: None

    def _start_hour(self, attrs_d: dict[str, str]) -> None:
        self._push("hour")

    def _end_hour(self) -> None:
        this: Any = self
        self.skip_hours.append(this.pop("hour") or "")

    def _start_day(self, attrs_d: dict[str, str]) -> None:
        self._push("day")

    def _end_day(self) -> None:
        this: Any = self
        self.skip_days.append(this.pop("day") or "")

    def _start_itunes_summary(self, attrs_d: dict[str, str]) -> None:
        """Apart from `description`: feedparser makes the second of the two the content."""
        self._push("itunes_summary")

    def _end_itunes_summary(self) -> None:
        this: Any = self
        this.pop("itunes_summary")

    def _start_webmaster(self, attrs_d: dict[str, str]) -> None:
        """The one who minds the server; to feedparser also the publisher."""
        self._push("webmaster")

    def _end_webmaster(self) -> None:
        this: Any = self
        this.pop("webmaster")

    def _start_dc_publisher(self, attrs_d: dict[str, str]) -> None:
        super()._start_webmaster(attrs_d)  # type: ignore[misc]

    def _end_dc_publisher(self) -> None:
        self._cut("publisher")
        super()._end_webmaster()  # type: ignore[misc]

    def handle_charref(self, ref: str) -> None:
        try:
            super().handle_charref(ref)  # type: ignore[misc]
        except (ValueError, OverflowError):  # beyond Unicode
            this: Any = self
            this.handle_data("\ufffd")


class _Strict(_Kept, StrictFeedParser):  # type: ignore[misc]
    """For XML."""

    def skippedEntity(self, name: str) -> None:
        """A document type that is not fetched may declare it; feeds mean HTML's (Netscape's RSS 0.91 does)."""
        self.handle_data(html.entities.html5.get(f"{name};", f"&{name};"))


class _Loose(_Kept, LooseFeedParser):  # type: ignore[misc]
    """For what was meant to be XML."""

    def _written(self, element: str) -> str:
        return html.unescape(super()._written(element))


def read(content: bytes, content_type: str = "", location: str = "", most: int = 10_000) -> Feed:
    """The feed in `content`, at most its first `most` items; never fetches anything. `content_type` is the
    transport's header, `location` the address that relative links resolve against."""
    content, content_type, problems = _sane_encoding(content, content_type)
    found: dict[str, Any] = {}
    data = convert_to_utf8({"content-type": content_type} if content_type else {}, content, found)
    if not found["encoding"] or "CharacterEncoding" in type(found.get("bozo_exception")).__name__:
        problems.append(_encoding_problem(found, content_type))
    version, data, entities = replace_doctype(data)
    strict = _Strict(location, None, "utf-8")
    if found["encoding"]:
        strict.begin(most)
        error = _run_strict(strict, data)
        if error is None or isinstance(error, _Enough):
            return _feed(strict, version, list(strict.entries), _known(problems), error)
        problems.append(f"broken XML: {_clause(error)}")
    loose = _Loose(location, None, "utf-8", entities)
    loose.begin(most)
    error = _run_loose(loose, data.decode("utf-8", "replace"))
    whole = strict.entries[:-1] if found["encoding"] else []  # all but the one in which the error is
    entries = [*whole, *loose.entries[len(whole) :]]
    return _feed(loose, version, entries, _known(problems), error)


def _run_strict(parser: Any, data: bytes) -> Exception | None:
    reader = xml.sax.make_parser()
    reader.setFeature(xml.sax.handler.feature_namespaces, True)
    reader.setFeature(xml.sax.handler.feature_external_ges, False)
    reader.setContentHandler(parser)
    reader.setErrorHandler(parser)
    source = xml.sax.xmlreader.InputSource()
    source.setByteStream(io.BytesIO(data))
    try:
        reader.parse(source)
    except MemoryError:
        raise
    except Exception as error:
        return error
    return None


def _run_loose(parser: Any, text: str) -> Exception | None:
    try:
        parser.feed(text)
    except MemoryError:
        raise
    except Exception as error:
        return error
    return None


def _feed(
    parser: Any, version: str | None, entries: list[Values], problems: list[str], error: Exception | None
) -> Feed:
    stopped = ""
    if isinstance(error, _Enough):
        stopped = f"it holds more than {parser.most} items: the first {parser.most} were taken"
    elif error is not None:
        stopped = f"it could not be read beyond item {len(entries)}: {_clause(error)}"
    return Feed(
        version=version or parser.version,
        feed=parser.feeddata,
        entries=entries,
        problems=problems,
        stopped=stopped,
        skip_hours=parser.skip_hours,
        skip_days=parser.skip_days,
    )


def _clause(error: Exception) -> str:
    if isinstance(error, xml.sax.SAXParseException):
        return f"{error.getMessage()} at line {error.getLineNumber()}"
    return str(error) or type(error).__name__


def _known(problems: list[str]) -> list[str]:
    return [problem for problem in problems if problem]


_DECLARATION = re.compile(rb"""^(\s*<\?xml[^>]*?encoding\s*=\s*["'])([^"'>]*)""")
_NO_CHARSETS = frozenset(
    (
        "utf-7",
        "idna",
        "punycode",
        "undefined",
        "unicode-escape",
        "raw-unicode-escape",
        "mbcs",
        "oem",
        "palmos",
    )
)
"""What Python can decode and no document is written in."""
_WIDE = re.compile(r"(utf-?(16|32)|ucs-?[24])", re.I)
_ONE_BYTE = re.compile(r"(iso-?8859-?\d+|latin-?\d|windows-?125\d|cp-?125\d|us-ascii|ascii)$")


def _sane_encoding(content: bytes, content_type: str) -> tuple[bytes, str, list[str]]:
    """The document and its content type without declarations of an encoding that cannot be meant: codecs that
    are no charsets, and one-byte charsets of UTF-8 (RFC 7303: a byte-order mark overrides the header)."""
    problems: list[str] = []
    kind, charset = parse_content_type(content_type)
    if (wide := sniffing.codec(content)).startswith(("utf-16", "utf-32")):
        if wide.endswith(("le", "be")):
            problems.append(f"no byte-order mark: read as {wide}")
        content = _DECLARATION.sub(rb"\1utf-8", content.decode(wide, "replace").encode("utf-8", "replace"))
        content_type, charset = kind if not charset or _acceptable(kind) else "application/xml", ""
    declared = _DECLARATION.match(content)
    written = declared[2].decode("latin-1").strip().lower() if declared else ""
    if _is_no_charset(charset):
        problems.append(f"the header's encoding {charset[:40]} was not believed")
        content_type = kind
    if declared and (_is_no_charset(written) or (_WIDE.match(written) and not sniffing.codec(content))):
        problems.append(f"its encoding {written[:40]} was not believed")
        content = content[: declared.start(2)] + b"utf-8" + content[declared.end(2) :]
        written = "utf-8"
    if charset and sniffing.codec(content):
        content_type = kind if _acceptable(kind) else "application/xml"
    elif (_ONE_BYTE.match(charset.lower()) or _ONE_BYTE.match(written)) and _is_utf8(content):
        problems.append(f"declared as {(charset or written)[:40]}, but it is UTF-8")
        content_type = "application/xml; charset=utf-8"
    return content, content_type, problems


def _acceptable(kind: str) -> bool:
    """True where the encoding is the document's own to say."""
    return kind.startswith("application/") and kind.endswith("xml")


def _is_no_charset(charset: str) -> bool:
    return _codec_name(charset) in _NO_CHARSETS or not (charset.isprintable() and charset.isascii())


def _codec_name(charset: str) -> str:
    return charset.strip().lower().replace("_", "-")


def _is_utf8(content: bytes) -> bool:
    """True for text that is UTF-8 and could not as well be ASCII."""
    if content.isascii():
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _encoding_problem(found: Mapping[str, Any], content_type: str) -> str:
    """Empty where only the header was silent, which meant us-ascii until RFC 7303."""
    if not found["encoding"]:
        return "in no encoding known: characters were lost"
    if "charset" not in content_type.lower() and str(found["bozo_exception"]).startswith(
        "document declared as us-ascii"
    ):
        return ""
    return str(found["bozo_exception"])
