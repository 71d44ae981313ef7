"""What changed between two versions, told so that both texts can be had back from it."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from pipeline.story import Story
from pipeline.web.answers import Piece
from pipeline.web.changes import CELLS, changes, pieces

words = st.lists(st.sampled_from(["gale", "ferry", "Oslo,", "the", " ", "\n", "1,400"]), max_size=12)


def version(number: int, body: list[str], headline: str = "") -> Story:
    return Story(id="x", version=number, source="s", format="ninjs", headline=headline, body=body)


def sides(told: list[Piece]) -> tuple[str, str]:
    old = "".join(piece.text for piece in told if piece.kind != "added")
    return old, "".join(piece.text for piece in told if piece.kind != "removed")


@given(words, words)
def test_both_texts_come_back_whole(old: list[str], new: list[str]) -> None:
    before, after = " ".join(old), " ".join(new)
    assert sides(pieces(before, after)) == (before, after)


def test_only_the_word_that_changed_is_marked() -> None:
    told = pieces("Some 1,400 passengers waited", "Some 1,200 passengers waited")
    assert [(piece.kind, piece.text) for piece in told] == [
        ("same", "Some "),
        ("removed", "1,400"),
        ("added", "1,200"),
        ("same", " passengers waited"),
    ]


def test_a_word_put_first_leaves_the_rest_as_it_was() -> None:
    told = pieces("gale halts ferries", "Severe gale halts ferries")
    assert [(piece.kind, piece.text) for piece in told] == [
        ("added", "Severe "),
        ("same", "gale halts ferries"),
    ]


paragraphs = st.lists(st.text("ab ", max_size=6), max_size=8)


@given(paragraphs, paragraphs)
def test_every_paragraph_is_told_or_counted(old: list[str], new: list[str]) -> None:
    answer = changes(version(1, old), version(2, new))
    body = [passage for passage in answer.passages if passage.field == "body"]
    added = [passage for passage in body if any(piece.kind != "removed" for piece in passage.pieces)]
    assert 0 <= answer.unchanged <= len(new)
    for passage in added:
        assert passage.paragraph is not None
        assert sides(passage.pieces)[1] == new[passage.paragraph]


def test_an_edited_paragraph_beside_a_new_one_is_shown_as_edited() -> None:
    old = ["The first.", "Divers looked at the quay on Saturday.", "The last."]
    new = ["The first.", "Rain fell.", "Divers looked at the quay on Sunday.", "The last."]
    answer = changes(version(1, old), version(2, new))
    assert answer.unchanged == 2
    rain, divers = answer.passages
    assert [piece.kind for piece in rain.pieces] == ["added"]
    assert [piece.kind for piece in divers.pieces] == ["same", "removed", "added"]


def test_with_nothing_before_there_is_nothing_to_tell() -> None:
    answer = changes(None, version(1, ["One."], "Headline"))
    assert (answer.since, answer.passages, answer.unchanged) == (0, [], 1)


def test_fields_beside_the_body_are_compared_too() -> None:
    answer = changes(version(1, [], "Gale halts ferries"), version(2, [], "Gale stops ferries"))
    assert [passage.field for passage in answer.passages] == ["headline"]


def test_texts_beyond_the_bound_are_told_as_replaced_and_in_time() -> None:
    old = " ".join(f"a{n % 2}" for n in range(1_500))
    new = " ".join(f"a{n % 3}" for n in range(1_500))
    assert len(old.split()) * len(new.split()) > CELLS
    assert [piece.kind for piece in pieces(old, new)] == ["removed", "added"]
    began = time.process_time()
    changes(version(1, [old] * 400), version(2, [new] * 400))
    changes(version(1, ["a", "b"] * 40_000), version(2, ["b", "a", "c"] * 40_000))
    assert time.process_time() - began < 5
