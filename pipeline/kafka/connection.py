"""How each Kafka client is told to reach the brokers: one set of settings, in the words of each."""

from __future__ import annotations

import ssl
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from pipeline.settings import Kafka

HINDRANCE_SECONDS = 5.0
"""What brokers may take to say why they can't be talked to."""


class NoBrokers(Exception):
    """The settings name no brokers; the message says what to set."""


def brokers(settings: Kafka) -> list[str]:
    """`host:port` of each broker named. Raises NoBrokers."""
    named = [one.strip() for one in settings.brokers.split(",") if one.strip()]
    if not named:
        raise NoBrokers("no Kafka brokers are set: kafka.brokers in the settings file, or WIRE_KAFKA_BROKERS")
    return named


def of_kafka_python(settings: Kafka) -> dict[str, Any]:
    """Keyword arguments of kafka-python's clients."""
    options: dict[str, Any] = {
        "bootstrap_servers": brokers(settings),
        "security_protocol": settings.security,
    }
    if "SSL" in settings.security:
        options |= {
            "ssl_cafile": settings.ca or None,
            "ssl_certfile": settings.certificate or None,
            "ssl_keyfile": settings.key or None,
        }
    if "SASL" in settings.security:
        options |= {
            "sasl_mechanism": settings.sasl_mechanism,
            "sasl_plain_username": settings.username,
            "sasl_plain_password": settings.password,
        }
    return options


class Trouble:
    """What goes wrong with the brokers beneath a client of confluent-kafka: that says of a call only that it took too long."""

    def __init__(self) -> None:
        self.reason = ""
        """The last that was heard; empty: nothing."""

    def __call__(self, error: Any) -> None:
        """Hears it. That all brokers are away comes after the reason, and says less."""
        if error.name() != "_ALL_BROKERS_DOWN" or not self.reason:
            self.reason = error.str()

    def explain(self, failed: object) -> str:
        """What failed, and why as far as that is known."""
        return f"{failed} ({self.reason})" if self.reason else str(failed)


def of_confluent(settings: Kafka, trouble: Trouble | None = None) -> dict[str, Any]:
    """The configuration of confluent-kafka's clients (librdkafka's names). With somebody who hears of trouble, the library does
    not write it on standard error besides."""
    options: dict[str, Any] = {
        "bootstrap.servers": ",".join(brokers(settings)),
        "security.protocol": settings.security,
    }
    if "SSL" in settings.security:
        named = {
            "ssl.ca.location": settings.ca,
            "ssl.certificate.location": settings.certificate,
            "ssl.key.location": settings.key,
        }
        options |= {name: value for name, value in named.items() if value}
    if "SASL" in settings.security:
        options |= {
            "sasl.mechanism": settings.sasl_mechanism,
            "sasl.username": settings.username,
            "sasl.password": settings.password,
        }
    if trouble is not None:
        options |= {"error_cb": trouble, "log_level": 0}
    return options


def hindrance(settings: Kafka) -> str:
    """Why the brokers cannot be talked to, within some seconds; empty where they can. Only librdkafka knows it: to the
    others a wrong password, a certificate that is not trusted and a broker that is away are all one timeout."""
    trouble = Trouble()
    admin = AdminClient(of_confluent(settings, trouble))
    try:
        admin.list_topics(timeout=HINDRANCE_SECONDS)
    except KafkaException as error:
        admin.poll(0)  # hears of the trouble
        return trouble.reason or str(error.args[0].str())
    return ""


def is_refused(hindrance: str) -> bool:
    """Whether waiting will not help: it is not the broker that is away, but we that are not let in."""
    return "authentication" in hindrance.lower() or "ssl handshake failed" in hindrance.lower()


def ssl_context(settings: Kafka) -> ssl.SSLContext | None:
    """What aiokafka and Faust speak TLS with; None where they don't."""
    if "SSL" not in settings.security:
        return None
    context = ssl.create_default_context(cafile=settings.ca or None)
    if settings.certificate:
        context.load_cert_chain(settings.certificate, settings.key or None)
    return context
