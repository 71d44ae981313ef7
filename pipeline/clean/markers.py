"""What headlines and notes say that a version is: `UPDATE 2-`, `CORRECTED-`, `RPT-`, `KILL`, in the wires' languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.story import Change

_WORDS: dict[str, Change | None] = {
    # English
    "UPDATE": "update", "UPDATED": "update", "UPDATES": "update", "UPD": "update", "WRAPUP": "update", "WRAP-UP": "update",
    "LEAD": "update", "LD": "update", "WRITETHRU": "update", "RECAST": "update", "CORRECTED": "correction",
    "CORRECTION": "correction",
    "CORRECT": "correction", "CORR": "correction", "CORRECTS": "correction", "CLARIFICATION": "correction",
    # A refile repairs something small (a link, a typing error) in the text just sent.
    "REFILE": "correction", "REFILED": "correction", "RPT": "repeat", "REPEAT": "repeat", "REPEATS": "repeat",
    "RESENDING": "repeat",
    "KILL": "kill", "KILLED": "kill", "MANDATORY KILL": "kill", "BULLETIN KILL": "kill", "WITHDRAWN": "kill",
    "WITHDRAWAL": "kill",
    "RETRACTION": "kill", "RETRACTED": "kill", "STORY REMOVED": "kill", "STORY WITHDRAWN": "kill", "ADVISORY": "advisory",
    "NEWS ADVISORY": "advisory", "BREAKING": None, "BREAKING NEWS": None, "URGENT": None, "ALERT": None, "FLASH": None,
    "BULLETIN": None,
    "CPNEWSALERT": None, "APNEWSALERT": None, "AP NEWSALERT": None,
    "NEWSALERT": None, "NEWS ALERT": None, "SNAP": None, "EMBARGOED": None, "EMBARGO": None,
    # German
    "KORREKTUR": "correction", "KORRIGIERT": "correction", "BERICHTIGUNG": "correction", "BERICHTIGT": "correction",
    "RICHTIGSTELLUNG": "correction",
    "WIEDERHOLUNG": "repeat", "WDH": "repeat", "AKTUALISIERUNG": "update", "AKTUALISIERT": "update", "NEU": "update",
    "ZUSAMMENFASSUNG": "update",
    "GESAMTZUSAMMENFASSUNG": "update", "ZURÜCKGEZOGEN": "kill", "RÜCKZUG": "kill", "RÜCKRUF": None, "STORNO": "kill",
    "STORNIERT": "kill", "ANNULLIERT": "kill",
    "EILMELDUNG": None, "EIL": None, "BLITZ": None, "SPERRFRIST": None,
    # French
    "CORRECTIF": "correction", "CORRIGÉ": "correction", "RECTIFICATIF": "correction", "RECTIFICATION": "correction",
    "ERRATUM": "correction",
    "MISE À JOUR": "update", "ACTUALISATION": "update", "ACTUALISÉ": "update", "LEAD GÉNÉRAL": "update", "RÉPÉTITION": "repeat",
    "ANNULATION": "kill", "ANNULÉ": "kill", "ANNULÉE": "kill", "RETIRÉ": "kill", "SOUS EMBARGO": None,
    # Spanish, Portuguese, Catalan
    "CORRECCIÓN": "correction", "CORRECCION": "correction", "CORRIGE": "correction", "CORREGIDO": "correction",
    "RECTIFICACIÓN": "correction", "RECTIFICA": "correction",
    "ACTUALIZACIÓN": "update", "ACTUALIZA": "update", "AMPLIACIÓN": "update", "AMPLÍA": "update", "AMP": "update",
    "REPETICIÓN": "repeat", "REPITE": "repeat",
    "ANULACIÓN": "kill", "ANULADA": "kill", "ANULADO": "kill", "ANULA": "kill", "URGENTE": None, "ÚLTIMA HORA": None,
    "ALERTA": None, "AVANCE": None,
    "CORREÇÃO": "correction", "CORRIGIDA": "correction", "RETIFICAÇÃO": "correction", "ATUALIZAÇÃO": "update",
    "ATUALIZADA": "update", "REPETIÇÃO": "repeat", "ANULAÇÃO": "kill",
    # Italian
    "CORREZIONE": "correction", "RETTIFICA": "correction", "CORRETTO": "correction", "AGGIORNAMENTO": "update",
    "AGGIORNA": "update", "RIPETIZIONE": "repeat",
    "RIPETE": "repeat", "ANNULLAMENTO": "kill", "ANNULLATA": "kill", "ULTIM'ORA": None,
    # Dutch
    "CORRECTIE": "correction", "RECTIFICATIE": "correction", "GECORRIGEERD": "correction", "HERHALING": "repeat",
    "INGETROKKEN": "kill", "SPOED": None,
    # Danish, Norwegian, Swedish, Finnish
    "RETTELSE": "correction", "RETTET": "correction", "RETTING": "correction", "KORRIGERT": "correction",
    "KORRIGERET": "correction", "RÄTTELSE": "correction",
    "RÄTTAD": "correction", "KORRIGERING": "correction", "KORREKTION": "correction", "OIKAISU": "correction",
    "KORJAUS": "correction", "KORJATTU": "correction",
    "OPDATERING": "update", "OPDATERET": "update", "OPPDATERING": "update", "OPPDATERT": "update", "UPPDATERING": "update",
    "UPPDATERAD": "update", "PÄIVITYS": "update",
    "PÄIVITETTY": "update", "NY": "update", "GENTAGELSE": "repeat", "GJENTAKELSE": "repeat", "UPPREPNING": "repeat",
    "ANNULLERES": "kill", "ANNULLERET": "kill", "ANNULLERT": "kill",
    "TILBAKETRUKKET": "kill", "TREKKES": "kill", "UTGÅR": "kill", "PERUUTUS": "kill", "MITÄTÖITY": "kill", "HASTER": None,
    "NTB-HASTER": None, "NYHETSVARSEL": None, "KORR": "correction", "PRESISERING": "correction", "PRÆCISERING": "correction",
    "TÄSMENNYS": "correction", "TÄYDENNYS": "update", "STRYKES": "kill", "STRYKS": "kill", "ANNULLERAS": "kill",
    "PERUTTU": "kill",
    "AMPL": "update", "ROUNDUP": "update", "ACHTUNG": None, "STORY KILLED": "kill", "INDRAGEN": "kill", "TRUKKET": "kill",
    "GJENTATT": "repeat", "GENTAGET": "repeat", "MEDIA ADVISORY": "advisory",
    # Without their accents, as wires in capitals write them; and what else is seen
    "RECTIFICACION": "correction", "FE DE ERRORES": "correction", "ERRATA": "correction", "ERRATA CORRIGE": "correction",
    "RECHTZETTING": "correction", "VERBETERING": "correction", "CORRECÇÃO": "correction", "ACTUALIZACION": "update",
    "AMPLIACION": "update", "MISE A JOUR": "update", "REPETICION": "repeat", "REPETITION": "repeat", "ANULACION": "kill",
    "ANNULATIE": "kill", "ANNULERING": "kill", "GEANNULEERD": "kill", "ANNULLA": "kill", "ANNULLARE": "kill",
    "WIEDERHOLUNG/KORREKTUR": "correction", "RIPETIZIONE CORRETTA": "correction",
    # Arabic
    "تصحيح": "correction", "تصويب": "correction", "تحديث": "update", "تكرار": "repeat", "إعادة": "repeat", "إلغاء": "kill",
    "عاجل": None,
}  # fmt: skip
_RANK: dict[Change, int] = {"kill": 5, "correction": 4, "repeat": 3, "update": 2, "advisory": 1, "new": 0}
_ALTERNATIVES = "|".join(re.escape(word) for word in sorted(_WORDS, key=len, reverse=True))
_ORDINAL = r"(?:\d{1,2}(?:(?:st|nd|rd|th|e|er|ème)[ _-]+|\.\s?))?"
_COUNT = r"(?:[ -]?(?:NO\.? ?)?\d{1,3}\b(?!\.\d|,\d))?"
_PREFIX = re.compile(
    # UPDATE 2-Gold | CORRECTED - UPDATE 1: | Correction: | AMP.- | KORREKTUR: ; a hyphen alone counts after capitals only
    rf"(?P<word>{_ORDINAL}(?i:{_ALTERNATIVES})){_COUNT}(?:\s*(?::|\.-|--+|[–—]|\s-)\s*(?!\d)"
    rf"|(?<=[A-ZÀ-Þ0-9])-(?=[^\sa-z])|(?<=[A-ZÀ-Þ0-9])/(?=[A-Z]))\s*"
)
_NUMBERED = re.compile(
    r"(?P<word>\d{1,2}(?:st|nd|rd|th|ST|ND|RD|TH) (?:LEAD|LD|UPDATE|ROUNDUP))\s+(?=[A-ZÀ-Þ])"
)
"""`1st LEAD Fire in the harbour`"""
_BRACKETED = re.compile(
    rf"[(\[]\s*(?P<word>{_ORDINAL}(?i:{_ALTERNATIVES})){_COUNT}(?:[:,][^)\]]{{0,40}})?\s*[)\]]\s*[-:–—]?\s*"
)
_STARRED = re.compile(rf"[*+]+\s*(?P<word>(?i:{_ALTERNATIVES})){_COUNT}\s*[*+]+\s*[-:]?\s*")
_SUFFIX = re.compile(
    rf"\s*(?:[(\[]\s*(?P<word>{_ORDINAL}(?i:{_ALTERNATIVES})){_COUNT}\s*[)\]]|\s[-–—]+\s*(?P<bare>(?i:UPDATED?"
    rf"|CORRECTED|CORRECTION|KILL|WITHDRAWN)){_COUNT})\s*$"
)
_SLUG = re.compile(
    r"\((?P<words>[^()]{2,60})\)|\b(?P<ordinal>\d{1,2}(?:st|nd|rd|th)[ _-]+(?:LD|LEAD|ADD))", re.I
)
_ALONE = re.compile(
    rf"(?P<word>{_ORDINAL}(?i:MANDATORY KILL|BULLETIN KILL|STORY REMOVED|STORY WITHDRAWN|(?:KILL[\s,/-]*){{2,}}"
    r"|KILL|WITHDRAWN|ADVISORY|CORRECTION))[.!:]*\s*"
)
_FRONT = (_PREFIX, _BRACKETED, _STARRED, _NUMBERED)
_MOST = 4

_NOTE: tuple[tuple[Change, re.Pattern[str]], ...] = (
    ("correction", re.compile(
        r"\(?\s*(?:(?:in|this|the|removes|a)\b.{0,80}?\b)?(?:corrects?|corrected|correcting|fixes|clarifies"
        r"|refiles?|refiling)\b", re.I
    )),
    ("correction", re.compile(
        r"\(?\s*(?:berichtigt|korrigiert|korrektur|berichtigung|corrige|rectifie|corrección|rettelse|rättelse|korjattu|korjaa"
        r"|oikaisu|corregge|si corregge|rettifica|rectificatie|rechtzetting|retting"
        r"|korrigert|korr|rectificatif|correctif|تصحيح|تصويب)\b", re.I
    )),
    ("repeat", re.compile(r"\(?\s*(?:repeats?|repeating|wiederholung|wiederholt|répétition|repite|repetición"
        r"|ripete|ripetizione|herhaling|تكرار|إعادة)\b", re.I)),
    ("update", re.compile(
        r"\(?\s*(?:adds|updates?|updating|recasts|writes through|new throughout|rewrites|releads|aktualisiert|ergänzt|neu:"
        r"|actualise|actualisation|ajoute|amplía|actualiza|aggiunge|aggiorna|päivitetty|oppdatert|opdateret|uppdaterad"
        r"|lisätty|täydennetty|utvidet|tillägg|añade|complète|تحديث|يضيف)\b", re.I
    )),
)  # fmt: skip
_AGENCY = (
    r"(?:reuters|afp|ap|the associated press|dpa|efe|ansa|xinhua|tass|pa|aap|the canadian press|upi|bloomberg|ntb|tt|ritzau"
    r"|stt|apa|belga|we)"
)
_KILL = re.compile(
    rf"\bKILL[\s,.!/-]+KILL\b|^\s*(?:editors?|attention|eds?|note to editors|mandatory"
    rf"|urgent)\b[^.]{{0,60}}\b(?:kill|withdraw|disregard|delete|eliminate|do not use)\b"
    rf"|\b(?:please|must|should) (?:kill|withdraw|disregard|delete|not use) (?:the|this|our|all|any)\b"
    rf"|\bstory (?:removed|withdrawn|killed|deleted)\b(?:[:.]|$)"
    rf"|^\W*{_AGENCY}(?: has| have)? (?:withdr(?:aws|ew|awn|aw)|kill(?:s|ed)|retract(?:s|ed)) (?:the|this|its"
    rf"|a) (?:\S+ ){{0,6}}?(?:story|item|report|article|alert|snap|dispatch|series)\b"
    rf"|\b(?:this|the) (?:\S+ ){{0,8}}?(?:story|item|report|article|alert)\b[^.]{{0,80}}\b(?:is|has been"
    rf"|was) (?:withdrawn|killed|retracted|wrong and)\b"
    r"|\bmandatory kill\b|\b(?:meldung|bericht|text|beitrag)\b[^.]{0,80}\b(?:zurückgezogen|nicht (?:zu )?verwenden"
    r"|gelöscht)\b|\bbitte (?:nicht verwenden|löschen)\b"
    r"|\bprière d['’]annuler\b|\bdépêche annulée\b|\b(?:noticia|información) (?:queda )?anulada\b"
    r"|\bse ruega anular\b|\b(?:notizia|dispaccio) (?:è )?annullat[ao]\b|\bsi prega di annullare\b"
    r"|\bmeldingen (?:er|trekkes|annulleres)\b[^.]{0,40}|\btelegrammet (?:annulleres|utgår)\b"
    r"|\b(?:nieuws)?bericht (?:is |wordt )?ingetrokken\b|\bgelieve (?:\S+ ){0,4}te (?:negeren|schrappen)\b"
    r"|\bdépêche (?:supprimée|retirée)\b"
    r"|\b(?:telegrammet|meldingen|artikkelen) (?:er |blir )?(?:trukket|strykes|utgår)\b|\bjuttu (?:perutaan|on virheellinen)\b"
    r"|(?:الرجاء|يرجى) (?:إلغاء|عدم (?:استخدام|نشر))|\bإلغاء (?:ال)?خبر|\bjuttu (?:on )?(?:peruttu|mitätöity)\b",
    re.I,
)  # fmt: skip
_KILL_STEMS = (
    "kill", "withdr", "retract", "disregard", "removed", "delet", "eliminat", "not use", "wrong and", "zurück", "verwenden",
    "lösch", "annul", "anul", "meldingen", "utgår", "ingetrokken", "perut", "mitätöity", "negeren", "schrappen", "supprim",
    "retir", "trukket", "strykes", "virheellinen", "إلغاء", "عدم",
)  # fmt: skip
"""One of these is in everything that `_KILL` finds: a look for them is cheap."""
_KILL_TEXT_MOST = 1500
"""Characters: a kill notice is short; a long story that speaks of a withdrawn article is a story."""


class Marked(NamedTuple):
    """A headline without its markers, the markers as written, and the change that they say."""

    headline: str
    marker: str
    change: Change | None


def strongest(*changes: Change | None) -> Change | None:
    """The gravest of several statements: kill, correction, repeat, update, advisory, new."""
    gravest: Change | None = None
    for change in changes:
        if change and (gravest is None or _RANK[change] > _RANK[gravest]):
            gravest = change
    return gravest


def of_headline(headline: str) -> Marked:
    """Takes the markers off a headline, front and back. A headline that is nothing but a marker stays."""
    rest = headline
    found: list[str] = []
    said: list[Change | None] = []
    for _ in range(_MOST):
        match = next((taken for each in _FRONT if (taken := each.match(rest))), None)
        if match is None or _is_plain(match):
            break
        found.append(match[0].strip())
        said.append(_change(match["word"]))
        rest = rest[match.end() :]
    if (match := _SUFFIX.search(rest)) is not None and match.start() > 0:
        found.append(match[0].strip(" -–—"))
        said.append(_change(match["word"] or match["bare"]))
        rest = rest[: match.start()]
    if (match := _ALONE.match(rest)) is not None and (
        match.end() == len(rest) or re.match(r"(?:KILL\W*){2,}", rest)
    ):
        said.append(_change(match["word"]))
    if not found or not rest.strip():
        return Marked(headline, "", strongest(*said))
    return Marked(rest.strip(), " ".join(found), strongest(*said))


def of_slug(slugline: str) -> Change | None:
    """The change that a slug line says in brackets: `METALS-GOLD/ (UPDATE 1, CORRECTED)`, or in AP's way: `..., 2nd Ld`."""
    said: list[Change | None] = []
    for match in _SLUG.finditer(slugline):
        if match["ordinal"]:
            said.append("update")
            continue
        for word in re.split(r"[,;/]|\s\+\s", match["words"]):
            said.append(_change(re.sub(r"[\s\d.-]+$", "", word.strip())))
    return strongest(*said)


def of_notes(editor_note: str, body: Sequence[str]) -> Change | None:
    """The change that a note to editors says, or the note in brackets that opens a text: `(Adds comments)`, `(In Jan. 3 story,
    corrects ...)`, or a text that is itself a kill notice."""
    if editor_note and _is_kill([editor_note[:400]]):
        return "kill"
    if body and sum(map(len, body)) <= _KILL_TEXT_MOST and _is_kill([text[:400] for text in body[:3]]):
        return "kill"
    opening = body[0] if body and body[0].startswith(("(", "*")) else ""
    return strongest(*(change for text in (editor_note[:200], opening[:200]) for change in _noted(text)))


def _is_kill(texts: Sequence[str]) -> bool:
    """True where one of the texts says that a story is withdrawn."""
    together = "\n".join(texts).casefold()
    for stem in _KILL_STEMS:  # not any(): it takes twice as long, and every story is asked
        if stem in together:
            return any(map(_KILL.search, texts))
    return False


def _noted(text: str) -> list[Change]:
    return [change for change, pattern in _NOTE if text and pattern.match(text)][:1]


def _change(word: str) -> Change | None:
    word = re.sub(rf"^{_ORDINAL}", "", word.strip(), flags=re.I).upper().strip(" -")
    if re.match(r"KILL\b", word):
        return "kill"
    return _WORDS.get(word)


_IN_CAPITALS = frozenset(
    {
        "LEAD", "LD", "NY", "NEU", "AMP", "SNAP", "FLASH", "CORRECT", "CORR", "EIL", "KILL", "KILLED", "BULLETIN",
        "AVANCE", "CORRIGE", "BLITZ", "ERRATA", "ACHTUNG", "GJENTATT", "GENTAGET",
        # Events are cancelled in these words
        "PERUTTU", "ANNULATIE", "ANNULERING", "GEANNULEERD", "ANNULLA", "ANNULLARE", "STRYKES", "STRYKS",
        "ANNULLERAS", "INDRAGEN", "TRUKKET",
        # Xinhua's `Roundup:` is a genre
        "ROUNDUP",
    }
)  # fmt: skip
"""Words that are markers in capitals only, and otherwise the news: `Lead: ...`, `New`, `Amp`."""


def _is_plain(match: re.Match[str]) -> bool:
    """True for such a word in small letters, but for one in brackets with what it is about: `(Neu: Zitat)`."""
    word = match["word"]
    explained = match[0].startswith(("(", "[")) and ":" in match[0]
    return word.upper() in _IN_CAPITALS and not word.isupper() and not explained
