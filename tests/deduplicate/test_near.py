"""Near copies: what is the same story in other words, what only looks like it, and what it costs."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from pipeline.clean.fingerprint import text_hash
from pipeline.deduplicate import Deduplicator, MemoryState, SqliteState
from pipeline.deduplicate.memory import Memory
from pipeline.deduplicate.sketch import MARKS, sketch
from pipeline.deduplicate.words import NUMBER, UNIT, Words
from pipeline.settings import Dedupe
from pipeline.story import Story, story_id

NOON = datetime(2024, 8, 5, 12, 0, tzinfo=UTC)
HARBOUR = [
    "The port authority of Marlow said on Monday it would close its eastern basin for 11 weeks while divers examine"
    " the quay wall, which began to lean after the storms of the spring.",
    "Ships bound for the grain terminal will be led to neighbouring Tarnhaven, where two extra pilots and a floating"
    " crane are to be stationed until October, harbour master Ida Brandt told reporters.",
    "The repair is expected to cost 46 million dollars, most of it borne by the insurers, and some 340 dockers are to"
    " be offered work on the dredgers meanwhile.",
    "Grain traders said the detour would add roughly 3 dollars a tonne to the price of northern wheat.",
]
FIXING = (
    "The Marlow central bank fixed the krone at {rate} to the euro on {day} from {before} a day earlier.",
    "Dealers said turnover was {turnover} million euros. The overnight rate stood at {overnight} percent and one-month"
    " money at {month} percent.",
    "Reserves were given as {reserves} million euros.",
)


def story(
    family: str, body: list[str], headline: str, minutes: float = 0, source: str = "wire", **more: Any
) -> Story:
    return Story(
        id=story_id(source, family),
        source=source,
        family=family,
        guid=family,
        format="test",
        headline=headline,
        body=body,
        text_hash=text_hash(headline, body),
        published_at=NOON + timedelta(minutes=minutes),
        **more,
    )


Decide = Callable[[Story], Story]


@pytest.fixture
def decide() -> Decide:
    stage = Deduplicator(MemoryState(Dedupe()), Dedupe())

    def published(given: Story) -> Story:
        decided = stage.decide(given)
        assert isinstance(decided, Story)
        return decided

    return published


HEAD = "Marlow port to close eastern basin for quay repair"
FIRST = story("a", HARBOUR, HEAD)


@pytest.fixture
def after(decide: Decide) -> Decide:
    """Decides once the first story is known."""
    decide(FIRST)
    return decide


def test_another_outlets_credit_and_boilerplate_make_no_other_story(after: Decide) -> None:
    body = [
        "By Ole Fenn, Tarnhaven Courier",
        *HARBOUR,
        "Subscribe to the Tarnhaven Courier for more like this.",
    ]
    copy = after(story("b", body, HEAD, 40, source="courier"))
    assert (copy.copy_of, copy.cluster) == (FIRST.id, FIRST.id)
    assert copy.relation == "near"
    assert copy.similarity is not None
    assert copy.similarity > 0.7


def test_the_same_sentences_under_a_wholly_new_headline_are_one(after: Decide) -> None:
    brief = [
        "A freighter ran aground off Cape Wren at dawn and its crew of nineteen was taken off by helicopter, unhurt."
    ]
    first = after(story("b", brief, "Freighter aground off cape"))
    again = after(story("c", brief, "Nineteen sailors rescued in morning drama", 90, source="courier"))
    assert (again.copy_of, again.relation) == (first.id, "near")
    assert after(story("d", brief, "A year on", 80 * 60, source="courier")).copy_of is None


def test_a_story_cut_from_the_bottom_is_contained(after: Decide) -> None:
    cut = after(story("b", HARBOUR[:1], HEAD, 25, source="courier"))
    assert (cut.copy_of, cut.relation) == (FIRST.id, "contains")


def test_units_and_abbreviations_are_written_as_the_outlet_likes(after: Decide) -> None:
    body = [p.replace("46 million dollars", "$46 mln").replace("3 dollars", "three dlrs") for p in HARBOUR]
    assert after(story("b", body, HEAD, 10, source="courier")).copy_of == FIRST.id


def test_an_update_with_a_new_lead_is_one(after: Decide) -> None:
    body = ["Marlow's port shut its eastern basin on Monday, leaving grain ships to wait.", *HARBOUR[1:]]
    update = after(story("b", body, HEAD, 55, change="update"))
    assert (update.copy_of, update.relation) == (FIRST.id, "update")


def test_a_correction_of_one_number_is_an_update(after: Decide) -> None:
    body = [p.replace("46 million", "64 million") for p in HARBOUR]
    correction = after(story("b", body, HEAD, 90, change="correction"))
    assert (correction.copy_of, correction.relation) == (FIRST.id, "update")


def test_the_next_days_use_of_a_template_is_another_story(decide: Decide) -> None:
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    rng = np.random.default_rng(7)
    for n, day in enumerate(days):
        numbers = {
            name: f"{value:.2f}"
            for name, value in zip(
                ("rate", "before", "overnight", "month"), rng.uniform(2, 9, 4), strict=True
            )
        }
        body = [
            p.format(day=day, turnover=rng.integers(40, 90), reserves=rng.integers(4000, 9000), **numbers)
            for p in FIXING
        ]
        fixed = decide(story(f"f{n}", body, f"Marlow krone fixed at {numbers['rate']}", n * 1440))
        assert fixed.copy_of is None, day


def test_another_companys_results_in_the_same_table_are_another_story(decide: Decide) -> None:
    table = "Shr {a} cts vs {b} cts\nNet {c},000 vs {d},000\nRevs {e} mln vs {f} mln"
    first = table.format(a=41, b=17, c=824, d=455, e="31.9", f="19.6")
    other = table.format(a=22, b=30, c=517, d=698, e="11.4", f="14.0")
    decide(story("a", [first], "HALVORSEN MILLS INC <HVM> 1ST QTR NET"))
    assert decide(story("b", [other], "TARN OPTICAL CORP <TOC> 1ST QTR NET", 15)).copy_of is None


def test_one_table_under_two_companies_names_is_no_exact_copy(decide: Decide) -> None:
    table = [
        "Shr 41 cts vs 17 cts\nNet 8,824,000 vs 4,555,000\nRevs 301.9 mln vs 196.4 mln\nAvg shrs 17,644,000"
    ]
    one = story("a", table, "HALVORSEN MILLS INC <HVM> 1ST QTR NET")
    two = story("b", table, "TARN OPTICAL CORP <TOC> 1ST QTR NET", 500)
    same_text = "00ff00ff00ff00ff"
    decide(story_with(one, same_text))
    assert decide(story_with(two, same_text)).relation != "exact"


def story_with(one: Story, text_hash: str) -> Story:
    from pipeline.story import replace

    return replace(one, text_hash=text_hash)


def test_a_story_outside_the_window_is_no_copy(after: Decide) -> None:
    body = ["By Ole Fenn, Tarnhaven Courier", *HARBOUR]
    assert after(story("b", body, HEAD, 80 * 60, source="courier")).copy_of is None


def test_a_correction_finds_its_story_after_the_window(after: Decide) -> None:
    body = [p.replace("46 million", "64 million") for p in HARBOUR]
    weigh = after(story("b", body, HEAD, 80 * 60, change="correction"))
    assert weigh.copy_of in (None, FIRST.id), "found if the verdict is sure, never another"
    assert after(story("c", body, HEAD, 20 * 24 * 60, change="correction")).copy_of != FIRST.id


@pytest.mark.parametrize(
    "text",
    [
        "日本銀行は月曜日、政策金利を引き上げると発表した。東の港は十一週間閉鎖され、穀物船は隣の港に回される。修理費は四十六億円に上る見込みで、大半は保険会社が負担する。港湾局長が記者団に語った。",
        "قالت هيئة ميناء مارلو يوم الاثنين إنها ستغلق الحوض الشرقي لمدة أحد عشر أسبوعا"
        " لفحص جدار الرصيف الذي مال بعد عواصف الربيع وستحول سفن الحبوب إلى الميناء المجاور حتى أكتوبر.",
        "Die Hafenbehörde von Marlow teilte am Montag mit, sie werde das östliche Becken für elf Wochen schließen,"
        " während Taucher die Kaimauer untersuchen, die sich nach den Frühjahrsstürmen geneigt hatte.",
    ],
    ids=["ja", "ar", "de"],
)
def test_any_language_in_any_script(decide: Decide, text: str) -> None:
    first = decide(story("a", [text], text[:30]))
    copy = decide(story("b", [text, "© 2024"], text[:30], 20, source="courier"))
    assert copy.copy_of == first.id


@pytest.mark.parametrize(
    "text",
    [
        "x " * 5_000_000,
        "same shingle again " * 500_000,
        "1 " * 1_000_000,
        "x" * 10_000_000,
        "\ud800\x00" * 10_000,
        "漢" * 1_000_000,
    ],
    ids=["word", "shingle", "number", "letters", "broken", "ideographs"],
)
def test_hostile_text_takes_bounded_time_and_room(text: str) -> None:
    words = Words()
    sketch("warm", "up", False, words)
    begin = time.thread_time()
    made = sketch(text, text, False, words)
    assert time.thread_time() - begin < 0.5
    assert len(made.marks) <= MARKS


def test_a_key_that_all_stories_share_costs_no_more(decide: Decide) -> None:
    """Stories made to collide: look-ups read a bounded number of candidates."""
    memory = Memory(10_000)
    signature = sketch("One headline for all of them", " ".join(HARBOUR), False, Words())
    for n in range(2_000):
        memory.add(str(n), memory.record(signature, n, 1), float(n + 1))
    found = memory.candidates(memory.record(signature, 5_000, 1))
    assert 0 < len(found.numbers) <= 8
    assert memory.id(int(found.numbers[0])) == "1999"


def test_the_oldest_sketches_make_room() -> None:
    words = Words()
    memory = Memory(1_000)
    for n in range(5_000):
        signature = sketch(
            f"Headline number {n} of very many", f"word{n} other{n} third{n} " * 40, False, words
        )
        memory.add(str(n), memory.record(signature, n, 1), float(n + 1))
    assert len(memory) == 1_000
    assert memory.id(memory.first) == "4000"
    memory.expire(4_900.0)
    assert memory.id(memory.first) == "4899"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1,247,000", "1247000"),
        ("132.0", "132"),
        ("٣٤", "34"),
        ("six", "6"),
        ("mln", "Million"),
        ("ÜBER", "über"),
    ],
)
def test_one_word_however_written(one: str, other: str) -> None:
    words = Words()
    assert words.codes(one, "")[0] >> np.uint64(8) == words.codes(other, "")[0] >> np.uint64(8)


def test_what_kind_of_word_it_is() -> None:
    codes, head = Words().codes("Rose 3.05 percent", "on Monday")
    assert head == 3
    assert [bool(code & NUMBER) for code in codes.tolist()] == [False, True, False, False, True]
    assert codes.tolist()[2] & UNIT


def test_a_restart_changes_no_decision() -> None:
    rng = np.random.default_rng(3)
    stories = []
    for n in range(60):
        body = [
            p.replace("Marlow", f"Town{n % 12}").replace("46", str(rng.integers(10, 99))) for p in HARBOUR
        ]
        if n % 3:
            body = body[: rng.integers(1, 5)]
        stories.append(
            story(f"s{n}", body, f"Town{n % 12} port to close basin", n * 13, source=f"wire{n % 4}")
        )
    memory = Deduplicator(MemoryState(Dedupe()), Dedupe())
    expected = [memory.decide(given) for given in stories]
    connection = sqlite3.connect(":memory:", isolation_level=None)
    state = SqliteState(connection, Dedupe())
    stage = Deduplicator(state, Dedupe())
    for n, given in enumerate(stories):
        if n % 7 == 0:
            state.flush()
            state = SqliteState(connection, Dedupe())
            stage = Deduplicator(state, Dedupe())
        if n % 11 == 0:
            state.flush()
            connection.execute("BEGIN")
            stage.decide(story(f"lost{n}", HARBOUR, HEAD, n * 13))
            state.flush()
            connection.execute("ROLLBACK")
            state.reload()
        assert stage.decide(given) == expected[n]
    assert any(isinstance(one, Story) and one.relation in ("near", "contains", "update") for one in expected)
    connection.close()


def test_it_says_why(decide: Decide) -> None:
    stage = Deduplicator(MemoryState(Dedupe()), Dedupe())
    stage.decide(FIRST)
    copy = story("b", ["By Ole Fenn, Tarnhaven Courier", *HARBOUR], HEAD, 40, source="courier")
    weighed = stage.weigh(copy)
    assert [one.id for one in weighed] == [FIRST.id]
    assert weighed[0].same
    assert weighed[0].reasons
    assert all(reason.meaning for reason in weighed[0].reasons)
    decided = stage.decide(copy)
    assert isinstance(decided, Story)
    assert decided.copy_of == FIRST.id
