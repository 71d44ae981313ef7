"""Fetching from servers that behave, and from servers that do not."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import time
from datetime import UTC, datetime
from typing import Any

import brotli
import pytest
import zstandard

from pipeline.collect.fetch import Failed, Fetched, Fetcher, FetchRequest, Gone, NotModified, Outcome, Refused
from pipeline.settings import Collect

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
FEED = b"<rss version='2.0'><channel><title>Harbour Post</title></channel></rss>"
LIMITS = Collect(fetch_seconds=5.0, connect_seconds=2.0, fetch_bytes=100_000, redirects=5)


def fetcher(web: Any, settings: Collect = LIMITS) -> Fetcher:
    return Fetcher(settings, lambda: NOW, resolve=web.resolve, network=web.network)


def fetch(
    serving: Any, answers: dict[str, Any], url: str = "http://news.example/feed", **known: Any
) -> tuple[Outcome, Any]:
    """The outcome of one fetch from a server with these answers, on a network on which it is every host."""

    async def run() -> tuple[Outcome, Any]:
        async with serving(answers) as web:
            return await fetcher(web).fetch(FetchRequest(url=url, **known)), web

    return asyncio.run(run())


def test_a_document_comes_with_all_that_the_server_says_of_it(serving: Any, response: Any) -> None:
    headers = {
        "Content-Type": "application/rss+xml; charset=utf-8",
        "ETag": '"v1"',
        "Last-Modified": "Mon, 09 Mar 2026 10:00:00 GMT",
        "Cache-Control": "max-age=900",
    }
    outcome, web = fetch(serving, {"/feed": response(FEED, headers)})
    assert outcome == Fetched(
        content=FEED,
        url="http://news.example/feed",
        content_type="application/rss+xml; charset=utf-8",
        etag='"v1"',
        last_modified="Mon, 09 Mar 2026 10:00:00 GMT",
        fresh_seconds=900.0,
    )
    assert web.connected == ["93.184.216.34"]


def test_we_say_who_we_are_and_what_we_take(serving: Any, response: Any) -> None:
    async def run() -> Any:
        async with serving({"/feed": response(FEED)}) as web:
            settings = Collect(contact="https://wire.example/bot")
            await fetcher(web, settings).fetch(FetchRequest(url="http://news.example:8080/feed"))
            return web

    asked = asyncio.run(run()).asked[0].headers
    assert asked["user-agent"].startswith("Wirepipe/")
    assert asked["user-agent"].endswith("(+https://wire.example/bot)")
    assert asked["host"] == "news.example:8080"
    assert {"gzip", "br", "zstd"} <= set(asked["accept-encoding"].split(", "))
    assert "application/rss+xml" in asked["accept"]
    assert "authorization" not in asked
    assert "if-none-match" not in asked


def test_validators_are_sent_and_304_is_understood(serving: Any) -> None:
    answer = b'HTTP/1.1 304 Not Modified\r\nETag: "v2"\r\nCache-Control: max-age=60\r\n\r\n'
    outcome, web = fetch(
        serving, {"/feed": answer}, etag='"v1"', last_modified="Mon, 09 Mar 2026 10:00:00 GMT"
    )
    assert outcome == NotModified(
        etag='"v2"', last_modified="Mon, 09 Mar 2026 10:00:00 GMT", fresh_seconds=60.0
    )
    assert web.asked[0].headers["if-none-match"] == '"v1"'
    assert web.asked[0].headers["if-modified-since"] == "Mon, 09 Mar 2026 10:00:00 GMT"


def test_a_304_that_nobody_asked_for_is_a_failure(serving: Any) -> None:
    outcome, _ = fetch(serving, {"/feed": b"HTTP/1.1 304 Not Modified\r\n\r\n"})
    assert isinstance(outcome, Failed)
    assert outcome.status == 304


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(FEED, mtime=0)),
        ("br", brotli.compress(FEED)),
        ("zstd", zstandard.compress(FEED)),
        ("identity", FEED),
    ],
)
def test_packed_documents_are_unpacked(serving: Any, response: Any, encoding: str, body: bytes) -> None:
    outcome, _ = fetch(serving, {"/feed": response(body, {"Content-Encoding": encoding})})
    assert isinstance(outcome, Fetched)
    assert outcome.content == FEED


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(bytes(50_000_000), mtime=0)),
        ("br", brotli.compress(bytes(50_000_000), quality=5)),
        ("zstd", zstandard.compress(bytes(50_000_000))),
        ("gzip, gzip", gzip.compress(gzip.compress(bytes(50_000_000), mtime=0), mtime=0)),
    ],
)
def test_bombs_are_refused(serving: Any, response: Any, encoding: str, body: bytes) -> None:
    outcome, _ = fetch(serving, {"/feed": response(body, {"Content-Encoding": encoding})})
    assert isinstance(outcome, Refused)
    assert "100000 bytes" in outcome.sentence


def test_what_is_not_packed_as_it_says_is_refused(serving: Any, response: Any) -> None:
    outcome, _ = fetch(serving, {"/feed": response(FEED, {"Content-Encoding": "gzip"})})
    assert isinstance(outcome, Refused)
    assert "gzip" in outcome.sentence


def test_a_document_too_large_by_its_own_account_is_not_read(serving: Any) -> None:
    outcome, _ = fetch(serving, {"/feed": b"HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n"})
    assert isinstance(outcome, Refused)
    assert "collect.fetch_bytes" in outcome.sentence


def test_an_endless_body_is_cut(serving: Any) -> None:
    async def endless(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(bytes(8_192))
            await writer.drain()

    outcome, _ = fetch(serving, {"/feed": endless})
    assert isinstance(outcome, Refused)


@pytest.mark.parametrize(
    "first", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n"]
)
def test_a_server_that_drips_is_left_when_the_time_is_up(serving: Any, first: bytes) -> None:
    async def drip(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        for number in range(1_000):
            writer.write(b"x" if first.endswith(b"\r\n\r\n") else f"X-{number}: y\r\n".encode())
            await writer.drain()
            await asyncio.sleep(0.02)

    async def run() -> tuple[Outcome, float]:
        async with serving({"/feed": drip}) as web:
            began = time.monotonic()
            settings = Collect(fetch_seconds=0.3, connect_seconds=0.3)
            return await fetcher(web, settings).fetch(
                FetchRequest(url="http://news.example/feed")
            ), time.monotonic() - began

    outcome, took = asyncio.run(run())
    assert isinstance(outcome, Failed)
    assert took < 3


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<rss>",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<rss>\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(range(256)) * 99)[:-40],
        b"HTTP/1.1 200 OK\r\n" + b"X-Much: " + b"x" * 300_000 + b"\r\n\r\n",
    ],
)
def test_answers_cut_off_or_no_http_are_failures_to_try_again(serving: Any, answer: bytes) -> None:
    outcome, _ = fetch(serving, {"/feed": answer})
    assert isinstance(outcome, Failed)
    assert outcome.sentence


def test_redirects_are_followed_and_only_permanent_ones_remembered(serving: Any) -> None:
    def to(location: str, status: str) -> bytes:
        return f"HTTP/1.1 {status}\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()

    answers = {
        "/feed": to("/b", "301 Moved Permanently"),
        "/b": to("http://other.example/c", "308 Permanent Redirect"),
        "/c": to("/d", "302 Found"),
        "/d": to("/e", "301 Moved Permanently"),
        "/e": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
    }
    outcome, web = fetch(serving, answers)
    assert isinstance(outcome, Fetched)
    assert outcome.url == "http://other.example/e"
    assert outcome.moved_to == "http://other.example/c"
    again, web = fetch(serving, answers, moved_to="http://other.example/c")
    assert isinstance(again, Fetched)
    assert again.moved_to == "http://other.example/c"
    assert [asked.target for asked in web.asked] == ["/c", "/d", "/e"]


def test_a_redirect_loop_ends(serving: Any) -> None:
    loop = b"HTTP/1.1 302 Found\r\nLocation: /feed?again\r\nContent-Length: 0\r\n\r\n"
    outcome, web = fetch(serving, {"/feed": loop, "/feed?again": loop})
    assert isinstance(outcome, Refused)
    assert len(web.asked) == 6


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://inside.10-0-0-7/",
        "file:///etc/passwd",
    ],
)
def test_redirects_to_places_inside_are_refused_before_anything_is_sent(serving: Any, location: str) -> None:
    answer = f"HTTP/1.1 301 Moved Permanently\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    outcome, web = fetch(serving, {"/feed": answer})
    assert isinstance(outcome, Refused)
    assert web.connected == ["93.184.216.34"]


def test_a_name_that_means_this_machine_is_refused_unless_the_list_allows_it(
    serving: Any, response: Any
) -> None:
    answers = {"/feed": response(FEED)}
    outcome, web = fetch(serving, answers, url="http://sneaky.127-0-0-1/feed")
    assert isinstance(outcome, Refused)
    assert "allow_private" in outcome.sentence
    assert web.connected == []
    outcome, web = fetch(serving, answers, url="http://sneaky.127-0-0-1/feed", allow_private=True)
    assert isinstance(outcome, Fetched)


def test_of_several_addresses_only_public_ones_are_tried_and_a_dead_one_passed_over(
    serving: Any, response: Any
) -> None:
    async def run() -> tuple[Outcome, list[str]]:
        async with serving({"/feed": response(FEED)}) as web:

            async def resolve(host: str, port: int) -> list[str]:
                return ["10.0.0.1", "2606:2800:220:1::1", "127.0.0.1", "93.184.216.34"]

            network = web.network
            real = network.connect_tcp

            async def connect_tcp(host: str, *args: Any, **more: Any) -> Any:
                if ":" in host:
                    web.connected.append(host)
                    raise ConnectErrorOfHttpcore("network is unreachable")
                return await real(host, *args, **more)

            network.connect_tcp = connect_tcp
            asker = Fetcher(LIMITS, lambda: NOW, resolve=resolve, network=network)
            return await asker.fetch(FetchRequest(url="http://news.example/feed")), web.connected

    from httpcore import ConnectError as ConnectErrorOfHttpcore

    outcome, connected = asyncio.run(run())
    assert isinstance(outcome, Fetched)
    assert connected == ["2606:2800:220:1::1", "93.184.216.34"]


def test_credentials_go_to_their_host_alone_and_nobody_sees_them(serving: Any, response: Any) -> None:
    answers = {
        "/feed": b"HTTP/1.1 301 Moved Permanently\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n",
        "/new": b"HTTP/1.1 302 Found\r\nLocation: http://other.example/x\r\nContent-Length: 0\r\n\r\n",
        "/x": response(FEED),
    }
    outcome, web = fetch(serving, answers, url="http://anna:geheim@news.example/feed")
    assert isinstance(outcome, Fetched)
    assert [asked.headers.get("authorization") for asked in web.asked] == ["Basic YW5uYTpnZWhlaW0="] * 2 + [
        None
    ]
    assert "geheim" not in repr(outcome)
    again, web = fetch(
        serving, answers, url="http://anna:geheim@news.example/feed", moved_to=outcome.moved_to
    )
    assert web.asked[0].headers["authorization"] == "Basic YW5uYTpnZWhlaW0="
    assert "geheim" not in repr(again)


@pytest.mark.parametrize(
    ("status", "header", "wait", "slow_down"),
    [
        ("429 Too Many Requests", "120", 120.0, True),
        ("429 Too Many Requests", "Tue, 10 Mar 2026 12:10:00 GMT", 600.0, True),
        ("503 Service Unavailable", "30", 30.0, True),
        ("500 Internal Server Error", "", None, False),
        ("404 Not Found", "", None, False),
        ("401 Unauthorized", "", None, False),
        ("204 No Content", "", None, False),
        ("302 Found", "", None, False),
    ],
)
def test_refusals_of_servers_are_failures_with_their_wish(
    serving: Any, response: Any, status: str, header: str, wait: float | None, slow_down: bool
) -> None:
    outcome, _ = fetch(serving, {"/feed": response(b"", {"Retry-After": header} if header else {}, status)})
    assert isinstance(outcome, Failed)
    assert (outcome.status, outcome.retry_after, outcome.slow_down) == (int(status[:3]), wait, slow_down)
    assert outcome.sentence.startswith(status[:3])


def test_gone_is_told_apart(serving: Any, response: Any) -> None:
    outcome, _ = fetch(serving, {"/feed": response(b"", status="410 Gone")})
    assert isinstance(outcome, Gone)


def test_where_nobody_answers_it_says_so() -> None:
    async def run(url: str) -> Outcome:
        return await Fetcher(LIMITS, lambda: NOW).fetch(FetchRequest(url=url, allow_private=True))

    closed = asyncio.run(run("http://127.0.0.1:9/"))
    assert closed == Failed(sentence="the connection failed: Connection refused")


def test_a_name_that_does_not_exist_is_a_failure() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        raise OSError("unknown")

    async def run() -> Outcome:
        return await Fetcher(LIMITS, lambda: NOW, resolve=resolve).fetch(
            FetchRequest(url="http://no.example/")
        )

    outcome = asyncio.run(run())
    assert isinstance(outcome, Failed)
    assert "no.example" in outcome.sentence


def test_a_name_server_that_hangs_costs_the_time_to_connect_alone() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        await asyncio.sleep(60)
        return []

    async def run() -> Outcome:
        settings = Collect(connect_seconds=0.05)
        return await Fetcher(settings, lambda: NOW, resolve=resolve).fetch(
            FetchRequest(url="http://no.example/")
        )

    assert isinstance(asyncio.run(run()), Failed)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://news.example/feed", "news.example/feed"])
def test_other_schemes_are_refused(serving: Any, url: str) -> None:
    outcome, web = fetch(serving, {}, url=url)
    assert isinstance(outcome, Refused)
    assert web.asked == []


def test_proxies_of_the_environment_are_not_used(
    serving: Any, response: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    outcome, _ = fetch(serving, {"/feed": response(FEED)})
    assert isinstance(outcome, Fetched)


def test_tls_checks_the_name_and_not_the_address(serving: Any) -> None:
    """The server speaks no TLS; what it was sent shows the name asked for."""
    hello: list[bytes] = []

    async def run() -> Outcome:
        async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            hello.append(await reader.read(4_096))
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(listen, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]

        async def resolve(host: str, _: int) -> list[str]:
            return ["127.0.0.1"]

        asker = Fetcher(LIMITS, lambda: NOW, resolve=resolve, tls=ssl.create_default_context())
        async with server:
            return await asker.fetch(
                FetchRequest(url=f"https://secure.example:{port}/feed", allow_private=True)
            )

    outcome = asyncio.run(run())
    assert isinstance(outcome, Failed)
    assert outcome.sentence.startswith("no TLS with that server")
    assert b"secure.example" in hello[0]
