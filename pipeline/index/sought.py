"""Reads what a person types into a search box: any text at all becomes terms to find, never an error."""

from __future__ import annotations

import re
from typing import Final

from pipeline.index.words import words
from pipeline.story import Record

COLUMNS: Final = ("headline", "summary", "body", "names", "byline", "subjects")
"""What the index keeps of a story to search in, in this order."""

FIELDS: Final = {
    "headline": "headline",
    "title": "headline",
    "summary": "summary",
    "body": "body",
    "text": "body",
    "byline": "byline",
    "by": "byline",
    "author": "byline",
    "entity": "names",
    "name": "names",
    "subject": "subjects",
    "keyword": "subjects",
    "topic": "subjects",
    "slug": "subjects",
}
"""The field prefixes that people may write, and the column that each looks into."""

TERMS: Final = 32
"""Terms of one query that are looked for, and words in one term; what goes beyond plays no part."""

_QUOTES: Final = str.maketrans("“”„‟«»＂", '"""""""')
_PIECE: Final = re.compile(
    r"""(?P<without>-(?=[^\s-]))?
        (?:(?P<field>[^\W\d_]+):(?=[^\s:/]))?
        (?:"(?P<phrase>[^"]*)"?(?P<open>\*)? | (?P<word>[^\s"]+))""",
    re.VERBOSE,
)


class Term(Record, frozen=True):
    """Words that stand together in a story."""

    words: tuple[str, ...]
    prefix: bool = False
    """The last word may go on."""
    column: str = ""
    """Where; empty: anywhere."""


class Sought(Record, frozen=True):
    """What a story must have: one term of each group, and none of `without`."""

    groups: tuple[tuple[Term, ...], ...] = ()
    without: tuple[Term, ...] = ()
    senseless: bool = False
    """There was text, but no word in it: nothing is found."""


def read(text: str) -> Sought:
    """What `text` asks for; see `Query.text` for the language."""
    groups: list[tuple[Term, ...]] = []
    without: list[Term] = []
    either = False
    for piece in _PIECE.finditer(text.translate(_QUOTES)):
        if len(groups) + len(without) >= TERMS:
            break
        bare = piece["word"] if piece["field"] is None and piece["without"] is None else None
        if bare in ("OR", "|"):
            either = True
            continue
        if bare in ("AND", "&"):
            continue
        term = _term(piece)
        if term is None:
            continue
        if piece["without"]:
            without.append(term)
        elif either and groups and len(groups[-1]) < TERMS:
            groups[-1] += (term,)
        else:
            groups.append((term,))
        either = False
    senseless = bool(text.strip()) and not groups and not without
    return Sought(groups=tuple(groups), without=tuple(without), senseless=senseless)


def expression(groups: tuple[tuple[Term, ...], ...]) -> str:
    """The FTS5 query for a term of each group (https://www.sqlite.org/fts5.html#full_text_query_syntax)."""
    return " AND ".join("(" + " OR ".join(map(_phrase, group)) + ")" for group in groups)


def _term(piece: re.Match[str]) -> Term | None:
    field, word = piece["field"], piece["word"]
    column = FIELDS.get(field.lower(), "") if field else ""
    text = piece["phrase"] if word is None else word
    if field and not column:  # `Russia:Iran` and `https://...` are words, not fields
        text = f"{field} {text}"
    found = tuple(words(text)[:TERMS])
    prefix = piece["open"] is not None if word is None else word.rstrip(".,;:!?)").endswith("*")
    return Term(words=found, prefix=prefix, column=column) if found else None


def _phrase(term: Term) -> str:
    column = f"{term.column} : " if term.column else ""
    return f'{column}"{" ".join(term.words)}"{" *" if term.prefix else ""}'
