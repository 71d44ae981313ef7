"""A small newsroom's day in a real index, and the app over it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from pipeline.index.sqlite import SqliteIndex
from pipeline.settings import Collect, Settings, Store, Web
from pipeline.store import open_store, transaction
from pipeline.story import Dateline, Entity, EntityType, Link, Location, Mention, Story, replace, story_id

DAY = datetime(2026, 3, 14, 8, 0, tzinfo=UTC)
NOW = DAY + timedelta(hours=10)

Known = tuple[str, EntityType, Link | None, tuple[str, ...]]


def _place(number: str, name: str, country: str, lat: float, lon: float) -> Link:
    return Link(scheme="geonames", id=number, name=name, country=country, location=Location(lat=lat, lon=lon))


NAMES: tuple[Known, ...] = (
    ("Ana Lindqvist", "person", None, ("Lindqvist",)),
    ("Teodor Brandt", "person", None, ("Brandt",)),
    ("Harbour Authority", "organisation", None, ()),
    ("Oslo", "place", _place("3143244", "Oslo", "NO", 59.91273, 10.74609), ()),
    ("Lisbon", "place", _place("2267057", "Lisbon", "PT", 38.71667, -9.13333), ()),
    ("Norway", "place", Link(scheme="iso3166", id="NO", name="Norway", country="NO"), ()),
    ("Norwegian", "group", None, ("Norwegians",)),
    ("Nordic Games", "event", None, ()),
)


def entities(headline: str, body: Sequence[str], names: Sequence[Known] = NAMES) -> list[Entity]:
    """The known names in a text, with exact offsets; the most mentioned first."""
    found = []
    for name, kind, link, others in names:
        pattern = re.compile("|".join(rf"\b{re.escape(n)}\b" for n in (name, *others)))
        mentions = [
            Mention(field=part, paragraph=at, start=m.start(), end=m.end(), text=m.group())
            for part, texts in (("headline", [headline]), ("body", body))
            for at, text in enumerate(texts)
            for m in pattern.finditer(text)
        ]
        if mentions:
            found.append(Entity(name=name, type=kind, salience=0.5, mentions=mentions, link=link))
    return sorted(found, key=lambda entity: -len(entity.mentions))


class Make(Protocol):
    """Makes a story, see `story_of`."""

    def __call__(
        self, source: str, family: str, headline: str, body: Sequence[str], minutes: float, **more: object
    ) -> Story: ...


def story_of(
    source: str, family: str, headline: str, body: Sequence[str], minutes: float, **more: object
) -> Story:
    """A story as the pipeline leaves it: enriched, numbered, `minutes` after the day begins."""
    at = DAY + timedelta(minutes=minutes)
    identity = story_id(source, family)
    story = Story(
        id=identity,
        version=1,
        source=source,
        provider=source.replace("-", " ").title(),
        guid=f"urn:{source}:{family}",
        family=family,
        format="ninjs",
        change="new",
        headline=headline,
        body=list(body),
        word_count=sum(len(p.split()) for p in body),
        text_hash=family,
        language="en",
        language_from="wire",
        published_at=at,
        collected_at=at + timedelta(seconds=2),
        processed_at=at + timedelta(seconds=3),
        cluster=identity,
        entities=entities(headline, body),
    )
    return replace(story, **more)


FERRY = (
    "The Harbour Authority in Oslo suspended all ferry crossings on Saturday after a mooring line parted during a gale.",
    "Ana Lindqvist, who leads the authority, said crossings would resume once divers had looked at the quay. “We won't"
    " guess,” Lindqvist told reporters.",
    "Some 1,400 passengers were put up in schools overnight. ⛴️ Teodor Brandt, a pilot, called it the worst gale in Norway"
    " since 1987.",
)


def day() -> list[Story]:
    """The stories of the day, in the order in which they came."""
    ferry = story_of(
        "northern-wire",
        "ferry",
        "Gale halts Oslo ferries",
        FERRY[:2],
        5,
        urgency=2,
        byline=["Mika Sand"],
        dateline=Dateline(text="OSLO, March 14", place="Oslo", country="NO", date="2026-03-14"),
        url="https://news.example/ferry",
    )
    updated = (FERRY[0].replace("a gale", "a severe gale"), *FERRY[1:])
    update = replace(
        ferry,
        version=2,
        change="update",
        headline="Severe gale halts Oslo ferries, 1,400 stranded",
        body=list(updated),
        published_at=DAY + timedelta(minutes=65),
        first_published_at=ferry.published_at,
        text_hash="ferry2",
        entities=entities("", updated),
    )
    corrected = (*updated[:2], updated[2].replace("1,400", "1,200"))
    correction = replace(
        update,
        version=3,
        change="correction",
        headline="Severe gale halts Oslo ferries, 1,200 stranded",
        body=list(corrected),
        published_at=DAY + timedelta(minutes=95),
        text_hash="ferry3",
        editor_note="Corrects number of passengers to 1,200, not 1,400.",
        entities=entities("", corrected),
    )
    rate = story_of(
        "meridian",
        "rates",
        "Lisbon council sets harbour rates",
        ["The council in Lisbon set rates for the year."],
        30,
    )
    killed = replace(
        rate, version=2, change="kill", status="canceled", published_at=DAY + timedelta(minutes=120)
    )
    copies = [
        story_of(
            source,
            "ferry",
            "Gale halts Oslo ferries",
            FERRY[:2],
            10 + at,
            copy_of=ferry.id,
            relation="exact",
            similarity=1.0,
            cluster=ferry.id,
        )
        for at, source in enumerate(("coast-daily", "evening-post", "port-news", "harbour-times", "sea-mail"))
    ]
    games = story_of(
        "meridian",
        "games",
        "Nordic Games open in Lisbon under clear skies",
        [
            "The Nordic Games opened in Lisbon on Saturday.",
            "Teodor Brandt lit the flame before 20,000 people.",
        ],
        200,
    )
    budget = story_of(
        "city-desk",
        "budget",
        "Council passes budget after long night",
        ["Members voted at dawn."],
        0,
        published_at=datetime(2026, 3, 14, tzinfo=UTC),
        published_precision="day",
    )
    arabic = story_of(
        "sharq",
        "port",
        "ميناء أوسلو يستأنف الرحلات بعد العاصفة",
        ["قالت هيئة الميناء إن الرحلات ستستأنف يوم الأحد."],
        240,
        language="ar",
        entities_note="no model for language 'ar'",
        entities=[],
    )
    emoji = story_of(
        "social", "emoji", "🎉🎉 Norway celebrates", ["🎉🎉 Norwegians in Norway danced 💃 in Oslo."], 260
    )
    return [budget, ferry, *copies, rate, update, correction, killed, games, arabic, emoji]


@dataclass
class Newsroom:
    """A store with the day's stories, open for more."""

    path: Path
    connection: sqlite3.Connection
    settings: Settings

    def put(self, *stories: Story) -> None:
        """Stories arrive."""
        with transaction(self.connection):
            SqliteIndex(self.connection).put(stories)


@pytest.fixture
def make() -> Make:
    """Makes stories for tests that need more of them."""
    return story_of


@pytest.fixture
def stories() -> list[Story]:
    """The stories of the day, in the order in which they came."""
    return day()


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    """The day's stories in a store of its own."""
    path = tmp_path / "wire.db"
    settings = Settings(
        store=Store(path=str(path)),
        collect=Collect(feeds=str(tmp_path / "feeds.toml")),
        web=Web(port=0, live_seconds=0.02, live_clients=3),
    )
    connection = open_store(path)
    with transaction(connection):
        SqliteIndex(connection)
    room = Newsroom(path, connection, settings)
    room.put(*day())
    yield room
    connection.close()
