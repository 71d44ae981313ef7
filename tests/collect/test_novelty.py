"""What in a document is new."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.collect.document import Fault, Parsed
from pipeline.collect.novelty import Held, Novelty, novelty, oldest_first
from pipeline.story import RawStory, replace

TEN = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)


def story(guid: str, headline: str = "Ferry late", at: datetime | None = TEN) -> RawStory:
    return RawStory(
        source="harbour", format="rss", guid=guid, family=guid, headline=headline, published_at=at
    )


def parsed(stories: Iterable[RawStory] = (), faults: Iterable[Fault] = ()) -> Parsed:
    return Parsed(format="rss", stories=list(stories), faults=list(faults))


def after(known: dict[bytes, Held], new: Novelty) -> dict[bytes, Held]:
    """The memory that follows, as the store keeps it."""
    memory = known | {item: Held(hashes) for item, hashes in new.changed.items()}
    return memory | {item: Held(memory[item].hashes, gone=True) for item in new.vanished}


def test_all_of_a_first_document_is_new_and_none_of_the_same_again() -> None:
    document = parsed([story("c"), story("b"), story("a")])
    first = novelty(document, {})
    assert [s.guid for s in first.stories] == ["a", "b", "c"]
    memory = after({}, first)
    again = novelty(document, memory)
    assert again.stories == []
    assert not again.changed
    assert not again.vanished


def test_what_changed_is_new_again_and_so_is_what_changed_back() -> None:
    memory = after({}, novelty(parsed([story("a"), story("b")]), {}))
    changed = novelty(parsed([story("a", "Ferry sunk"), story("b")]), memory)
    assert [s.headline for s in changed.stories] == ["Ferry sunk"]
    memory = after(memory, changed)
    back = novelty(parsed([story("a"), story("b")]), memory)
    assert [s.headline for s in back.stories] == ["Ferry late"]


def test_when_and_where_it_was_collected_is_no_change() -> None:
    memory = after({}, novelty(parsed([story("a")]), {}))
    moved = replace(
        story("a"), collected_at=TEN, document="http://mirror.example/", assumed=["no zone given"]
    )
    assert novelty(parsed([moved]), memory).stories == []


def test_an_item_that_only_comes_back_is_not_new() -> None:
    """Servers that take turns hold different items for a while."""
    memory = after({}, novelty(parsed([story("a"), story("b")]), {}))
    memory = after(memory, novelty(parsed([story("b")]), memory))
    assert sum(held.gone for held in memory.values()) == 1
    back = novelty(parsed([story("a"), story("b")]), memory)
    assert back.stories == []
    assert not any(held.gone for held in after(memory, back).values())


def test_two_items_under_one_id_are_both_taken_once() -> None:
    document = parsed([story("a", "Ferry late"), story("a", "Ferry sunk")])
    first = novelty(document, {})
    assert len(first.stories) == 2
    assert novelty(document, after({}, first)).stories == []


def test_a_fault_is_reported_once_whatever_its_numbers() -> None:
    first = novelty(parsed([story("a")], [Fault(reason="no date at line 12", item=3)]), {})
    assert len(first.faults) == 1
    memory = after({}, first)
    again = novelty(parsed([story("a")], [Fault(reason="no date at line 14", item=4)]), memory)
    assert again.faults == []
    other = novelty(parsed([story("a")], [Fault(reason="no title at line 14", item=4)]), memory)
    assert len(other.faults) == 1


def test_a_document_that_cannot_be_read_forgets_nothing() -> None:
    memory = after({}, novelty(parsed([story("a"), story("b")]), {}))
    broken = novelty(parsed(faults=[Fault(reason="this is HTML")]), memory)
    assert len(broken.faults) == 1
    assert not broken.vanished
    memory = after(memory, broken)
    assert novelty(parsed(faults=[Fault(reason="this is HTML")]), memory).faults == []
    assert novelty(parsed([story("a"), story("b")]), memory).stories == []


def test_oldest_first_and_without_time_as_feeds_put_them() -> None:
    stories = [
        story("new", at=TEN + timedelta(hours=1)),
        story("x2", at=None),
        story("old"),
        story("x1", at=None),
    ]
    assert [s.guid for s in oldest_first(stories)] == ["old", "new", "x1", "x2"]


documents = st.lists(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["one", "two", "\ud800"])), max_size=6),
    max_size=8,
)


@given(documents)
def test_over_any_run_of_documents_each_state_of_an_item_is_taken_when_it_changes(
    runs: list[list[tuple[str, str]]],
) -> None:
    memory: dict[bytes, Held] = {}
    last: dict[str, set[str]] = {}
    for run in runs:
        new = novelty(parsed(story(guid, headline) for guid, headline in run), memory)
        now: dict[str, set[str]] = {}
        for guid, headline in run:
            now.setdefault(guid, set()).add(headline)
        expected = sorted((g, h) for g, hs in now.items() for h in hs - last.get(g, set()))
        assert sorted((s.guid, s.headline) for s in new.stories) == expected
        memory = after(memory, new)
        last |= now
