"""A spool gives back what was put in, by event time, whatever the order of reading."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.run.intake import Intake, packed, unpack_story
from pipeline.run.replay import unspooled
from pipeline.run.spool import LAST, Spool, place_in_time
from pipeline.story import Story

AT = datetime(2024, 8, 5, 12, tzinfo=UTC)


def story(headline: str, at: datetime | None) -> Story:
    return Story(id=headline, source="s", format="f", headline=headline, published_at=at)


@given(
    st.lists(
        st.tuples(st.one_of(st.just(LAST), st.datetimes(timezones=st.just(UTC))), st.binary(max_size=40)),
        max_size=30,
    )
)
def test_records_come_by_time_and_in_the_order_written_where_that_is_one(
    records: list[tuple[datetime, bytes]],
) -> None:
    with closing(Spool()) as spool:
        for at, record in records:
            spool.keep(record, at)
        assert list(spool.in_order()) == sorted(records, key=lambda one: one[0])


def test_stories_are_collected_when_they_happened_and_those_without_a_time_with_the_last() -> None:
    stories = [story("later", AT + timedelta(hours=1)), story("timeless", None), story("first", AT)]
    with closing(Spool()) as spool:
        for one in packed(Intake(stories=stories, casualties=[], aside=[])).waiting:
            spool.keep(one.packed, one.at)
        found = [(one.headline, one.collected_at) for one in unspooled(spool)]
    later = AT + timedelta(hours=1)
    assert found == [("first", AT), ("later", later), ("timeless", later)]


def test_a_story_known_to_the_day_waits_for_its_end() -> None:
    day = Story(id="d", source="s", format="f", published_at=AT.replace(hour=0), published_precision="day")
    assert place_in_time(day) == datetime(2024, 8, 5, 23, 59, 59, tzinfo=UTC)


def test_a_packed_story_is_the_same_when_unpacked() -> None:
    one = story("Grain harvest late in the north", AT)
    read = packed(Intake(stories=[one], casualties=[], aside=["a picture"]))
    assert read.stories == [one]
    assert unpack_story(read.waiting[0].packed) == one
    assert read.aside == ["a picture"]
