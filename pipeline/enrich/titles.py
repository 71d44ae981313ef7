"""Titles and roles: told apart from the names they stand with, and read from the words before and after a name."""

from __future__ import annotations

import re

from pipeline.enrich.vocabulary import ROLE_MODIFIERS, ROLES, TITLE_MODIFIERS, TITLES

_BEFORE = sorted({*TITLES, *TITLE_MODIFIERS}, key=len, reverse=True)
_WORD = "|".join(re.escape(word) for word in _BEFORE)
_HEAD = "|".join(re.escape(word) for word in sorted(TITLES, key=len, reverse=True))
_SMALL = "|".join(sorted(map(re.escape, ROLES), key=len, reverse=True))

LEADING = re.compile(rf"(?:(?:(?:{_WORD})(?=[ .-])\.?[ -]|&\s))*?(?:(?:{_HEAD})(?=[. ])\.? )+(?=\S)")
"""Titles at the beginning of a name: `Rear Admiral `, `Treasury Secretary `, `Lt. Gen. `."""

_CAPITAL_BEFORE = re.compile(
    rf"(?:^|[\s(\"'-])((?!(?:of|for|and|the) )(?:(?:{_WORD}|Ex|ex)\.?[ -])*(?:{_HEAD})\.?) $"
)
_INSIDE = re.compile(rf" ((?:(?:{_WORD})\.?[ -])*(?:{_HEAD})\.?) (?=[A-Z][a-z]+(?: [A-Z][\w'-]+)*$)")
_SMALL_WORD = "|".join(sorted(map(re.escape, ROLE_MODIFIERS), key=len, reverse=True))
_SMALL_BEFORE = re.compile(rf"(?:^|[\s(\"-])((?:(?:{_SMALL_WORD})[ -])*(?:{_SMALL})) $")
_ARTICLE = r"(?:the |a |an |its |his |her |their |who is |and )?"
_AFTER = re.compile(
    rf" ?, {_ARTICLE}"
    rf"((?:[\w.'/&-]+(?: \(\w+\))? ){{0,6}}?(?:{_SMALL}|{_HEAD})(?:[ -](?:of|for|at|in|to|on|with)(?: [\w.'&/-]+){{1,7}}?)?)"
    r" ?(?=[,.;:)]|$| (?:who|which|has|had|was|is|said|told)\b)"
)
_IN_APPOSITION = re.compile(
    rf"(?:^|[ (\"])(?:the|a|an|its|his|her|their|'s|s') ((?:[\w.'-]+ ){{0,5}}?(?:{_SMALL})), $"
)
_COURTESY = frozenset(
    ["mr", "mrs", "ms", "miss", "sir", "dame", "lord", "lady", "dr", "mr.", "mrs.", "ms.", "dr."]
)

TITLE_WORDS = frozenset(word.lower() for title in (*TITLES, *ROLES) for word in title.split()) | frozenset(
    ["vice", "deputy", "acting", "former", "foreign", "finance", "defence", "defense", "interior", "prime"]
)
"""Single words of titles: a name made of these alone is none."""

CAPITALISED_TITLES = frozenset(word for title in (*TITLES, *TITLE_MODIFIERS) for word in title.split())
PERSON_TITLES = frozenset(title.split()[-1] for title in TITLES) - {
    "Leader",
    "Deputy",
    "Count",
    "Major",
    "Chief",
    "General",
    "State",
    "Defense",
}
"""A capitalised word after one of these begins a person's name."""


def after_titles(name: str) -> int:
    """Where the name begins in `Rear Admiral Ali Akbar Ahmadian`: characters of title before it, 0 for none."""
    match = LEADING.match(name)
    return match.end() if match else 0


def split_at_title(name: str) -> tuple[int, int] | None:
    """Where an organisation's name ends and its officer's begins in `Bank of England Governor Andrew Bailey`: the first
    character of the title and of the person's name; None where there is no such thing in it."""
    match = _INSIDE.search(name)
    return (match.start(1), match.end()) if match else None


def role_at(text: str, start: int, end: int, within: str = "") -> str:
    """The role that the text gives to the person named at `start` to `end`: a title that the recogniser had `within` the name,
    or one that stands before it, or an apposition behind or before it. Empty where it says none."""
    before = text[max(0, start - 70) : start]
    for role in (within, _group(_CAPITAL_BEFORE.search(before))):
        if role and role.lower() not in _COURTESY:
            return role.strip()
    if match := _AFTER.match(text[end : end + 130]):
        return match[1].strip()
    if match := _SMALL_BEFORE.search(before):
        return match[1].strip()
    return _group(_IN_APPOSITION.search(before)).strip()


def _group(match: re.Match[str] | None) -> str:
    return match[1] if match else ""
