"""A server with TLS and users: it is spoken to as the settings say, and what is wrong with them is told."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from elasticsearch import ApiError

from pipeline.index import Query
from pipeline.index.elastic import ElasticIndex, Unreachable, connect, set_up
from pipeline.index.elastic.bulk import Misconfigured
from pipeline.index.elastic.connection import explained
from pipeline.settings import Elastic
from pipeline.story import Story, replace

pytestmark = pytest.mark.servers
PASSWORD = "quiet-harbour-at-noon"
STORY = Story(id="a", version=1, source="s", format="text", headline="Fog", change="new")


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elastic]:
    """Settings for a server of this module's own."""
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "info"], capture_output=True).returncode:
        if os.environ.get("WIRE_REQUIRE_SERVERS"):
            pytest.fail("WIRE_REQUIRE_SERVERS is set, and there is no Docker engine")
        pytest.skip("no Docker engine")
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    from testcontainers.core.container import DockerContainer

    folder = certificate(tmp_path_factory.mktemp("tls"))
    port, transport = free_port(), free_port()
    inside = "/usr/share/elasticsearch/config/tls"
    container = (
        DockerContainer("elasticsearch:9.2.0")
        .with_kwargs(network_mode="host")
        .with_volume_mapping(str(folder), inside, "ro")
        .with_env("discovery.type", "single-node")
        .with_env("xpack.security.enabled", "true")
        .with_env("xpack.security.http.ssl.enabled", "true")
        .with_env("xpack.security.http.ssl.certificate", f"{inside}/certificate.pem")
        .with_env("xpack.security.http.ssl.key", f"{inside}/key.pem")
        .with_env("ELASTIC_PASSWORD", PASSWORD)
        .with_env("http.port", str(port))
        .with_env("transport.port", str(transport))
        .with_env("ES_JAVA_OPTS", "-Xms512m -Xmx512m")
    )
    settings = Elastic(
        url=f"https://localhost:{port}", user="elastic", password=PASSWORD, ca=str(folder / "certificate.pem")
    )
    with container:
        client = connect(settings)
        end = time.monotonic() + 240
        while True:
            try:
                client.cluster.health(wait_for_status="yellow", timeout="5s")
                break
            except Exception:
                if time.monotonic() > end:
                    raise
        client.close()
        yield settings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def certificate(folder: Path) -> Path:
    """A certificate for localhost that signs itself, and its key."""
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
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    folder.chmod(0o755)  # the server is another user
    for file in folder.iterdir():
        file.chmod(0o644)
    return folder


def test_stories_are_written_and_found_over_tls_by_a_user(secured: Elastic) -> None:
    client = connect(secured)
    assert {finding.state for finding in set_up(client, secured)} == {"created"}
    index = ElasticIndex(client, secured, at_once=True)
    assert index.put([STORY]) == ["indexed"]
    assert index.search(Query(text="fog")).total == 1
    client.close()


def test_a_wrong_password_ends_the_sink_and_is_told_to_readers(secured: Elastic) -> None:
    wrong = replace(secured, password="wrong")
    index = ElasticIndex(connect(wrong), wrong)
    with pytest.raises(Unreachable, match=r"refuses: 401"), explained(wrong):
        index.search(Query())
    with pytest.raises((Misconfigured, ApiError), match="401"):
        index.put([STORY])


def test_a_server_whose_certificate_nobody_vouches_for_is_not_spoken_to(secured: Elastic) -> None:
    stranger = replace(secured, ca="")
    with pytest.raises(Unreachable, match="certificate"), explained(stranger):
        connect(stranger).count(index="a")
