"""A server with TLS and users: it is spoken to as the settings say, and what is wrong with them is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
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
def secured(
    certificate: Mapping[str, Path], docker: str, free_ports: Callable[[int], list[int]]
) -> Iterator[Elastic]:
    """Settings for a server of this module's own."""
    from testcontainers.core.container import DockerContainer

    folder = certificate["certificate"].parent
    folder.chmod(0o755)  # the server is another user
    for file in certificate.values():
        file.chmod(0o644)
    port, transport = free_ports(2)
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
