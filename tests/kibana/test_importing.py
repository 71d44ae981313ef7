"""Objects reach a Kibana by its import, and what it says against them reaches a person."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pipeline.kibana import KibanaError, import_objects

OBJECTS = (
    b'{"type":"index-pattern","id":"a","attributes":{}}\n{"type":"dashboard","id":"b","attributes":{}}\n'
)


class Kibana(ThreadingHTTPServer):
    """What Kibana's import does with a request, as its documentation says: a header against forgery, a form with one file."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Imports)
        self.authorization: str | None = None
        """What a request must bring; None: nothing."""
        self.answer: tuple[int, bytes] | None = None
        """What is answered whatever is asked."""
        self.imported: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Imports(BaseHTTPRequestHandler):
    """One request."""

    server: Kibana

    def do_POST(self) -> None:
        """`POST /api/saved_objects/_import`, in the default space or one named `news`."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = urlsplit(self.path)
        if self.server.answer is not None:
            self.reply(*self.server.answer)
        elif asked.path not in ("/api/saved_objects/_import", "/s/news/api/saved_objects/_import"):
            self.reply(404, b'{"statusCode":404,"error":"Not Found","message":"Not Found"}')
        elif "kbn-xsrf" not in self.headers:
            self.reply(400, b'{"statusCode":400,"message":"Request must contain a kbn-xsrf header."}')
        elif self.server.authorization and self.headers["Authorization"] != self.server.authorization:
            self.reply(401, b'{"statusCode":401,"message":"Unauthorized"}')
        else:
            self.take(body, parse_qs(asked.query))

    def take(self, body: bytes, query: dict[str, list[str]]) -> None:
        form = message_from_bytes(b"Content-Type: " + self.headers["Content-Type"].encode() + b"\n\n" + body)
        parts = form.get_payload()
        assert isinstance(parts, list)
        [file] = parts
        assert not isinstance(file, str)
        name = file.get_filename()
        if query.get("overwrite") != ["true"] or not name or not name.endswith(".ndjson"):
            self.reply(400, b'{"statusCode":400,"message":"Invalid file extension"}')
            return
        content = file.get_payload(decode=True)
        assert isinstance(content, bytes)
        self.server.imported = [json.loads(line) for line in content.splitlines()]
        self.reply(
            200,
            json.dumps({"success": True, "successCount": len(self.server.imported), "errors": []}).encode(),
        )

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def kibana() -> Iterator[Kibana]:
    """A server that imports."""
    server = Kibana()
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_object_is_imported(kibana: Kibana) -> None:
    assert import_objects(kibana.url + "/", OBJECTS) == 2
    assert [one["id"] for one in kibana.imported] == ["a", "b"]


def test_a_space_is_part_of_the_address(kibana: Kibana) -> None:
    assert import_objects(f"{kibana.url}/s/news", OBJECTS) == 2


def test_a_user_is_let_in_by_password(kibana: Kibana) -> None:
    kibana.authorization = "Basic " + b64encode(b"ann:sesame").decode()
    assert import_objects(kibana.url, OBJECTS, user="ann", password="sesame") == 2
    with pytest.raises(KibanaError, match=r"401.*may not save objects"):
        import_objects(kibana.url, OBJECTS, user="ann", password="wrong")


def test_a_key_is_enough(kibana: Kibana) -> None:
    kibana.authorization = "ApiKey abc="
    assert import_objects(kibana.url, OBJECTS, user="ann", api_key="abc=") == 2


def test_what_is_refused_is_named_with_the_reason(kibana: Kibana) -> None:
    refused = {
        "success": False,
        "successCount": 1,
        "errors": [
            {
                "type": "dashboard",
                "id": "b",
                "error": {"type": "missing_references", "references": [{"type": "search", "id": "c"}]},
            }
        ],
    }
    kibana.answer = 200, json.dumps(refused).encode()
    with pytest.raises(KibanaError, match="dashboard b: missing_references needs search c"):
        import_objects(kibana.url, OBJECTS)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (400, b'{"message":"Unexpected token"}', "400: Unexpected token"),
        (404, b"", "no Kibana there, or no such space"),
        (503, b"Kibana server is not ready yet", "not ready yet; try again"),
        (200, b"<html>a login page</html>", "no Kibana there: '<html>"),
        (200, b"[]", "no Kibana there"),
    ],
)
def test_an_answer_that_is_no_import_says_what_to_do(
    kibana: Kibana, status: int, body: bytes, said: str
) -> None:
    kibana.answer = status, body
    with pytest.raises(KibanaError, match=said):
        import_objects(kibana.url, OBJECTS)


def test_nobody_there() -> None:
    with pytest.raises(KibanaError, match="Connection refused"):
        import_objects("http://127.0.0.1:1", OBJECTS)
    with pytest.raises(KibanaError, match="nonsense"):
        import_objects("nonsense", OBJECTS)
