"""Names in languages other than English: the model's, without articles and titles, and the tables'; no rules of English."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.enrich.gazetteer import Gazetteer
from pipeline.enrich.passages import UPPER, Passage
from pipeline.enrich.recogniser import Found
from pipeline.enrich.rules import disjoint, without_credits
from pipeline.enrich.spans import LABELS, Span

_ARTICLES = {
    "de": "der|die|das|dem|den|des|ein|eine|im|am",
    "es": "el|la|los|las|un|una|del|al",
    "fr": "le|la|les|un|une|des|du|au|aux",
    "it": "il|lo|la|i|gli|le|un|una|del|della|dei|delle",
    "nl": "de|het|een",
    "pt": "o|a|os|as|um|uma|do|da|dos|das",
}
_TITLES = {
    "de": r"Herr|Frau|Dr|Prof|Bundeskanzler(?:in)?|Präsident(?:in)?|(?:\w+m|M)inister(?:in)?|König|Papst",
    "es": "Sr|Sra|Don|Doña|Dr|Dra|Presidente|Presidenta|Ministro|Ministra|Rey|Papa",
    "fr": "M|Mme|MM|Mlle|Dr|Me|Président|Présidente|Ministre|Roi|Pape",
    "it": "Sig|Dott|Presidente|Ministro|Papa",
    "nl": "Dhr|Mevr|Minister|Koning|Paus",
    "pt": "Sr|Sra|Dr|Dra|Presidente|Ministro|Papa",
}
_LEADS = {
    language: re.compile(
        rf"(?:{articles}) (?=\S)|[ldn]'(?=\S)|(?:{_TITLES[language]})\.? (?=\S)", re.IGNORECASE
    )
    for language, articles in _ARTICLES.items()
}
_WHOLE = frozenset(
    {
        "Le Monde",
        "Le Figaro",
        "La Poste",
        "La Paz",
        "La Haye",
        "La Haya",
        "Le Havre",
        "El Mundo",
        "El País",
        "Los Angeles",
    }
)
"""Names whose article is part of them."""
_BODY = re.compile(
    r"(?:Minist[eè]r\w*|Ban[ck][oa]?|Banque|Part(?:i|ido|ito)|Partij|Universi\w+|Cou?rt?e|Tribunale?|Con[gs]\w*[eè]s\w*|Conse[ij]\w+|"
    r"Consiglio|Senad?[ot]\w*|Sénat|Assembl\w+|Asamblea|Agen[cz]\w+|F[eé]d[eé]ra[cz]\w+|Instit\w+|Comm?iss?i[oó]n\w*|Comissão|"
    r"Bolsa|Bourse|Associa\w+|Asociación|Funda\w+|Fond\w+|Hospital|Hôpital|Policía|Guardia|Fiscalía|Atlético|Olympique)\b"
    r"|(?:.* )?\w+(?:ministerium|amt|bank|verband|partei|gericht|universität|gesellschaft|gewerkschaft|werke)$"
    r"|(?:.* )?(?:AG|SE|GmbH|SA|SpA|NV)$"
)
"""Names of public bodies and companies by their first word, in German by their last."""
_CLOSING = " \n\"'()[]{}<>*-–—,;:!?+=."
_NAME = re.compile(rf"[{UPPER}0-9].*[^\W\d_]", re.DOTALL)
_WORD_END = re.compile(r"(?<=\w)(?!\w)|(?<=\.)(?= |$)")
_LONGEST = 45
"""Characters of the longest country's name, about."""


def find_names_abroad(
    number: int, passage: Passage, tables: Sequence[Span], model: Sequence[Found], source: str, language: str
) -> list[Span]:
    """A passage's names in their order, none overlapping another. A table's name settles the type of the same name of the model
    and gives way to a longer one."""
    text = passage.cased
    tables = [table for table in tables if table.known is not None and table.known.sure]
    found = list(tables)
    for start, end, label in model:
        type_ = LABELS.get(label)
        if type_ is None:
            continue
        start, end = _bare(text, start, end, language)
        if type_ == "place" and _BODY.match(text[start:end]):
            type_ = "organisation"
        if _NAME.fullmatch(text, start, end) and not any(t.start == start and t.end == end for t in tables):
            found.append(Span(number, start, end, text[start:end], type_, f"model {source} {label}"))
    return without_credits(text, disjoint(found))


def countries_abroad(number: int, passage: Passage, names: Gazetteer, language: str) -> list[Span]:
    """The countries that a passage names in its own language."""
    text = passage.cased
    countries = names.abroad(language)
    found = []
    for first, _, word in passage.words if countries else ():
        start = first + 2 * (word[1:2] == "'" and first + 2 < len(text))  # `L'Allemagne`
        for word_end in _WORD_END.finditer(text, start, start + _LONGEST):
            end = word_end.start()
            if known := countries.get(text[start:end]):
                found.append(Span(number, start, end, text[start:end], "place", "table countries", known))
    return disjoint(found)


def _bare(text: str, start: int, end: int, language: str) -> tuple[int, int]:
    """Without quotes, articles and titles at the front, and without punctuation at the end."""
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and text[end - 1] in _CLOSING:
        end -= 1
    leads = _LEADS.get(language)
    while leads and text[start:end] not in _WHOLE and (match := leads.match(text, start, end)):
        start = match.end()
    return start, end
