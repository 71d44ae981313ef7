"""A replay of the seeds: what a newcomer sees first, the same on every run."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.collect.document import Document
from pipeline.index.sqlite import SqliteIndex
from pipeline.run.intake import Casualty, Read
from pipeline.run.replay import Order, paced, replay
from pipeline.run.report import JsonReport
from pipeline.run.tally import Summary
from pipeline.settings import Settings, Store
from pipeline.store import open_reader
from pipeline.story import Entity, Story

SEEDS = Path(__file__).parents[2] / "seeds"
SEED = "000_7faa1236c4f835ad"


class Watching:
    """Keeps what a replay tells."""

    def __init__(self) -> None:
        self.all: list[Story] = []
        self.casualties: Sequence[Casualty] = []

    def read(self, document: Document, read: Read) -> None: ...

    def stories(self, stories: Sequence[Story]) -> None:
        self.all += stories

    def done(self, summary: Summary, casualties: Sequence[Casualty]) -> None:
        self.casualties = casualties


def settings(folder: Path) -> Settings:
    return Settings(store=Store(path=str(folder / "wire.db")))


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Watching, Summary]:
    folder = tmp_path_factory.mktemp("replay")
    watching = Watching()
    summary = replay(Order(paths=[SEEDS]), settings(folder), watching)
    return folder, watching, summary


def entities(story: Story) -> dict[str, Entity]:
    found = {entity.name: entity for entity in story.entities}
    assert len(found) == len(story.entities), "an entity stands twice"
    return found


def test_the_seed_story_is_filed_as_a_careful_editor_would(replayed: tuple[Path, Watching, Summary]) -> None:
    (story,) = (story for story in replayed[1].all if story.guid == SEED)
    assert story.headline == "Russian security chief visits Tehran amid growing tensions in Middle East"
    assert story.byline == []
    assert (story.published_at, story.published_precision) == (datetime(2024, 8, 5, tzinfo=UTC), "day")
    assert (story.credit, story.provider, story.language) == ("Reuters", "Reuters", "en")
    assert "Top News" in story.keywords
    assert len(story.body) == 7
    assert story.body[0].startswith("A senior ally of President Vladimir Putin")
    assert story.body[-1].endswith("grave risks associated with such actions.")
    assert not any("\xa0" in paragraph or not paragraph.strip() for paragraph in story.body)


def test_the_seed_storys_entities_are_what_a_reader_finds(replayed: tuple[Path, Watching, Summary]) -> None:
    (story,) = (story for story in replayed[1].all if story.guid == SEED)
    found = entities(story)
    people = {name for name, entity in found.items() if entity.type == "person"}
    assert people == {
        "Sergei Shoigu",
        "Vladimir Putin",
        "Masoud Pezeshkian",
        "Ismail Haniyeh",
        "Ali Akbar Ahmadian",
        "Fuad Shukr",
    }
    for place, country in {
        "Russia": "RU",
        "Iran": "IR",
        "Israel": "IL",
        "Ukraine": "UA",
        "United States": "US",
        "Tehran": "IR",
        "Beirut": "LB",
        "Gaza": "PS",
        "Moscow": "RU",
    }.items():
        link = found[place].link
        assert found[place].type == "place"
        assert link is not None, place
        assert link.country == country
        assert link.location is not None
    for organisation in ("Hamas", "Hezbollah", "Security Council", "Islamic Revolutionary Guard Corps"):
        assert found[organisation].type == "organisation"
    assert {mention.text for mention in found["Ismail Haniyeh"].mentions} == {"Ismail Haniyeh", "Haniyeh"}
    assert {mention.text for mention in found["Sergei Shoigu"].mentions} == {"Sergei Shoigu", "Shoigu"}
    for entity in story.entities:
        assert not entity.name.lower().startswith("the ")
        assert not entity.name.endswith(("'s", "’s"))
        for mention in entity.mentions:
            text = story.body[mention.paragraph] if mention.field == "body" else getattr(story, mention.field)
            assert text[mention.start : mention.end] == mention.text


def test_versions_copies_kills_and_broken_files_are_what_they_are(
    replayed: tuple[Path, Watching, Summary],
) -> None:
    _, watching, summary = replayed
    ferry = [story for story in watching.all if story.source == "meridian-wire" and "FERRY" in story.family]
    assert [(story.version, story.change) for story in ferry] == [
        (1, "new"),
        (2, "update"),
        (3, "correction"),
    ]
    copies = {story.source for story in watching.all if story.copy_of == ferry[0].id}
    assert copies == {"harbour-post", "bay-ledger"}
    assert {casualty.document.rpartition("/")[2] for casualty in watching.casualties} == {
        "cut-off.xml",
        "photo.xml",
    }
    assert (summary.kills, summary.corrections, summary.dead) == (1, 1, 2)
    assert summary.collected == len(watching.all) + summary.same


def test_no_text_of_the_killed_story_is_in_the_store(replayed: tuple[Path, Watching, Summary]) -> None:
    folder, watching, _ = replayed
    (killed,) = (story for story in watching.all if story.change == "kill")
    files = b"".join(file.read_bytes() for file in folder.iterdir())
    assert b"people with knowledge of the matter" not in files
    with closing(open_reader(folder / "wire.db")) as connection:
        index = SqliteIndex(connection)
        notice = index.get(killed.id)
        assert notice is not None
        assert (notice.status, notice.headline, notice.body) == ("canceled", "", [])
        assert [seen.change for seen in notice.history] == ["new", "kill"]


def test_the_same_seeds_give_the_same_bytes_with_any_number_of_processes(tmp_path: Path) -> None:
    def bytes_of(processes: int) -> str:
        out = io.StringIO()
        replay(Order(paths=[SEEDS], processes=processes), settings(tmp_path), JsonReport(out))
        return out.getvalue()

    assert bytes_of(1) == bytes_of(2) != ""


def test_at_a_speed_stories_wait_for_their_time(replayed: tuple[Path, Watching, Summary]) -> None:
    waits: list[float] = []
    stories = [story for story in replayed[1].all if story.source == "meridian-wire"][:3]
    assert list(paced(stories, 60.0, now=lambda: sum(waits), sleep=waits.append)) == stories
    assert [round(wait, 1) for wait in waits] == [37.8, 45.5]
