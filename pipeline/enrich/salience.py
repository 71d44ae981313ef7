"""How much a story is about each of its entities."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pipeline.enrich.consistency import begins_sentence
from pipeline.enrich.passages import Passage
from pipeline.enrich.resolve import Cluster

_KIND = {"person": 1.35, "organisation": 1.1, "place": 0.9, "event": 0.9, "product": 0.9, "group": 0.5}
"""People act; places are where; a nationality mostly qualifies something else."""


def salience(clusters: Sequence[Cluster], found: Sequence[Passage]) -> list[float]:
    """0 to 1 for each entity, the main one 1: where it first stands, how often it is named, whether it opens sentences."""
    order: dict[int, int] = {}
    depth = 0
    for number, passage in enumerate(found):
        order[number] = depth if passage.field == "body" else -1
        depth += passage.field == "body"
    scores = [_score(cluster, found, order) for cluster in clusters]
    most = max(scores, default=1.0)
    return [round(score / most, 3) for score in scores]


def _score(cluster: Cluster, found: Sequence[Passage], order: dict[int, int]) -> float:
    place = 0.0
    subject = 0
    body = set()
    for span in cluster.spans:
        passage = found[span.passage]
        match passage.field:
            case "headline":
                place = max(place, 2.4 if span.start < 3 else 2.0)
            case "summary":
                place = max(place, 1.2)
            case _:
                place = max(place, 1.6 / (1 + 0.25 * order[span.passage]))
        body.add(span.passage)
        subject += begins_sentence(passage.cased, span.start)
    count = len(cluster.spans)
    return _KIND[cluster.type] * (
        place + math.log2(1 + count) + 0.5 * math.log2(1 + subject) + 0.3 * math.log2(1 + len(body))
    )
