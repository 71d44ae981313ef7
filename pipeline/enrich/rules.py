"""The names that rules find, and how they and the model's are made one: tables, capitals, titles, company forms."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.enrich.christened import christened
from pipeline.enrich.gazetteer import Gazetteer, Known
from pipeline.enrich.judgement import looks_like_a_person
from pipeline.enrich.passages import UPPER, Passage
from pipeline.enrich.recogniser import Found
from pipeline.enrich.spans import LABELS, Span, put_right
from pipeline.enrich.titles import CAPITALISED_TITLES, PERSON_TITLES, split_at_title
from pipeline.enrich.vocabulary import (
    AGENCIES,
    BANDS,
    BODIES,
    BODIES_OF,
    COMPANY_ENDINGS,
    COMPANY_FORMS,
    FAMILY_FIRST,
    GEOGRAPHY,
    NATIONAL_BODIES,
    NOISE,
    NOT_FIRST,
    OWNERS_IN_NAMES,
)
from pipeline.story import EntityType

_SIGNED = "|".join(map(re.escape, AGENCIES))
_CREDIT = re.compile(rf"\((?:\w+ by )?({_SIGNED})\)")
_STAFF_WORK = "Reporting|Writing|Editing|Compiled|Graphics?|Translation|Translated|Written|Edited"
_STAFF = re.compile(
    rf"^\W*(?:(?:Additional |Further |Extra )?(?:{_STAFF_WORK}) (?:and \w+ )?by\b|Our Standards\b)",
    re.IGNORECASE,
)
_FILLER = frozenset({"of", "and", "&", "for", "the", "de", "la"})


def find_names(
    number: int,
    passage: Passage,
    tables: list[Span],
    model: Sequence[Found],
    source: str,
    names: Gazetteer,
) -> list[Span]:
    """A passage's names, in its order, none overlapping another: what the tables and the model found, and rules."""
    text = passage.cased
    recognised: list[Span] = []
    for start, end, label in model:
        type_ = LABELS.get(label)
        if type_ is None:
            continue
        for first, last, piece in _pieces(text, start, end, type_, names):
            if right := put_right(text, first, last, piece, names):
                a, b, title = right
                span = Span(number, a, b, text[a:b], piece, f"model {source} {label}", role=title)
                span = _retyped(span, text, names)
                if recognised and _overlap(recognised[-1], span):
                    span.start = min(span.start, recognised[-1].start)
                    span.name = text[span.start : span.end]
                    recognised.pop()
                recognised.append(span)
    merged = _merged(tables, recognised, text, names)
    merged = _overlaid(merged, _from_capitals(number, passage, merged, names))
    towns = _towns(number, text, merged, names)
    merged = _joined(sorted([*merged, *towns], key=lambda s: s.start), text, names)
    merged = _prolonged(merged, text, names)
    merged = _overlaid(merged, christened(number, passage))
    merged = sorted([*merged, *_unexplained(number, passage, merged, names)], key=lambda s: s.start)
    if passage.dateline:
        merged = [s for s in merged if all(s.end <= a or b <= s.start for a, b in passage.dateline)]
        merged += [
            Span(number, a, b, text[a:b], "place", "rule dateline", _place_known(text[a:b], names))
            for a, b in passage.dateline
        ]
        merged.sort(key=lambda s: s.start)
    return without_credits(text, merged)


def _overlap(last: Span, span: Span) -> bool:
    """A given name drawn out to is one that the person before it ends with: `Samia Suluhu`, `Suluhu Hassan`."""
    return last.type == span.type == "person" and span.start < last.end <= span.end


_BY_PREPOSITION = re.compile(r"\b(?:[Ii]n|[Nn]ear|[Oo]utside|[Aa]round|[Oo]ff) $")
_COUNCIL_OF = re.compile(
    rf"\b(?:city|town|village|port|council|mayor|people|residents|suburb) of ([{UPPER}][\w'-]+(?: [{UPPER}][\w'-]+){{0,2}})"
)
"""`the city council of Half Moon Bay`."""
_TOWN_AND = re.compile(
    rf"\b(?:[Ii]n|[Nn]ear|[Ff]rom|[Oo]utside|[Aa]t|[Oo]f) ((?:[{UPPER}][\w'.-]+ ){{0,3}}[{UPPER}][\w'-]+), (?=[{UPPER}])"
)
_WHERE = re.compile(rf"\b(?:in|near|off|from|outside|around|at) (?=([{UPPER}][\w'-]+(?: [{UPPER}][\w'-]+)?))")


def _towns(number: int, text: str, spans: list[Span], names: Gazetteer) -> list[Span]:
    """What stands behind `in` or `near` and is a town's own name and nothing else, where nobody saw it."""
    found = []
    for match in _WHERE.finditer(text):
        start = match.end()
        for name in (match[1].removesuffix("'s"), match[1].split()[0].removesuffix("'s")):
            end = start + len(name)
            follows = re.match(rf" [{UPPER}]", text[end:])
            if (
                any(s.start < end and start < s.end for s in spans)
                or follows
                or name.lower() in names.common
                or name.lower() in NOISE
            ):
                continue
            if name not in names.given and any(p.own for p in names.places.named(name)):
                found.append(Span(number, start, end, name, "place", "table towns + rule preposition"))
                break
    for match in _COUNCIL_OF.finditer(text):
        start, end = match.span(1)
        free = not any(s.start < end and start < s.end for s in [*spans, *found])
        if free and (
            match[0].startswith(("c", "t", "v", "m")) or any(p.own for p in names.places.named(match[1]))
        ):
            found.append(Span(number, start, end, match[1], "place", "table towns + rule its council"))
    wholes = {s.start for s in spans if s.known is not None and s.known.kind in ("country", "state")}
    for match in _TOWN_AND.finditer(text):
        start, end = match.span(1)
        touching = any(s.start < end and start < s.end for s in [*spans, *found])
        if match.end() in wholes and not touching and match[1].split()[-1] not in BODIES | COMPANY_FORMS:
            found.append(Span(number, start, end, match[1], "place", "rule town and its state"))
    return found


def _place_known(name: str, names: Gazetteer) -> Known | None:
    known = names.names.get(name)
    return known if known is not None and known.type == "place" else None


_PARTICLE = (
    "von der|van der|van den|van de|de la|de los|von|van|de|der|den|del|della|di|da|dos|du|bin|ibn|al|el|la|le|"
    "Le|De|Van|Von|Al|El|Di|Du"
)
_ONWARD = re.compile(
    rf"(?: (?:{_PARTICLE}))? (?:[{UPPER}][\w'-]+)|(?: (?:{_PARTICLE}))? (?:al|el|ul)-[{UPPER}]\w+"
)


def _joined(spans: list[Span], text: str, names: Gazetteer) -> list[Span]:
    """Names that were cut in two: a person's given name and the rest, `U.S.` and its Navy."""
    out: list[Span] = []
    for span in spans:
        last = out[-1] if out else None
        if last is not None and span.start < last.end:
            continue
        if last is not None and last.name in _WITH_BODIES and _is_body_of(last, span, text):
            rule = span.rule + " + rule with its nation"
            whole = text[last.start : span.end]
            out[-1] = Span(span.passage, last.start, span.end, whole, "organisation", rule, span.known)
            continue
        if last is not None and _goes_on(last, span, text):
            out[-1] = Span(
                span.passage,
                last.start,
                span.end,
                text[last.start : span.end],
                "person",
                last.rule,
                role=last.role,
            )
            continue
        if span.type == "place" and (more := _OF_PLACE.match(text, span.end)):
            span.end, span.known = more.end(), None
            span.name = text[span.start : span.end]
        if span.type == "person" or _given(span.name, names):
            _draw_on(span, spans, text, names)
        out.append(span)
    return out


_NO_NAME = NOT_FIRST | CAPITALISED_TITLES | COMPANY_FORMS | BODIES


def _unexplained(number: int, passage: Passage, spans: list[Span], names: Gazetteer) -> list[Span]:
    """Capitalised words of running text that are no English, no title and in no name that was found: names all the same."""
    text = passage.cased
    prose = not passage.plain.isupper()
    if passage.field == "body":
        prose = len(text) > 60 and text.rstrip("\"') ").endswith((".", "!", "?"))
    if not prose:
        return []
    found = []
    run: list[tuple[int, int, str]] = []
    for word in [*passage.words, (len(text) + 9, len(text) + 9, "")]:
        free = (
            len(word[2]) > 2
            and word[2].isalpha()
            and not word[2].isupper()
            and (word[2].lower() not in names.common or _place_known(word[2], names) is not None)
            and word[2].lower() not in NOISE
            and word[2] not in _NO_NAME
        )
        if (
            run
            and text[run[-1][1] : word[0]] == " "
            and word[2].lower() not in NOISE
            and word[2] not in _NO_NAME
        ):
            free = True
        elif run:
            start, end = run[0][0], run[-1][1]
            # Beside another name, or another capital, it is a part of something.
            if (
                len(run) < 4
                and not any(s.start <= end + 1 and start - 1 <= s.end for s in spans)
                and not (
                    text[start:end].lower() in names.ambiguous
                    and _begins_sentence(text, start)
                    and not _DOING.match(text, end)
                )
                and not _BESIDE.search(text, max(0, start - 30), start)
                and not re.match(rf"[ -][{UPPER}\d]|-|\.\w|\$", text[end : end + 2])
            ):
                words = [w for _, _, w in run]
                type_: EntityType = (
                    "person" if len(run) > 1 or looks_like_a_person(words, names) else "organisation"
                )
                if form := _SMALL_FORM.match(text, end):
                    end, type_ = form.end(), "organisation"
                elif len(run) > 1 and text[:start].endswith(("The ", "the ")):
                    type_ = "product" if words[0] in names.names else "organisation"
                found.append(
                    Span(
                        number, start, end, text[start:end], type_, "rule capitals that nothing else explains"
                    )
                )
            run = []
        if free:
            run.append(word)
    return found


_BESIDE = re.compile(rf"(?:(?!(?:The|In|At|On|For|But|And) )[{UPPER}][\w'.-]*[ -]|[@#/<]|\d-|['-])$")
_DOING = re.compile(
    r"'s |, (?:a|an|the|which|who) |,? (?:also|has|had|have|is|was|were|will|would|can|could|did|does|said|says|told|added|"
    r"agreed|announced|became|expects|plans|reported|rose|fell|gained|lost|sees|wants|won|wrote)\b"
)
"""Behind a word that begins a sentence and may be one of the language, what shows that it is a name."""
_LONG_BODIES = BODIES | {"Coordination", "Centre", "Center", "School", "House", "Institution", "Rally"}
_SMALL_FORM = re.compile(r" (?:plc|ltd|nv|ag)\b")
_ON = re.compile(rf" (?:of|for)(?: the)? ([{UPPER}][\w'-]+(?:(?: and| &| of(?: the)?)? [{UPPER}][\w'-]+)*)")


def _prolonged(spans: list[Span], text: str, names: Gazetteer) -> list[Span]:
    """A company's name goes on over `plc`, a body's over `of` and `for`: `Communist Party of Vietnam`, `Office for the
    Coordination of Humanitarian Affairs`. It ends before another name that is none of a place, and before a title."""
    out: list[Span] = []
    for span in spans:
        if out and span.start < out[-1].end:
            continue
        if span.type in ("organisation", "person", "place") and (form := _SMALL_FORM.match(text, span.end)):
            span.end, span.type, span.known = form.end(), "organisation", None
            span.name = text[span.start : span.end]
            span.rule += " + rule company form"
        if (
            span.type == "organisation"
            and span.name.split()[-1] in _LONG_BODIES
            and (match := _ON.match(text, span.end))
        ):
            end = match.end()
            if at := split_at_title(text[span.start : end]):
                end = span.start + at[0] - 1
            for other in spans:
                if span.end <= other.start < end < other.end or (
                    span.end <= other.start < end and other.type in ("person", "group")
                ):
                    end = other.start
            tail = text[span.end : end].rstrip()
            last = tail.split()[-1] if tail else ""
            if last not in ("", "of", "for", "the", "and", "&") and last.lower() not in NOISE:
                end = span.end + len(tail) - 2 * tail.endswith("'s")
                span.end, span.name, span.known = end, text[span.start : end], None
                span.rule += " + rule a body's name goes on"
        out.append(span)
    return out


_WITH_BODIES = frozenset({"U.S.", "US", "U.N.", "UN", "UK", "EU"})
_ITS_BODIES = BODIES | NATIONAL_BODIES | {"Reserve", "Treasury", "Corps", "Force"}


def _is_body_of(nation: Span, span: Span, text: str) -> bool:
    near = span.start == nation.end + 1 and text[nation.end] == " "
    return near and span.type == "organisation" and span.name.split()[-1] in _ITS_BODIES


_OF_PLACE = re.compile(rf" (?:al|el|ul|ad|as|ash|ar|ain|an)-[{UPPER}]\w+")
"""`Bab al-Tabbaneh`."""


def _goes_on(last: Span, span: Span, text: str) -> bool:
    """`Y.S. Jagan` and `Mohan Reddy`: two people with nothing but a space between them are one."""
    return span.type == last.type == "person" and text[last.end : span.start] == " " and not span.role


def _draw_on(span: Span, spans: list[Span], text: str, names: Gazetteer) -> None:
    """A given name alone goes on over the particles and the capitalised word behind it: `Khalil al-Hayya`, `Naomi Osaka`."""
    match = _ONWARD.match(text, span.end)
    if match is None:
        return
    end = match.end() - 2 if match[0].endswith("'s") else match.end()
    rest = text[span.end : end].split()
    for other in spans:
        if span.end <= other.start < end:
            is_name = other.known is not None and other.known.kind != "city"
            if other.end > end or is_name or (other.type == "organisation" and " " in other.name):
                return
    word = rest[-1]
    if len(rest) == 1 and word[0].isupper():
        taken = (
            word in NOT_FIRST | BODIES | COMPANY_FORMS or word in CAPITALISED_TITLES or word.lower() in NOISE
        )
        first = span.name.split()[0]
        if (
            (first not in names.given and first not in names.forenames)
            or taken
            or word.lower() in names.common
        ):
            return
    span.end, span.name, span.type, span.known = end, text[span.start : end], "person", None
    span.rule += " + rule name goes on"


def _retyped(span: Span, text: str, names: Gazetteer) -> Span:
    """The type that the words themselves show, where the model says another: `Chancellor Olaf Scholz`, `Nexora Inc`. A person's
    name is drawn out over initials and given names that stand before it."""
    words = span.name.split()
    if (
        span.type != "organisation"
        and len(words) > 1
        and (words[-1].rstrip(".") in COMPANY_FORMS or words[-1] in BODIES)
        and span.type != "event"
    ):
        span.type = "organisation"
        span.rule += " + rule company or body"
    elif (
        span.type in ("person", "place")
        and len(words) > 1
        and words[-1] in COMPANY_ENDINGS
        and not (span.type == "person" and _given(words[0], names))
        and not names.places.named(span.name)
    ):
        span.type = "organisation"
        span.rule += " + rule company's last word"
    elif (
        span.type in ("organisation", "product", "event")
        and span.name not in names.names
        and _BY_PREPOSITION.search(text, max(0, span.start - 8), span.start)
        and any(place.own for place in names.places.named(span.name))
    ):
        span.type = "place"
        span.rule += " + rule a town behind a preposition"
    elif span.type == "group" and span.name not in names.names and names.places.named(span.name):
        span.type = "place"
        span.rule += " + rule a town's name"
    elif span.type in ("organisation", "place", "product", "event") and span.name not in names.names:
        titled = (
            bool(_TITLE_BEFORE.search(text, max(0, span.start - 40), span.start)) and not words[0].isupper()
        )
        given = (
            1 < len(words) < 5
            and _given(words[0], names)
            and not any(
                w in names.words or w in BODIES or w in COMPANY_FORMS or w in _FILLER for w in words[1:]
            )
        )
        if ((titled and len(words) < 4) or given) and not any(w.lower() in names.common for w in words[1:]):
            span.type = "person"
            span.rule += " + rule given name or title"
    if span.type == "person" and (match := _DRAWN_OUT.search(text, max(0, span.start - 40), span.start)):
        word = match[1]
        if (
            len(word.rstrip(".")) == 1
            or re.fullmatch(r"(?:[A-Z]\.)+", word)
            or _extends(word, match.start(1), span, text, names)
        ):
            span.start = match.start(1)
            span.name = text[span.start : span.end]
    return span


def _given(word: str, names: Gazetteer) -> bool:
    return word in names.given and word.lower() not in names.common and word not in names.words


def _extends(word: str, start: int, span: Span, text: str, names: Gazetteer) -> bool:
    """Is the capitalised word before a person's single name the given name that goes with it?"""
    if span.name.lower().startswith(("al-", "el-")) and word in names.given:
        return True
    if " " in span.name and (word not in names.given or _begins_sentence(text, start)):
        return False
    if word in names.words or word in CAPITALISED_TITLES or word in NOT_FIRST - FAMILY_FIRST:
        return False
    if word in names.given:
        return True
    inside = not _begins_sentence(text, start) and word.isalpha()
    return inside and (word.lower() not in names.common or word in FAMILY_FIRST)


_TITLE_BEFORE = re.compile(rf"(?:^|[ (\"])(?:{'|'.join(sorted(PERSON_TITLES))})\.? $")
_DRAWN_OUT = re.compile(r"(?<![\w.'-])([A-Z][\w'-]*\.?(?:[A-Z]\.)?) $")


def _parts(text: str, start: int, end: int, *, apart: bool) -> list[tuple[int, int]]:
    """A name does not run over `(`, `/`, `,` or a spaced dash, a person's or place's not over `and`: each side by itself."""
    bounds = [start]
    for match in (_BETWEEN_TWO if apart else _BETWEEN).finditer(text, start, end):
        bounds += [match.start(), match.end()]
    bounds.append(end)
    return [(a, b) for a, b in zip(bounds[::2], bounds[1::2], strict=True) if b > a]


def _pieces(
    text: str, start: int, end: int, type_: EntityType, names: Gazetteer
) -> list[tuple[int, int, EntityType]]:
    """A recognised stretch as the names that are in it, each with its type: an organisation's officer is no part of it, and
    `Naxos for Piraeus` is a way between two places."""
    pieces: list[tuple[int, int, EntityType]] = []
    two = type_ in ("person", "place") or (
        type_ == "organisation" and any(side in names.names for side in text[start:end].split(" and "))
    )
    for first, last in _parts(text, start, end, apart=two):
        name = text[first:last]
        officer = split_at_title(name) if type_ == "organisation" else None
        way = _WAY.fullmatch(name)
        if officer and name.split()[-1] not in BODIES | COMPANY_FORMS | COMPANY_ENDINGS:
            pieces += [(first, first + officer[0], type_), (first + officer[1], last, "person")]
        elif way and _is_place(way[1], names) and _is_place(way[2], names):
            pieces += [(first, first + way.end(1), "place"), (first + way.start(2), last, "place")]
        else:
            pieces.append((first, last, type_))
    return pieces


def _is_place(name: str, names: Gazetteer) -> bool:
    return _place_known(name, names) is not None or any(place.own for place in names.places.named(name))


_WAY = re.compile(r"(\S.*?) (?:for|to|from) (\S.*)")
_GAP = r"[(;/<>\n]| {3}|\s[-–—]+\s|\.\.\.|: |, (?!Inc|Ltd|LLC|Jr|Sr|L\.P)"
_BETWEEN = re.compile(rf"\s*(?:{_GAP})\s*")
_BETWEEN_TWO = re.compile(rf"\s*(?:{_GAP}|\sand\s)\s*")


def known_names(number: int, passage: Passage, names: Gazetteer) -> list[Span]:
    """The names in a passage that the tables have."""
    found: list[Span] = []
    text = passage.cased
    after = 0
    for first, _, whole in passage.words:
        if first < after:
            continue
        for start, word in _readings(first, whole):
            name = names.find(text, start, word)
            if name is None or start < after:
                continue
            known = names.names[name]
            after = start + len(name)
            if text[after : after + 1] == "$" or (text[after : after + 1] == "-" and not known.sure):
                continue
            found.append(Span(number, start, after, name, known.type, f"table {known.kind}", known))
    for name in names.small:
        start = text.find(name)
        while start >= 0:
            end = start + len(name)
            if not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()):
                known = names.names[name]
                found.append(Span(number, start, end, name, known.type, f"table {known.kind}", known))
            start = text.find(name, end)
    return found


def _readings(start: int, word: str) -> list[tuple[int, str]]:
    """The word, and the capitalised parts of a hyphenated one: `Israeli-Palestinian`, `Iran-backed`."""
    readings = [(start, word)]
    if "-" in word:
        for part in word.split("-"):
            if part[:1].isupper():
                readings.append((start, part))
            start += len(part) + 1
    return readings


def _merged(tables: list[Span], recognised: list[Span], text: str, names: Gazetteer) -> list[Span]:
    """Both lists as one: where they meet, the longer and the surer hold."""
    kept: list[Span] = []
    dropped: set[int] = set()
    for span in recognised:
        met = [t for t in tables if t.start < span.end and span.start < t.end]
        if not met:
            kept.append(span)
            continue
        inside = [t for t in met if t.start >= span.start and t.end <= span.end]
        same = next((t for t in inside if t.start == span.start and t.end == span.end), None)
        if same is not None:
            kept.append(_agreed(same, span))
            dropped.add(id(same))
        elif len(inside) < len(met):
            longer = next((t for t in met if t.start <= span.start and t.end >= span.end), None)
            if longer is not None and longer.known and not longer.known.sure:
                longer.rule += " + model"
                kept.append(longer)
                dropped.add(id(longer))
            elif longer is None:
                span = _widened(span, met, text)
                kept.append(span)
                dropped.update(id(t) for t in tables if t.start >= span.start and t.end <= span.end)
        else:
            kept += _nested(span, inside, text, names, dropped)
    kept += [
        t
        for t in tables
        if id(t) not in dropped and t.known is not None and t.known.sure and not _part_of_name(t, text, names)
    ]
    return disjoint(kept)


def _agreed(table: Span, model: Span) -> Span:
    """One stretch, found by both: a table settles the type, unless the model sees a person under a name that may be one."""
    known = table.known
    if known is None:
        return model
    may_be_given = known.kind in ("state", "landmark") or known.name in (
        "Jordan",
        "Chad",
        "Georgia",
        "Israel",
    )
    if model.type == "person" and (may_be_given or not known.sure):
        return model
    if known.kind == "city" and model.type in ("event", "product"):
        return model
    table.rule += f" + {model.rule}"
    return table


def _widened(span: Span, met: list[Span], text: str) -> Span:
    start = min(span.start, *(t.start for t in met))
    end = max(span.end, *(t.end for t in met))
    longest = max(met, key=lambda t: t.end - t.start)
    if (
        longest.known is not None
        and longest.known.sure
        and longest.end - longest.start >= span.end - span.start
    ):
        return longest
    if span.type == "person" and "'" in text[start:end]:
        return span
    span.start, span.end, span.name = start, end, text[start:end]
    return span


def _nested(span: Span, inside: list[Span], text: str, names: Gazetteer, dropped: set[int]) -> list[Span]:
    """A model's name with known ones inside it."""
    first = inside[0]
    sure = [t for t in inside if t.known is not None and t.known.sure]
    words = span.name.split()
    if span.type == "group" and sure:
        return []
    if (
        span.type in ("event", "product")
        and sure
        and first.known is not None
        and first.known.kind in ("country", "group")
        and any(w[0].islower() for w in words)
    ):
        return []
    if (
        span.type == "organisation"
        and first in sure
        and first.start == span.start
        and first.known is not None
    ):
        rest = text[first.end : span.end]
        if (
            first.known.kind == "group"
            and rest.startswith(" ")
            and (
                words[-1] in NATIONAL_BODIES
                or rest.strip() in names.names
                or words[-1].lower() in ("officials", "government")
            )
        ):
            if right := put_right(text, first.end + 1, span.end, "organisation", names):
                a, b, _ = right
                tail = Span(span.passage, a, b, text[a:b], "organisation", span.rule + " + rule nation apart")
                if known := names.names.get(tail.name):
                    tail.known = known
                dropped.update(id(t) for t in inside if t is not first)
                return [tail]
            return []
    if span.type == "place" and len(inside) > 1 and "," in span.name:
        return []
    if span.type == "person" and any(
        t.end == span.end and t.known is not None and t.known.kind == "country" for t in sure
    ):
        span.type = "organisation"
        span.rule += " + rule ends in a country"
    if span.type == "place" and first in sure and first.known is not None and first.known.kind == "group":
        return []
    if (
        span.type == "person"
        and (first in sure)
        and first.known is not None
        and first.known.kind in ("country", "organisation")
        and len(words) == 2
        and first.name == words[0]
        and words[0] not in names.given
    ):
        dropped.update(id(t) for t in inside)
        if words[1] in names.surnames or words[1] in names.given:
            return [span]
        span.type = "organisation"
        return [span]
    dropped.update(id(t) for t in inside)
    return [span]


def _part_of_name(span: Span, text: str, names: Gazetteer) -> bool:
    """`Paris Hilton`, `Jack London`, `Lincoln Center`: a city's name beside a capitalised word may be something else's, and so
    may a sea's: `Aegean Dawn`, a ship."""
    if span.known is not None and span.known.kind == "region" and " " not in span.name:
        behind = re.match(rf" ([{UPPER}]\w+)", text[span.end : span.end + 30])
        if behind is None or behind[1] in names.names:
            return False
        word = behind[1].lower()
        return word in names.common or word in names.ambiguous
    if span.known is None or span.known.kind != "city":
        return False
    before = re.search(r"(\w+) $", text[max(0, span.start - 30) : span.start])
    if before and before[1] in names.given and before[1] not in names.names:
        return True
    after = re.match(r" ([A-Z]\w+)", text[span.end : span.end + 30])
    return bool(
        after and after[1] in names.surnames and after[1] not in names.words and span.name in names.given
    )


def disjoint(spans: list[Span]) -> list[Span]:
    """Spans in order, none overlapping: the longer one stays."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start - s.end, s.start)):
        if all(span.end <= k.start or span.start >= k.end for k in kept):
            kept.append(span)
    return sorted(kept, key=lambda s: s.start)


def _overlaid(spans: list[Span], found: list[Span]) -> list[Span]:
    """Rules over models: a found span replaces those that lie inside it, and gives way to one that it only overlaps."""
    for new in found:
        touching = [s for s in spans if s.start < new.end and new.start < s.end]
        if all(s.start >= new.start and s.end <= new.end for s in touching):
            spans = [s for s in spans if s not in touching]
            spans.append(new)
    return sorted(spans, key=lambda s: s.start)


def _from_capitals(number: int, passage: Passage, spans: list[Span], names: Gazetteer) -> list[Span]:
    """Runs of capitalised words that their own form explains: companies, public bodies, titled and given-named people."""
    text = passage.cased
    found = [Span(number, *m.span(), m[0], "organisation", "rule law firm") for m in _PARTNERS.finditer(text)]
    found += [Span(number, *m.span(1), m[1], "person", "rule seeded player") for m in _SEED.finditer(text)]
    for run in _runs(passage):
        start, end = run[0][0], run[-1][1]
        words = [w for _, _, w in run]
        company = next((n for n in range(len(run) - 1, 0, -1) if words[n] in COMPANY_FORMS), 0)
        if company:
            first = _first_of(run[: company + 1], text, names)
            if first < company:
                found.append(
                    _ruled(number, text, run[first][0], run[company][1], "organisation", "rule company form")
                )
                continue
        body = next((n for n in range(len(run) - 1, 0, -1) if words[n] in BODIES), 0)
        if body:
            first = _first_of(run[: body + 1], text, names)
            if first < body and not any(s.start <= run[first][0] and s.end >= run[body][1] for s in spans):
                while (
                    first < body
                    and (known := names.names.get(words[first])) is not None
                    and known.kind == "group"
                    and words[body] in NATIONAL_BODIES
                ):
                    first += 1
                if first < body and not any(
                    s.type == "person" and s.start < run[body][1] and s.end > run[first][0] for s in spans
                ):
                    found.append(
                        _ruled(number, text, run[first][0], run[body][1], "organisation", "rule public body")
                    )
                    continue
        place = next((n for n in range(len(run) - 1, 0, -1) if words[n] in GEOGRAPHY), 0)
        if place == len(run) - 1 and text[start:end] not in names.names:
            first = _first_of(run, text, names)
            begin = run[first][0]
            inside = any(s.start < begin < s.end or (s.end == end and s.known is not None) for s in spans)
            if first < place and not inside:
                found.append(_ruled(number, text, begin, end, "place", "rule geography"))
                continue
        if (
            _BAND.match(text, end)
            and text[:start].endswith("the ")
            and not any(w in names.words for w in words)
        ):
            found.append(_ruled(number, text, start, end, "organisation", "rule armed band"))
            continue
        if (
            words[0] in BODIES_OF
            and len(run) == 1
            and (tail := re.match(r" of (?:the )?([A-Z][\w'-]+(?: (?:and )?[A-Z][\w'-]+)*)", text[end:]))
        ):
            last = end + tail.end()
            if at := split_at_title(text[start:last]):
                last = start + at[0] - 1
            found.append(_ruled(number, text, start, last, "organisation", "rule public body"))
            continue
        behind = next((n + 1 for n in range(len(run) - 2, -1, -1) if words[n] in PERSON_TITLES), 0)
        if len(run) > 1 and not any(s.start < end and run[behind][0] < s.end for s in spans):
            person = _person(run[max(0, behind - 1) :], text, names)
            if person is not None:
                found.append(_ruled(number, text, person[0], person[1], "person", "rule given name or title"))
    return found


def _ruled(number: int, text: str, start: int, end: int, type_: str, rule: str) -> Span:
    if (
        text[end : end + 1] == "."
        and end + 1 < len(text.rstrip())
        and type_ == "organisation"
        and text[end - 3 : end] in ("Inc", "orp", " Co", "Ltd", "Cos")
    ):
        end += 1
    return Span(number, start, end, text[start:end], type_, rule)  # type: ignore[arg-type]


_SEED = re.compile(
    rf"(?<![\w-])\d{{1,2}}-([{UPPER}][\w'.-]+(?: [{UPPER}][\w'-]+)+)(?= \([{UPPER}]| beat | bt )"
)
"""`1-Jannik Sinner (Italy) beat`."""
_BAND = re.compile(rf" (?:{'|'.join(sorted(BANDS))})\b")
_PARTNERS = re.compile(
    rf"(?<!, )(?<![\w&])(?:[{UPPER}][\w'-]+, )+[{UPPER}][\w'-]+ & [{UPPER}][\w'-]+(?: LLP)?"
)
"""`Skadden, Arps, Slate, Meagher & Flom`."""


def _runs(passage: Passage) -> list[list[tuple[int, int, str]]]:
    """Capitalised words with one space, ` & ` or ` of ` between them."""
    runs: list[list[tuple[int, int, str]]] = []
    text = passage.cased
    last = -1
    for word in passage.words:
        gap = text[last : word[0]] if last >= 0 else ""
        joined = (
            gap == " "
            or (gap == "'s " and (runs[-1][-1][2] in OWNERS_IN_NAMES or word[2] in COMPANY_FORMS))
            or (
                gap in (" & ", ". ")
                and (gap == " & " or runs[-1][-1][2] in ("St", "J", "Mt") or len(runs[-1][-1][2]) == 1)
            )
        )
        if runs and joined:
            runs[-1].append(word)
        else:
            runs.append([word])
        last = word[1]
    return runs


def _first_of(run: list[tuple[int, int, str]], text: str, names: Gazetteer) -> int:
    """The run's first word that may belong to an organisation's name."""
    first = 0
    while first < len(run) - 1:
        start, _, word = run[first]
        if word in NOT_FIRST or word.endswith("'s") or word in ("President", "Chairman", "Minister"):
            first += 1
            continue
        if (
            first == 0
            and _begins_sentence(text, start)
            and word.lower() in names.common
            and word not in names.words
            and len(run) > 2
            and word not in BODIES
        ):
            first += 1
            continue
        break
    return first


def _begins_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \"'(")
    return not before or before[-1] in ".!?:;-–—" or before.endswith("\n")


def _person(run: list[tuple[int, int, str]], text: str, names: Gazetteer) -> tuple[int, int] | None:
    """`Fuad Shukr` by its given name, `Gen. Abdel Fattah` by the title before it."""
    first = 0
    while first < len(run) - 1 and run[first][2] in CAPITALISED_TITLES:
        first += 1
    rest = run[first:]
    words = [w for _, _, w in rest]
    if (
        len(words) > 4
        or any(w in names.words and w not in names.given and w not in ("Le", "De", "El", "La") for w in words)
        or any(w.isupper() and len(w) > 1 for w in words)
    ):
        return None
    titled = first > 0 and run[first - 1][2] in PERSON_TITLES
    surname_known = len(words) == 3 and words[1] in ("Le", "De", "Van", "Von", "Al", "El", "Di", "Du", "La")
    named = (
        words[0] in names.given
        and len(words) > 1
        and (words[0].lower() not in names.common or surname_known)
        and (words[-1].lower() not in names.common or surname_known)
    )
    if not titled and not named:
        return None
    if titled and words[0].lower() in names.common and words[0] not in names.given:
        return None
    end = rest[-1][1]
    return rest[0][0], end


def without_credits(text: str, spans: list[Span]) -> list[Span]:
    """An agency that signs the copy is not in the news."""
    if _STAFF.match(text):
        return [s for s in spans if s.name not in AGENCIES]
    if (
        len(text) < 40
        and len(spans) == 1
        and spans[0].name in AGENCIES
        and len(text.strip(" ().-")) <= len(spans[0].name) + 2
    ):
        return []
    credits = [m.span() for m in _CREDIT.finditer(text) if not _explains(text[: m.start()], m[1])]
    return [
        s for s in spans if not (s.name in AGENCIES and any(a <= s.start and s.end <= b for a, b in credits))
    ]


def _explains(before: str, short: str) -> bool:
    """`Pakistan Tehreek-e-Insaf (PTI)`: the bracket holds the letters of the name before it, and no agency."""
    words = re.findall(rf"[{UPPER}]\w*", before.split(". ")[-1])[-len(short) :]
    return short.isupper() and [w[0] for w in words] == list(short)
