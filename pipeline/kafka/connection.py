"""How each Kafka client is told to reach the brokers: one set of settings, in the words of each."""

from __future__ import annotations

import ssl
from typing import Any

from pipeline.settings import Kafka


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


def of_confluent(settings: Kafka) -> dict[str, Any]:
    """The configuration of confluent-kafka's clients (librdkafka's names)."""
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
    return options


def ssl_context(settings: Kafka) -> ssl.SSLContext | None:
    """What aiokafka and Faust speak TLS with; None where they don't."""
    if "SSL" not in settings.security:
        return None
    context = ssl.create_default_context(cafile=settings.ca or None)
    if settings.certificate:
        context.load_cert_chain(settings.certificate, settings.key or None)
    return context
