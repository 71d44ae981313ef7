"""`wire setup` makes what is absent on every server it is told of, says what it did, and waits for a server that is starting."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from pipeline.cli import main
from pipeline.index.elastic.mapping import templates
from pipeline.settings import Elastic, Kafka

IMPORTED = b'{"success":true,"successCount":10,"errors":[]}'


class Starting(ThreadingHTTPServer):
    """A Kibana that is not ready at first."""

    def __init__(self, refusals: int) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.refusals = refusals


class Answers(BaseHTTPRequestHandler):
    """503 for so long as it refuses, then what an import answers."""

    server: Starting

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.refusals -= 1
        ready = self.server.refusals < 0
        body = IMPORTED if ready else b"Kibana server is not ready yet"
        self.send_response(200 if ready else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def kibana() -> Iterator[Starting]:
    """A Kibana that needs a second."""
    server = Starting(refusals=1)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def removed(elastic: Elastic) -> Iterator[Elastic]:
    """Indices and templates that are gone afterwards."""
    yield elastic
    with Elasticsearch(elastic.url) as client:
        for index in client.indices.get(index=f"{elastic.prefix}*"):
            client.indices.delete(index=index)
        for name in templates(elastic):
            client.indices.delete_index_template(name=name)


def test_dashboards_are_imported_once_kibana_is_ready(
    kibana: Starting, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["setup", "--kibana", f"http://127.0.0.1:{kibana.server_address[1]}", "--wait", "30"]) == 0
    assert "10 data views, searches and dashboards" in capsys.readouterr().out


def test_a_server_that_never_answers_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["setup", "--kibana", "http://127.0.0.1:1", "--wait", "0"]) == 2
    assert "http://127.0.0.1:1" in capsys.readouterr().err


def test_nothing_to_set_up_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["setup"]) == 2
    assert "kafka.brokers" in capsys.readouterr().err


@pytest.mark.servers
def test_a_second_time_changes_nothing(
    kafka: Kafka, removed: Elastic, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (
        ("KAFKA_BROKERS", kafka.brokers),
        ("KAFKA_PREFIX", kafka.prefix),
        ("ELASTIC_URL", removed.url),
        ("ELASTIC_PREFIX", removed.prefix),
    ):
        monkeypatch.setenv(f"WIRE_{name}", value)
    states = []
    for _ in range(2):
        assert main(["setup", "--json"]) == 0
        states.append({one["state"] for one in map(json.loads, capsys.readouterr().out.splitlines())})
    assert states == [{"created"}, {"as it should be"}]
