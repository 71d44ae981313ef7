"""Every outcome of a bulk request is told by its level, its status and its kind; what can be mended is waited for."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from pipeline.index.elastic.bulk import (
    BASE_SECONDS,
    MOST_SECONDS,
    Action,
    Bulk,
    Misconfigured,
    Unavailable,
    backoff,
    classify_item,
    classify_request,
    requests,
)
from pipeline.index.elastic.connection import connect
from pipeline.index.elastic.mapping import Names
from pipeline.settings import Elastic

Answer = tuple[int, bytes | None]


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (201, "", "stored"),
        (200, "", "stored"),
        (404, "", "stale"),
        (409, "version_conflict_engine_exception", "stale"),
        (400, "document_parsing_exception", "refused"),
        (400, "strict_dynamic_mapping_exception", "refused"),
        (400, "illegal_argument_exception", "refused"),
        (400, "index_closed_exception", "wait"),
        (400, "validation_exception", "wait"),
        (403, "cluster_block_exception", "wait"),
        (429, "cluster_block_exception", "wait"),
        (429, "es_rejected_execution_exception", "wait"),
        (429, "circuit_breaking_exception", "wait"),
        (500, "exception", "wait"),
        (503, "unavailable_shards_exception", "wait"),
        (503, "process_cluster_event_timeout_exception", "wait"),
        (400, "invalid_index_name_exception", "fatal"),
        (404, "index_not_found_exception", "fatal"),
        (403, "security_exception", "fatal"),
    ],
)
def test_a_documents_outcome(status: int, kind: str, expected: str) -> None:
    error = {"type": kind, "reason": "because", "caused_by": {"reason": "of it"}} if kind else None
    result = classify_item(status, error)
    assert result.kind == expected
    if expected in ("refused", "wait", "fatal"):
        assert result.reason == f"{kind}: because (of it)"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, "refused"),
        (413, "refused"),
        (401, "fatal"),
        (403, "fatal"),
        (429, "wait"),
        (502, "wait"),
        (503, "wait"),
    ],
)
def test_a_whole_requests_outcome(status: int, expected: str) -> None:
    assert classify_request(status, "why").kind == expected


def test_requests_are_no_larger_than_allowed_and_hold_everything_in_order() -> None:
    chance = random.Random(3)
    sizes = [(n, chance.choice([10, 50, 400])) for n in range(200)]
    runs = list(requests(sizes, 300, 20))
    assert [n for run in runs for n in run] == list(range(200))
    of = dict(sizes)
    assert all(len(run) <= 20 and (len(run) == 1 or sum(of[n] for n in run) <= 300) for run in runs)
    assert list(requests([], 300, 20)) == []


def test_waits_grow_to_a_bound_and_are_by_chance() -> None:
    chance = random.Random(1)
    for tries in (0, 3, 7, 400):
        waits = [backoff(tries, chance) for _ in range(200)]
        bound = min(MOST_SECONDS, BASE_SECONDS * 2 ** min(tries, 30))
        assert bound * 0.9 < max(waits) <= bound
        assert min(waits) < bound * 0.1


class Server:
    """Answers each bulk request as told: with a status and a body, `None` hangs up."""

    def __init__(self, answer: Callable[[list[str]], Answer]) -> None:
        self.asked: list[list[str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                lines = self.rfile.read(int(self.headers["content-length"])).decode().splitlines()
                ids = [json.loads(line)["index"]["_id"] for line in lines[::2]]
                outer.asked.append(ids)
                status, body = answer(ids)
                if body is None:
                    self.connection.close()
                    return
                self.send_response(status)
                self.send_header("x-elastic-product", "Elasticsearch")
                self.send_header("content-type", "application/vnd.elasticsearch+json; compatible-with=9")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_PUT

            def log_message(self, *args: object) -> None:
                pass

        self._http = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        self.client = connect(Elastic(url=f"http://127.0.0.1:{self._http.server_port}"))

    def bulk(self, **more: Any) -> Bulk:
        given: dict[str, Any] = {
            "sleep": lambda seconds: None,
            "told": lambda why: None,
            "go_on": lambda: True,
        }
        return Bulk(self.client, 1_000_000, **(given | more))

    def close(self) -> None:
        self.client.close()
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[list[str]], Answer]], Server]]:
    servers: list[Server] = []

    def start(answer: Callable[[list[str]], Answer]) -> Server:
        servers.append(Server(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


Serve = Callable[[Callable[[list[str]], Answer]], Server]


def actions(count: int, **fields: Any) -> list[Action]:
    return [Action("i", str(n), 1, {"n": n} | fields) for n in range(count)]


def stored(ids: list[str]) -> Answer:
    return 200, json.dumps({"items": [{"index": {"status": 201}} for _ in ids]}).encode()


def test_a_request_that_is_too_large_is_sent_in_halves(serve: Serve) -> None:
    server = serve(lambda ids: (413, b"") if len(ids) > 2 else stored(ids))
    assert [result.kind for result in server.bulk().write(actions(9))] == ["stored"] * 9
    assert max(len(ids) for ids in server.asked[1:]) <= 5


def test_one_document_that_spoils_a_whole_request_is_refused_alone(serve: Serve) -> None:
    server = serve(
        lambda ids: (
            (400, b'{"error":{"type":"action_request_validation_exception"}}') if "3" in ids else stored(ids)
        )
    )
    results = server.bulk().write(actions(8))
    assert [n for n, result in enumerate(results) if result.kind == "refused"] == [3]
    assert sum(result.kind == "stored" for result in results) == 7


def test_a_full_queue_a_lost_connection_and_an_answer_that_is_short_are_waited_for(serve: Serve) -> None:
    troubles: list[Answer] = [
        (429, b"{}"),
        (503, b"{}"),
        (0, None),
        (200, b'{"items":[]}'),
        (200, b"no JSON"),
    ]
    server = serve(lambda ids: troubles.pop() if troubles else stored(ids))
    why: list[str] = []
    waits: list[float] = []
    results = server.bulk(told=why.append, sleep=waits.append).write(actions(3))
    assert [result.kind for result in results] == ["stored"] * 3
    assert len(why) == len(waits) == 5
    assert any("0 documents answered of 3 sent" in reason for reason in why)


def test_only_what_waits_is_sent_again_with_the_moment_of_sending(serve: Serve) -> None:
    def some(ids: list[str]) -> Answer:
        full = {"type": "es_rejected_execution_exception", "reason": "full"}
        items = [
            {"index": {"status": 201} if n == 0 else {"status": 429, "error": full}} for n in range(len(ids))
        ]
        return 200, json.dumps({"items": items}).encode()

    server = serve(some)
    moments = iter(range(100))
    sent: list[int] = []

    def stamp() -> dict[str, Any]:
        sent.append(next(moments))
        return {"sequence": sent[-1]}

    written = [action._replace(stamp=stamp) for action in actions(4)]
    assert [result.kind for result in server.bulk().write(written)] == ["stored"] * 4
    assert [len(ids) for ids in server.asked] == [4, 3, 2, 1]
    assert sent == list(range(10))


def test_it_gives_up_only_when_told_to(serve: Serve) -> None:
    server = serve(lambda ids: (503, b"{}"))
    patience = iter([True, True, False])
    with pytest.raises(Unavailable, match="503"):
        server.bulk(go_on=lambda: next(patience)).write(actions(1))
    assert len(server.asked) == 3


def test_a_wrong_user_ends_it(serve: Serve) -> None:
    server = serve(lambda ids: (401, b'{"error":{"type":"security_exception"}}'))
    with pytest.raises(Misconfigured, match="401"):
        server.bulk().write(actions(2))


@pytest.mark.servers
class TestOnAServer:
    """What Elasticsearch itself answers."""

    @pytest.fixture
    def versions(self, cluster: tuple[Elasticsearch, Elastic]) -> str:
        return f"{Names(cluster[1].prefix).versions}-0000.00"

    @pytest.fixture
    def bulk(self, cluster: tuple[Elasticsearch, Elastic]) -> Bulk:
        return Bulk(cluster[0], 1_000_000, lambda seconds: None, lambda why: None, lambda: True)

    def test_a_replay_is_stale_and_an_older_version_changes_nothing(self, bulk: Bulk, versions: str) -> None:
        two, one = (Action(versions, "replayed", n, {"id": "x", "version": n}) for n in (2, 1))
        assert [bulk.write([action])[0].kind for action in (two, two, one)] == ["stored", "stale", "stale"]

    def test_poison_is_refused_with_its_reason_and_alone(self, bulk: Bulk, versions: str) -> None:
        good = {"id": "x", "version": 1}
        results = bulk.write(
            [
                Action(versions, "good", 1, good),
                Action(versions, "unmapped", 1, {**good, "surprise": 1}),
                Action(versions, "dated", 1, {**good, "at": "the day before yesterday"}),
                Action(versions, "i" * 600, 1, good),
                Action(versions, "good too", 1, good),
            ]
        )
        assert [result.kind for result in results] == ["stored", "refused", "refused", "refused", "stored"]
        assert "strict_dynamic_mapping_exception" in results[1].reason
        assert "document_parsing_exception" in results[2].reason

    def test_a_closed_index_and_a_blocked_one_are_waited_for(
        self, cluster: tuple[Elasticsearch, Elastic], versions: str
    ) -> None:
        client = cluster[0]
        mends = [
            lambda: client.indices.open(index=versions),
            lambda: client.indices.put_settings(index=versions, settings={"index.blocks.write": None}),
        ]
        client.indices.put_settings(index=versions, settings={"index.blocks.write": True})
        why: list[str] = []

        def told(reason: str) -> None:
            why.append(reason)
            mends.pop()()

        bulk = Bulk(client, 1_000_000, lambda seconds: None, told, lambda: True)
        blocked = bulk.write([Action(versions, "blocked", 1, {"id": "x", "version": 1})])
        client.indices.close(index=versions)
        closed = bulk.write([Action(versions, "closed", 1, {"id": "x", "version": 1})])
        assert [result.kind for result in blocked + closed] == ["stored", "stored"]
        assert "cluster_block_exception" in why[0]
        assert "index_closed_exception" in why[1]

    def test_an_index_of_no_name_ends_it(self, bulk: Bulk) -> None:
        with pytest.raises(Misconfigured, match="invalid_index_name_exception"):
            bulk.write([Action("Capital*", "a", 1, {})])
