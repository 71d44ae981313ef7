"""The enrich stage of a driver: in order, and without work for copies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from pipeline.run.copies import Copies
from pipeline.run.enriching import Enriching
from pipeline.settings import Enrich
from pipeline.story import Dateline, Entity, Mention, Story, replace


def story(number: int, body: str = "The talks in Kenya went on.") -> Story:
    return Story(id=str(number), source="test", format="text", headline="Talks", body=[body], language="en")


def searched(one: Story) -> Story:
    mention = Mention(field="body", paragraph=0, start=13, end=18, text="Kenya")
    return replace(one, entities=[Entity(name="Kenya", type="place", salience=1.0, mentions=[mention])])


@pytest.fixture(scope="module")
def enriching() -> Iterator[Enriching]:
    with closing(Enriching(Enrich(models={}, batch=2), processes=1)) as stage:
        yield stage


def test_copies_get_what_they_would_have_got_and_stay_in_order(enriching: Enriching) -> None:
    others = [story(n, f"Minister {n} of Ghana flew to Norway.") for n in range(9)]
    stories = [story(100), *others, story(101), others[0], story(102)]
    alone = [enriching.enrich([one])[0].story for one in stories]
    together = [result.story for result in enriching.enrich(stories)]
    assert together == alone
    assert [one.id for one in together] == [one.id for one in stories]
    assert [e.name for e in together[-1].entities] == ["Kenya"]
    assert {e.name for e in together[3].entities} == {"Ghana", "Norway"}


def test_a_copy_has_the_entities_and_keeps_what_is_its_own() -> None:
    copies = Copies()
    copies.keep(searched(story(1)))
    copy = copies.of(replace(story(2), source="other", version=3))
    assert copy == replace(searched(story(2)), source="other", version=3)
    assert copies.taken == 1


@pytest.mark.parametrize(
    "other",
    [
        story(2, "The talks in Kenya went on"),
        replace(story(2), headline="talks"),
        replace(story(2), summary="Kenya"),
        replace(story(2), language="fr"),
        replace(story(2), status="canceled"),
        replace(story(2), dateline=Dateline(text="NAIROBI", country="KE")),
    ],
)
def test_what_entities_depend_on_makes_another_story(other: Story) -> None:
    copies = Copies()
    copies.keep(searched(story(1)))
    assert copies.of(other) is None


def test_memory_is_bounded_and_the_oldest_goes_first() -> None:
    copies = Copies(room=1000)
    for number in range(100):
        copies.keep(searched(story(number, f"The talks in Kenya {number}.")))
    assert copies.of(story(0, "The talks in Kenya 0.")) is None
    assert copies.of(story(0, "The talks in Kenya 99.")) is not None
