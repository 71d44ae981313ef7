"""The components of a NewsML 1.x item: which of them tell one story, in which language, and which are its pictures."""

from __future__ import annotations

import binascii
from collections.abc import Iterator

from pipeline.collect.formats import identity
from pipeline.collect.formats.xmltree import LANG, Element, child, child_text, decode, text
from pipeline.story import Record

_MAIN = frozenset({"main", "maintext", "body", "text"})
_IN_SHORT = ("abstract", "summary", "synopsis", "lead")
_NAMES = frozenset({"title", "headline"})
_CAPTION = "caption"
_SAID_ELSEWHERE = frozenset({*_NAMES, _CAPTION, *_IN_SHORT[:-1]})
_RANKS = {**dict.fromkeys(_MAIN, 0), "lead": 2}
_PICTURES = frozenset({"photo", "picture", "graphic", "video", "audio", "complexdata"})
_TEXTS = frozenset({"", "text", "complexdata"})


class Scope(Record, frozen=True, kw_only=True):
    """An item as one story: an item in several languages is several stories."""

    item: Element
    chain: list[Element]
    """The component that has the text and those around it, the innermost first; of an item without a text its outermost."""
    components: list[Element]
    """All that belong to the story, in the order of the document."""
    texts: list[Element]
    """The DataContent elements that may be the story's text, the likeliest first."""
    news_lines: list[Element]
    """The NewsLines elements in the order in which they are asked."""
    language: str = ""
    translation: bool = False
    """True for every language of an item but its first."""

    def line(self, name: str) -> str:
        """A news line of the text's component, else of those around it, else of any but a picture's, else of any."""
        for lines in self.news_lines:
            if found := child_text(lines, name):
                return found
        return ""

    def lines(self, name: str) -> list[str]:
        """Every such news line of the first of these components that has one."""
        for lines in self.news_lines:
            if found := [line for each in lines.iterchildren(name) if (line := text(each))]:
                return found
        return []

    def told(self, *roles: str) -> str:
        """The text of the first component in one of these roles, its white space collapsed."""
        for component in self.components:
            if role(component) in roles and (found := _first_text(component)):
                return found
        return ""

    def summary(self) -> str:
        """What sums the story up; of a picture, its caption."""
        return self.told(*_IN_SHORT) or ("" if self.texts else self.told(_CAPTION))

    def title(self) -> str:
        """The headline of an item that has it in a component of its own."""
        return self.told(*_NAMES)


def formal(element: Element | None) -> str:
    """The value of an element that names it formally."""
    if element is None:
        return ""
    return (element.get("FormalName") or text(element)).strip()


def role(component: Element) -> str:
    """A component's role in lower case; empty where it has none."""
    return formal(child(component, "Role")).lower()


def written_in(data: Element) -> str:
    """The text of a DataContent that holds no elements, decoded where the Encoding around it says so."""
    written = "".join(map(str, data.itertext()))
    around = data.getparent()
    if around is not None and around.tag == "Encoding" and around.get("Notation", "").lower() == "base64":
        try:
            return decode(binascii.a2b_base64(written), [])
        except (binascii.Error, ValueError):
            return ""
    return written


def shows(component: Element) -> bool:
    """True for a component that is, or holds, nothing but pictures, sounds and what is said about them."""
    if role(component) in _PICTURES:
        return True
    kinds = [formal(child(each, "MediaType")).lower() for each in component.iter("ContentItem")]
    texts = any(
        role(each) not in (_CAPTION, *_NAMES) and any(True for _ in _data(each))
        for each in component.iter("NewsComponent")
    )
    return any(kind in _PICTURES for kind in kinds) and not texts


def picture_of(component: Element, scope: Scope) -> Element:
    """The picture of which a component is a rendition: the nearest around it that has news lines of its own."""
    around: Element | None = component
    while around is not None and around.tag == "NewsComponent" and around not in scope.chain:
        if child(around, "NewsLines") is not None:
            return around
        around = around.getparent()
    if not scope.texts and around is not None and around.tag == "NewsComponent":
        return around
    return component


def caption(picture: Element) -> str:
    """A picture's caption: in a component of its own, else its headline."""
    for each in picture.iter("NewsComponent"):
        if role(each) == _CAPTION and (found := _first_text(each)):
            return found
    return child_text(child(picture, "NewsLines"), "HeadLine")


def scopes(item: Element) -> list[Scope]:
    """The stories of an item: one, or one for each language in which it has a text."""
    components = list(item.iter("NewsComponent"))
    texts: dict[str, list[tuple[int, Element, Element]]] = {}
    for component in components:
        if (kind := role(component)) not in _SAID_ELSEWHERE:
            for data in _data(component):
                texts.setdefault(_language(component), []).append((_RANKS.get(kind, 1), component, data))
    told = {tag: found for tag, found in texts.items() if any(rank < 2 for rank, _, _ in found)}
    if len(told) > 1 and all(told):
        return [
            _scope(
                item,
                [each for each in components if _language(each) in (tag, "") or shows(each)],
                found,
                tag,
                number > 0,
            )
            for number, (tag, found) in enumerate(told.items())
        ]
    return [_scope(item, components, [each for found in texts.values() for each in found], "", False)]


def _scope(
    item: Element,
    components: list[Element],
    texts: list[tuple[int, Element, Element]],
    tag: str,
    translation: bool,
) -> Scope:
    texts = sorted(texts, key=lambda each: each[0])
    chain: list[Element] = []
    around = texts[0][1] if texts else components[0] if components else None
    while around is not None and around.tag == "NewsComponent":
        chain.append(around)
        around = around.getparent()
    own = set(chain)
    others = [each for each in components if each not in own]
    pictures = [each for each in others if shows(each)]
    asked = [*chain, *(each for each in others if each not in pictures), *(() if texts else pictures)]
    return Scope(
        item=item,
        news_lines=[lines for each in asked if (lines := child(each, "NewsLines")) is not None],
        chain=chain,
        components=components,
        texts=[data for _, _, data in texts],
        language=tag or next((found for each in chain if (found := _language(each))), ""),
        translation=translation,
    )


def _first_text(component: Element) -> str:
    return next((found for data in _data(component) if (found := text(data))), "")


def _data(component: Element) -> Iterator[Element]:
    """The texts that a component holds itself."""
    for content in component.iterchildren("ContentItem"):
        data = next(content.iter("DataContent"), None)
        if data is not None and formal(child(content, "MediaType")).lower() in _TEXTS:
            yield data


def _language(component: Element) -> str:
    """The language of a component: its own, else that of what is around it."""
    around: Element | None = component
    while around is not None and around.tag == "NewsComponent":
        described = child(around, "DescriptiveMetadata")
        tag = formal(child(described, "Language")) or around.get(LANG, "")
        if found := identity.language(tag):
            return found
        around = around.getparent()
    return ""
