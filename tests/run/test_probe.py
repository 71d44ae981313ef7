"""A service says on a port of its own that it lives, whether it is ready and why not, and what it counts."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry

from pipeline.run.probe import Probe


class Service:
    """A service with a probe."""

    def __init__(self) -> None:
        self.reason = ""
        self.probe = Probe(0, CollectorRegistry(), lambda: self.reason, "127.0.0.1")

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of an answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.probe.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


@pytest.fixture
def service() -> Iterator[Service]:
    """A service that is being asked."""
    made = Service()
    made.probe.start()
    yield made
    made.probe.stop()


def test_a_service_lives_whether_it_is_ready_or_not(service: Service) -> None:
    service.reason = "no broker answers"
    assert service.get("/health") == (200, "alive\n")


def test_one_that_is_not_ready_says_why(service: Service) -> None:
    assert service.get("/ready") == (200, "ready\n")
    service.reason = "no broker answers"
    assert service.get("/ready") == (503, "no broker answers\n")


def test_readiness_is_a_metric(service: Service) -> None:
    assert "wire_ready 1.0" in service.get("/metrics")[1]
    service.reason = "no broker answers"
    assert "wire_ready 0.0" in service.get("/metrics?name=all")[1]


def test_other_addresses_are_told_which_there_are(service: Service) -> None:
    assert service.get("/") == (404, "/health, /ready or /metrics\n")
