"""What a page puts around a story and no reader reads: `Read more`, `The post ... appeared first on`, share links, end marks."""

from __future__ import annotations

import re
from collections.abc import Sequence

_END_MARK = re.compile(
    r"[\W_]*(?:ends?|the end|fin|fine|fim|ende|slut|loppu|slutt|koniec|einde|30|0|end it|more|mehr|suite)[\W_]*"
    r"|[#*_=~•·\s-]{2,}|-o-+",
    re.I,
)
_MARKED = re.compile(r"[^\w\s]|_|^[A-ZÄÖÜ\s]+$|^(?i:ends?|ende|fin)$")
_POST = re.compile(
    r"(?:The post|This (?:article|story|post)|Der Beitrag|Dieser Beitrag|L['’]article|Cet article|La entrada"
    r"|El artículo|L['’]articolo|O post|Het bericht|Inlägget|Innlegget|Indlægget)\b.{1,300}?"
    r"(?:(?:first )?appeared (?:first )?(?:on|in)|was (?:originally|first) published (?:on|by|in)"
    r"|originally appeared (?:on|in)|erschien zuerst (?:auf|bei)|est apparu en premier sur|apareció primero en"
    r"|proviene da|apareceu primeiro em|verscheen eerst op|dök först upp på|dukket først opp på|blev først vist på)\b.{1,200}",
    re.I | re.S,
)
_MORE = re.compile(
    r"[\W_]*(?:read more(?: (?:here|at|on|about this)\b.{0,60})?|read (?:the )?(?:full|whole|entire|rest of (?:the"
    r"|this)) (?:story|article|post|report)(?: (?:here|at|on)\b.{0,60})?|continue reading\b.{0,120}|keep reading"
    r"|more\s*[»›>→]+"
    r"|click here (?:to (?:read|continue|view|subscribe|see|sign up)\b.{0,80}|for (?:more|the full)\b.{0,60})"
    r"|(?:full|see full) (?:story|article)(?: here)?|weiterlesen|mehr lesen|hier weiterlesen|lire la suite"
    r"|lire plus|en savoir plus"
    r"|leer más|seguir leyendo|sigue leyendo|leia mais|continue lendo|leggi tutto|leggi di più|continua a leggere"
    r"|lees (?:meer|verder)|läs mer|les mer|læs mere|lue lisää|читать далее|подробнее)[\W_]*",
    re.I,
)
_SHARE = re.compile(
    r"[\W_]*(?:share(?: this)?(?: (?:article|story|post|on|via)\b.{0,60})?|tweet(?: this)?|share on (?:facebook"
    r"|twitter|x|linkedin|whatsapp)\b.{0,40}|(?:follow|like|find|join) us on (?:facebook|twitter|instagram|x"
    r"|linkedin|youtube|telegram|whatsapp)\b.{0,80}"
    r"|(?:please )?(?:subscribe|sign up)(?: now| here| today)?(?: (?:to|for) (?:our|the)\b.{0,80}(?:newsletters?"
    r"|channel|updates|alerts|feed)\b.{0,40})?|print(?: this)?(?: article| page)?|email this(?: article| story)?"
    r"|add (?:a )?comments?|leave a (?:comment|reply)|comments? \(\d+\)|\d+ comments?"
    r"|advertisement|story continues below(?: advertisement)?|article continues (?:below|after)(?: (?:this )?(?:ad"
    r"|advertisement))?|scroll (?:down )?to continue|facebook|twitter|whatsapp|linkedin|pinterest|reddit"
    r"|(?:facebook|twitter|email|whatsapp|linkedin|print|copy link)(?:[\s|·•,]+(?:facebook|twitter|email|whatsapp"
    r"|linkedin|print|copy link|pinterest|reddit))+"
    r"|teilen|drucken|partager|compartir|compartilhar|condividi|delen|dela|del|jaa|anzeige|publicité|publicidad"
    r"|pubblicità)[\W_]*",
    re.I,
)
_TAIL = re.compile(
    r"\s*(?:\[(?:…|\.\.\.)\]\s*)?(?:(?:read more|continue reading|weiterlesen|lire la suite|leer más|leggi tutto"
    r"|läs mer|les mer|læs mere)\s*(?:[»›>→…]|\.{3})+|\[(?:read more|continue reading)[^\]]{0,80}\]|\((?:read more"
    r"|continue reading)\))\s*$",
    re.I,
)
_PRIVATE = re.compile(
    r"[\W_]*(?:(?:die )?(?:nach)?folgenden? (?:informationen|hinweise|angaben)\b.{0,40}\bnicht (?:zur|für die) (?:ver|publi).*"
    r"|the following (?:information|details?|notes?)\b.{0,40}\bnot (?:intended )?(?:for|to be) publi.*"
    r"|les? (?:informations?|notes?|éléments?|textes?)? ?(?:qui sui(?:t|vent)|suivante?s?)\b.{0,60}\bpas\b.{0,30}publi.*"
    r"|(?:not for publication|nicht zur ver(?:ö|oe)ffentlichung|ne pas publier|no publicar|non pubblicare|não publicar"
    r"|niet (?:voor publicatie|te publiceren)|ikke til (?:publisering|offentliggørelse)|inte för publicering|ei julkaistavaksi)\b"
    r"(?!.{0,24}\b(?:until|before|vor|bis|avant|antes|hasta|prima|até|voor|vóór|tot|før|före|innan|ennen)\b).{0,80})",
    re.I,
)
_NOTEBOOK = re.compile(r"#{1,2}\s*(?:dpa[\s-])?(?:note\s?book|notizblock)\b.{0,40}", re.I)
_LINK_MOST, _POST_MOST = 160, 600
"""Characters: longer paragraphs are text."""
_TAIL_ENDS = ("...", "…", "]", ")", "»", "›", ">", "→")


def without(paragraphs: Sequence[str]) -> list[str]:
    """The paragraphs that belong to the story; of them all where nothing else would be left. What stands below a line that says
    it is not for publication is never among them."""
    paragraphs = _public(paragraphs)
    kept = [text for paragraph in paragraphs if (text := _kept(paragraph))]
    return kept or list(paragraphs)


def is_end_mark(paragraph: str) -> bool:
    """True for a paragraph that only says that the text ends: `ENDS`, `-30-`, `(END)`, `###`, `* * *`."""
    return (
        len(paragraph) <= 12
        and _END_MARK.fullmatch(paragraph) is not None
        and _MARKED.search(paragraph) is not None
    )


def _public(paragraphs: Sequence[str]) -> Sequence[str]:
    for number, paragraph in enumerate(paragraphs):
        if number and len(paragraph) <= _POST_MOST and _begins_notes(paragraph):
            return paragraphs[:number]
    return paragraphs


def _begins_notes(paragraph: str) -> bool:
    return (
        _NOTEBOOK.match(paragraph) if paragraph.startswith("#") else _PRIVATE.match(paragraph)
    ) is not None


def _kept(paragraph: str) -> str:
    if len(paragraph) <= _LINK_MOST and (_MORE.fullmatch(paragraph) or _SHARE.fullmatch(paragraph)):
        return ""
    if len(paragraph) <= _POST_MOST and _POST.fullmatch(paragraph):
        return ""
    if paragraph.endswith(_TAIL_ENDS) and (
        tail := _TAIL.search(paragraph, max(0, len(paragraph) - _LINK_MOST))
    ):
        return paragraph[: tail.start()]
    return paragraph
