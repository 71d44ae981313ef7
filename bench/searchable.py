"""How soon a story can be searched, on Kafka and Elasticsearch: one stream worker and one sink, with entities.

    WIRE_KAFKA_BROKERS=localhost:9092 WIRE_ELASTIC_URL=http://localhost:9200 \\
        python -m bench.searchable ../shared/wires/reuters21578 [--rate 50] [--stories 3000] [--backlog 3000]

Stories are published at a steady rate; a reader asks every tenth of a second which can be found. Then the worker is stopped while
a backlog is published at once, and timed from its start to the last story found. Memory is that of each service with its children
(pages that they share counted for each), MiB, before and after all of it. The servers share the machine with what is measured."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from confluent_kafka.admin import AdminClient
from elasticsearch import Elasticsearch

from bench.replay import loop, tree_memory
from bench.streams import FIRST, raw_stories, running, until
from pipeline.index.elastic import connect, set_up
from pipeline.kafka.connection import of_confluent
from pipeline.kafka.publish import BulkPublisher, Message
from pipeline.kafka.setup import set_up as set_up_topics
from pipeline.kafka.topics import topics
from pipeline.settings import Elastic, Kafka, load
from pipeline.story import replace

LOOK_SECONDS = 0.1


def main() -> None:
    """Prints the table and the JSON."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--rate", type=float, default=50.0, help="stories a second")
    arguments.add_argument("--stories", type=int, default=3_000, help="published at that rate")
    arguments.add_argument("--backlog", type=int, default=3_000, help="published at once")
    args = arguments.parse_args()
    settings = load(None, os.environ)
    mark = uuid.uuid4().hex[:8]
    kafka = replace(settings.kafka, prefix=f"bench{mark}.")
    elastic = replace(settings.elastic, prefix=f"bench{mark}-")
    stories = raw_stories(args.folder, FIRST + args.stories + args.backlog)
    set_up_topics(kafka, topics(kafka).all)
    with closing(connect(elastic)) as client:
        set_up(client, elastic)
        try:
            results = measured(kafka, elastic, client, stories, args.rate, args.stories)
        finally:
            client.indices.delete(index=list(client.indices.get(index=f"{elastic.prefix}*")))
            client.indices.delete_index_template(name=f"{elastic.prefix}*")
            admin = AdminClient(of_confluent(kafka))
            for done in admin.delete_topics([topic.name for topic in topics(kafka).all]).values():
                done.exception(30)
    for name, value in results.items():
        print(f"{name:<50} {value:>10,.3f}")
    print(json.dumps(results))


def measured(
    kafka: Kafka,
    elastic: Elastic,
    client: Elasticsearch,
    stories: Sequence[tuple[str, bytes]],
    rate: float,
    steady: int,
) -> dict[str, float]:
    """Runs the services on these topics and indices."""
    topic = topics(kafka).raw.name
    results: dict[str, float] = {"loop, ns a step": loop()}
    more = {"WIRE_ENRICH_ENABLED": "true", "WIRE_ELASTIC_PREFIX": elastic.prefix}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        publisher = stack.enter_context(closing(BulkPublisher(kafka)))
        sink = stack.enter_context(running(service("index"), kafka, Path(folder) / "sink", **more))

        def publish(some: Sequence[tuple[str, bytes]]) -> None:
            publisher.publish([Message(topic, key, value) for key, value in some])

        with running(service("process"), kafka, Path(folder) / "worker", **more) as worker:
            publish(stories[:FIRST])
            until(lambda: found(client, elastic) >= FIRST, [sink, worker])
            results |= {
                "worker, MiB at first": tree_memory(worker.pid),
                "sink, MiB at first": tree_memory(sink.pid),
            }
            waits = at_a_rate(client, elastic, stories[FIRST : FIRST + steady], rate, publish)
            results |= {"stories a second": rate, "p50, s": statistics.median(waits)}
            results |= {"p99, s": statistics.quantiles(waits, n=100)[98], "worst, s": max(waits)}
        publish(stories[FIRST + steady :])
        began = time.monotonic()
        with running(service("process"), kafka, Path(folder) / "worker", **more) as worker:
            until(lambda: found(client, elastic) > FIRST + steady, [sink, worker])
            results["backlog: first story found after, s"] = time.monotonic() - began
            first = time.monotonic()
            until(lambda: found(client, elastic) >= len(stories), [sink, worker])
            results["backlog: stories a second from then"] = (len(stories) - FIRST - steady) / (
                time.monotonic() - first
            )
            results |= {
                "worker, MiB in the end": tree_memory(worker.pid),
                "sink, MiB in the end": tree_memory(sink.pid),
            }
    return results


def service(name: str) -> list[str]:
    return [sys.executable, "-m", "pipeline.cli", name, "--port", "0"]


def at_a_rate(
    client: Elasticsearch,
    elastic: Elastic,
    stories: Sequence[tuple[str, bytes]],
    rate: float,
    publish: Callable[[Sequence[tuple[str, bytes]]], None],
) -> list[float]:
    """Seconds from publication until each could be found."""
    at: dict[str, float] = {}
    seen: dict[str, float] = {}

    def publish_all() -> None:
        began = time.monotonic()
        for number, story in enumerate(stories):
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
            at[story[0]] = time.monotonic()
            publish([story])

    publishing = threading.Thread(target=publish_all)
    publishing.start()
    while publishing.is_alive() or len(seen) < len(stories):
        if missing := [id for id in list(at) if id not in seen]:
            hits = client.search(
                index=f"{elastic.prefix}stories",
                query={"ids": {"values": missing}},
                size=len(missing),
                source=False,
            )["hits"]["hits"]
            now = time.monotonic()
            seen |= {hit["_id"]: now for hit in hits}
        time.sleep(LOOK_SECONDS)
    return [seen[id] - at[id] for id in at]


def found(client: Elasticsearch, elastic: Elastic) -> int:
    """Stories that readers find."""
    count: int = client.count(index=f"{elastic.prefix}stories")["count"]
    return count


if __name__ == "__main__":
    main()
