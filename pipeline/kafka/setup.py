"""Creates the topics that are not there, and says where those that are differ from what they should be."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic
from kafka.errors import KafkaConnectionError, KafkaError, TopicAlreadyExistsError

from pipeline.findings import Finding
from pipeline.kafka.connection import hindrance, is_refused, of_kafka_python
from pipeline.kafka.groups import members, waiting
from pipeline.kafka.reading import TopicUnreadable
from pipeline.kafka.topics import COLLECTORS, PROCESSORS, SINK, Topic, topics
from pipeline.settings import Kafka

WAIT_SECONDS = 2.0
"""Between two looks for brokers and topics."""


class NoBroker(Exception):
    """No broker answers; the message says which were asked."""


def set_up(
    settings: Kafka, wanted: Sequence[Topic], wait_seconds: float = 30.0, apply: bool = False
) -> list[Finding]:
    """Creates what is absent; a line for each topic. What is there is changed with `apply` alone, and only as far as that is
    safe: see `_change`. Raises NoBroker."""
    admin = _reached(settings, wait_seconds)
    try:
        there = set(admin.list_topics())
        absent = [topic for topic in wanted if topic.name not in there]
        if absent:
            with suppress(TopicAlreadyExistsError):  # another set-up was faster
                admin.create_topics(
                    [
                        NewTopic(
                            name=topic.name,
                            num_partitions=topic.partitions,
                            replication_factor=topic.replicas,
                            topic_configs=topic.config,
                        )
                        for topic in absent
                    ]
                )
        present = [topic for topic in wanted if topic.name in there]
        found = _described(admin, [topic.name for topic in present])
        changed: dict[str, list[str]] = {}
        if apply:
            changed = {topic.name: _change(admin, settings, topic, *found[topic.name]) for topic in present}
            found = _described(admin, [topic.name for topic in present])
        differing = {topic.name: differences(topic, *found[topic.name]) for topic in present}
        return [_finding(topic, differing.get(topic.name), changed.get(topic.name, [])) for topic in wanted]
    except (KafkaError, TopicUnreadable) as error:
        raise NoBroker(f"{settings.brokers}: {type(error).__name__}: {error}") from error
    finally:
        admin.close()


def await_topics(settings: Kafka, wanted: Sequence[Topic], told: Callable[[str], None]) -> None:
    """Returns once a broker answers and the topics are there; `told` hears every few seconds what is waited for."""
    while True:
        try:
            admin = _reached(settings, 0)
        except NoBroker as error:
            told(str(error))
        else:
            try:
                there = set(admin.list_topics())
            finally:
                admin.close()
            absent = [topic.name for topic in wanted if topic.name not in there]
            if not absent:
                return
            told(f"no topic {absent[0]}: `wire setup` creates the topics")
        time.sleep(WAIT_SECONDS)


def differences(topic: Topic, partitions: int, replicas: int, config: dict[str, str]) -> list[str]:
    """How a topic that is there differs from what it should be, a sentence each. Pure."""
    said = []
    if partitions != topic.partitions:
        said.append(
            f"{partitions} partitions, not {topic.partitions}: with others an id goes another way, so set kafka.partitions to"
            f" {partitions}, or stop `wire collect`, let nothing wait (`wire status`), stop the other services, and"
            " `wire setup --apply` adds partitions to stories.raw, stories.decided and stories.enriched (never fewer, and to no"
            " other topic)"
        )
    if replicas != topic.replicas:
        said.append(f"{replicas} replicas, not {topic.replicas}: kafka-reassign-partitions.sh changes that")
    for name, value in topic.config.items():
        if (is_ := config.get(name, "")) != value:
            said.append(
                f"{name} is {is_ or 'unset'}, not {value}: `wire setup --apply`, or"
                f" kafka-configs.sh --alter --entity-type topics --entity-name"
                f" {topic.name} --add-config {name}={value}"
            )
    return said


def _change(
    admin: Any, settings: Kafka, topic: Topic, partitions: int, replicas: int, config: dict[str, str]
) -> list[str]:
    """Changes what is safe to change, and says what it did. That is the configuration, and more partitions for a topic between
    stages that nobody writes or reads and on which nothing waits: else two versions of a story, one on the old partition of its
    id and one on the new, might be taken the wrong way round. All other topics keep their partitions: the one of clean stories
    is their order, and on compacted ones an id's old partition would keep what it was."""
    done = []
    wrong = {name: value for name, value in topic.config.items() if config.get(name, "") != value}
    if wrong:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, configs=wrong)])
        done.append(", ".join(f"{name} is {value}" for name, value in wrong.items()))
    reader = _readers(settings).get(topic.name)
    if reader and partitions < topic.partitions and _is_at_rest(settings, topic, reader):
        admin.create_partitions({topic.name: topic.partitions})
        done.append(f"{topic.partitions} partitions")
    return done


def _readers(settings: Kafka) -> dict[str, str]:
    """The group that reads each topic that may get more partitions."""
    named = topics(settings)
    return {
        named.raw.name: settings.prefix + PROCESSORS,
        named.decided.name: settings.prefix + PROCESSORS,
        named.enriched.name: settings.prefix + SINK,
    }


def _is_at_rest(settings: Kafka, topic: Topic, reader: str) -> bool:
    """Whether no service runs, and none has anything of the topic left to do."""
    services = [settings.prefix + group for group in (COLLECTORS, PROCESSORS, SINK)]
    if any(members(settings, services).values()):
        return False
    return waiting(settings, reader, [topic.name]) == {topic.name: 0}


def _finding(topic: Topic, differing: list[str] | None, changed: list[str]) -> Finding:
    if differing is None:
        return Finding(name=topic.name, state="created", detail=f"{topic.partitions} partitions")
    if differing:
        return Finding(name=topic.name, state="differs", detail="; ".join(differing))
    if changed:
        return Finding(name=topic.name, state="changed", detail="; ".join(changed))
    return Finding(name=topic.name, state="as it should be")


def _reached(settings: Kafka, wait_seconds: float) -> Any:
    """An admin client of a cluster that answers."""
    return until(
        lambda: _connected(settings),
        wait_seconds,
        time.monotonic,
        time.sleep,
        f"{settings.brokers}: no broker answers",
    )


def _connected(settings: Kafka) -> Any:
    if found := hindrance(settings):
        if is_refused(found):
            raise NoBroker(f"{settings.brokers}: {found}")
        raise KafkaConnectionError(found)
    admin = KafkaAdminClient(**of_kafka_python(settings), request_timeout_ms=10_000)
    try:
        admin.list_topics()
    except BaseException:
        admin.close()
        raise
    return admin


def until(
    attempt: Callable[[], Any],
    wait_seconds: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    reason: str,
) -> Any:
    """What `attempt` gives once it does not fail; tried every second for so long. Raises NoBroker."""
    end = clock() + wait_seconds
    while True:
        try:
            return attempt()
        except KafkaError as error:
            if clock() >= end:
                raise NoBroker(f"{reason} ({type(error).__name__}: {error})") from error
            sleep(1.0)


def _described(admin: Any, names: list[str]) -> dict[str, tuple[int, int, dict[str, str]]]:
    """Partitions, replicas and configuration of each."""
    if not names:
        return {}
    shapes = {
        one["name"]: (len(one["partitions"]), len(one["partitions"][0]["replica_nodes"]))
        for one in admin.describe_topics(names)
    }
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    configs = admin.describe_configs(asked, config_filter="all")["topic"]
    return {
        name: (*shapes[name], {key: one["value"] for key, one in configs[name].items()}) for name in names
    }
