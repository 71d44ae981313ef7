"""The enrich stage on the project's own labelled copy stays as good as it was."""

from __future__ import annotations

import pytest

from bench.entities import LABELLED, b_cubed, labelled, linking, ours, scores
from pipeline.enrich import Enricher
from pipeline.settings import Enrich


@pytest.fixture(scope="module")
def enricher() -> Enricher:
    return Enricher(Enrich())


@pytest.mark.parametrize(
    ("name", "main", "untyped"), [("labelled", 95, 96), ("modern", 89, 93), ("untouched", 84, 91)]
)
def test_recognition_resolution_and_links_hold_their_level(
    enricher: Enricher, name: str, main: float, untyped: float
) -> None:
    golds = labelled(LABELLED.with_stem(name))
    found = ours(golds, enricher)
    measured = scores(golds, found)
    assert measured["main"] >= main
    assert measured["untyped"] >= untyped
    assert b_cubed(golds, found) >= 97
    links = linking(golds, found)
    assert links["right"] >= 95
    assert links["linked"] >= 90
