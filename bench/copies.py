"""How well and how fast copies are found, beside datasketch, rensa and exact Jaccard on the same stories in
the same run.

python bench/copies.py [--folder ../shared/wires/copies] [--since TIME] [--model FILE] [--json]

Stories before `--since` are given to every method and not scored. The model that comes with the package has
learnt from all of that set: for a fair figure give `--model` one that `tools/train_copies.py --until` made
from the stories before."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from math import comb
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pipeline.commands.dedupe import story_of
from pipeline.deduplicate import Deduplicator, MemoryState
from pipeline.deduplicate.judge import Judge, Model, trained
from pipeline.settings import Dedupe
from pipeline.story import Story

FOLDER = Path(__file__).parents[2] / "shared" / "wires" / "copies"
SINCE = "1987-04-07T11:18:44"
"""38 % of the set come after it."""
ALIKE = ("tmpl_day", "tmpl_company", "tmpl_quarter", "digest")
SHINGLE = 5
JACCARD = 0.5
PERMUTATIONS = 128


class Found(NamedTuple):
    """What a method made of the stories: each one's cluster, and what it took."""

    cluster: dict[str, str]
    seconds: float
    """Processor time from clean text on."""
    p99_milliseconds: float | None = None
    gib_per_million: float | None = None


def main() -> int:
    """Runs every method and prints the table."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    arguments.add_argument("--folder", type=Path, default=FOLDER)
    arguments.add_argument("--since", default=SINCE)
    arguments.add_argument("--model", type=Path)
    arguments.add_argument("--only", choices=sorted(METHODS), help="one method alone")
    arguments.add_argument("--json", action="store_true")
    args = arguments.parse_args()
    records = [json.loads(line) for line in (args.folder / "set_dev.stories.jsonl").open("rb")]
    pairs = [json.loads(line) for line in (args.folder / "set_dev.pairs.jsonl").open("rb")]
    stories = [msgspec.structs.replace(story_of(record), id=str(record["id"])) for record in records]
    judge = Judge(msgspec.json.decode(args.model.read_bytes(), type=Model)) if args.model else trained()
    rows = []
    for name in [args.only] if args.only else METHODS:
        found = METHODS[name](stories, judge)
        rows.append({"method": name, **scored(records, pairs, found, args.since)})
        if args.json:
            print(json.dumps(rows[-1]), flush=True)
    if not args.json:
        shown(rows)
    return 0


def scored(
    records: list[dict[str, Any]], pairs: list[dict[str, Any]], found: Found, since: str
) -> dict[str, Any]:
    """Pair F1 over the pairs that are marked, the adjusted Rand index of made copies and their originals,
    and how many look-alikes of each kind are in the cluster of what they look like."""
    scope = {str(record["id"]): record for record in records if record["ts"] >= since}
    verdicts = Counter(
        (pair["y"] == 1, found.cluster[str(pair["a"])] == found.cluster[str(pair["b"])])
        for pair in pairs
        if pair.get("y") in (0, 1) and str(pair["a"]) in scope and str(pair["b"]) in scope
    )
    right, wrong, missed = verdicts[True, True], verdicts[False, True], verdicts[True, False]
    sizes = Counter(record["cluster"] for record in scope.values())
    made = [id for id, record in scope.items() if sizes[record["cluster"]] > 1]
    out: dict[str, Any] = {
        "pair_f1": round(2 * right / (2 * right + wrong + missed), 4),
        "precision": round(right / (right + wrong), 4),
        "recall": round(right / (right + missed), 4),
        "ari": round(adjusted_rand((scope[id]["cluster"], found.cluster[id]) for id in made), 4),
    }
    for kind in ALIKE:
        alike = [
            record for record in scope.values() if record["relation"] == kind and record["neg_of"] is not None
        ]
        merged = sum(found.cluster[str(one["id"])] == found.cluster[str(one["neg_of"])] for one in alike)
        out[kind] = f"{merged}/{len(alike)}"
    out["stories_per_second"] = round(len(records) / found.seconds)
    out["p99_ms"] = found.p99_milliseconds
    out["gib_per_million"] = found.gib_per_million
    return out


def adjusted_rand(labels: Iterable[tuple[str, str]]) -> float:
    """Of pairs of true and found cluster: 1 where they agree, 0 by chance."""
    both = Counter(labels)
    true: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for (a, b), count in both.items():
        true[a] += count
        found[b] += count
    together, as_true, as_found = (
        sum(comb(count, 2) for count in counts.values()) for counts in (both, true, found)
    )
    expected = as_true * as_found / comb(sum(both.values()), 2)
    return (together - expected) / ((as_true + as_found) / 2 - expected)


def wirepipe(stories: list[Story], judge: Judge) -> Found:
    """This project's stage: versions, exact and near copies, in memory."""
    warm = Deduplicator(MemoryState(Dedupe()), Dedupe(), judge)
    for story in stories[:200]:
        warm.decide(story)
    stage = Deduplicator(MemoryState(Dedupe()), Dedupe(), judge)
    cluster: dict[str, str] = {}
    took = []
    for story in stories:
        begin = time.thread_time()
        decided = stage.decide(story)
        took.append(time.thread_time() - begin)
        assert isinstance(decided, Story)
        cluster[story.id] = cluster[decided.copy_of] if decided.copy_of else story.id
    return Found(
        cluster,
        sum(took),
        round(sorted(took)[len(took) * 99 // 100] * 1e3, 3),
        round(_bytes_a_story(stories, judge) * 1e6 / 2**30, 2),
    )


def _bytes_a_story(stories: list[Story], judge: Judge) -> float:
    """What sketches and their index take where none expires, as in a window full of stories."""
    settings = Dedupe(update_days=10_000)
    stage = Deduplicator(MemoryState(settings), settings, judge)
    for story in stories:
        stage.decide(story)
    return stage.bytes / len(stories)


def datasketch(stories: list[Story], judge: Judge) -> Found:
    """MinHash LSH of datasketch over 5-word shingles."""
    from datasketch import MinHash, MinHashLSH

    begin = time.process_time()
    index = MinHashLSH(threshold=JACCARD, num_perm=PERMUTATIONS)
    joined = Joined()
    for story in stories:
        sketch = MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch([shingle.encode() for shingle in shingles(story)])
        joined.add(story.id, index.query(sketch))
        index.insert(story.id, sketch)
    return Found(joined.clusters(), time.process_time() - begin)


def rensa(stories: list[Story], judge: Judge) -> Found:
    """MinHash LSH of rensa over 5-word shingles."""
    from rensa import RMinHash, RMinHashLSH

    begin = time.process_time()
    index = RMinHashLSH(threshold=JACCARD, num_perm=PERMUTATIONS, num_bands=64)
    joined = Joined()
    sketches: list[Any] = []
    for number, story in enumerate(stories):
        sketch = RMinHash(num_perm=PERMUTATIONS, seed=1)
        sketch.update(sorted(shingles(story)))
        near = [other for other in index.query(sketch) if sketch.jaccard(sketches[other]) >= JACCARD]
        joined.add(story.id, [stories[other].id for other in near])
        index.insert(number, sketch)
        sketches.append(sketch)
    return Found(joined.clusters(), time.process_time() - begin)


def jaccard(stories: list[Story], judge: Judge) -> Found:
    """Exact Jaccard over 5-word shingles, every pair with one in common."""
    begin = time.process_time()
    joined = Joined()
    having: dict[str, list[int]] = defaultdict(list)
    sizes: list[int] = []
    for number, story in enumerate(stories):
        own = shingles(story)
        common = Counter(other for shingle in own for other in having[shingle])
        joined.add(
            story.id,
            [
                stories[other].id
                for other, shared in common.items()
                if shared / (len(own) + sizes[other] - shared) >= JACCARD
            ],
        )
        for shingle in own:
            having[shingle].append(number)
        sizes.append(len(own))
    return Found(joined.clusters(), time.process_time() - begin)


METHODS: dict[str, Callable[[list[Story], Judge], Found]] = {
    "wirepipe": wirepipe,
    "datasketch": datasketch,
    "rensa": rensa,
    "jaccard": jaccard,
}


class Joined:
    """Connected clusters."""

    def __init__(self) -> None:
        self._of: dict[str, str] = {}

    def add(self, id: str, others: Iterable[str]) -> None:
        self._of[id] = id
        for other in others:
            self._of[self._root(id)] = self._root(other)

    def clusters(self) -> dict[str, str]:
        return {id: self._root(id) for id in self._of}

    def _root(self, id: str) -> str:
        while self._of[id] != id:
            self._of[id] = id = self._of[self._of[id]]
        return id


def shingles(story: Story) -> set[str]:
    words = f"{story.headline} {' '.join(story.body)}".casefold().split()
    return {" ".join(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1))}


def shown(rows: list[dict[str, Any]]) -> None:
    """A table for people."""
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for column in rows[0]:
        table.add_column(column)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    Console(width=180).print(table)


if __name__ == "__main__":
    sys.exit(main())
