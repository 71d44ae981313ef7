"""Character-based wires: messages between control characters, tables, and the marks below which nothing is public."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from pipeline.collect.document import Document, Fault, Parsed, UnreadableDocument
from pipeline.collect.formats.xmltree import decode
from pipeline.story import RawStory

Read = Callable[[str, Document, list[str]], RawStory | str]
"""Reads one message of a document, with what was mended in it: its story, or why it is none."""

SOH, STX, ETX, EOT = "\x01", "\x02", "\x03", "\x04"

_END_MARK = re.compile(
    r"^\s*(?:\*\s?\*\s?\*\s?\*[\s*]*|(?:the following"
    r"|die folgenden) information.{0,30}\bnot? .{0,20}publi.*"
    r"|die folgenden informationen sind nicht zur ver.*"
    r"|(?:les|le) (?:informations?|texte) (?:qui suivent|suivant).{0,20}pas .{0,30}publi.*"
    r"|not for publication\b.*|nicht zur ver(?:ö|oe)ffentlichung.*|no publicar.*|ei julkaistavaksi.*)$",
    re.I,
)
_NOTEBOOK = re.compile(r"^\s*#{1,2}\s*(?:dpa[\s-])?(?:note\s?book|notizblock|notiz)\b.*$", re.I)
_SECTION = re.compile(r"^\s*#{2,3}\s*(.+?)\s*$")
_NOTE_SECTION = re.compile(
    r"note to editors|redaktionelle hinweise|hinweis|refile|correction|berichtigung|korrektur|aktualisierung|update",
    re.I,
)
_SIGN_OFF = re.compile(
    r"^\s*(?:(?:dpa|afp|ap|efe|ansa|apa|sda|ats|belga|anp)\s+(?:[a-z]{2,4}\d?\s*){1,8}"
    r"|[a-z]{2,4}(?:/[a-z]{2,6}){1,5}|(?:NNNN|/?END/?|ENDS?))\s*$"
)


def parsed(
    document: Document, name: str, title: str, read: Read, parted: Callable[[str], list[str]] | None = None
) -> Parsed:
    """The story of each message, in the format `name`; `title` is its name for people, `parted` parts its messages where no
    control characters do. Raises UnreadableDocument where none can be read."""
    assumed: list[str] = []
    stories: list[RawStory] = []
    faults: list[Fault] = []
    text = decoded(document.content, assumed)
    for number, message in enumerate((parted or messages)(text)):
        story = read(message, document, assumed)
        if isinstance(story, str):
            faults.append(Fault(reason=story, item=number, original=message.encode("utf-8", "replace")))
        else:
            stories.append(story)
    if not stories:
        raise UnreadableDocument(
            f"{title} that cannot be read: {faults[0].reason if faults else 'no message in it'}"
        )
    return Parsed(format=name, stories=stories, faults=faults)


def messages(text: str) -> list[str]:
    """The messages of a document, each from its SOH to its EOT; one that lacks either begins or ends with the document."""
    pieces = text.split(SOH)
    whole = pieces[1:] if len(pieces) > 1 else pieces
    return [piece.partition(EOT)[0] for piece in whole if piece.strip("\x00\x16\x7f\x0c \n")]


_DOS_LETTERS = re.compile(rb"(?<=[A-Za-z])[\x81\x82\x84-\x88\x8a\x8b\x94\x95\x97\xa0-\xa4\xe1](?=[a-z])")
_WINDOWS_LETTERS = re.compile(rb"(?<=[A-Za-z])[\xc0-\xd6\xd8-\xe0\xe2-\xf6\xf8-\xff](?=[A-Za-z])")


def decoded(content: bytes, assumed: list[str]) -> str:
    """A document's text, its lines ended by newlines.

    UTF-8 where the bytes are that; code page 850 of DOS where its letters stand within words and none of Windows-1252's do;
    else Windows-1252, of which Latin-1 is the printable part."""
    if (
        not content.isascii()
        and _DOS_LETTERS.search(content)
        and not _WINDOWS_LETTERS.search(content)
        and not _is_utf_8(content)
    ):
        assumed.append("bytes that are not UTF-8 were read as code page 850")
        text = content.decode("cp850")
    else:
        text = decode(content, assumed)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_utf_8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def without_notes(lines: list[str]) -> list[str]:
    """A text's lines without what stands below a mark of private notes, where it has one that says so in words."""
    noted = any(_NOTEBOOK.match(line) or (_END_MARK.match(line) and "*" not in line) for line in lines)
    return split_notes(lines)[0] if noted else lines


def split_notes(lines: list[str]) -> tuple[list[str], list[str]]:
    """A text's own lines, and its public notes to editors; what stands below an end mark is in neither."""
    body: list[str] = []
    notes: list[str] = []
    section: str | None = None
    for line in lines:
        if _END_MARK.match(line):
            break
        if section is None and not _NOTEBOOK.match(line):
            body.append(line)
            continue
        if _NOTEBOOK.match(line):
            section = ""
        elif found := _SECTION.match(line):
            section = found[1]
            if re.fullmatch(r"correction|berichtigung|korrektur", section, re.I):
                notes.append(section)
        elif section and _NOTE_SECTION.search(section) and (note := line.strip(" -*")):
            notes.append(note)
    while body and (not body[-1].strip() or _SIGN_OFF.match(body[-1])):
        body.pop()
    return body, notes


def table(rows: Iterable[list[str]]) -> str:
    """Rows of cells as lines, columns aligned and parted by three blanks."""
    kept = [[cell.strip() for cell in row] for row in rows]
    widths = [
        max((len(row[column]) for row in kept if column < len(row)), default=0)
        for column in range(max((len(row) for row in kept), default=0))
    ]
    return "\n".join(
        "   ".join(cell.ljust(widths[column]) for column, cell in enumerate(row)).rstrip() for row in kept
    )
