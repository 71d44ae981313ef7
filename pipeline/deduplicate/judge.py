"""The verdict on a pair of stories: how likely they are one, from the evidence, by a model of boosted
trees."""

from __future__ import annotations

import math
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.deduplicate.compiled import compiled
from pipeline.deduplicate.evidence import FEATURES
from pipeline.story import Record

MODEL: Final = "copies.json"
"""The model in this package; `tools/train_copies.py` writes it."""


class Model(Record, frozen=True):
    """Trees of equal depth that ask the same question at every node of a level."""

    features: list[str]
    """Names of the columns of evidence, as in FEATURES."""
    trained_on: str
    """What it was learnt from, for people."""
    bias: float
    asks: list[list[int]]
    """A tree's columns, a level each."""
    above: list[list[float]]
    """What the column is compared with there."""
    leaves: list[list[float]]
    """Log odds that a tree adds; the answer to its first question is the lowest bit of the leaf's number."""
    usual_copy: list[float]
    """Median evidence of two stories that are one."""
    usual_other: list[float]
    """Median evidence of two look-alikes that are not."""


class Reason(NamedTuple):
    """A piece of evidence that a verdict rests on."""

    name: str
    meaning: str
    value: float
    weight: float
    """Log odds that it adds to the two being one, against what it usually is in pairs of the other
    verdict."""


class Judge:
    """Judges pairs by a model."""

    def __init__(self, model: Model) -> None:
        """Raises ValueError for a model of other evidence than is computed here."""
        if model.features != [name for name, _ in FEATURES]:
            raise ValueError("the model was made for other evidence: run tools/train_copies.py again")
        self._model = model
        self._asks = np.array(model.asks, np.int64)
        self._above = np.array(model.above, np.float64)
        self._leaves = np.array(model.leaves, np.float64)

    def odds(self, evidence: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log odds that each pair, a row of FEATURES, is one story."""
        odds: NDArray[np.float64] = _odds(evidence, self._asks, self._above, self._leaves, self._model.bias)
        return odds

    def reasons(self, evidence: NDArray[np.float64], most: int) -> list[Reason]:
        """The evidence of one pair that its verdict rests on most, the weightiest first."""
        odds = self.odds(evidence[None, :])[0]
        usual = np.array(self._model.usual_other if odds > 0 else self._model.usual_copy)
        changed = np.repeat(evidence[None, :], len(FEATURES), axis=0)
        np.fill_diagonal(changed, usual)
        weights = odds - self.odds(changed)
        heaviest = np.argsort(-np.abs(weights), kind="stable")[:most]
        return [
            Reason(*FEATURES[i], round(float(evidence[i]), 3), round(float(weights[i]), 2))
            for i in heaviest.tolist()
            if abs(weights[i]) >= 0.05
        ]


def probability(odds: float) -> float:
    """Log odds as a probability."""
    return 1.0 / (1.0 + math.exp(-max(-500.0, odds)))


@cache
def trained() -> Judge:
    """A judge by the model that comes with the package."""
    content = (files("pipeline.deduplicate") / MODEL).read_bytes()
    return Judge(msgspec.json.decode(content, type=Model))


@compiled
def _odds(
    evidence: NDArray[np.float64],
    asks: NDArray[np.int64],
    above: NDArray[np.float64],
    leaves: NDArray[np.float64],
    bias: float,
) -> NDArray[np.float64]:
    odds = np.empty(len(evidence))
    for pair in range(len(evidence)):
        odds[pair] = bias
        for tree in range(len(asks)):
            leaf = 0
            for level in range(asks.shape[1]):
                leaf |= int(evidence[pair, asks[tree, level]] > above[tree, level]) << level
            odds[pair] += leaves[tree, leaf]
    return odds
