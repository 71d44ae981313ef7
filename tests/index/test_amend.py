"""What was made of a version may be put right without there being a new version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.index import Query, StoryIndex
from pipeline.index.sqlite import SqliteIndex
from pipeline.store import open_store
from pipeline.story import Entity, Mention, Story, replace

BARE = Story(id="a", version=1, source="s", format="text", headline="Fog", body=["Smit spoke."], change="new")
SMIT = Entity(
    name="Smit",
    type="person",
    salience=1.0,
    mentions=[Mention(field="body", paragraph=0, start=0, end=4, text="Smit")],
)


@pytest.fixture(params=["sqlite", pytest.param("elastic", marks=pytest.mark.servers)])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoryIndex]:
    if request.param == "sqlite":
        with closing(open_store(tmp_path / "wire.db")) as connection:
            yield SqliteIndex(connection)
        return
    yield request.getfixturevalue("elastic_index")


def test_entities_found_at_a_second_try_are_found_by_readers(index: StoryIndex) -> None:
    index.put([BARE])
    assert index.search(Query(person=["Smit"])).total == 0
    index.amend([replace(BARE, entities=[SMIT])])
    (hit,) = index.search(Query(person=["Smit"])).hits
    assert hit.story.entities == [SMIT]
    assert index.counts().versions == 1


def test_a_version_that_was_overtaken_is_amended_in_the_history_alone(index: StoryIndex) -> None:
    index.put([BARE, replace(BARE, version=2, headline="Thick fog", change="update")])
    index.amend([replace(BARE, entities=[SMIT])])
    current, first = index.get("a"), index.version("a", 1)
    assert current is not None
    assert first is not None
    assert (current.headline, current.entities, first.entities) == ("Thick fog", [], [SMIT])


def test_a_killed_story_stays_killed(index: StoryIndex) -> None:
    index.put([BARE, replace(BARE, version=2, change="kill", status="canceled", headline="", body=[])])
    index.amend([replace(BARE, entities=[SMIT])])
    first = index.version("a", 1)
    assert first is None or (first.body, first.entities) == ([], [])


def test_it_may_be_done_again_and_after_an_embargo(index: StoryIndex) -> None:
    noon = datetime(2025, 3, 1, 12, tzinfo=UTC)
    held = replace(BARE, status="withheld", embargoed_until=noon, processed_at=noon - timedelta(hours=1))
    index.put([held])
    index.amend([replace(held, entities=[SMIT])])
    assert index.search(Query()).total == 0
    assert index.release(noon) == ["a"]
    assert index.search(Query(person=["Smit"])).total == 1
    for role in ("mayor", "minister"):
        changed = replace(held, status="usable", entities=[replace(SMIT, role=role)])
        index.amend([changed])
        (hit,) = index.search(Query(person=["Smit"])).hits
        assert hit.story.entities[0].role == role
