"""The Faust application of the stages: its topics, its table and how it is told to behave, from the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import faust

from pipeline.kafka.connection import brokers, ssl_context
from pipeline.kafka.topics import LETTER_BYTES, PROCESSORS
from pipeline.settings import Settings

FETCH_BYTES: Final = 1 << 20
"""Of each partition, that are fetched at once; a message that is larger comes alone."""


class Unwatched(faust.Monitor):
    """Faust's figures of every single message cost more than moving it, and nobody reads them."""

    def on_message_in(self, *args: Any) -> None:
        """Nothing."""

    def on_message_out(self, *args: Any) -> None:
        """Nothing."""

    def on_stream_event_in(self, *args: Any) -> None:
        """Nothing."""

    def on_stream_event_out(self, *args: Any) -> None:
        """Nothing."""

    def on_send_initiated(self, *args: Any, **kwargs: Any) -> None:
        """Nothing."""

    def on_send_completed(self, *args: Any) -> None:
        """Nothing."""


def app_of(settings: Settings) -> faust.App:
    """A Faust application of these settings. Raises NoBrokers."""
    kafka, streams = settings.kafka, settings.streams
    return faust.App(
        kafka.prefix + PROCESSORS,
        broker=[f"aiokafka://{one}" for one in brokers(kafka)],
        broker_credentials=_credentials(settings),
        # A worker that dies is replaced within the session; more often than a third of it must it be heard of.
        broker_session_timeout=kafka.session_seconds,
        broker_heartbeat_interval=kafka.session_seconds / 3,
        broker_request_timeout=max(40.0, 4 * kafka.session_seconds),
        broker_max_poll_interval=3_600.0,
        broker_commit_interval=1.0,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=FETCH_BYTES,
        producer_acks=-1,
        producer_compression_type="zstd",  # the client's lz4 is of the slow kind: a tenth of a worker's time
        producer_linger=0.005,
        producer_max_batch_size=262_144,
        producer_max_request_size=LETTER_BYTES,
        # Bytes as they are: what cannot be decoded must reach the stage, that buries it whole.
        key_serializer="raw",
        value_serializer="raw",
        processing_guarantee="at_least_once",
        # With True a worker whose agent waits for a server never ends.
        stream_wait_empty=False,
        store="rocksdb://",
        # Of this application alone: another's copy of another changelog would be taken for its own.
        datadir=Path(streams.folder) / (kafka.prefix + PROCESSORS),
        Monitor=Unwatched,
        table_standby_replicas=streams.standbys,
        # `wire setup` makes the topics: nothing here makes one silently.
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=kafka.partitions,
        topic_replication_factor=kafka.replicas,
        reply_create_topic=False,
        web_enabled=False,
        autodiscover=False,
        worker_redirect_stdouts=False,
    )


def _credentials(settings: Settings) -> Any:
    kafka = settings.kafka
    context = ssl_context(kafka)
    if "SASL" in kafka.security:
        return faust.SASLCredentials(
            username=kafka.username,
            password=kafka.password,
            mechanism=kafka.sasl_mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context is not None else None
