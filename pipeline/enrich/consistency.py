"""A name seen clearly once in a story is seen everywhere in it, and has one type throughout."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Sequence

from pipeline.enrich.gazetteer import Gazetteer
from pipeline.enrich.judgement import surnames_of, weigh
from pipeline.enrich.passages import Passage
from pipeline.enrich.spans import Span
from pipeline.enrich.vocabulary import AGENCIES, BODIES, COMPANY_FORMS, GENERIC, LEGAL_FORMS, SPORT
from pipeline.story import EntityType

LEGAL = re.compile(rf"(?:[ ,]+(?:{'|'.join(map(re.escape, sorted(LEGAL_FORMS)))})\.?)+$")
"""A company's legal form, at the end of its name."""
_BRACKETED = re.compile(r" \(\"?([A-Z][A-Za-z&.-]{1,9}[A-Z.])\"?[),;]")


def made_consistent(spans: list[Span], found: Sequence[Passage], names: Gazetteer) -> list[Span]:
    """The story's names after one look at all of them together, by passage and position."""
    spans = _with_bracketed_acronyms(spans, found)
    spans = _without_common_words(spans, found, names)
    sports = _is_sports_report(found)
    weigh(spans, found, names, sports=sports)
    if sports:
        _teams(spans, found)
    _give_one_type(spans)
    spans = _everywhere(spans, found, names, sports=sports)
    _give_one_type(spans)
    return sorted(spans, key=lambda s: (s.passage, s.start))


def _with_bracketed_acronyms(spans: list[Span], found: Sequence[Passage]) -> list[Span]:
    """`International Monetary Fund (IMF)`: what stands in the bracket is the organisation's name too."""
    added = []
    for span in spans:
        text = found[span.passage].cased
        if (
            span.type in ("organisation", "place", "event")
            and (match := _BRACKETED.match(text, span.end))
            and is_acronym(match[1], span.name)
        ):
            start, end = match.span(1)
            spans_there = [s for s in spans if s.passage == span.passage and s.start < end and start < s.end]
            for other in spans_there:
                other.type = span.type
                other.start, other.end, other.name = start, end, match[1]
            if not spans_there:
                added.append(Span(span.passage, start, end, match[1], span.type, "rule acronym in brackets"))
    return spans + added


def is_acronym(short: str, name: str) -> bool:
    """Do the letters of `short` begin the words of `name`, in order?"""
    letters = [c.lower() for c in short if c.isalpha()]
    words = [w for w in re.split(r"[\s-]+", name) if w]
    initials = [w[0].lower() for w in words if w[0].isalnum()]
    capital = [w[0].lower() for w in words if w[0].isupper()]
    if letters in (initials, capital) or (len(letters) > 2 and letters[:-1] == capital and len(letters) < 6):
        return True
    position = 0
    for letter in letters:
        position = next((n + 1 for n in range(position, len(initials)) if initials[n] == letter), -1)
        if position < 0:
            return False
    return len(letters) > 1 and initials[:1] == letters[:1] and len(letters) >= len(capital) - 1


_SPORTS_FROM = 5
"""So many words of sport, each counted once, make a sports report."""
_SCORE = re.compile(r" \d{1,3}(?![\d.,]\d| (?:percent|pct))")
_PLACED = re.compile(r"(?:\b(?:[Ii]n|[Aa]t|near|from|of|outside|around|for|to|through|across|via|the) |, )$")


def _is_sports_report(found: Sequence[Passage]) -> bool:
    words = {word.lower() for passage in found for word in _WORD.findall(passage.cased)}
    return len(words & SPORT) >= _SPORTS_FROM


def _teams(spans: list[Span], found: Sequence[Passage]) -> None:
    """In a sports report a city that nothing places is its team: `Liverpool beat Leeds`, not `in Liverpool`."""
    for span in spans:
        if (
            span.type != "place"
            or span.rule.startswith("rule dateline")
            or (span.known is not None and span.known.kind not in ("city", "state"))
        ):
            continue
        text = found[span.passage].cased
        if span.known is not None and span.known.kind == "state" and not _SCORE.match(text, span.end):
            continue
        if not _PLACED.search(text, max(0, span.start - 9), span.start) and not re.match(
            r", [A-Z]", text[span.end : span.end + 3]
        ):
            span.type, span.known = "organisation", None
            span.rule += " + rule a city's team"


_WORD = re.compile(r"[A-Za-z-]+")


def _without_common_words(spans: list[Span], found: Sequence[Passage], names: Gazetteer) -> list[Span]:
    """A single common word, found only where a sentence begins, is that word and no name."""
    once = Counter(form for s in spans if s.type == "person" for form in surnames_of(s.name))
    for span in spans:
        if not begins_sentence(found[span.passage].cased, span.start):
            once[span.name] += 1
    kept = []
    for span in spans:
        word = span.name
        single = " " not in word and span.known is None and word.isalpha()
        if single and not once[word] and word.lower() in names.common and not word.isupper():
            continue
        kept.append(span)
    return kept


def begins_sentence(text: str, start: int) -> bool:
    """Does a capital there mean nothing?"""
    before = text[:start].rstrip(" \"'(")
    return not before or before[-1] in ".!?:;-–—"


def _give_one_type(spans: list[Span]) -> None:
    """Each name gets the type that most of its mentions have; what a table is sure of counts most, a surname is a person's."""
    surnames = {form for s in spans if s.type == "person" and " " in s.name for form in surnames_of(s.name)}
    votes: dict[str, Counter[EntityType]] = defaultdict(Counter)
    for span in spans:
        weight = 4 if span.known is not None and span.known.sure else 1
        votes[span.name][span.type] += weight
    cities = {s.name for s in spans if s.known is not None and s.known.kind == "city"}
    for name in surnames & votes.keys():
        votes[name]["person"] += 3
        if name in cities:
            votes[name]["person"] += 4 * votes[name]["place"]
    for span in spans:
        best = max(votes[span.name].values())
        if votes[span.name][span.type] < best:
            span.type = next(type_ for type_, count in votes[span.name].items() if count == best)
            span.rule += " + rule one type"
            if span.known is not None and span.known.type != span.type:
                span.known = None


def _nickname(span: Span, names: Gazetteer) -> str:
    """What a team goes by without its city: `Thunder`."""
    city, _, nick = span.name.rpartition(" ")
    if span.type != "organisation" or nick in _NO_NICKNAMES or not nick.endswith(("s", "c", "t", "r")):
        return ""
    return nick if any(p.population > 100_000 for p in names.places.named(city)) else ""


_NO_NICKNAMES = GENERIC | BODIES | COMPANY_FORMS | {"Athletic", "Dynamos"}


def _everywhere(spans: list[Span], found: Sequence[Passage], names: Gazetteer, *, sports: bool) -> list[Span]:
    """Adds the mentions that were missed of names that the story has elsewhere."""
    wanted: dict[str, Span] = {}
    small = _small_words(found)
    surnames: set[str] = set()
    for span in spans:
        if len(span.name) > 2 or span.name.isupper():
            wanted.setdefault(span.name, span)
        if span.type == "person":
            for form in surnames_of(span.name):
                if form.lower() not in names.common or len(form) > 3:
                    wanted.setdefault(form, span)
                    surnames.add(form)
            if (
                " " in span.name
                and (first := span.name.split()[0]).lower() not in names.common
                and len(first) > 2
            ):
                wanted.setdefault(first, span)
        elif (
            span.type == "organisation"
            and (short := LEGAL.sub("", span.name)) != span.name
            and short not in GENERIC
        ):
            wanted.setdefault(short, span)
            surnames.add(short)
        elif sports and (nick := _nickname(span, names)):
            wanted.setdefault(nick, span)
            surnames.add(nick)
    wanted = {name: span for name, span in wanted.items() if name not in AGENCIES}
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, passage in enumerate(found):
        for start, _, word in passage.words:
            places[word].append((number, start))
            if "-" in word:
                for offset, part in _hyphen_parts(word):
                    places[part].append((number, start + offset))
    taken: dict[int, list[Span]] = defaultdict(list)
    for span in spans:
        taken[span.passage].append(span)
    added: list[Span] = []
    for name in sorted(wanted, key=lambda n: (-len(n), n)):
        for number, start in _where(name, places, found):
            text = found[number].cased
            end = start + len(name)
            if (
                not text.startswith(name, start)
                or text[end : end + 1].isalnum()
                or text[start - 1 : start].isalnum()
            ):
                continue
            if (text[end : end + 1] == "-" or text[start - 1 : start] == "-") and wanted[name].type not in (
                "place",
                "group",
                "organisation",
            ):
                continue
            if (
                wanted[name].known is None
                and begins_sentence(text, start)
                and _may_be_a_word(name, surnames, small, names)
            ):
                continue
            if wanted[name].type == "person" and " " not in name and _in_longer_name(text, start, end):
                continue
            touching = [s for s in taken[number] if s.start < end and start < s.end]
            if (
                any(s.start > start or s.end < end for s in touching)
                and all(s.start >= start and s.end <= end for s in touching)
                and " " in name
            ):
                spans = [s for s in spans if s not in touching]
                added = [s for s in added if s not in touching]
                taken[number] = [s for s in taken[number] if s not in touching]
                touching = []
            if not touching:
                like = wanted[name]
                span = Span(
                    number,
                    start,
                    end,
                    name,
                    like.type,
                    "rule named elsewhere in the story",
                    like.known if like.name == name else None,
                )
                added.append(span)
                taken[number].append(span)
    return spans + added


def _small_words(found: Sequence[Passage]) -> frozenset[str]:
    """The words that the story has in small letters."""
    return frozenset(word for passage in found for word in _SMALL_WORD.findall(passage.cased))


_SMALL_WORD = re.compile(r"(?<![\w'-])[a-z]{3,}(?![\w])")


def _may_be_a_word(name: str, surnames: Container[str], small: Container[str], names: Gazetteer) -> bool:
    """At the beginning of a sentence: `Price` after Vincent Price is he, unless the story speaks of prices too."""
    low = name.lower()
    if " " in name or low not in names.common:
        return False
    return low in small or name not in surnames


def _where(
    name: str, places: dict[str, list[tuple[int, int]]], found: Sequence[Passage]
) -> Iterable[tuple[int, int]]:
    first = re.match(r"[\w&]+(?:[.'-][\w&]+)*", name)
    if first and name[0].isupper():
        return places.get(first[0], ())
    return [(n, m.start()) for n, p in enumerate(found) for m in re.finditer(re.escape(name), p.cased)]


def _hyphen_parts(word: str) -> list[tuple[int, str]]:
    parts = []
    offset = 0
    for part in word.split("-"):
        if part[:1].isupper() and part != word:
            parts.append((offset, part))
        offset += len(part) + 1
    return parts


def _in_longer_name(text: str, start: int, end: int) -> bool:
    """`Biden` in `Hunter Biden` where only Joe Biden is known: a capitalised word that begins no sentence stands before it."""
    after = re.match(r" ([A-Z][\w]+)", text[end:])
    return bool(
        after
        and after[1]
        in (
            "Inc",
            "Corp",
            "Co",
            "Ltd",
            "Street",
            "Avenue",
            "University",
            "Center",
            "Centre",
            "Foundation",
            "Administration",
            "Group",
        )
    )
