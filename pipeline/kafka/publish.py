"""Publishing to Kafka: one small interface, by kafka-python where that is plenty and by confluent-kafka in bulk."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

from confluent_kafka import KafkaError as BulkError
from confluent_kafka import KafkaException, Producer
from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError

from pipeline.kafka.connection import Trouble, hindrance, of_confluent, of_kafka_python
from pipeline.kafka.topics import LETTER_BYTES
from pipeline.settings import Kafka

ANY_PARTITION = -1
"""In librdkafka's words: as the key chooses."""

DELIVERY_SECONDS = 120.0
"""A message that no broker acknowledged for so long has failed."""

GRACE_SECONDS = 5.0
"""How much longer the answer is waited for: by then each message is acknowledged or has failed."""


class Message(NamedTuple):
    """What is to be published; a `value` of None is a tombstone."""

    topic: str
    key: str
    value: bytes | None
    partition: int | None = None
    """None: as the key chooses."""


class NotPublished(Exception):
    """Some messages were not acknowledged by the brokers; the message says which topic and why. None of those given with
    them may be taken for published; sending them again is safe, as every stage expects repeats."""


class TooLarge(NotPublished):
    """Some messages are larger than their topics take: sending them again will not help. All others given with them are
    acknowledged."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self.messages = tuple(messages)
        """Those that are too large, in the order given."""
        named = ", ".join(
            f"{message.key} ({len(message.value or b''):,} bytes) to {message.topic}" for message in messages
        )
        super().__init__(f"larger than the topic takes: {named}")


END_SECONDS = 5.0
"""What a publisher that ends gives to its last messages."""


class Publisher(Protocol):
    """Publishes messages. It blocks, and is called in a thread; one may be used by several threads."""

    def publish(self, messages: Sequence[Message]) -> None:
        """Returns once every message is acknowledged by all in-sync replicas, in order for each key. Raises NotPublished,
        TooLarge."""

    def close(self) -> None:
        """Gives back what it holds."""


class SteadyPublisher:
    """By kafka-python, for collectors: about 1,200 stories of 3 KB a second."""

    def __init__(
        self, settings: Kafka, delivery_seconds: float = DELIVERY_SECONDS, *, at_once: bool = True
    ) -> None:
        """`at_once`: brokers are looked for now, not when something is published first. Raises NotPublished where none answers,
        or none lets us in."""
        self._settings = settings
        self._seconds = delivery_seconds
        self._lock = threading.Lock()
        self._ended = False
        self._producer: Any = self._opened() if at_once else None

    def publish(self, messages: Sequence[Message]) -> None:
        """See Publisher."""
        failed = self._tried(messages)
        if not any(isinstance(error, MessageSizeTooLargeError) for _, error in failed):
            _raise_first(failed)
            return
        # A batch is refused whole, with what is not too large itself, and what comes after it fails as well: one by one.
        large: list[Message] = []
        for message, _ in failed:
            for _, error in self._tried([message]):
                if not isinstance(error, MessageSizeTooLargeError):
                    _raise_first([(message, error)])
                large.append(message)
        _check(messages, large)

    def close(self) -> None:
        """Sends nothing more; who waits for brokers that are away, in another thread, is told at once."""
        with self._lock:
            self._ended = True
            producer, self._producer = self._producer, None
        _closed(producer)

    def _tried(self, messages: Sequence[Message]) -> list[tuple[Message, KafkaError]]:
        """Sends them; those that were not acknowledged, in order. What is refused tears a hole into kafka-python's numbers,
        and whatever is under way in other threads fails as well: there it is sent again by a new producer."""
        while True:
            producer = self._current()
            failed = self._sent(producer, messages)
            if not failed or self._retire(producer):
                return failed
            if any(isinstance(error, MessageSizeTooLargeError) for _, error in failed):
                return failed
            messages = [message for message, _ in failed]

    def _sent(self, producer: Any, messages: Sequence[Message]) -> list[tuple[Message, KafkaError]]:
        """Sends them; those that were not acknowledged, in order."""
        futures: list[Any] = []
        for message in messages:
            try:
                futures.append(
                    producer.send(
                        message.topic,
                        key=message.key.encode(),
                        value=message.value,
                        partition=message.partition,
                    )
                )
            except MessageSizeTooLargeError as error:
                futures.append(error)
            except KafkaError as error:  # there is no broker for the others, either
                futures += [error] * (len(messages) - len(futures))
                break
        with suppress(KafkaError):
            producer.flush(self._seconds + GRACE_SECONDS)
        failed = []
        for message, future in zip(messages, futures, strict=True):
            try:
                if isinstance(future, KafkaError):
                    raise future
                future.get(timeout=0)
            except KafkaError as error:
                failed.append((message, error))
        return failed

    def _current(self) -> Any:
        with self._lock:
            if self._ended:
                raise NotPublished("nothing is published any more: it was told to end")
            if self._producer is None:
                self._producer = self._opened()
            return self._producer

    def _retire(self, producer: Any) -> bool:
        """Ends a producer that failed; False where another thread did that before."""
        with self._lock:
            if self._producer is not producer:
                return False
            self._producer = None
        _closed(producer)
        return True

    def _opened(self) -> Any:
        settings, seconds = self._settings, self._seconds
        try:
            return KafkaProducer(
                **of_kafka_python(settings),
                acks="all",
                enable_idempotence=True,
                compression_type="gzip",
                linger_ms=5,
                # The limit of a topic is that of a batch: no message may be refused for its neighbours.
                batch_size=min(262_144, settings.message_bytes),
                max_request_size=LETTER_BYTES,
                max_block_ms=round(seconds * 1_000),
                request_timeout_ms=round(min(30.0, seconds / 2) * 1_000),
                delivery_timeout_ms=round(seconds * 1_000),
            )
        except KafkaError as error:
            why = hindrance(settings) or f"{type(error).__name__}: {error}"
            raise NotPublished(f"{settings.brokers}: {why}") from error


class BulkPublisher:
    """By confluent-kafka, for replays and the sink: some 40,000 stories of 3 KB a second."""

    def __init__(self, settings: Kafka, delivery_seconds: float = DELIVERY_SECONDS) -> None:
        self._seconds = delivery_seconds
        self._trouble = Trouble()
        self._producer = Producer(
            {
                **of_confluent(settings, self._trouble),
                "acks": "all",
                "enable.idempotence": True,
                "compression.type": "zstd",
                # As the other clients do, so that a key has one partition whoever publishes it.
                "partitioner": "murmur2_random",
                "linger.ms": 5,
                # The limit of a topic is that of a batch: no message may be refused for its neighbours.
                "batch.size": min(1_000_000, settings.message_bytes),
                "message.max.bytes": LETTER_BYTES,
                "queue.buffering.max.kbytes": 262_144,
                "reconnect.backoff.max.ms": 2_000,
                "delivery.timeout.ms": round(delivery_seconds * 1_000),
            }
        )

    def publish(self, messages: Sequence[Message]) -> None:
        """See Publisher."""
        sending = _Sending(len(messages))
        self._trouble.reason = ""
        for message in messages:
            self._send(message, sending)
            if sending.failed:
                break  # the brokers are away: nothing of this counts as published
        self._producer.flush(self._seconds + GRACE_SECONDS)
        if sending.failed or sending.left:
            failed = sending.failed or f"{messages[0].topic}: no broker answers"
            raise NotPublished(self._trouble.explain(failed))
        _check(messages, sending.large)

    def close(self) -> None:
        """Sends nothing more."""
        self._producer.flush(5)

    def _send(self, message: Message, sending: _Sending) -> None:
        while not sending.failed:
            try:
                self._producer.produce(
                    message.topic,
                    key=message.key.encode(),
                    value=message.value,
                    partition=ANY_PARTITION if message.partition is None else message.partition,
                    on_delivery=lambda error, _: sending.answered(message, error),
                )
                return
            except BufferError:  # its queue is full: let some out
                self._producer.poll(0.1)
            except KafkaException as error:
                sending.answered(message, error.args[0])
                return


class _Sending:
    """What has become of the messages of one call."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.large: list[Message] = []
        self.failed = ""

    def answered(self, message: Message, error: Any) -> None:
        """A message was acknowledged, or failed."""
        self.left -= 1
        if error is None:
            return
        if error.code() == BulkError.MSG_SIZE_TOO_LARGE:
            self.large.append(message)
        else:
            self.failed = self.failed or f"{message.topic}: {error}"


def _closed(producer: Any) -> None:
    """Ends one of kafka-python's. Where its last messages are not taken in time its `close` raises and ends nothing: neither its
    thread, nor who waits in another."""
    if producer is not None:
        try:
            producer.close(timeout=END_SECONDS)
        except KafkaError:
            producer._sender.force_close()


def _raise_first(failed: Sequence[tuple[Message, KafkaError]]) -> None:
    """Raises NotPublished where there are any."""
    for message, error in failed:
        raise NotPublished(f"{message.topic}: {type(error).__name__}: {error}") from error


def _check(messages: Sequence[Message], large: Sequence[Message]) -> None:
    """Raises TooLarge where there are any."""
    if large:
        found = set(map(id, large))
        raise TooLarge([message for message in messages if id(message) in found])
