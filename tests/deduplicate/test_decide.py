"""What the de-duplicate stage decides: versions, kills, late arrivals, and exact copies."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.deduplicate import Deduplicator, Dropped, MemoryState, SqliteState, State
from pipeline.deduplicate.state import Known
from pipeline.settings import Dedupe
from pipeline.story import Story, replace, story_id

NOON = datetime(2024, 8, 5, 12, 0, tzinfo=UTC)
LONG = (
    "The port authority of Marlow said on Monday that it would close its eastern basin for eleven weeks while"
    " divers examine the quay wall, which began to lean after the storms of the spring."
)


def story(family: str = "a", source: str = "wire", body: str = LONG, **fields: Any) -> Story:
    """A clean story of `family`, at noon."""
    fields.setdefault("published_at", NOON)
    fields.setdefault("guid", family)
    headline = fields.setdefault("headline", "Marlow closes its eastern basin")
    text = hashlib.sha256(f"{headline}\n{body}".casefold().encode()).hexdigest()
    return Story(
        id=story_id(source, family),
        source=source,
        family=family,
        format="test",
        body=[body],
        text_hash=text,
        **fields,
    )


def later(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.fixture(params=["memory", "sqlite"])
def state(request: pytest.FixtureRequest) -> Iterator[State]:
    if request.param == "memory":
        yield MemoryState(Dedupe())
        return
    connection = sqlite3.connect(":memory:", isolation_level=None)
    yield SqliteState(connection, Dedupe())
    connection.close()


@pytest.fixture
def decide(state: State) -> Callable[[Story], Story]:
    stage = Deduplicator(state, Dedupe())

    def published(given: Story) -> Story:
        decided = stage.decide(given)
        assert isinstance(decided, Story)
        return decided

    return published


@pytest.fixture
def stage(state: State) -> Deduplicator:
    return Deduplicator(state, Dedupe())


Decide = Callable[[Story], Story]


def test_the_first_of_a_story_is_version_1_and_new(decide: Decide) -> None:
    first = decide(story())
    assert (first.version, first.change, first.late, first.copy_of) == (1, "new", False, None)
    assert first.cluster == first.id


def test_the_same_item_again_is_dropped_however_it_came(stage: Deduplicator) -> None:
    stage.decide(story(document="a.xml", collected_at=NOON))
    again = stage.decide(story(document="b.xml", collected_at=later(5), assumed=["no zone given"]))
    assert again == Dropped(id=story_id("wire", "a"), version=1, reason="the same item again")


def test_an_older_version_sent_again_is_dropped_too(stage: Deduplicator) -> None:
    stage.decide(story())
    stage.decide(story(body=LONG + " More.", published_at=later(5)))
    again = stage.decide(story())
    assert isinstance(again, Dropped)
    assert again.version == 2


def test_a_changed_story_is_its_next_version(decide: Decide) -> None:
    decide(story())
    second = decide(story(body=LONG + " It gave no cost.", published_at=later(10)))
    assert (second.version, second.change, second.late) == (2, "update", False)


@pytest.mark.parametrize("change", ["update", "correction", "repeat", "advisory"])
def test_the_wire_says_what_a_version_is(decide: Decide, change: Any) -> None:
    decide(story())
    assert decide(story(body="Other text.", change=change, published_at=later(1))).change == change


def test_one_guid_of_two_sources_is_two_stories(decide: Decide) -> None:
    assert decide(story(source="one")).id != decide(story(source="two", body="Other text.")).id


def test_an_older_version_that_arrives_late_says_so(decide: Decide) -> None:
    decide(story(published_at=later(30)))
    late = decide(story(body="An earlier text of it.", published_at=later(10)))
    assert (late.version, late.late) == (2, True)
    current = decide(story(body="The next.", published_at=later(20)))
    assert current.late, "what is late never becomes the version that others are measured by"
    assert not decide(story(body="The newest.", published_at=later(40))).late


def test_numbers_order_versions_only_where_the_agency_counts(decide: Decide) -> None:
    decide(story(wire_version="3", version_counts=True, published_at=later(1)))
    assert decide(story(body="b", wire_version="2", version_counts=True, published_at=later(2))).late
    assert not decide(story(body="c", wire_version="4", version_counts=True, published_at=later(0))).late
    decide(story("b", wire_version="3", published_at=later(1)))
    assert not decide(story("b", body="b", wire_version="2", published_at=later(2))).late


def test_a_day_without_a_time_is_not_earlier_than_that_day(decide: Decide) -> None:
    decide(story())
    midnight = NOON.replace(hour=0)
    assert not decide(story(body="b", published_at=midnight, published_precision="day")).late
    assert decide(story(body="c", published_at=midnight - timedelta(days=1), published_precision="day")).late


@pytest.mark.parametrize("named", ["a", "guid:a:1"])
def test_a_correction_under_a_new_guid_joins_the_story_that_it_names(decide: Decide, named: str) -> None:
    first = decide(story("a", guid="guid:a:1"))
    correction = decide(
        story(
            "z", body=LONG + " Eleven, not ten.", corrects=named, change="correction", published_at=later(9)
        )
    )
    assert (correction.id, correction.family, correction.version) == (first.id, "a", 2)
    assert correction.change == "correction"
    after = decide(story("z", body="Its own next version.", published_at=later(10)))
    assert (after.id, after.family, after.version) == (first.id, "a", 3)


def test_a_kill_cancels_and_later_news_of_it_is_late_until_republished(decide: Decide) -> None:
    decide(story())
    kill = decide(story(body="", headline="KILL", change="kill", published_at=later(10)))
    assert (kill.status, kill.change, kill.version) == ("canceled", "kill", 2)
    assert decide(story(body="Same minute.", published_at=later(10))).late
    assert decide(story(body="Before.", published_at=later(5))).late
    assert decide(story(body="No time.", published_at=None)).late
    again = decide(story(body="Republished.", published_at=later(20)))
    assert (again.late, again.status, again.change) == (False, "usable", "update")


def test_a_canceled_story_is_a_kill_though_no_signal_says_so(decide: Decide) -> None:
    assert decide(story(status="canceled")).change == "kill"


@pytest.mark.parametrize("time", [NOON, None])
def test_a_kill_that_comes_before_its_story(decide: Decide, time: datetime | None) -> None:
    kill = decide(story("k", body="", change="kill", corrects="guid:a:7", published_at=time))
    assert (kill.status, kill.version) == ("canceled", 1)
    killed = decide(story("a", guid="guid:a:7", published_at=time))
    assert (killed.id, killed.late) == (kill.id, True)


def test_the_same_text_of_another_story_is_an_exact_copy(decide: Decide) -> None:
    first = decide(story("a"))
    copy = decide(story("b", source="daily", body=LONG.upper(), headline="MARLOW CLOSES ITS EASTERN BASIN"))
    third = decide(story("c", source="herald", published_at=later(60)))
    for one in (copy, third):
        assert (one.copy_of, one.relation, one.similarity, one.cluster) == (first.id, "exact", 1.0, first.id)
        assert one.change == "new"


def test_the_same_text_outside_the_window_is_no_copy(decide: Decide) -> None:
    decide(story("a"))
    assert decide(story("b", published_at=NOON + timedelta(hours=73))).copy_of is None
    assert decide(story("c", published_at=NOON + timedelta(hours=74))).copy_of == story_id("wire", "b")


def test_a_flash_is_a_copy_within_hours_and_news_the_next_day(decide: Decide) -> None:
    flash = "Marlow bank lifts rate to 4.25 percent"
    decide(story("a", headline=flash, body=""))
    assert decide(story("b", headline=flash, body="", published_at=later(3))).relation == "exact"
    assert decide(story("c", headline=flash, body="", published_at=NOON + timedelta(days=1))).copy_of is None


@pytest.mark.parametrize("text", ["", "KILL", "Markets open"])
def test_texts_that_say_nothing_are_no_copies(decide: Decide, text: str) -> None:
    decide(story("a", headline="", body=text))
    assert decide(story("b", headline="", body=text)).copy_of is None


def test_a_japanese_flash_says_enough(decide: Decide) -> None:
    decide(story("a", headline="日銀、政策金利を引き上げ", body=""))
    assert decide(story("b", headline="日銀、政策金利を引き上げ", body="")).relation == "exact"


def test_versions_of_one_story_are_not_copies_of_each_other(decide: Decide) -> None:
    decide(story())
    assert decide(story(published_at=later(5))).copy_of is None


def test_a_later_version_stays_marked(decide: Decide) -> None:
    first = decide(story("a"))
    decide(story("b"))
    second = decide(story("b", body=LONG + " A new line.", published_at=later(5)))
    assert (second.version, second.copy_of, second.cluster) == (2, first.id, first.id)


def test_no_two_stories_copy_each_other(decide: Decide) -> None:
    first = decide(story("a"))
    decide(story("b"))
    decide(story("b", body=LONG + " A new line.", published_at=later(5)))
    back = decide(story("a", body=LONG + " A new line.", published_at=later(6)))
    assert (back.copy_of, back.cluster) == (None, first.id)


def test_a_flash_that_grows_into_a_copy_is_one(decide: Decide) -> None:
    first = decide(story("a"))
    decide(story("b", headline="Marlow closes basin", body=""))
    grown = decide(story("b", published_at=later(5)))
    assert (grown.version, grown.copy_of, grown.cluster) == (2, first.id, first.id)


def test_copies_of_a_killed_story_stay(decide: Decide) -> None:
    decide(story("a"))
    decide(story("a", body="", change="kill", published_at=later(5)))
    copy = decide(story("b", published_at=later(6)))
    assert (copy.status, copy.copy_of) == ("usable", story_id("wire", "a"))


def test_kill_notices_are_no_copies_of_each_other(decide: Decide) -> None:
    notice = (
        "Editors: this story is withdrawn and should not be used. Please remove it from all of your systems."
    )
    decide(story("a", body=notice, change="kill"))
    assert decide(story("b", body=notice, change="kill")).copy_of is None


def test_one_story_dated_in_the_far_future_makes_nothing_expire(decide: Decide) -> None:
    decide(story("a"))
    decide(story("b", body="A text from the future.", published_at=NOON.replace(year=2099)))
    assert decide(story("a", body="b", published_at=later(9))).version == 2


def test_stories_are_forgotten_after_their_time(state: State) -> None:
    stage = Deduplicator(state, Dedupe())
    stage.decide(story("old"))
    for day in range(1, 200):
        stage.decide(story(f"d{day}", body=f"Day {day} of many.", published_at=NOON + timedelta(days=day)))
        state.flush()
    assert state.known(story_id("wire", "old")) is None
    assert state.known(story_id("wire", "d199")) is not None


def test_a_thousand_versions_of_one_story_are_bounded(decide: Decide, state: State) -> None:
    for n in range(300):
        assert decide(story(body=f"Text {n}", published_at=later(n))).version == n + 1
    known = state.known(story_id("wire", "a"))
    assert isinstance(known, Known)
    assert len(known.digests) <= 64


def test_a_rollback_is_forgotten() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    state = SqliteState(connection, Dedupe())
    stage = Deduplicator(state, Dedupe())
    connection.execute("BEGIN")
    stage.decide(story("a"))
    state.flush()
    connection.execute("COMMIT")
    connection.execute("BEGIN")
    stage.decide(story("b", body="Lost."))
    state.flush()
    connection.execute("ROLLBACK")
    state.reload()
    assert isinstance(stage.decide(story("a")), Dropped)
    assert isinstance(stage.decide(story("b", body="Lost.")), Story)
    connection.close()


families = st.sampled_from("abc")
wire = st.lists(
    st.builds(
        lambda family, text, minute, kill, corrects: story(
            family,
            body=text,
            headline="",
            published_at=later(minute) if minute is not None else None,
            change="kill" if kill else None,
            corrects=corrects,
        ),
        families,
        st.sampled_from([LONG, LONG + " More.", "Short", ""]),
        st.one_of(st.none(), st.integers(0, 10_000)),
        st.booleans(),
        st.sampled_from(["", "a", "b", "c", "unseen"]),
    ),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(wire, st.sets(st.integers(0, 30)))
def test_restarts_and_the_kind_of_state_change_no_decision(stories: list[Story], restarts: set[int]) -> None:
    memory = Deduplicator(MemoryState(Dedupe()), Dedupe())
    connection = sqlite3.connect(":memory:", isolation_level=None)
    state = SqliteState(connection, Dedupe())
    stored = Deduplicator(state, Dedupe())
    for n, given_story in enumerate(stories):
        if n in restarts:
            state.flush()
            state = SqliteState(connection, Dedupe())
            stored = Deduplicator(state, Dedupe())
        assert memory.decide(given_story) == stored.decide(given_story)
    connection.close()


@settings(max_examples=150, deadline=None)
@given(wire)
def test_versions_only_grow_and_every_version_has_its_marks(stories: list[Story]) -> None:
    stage = Deduplicator(MemoryState(Dedupe()), Dedupe())
    newest: dict[str, int] = {}
    for given_story in stories:
        decided = stage.decide(given_story)
        if isinstance(decided, Story):
            assert decided.version == newest.get(decided.id, 0) + 1
            newest[decided.id] = decided.version
            assert decided.change is not None
            assert decided.cluster
            assert decided.copy_of != decided.id
            assert (decided.copy_of is None) == (decided.relation is None)
            assert replace(decided, version=0) != decided
