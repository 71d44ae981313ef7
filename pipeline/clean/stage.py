"""One raw story to one clean story: each step is a module of this package, here in the order in which they are taken."""

from __future__ import annotations

import re

from pipeline.agencies import alone, signed
from pipeline.clean import credits, furniture, language, markers, markup, opening, plaintext, words
from pipeline.clean.characters import line, mended, one_line
from pipeline.clean.fingerprint import text_hash
from pipeline.clean.opening import Opening
from pipeline.story import Change, Media, RawStory, Story, story_id

CHARACTERS_MOST = 900_000
"""The longest body kept, characters; the rest is cut, and the story says so."""

_HEADLINE_MOST = 140
_SENTENCE = re.compile(r"""(?s)(.{20,}?[.!?。！？…]["'”’»)]*)(?=\s+[^\sa-z]|$)""")
_ABBREVIATION = re.compile(
    r"\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Gov|Sen|Rep|Gen|Col|Lt|Sgt|No|vs|Inc|Corp|Co|Ltd|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?"
    r"|Oct|Nov|Dec)\.$"
)
_SIGNATURE_MOST = 40


def clean(raw: RawStory, characters: int = CHARACTERS_MOST) -> Story:
    """The clean story. `characters` bounds its body. Never raises for a text, whatever it is; knows no clock and no other story:
    versions and copies are numbered later."""
    assumed = list(raw.assumed)
    text = _text(raw, assumed)
    marked = markers.of_headline(markup.in_line(mended(raw.headline)) if raw.headline else "")
    paragraphs = furniture.without(text.paragraphs)
    noted = markers.of_notes(raw.editor_note, paragraphs)
    if len(paragraphs) > 1 and marked.headline and _same(paragraphs[0], marked.headline, line(raw.headline)):
        paragraphs = paragraphs[1:]
    top = opening.read(paragraphs, raw)
    tail = credits.cut(top.body, (line(raw.provider), line(raw.credit)))
    body = _bounded(tail.body, characters, assumed)
    change = _change(raw.change, markers.strongest(marked.change, noted, markers.of_slug(raw.slugline)))
    headline, headline_from = marked.headline, ""
    if not headline and body:
        headline, headline_from = first_sentence(body), "body"
    spoken, spoken_from = _language(raw.language, headline if not headline_from else "", body, raw.summary)
    credit = line(raw.credit) or tail.credit
    return Story(
        id=story_id(raw.source, raw.family),
        wire_version=raw.wire_version,
        version_counts=raw.version_counts,
        source=raw.source,
        provider=_provider(raw, tail, top, credit),
        url=raw.url,
        guid=raw.guid,
        family=raw.family,
        corrects=raw.corrects,
        document=raw.document,
        format=raw.format,
        status="canceled" if change == "kill" else raw.status,
        change=change,
        marker=marked.marker,
        headline=headline,
        headline_from=headline_from,
        subheadline=_inline(raw.subheadline),
        slugline=line(raw.slugline),
        summary=_inline(raw.summary),
        byline=top.byline.names,
        byline_title=top.byline.title,
        dateline=top.dateline,
        credit=credit,
        rights=_inline(raw.rights) or tail.rights,
        editor_note=_inline(raw.editor_note),
        staff=tail.staff,
        language=spoken,
        language_from=spoken_from,
        urgency=raw.urgency,
        genre=line(raw.genre),
        item_class=raw.item_class,
        body=body,
        word_count=words.count(body),
        text_hash=text_hash(headline, body),
        subjects=raw.subjects,
        keywords=raw.keywords,
        media=_with_captions(raw.media, text.figures),
        location=raw.location,
        published_at=raw.published_at,
        published_precision=raw.published_precision,
        first_published_at=raw.first_published_at,
        embargoed_until=raw.embargoed_until,
        collected_at=raw.collected_at,
        assumed=assumed,
    )


def first_sentence(body: list[str]) -> str:
    """What stands in for a headline that a wire did not give: the first sentence, shortened at a word where it is long."""
    text = one_line(body[0])
    sentence = text
    for found in _SENTENCE.finditer(text[:2000]):
        candidate = text[: found.end()]
        if not _ABBREVIATION.search(candidate):
            sentence = candidate
            break
    if len(sentence) <= _HEADLINE_MOST:
        return sentence
    return sentence[:_HEADLINE_MOST].rsplit(" ", 1)[0].rstrip(" ,;:-–—") + "…"


def _text(raw: RawStory, assumed: list[str]) -> markup.Text:
    if not raw.body:
        return markup.Text(paragraphs=[])
    body = mended(raw.body)
    if raw.body_type == "text":
        body = body.rstrip()
        above, _, last = body.rpartition("\n")
        if (
            len(last) < _SIGNATURE_MOST and alone(last) is not None
        ):  # else a short last line would be joined to the text above
            return markup.Text(paragraphs=[*plaintext.paragraphs(above), last.strip()])
        return markup.Text(paragraphs=plaintext.paragraphs(body))
    text = markup.to_text(body)
    if text.cut:
        assumed.append(f"markup of more than {markup.TOKENS_MOST} tags: the rest was read as text")
    if body.isascii() and "&" in body:
        text = markup.Text(
            paragraphs=[kept for one in text.paragraphs if (kept := mended(one).strip())],
            figures=text.figures,
        )
    return text


def _change(wire: Change | None, said: Change | None) -> Change | None:
    """The wire's own elements decide, but for `new`, which many write on everything: then what headline and notes say counts.
    A kill or correction that the text says always counts."""
    if wire is None or wire == "new":
        return said or wire
    return markers.strongest(wire, said) if said in ("kill", "correction") else wire


def _provider(raw: RawStory, tail: credits.Tail, top: Opening, credit: str) -> str:
    """The agency: as the wire says it, if that is one; else as the text's credit or dateline signs; else what the wire says."""
    said = line(raw.provider)
    for text in (said, raw.credit):
        if text and (agency := signed(line(text))) is not None:
            return agency.name
    return tail.provider or top.agency or said or credit


def _language(declared: str, headline: str, body: list[str], summary: str) -> tuple[str, str]:
    if tag := language.normalised(declared):
        return tag, "wire"
    text = " ".join([headline, *body[:4]]) if body else f"{headline} {_inline(summary)}"
    tag = language.detected(text)
    return tag, "text" if tag else ""


def _bounded(body: list[str], characters: int, assumed: list[str]) -> list[str]:
    total = sum(map(len, body))
    if total <= characters:
        return body
    kept, left = [], characters
    for paragraph in body:
        if len(paragraph) >= left:
            if left > 0:
                kept.append(paragraph[:left].rstrip())
            break
        kept.append(paragraph)
        left -= len(paragraph)
    assumed.append(f"body of {total} characters cut to {characters}")
    return [paragraph for paragraph in kept if paragraph]


def _inline(text: str) -> str:
    return markup.in_line(mended(text)) if text else ""


def _same(paragraph: str, *headlines: str) -> bool:
    return len(paragraph) < 500 and paragraph.casefold().rstrip(".") in {
        one.casefold().rstrip(".") for one in headlines
    }


def _with_captions(media: list[Media], figures: list[markup.Figure]) -> list[Media]:
    """The media, with captions that the text had under their pictures; a picture that only the text has is added."""
    if not figures:
        return media
    captions = {figure.url: figure.caption for figure in figures if figure.url}
    known = {medium.url for medium in media}
    kept = [
        Media(
            url=m.url,
            type=m.type,
            caption=m.caption or captions.get(m.url, ""),
            credit=m.credit,
            width=m.width,
            height=m.height,
        )
        for m in media
    ]
    return kept + [
        Media(url=url, type="image", caption=caption)
        for url, caption in captions.items()
        if url not in known and url.startswith(("http://", "https://"))
    ]
