"""Every client reaches brokers that ask who it is, by a password over TLS or a certificate; a wrong password is said at once."""

from __future__ import annotations

import asyncio
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from pipeline.kafka.connection import NoBrokers, hindrance, is_refused, of_confluent, of_kafka_python
from pipeline.kafka.groups import members, waiting
from pipeline.kafka.publish import BulkPublisher, Message, NotPublished, SteadyPublisher
from pipeline.kafka.reading import TopicUnreadable, whole
from pipeline.kafka.setup import NoBroker, set_up
from pipeline.kafka.topics import topics
from pipeline.run.streams.app import app_of
from pipeline.settings import Kafka, Settings, Streams
from pipeline.story import replace

if TYPE_CHECKING:
    from conftest import Broker


@pytest.fixture(params=["PLAIN", "SCRAM-SHA-512", "certificate"])
def secured(request: pytest.FixtureRequest, broker: Broker) -> Kafka:
    """Settings of each way in."""
    ca = str(broker.folder / "ca.pem")
    settings: Kafka = broker.settings
    if request.param == "certificate":
        return replace(
            settings,
            brokers=f"localhost:{broker.mutual}",
            security="SSL",
            ca=ca,
            certificate=str(broker.folder / "client.pem"),
            key=str(broker.folder / "client.key"),
        )
    if request.param == "SCRAM-SHA-512":
        _may_come_in(settings)
    return replace(
        settings,
        brokers=f"localhost:{broker.secure}",
        security="SASL_SSL",
        sasl_mechanism=request.param,
        username="desk",
        password="correct horse",
        ca=ca,
    )


def _may_come_in(settings: Kafka) -> None:
    admin = AdminClient(of_confluent(settings))
    user = UserScramCredentialUpsertion(
        "desk", ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), b"correct horse"
    )
    for done in admin.alter_user_scram_credentials([user]).values():
        done.result(30)


@pytest.mark.servers
def test_every_client_comes_in(secured: Kafka, tmp_path: Path) -> None:
    where = topics(secured)
    set_up(secured, where.all)
    for publisher in (SteadyPublisher(secured), BulkPublisher(secured)):
        with closing(publisher):
            publisher.publish([Message(where.clean.name, "a", b"1")])
    asyncio.run(_sent_by_faust(secured, tmp_path, where.clean.name))
    assert [entry.value for entry in whole(secured, where.clean.name)] == [b"1", b"1", b"2"]
    assert members(secured, ["nobody"]) == {"nobody": 0}
    assert waiting(secured, "nobody", [where.clean.name]) == {where.clean.name: 3}


async def _sent_by_faust(settings: Kafka, folder: Path, topic: str) -> None:
    app = app_of(Settings(kafka=settings, streams=Streams(folder=str(folder))))
    await app.producer.start()
    try:
        await app.producer.send_and_wait(topic, b"a", b"2", None, None, None)
    finally:
        await app.producer.stop()


@pytest.mark.servers
def test_a_wrong_password_is_said_at_once_and_nowhere_written(broker: Broker) -> None:
    wrong = replace(
        broker.settings,
        brokers=f"localhost:{broker.secure}",
        security="SASL_SSL",
        sasl_mechanism="PLAIN",
        username="desk",
        password="guess-4711",
        ca=str(broker.folder / "ca.pem"),
    )
    began = time.monotonic()
    with pytest.raises(NoBroker, match=r"(?i)authentication") as refused:
        set_up(wrong, topics(wrong).all, wait_seconds=300)
    assert time.monotonic() - began < 60  # of the 300 that it would wait for a broker
    assert "guess-4711" not in str(refused.value)
    assert is_refused(hindrance(wrong))
    with pytest.raises(TopicUnreadable, match=r"(?i)authentication"):
        list(whole(wrong, topics(wrong).clean.name))
    with (
        closing(BulkPublisher(wrong, delivery_seconds=5)) as bulk,
        pytest.raises(NotPublished, match=r"(?i)authentication"),
    ):
        bulk.publish([Message(topics(wrong).clean.name, "a", b"1")])
    with pytest.raises(NotPublished, match=r"(?i)authentication"):
        SteadyPublisher(wrong)


@pytest.mark.servers
def test_a_broker_of_an_unknown_authority_is_not_trusted(broker: Broker) -> None:
    trusting = replace(broker.settings, brokers=f"localhost:{broker.mutual}", security="SSL")
    with pytest.raises(NoBroker, match=r"(?i)certificate"):
        set_up(trusting, topics(trusting).all, wait_seconds=300)


def test_without_brokers_it_is_said_what_to_set() -> None:
    for options in (of_kafka_python, of_confluent):
        with pytest.raises(NoBrokers, match="WIRE_KAFKA_BROKERS"):
            options(Kafka())
