"""The embedded driver: what a store holds after any mishap is whole, and nothing has vanished."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.clean import clean
from pipeline.deduplicate import SqliteState
from pipeline.run.embedded import Pipeline
from pipeline.run.enriching import Enriching, enrich_each
from pipeline.run.intake import Casualty
from pipeline.run.metrics import Metrics
from pipeline.settings import Enrich, Settings
from pipeline.store import open_store
from pipeline.story import RawStory, Story, replace

NOON = datetime(2024, 8, 6, 12, tzinfo=UTC)


def story(name: str, body: str = "", minute: int = 0) -> Story:
    text = (
        body
        or f"The harbour master of {name} said on Tuesday that forty ships waited outside in the fog for pilots."
    )
    return clean(
        RawStory(
            source="desk",
            format="text",
            guid=name,
            family=name,
            headline=f"Fog at {name}",
            body=text,
            body_type="text",
            language="en",
            published_at=NOON.replace(minute=minute),
            collected_at=NOON,
        )
    )


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_store(tmp_path / "wire.db")) as connection:
        yield connection


def driver(connection: sqlite3.Connection) -> Pipeline:
    settings = Settings(enrich=Enrich(enabled=False))
    state = SqliteState(connection, settings.dedupe)
    return Pipeline(
        connection,
        settings,
        state,
        Enriching(settings.enrich),
        Metrics(),
        now=lambda: NOON,
        processed_at=lambda _: NOON,
    )


def test_stories_and_the_collectors_note_of_them_are_one_transaction(connection: sqlite3.Connection) -> None:
    pipeline = driver(connection)
    connection.execute("CREATE TABLE notes (text)")

    def settle(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO notes VALUES ('taken')")
        raise OSError("the machine stops here")

    ostend = story("Ostend")
    with pytest.raises(OSError, match="stops here"):
        pipeline.process([ostend], [], settle)
    assert pipeline.index.get(ostend.id) is None
    assert connection.execute("SELECT count(*) FROM notes").fetchone() == (0,)
    again = pipeline.process([ostend], [], lambda connection: None)
    assert [kept.version for kept in again.stories] == [1]
    assert not again.dropped


def test_what_was_seen_is_known_after_a_restart(connection: sqlite3.Connection) -> None:
    driver(connection).process([story("Ostend")], [], None)
    result = driver(connection).process([story("Ostend"), story("Harwich")], [], None)
    assert [kept.headline for kept in result.stories] == ["Fog at Harwich"]
    assert len(result.dropped) == 1


def test_a_story_that_the_index_refuses_is_dead_lettered_alone(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = driver(connection)
    real = pipeline.index.put

    def put(stories: Sequence[Story]) -> list[object]:
        if any(one.headline == "Fog at Harwich" for one in stories):
            raise ValueError("will not have it")
        return list(real(stories))

    monkeypatch.setattr(pipeline.index, "put", put)
    result = pipeline.process([story("Ostend"), story("Harwich"), story("Esbjerg")], [], None)
    assert [kept.headline for kept in result.stories] == ["Fog at Ostend", "Fog at Esbjerg"]
    (letter,) = pipeline.dead_letters.list()
    assert (letter.stage, letter.error) == ("index", "ValueError: will not have it")
    monkeypatch.setattr(pipeline.index, "put", real)
    retried = pipeline.resume("index", story("Harwich"))
    assert not retried.casualties


def test_what_collecting_could_not_read_is_kept_with_its_bytes(connection: sqlite3.Connection) -> None:
    pipeline = driver(connection)
    lost = Casualty(
        stage="collect",
        source="desk",
        document="a.xml",
        error="cut off",
        payload=b"<rss",
        payload_kind="document",
    )
    pipeline.process([], [lost], None)
    pipeline.process([], [lost], None)
    (letter,) = pipeline.dead_letters.list()
    assert letter.times == 2
    assert pipeline.dead_letters.get(letter.id).payload == b"<rss"


def test_a_kill_takes_the_dead_letters_of_its_story_away(connection: sqlite3.Connection) -> None:
    pipeline = driver(connection)
    first = story("Ostend")
    (kept,) = pipeline.process([first], [], None).stories
    lost = Casualty(
        stage="enrich",
        source="desk",
        document="a.xml",
        error="x",
        payload=b"Fog",
        payload_kind="story",
        story_id=kept.id,
    )
    pipeline.process([], [lost], None)
    pipeline.process(
        [replace(story("Ostend", minute=5), change="kill", status="canceled", headline="", body=[])], [], None
    )
    assert list(pipeline.dead_letters.list()) == []


class Fragile:
    """An enricher that cannot take one of the stories."""

    def enrich(self, stories: Sequence[Story]) -> list[Story]:
        if any("Harwich" in one.headline for one in stories):
            raise RecursionError("too deep")
        return list(stories)


def test_a_story_that_enrichment_cannot_take_is_whole_but_for_its_entities() -> None:
    results = enrich_each(Fragile(), [story("Ostend"), story("Harwich"), story("Esbjerg")])
    assert [result.error for result in results] == ["", "RecursionError: too deep", ""]
    assert results[1].story.body == story("Harwich").body
    assert "too deep" in results[1].story.entities_note
