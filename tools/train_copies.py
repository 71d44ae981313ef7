"""Learns the verdict on near copies from stories that are marked, and writes
pipeline/deduplicate/copies.json.

The stories are JSON lines in order of arrival: `id`, `ts`, `source`, `headline`, `body`, `cluster` (the same
story) and `relation` (`orig`, the kind of copy or of look-alike, `followup` for those not to learn from).
`--natural` names pairs of originals that are one story, and those of which nobody is sure, as people found
them. Needs catboost, for this alone:

pip install 'wirepipe[train]' && python tools/train_copies.py STORIES --natural tools/copies_natural.json"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

import pipeline.deduplicate
from pipeline.commands.dedupe import story_of
from pipeline.deduplicate import MemoryState
from pipeline.deduplicate.evidence import FEATURES
from pipeline.deduplicate.judge import MODEL, Judge, Model
from pipeline.deduplicate.near import NearCopies
from pipeline.settings import Dedupe
from pipeline.story import event_time

NAMES = [name for name, _ in FEATURES]
TREES, DEPTH, RATE = 240, 5, 0.1
LIKELY = 0.12
"""Pairs of originals that a first model, which never saw any, finds likelier than this were looked at by
people."""
NATURAL_COPY, NATURAL_OTHER = 2.0, 3.0
"""Weights of those: they are few, and what a desk really meets."""


class Pairs(NamedTuple):
    """Compared pairs: a row each."""

    evidence: NDArray[np.float64]
    same: NDArray[np.bool_]
    unsure: NDArray[np.bool_]
    natural: NDArray[np.bool_]
    """Both are originals."""


class Truth:
    """Which stories are one: the marked clusters, and originals that people found to be one."""

    def __init__(self, stories: list[dict[str, Any]], natural: dict[str, list[list[int]]]) -> None:
        self._cluster: dict[int, str] = {story["id"]: story["cluster"] for story in stories}
        self._joined: dict[str, str] = {}
        for a, b in natural["same"]:
            if a in self._cluster and b in self._cluster:
                self._joined[self.cluster(a)] = self.cluster(b)
        self._unsure = {
            frozenset((self.cluster(a), self.cluster(b)))
            for a, b in natural["unsure"]
            if a in self._cluster and b in self._cluster
        }

    def cluster(self, id: int) -> str:
        cluster = self._cluster[id]
        while self._joined.get(cluster, cluster) != cluster:
            cluster = self._joined[cluster]
        return cluster

    def unsure(self, a: int, b: int) -> bool:
        return frozenset((self.cluster(a), self.cluster(b))) in self._unsure


def main() -> int:
    """Trains and writes; the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    arguments.add_argument("stories", type=Path)
    arguments.add_argument("--natural", type=Path, help="pairs of originals as people judged them")
    arguments.add_argument("--until", default="", help="learn from stories before this time alone (ISO 8601)")
    arguments.add_argument(
        "--out", type=Path, default=Path(pipeline.deduplicate.__file__).parent / MODEL, help="the model file"
    )
    args = arguments.parse_args()
    stories = [json.loads(line) for line in args.stories.open("rb")]
    if args.until:
        stories = [story for story in stories if story["ts"] < args.until]
    natural = json.loads(args.natural.read_text()) if args.natural else {"same": [], "unsure": []}
    pairs = compared(stories, Truth(stories, natural))
    model = learnt(
        pairs, f"{len(stories)} stories of {args.stories.name}{' until ' + args.until if args.until else ''}"
    )
    args.out.write_bytes(msgspec.json.encode(model) + b"\n")
    print(f"{len(pairs.same)} pairs, {int(pairs.same.sum())} of one story; {args.out}", file=sys.stderr)
    return 0


def compared(stories: list[dict[str, Any]], truth: Truth) -> Pairs:
    """The evidence on every pair that the search compares, in the stream's own order."""
    rows = list(_compared(stories, truth))
    return Pairs(
        np.array([row[0] for row in rows]), *(np.array([row[i] for row in rows], np.bool_) for i in (1, 2, 3))
    )


def _compared(
    stories: list[dict[str, Any]], truth: Truth
) -> Iterator[tuple[NDArray[np.float64], bool, bool, bool]]:
    relation = {str(story["id"]): story["relation"] for story in stories}
    state = MemoryState(Dedupe())
    near = NearCopies(state, Dedupe(), Judge(untaught()))
    for record in stories:
        story = story_of(record)
        at = event_time(story)
        time = state.advance(at.timestamp() if at is not None else None)
        look = near.look(story, time)
        if look is None:
            continue
        near.remember(str(record["id"]), look)
        for seen in look.seen:
            kinds = (record["relation"], relation[seen.id])
            if "followup" in kinds:
                continue
            other = int(seen.id)
            same = truth.cluster(record["id"]) == truth.cluster(other)
            yield seen.evidence, same, truth.unsure(record["id"], other), kinds == ("orig", "orig")


def learnt(pairs: Pairs, note: str) -> Model:
    """A model of the pairs. Natural pairs come in by a second round: of the many that nobody looked at,
    those that the first round finds likely were; the rest are not one."""
    weights = np.ones(len(pairs.same))
    first = boosted(pairs, ~pairs.natural, weights)
    likely = pairs.natural & (first.predict_proba(pairs.evidence)[:, 1] > LIKELY)
    weights[pairs.natural & pairs.same] = NATURAL_COPY
    weights[likely & ~pairs.same] = NATURAL_OTHER
    final = boosted(pairs, ~pairs.unsure, weights)
    usual_other = likely | (~pairs.natural & ~pairs.same)
    return exported(
        final,
        note,
        np.median(pairs.evidence[pairs.same], axis=0),
        np.median(pairs.evidence[usual_other], axis=0),
    )


def boosted(pairs: Pairs, chosen: NDArray[np.bool_], weights: NDArray[np.float64]) -> Any:
    """A trained classifier; the same on every run."""
    from catboost import CatBoostClassifier

    made = CatBoostClassifier(
        iterations=TREES,
        depth=DEPTH,
        learning_rate=RATE,
        l2_leaf_reg=6,
        border_count=64,
        random_seed=1,
        thread_count=2,
        verbose=0,
        allow_writing_files=False,
    )
    return made.fit(pairs.evidence[chosen], pairs.same[chosen], sample_weight=weights[chosen])


def exported(
    made: Any, note: str, usual_copy: NDArray[np.float64], usual_other: NDArray[np.float64]
) -> Model:
    """The classifier's trees in the form that the judge reads."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        made.save_model(str(path), format="json")
        content = json.loads(path.read_text())
    scale, bias = content["scale_and_bias"]
    asks, above, leaves = [], [], []
    for tree in content["oblivious_trees"]:
        missing = DEPTH - len(tree["splits"])  # a shallow tree asks what nothing answers
        asks.append([split["float_feature_index"] for split in tree["splits"]] + [0] * missing)
        above.append([round(split["border"], 6) for split in tree["splits"]] + [1e30] * missing)
        leaves.append([round(value * scale, 5) for value in tree["leaf_values"]] * 2**missing)
    return Model(
        features=NAMES,
        trained_on=note,
        bias=bias[0] if isinstance(bias, list) else bias,
        asks=asks,
        above=above,
        leaves=leaves,
        usual_copy=[round(value, 4) for value in usual_copy.tolist()],
        usual_other=[round(value, 4) for value in usual_other.tolist()],
    )


def untaught() -> Model:
    """A model that knows nothing."""
    return Model(
        features=NAMES,
        trained_on="nothing",
        bias=0.0,
        asks=[[0] * DEPTH],
        above=[[0.0] * DEPTH],
        leaves=[[0.0] * 2**DEPTH],
        usual_copy=[0.0] * len(NAMES),
        usual_other=[0.0] * len(NAMES),
    )


if __name__ == "__main__":
    sys.exit(main())
