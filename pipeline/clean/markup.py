"""HTML to paragraphs of plain text, in time that grows with its length alone, whatever is wrong with it.

A token reader instead of a tree: text runs come out in their order, so nothing is lost by what a tree builder would make of
broken markup, and no nesting costs more than its length (a tree of 200,000 nested elements took lexbor minutes)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

import msgspec

from pipeline.clean.characters import one_line, unescaped
from pipeline.clean.plaintext import paragraphs as text_paragraphs
from pipeline.story import Record

TOKENS_MOST = 400_000
"""Tags read one by one; in what comes after so many they are only taken out."""

_TAG = re.compile(r"""<(/?)([a-zA-Z][^\s/>]*)((?:[^"'>]+|"[^"]*"|'[^']*')*+)>""")
_BROKEN_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/><]*)([^<>]*)>")
_COMMENT = re.compile(r"<!--(?:-?>|(.*?)(?:--!?>|\Z))|<!\[CDATA\[(.*?)(?:\]\]>|\Z)|<[!?][^>]*(?:>|\Z)", re.S)
_END_TAG = re.compile(r"</([a-zA-Z][^\s/><]*)(?=[\s/>])")
_ANY_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_HIDDEN = re.compile(
    r"""(?:^|[\s"'])hidden(?=[\s/=]|$)|style\s*=\s*["'][^"']*(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all)""",
    re.I,
)
_SOURCE = re.compile(r"""(?:^|\s)src\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I)

_BLOCKS = frozenset(
    str.split(
        "p div section article main header footer aside address blockquote pre ul ol li dl dt dd h1 h2 h3 h4 h5 h6 hr "
        "figure center fieldset details summary hgroup menu dir body html form table caption "
        "thead tbody tfoot tr td th block hl1 hl2 bq"
    )
)
_DROPPED = frozenset(
    str.split(
        "script style noscript template iframe object embed applet "
        "select button textarea datalist svg nav head title audio video canvas "
        "map frameset noframes dialog progress meter"
    )
)
_RAW = frozenset({"script", "style", "textarea", "title", "iframe", "noframes", "noscript"})
"""Elements in which nothing but their own end tag is markup (HTML 13.1.2)."""
_VOID = frozenset(str.split("br hr img input meta link base col embed source track wbr area param keygen"))
_INLINE = frozenset(
    str.split(
        "a abbr acronym b bdi bdo big blink cite code data del dfn "
        "em font i ins kbd label legend mark math nobr q ruby rb rt rp s samp small span strike "
        "strong sub sup time tt u var picture option optgroup colgroup "
        "figcaption slot marquee xml o:p person location org money num chron "
        "event function object.title virtloc em lang pronounce postaddr city state country region sublocation"
    )
)
_KNOWN = _BLOCKS | _DROPPED | _VOID | _INLINE
_RAISED = str.maketrans("0123456789+-()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ")
_ATTRIBUTES_MOST = 4000
_DEEPEST_TABLE = 8
_FORM_TEXT_MOST = 300
_FAILURES_MOST = 4
"""Tags with a quote that is never closed, each of which is looked for to the end; then quotes count no more."""

_ESCAPED_BLOCK = re.compile(
    r"&lt;/?(?:p|div|br|ul|ol|li|table|h[1-6]|blockquote|span|strong|em|b|i|a)(?:\s(?:[^<>&]|&(?:quot|amp"
    r"|#\d{1,5});){0,500})?/?&gt;",
    re.I,
)
_REAL_TAG = re.compile(r"<(?:p|div|br|ul|ol|li|table|h[1-6]|blockquote)\b[^<>]*>", re.I)
_STRUCTURE = re.compile(
    r"</?(?:p|div|br|ul|ol|li|dl|dt|dd|table|tr|td|th|h[1-6]|blockquote|pre|section|article|hr|figure|center|hl1|hl2|block)\b",
    re.I,
)

_EMBED = re.compile(r"<(?:script|div|iframe|blockquote|img)\b", re.I)


class Figure(Record, frozen=True, kw_only=True):
    """A picture in a text with the words under it."""

    url: str
    caption: str


class Text(Record, frozen=True, kw_only=True):
    """What HTML says, for reading. A table is one paragraph, a row a line, cells parted by ` | `."""

    paragraphs: list[str]
    figures: list[Figure] = msgspec.field(default_factory=list)
    cut: bool = False
    """True where the markup was too much to read tag by tag."""


def to_text(markup: str) -> Text:
    """HTML, whole or a fragment, broken or hostile, to paragraphs of text; entities undone (also twice escaped)."""
    markup = _unwrapped(markup)
    if "<" not in markup or not _STRUCTURE.search(markup):
        return _Reader().read(markup, plain=True)
    return _Reader().read(markup)


def in_line(markup: str) -> str:
    """A line that may hold inline markup (a headline, a summary) as plain text."""
    if "<" not in markup and "&" not in markup:
        return one_line(markup)
    markup = _unwrapped(markup)
    return one_line(
        " ".join(_Reader(in_line=True).read(markup, plain=not _STRUCTURE.search(markup)).paragraphs)
    )


def _unwrapped(markup: str) -> str:
    """Markup that was escaped as a whole, once or twice, is markup; an escaped tag amidst real ones is text about tags."""
    for _ in range(2):
        probe = (
            markup.replace("&amp;lt;", "&lt;").replace("&amp;gt;", "&gt;") if "&amp;lt;" in markup else markup
        )
        if "&lt;" not in probe or not _ESCAPED_BLOCK.search(probe):
            break
        if _REAL_TAG.search(markup) and not _wrapped_whole(probe):
            break
        markup = probe.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    return markup


def _wrapped_whole(markup: str) -> bool:
    """True where the text between the outermost real tags begins and ends with escaped ones."""
    inner = _ANY_TAG.sub("", markup).strip()
    return inner.startswith("&lt;") and inner.endswith("&gt;")


@dataclass(slots=True)
class _Table:
    rows: list[list[list[str]]] = field(default_factory=list)
    before: list[str] = field(default_factory=list)

    def cell(self) -> list[str]:
        if not self.rows:
            return self.before
        if not self.rows[-1]:
            self.rows[-1].append([])
        return self.rows[-1][-1]


class _Reader:
    """Reads tokens left to right; what is open is a stack of names, never deeper than the text is long."""

    def __init__(self, in_line: bool = False) -> None:
        self.in_line = in_line
        self.out: list[str] = []
        self.figures: list[Figure] = []
        self.run: list[str] = []
        self.tables: list[_Table] = []
        self.preformatted = 0
        self.raised: list[int] = []
        self.forms: list[int] = []
        self.picture = ""
        self.caption: list[str] | None = None
        self.in_figure = False

    def read(self, markup: str, plain: bool = False) -> Text:
        text, cut = self._tokens(markup)
        if plain and not self.out and not self.tables:
            whole = unescaped("".join(self.run) + text)
            return Text(paragraphs=text_paragraphs(whole), figures=self.figures, cut=cut)
        self.run.append(text)
        self._paragraph()
        while self.tables:
            self._end_table()
        return Text(paragraphs=self.out, figures=self.figures, cut=cut)

    def _tokens(self, markup: str) -> tuple[str, bool]:
        """Reads up to the end or the bound; the text after the last tag is given back."""
        position, count, failures = 0, 0, 0
        find = markup.find
        skip_name, skip_depth = "", 0
        ends = _Ends(markup)
        while (start := find("<", position)) >= 0:
            count += 1
            if count > TOKENS_MOST:
                return _ANY_TAG.sub(" ", markup[position:]) if not skip_name else "", True
            following = markup[start + 1 : start + 2]
            if following in ("!", "?"):
                comment = _COMMENT.match(markup, start)
                end = comment.end() if comment else len(markup)
                if not skip_name:
                    self.run.append(markup[position:start])
                    if comment and comment[2]:
                        self.run.append(comment[2].replace("&", "&amp;"))
                position = end
                continue
            tag = None
            if following.isascii() and (following.isalpha() or following == "/"):
                if failures < _FAILURES_MOST:
                    tag = _TAG.match(markup, start)
                    failures += tag is None
                tag = tag or _BROKEN_TAG.match(markup, start)
            if tag is None:
                if not skip_name:
                    self.run.append(markup[position : start + 1])
                position = start + 1
                continue
            if not skip_name:
                self.run.append(markup[position:start])
            position = tag.end()
            closing, name, attributes = bool(tag[1]), tag[2].lower(), tag[3]
            if skip_name:
                if name == skip_name:
                    skip_depth += -1 if closing else (not attributes.endswith("/"))
                    if skip_depth <= 0:
                        skip_name = ""
                continue
            if not closing and name not in _VOID and not attributes.endswith("/"):
                if name in _RAW:
                    position = _after_raw(markup, name, position, ends)
                    continue
                if (
                    name in _DROPPED or (attributes and _HIDDEN.search(attributes[:_ATTRIBUTES_MOST]))
                ) and ends(name, position):
                    skip_name, skip_depth = name, 1
                    self.run.append(" ")
                    continue
            if not closing and self._is_name(tag[2], attributes) and not ends(name, position):
                self.run.append(tag[0].replace("<", "&lt;"))
                continue
            (self._close if closing else self._open)(name, attributes)
        return (markup[position:] if not skip_name else ""), False

    def _is_name(self, written: str, attributes: str) -> bool:
        """True for what looks like a tag and is a name in angle brackets: `<AAPL.O>`, `<Banco Example>`; in a line also `<I>`."""
        name = written.lower()
        if "=" in attributes or ":" in written:
            return False
        return (name not in _KNOWN and "-" not in written) or (
            self.in_line and name in _INLINE and written.isupper() and not attributes
        )

    def _open(self, name: str, attributes: str) -> None:
        if name == "br":
            self.run.append("\n\x00" if not self.preformatted else "\n")
        elif name in _BLOCKS:
            self._open_block(name)
        elif name == "img":
            self._image(attributes)
        elif name == "figcaption":
            self._paragraph()
            self.caption = []
        elif name == "q":
            self.run.append("“")
        elif name == "sup":
            self.raised.append(len(self.run))
        elif name in ("option", "input"):
            self.run.append(" ")

    def _open_block(self, name: str) -> None:
        if name == "table" and len(self.tables) < _DEEPEST_TABLE:
            self._paragraph()
            self.tables.append(_Table())
        elif name == "tr" and self.tables:
            self._paragraph()
            self.tables[-1].rows.append([])
        elif name in ("td", "th") and self.tables:
            self._paragraph()
            if not self.tables[-1].rows:
                self.tables[-1].rows.append([])
            self.tables[-1].rows[-1].append([])
        else:
            self._paragraph()
            if name == "pre":
                self.preformatted += 1
            elif name == "form":
                self.forms.append(len(self.out))
            elif name == "figure":
                self.in_figure, self.picture = True, ""

    def _close(self, name: str, _attributes: str) -> None:
        if name in _BLOCKS:
            self._paragraph()
            if name == "table" and self.tables:
                self._end_table()
            elif name == "pre":
                self.preformatted = max(0, self.preformatted - 1)
            elif name == "form" and self.forms:
                start = self.forms.pop()
                if not self.tables and sum(map(len, self.out[start:])) < _FORM_TEXT_MOST:
                    del self.out[start:]
            elif name == "figure":
                self.in_figure = False
        elif name == "figcaption":
            self._end_caption()
        elif name == "q":
            self.run.append("”")
        elif name == "sup" and self.raised:
            self._raise(self.raised.pop())
        elif name == "br":
            self.run.append("\n\x00")

    def _raise(self, start: int) -> None:
        raised = "".join(self.run[start:])
        if 0 < len(raised) <= 4 and raised.lstrip("+-").isdigit():
            self.run[start:] = [raised.translate(_RAISED)]

    def _image(self, attributes: str) -> None:
        source = _SOURCE.search(attributes[:_ATTRIBUTES_MOST])
        if source and self.in_figure and not self.picture:
            self.picture = unescaped(next(filter(None, source.groups()), "")).strip()

    def _end_caption(self) -> None:
        self._paragraph()
        caption, self.caption = " ".join(self.caption or []), None
        if caption:
            self.figures.append(Figure(url=self.picture, caption=caption))

    def _paragraph(self) -> None:
        """Ends the paragraph under way, if any."""
        if not self.run:
            return
        text = "".join(self.run)
        self.run.clear()
        self.raised.clear()
        if not text or text.isspace():
            return
        text = unescaped(text)
        target = (
            self.caption if self.caption is not None else self.tables[-1].cell() if self.tables else self.out
        )
        if self.preformatted:
            target.extend(text_paragraphs(text, preformatted=True))
        elif text.lstrip().startswith("<") and _EMBED.search(text) and not _ANY_TAG.sub("", text).strip():
            return  # a piece of page that was put into the text as text
        elif "\n" not in text:
            if text := one_line(text):
                target.append(text)
        else:
            target.extend(_flowed(text))

    def _end_table(self) -> None:
        table = self.tables.pop()
        target = self.tables[-1].cell() if self.tables else self.out
        target.extend(table.before)
        rows = [row for row in table.rows if any(row)]
        if _for_layout(rows):
            target.extend(paragraph for row in rows for cell in row for paragraph in cell)
            return
        lines = [" | ".join(" ".join(" ".join(cell).split()) for cell in _trimmed(row)) for row in rows]
        if lines:
            target.append("\n".join(lines))


class _Ends:
    """Where in a text each kind of end tag stands last: says if an element that opens is closed. Read when first asked."""

    def __init__(self, markup: str) -> None:
        self.markup = markup
        self.last: dict[str, int] | None = None

    def __call__(self, name: str, position: int) -> bool:
        """True where an end tag of `name` stands at or after `position`."""
        if self.last is None:
            self.last = {found[1].lower(): found.start() for found in _END_TAG.finditer(self.markup)}
        return self.last.get(name, -1) >= position


def _after_raw(markup: str, name: str, position: int, ends: _Ends) -> int:
    """Where a raw text element ends; right after its start tag where it is never closed."""
    if not ends(name, position):
        return position
    end = _raw_end(name).search(markup, position)
    return end.end() if end else position


def _raw_end(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{re.escape(name)}(?:\s[^>]*)?/?>", re.I)


def _for_layout(rows: list[list[list[str]]]) -> bool:
    """True for a table that only places things on a page: one column, or cells that hold running text."""
    if all(len([cell for cell in row if cell]) <= 1 for row in rows):
        return True
    return any(
        (len(cell) > 1 and sum(map(len, cell)) > 300) or any(len(text) > 600 for text in cell)
        for row in rows
        for cell in row
    )


def _trimmed(row: list[list[str]]) -> list[list[str]]:
    """The row without empty cells at its end."""
    row = row[:]
    while row and not row[-1]:
        row.pop()
    return row


_BLANK = re.compile(r"\n[ \t\xa0]*\n")
_TELETYPE = re.compile(r"\n\S[^\n]{30,95}\n {2,}\S|\n {2,}\S[^\n]{30,95}\n\S")
_BREAKS = re.compile(r"(?:\s*\n\x00)+\s*")
_ENDED = re.compile(r"""[.!?:…。！？]["'”’»«)\]]*$""")
_LONG_LINE = 60


def _flowed(text: str) -> list[str]:
    """The paragraphs of one block. `\\n\\0` is a br. Two are a paragraph's end. A single one is that after a whole sentence;
    short lines (an address, results, verse) stay lines; else it was a wrap. Newlines of the source are spaces, but for text set
    for a teletype inside one block, and blank lines between whole sentences."""
    if _TELETYPE.search(text):
        return text_paragraphs(text.replace("\x00", ""))
    if "\x00" not in text:
        if not _BLANK.search(text):
            return [one] if (one := one_line(text)) else []
        return _joined([one for part in _BLANK.split(text) if (one := one_line(part))])
    out: list[str] = []
    lines: list[str] = []
    position = 0
    for brk in [*_BREAKS.finditer(text), None]:
        piece = text[position : brk.start() if brk else len(text)]
        position = brk.end() if brk else len(text)
        if line := one_line(piece.replace("\x00", " ")):
            lines.append(line)
        if lines and (brk is None or brk[0].count("\x00") > 1):
            out.extend(_lines(lines))
            lines = []
    return out


def _lines(lines: list[str]) -> list[str]:
    """Lines between single brs as paragraphs."""
    if len(lines) == 1:
        return lines
    if max(map(len, lines)) <= _LONG_LINE:
        return ["\n".join(lines)]
    out = [lines[0]]
    for before, line in pairwise(lines):
        if _ENDED.search(before) or len(before) <= _LONG_LINE:
            out.append(line)
        else:
            out[-1] += " " + line
    return out


def _joined(parts: list[str]) -> list[str]:
    """Pieces between blank lines of the source: apart after a whole sentence, else one."""
    out = parts[:1]
    for part in parts[1:]:
        if _ENDED.search(out[-1]):
            out.append(part)
        else:
            out[-1] += " " + part
    return out
