"""A Reuters poll's answer is recognised and holds no story."""

from __future__ import annotations

import pytest

from pipeline.collect.document import Document, UnreadableDocument
from pipeline.collect.formats import reuters_poll

ANSWER = (
    "<results><result><id>tag:example:1:7</id><guid>tag:example:1</guid><version>7</version></result>"
    "<pollToken>x</pollToken></results>"
)


def test_items_to_fetch_are_left_aside_by_name() -> None:
    parsed = reuters_poll.parse(Document(content=ANSWER.encode(), source="example"))
    assert parsed.stories == []
    assert parsed.aside == ["reuters-poll-response item to fetch: tag:example:1"]


def test_broken_or_another_document() -> None:
    assert reuters_poll.sniff('<?xml version="1.0"?>\n' + ANSWER)
    assert not reuters_poll.sniff("<results><item/></results>")
    with pytest.raises(UnreadableDocument):
        reuters_poll.parse(Document(content=ANSWER[:-4].encode(), source="example"))
