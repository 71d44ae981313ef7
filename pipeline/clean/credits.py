"""The lines after a story that are about it: agency credits, reporters and editors, rights, contacts, end marks."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from pipeline.agencies import alone
from pipeline.clean.furniture import is_end_mark
from pipeline.story import Record

_STAFF_WORDS = (
    r"(?:additional\s+)?(?:reporting|reported|writing|written|editing|edited|compiled|translation|translating"
    r"|translated|graphics?|photography|production|research|contribution)\s+(?:by|from)\b"
    r"|(?:additional |further )?(?:reporting|writing|editing) by|rédigé par|édité par|version française|traduit par"
    r"|(?:información|redacción|editado|reporte|reportes) (?:de|por)\b|redaktion\s*:|mit material von|bearbeitet von"
    r"|reportage (?:de|par)|edição de|reportagem de|a cura di|redazione .{2,20}, editing|in redazione"
)
_STAFF = re.compile(rf"[\s_*—–-]*[(\[]\s*(?:{_STAFF_WORDS}).*[)\]]?[\s.]*", re.I | re.S)
_STAFF_PLAIN = re.compile(
    r"[\s_*—–-]*(?:(?:additional )?reporting by|writing by|editing by|reporting and editing by"
    r"|reporting and writing by)\b.{3,400}",
    re.I | re.S,
)
_STAFF_TAIL = re.compile(rf"\s*[(\[]\s*(?:{_STAFF_WORDS})[^()\[\]]*(?:\([^()]*\)[^()\[\]]*)*[)\]]\s*$", re.I)
_CONTRIBUTED = re.compile(
    r"[\s_*—–-]*(?:(?:The )?(?:Associated Press|AP|AFP|Canadian Press)\b.{0,200}\bcontributed to this (?:report"
    r"|story)\.?|.{0,160}\b(?:contributed|contributing) (?:to|reporting to) this (?:report|story|article)\b.{0,60})",
    re.I | re.S,
)
_RIGHTS = re.compile(
    r"[\s_*—–-]*(?:\(c\)|©|&copy;|copyright\b(?!\s+(?:law|office|infring|holder|protection|claim|rule|case|dispute"
    r"|lawsuit|owner|act\b|material))|\(copyright|all rights reserved|tous droits réservés|alle rechte vorbehalten"
    r"|todos los derechos reservados|tutti i diritti riservati|riproduzione riservata).{0,600}",
    re.I | re.S,
)
_CONTACT = re.compile(
    r"[\s(*–—-]*(?:\(\(.*\)\)|(?:tel(?:ephone|\.)?|phone|ph|fax|e-?mail|mail|twitter|mob(?:ile)?|media contacts?"
    r"|for (?:more|further) (?:information|details),? (?:please )?(?:contact|call|visit)|editorial contacts?"
    r"|contacts?)\s*[.:]?\s*(?=.*(?:@|\d{3})).{0,300}|\S+@\S+\.\w+|\+\d[\d\s()/.-]{7,})[\s)]*",
    re.I | re.S,
)
_INITIALS = re.compile(
    r"(?:[a-z]{2,4}/){1,4}[a-z]{2,4}|dpa(?:\s+[a-z]{2,4}){1,5}|AP-[A-Z]{2}-\d\d-\d\d-\d\d\s+\d{4}GMT<?"
    r"|\d{6}\s+GMT\s+\w{3}\s+\d\d|[A-Z]{1,3}/[A-Z]{1,3}(?:/[A-Z]{1,3})*"
    r"|\d{7,8}|[A-Z]{2,5}(?: \([A-Z/]{2,9}\))? // [A-Z]{2,5}|(?:Lusa|EFE|ANSA|AFP|dpa)/(?:Fim|Fin|Fine|Ende|End)"
    r"|/?[A-Z]{2,4}/|/[A-Z]{2,4}|RED(?:-[A-Z]{2,4})?|(?:[\u0621-\u064a]{1,3} ?){1,4}(?:/(?:[\u0621-\u064a]{1,3} ?){1,4}){1,3}",
    re.A,
)
_PHONES = re.compile(
    r"[;,]?\s*(?:(?:tel|phone|fax|mobile|reuters messaging|email)\s*[.:]\s*)?(?:\S+@\S+\w|\+\d[\d\s()/.-]{7,}\d"
    r"|\(?\d{3}\)?[\s-]\d{3}[\s-]\d{4})",
    re.I,
)
_CREDIT_TAIL = re.compile(r"\s*[(\[]\s*([©A-Za-zÀ-ÿ][^()\[\]\n]{1,28})[)\]]\.?$")
_CAPITALS_TAIL = re.compile(r"\s+(EFE|AAP|AFP|ANSA|NTB|STT|APA|PAP|CTK|Lusa)\.?$")
"""A signature after the last sentence without brackets, in the ways of agencies that sign so."""
_SIGNED_BY = re.compile(r"([A-Z]{2,6})(?: (?:[a-z]{2,4}(?:/[a-z]{2,4})*|[A-Z]{2,4})){1,3}")
"""An agency and the initials of who wrote and edited: `AAP RTV ar`, `AAP ta/pn`."""
_REPORTER = re.compile(r"(?:[A-ZÀ-Þ][\w.'’-]+ ){1,3}[A-ZÀ-Þ][\w.'’-]+\s?/\s?([A-Z]{2,6}|[Rr]itzau/?)")
"""A reporter's name and the agency under the text: `Ada Lind/TT`."""
_MOST = 14
_LONGEST = 1200


class Tail(Record, frozen=True, kw_only=True):
    """A text, and what the lines after it said."""

    body: list[str]
    credit: str = ""
    provider: str = ""
    staff: str = ""
    rights: str = ""


def cut(paragraphs: Sequence[str], signatures: Collection[str] = ()) -> Tail:
    """Takes the lines after the story off its end, last first, as long as each is certainly one of them. `signatures`: names that
    the wire's own elements give its provider, which sign here too."""
    own = {name.casefold() for name in signatures if name}
    body = list(paragraphs)
    credit, provider, staff, rights = "", "", list[str](), list[str]()
    for _ in range(_MOST):
        if not body:
            break
        last = body[-1]
        if len(last) > _LONGEST:
            break
        if is_end_mark(last) or _INITIALS.fullmatch(last):
            pass
        elif (agency := alone(last)) is not None:
            credit, provider = credit or _bare(last), provider or agency.name
        elif (signed := _SIGNED_BY.fullmatch(last)) is not None and (agency := alone(signed[1])) is not None:
            credit, provider = credit or signed[1], provider or agency.name
        elif (reporter := _REPORTER.fullmatch(last)) is not None and (
            agency := alone(f"({reporter[1].strip('/')})")
        ) is not None:
            staff.insert(0, last)
            credit, provider = credit or reporter[1].strip("/"), provider or agency.name
        elif _bare(last).casefold() in own:
            credit = credit or _bare(last)
        elif (
            _STAFF.fullmatch(last)
            or _STAFF_PLAIN.fullmatch(last)
            or (len(last) < 400 and _CONTRIBUTED.fullmatch(last))
        ):
            staff.insert(0, _public(last))
        elif _RIGHTS.fullmatch(last):
            rights.insert(0, last.strip())
        elif not _CONTACT.fullmatch(last):
            break
        body.pop()
    if not body:
        return (
            Tail(body=list(paragraphs), provider=provider)
            if not credit
            else Tail(body=[], credit=credit, provider=provider)
        )
    body[-1], more = _staff_at_end(body[-1])
    if more:
        staff.insert(0, more)
    body[-1], signature, name = _credit_at_end(body[-1])
    return Tail(
        body=body,
        credit=credit or signature,
        provider=provider or name,
        staff=" ".join(filter(None, staff)),
        rights=" ".join(rights),
    )


def _staff_at_end(paragraph: str) -> tuple[str, str]:
    """`... he said. (Reporting by Jane Doe)`"""
    at = (
        max(paragraph.rfind("(", 0, -3), paragraph.rfind("[", 0, -3))
        if paragraph.endswith((")", "]"))
        else -1
    )
    found = _STAFF_TAIL.search(paragraph, max(0, at - 600)) if at > 0 else None
    if found is None or found.start() == 0:
        return paragraph, ""
    return paragraph[: found.start()].rstrip(), _public(found[0])


def _credit_at_end(paragraph: str) -> tuple[str, str, str]:
    """`... sagte er. (dpa)`: an agency's signature in brackets after the last sentence."""
    found = (
        _CREDIT_TAIL.search(paragraph, max(0, len(paragraph) - 40))
        if paragraph.endswith((")", "]", ")."))
        else _CAPITALS_TAIL.search(paragraph, max(0, len(paragraph) - 8))
    )
    if found is None or found.start() == 0 or paragraph[found.start() - 1] not in '.!?"”’»':
        return paragraph, "", ""
    agency = alone(f"({found[1]})")
    return (
        (paragraph[: found.start()].rstrip(), found[1].strip(), agency.name)
        if agency
        else (paragraph, "", "")
    )


def _bare(text: str) -> str:
    return text.strip(" ()[]—–-_*.").strip()


def _public(staff: str) -> str:
    """A staff line as written, without brackets, and without addresses and telephone numbers."""
    text = " ".join(_PHONES.sub("", staff).split()).strip("_*—–- ")
    if text[:1] in "([" and text[-1:] in ")]":
        text = text[1:-1]
    return text.strip("([ ") if text.count("(") != text.count(")") and text[:1] in "([" else text.strip()
