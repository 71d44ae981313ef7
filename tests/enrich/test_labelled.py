"""The enrich stage on the project's own labelled copy stays as good as it was."""

from __future__ import annotations

from bench.entities import b_cubed, labelled, linking, ours, scores
from pipeline.enrich import Enricher
from pipeline.settings import Enrich


def test_recognition_resolution_and_links_hold_their_level() -> None:
    golds = labelled()
    found = ours(golds, Enricher(Enrich()))
    measured = scores(golds, found)
    assert measured["main"] >= 87
    assert measured["untyped"] >= 91
    assert b_cubed(golds, found) >= 98
    links = linking(golds, found)
    assert links["right"] >= 95
    assert links["linked"] >= 90
