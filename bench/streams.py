"""How fast stories move from Kafka to Kafka: the stream workers without entities, beside a Faust agent and an aiokafka consumer
that only forward.

    WIRE_KAFKA_BROKERS=localhost:9092 python -m bench.streams ../shared/wires/reuters21578 [--stories 5000]

All run one after another on the same stories and brokers; read the ratios, since machines are shared and noisy. Each gets a few
stories to begin with, once all are in their group, so that neither loading nor sharing out is in the figures; then it is timed
from the moment that all stories are published to the last one's arrival on the last topic. Noise spoils least the processor time
of a story, of all processes of the one that is measured. A forwarder moves a story once, the worker three times, cleaning,
deciding and remembering on the way."""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from bench.replay import loop
from pipeline.collect.files import document_from_file
from pipeline.collect.formats import parse
from pipeline.kafka.connection import brokers, of_confluent
from pipeline.kafka.groups import members
from pipeline.kafka.publish import BulkPublisher, Message
from pipeline.kafka.setup import set_up
from pipeline.kafka.topics import PROCESSORS, topics
from pipeline.settings import Kafka, load
from pipeline.story import encode, replace, story_id

FIRST = 100
"""Stories that each is warmed with."""
PATIENCE = 600.0
BATCH = 500

FORWARDERS = {
    "Faust, forwards one by one": "faust",
    "Faust, forwards in batches": "faust-batches",
    "aiokafka, forwards": "aiokafka",
}


def main() -> None:
    """Prints the table and the JSON."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--stories", type=int, default=5000)
    arguments.add_argument("--partitions", type=int, default=4)
    arguments.add_argument("--forward", choices=list(FORWARDERS.values()), help=argparse.SUPPRESS)
    args = arguments.parse_args()
    kafka = replace(load(None, os.environ).kafka, partitions=args.partitions)
    if args.forward:
        forward(args.forward, kafka)
        return
    stories = raw_stories(args.folder, args.stories + FIRST)
    results: dict[str, float] = {"loop, ns a step": loop()}
    for name, kind in FORWARDERS.items():
        command = [sys.executable, "-m", "bench.streams", str(args.folder), "--forward", kind]
        results |= named(name, measured(kafka, stories, [[*command, "--partitions", str(args.partitions)]]))
    process = [sys.executable, "-m", "pipeline.cli", "process", "--port", "0"]
    results |= named("worker, three stages", measured(kafka, stories, [process]))
    results |= named("two workers, three stages", measured(kafka, stories, [process, process]))
    one = results["worker, three stages, stories/s"]
    for name in FORWARDERS:
        results[f"ratio: worker / {name}"] = one / results[f"{name}, stories/s"]
    results["ratio: two workers / one"] = results["two workers, three stages, stories/s"] / one
    for name, value in results.items():
        print(f"{name:<60} {value:>10,.3f}")
    print(json.dumps(results))


def named(name: str, figures: dict[str, float]) -> dict[str, float]:
    return {f"{name}, {figure}": value for figure, value in figures.items()}


def raw_stories(folder: Path, count: int) -> list[tuple[str, bytes]]:
    """Raw stories of the folder's files with their keys, in order."""
    found: dict[str, bytes] = {}
    for file in sorted(folder.rglob("*.sgm")):
        for raw in parse(document_from_file(file)).stories:
            found.setdefault(story_id(raw.source, raw.family), encode(raw))
            if len(found) == count:
                return list(found.items())
    return list(found.items())


def measured(
    kafka: Kafka, stories: Sequence[tuple[str, bytes]], commands: Sequence[Sequence[str]]
) -> dict[str, float]:
    """Stories a second and processor time of what the commands start, on topics of their own."""
    kafka = replace(kafka, prefix=f"bench{uuid.uuid4().hex[:8]}.")
    wanted = topics(kafka)
    set_up(kafka, wanted.all)
    try:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            started = [
                stack.enter_context(running(command, kafka, Path(folder) / str(number)))
                for number, command in enumerate(commands)
            ]
            publisher = stack.enter_context(closing(BulkPublisher(kafka)))

            def publish(some: Sequence[tuple[str, bytes]]) -> None:
                publisher.publish([Message(wanted.raw.name, key, value) for key, value in some])

            group = kafka.prefix + PROCESSORS
            until(lambda: members(kafka, [group])[group] == len(started), started)
            publish(stories[:FIRST])
            until(lambda: count(kafka, wanted.enriched.name) >= FIRST, started)
            used = sum(processor_seconds(process.pid) for process in started)
            publish(stories[FIRST:])
            began = time.monotonic()
            until(lambda: count(kafka, wanted.enriched.name) >= len(stories), started)
            seconds = time.monotonic() - began
            used = sum(processor_seconds(process.pid) for process in started) - used
    finally:
        admin = AdminClient(of_confluent(kafka))
        for done in admin.delete_topics([topic.name for topic in wanted.all]).values():
            done.exception(30)
    moved = len(stories) - FIRST
    return {"stories/s": moved / seconds, "processor time, ms/story": 1000 * used / moved}


@contextmanager
def running(
    command: Sequence[str], kafka: Kafka, folder: Path, **more: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A process on these topics, within the block. `more` variables are laid over the environment."""
    environment = os.environ | {
        "WIRE_KAFKA_PREFIX": kafka.prefix,
        "WIRE_KAFKA_PARTITIONS": str(kafka.partitions),
        "WIRE_STREAMS_FOLDER": str(folder),
        "WIRE_ENRICH_ENABLED": "false",
        "WIRE_LOG_LEVEL": "error",
        **more,
    }
    with subprocess.Popen(command, env=environment, start_new_session=True) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def until(what: Callable[[], bool], started: Sequence[subprocess.Popen[bytes]]) -> None:
    """Returns once it holds."""
    end = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > end or any(process.poll() is not None for process in started):
            sys.exit("what is measured does not finish")
        time.sleep(0.05)


def count(kafka: Kafka, topic: str) -> int:
    """Messages on a topic."""
    with closing(Consumer({**of_confluent(kafka), "group.id": kafka.prefix + "bench"})) as consumer:
        consumer.list_topics(topic, timeout=30)  # where its partitions are
        ends = [
            consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=30)[1]
            for number in range(kafka.partitions)
        ]
        return sum(ends)


def processor_seconds(root: int) -> float:
    """Of a process and its descendants that are still there."""
    children: dict[int, list[int]] = {}
    ticks: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text("ascii", "replace").rsplit(")", 1)[1].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
            ticks[int(entry.name)] = int(fields[11]) + int(fields[12])
    total, todo = 0, [root]
    while todo:
        pid = todo.pop()
        todo += children.get(pid, [])
        total += ticks.get(pid, 0)
    return total / os.sysconf("SC_CLK_TCK")


def forward(kind: str, kafka: Kafka) -> None:
    """What the worker is measured against: moves what is on the first topic to the last."""
    if kind == "aiokafka":
        asyncio.run(forward_plainly(kafka))
        return
    import faust

    source, sink = topics(kafka).raw.name, topics(kafka).enriched.name
    app = faust.App(
        kafka.prefix + "process",
        broker=[f"aiokafka://{one}" for one in brokers(kafka)],
        broker_session_timeout=10.0,
        broker_heartbeat_interval=3.0,
        key_serializer="raw",
        value_serializer="raw",
        producer_acks=-1,
        stream_wait_empty=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        datadir=os.environ["WIRE_STREAMS_FOLDER"],
        web_enabled=False,
        autodiscover=False,
    )
    given, to = app.topic(source), app.topic(sink)

    async def one_by_one(stream: Any) -> None:
        async for event in stream.events():
            await to.send(key=event.key, value=event.value)

    async def in_batches(stream: Any) -> None:
        async for events in stream.noack_take(BATCH, within=0.05):
            sent = [await app.producer.send(sink, e.key, e.value, None, None, None) for e in events]
            await asyncio.gather(*sent)
            for event in events:
                await stream.ack(event)

    app.agent(given, name="forward")(one_by_one if kind == "faust" else in_batches)
    faust.Worker(
        app, redirect_stdouts=False, quiet=True, stdout=io.StringIO(), loglevel="error"
    ).execute_from_commandline()


async def forward_plainly(kafka: Kafka) -> None:
    """By aiokafka alone."""
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    consumer = AIOKafkaConsumer(
        topics(kafka).raw.name, bootstrap_servers=brokers(kafka), group_id=kafka.prefix + "process",
        enable_auto_commit=False, auto_offset_reset="earliest",
    )  # fmt: skip
    async with consumer, AIOKafkaProducer(bootstrap_servers=brokers(kafka), acks="all") as producer:
        while not stop.is_set():
            taken = await consumer.getmany(timeout_ms=200, max_records=BATCH)
            records = [record for some in taken.values() for record in some]
            sent = [await producer.send(topics(kafka).enriched.name, r.value, r.key) for r in records]
            await asyncio.gather(*sent)
            if records:
                await consumer.commit()


if __name__ == "__main__":
    main()
