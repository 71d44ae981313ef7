"""Real servers for the tests that need them: those named in the environment, else containers of their own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Iterator

import pytest

from pipeline.settings import Elastic, Kafka

KAFKA_IMAGE = "apache/kafka:4.3.1"
ELASTIC_IMAGE = "elasticsearch:9.2.0"
START_SECONDS = 120


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def kafka_server() -> Iterator[str]:
    """`host:port` of a broker."""
    if named := os.environ.get("WIRE_TEST_KAFKA"):
        yield named
        return
    _need_docker()
    from testcontainers.core.container import DockerContainer

    port, controller = free_port(), free_port()
    container = (
        DockerContainer(KAFKA_IMAGE)
        .with_kwargs(network_mode="host")
        .with_env("KAFKA_LISTENERS", f"PLAINTEXT://:{port},CONTROLLER://:{controller}")
        .with_env("KAFKA_CONTROLLER_QUORUM_VOTERS", f"1@localhost:{controller}")
        .with_env("KAFKA_ADVERTISED_LISTENERS", f"PLAINTEXT://localhost:{port}")
        .with_env("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
    )
    with container:
        _wait(lambda: socket.create_connection(("localhost", port), 1).close(), "Kafka")
        yield f"localhost:{port}"


@pytest.fixture(scope="session")
def elastic_server() -> Iterator[str]:
    """URL of an Elasticsearch without users."""
    if named := os.environ.get("WIRE_TEST_ELASTIC"):
        yield named
        return
    _need_docker()
    from testcontainers.core.container import DockerContainer

    port, transport = free_port(), free_port()
    container = (
        DockerContainer(ELASTIC_IMAGE)
        .with_kwargs(network_mode="host")
        .with_env("discovery.type", "single-node")
        .with_env("xpack.security.enabled", "false")
        .with_env("http.port", str(port))
        .with_env("transport.port", str(transport))
        .with_env("ES_JAVA_OPTS", "-Xms512m -Xmx512m")
    )
    url = f"http://localhost:{port}"
    with container:
        _wait(
            lambda: urllib.request.urlopen(
                f"{url}/_cluster/health?wait_for_status=yellow", timeout=5
            ).close(),
            "Elasticsearch",
        )
        yield url


@pytest.fixture
def kafka(kafka_server: str) -> Kafka:
    """Settings for topics that are this test's own."""
    return Kafka(brokers=kafka_server, prefix=f"t{uuid.uuid4().hex[:10]}.", partitions=3)


@pytest.fixture
def elastic(elastic_server: str) -> Elastic:
    """Settings for indices that are this test's own."""
    return Elastic(url=elastic_server, prefix=f"t{uuid.uuid4().hex[:10]}-", refresh_seconds=0.2)


def _need_docker() -> None:
    found = shutil.which("docker")
    if found and subprocess.run([found, "info"], capture_output=True).returncode == 0:
        os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
        return
    if os.environ.get("WIRE_REQUIRE_SERVERS"):
        pytest.fail("WIRE_REQUIRE_SERVERS is set, and there is no Docker engine")
    pytest.skip("no Docker engine, and WIRE_TEST_KAFKA or WIRE_TEST_ELASTIC names no server")


def _wait(ready: object, what: str) -> None:
    assert callable(ready)
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            ready()
            return
        except OSError:
            if time.monotonic() > end:
                pytest.fail(f"{what} did not start in {START_SECONDS} s")
            time.sleep(0.2)
