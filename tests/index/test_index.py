"""What readers may rely on in the index: versions, corrections, kills, embargoes, search, filters, facets."""

from __future__ import annotations

import random
import re
import sqlite3
import string
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import store
from pipeline.index import AmbiguousId, FacetCount, Outcome, Query, StoryIndex
from pipeline.index.sqlite import SqliteIndex
from pipeline.story import (
    Change,
    Entity,
    EntityType,
    Link,
    Location,
    Mention,
    Story,
    Subject,
    replace,
    story_id,
)

NOON = datetime(2025, 3, 1, 12, tzinfo=timezone.utc)  # noqa: UP017 - also a zone of the old kind


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "wire.db"


@pytest.fixture(params=["sqlite", pytest.param("elastic", marks=pytest.mark.servers)])
def index(request: pytest.FixtureRequest, path: Path) -> Iterator[StoryIndex]:
    """Each of the two: what readers may rely on is the same."""
    if request.param == "sqlite":
        connection = store.open_store(path)
        yield SqliteIndex(connection)
        connection.close()
        return
    yield request.getfixturevalue("elastic_index")


def ferry(name: str = "ferry", version: int = 1, **fields: Any) -> Story:
    """A story about a ferry; its versions are an hour apart."""
    id = story_id("harbour-wire", name)
    at = NOON + timedelta(hours=version - 1)
    values: dict[str, Any] = {
        "source": "harbour-wire",
        "provider": "Harbour Wire",
        "format": "rss",
        "change": "new" if version == 1 else "update",
        "headline": f"Ferry {name} runs aground off Skagen, version {version}",
        "body": ["The ferry ran aground at dawn.", "All 213 passengers were taken ashore by lifeboat."],
        "language": "en",
        "published_at": at,
        "collected_at": at + timedelta(seconds=5),
        "processed_at": at + timedelta(seconds=6),
        "text_hash": f"hash of {name} {version}",
        "cluster": id,
    }
    return Story(id=id, version=version, **(values | fields))


def kill(name: str = "ferry", version: int = 2, **fields: Any) -> Story:
    headline = "KILL: the ferry story is wrong and must not be used"
    return ferry(name, version, **({"change": "kill", "status": "canceled", "headline": headline} | fields))


def entity(name: str, type: EntityType = "person", link: str = "", country: str | None = None) -> Entity:
    place = Location(lat=57.7, lon=10.6)
    return Entity(
        name=name,
        type=type,
        salience=0.5,
        mentions=[Mention(field="body", paragraph=0, start=0, end=len(name), text=name)],
        link=Link(scheme="geonames", id=link, name=name, country=country, location=place) if link else None,
    )


def names(index: StoryIndex, **query: Any) -> list[str]:
    """The headlines found, without what all have in common."""
    hits = index.search(Query(**query)).hits
    return [hit.story.headline.removeprefix("Ferry ").split(" runs aground")[0] for hit in hits]


def values(counts: list[FacetCount]) -> dict[str, int]:
    return {count.value: count.count for count in counts}


class TestVersions:
    def test_a_story_is_found_and_read_as_it_was_put(self, index: StoryIndex) -> None:
        story = ferry(
            entities=[entity("Skagen", "place", "2613939", "DK")], subjects=[Subject(code="1", name="x")]
        )
        assert index.put([story]) == ["indexed"]
        (hit,) = index.search(Query(text="lifeboat")).hits
        assert hit.story == story
        kept = index.get(story.id)
        assert kept is not None
        assert replace(kept, history=[]) == story
        assert [(line.version, line.change, line.headline) for line in kept.history] == [
            (1, "new", story.headline)
        ]

    def test_a_correction_replaces_and_the_old_text_is_no_longer_found(self, index: StoryIndex) -> None:
        corrected = ferry(version=2, change="correction", body=["All 312 passengers were taken ashore."])
        assert index.put([ferry(), corrected]) == ["indexed", "indexed"]
        assert names(index, text="213") == []
        assert names(index, text="312") == ["ferry"]
        assert index.search(Query()).total == 1
        assert index.version(corrected.id, 1) == ferry()
        kept = index.get(corrected.id)
        assert kept is not None
        assert [(line.version, line.change, line.at) for line in kept.history] == [
            (1, "new", NOON),
            (2, "correction", NOON + timedelta(hours=1)),
        ]

    def test_what_is_not_newer_changes_nothing(self, index: StoryIndex) -> None:
        index.put([ferry(version=2)])
        before, sequence = index.get(ferry().id), index.counts().sequence
        assert index.put([ferry(version=2, headline="Another"), ferry(version=1)]) == ["stale", "stale"]
        assert index.get(ferry().id) == before
        assert index.counts().sequence == sequence > 0

    def test_a_late_version_enters_the_history_alone(self, index: StoryIndex) -> None:
        late = ferry(
            version=3, late=True, headline="Ferry in trouble", published_at=NOON - timedelta(hours=1)
        )
        assert index.put([ferry(), ferry(version=2), late]) == ["indexed", "indexed", "late"]
        assert index.put([late]) == ["stale"]
        assert names(index, text="trouble") == []
        kept = index.get(late.id)
        assert kept is not None
        assert kept.version == 2
        assert [(line.version, line.late) for line in kept.history] == [(1, False), (2, False), (3, True)]
        assert index.version(late.id, 3) == late
        assert index.put([ferry(version=4)]) == ["indexed"]

    def test_a_late_version_that_comes_first_is_not_shown(self, index: StoryIndex) -> None:
        assert index.put([ferry(version=2, late=True)]) == ["late"]
        assert index.search(Query()).total == 0
        assert index.get(ferry().id) is None
        assert index.put([ferry()]) == ["indexed"]
        assert names(index) == ["ferry"]

    def test_the_beginning_of_an_id_is_enough(self, index: StoryIndex) -> None:
        stories = [ferry(f"f{n}") for n in range(40)]
        index.put(stories)
        for story in stories:
            found = index.get(story.id[:12])
            assert found is not None
            assert found.id == story.id
        with pytest.raises(AmbiguousId, match="more than one"):
            index.get(stories[0].id[:1])
        for nothing in ("", "zzz", "%", "\udcff", stories[0].id + "0"):
            assert index.get(nothing) is None
            assert index.version(nothing, 1) is None
            assert index.copies(nothing) == []

    def test_a_batch_that_cannot_be_encoded_is_not_begun(self, index: StoryIndex) -> None:
        with pytest.raises(UnicodeEncodeError):
            index.put([ferry(), ferry("b", headline="\ud800")])
        assert index.counts().stories == 0

    def test_what_was_rolled_back_can_be_put_again(self, path: Path) -> None:
        connection = store.open_store(path)
        index = SqliteIndex(connection)
        story = ferry(entities=[entity("Skagen", "place", "2613939", "DK"), entity("Ane Holm")])

        def put_and_fail() -> None:
            with store.transaction(connection):
                index.put([story])
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            put_and_fail()
        with store.transaction(connection):
            assert index.put([story]) == ["indexed"]
        assert names(index, place=["DK"], person=["ane holm"]) == ["ferry"]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.close()


class TestForgotten:
    """The de-duplicate stage forgets a story after some time. What the wire says of it then is counted from 1 again."""

    LATER = NOON + timedelta(days=40)

    def test_news_under_a_used_number_is_numbered_on(self, index: StoryIndex) -> None:
        index.put([ferry(), ferry(version=2)])
        anew = ferry(headline="Ferry raised at last", published_at=self.LATER, text_hash="raised")
        after = ferry(
            version=2, headline="Ferry towed", published_at=self.LATER + timedelta(hours=1), text_hash="towed"
        )
        assert index.put([anew, after]) == ["indexed", "indexed"]
        kept = index.get(anew.id)
        assert kept is not None
        assert (kept.headline, kept.version, kept.change) == ("Ferry towed", 4, "update")
        assert [line.version for line in kept.history] == [1, 2, 3, 4]
        assert index.put([ferry(), ferry(version=2), anew, after]) == ["stale"] * 4
        assert index.get(anew.id) == kept

    def test_its_kill_withdraws_all_of_it(self, index: StoryIndex) -> None:
        index.put([ferry(), ferry(version=2)])
        assert index.put([kill(version=1, published_at=self.LATER)]) == ["indexed"]
        assert names(index, text="ferry") == []
        for version in (1, 2):
            left = index.version(ferry().id, version)
            assert left is not None
            assert not left.headline
        assert (
            index.put([ferry(), ferry(version=2), kill(version=1, published_at=self.LATER)]) == ["stale"] * 3
        )
        assert names(index, text="ferry") == []

    def test_its_new_number_is_none_that_came_late(self, index: StoryIndex) -> None:
        index.put([ferry(), ferry(version=2, late=True, published_at=NOON - timedelta(hours=1))])
        assert index.put([ferry(headline="Raised", published_at=self.LATER, text_hash="raised")]) == [
            "indexed"
        ]
        kept = index.get(ferry().id)
        assert kept is not None
        assert (kept.headline, [line.version for line in kept.history]) == ("Raised", [1, 2, 3])


class TestKills:
    def test_a_killed_story_is_its_notice(self, index: StoryIndex) -> None:
        index.put([ferry(entities=[entity("Ane Holm")]), kill()])
        assert index.search(Query()).total == 0
        assert (
            names(index, text="ferry") == names(index, text="kill") == names(index, person=["Ane Holm"]) == []
        )
        assert index.facets(Query()).total == 0
        left = index.get(ferry().id)
        assert left is not None
        assert (left.status, left.change, left.version, left.source) == (
            "canceled",
            "kill",
            2,
            "harbour-wire",
        )
        assert left.published_at == NOON + timedelta(hours=1)
        assert (left.headline, left.body, left.text_hash, left.url, left.entities) == ("", [], "", "", [])
        assert [(line.version, line.headline, line.text_hash) for line in left.history] == [
            (1, "", ""),
            (2, "", ""),
        ]
        first = index.version(ferry().id, 1)
        assert first is not None
        assert not first.headline
        assert not first.body

    def test_its_notice_is_found_by_who_asks_for_kills_and_in_the_tail(self, index: StoryIndex) -> None:
        index.put([ferry(), ferry("b"), kill()])
        for query in (Query(change=["kill"]), Query(status=["canceled"])):
            assert [hit.story.id for hit in index.search(query).hits] == [ferry().id]
        assert [story.id for _, story in index.tail(None)] == [ferry("b").id, ferry().id]
        counts = index.counts()
        assert (counts.stories, counts.killed) == (1, 1)

    def test_a_kill_without_a_story_and_one_without_text_are_kills(self, index: StoryIndex) -> None:
        assert index.put([kill(version=1, headline="", body=[])]) == ["indexed"]
        left = index.get(ferry().id)
        assert left is not None
        assert left.change == "kill"

    def test_a_version_that_comes_late_after_a_kill_brings_no_text_back(self, index: StoryIndex) -> None:
        index.put([ferry(), kill(version=2)])
        assert index.put([ferry(version=3, late=True, published_at=NOON)]) == ["late"]
        late = index.version(ferry().id, 3)
        assert late is not None
        assert not late.headline
        assert not late.body

    def test_a_story_put_out_again_after_its_kill_is_shown_and_its_past_stays_gone(
        self, index: StoryIndex
    ) -> None:
        index.put([ferry(), kill(version=2), ferry(version=3, headline="Ferry afloat again")])
        assert [hit.story.version for hit in index.search(Query(text="afloat")).hits] == [3]
        first = index.version(ferry().id, 1)
        assert first is not None
        assert not first.headline
        late = ferry(version=4, late=True, published_at=NOON + timedelta(minutes=30))
        index.put([late])
        kept = index.version(late.id, 4)
        assert kept is not None
        assert not kept.headline

    def test_a_kill_that_comes_late_takes_what_is_older_than_it(self, index: StoryIndex) -> None:
        newest = ferry(version=2, published_at=NOON + timedelta(hours=2))
        index.put([ferry(), newest])
        assert index.put([kill(version=3, late=True, published_at=NOON + timedelta(hours=1))]) == ["late"]
        assert names(index) == ["ferry"]
        first = index.version(newest.id, 1)
        assert first is not None
        assert not first.headline
        assert index.version(newest.id, 2) == newest

    def test_no_word_of_it_is_left_in_the_files(self, path: Path) -> None:
        """Words of their own for each story: none of those killed may be in any byte of the store, whatever was
        merged, moved or replaced on the way; those of the others still lead to them."""
        chance = random.Random(5)

        def word() -> str:
            return "".join(chance.choices(string.ascii_lowercase, k=14))

        connection = store.open_store(path)
        index = SqliteIndex(connection)
        words: dict[str, list[str]] = {}
        for batch in range(16):
            stories = []
            for n in range(25):
                name = f"{batch}-{n}"
                for version in range(1, 1 + chance.choice([1, 1, 1, 2, 3])):
                    own = [word() for _ in range(9)]
                    words.setdefault(name, []).extend(own)
                    filler = "The harbour was closed for the day and reopened at dusk. " * chance.randrange(
                        1, 90
                    )
                    stories.append(
                        ferry(
                            name,
                            version,
                            headline=own[0],
                            summary=f"{own[1]} was seen",
                            body=[filler, f"{filler} {own[2]} and {own[3]}."],
                            url=f"https://harbour.example/{own[4]}",
                            guid=own[4],
                            family=own[4],
                            document=f"in/{own[4]}.xml",
                            keywords=[own[5]],
                            byline=[own[6]],
                            entities=[entity(own[7]), entity(own[8], "place", own[8], "DK")],
                        )
                    )
            with store.transaction(connection):
                index.put(stories)
        killed = set(chance.sample(sorted(words), 280))
        for n, name in enumerate(sorted(killed)):
            with store.transaction(connection):
                index.put([kill(name, 9, headline=words[name][0], body=[words[name][2]])])
                if n % 70 == 69:
                    assert index.scrub()
        with store.transaction(connection):
            assert not index.scrub()
        assert store.checkpoint(connection)
        content = b"".join(file.read_bytes() for file in path.parent.iterdir()).decode("latin-1")
        runs = re.findall(r"[a-z]{10,}", content)
        left = {run[n : n + 10] for run in runs for n in range(len(run) - 9)}
        # FTS5 leaves out the letters that a term shares with the one before it, so its end is looked for
        assert [w for name in sorted(killed) for w in words[name] if w[-10:] in left] == []
        assert any(w[-10:] in left for name in set(words) - killed for w in words[name])
        for name in sorted(set(words) - killed):
            assert names(index, text=words[name][-9]) != []
        connection.execute("INSERT INTO story_text (story_text, rank) VALUES ('integrity-check', 1)")
        connection.close()


class TestEmbargoes:
    AFTER = NOON + timedelta(hours=6)

    def embargoed(self, version: int = 1, **fields: Any) -> Story:
        return ferry(version=version, status="withheld", embargoed_until=self.AFTER, **fields)

    def test_it_is_nowhere_before_its_time_and_everywhere_after(self, index: StoryIndex) -> None:
        story = self.embargoed(entities=[entity("Ane Holm")])
        assert index.put([story, ferry("b")]) == ["indexed", "indexed"]
        assert names(index, text="ferry") == names(index) == ["b"]
        assert names(index, status=["withheld"]) == []
        assert index.get(story.id) is None
        assert index.version(story.id, 1) is None
        assert [kept.id for _, kept in index.tail(0)] == [ferry("b").id]
        assert (index.counts().stories, index.counts().withheld) == (1, 1)
        assert values(index.facets(Query()).person) == {}
        operators = index.get(story.id[:9], include_withheld=True)
        assert operators is not None
        assert replace(operators, history=[]) == story

        assert index.release(self.AFTER - timedelta(seconds=1)) == []
        assert index.release(self.AFTER) == [story.id]
        assert index.release(self.AFTER) == []
        assert sorted(names(index, text="ferry")) == ["b", "ferry"]
        kept = index.get(story.id)
        assert kept is not None
        assert kept.status == "usable"
        assert [kept.id for _, kept in index.tail(0)] == [ferry("b").id, story.id]
        assert values(index.facets(Query()).person) == {"Ane Holm": 1}
        assert index.counts().withheld == 0

    def test_until_then_readers_have_the_version_before(self, index: StoryIndex) -> None:
        update = self.embargoed(version=2, headline="Ferry captain arrested")
        index.put([ferry(), update])
        kept = index.get(update.id)
        assert kept is not None
        assert (kept.version, len(kept.history)) == (1, 1)
        assert names(index, text="arrested") == []
        assert index.version(update.id, 2) is None
        index.release(self.AFTER)
        assert [hit.story.version for hit in index.search(Query(text="arrested")).hits] == [2]

    def test_a_version_that_was_overtaken_does_not_come_back(self, index: StoryIndex) -> None:
        index.put([self.embargoed(), ferry(version=2)])
        assert index.release(self.AFTER) == []
        kept = index.get(ferry().id)
        assert kept is not None
        assert kept.version == 2

    def test_one_that_was_over_when_it_came_is_shown_at_once(self, index: StoryIndex) -> None:
        index.put([ferry(status="withheld", embargoed_until=NOON - timedelta(hours=1))])
        kept = index.get(ferry().id)
        assert kept is not None
        assert kept.status == "usable"

    def test_an_embargo_counts_whatever_the_status_says(self, index: StoryIndex) -> None:
        index.put([ferry(embargoed_until=self.AFTER)])
        assert index.get(ferry().id) is None

    def test_what_is_withheld_without_an_end_takes_the_story_back(self, index: StoryIndex) -> None:
        index.put([ferry(), ferry(version=2, status="withheld")])
        assert index.search(Query()).total == 0
        assert index.get(ferry().id) is None
        assert index.version(ferry().id, 1) is None
        assert index.release(NOON + timedelta(days=900)) == []
        index.put([ferry(version=3)])
        assert names(index) == ["ferry"]

    def test_a_kill_takes_what_was_waiting(self, index: StoryIndex) -> None:
        index.put([self.embargoed(), kill()])
        assert index.release(self.AFTER) == []
        first = index.version(ferry().id, 1, include_withheld=True)
        assert first is not None
        assert not first.headline


class TestSearch:
    @pytest.fixture
    def index(self, index: StoryIndex) -> StoryIndex:
        index.put(
            [
                ferry(
                    "a", headline="Oil prices rise", body=["Crude oil rose in Asia.", "OPEC met in Vienna."]
                ),
                ferry(
                    "b", headline="OPEC meets", body=["Ministers spoke of oil, gas and coal."], source="other"
                ),
                ferry(
                    "c", headline="Łódź café reopens", body=["Erdoğan came; so did Müller and Ñandú's owner."]
                ),
                ferry(
                    "d",
                    headline="俄罗斯安全会议秘书抵达德黑兰",
                    body=["俄罗斯总统普京的盟友。"],
                    language="zh-Hans",
                ),
                ferry("e", headline="東京で火災", body=["消防によると、バスが燃えた。"], language="ja"),
                ferry(
                    "f",
                    headline="وصل المسؤول إلى القاهرة",
                    body=["قال الرئيس إنّ المُحادثات مهمة."],
                    language="ar",
                ),
                ferry("g", headline="राष्ट्रपति दिल्ली पहुंचे", body=["हिन्दी समाचार।"], language="hi"),
                ferry("h", headline="대통령은 서울에 도착했다", body=["회담이 열렸다."], language="ko"),
                ferry("i", headline="Правительство ещё не решило", body=["Мой дом — Россия."], language="ru"),
                ferry("j", headline="นายกรัฐมนตรีเดินทางถึงกรุงเทพ", body=["ข่าววันนี้"], language="th"),
            ]
        )
        return index

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("oil", "ab"),
            ("OIL opec", "ab"),
            ('"crude oil"', "a"),
            ("“crude oil”", "a"),
            ('"oil crude"', ""),
            ("oil -crude", "b"),
            ('oil -"crude oil"', "b"),
            ("-oil -lodz headline:opec", ""),
            ("minist*", "b"),
            ("minist", ""),
            ('"oil gas co"*', ""),
            ('"gas and co"*', "b"),
            ("vienna OR coal", "ab"),
            ("oil vienna OR coal", "ab"),
            ("oil vienna OR nothing", "a"),
            ("headline:oil", "a"),
            ("title:opec body:gas", "b"),
            ('headline:"oil prices"', "a"),
            ("lodz", "c"),
            ("ŁÓDŹ CAFE", "c"),
            ("erdogan muller nandu's", "c"),
            ("俄罗斯", "d"),
            ("普京 德黑兰", "d"),
            ("罗俄", ""),
            ("東京", "e"),
            ("バス", "e"),
            ("ハス", ""),
            ("القاهره", "f"),
            ("المحادثات", "f"),
            ("हिन्दी", "g"),
            ("대통령", "h"),
            ("еще", "i"),
            ("мои", ""),
            ("กรุงเทพ", "j"),
        ],
    )
    def test_words_are_found(self, index: StoryIndex, text: str, found: str) -> None:
        ids = {ferry(name).id: name for name in "abcdefghij"}
        assert "".join(sorted(ids[hit.story.id] for hit in index.search(Query(text=text)).hits)) == found
        assert index.facets(Query(text=text)).total == len(found)
        assert sum(bin.count for bin in index.timeline(Query(text=text))) == len(found)

    def test_what_excludes_alone_leaves_the_rest(self, index: StoryIndex) -> None:
        assert index.search(Query(text="-oil")).total == 8

    def test_text_without_words_finds_nothing_and_no_text_finds_all(self, index: StoryIndex) -> None:
        assert index.search(Query(text="?! -- ...")).total == 0
        assert index.facets(Query(text="!")).total == 0
        assert index.timeline(Query(text="!")) == []
        assert index.search(Query(text="  ")).total == 10

    def test_a_match_in_the_headline_comes_first(self, index: StoryIndex) -> None:
        hits = index.search(Query(text="opec")).hits
        assert [hit.story.headline for hit in hits] == ["OPEC meets", "Oil prices rise"]
        assert hits[0].score > hits[1].score > 0

    def test_matches_are_marked_where_they_stand(self, index: StoryIndex) -> None:
        for text, headline, snippet in (
            ("opec oil", ["Oil"], ["oil"]),
            ("muller cafe", ["café"], ["Müller"]),
            ("俄罗斯", ["俄罗斯"], ["俄罗斯"]),
            ("المحادثات القاهرة", ["القاهرة"], ["المُحادثات"]),
            ("हिन्दी", [], ["हिन्दी"]),
        ):
            marked = [
                tuple([part.text[a:b] for a, b in part.marks] for part in (hit.headline, hit.snippet))
                for hit in index.search(Query(text=text)).hits
            ]
            assert (headline, snippet) in marked

    @settings(max_examples=150, deadline=None)
    @given(text=st.text(max_size=60) | st.text('ab"*-:()ORAND俄 \x00^+{}é', max_size=40))
    def test_no_text_is_an_error(self, text: str) -> None:
        index = everything()
        total = index.search(Query(text=text)).total
        assert index.facets(Query(text=text)).total == total
        index.search(Query(entity=[text], place=[text], source=[text], language=[text]))


class TestFilters:
    @pytest.fixture
    def index(self, index: StoryIndex) -> StoryIndex:
        putin, russia = entity("Vladimir Putin"), entity("Russia", "place", "2017370", "RU")
        moscow, paris = entity("Moscow", "place", "524901", "RU"), entity("Paris", "place", "2988507", "FR")
        index.put(
            [
                ferry(
                    "a", entities=[putin, russia, moscow, entity("Kremlin", "organisation")], language="en-GB"
                ),
                ferry("b", entities=[russia, paris], source="b-wire", provider="B Wire", change="update"),
                ferry("c", entities=[entity("Paris Hilton"), entity("Kremlin", "place")], language="fr"),
                ferry(
                    "d", published_at=NOON + timedelta(days=1), copy_of=ferry("a").id, cluster=ferry("a").id
                ),
                ferry("e", entities=[replace(russia, name="Russian Federation")], published_at=NOON),
            ]
        )
        return index

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"person": ["vladimir PUTIN"]}, "a"),
            ({"person": ["Putin"]}, "a"),
            ({"entity": ["Russia"]}, "abe"),
            ({"place": ["russian federation"]}, "abe"),
            ({"entity": ["geonames:2017370"]}, "abe"),
            ({"place": ["RU"]}, "abe"),
            ({"place": ["ru", "Paris"]}, "b"),
            ({"place": ["Russia"], "person": ["Putin"]}, "a"),
            ({"entity": ["Paris"]}, "b"),
            ({"entity": ["Hilton"]}, "c"),
            ({"organisation": ["Kremlin"]}, "a"),
            ({"place": ["Kremlin"]}, "c"),
            ({"entity": ["Kremlin"]}, "ac"),
            ({"person": ["Kremlin"]}, ""),
            ({"entity": ["Atlantis"]}, ""),
            ({"entity": ["?"]}, ""),
            ({"source": ["b-wire", "none"]}, "b"),
            ({"provider": ["b wire"]}, "b"),
            ({"change": ["update"]}, "b"),
            ({"language": ["en"]}, "abde"),
            ({"language": ["EN-gb"]}, "a"),
            ({"language": ["fr", "en-gb"]}, "ac"),
            ({"language": ["%", "e_"]}, ""),
            ({"without_copies": True}, "abce"),
            ({"since": NOON + timedelta(hours=1)}, "d"),
            ({"until": NOON + timedelta(hours=1)}, "abce"),
            ({"text": "ferry", "place": ["FR"]}, "b"),
        ],
    )
    def test_they_narrow(self, index: StoryIndex, query: dict[str, Any], found: str) -> None:
        ids = {ferry(name).id: name for name in "abcde"}
        page = index.search(Query(**query))
        assert "".join(sorted(ids[hit.story.id] for hit in page.hits)) == found
        assert page.total == len(found)

    def test_facets_count_each_story_once_and_their_values_are_filters(self, index: StoryIndex) -> None:
        facets = index.facets(Query())
        assert facets.total == 5
        assert values(facets.place) == {
            "geonames:2017370": 3,
            "geonames:524901": 1,
            "geonames:2988507": 1,
            "Kremlin": 1,
        }
        assert values(facets.country) == {"RU": 3, "FR": 1}
        assert values(facets.person) == {"Vladimir Putin": 1, "Paris Hilton": 1}
        assert values(facets.organisation) == {"Kremlin": 1}
        assert values(facets.source) == {"harbour-wire": 4, "b-wire": 1}
        assert values(facets.language) == {"en": 3, "en-GB": 1, "fr": 1}
        assert values(facets.change) == {"new": 4, "update": 1}
        assert facets.place[0].location == Location(lat=57.7, lon=10.6)
        for kind in ("person", "organisation", "place", "source", "provider", "change"):
            for count in getattr(facets, kind):
                query: dict[str, Any] = {kind: [count.value]}
                assert index.search(Query(**query)).total == count.count
        assert len(index.facets(Query(), limit=1).place) == 1

    def test_facets_are_of_what_was_found(self, index: StoryIndex) -> None:
        assert values(index.facets(Query(place=["Paris"])).place) == {
            "geonames:2988507": 1,
            "geonames:2017370": 1,
        }

    def test_an_entity_that_a_correction_dropped_is_gone(self, index: StoryIndex) -> None:
        index.put([ferry("c", version=2)])
        assert index.search(Query(person=["Paris Hilton"])).total == 0
        assert values(index.facets(Query()).person) == {"Vladimir Putin": 1}

    def test_copies_of_one_another_are_found_from_each(self, index: StoryIndex) -> None:
        a, d = ferry("a").id, ferry("d").id
        assert [story.id for story in index.copies(a)] == [d]
        assert [story.id for story in index.copies(d)] == [a]
        assert index.copies(ferry("b").id) == []
        index.put([kill("a")])
        assert index.copies(d) == []


class TestLists:
    def test_pages_are_parts_of_one_list(self, index: StoryIndex) -> None:
        index.put([ferry(f"{n:02}", published_at=NOON + timedelta(minutes=n % 7)) for n in range(30)])
        for query in (Query(limit=100), Query(text="ferry", limit=100), Query(order="newest", limit=100)):
            whole = [hit.story.id for hit in index.search(query).hits]
            pages = [index.search(replace(query, limit=7, offset=n)).hits for n in range(0, 35, 7)]
            assert [hit.story.id for page in pages for hit in page] == whole
            assert len(whole) == 30
        assert index.search(Query(limit=0)).total == 30

    def test_newest_is_by_event_time_and_stories_without_one_come_last(self, index: StoryIndex) -> None:
        index.put(
            [
                ferry("undated", published_at=None, collected_at=None),
                ferry("old", published_at=NOON - timedelta(days=30_000)),
                ferry("new", published_at=NOON.astimezone(timezone(timedelta(hours=-9)))),
                ferry("older", published_at=NOON - timedelta(microseconds=1)),
            ]
        )
        assert names(index) == ["new", "older", "old", "undated"]

    def test_the_timeline_counts_by_hour_day_month_and_minute(self, index: StoryIndex) -> None:
        times = [NOON, NOON + timedelta(minutes=59), NOON + timedelta(hours=1), NOON + timedelta(days=2)]
        index.put([ferry(f"{n}", published_at=at) for n, at in enumerate(times)])

        def bars(bucket: Any) -> list[tuple[datetime, int]]:
            return [(bin.start, bin.count) for bin in index.timeline(Query(), bucket)]

        midnight = NOON.replace(hour=0)
        assert bars("hour") == [(NOON, 2), (NOON + timedelta(hours=1), 1), (NOON + timedelta(days=2), 1)]
        assert bars("day") == [(midnight, 3), (midnight + timedelta(days=2), 1)]
        assert bars("month") == [(midnight, 4)]
        assert len(bars("minute")) == 4

    def test_the_tail_follows_changes_in_order(self, index: StoryIndex) -> None:
        index.put([ferry("a"), ferry("b"), ferry("c")])
        (b, _), (c, _) = latest = index.tail(None, 2)
        assert [story.id for _, story in latest] == [ferry("b").id, ferry("c").id]
        index.put([ferry("a", version=2)])
        changed = index.tail(b)
        assert [(n > c, story.id) for n, story in changed] == [(False, ferry("c").id), (True, ferry("a").id)]
        last = changed[-1][0]
        assert index.tail(last) == []
        index.expire(NOON + timedelta(days=1))
        index.put([ferry("d")])
        assert [(n > last, story.id) for n, story in index.tail(last)] == [(True, ferry("d").id)]

    def test_what_expires_is_gone_with_its_names(self, path: Path) -> None:
        connection = store.open_store(path)
        index = SqliteIndex(connection)
        index.put([ferry("a", entities=[entity("Ane Holm")]), ferry("a", 2), kill("b"), ferry("c", 9)])
        assert index.expire(NOON + timedelta(hours=2)) == 2
        assert names(index) == names(index, text="ferry") == ["c"]
        assert index.get(ferry("a").id) is None
        assert index.version(ferry("a").id, 1) is None
        assert connection.execute("SELECT count(*) FROM names").fetchone() == (0,)
        connection.close()

    def test_counts_say_what_each_source_has(self, index: StoryIndex) -> None:
        index.put(
            [
                ferry("a"),
                ferry("a", 2),
                ferry("b", source="s", copy_of=ferry("a").id),
                kill("c"),
                ferry("d", 3),
            ]
        )
        counts = index.counts()
        assert (counts.stories, counts.versions, counts.copies, counts.killed) == (3, 5, 1, 1)
        assert [(s.source, s.stories, s.last_event_at) for s in counts.sources] == [
            ("harbour-wire", 2, NOON + timedelta(hours=2)),
            ("s", 1, NOON),
        ]
        assert counts.sources[0].last_indexed_at == NOON + timedelta(hours=2, seconds=6)
        assert SqliteIndex(sqlite3.connect(":memory:", isolation_level=None)).counts().stories == 0


class TestReaders:
    def test_a_reader_sees_what_was_committed(self, path: Path) -> None:
        writer = store.open_store(path)
        written = SqliteIndex(writer)
        read = SqliteIndex(store.open_reader(path))
        with store.transaction(writer):
            written.put([ferry()])
            assert read.search(Query(text="ferry")).total == 0
        assert read.search(Query(text="ferry")).total == 1
        assert read.facets(Query()).total == 1

    def test_a_store_without_stories_says_how_to_get_some(self, path: Path) -> None:
        store.open_store(path).close()
        reader = store.open_reader(path)
        with pytest.raises(store.StoreMissing, match="wire replay"):
            SqliteIndex(reader)
        reader.close()


Step = tuple[str, int, Change, bool]
STEPS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(1, 6), st.sampled_from(get_args(Change)), st.booleans()),
    max_size=25,
)


@settings(max_examples=120, deadline=None)
@given(steps=STEPS, batch=st.integers(1, 6))
def test_the_index_is_the_newest_of_each_whatever_the_order(steps: list[Step], batch: int) -> None:
    """Against a dictionary: any order of versions, kills, late ones and repetitions, in any batches."""
    connection = store.open_store(":memory:")
    index = SqliteIndex(connection)
    stories = [
        kill(name, version, late=late) if change == "kill" else ferry(name, version, change=change, late=late)
        for name, version, change, late in steps
    ]
    newest: dict[str, Story] = {}
    seen: dict[str, set[int]] = {}
    expected: list[Outcome] = []
    for story in stories:
        versions = seen.setdefault(story.id, set())
        current = newest[story.id].version if story.id in newest else 0
        if story.version in versions or (not story.late and story.version <= current):
            expected.append("stale")
            continue
        versions.add(story.version)
        expected.append("late" if story.late else "indexed")
        if not story.late:
            newest[story.id] = story
    outcomes: list[Outcome] = []
    for n in range(0, len(stories), batch):
        outcomes += index.put(stories[n : n + batch])
    assert outcomes == expected
    live = {id: story for id, story in newest.items() if story.change != "kill"}
    for query in (Query(limit=100), Query(text="ferry", limit=100)):
        assert {hit.story.id: hit.story for hit in index.search(query).hits} == live
    for id, versions in seen.items():
        kept = index.get(id)
        assert (kept is None) == (id not in newest)
        if kept is not None:
            assert kept.version == newest[id].version
            assert [line.version for line in kept.history] == sorted(versions)
            if kept.change == "kill":
                assert all(not line.headline for line in kept.history)
    sequences = [sequence for sequence, _ in index.tail(0)]
    assert sequences == sorted(set(sequences))
    assert len(sequences) == len(newest)
    again = index.put(stories)
    assert set(again) <= {"stale"}
    connection.execute("INSERT INTO story_text (story_text, rank) VALUES ('integrity-check', 1)")
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


def everything() -> StoryIndex:
    """A small index in memory."""
    index = SqliteIndex(store.open_store(":memory:"))
    index.put([ferry("a"), ferry("b", headline="俄罗斯 abé", entities=[entity("OR")])])
    return index
