"""What was made of a version may be put right without there being a new version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.index import Query
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


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SqliteIndex]:
    with closing(open_store(tmp_path / "wire.db")) as connection:
        yield SqliteIndex(connection)


def test_entities_found_at_a_second_try_are_found_by_readers(index: SqliteIndex) -> None:
    index.put([BARE])
    assert index.search(Query(person=["Smit"])).total == 0
    index.amend([replace(BARE, entities=[SMIT])])
    (hit,) = index.search(Query(person=["Smit"])).hits
    assert hit.story.entities == [SMIT]
    assert index.counts().versions == 1


def test_a_version_that_was_overtaken_is_amended_in_the_history_alone(index: SqliteIndex) -> None:
    index.put([BARE, replace(BARE, version=2, headline="Thick fog", change="update")])
    index.amend([replace(BARE, entities=[SMIT])])
    current, first = index.get("a"), index.version("a", 1)
    assert current is not None
    assert first is not None
    assert (current.headline, current.entities, first.entities) == ("Thick fog", [], [SMIT])


def test_a_killed_story_stays_killed(index: SqliteIndex) -> None:
    index.put([BARE, replace(BARE, version=2, change="kill", status="canceled", headline="", body=[])])
    index.amend([replace(BARE, entities=[SMIT])])
    first = index.version("a", 1)
    assert first is None or (first.body, first.entities) == ([], [])
