"""A dead letter is kept whole, counted when it happens again, found by its id's beginning, and taken away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import store
from pipeline.dead_letters import DeadLetters, NoSuchDeadLetter

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
BROKEN: dict[str, Any] = {
    "stage": "parse",
    "source": "harbour-wire",
    "document": "https://harbour.example/rss",
    "item": 3,
    "error": "item 3 has neither title nor text: ask the feed's owner",
    "payload": b"<item>\x00\xff</item>",
    "payload_kind": "document",
    "content_type": "text/xml",
    "collected_at": NOON,
}


@pytest.fixture
def letters() -> Iterator[DeadLetters]:
    connection = store.open_store(":memory:")
    yield DeadLetters(connection)
    connection.close()


def test_it_is_kept_whole(letters: DeadLetters) -> None:
    letter = letters.get(letters.put(**BROKEN, at=NOON))
    for name, value in BROKEN.items():
        assert getattr(letter, name) == value
    assert (letter.first_at, letter.last_at, letter.times, letter.retried_at) == (NOON, NOON, 1, None)
    assert letter.size == len(letter.payload)


def test_the_same_failure_again_is_counted(letters: DeadLetters) -> None:
    first = letters.put(**BROKEN, at=NOON)
    assert letters.put(**BROKEN, at=NOON + timedelta(hours=1)) == first
    (letter,) = letters.list()
    assert (letter.times, letter.first_at, letter.last_at) == (2, NOON, NOON + timedelta(hours=1))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("stage", "clean"),
        ("source", "b"),
        ("document", "b"),
        ("item", None),
        ("error", "b"),
        ("payload", b"b"),
    ],
)
def test_whatever_differs_is_another(letters: DeadLetters, field: str, value: object) -> None:
    letters.put(**BROKEN, at=NOON)
    letters.put(**(BROKEN | {field: value}), at=NOON)
    assert len(list(letters.list())) == 2


def test_listing_leaves_the_payloads_out_and_narrows(letters: DeadLetters) -> None:
    letters.put(**BROKEN, at=NOON)
    letters.put(**(BROKEN | {"stage": "enrich", "source": "b"}), at=NOON - timedelta(hours=1))
    assert [letter.stage for letter in letters.list()] == ["enrich", "parse"]
    assert [letter.stage for letter in letters.list(stage="parse")] == ["parse"]
    assert [letter.stage for letter in letters.list(source="b")] == ["enrich"]
    assert not any(letter.payload for letter in letters.list())
    assert letters.count_by_stage() == {"enrich": 1, "parse": 1}


def test_the_beginning_of_an_id_is_enough_where_it_is_the_only_one(letters: DeadLetters) -> None:
    ids = [letters.put(**(BROKEN | {"item": n}), at=NOON) for n in range(30)]
    assert letters.get(ids[0][:15]).id == ids[0]
    digit = next(i[0] for i in ids if sum(other[0] == i[0] for other in ids) > 1)
    with pytest.raises(NoSuchDeadLetter, match="more than one"):
        letters.get(digit)
    for nothing in ("", "zz", "%", "'"):
        with pytest.raises(NoSuchDeadLetter, match="no dead letter"):
            letters.get(nothing)


def test_it_is_marked_when_sent_again_and_goes_when_removed(letters: DeadLetters) -> None:
    identity = letters.put(**BROKEN, at=NOON)
    letters.mark_retried(identity, NOON)
    assert letters.get(identity).retried_at == NOON
    assert letters.remove(identity)
    assert not letters.remove(identity)
    assert letters.count_by_stage() == {}


def test_a_killed_story_takes_its_dead_letters_with_it(letters: DeadLetters) -> None:
    letters.put(**(BROKEN | {"story_id": "aa"}), at=NOON)
    letters.put(**(BROKEN | {"story_id": "bb", "item": 4}), at=NOON)
    assert letters.remove_story("aa") == 1
    assert [letter.story_id for letter in letters.list()] == ["bb"]


def test_a_name_that_is_no_unicode_is_kept_readable(letters: DeadLetters) -> None:
    letters.put(**(BROKEN | {"document": "caf\udce9.xml", "error": "\ud800"}), at=NOON)
    (letter,) = letters.list()
    assert letter.document == "caf\\udce9.xml"


def test_a_reader_of_a_store_without_any_sees_none(tmp_path: Path) -> None:
    store.open_store(tmp_path / "wire.db").close()
    reader = store.open_reader(tmp_path / "wire.db")
    assert list(DeadLetters(reader).list()) == []
    assert DeadLetters(reader).count_by_stage() == {}
    reader.close()
