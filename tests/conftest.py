"""Real servers for the tests that need them: those named in the environment, else containers of their own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.settings import Elastic, Kafka, Settings

KAFKA_IMAGE = "apache/kafka:4.3.1"
ELASTIC_IMAGE = "elasticsearch:9.2.0"
START_SECONDS = 120


@pytest.fixture(scope="session")
def docker() -> str:
    """The docker command, with an engine that answers; without one the test is skipped, or fails where servers are required."""
    found = shutil.which("docker")
    if found and subprocess.run([found, "info"], capture_output=True).returncode == 0:
        os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
        return found
    if os.environ.get("WIRE_REQUIRE_SERVERS"):
        pytest.fail("WIRE_REQUIRE_SERVERS is set, and there is no Docker engine")
    pytest.skip("no Docker engine")


@pytest.fixture(scope="session")
def free_ports() -> Callable[[int], list[int]]:
    """Gives so many ports of this machine that nobody listens on."""

    def found(number: int) -> list[int]:
        with ExitStack() as held:
            probes = [held.enter_context(socket.socket()) for _ in range(number)]
            for probe in probes:
                probe.bind(("127.0.0.1", 0))
            return [probe.getsockname()[1] for probe in probes]

    return found


@pytest.fixture(scope="session")
def kafka_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """`host:port` of a broker."""
    if named := os.environ.get("WIRE_TEST_KAFKA"):
        yield named
        return
    request.getfixturevalue("docker")
    from testcontainers.core.container import DockerContainer

    port, controller = request.getfixturevalue("free_ports")(2)
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
def elastic_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of an Elasticsearch without users."""
    if named := os.environ.get("WIRE_TEST_ELASTIC"):
        yield named
        return
    request.getfixturevalue("docker")
    from testcontainers.core.container import DockerContainer

    port, transport = request.getfixturevalue("free_ports")(2)
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


class Services:
    """`wire` commands as processes of their own, on servers and in a folder that are theirs."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder
        self._running: list[subprocess.Popen[bytes]] = []
        kafka, elastic = settings.kafka, settings.elastic
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("WIRE_")},
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "WIRE_KAFKA_BROKERS": kafka.brokers,
            "WIRE_KAFKA_PREFIX": kafka.prefix,
            "WIRE_KAFKA_PARTITIONS": str(kafka.partitions),
            "WIRE_KAFKA_SESSION_SECONDS": str(kafka.session_seconds),
            "WIRE_ELASTIC_URL": elastic.url,
            "WIRE_ELASTIC_PREFIX": elastic.prefix,
            "WIRE_ELASTIC_REFRESH_SECONDS": str(elastic.refresh_seconds),
            "WIRE_ENRICH_ENABLED": "true" if settings.enrich.enabled else "false",
            "WIRE_STREAMS_STUCK_SECONDS": str(settings.streams.stuck_seconds),
        }

    def wire(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end. Variables given beside the arguments are laid over the settings."""
        return subprocess.run(
            [sys.executable, "-m", "pipeline.cli", *arguments],
            env={**self._environment, **environment}, cwd=self.folder, capture_output=True, text=True,
        )  # fmt: skip

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """Starts a command; it is killed at the end of the test, if it still runs. What it says is in `log`."""
        number = len(self._running)
        environment = {
            **self._environment, "WIRE_STREAMS_FOLDER": str(self.folder / f"streams{number}"), **environment
        }  # fmt: skip
        with (self.folder / "services.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "pipeline.cli", *arguments],
                env=environment, cwd=self.folder, stdout=log, stderr=log,
            )  # fmt: skip
        self._running.append(process)
        return process

    @property
    def log(self) -> str:
        """What all that were started have said."""
        return (self.folder / "services.log").read_text("utf-8", "replace")

    def until(self, what: Callable[[], object], seconds: float = 180.0) -> None:
        """Returns once it holds; fails, with what the services have said, where it does not in time."""
        end = time.monotonic() + seconds
        while not what():
            if time.monotonic() > end:
                pytest.fail(
                    f"it did not happen within {seconds:.0f} s; the services say:\n{self.log[-6000:]}"
                )
            time.sleep(0.1)

    def close(self) -> None:
        """Kills what still runs."""
        for process in self._running:
            process.kill()
        for process in self._running:
            process.wait()


@pytest.fixture
def services_on(tmp_path: Path) -> Iterator[Callable[[Settings], Services]]:
    """Makes services on the servers that some settings name."""
    made: list[Services] = []

    def make(settings: Settings) -> Services:
        folder = tmp_path / f"services{len(made)}"
        folder.mkdir()
        made.append(Services(settings, folder))
        return made[-1]

    yield make
    for services in made:
        services.close()


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


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """A certificate for localhost that signs itself, and its key, as PEM files."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    begin = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    encoding = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(made.public_bytes(encoding))
    (folder / "key.pem").write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return {"certificate": folder / "certificate.pem", "key": folder / "key.pem"}
