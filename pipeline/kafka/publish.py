"""Publishing to Kafka: one small interface, by kafka-python where that is plenty and by confluent-kafka in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from confluent_kafka import KafkaException, Producer
from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError

from pipeline.kafka.connection import of_confluent, of_kafka_python
from pipeline.kafka.topics import LETTER_BYTES
from pipeline.settings import Kafka

ANY_PARTITION = -1
"""In librdkafka's words: as the key chooses."""

DELIVERY_SECONDS = 120
"""A message that no broker acknowledged for so long has failed."""


class NotPublished(Exception):
    """Some messages were not acknowledged by the brokers; the message says which topic and why. None of those given with
    them may be taken for published; sending them again is safe, as every stage expects repeats."""


class TooLarge(NotPublished):
    """A message among them is larger than its topic takes: sending it again will not help."""


class Message(NamedTuple):
    """What is to be published; a `value` of None is a tombstone."""

    topic: str
    key: str
    value: bytes | None
    partition: int | None = None
    """None: as the key chooses."""


class Publisher(Protocol):
    """Publishes messages. It blocks, and is called in a thread; one may be used by several threads."""

    def publish(self, messages: Sequence[Message]) -> None:
        """Returns once every message is acknowledged by all in-sync replicas, in order for each key. Raises NotPublished."""

    def close(self) -> None:
        """Gives back what it holds."""


class SteadyPublisher:
    """By kafka-python, for collectors: about 1,200 stories of 3 KB a second."""

    def __init__(self, settings: Kafka) -> None:
        self._producer = KafkaProducer(
            **of_kafka_python(settings),
            acks="all",
            enable_idempotence=True,
            compression_type="gzip",
            linger_ms=5,
            batch_size=262_144,
            max_request_size=LETTER_BYTES,
            delivery_timeout_ms=DELIVERY_SECONDS * 1_000,
        )

    def publish(self, messages: Sequence[Message]) -> None:
        """See Publisher. Raises TooLarge, too."""
        try:
            sent = [
                self._producer.send(
                    message.topic,
                    key=message.key.encode(),
                    value=message.value,
                    partition=message.partition,
                )
                for message in messages
            ]
            self._producer.flush(DELIVERY_SECONDS)
            for future in sent:
                future.get(timeout=0)
        except KafkaError as error:
            kind = TooLarge if isinstance(error, MessageSizeTooLargeError) else NotPublished
            raise kind(f"{messages[0].topic}: {type(error).__name__}: {error}") from error

    def close(self) -> None:
        """Sends nothing more."""
        self._producer.close(timeout=5)


class BulkPublisher:
    """By confluent-kafka, for replays and the sink: some 40,000 stories of 3 KB a second."""

    def __init__(self, settings: Kafka) -> None:
        self._producer = Producer(
            {
                **of_confluent(settings),
                "acks": "all",
                "enable.idempotence": True,
                "compression.type": "zstd",
                # As the other clients do, so that a key has one partition whoever publishes it.
                "partitioner": "murmur2_random",
                "linger.ms": 5,
                "batch.size": 1_000_000,
                "message.max.bytes": LETTER_BYTES,
                "queue.buffering.max.kbytes": 262_144,
                "delivery.timeout.ms": DELIVERY_SECONDS * 1_000,
            }
        )

    def publish(self, messages: Sequence[Message]) -> None:
        """See Publisher."""
        failed: list[str] = []

        def delivered(error: Any, message: Any) -> None:
            if error is not None:
                failed.append(f"{message.topic()}: {error}")

        for message in messages:
            self._send(message, delivered)
        unsent = self._producer.flush(DELIVERY_SECONDS)
        if failed or unsent:
            raise NotPublished(failed[0] if failed else f"{messages[0].topic}: no broker answers")

    def close(self) -> None:
        """Sends nothing more."""
        self._producer.flush(5)

    def _send(self, message: Message, delivered: Any) -> None:
        while True:
            try:
                self._producer.produce(
                    message.topic,
                    key=message.key.encode(),
                    value=message.value,
                    partition=ANY_PARTITION if message.partition is None else message.partition,
                    on_delivery=delivered,
                )
                return
            except BufferError:  # its queue is full: let some out
                self._producer.poll(0.1)
            except KafkaException as error:
                raise NotPublished(f"{message.topic}: {error}") from error
