"""How fast the sink writes stories into Elasticsearch, beside `elasticsearch.helpers.parallel_bulk` of the same documents.

    python -m bench.sink ../shared/wires/reuters21578 [--url http://localhost:9200] [--stories 4000] [--rounds 3]

`write` takes stories as they come from Kafka, in batches as the sink has them: it makes the documents, sends them and sees to
every outcome. `parallel_bulk` has the very same documents (what readers see and every version, with external versions) ready in
memory. Each round runs both, in turns, into new indices; read the ratio, since both share the machine with the server. `replay`
is `write` of all again, which changes nothing."""

from __future__ import annotations

import argparse
import json
import statistics
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import parallel_bulk

from pipeline.clean import clean
from pipeline.collect.files import document_from_file
from pipeline.collect.formats import parse
from pipeline.index.elastic import ElasticIndex, connect, set_up
from pipeline.index.elastic.bulk import Action
from pipeline.index.elastic.mapping import Names
from pipeline.index.elastic.plan import Planner, home_of
from pipeline.run.sink import BATCH
from pipeline.settings import Elastic
from pipeline.story import Story, replace


def main() -> None:
    """Prints the table and the JSON."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("folder", type=Path, help="Reuters-21578, its .sgm files")
    arguments.add_argument("--url", default="http://localhost:9200")
    arguments.add_argument("--stories", type=int, default=4_000)
    arguments.add_argument("--rounds", type=int, default=3)
    args = arguments.parse_args()
    stories = read(args.folder, args.stories)
    print(f"{len(stories)} stories, {sum(len(story.body) for story in stories)} paragraphs")
    rates: dict[str, list[float]] = {"write": [], "parallel_bulk": [], "replay": []}
    for number in range(args.rounds):
        turns = [measure_write, measure_bulk] if number % 2 == 0 else [measure_bulk, measure_write]
        for turn in turns:
            for name, seconds in turn(args.url, stories).items():
                rates[name].append(len(stories) / seconds)
    report(rates)


def read(folder: Path, count: int) -> list[Story]:
    """The first stories of a folder's documents, clean and numbered."""
    stories: list[Story] = []
    for path in sorted(folder.rglob("*.sgm")):
        for raw in parse(document_from_file(path, source="bench")).stories:
            stories.append(replace(clean(raw), version=1, change="new"))
            if len(stories) == count:
                return stories
    return stories


def measure_write(url: str, stories: Sequence[Story]) -> dict[str, float]:
    """Seconds of the sink's way, and of all of it again."""
    with indices(url) as (client, settings):
        seconds = {}
        for name in ("write", "replay"):
            index = ElasticIndex(client, settings)

            def run(index: ElasticIndex = index) -> None:
                for first in range(0, len(stories), BATCH):
                    written = index.write(stories[first : first + BATCH])
                    assert all(one.outcome != "refused" for one in written)

            seconds[name] = timed(run)
            client.indices.refresh(index=f"{settings.prefix}stories")
            assert client.count(index=f"{settings.prefix}stories")["count"] == len(
                {story.id for story in stories}
            )
        return seconds


def measure_bulk(url: str, stories: Sequence[Story]) -> dict[str, float]:
    """Seconds of the client's own helper for the same documents."""
    with indices(url) as (client, settings):
        actions = documents(settings, stories)

        def run() -> None:
            sent = parallel_bulk(client, actions, raise_on_error=False)
            assert sum(1 for ok, _ in sent if ok) == len(actions)

        return {"parallel_bulk": timed(run)}


def documents(settings: Elastic, stories: Sequence[Story]) -> list[dict[str, Any]]:
    """What the sink writes, as the helper takes it."""
    now = datetime.now(UTC)
    moment = {"sequence": 1, "indexed_at": now.isoformat(), "latency_seconds": 1.0, "pipeline_seconds": 1.0}
    planner = Planner(Names(settings.prefix), lambda story: lambda: moment)
    return [
        as_helper(action)
        for story in stories
        for action in planner.plan(story, None, home_of(story, now)).actions
    ]


def as_helper(action: Action) -> dict[str, Any]:
    """An action in the helper's words."""
    extra = action.stamp() if action.stamp is not None else {}
    return {
        "_op_type": "index",
        "_index": action.target,
        "_id": action.id,
        "version": action.version,
        "version_type": "external",
        "_source": {**(action.document or {}), **extra},
    }


def timed(run: Callable[[], None]) -> float:
    """Seconds that it takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


@contextmanager
def indices(url: str) -> Iterator[tuple[Elasticsearch, Elastic]]:
    """Indices that are new, and gone afterwards."""
    settings = Elastic(url=url, prefix=f"bench{uuid.uuid4().hex[:8]}-")
    client = connect(settings)
    set_up(client, settings)
    try:
        yield client, settings
    finally:
        client.indices.delete(index=list(client.indices.get(index=f"{settings.prefix}*")))
        client.indices.delete_index_template(name=f"{settings.prefix}*")
        client.close()


def report(rates: dict[str, list[float]]) -> None:
    """The table, and a line of JSON."""
    found: dict[str, float] = {f"{name}, stories/s": statistics.median(own) for name, own in rates.items()}
    pairs = zip(rates["write"], rates["parallel_bulk"], strict=True)
    found["ratio: write / parallel_bulk"] = statistics.median(ours / theirs for ours, theirs in pairs)
    for name, value in found.items():
        print(f"{name:40} {value:10.2f}")
    print(json.dumps({"bench": "sink", **{name: round(value, 3) for name, value in found.items()}}))


if __name__ == "__main__":
    main()
