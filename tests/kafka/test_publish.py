"""What a publisher promises: all acknowledged and in order, or it says what was not; an outage of the brokers does not end it."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pipeline.kafka.publish import BulkPublisher, Message, NotPublished, SteadyPublisher, TooLarge
from pipeline.kafka.reading import whole
from pipeline.kafka.setup import set_up
from pipeline.kafka.topics import Topics, topics
from pipeline.settings import Kafka
from pipeline.story import replace

if TYPE_CHECKING:
    from conftest import Broker

    Any = SteadyPublisher | BulkPublisher


@pytest.fixture(params=[SteadyPublisher, BulkPublisher])
def kind(request: pytest.FixtureRequest) -> type[Any]:
    """Both publishers."""
    kind: type[Any] = request.param
    return kind


def made(settings: Kafka) -> Topics:
    """Topics, created."""
    set_up(settings, topics(settings).all, wait_seconds=120)
    return topics(settings)


@pytest.mark.servers
def test_what_is_too_large_is_named_and_all_else_is_published(kafka: Kafka, kind: type[Any]) -> None:
    small = replace(kafka, message_bytes=100_000)
    topic = made(small).raw.name
    # Random bytes: a topic's limit is that of what is left after compression.
    noise = "".join(chr(65 + (number * number * 7919 % 1_000_003) % 57) for number in range(400_000)).encode()
    given = [Message(topic, f"k{number % 5}", b"%d" % number) for number in range(60)]
    large = [Message(topic, "k1", noise), Message(topic, "k9", noise)]
    with closing(kind(small)) as publisher:
        with pytest.raises(TooLarge, match="k9") as refused:
            publisher.publish([*given[:30], large[0], *given[30:], large[1]])
        assert list(refused.value.messages) == large
        publisher.publish([Message(topic, "k1", b"after")])
    assert _by_key(small, topic) == {
        key: [message.value for message in given if message.key == key] + [b"after"] * (key == "k1")
        for key in ("k0", "k1", "k2", "k3", "k4")
    }


@pytest.mark.servers
def test_what_no_request_can_hold_is_named_too(kafka: Kafka, kind: type[Any]) -> None:
    topic = made(kafka).raw.name
    huge = Message(topic, "k", bytes(101_000_000))
    with closing(kind(kafka)) as publisher:
        with pytest.raises(TooLarge) as refused:
            publisher.publish([huge, Message(topic, "k", b"small")])
        assert refused.value.messages == (huge,)
    assert _by_key(kafka, topic) == {"k": [b"small"]}


@pytest.mark.servers
def test_an_outage_is_waited_out_and_a_longer_one_is_told(broker: Broker, kind: type[Any]) -> None:
    settings = broker.settings
    topic = made(settings).clean.name
    with closing(kind(settings)) as patient, closing(kind(settings, delivery_seconds=4)) as hasty:
        for publisher in (patient, hasty):
            publisher.publish([Message(topic, "k", b"before")])
        broker.stop()
        with ThreadPoolExecutor(1) as meanwhile:
            waiting = meanwhile.submit(patient.publish, [Message(topic, "k", b"during")])
            with pytest.raises(NotPublished) as failed:
                hasty.publish([Message(topic, "k", b"lost")])
            assert not isinstance(failed.value, TooLarge)
            broker.start()
            waiting.result(120)
        for publisher in (patient, hasty):
            _in_time(publisher, Message(topic, "k", b"after"))
    values = _by_key(settings, topic)["k"]
    assert values[:2] == [b"before", b"before"]
    assert values.count(b"during") == 1
    assert values.count(b"after") >= 2


@pytest.mark.servers
def test_who_waits_for_brokers_that_are_away_is_let_go_when_it_ends(broker: Broker) -> None:
    topic = made(broker.settings).clean.name
    publisher = SteadyPublisher(broker.settings, delivery_seconds=900)
    publisher.publish([Message(topic, "end", b"before")])
    broker.stop()
    try:
        with ThreadPoolExecutor(1) as meanwhile:
            waiting = meanwhile.submit(publisher.publish, [Message(topic, "end", b"never")])
            publisher.close()
            assert isinstance(waiting.exception(120), NotPublished)
    finally:
        broker.start()


def _in_time(publisher: Any, message: Message) -> None:
    """Publishes it, though a broker that has just started may need several tries."""
    for _ in range(20):
        try:
            publisher.publish([message])
            return
        except NotPublished as error:
            last = error
    raise last


def _by_key(settings: Kafka, topic: str) -> dict[str, list[bytes | None]]:
    """The values on a topic, in order, by key."""
    values: dict[str, list[bytes | None]] = defaultdict(list)
    for entry in whole(settings, topic):
        values[entry.key].append(entry.value)
    return dict(values)
