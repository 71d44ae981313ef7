"""Fetches one document over HTTP, suspiciously: every hop checked, everything bounded, and what came of it
told in one typed outcome."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import httpcore
import httpx

from pipeline import __version__
from pipeline.collect import address, decoding, headers
from pipeline.collect.address import AddressRefused, redact
from pipeline.collect.connect import CheckedBackend, Resolve, SystemResolver
from pipeline.settings import Collect
from pipeline.story import Record

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)

_REDIRECTS = (301, 302, 303, 307, 308)
_PERMANENT = (301, 308)
_MEANINGS = {
    400: "the server calls the request bad",
    401: "a user name and password are wanted: write them into the address, https://user:password@host/",
    403: "the server refuses us",
    404: "nothing is there",
    429: "we ask too often",
    500: "the server has an error",
    502: "the server behind the server does not answer",
    503: "the server is busy or down",
    504: "the server behind the server does not answer in time",
}


class FetchRequest(Record, frozen=True, kw_only=True):
    """One thing to fetch, and what is known of it."""

    url: str
    moved_to: str = ""
    """Where permanent redirects led before; asked instead of `url`, with its credentials where the host is
    the same."""
    etag: str = ""
    last_modified: str = ""
    allow_private: bool = False


class Fetched(Record, frozen=True, kw_only=True):
    """A document, whole."""

    content: bytes
    """Decompressed."""
    url: str
    """Where it came from after redirects, without credentials."""
    content_type: str = ""
    content_language: str = ""
    etag: str = ""
    last_modified: str = ""
    fresh_seconds: float = 0.0
    """It need not be asked for again so long."""
    moved_to: str = ""
    """Where permanent redirects lead, without credentials; empty where there was none."""


class NotModified(Record, frozen=True, kw_only=True):
    """The server says that it is still the one that we have."""

    etag: str = ""
    last_modified: str = ""
    fresh_seconds: float = 0.0
    moved_to: str = ""


class Failed(Record, frozen=True, kw_only=True):
    """It did not work this time; another time it may."""

    sentence: str
    status: int | None = None
    retry_after: float | None = None
    """Seconds that the server asks us to wait."""
    slow_down: bool = False
    """The server says that we, or all, ask too much (429, 503): its other feeds wait as well."""


class Gone(Record, frozen=True, kw_only=True):
    """410: the server says that it is gone for good."""

    sentence: str = "410: the server says that this feed is gone for good"


class Refused(Record, frozen=True, kw_only=True):
    """We did not take it, and a person should know: a bad address, too large, not what it says it is."""

    sentence: str


Outcome = Fetched | NotModified | Failed | Gone | Refused


class Fetcher:
    """The one door to the network for feeds. No proxy, cookie or setting from the environment other than
    SSL_CERT_FILE."""

    def __init__(
        self,
        settings: Collect,
        clock: Callable[[], datetime],
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._resolve = resolve or SystemResolver()
        self._tls = tls or httpx.create_ssl_context()
        self._network = network or httpcore.AnyIOBackend()

    async def fetch(self, request: FetchRequest) -> Outcome:
        """What came of asking for `request`, within settings.fetch_seconds and fetch_bytes. Never raises for
        what a server does."""
        seconds = self._settings.fetch_seconds
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(request)
        except TimeoutError:
            return Failed(sentence=f"no whole answer within {seconds:g} seconds")
        except (AddressRefused, decoding.Undecodable) as error:
            return Refused(sentence=_one_line(error))
        except _TooMuch as error:
            return Refused(sentence=self._too_large(str(error)))
        except decoding.TooLarge:
            return Refused(sentence=self._too_large("once decompressed"))
        except decoding.Truncated:
            return Failed(sentence="the answer ends too early: its compressed bytes are cut off")
        except httpcore.TimeoutException as error:
            return Failed(
                sentence=_one_line(error)
                or f"no connection within {self._settings.connect_seconds:g} seconds"
            )
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            return Failed(sentence=_network_sentence(error))

    async def _follow(self, request: FetchRequest) -> Outcome:
        """Asks, and asks again where redirects lead."""
        listed = address.parse(request.url)
        at = listed
        if request.moved_to:
            at = address.with_credentials_of(listed, address.parse(request.moved_to))
        permanent, all_permanent = at, True
        for hop in range(self._settings.redirects + 1):
            answer = await self._ask(at, request, first_hop=hop == 0 and not request.moved_to)
            location = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not location:
                moved_to = "" if permanent == listed else str(address.without_credentials(permanent))
                return await self._outcome(answer, request, at, moved_to)
            at = address.redirected(at, location)
            all_permanent = all_permanent and answer.status in _PERMANENT
            permanent = at if all_permanent else permanent
        times = self._settings.redirects
        return Refused(sentence=f"redirected more than {times} times, the last time to {redact(str(at))}")

    async def _ask(self, url: httpx.URL, request: FetchRequest, *, first_hop: bool) -> _Answer:
        """One request, one answer; the body is read, packed as it came, only of a 200."""
        backend = CheckedBackend(
            self._resolve, self._network, allow_private=request.allow_private, first_hop=first_hop
        )
        # A connection is not kept: the next poll is minutes away, and must check the address again.
        async with (
            httpcore.AsyncConnectionPool(
                self._tls, max_connections=1, max_keepalive_connections=0, network_backend=backend
            ) as pool,
            pool.stream(
                "GET",
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=self._headers(url, request),
                extensions={
                    "timeout": {
                        "connect": self._settings.connect_seconds,
                        "pool": self._settings.connect_seconds,
                    }
                },
            ) as response,
        ):
            answer = _Answer(response.status, _joined(response.headers))
            if response.status == 200:
                answer.body = await self._read(response, answer.headers.get("content-length", ""))
            return answer

    async def _read(self, response: httpcore.Response, length: str) -> bytes:
        most = self._settings.fetch_bytes
        if length.isdecimal() and int(length[:20]) > most:
            raise _TooMuch("by its own account")
        body = bytearray()
        async for chunk in response.aiter_stream():
            body += chunk
            if len(body) > most:
                raise _TooMuch("and still coming")
        return bytes(body)

    async def _outcome(self, answer: _Answer, request: FetchRequest, at: httpx.URL, moved_to: str) -> Outcome:
        now = self._clock()
        fresh = headers.fresh_seconds(answer.headers, now)
        etag, last_modified = answer.headers.get("etag", ""), answer.headers.get("last-modified", "")
        if answer.status == 200:
            encoding = answer.headers.get("content-encoding", "")
            content = answer.body
            if encoding:
                content = await asyncio.to_thread(
                    decoding.decode, answer.body, encoding, self._settings.fetch_bytes
                )
            return Fetched(
                content=content,
                url=redact(str(address.without_credentials(at))),
                content_type=answer.headers.get("content-type", ""),
                content_language=answer.headers.get("content-language", ""),
                etag=etag,
                last_modified=last_modified,
                fresh_seconds=fresh,
                moved_to=moved_to,
            )
        if answer.status == 304 and (request.etag or request.last_modified):
            return NotModified(
                etag=etag or request.etag,
                last_modified=last_modified or request.last_modified,
                fresh_seconds=fresh,
                moved_to=moved_to,
            )
        if answer.status == 410:
            return Gone()
        return Failed(
            sentence=f"{answer.status}: {_MEANINGS.get(answer.status, 'no document came with it')}",
            status=answer.status,
            retry_after=headers.retry_after(answer.headers, now),
            slow_down=answer.status in (429, 503),
        )

    def _headers(self, url: httpx.URL, request: FetchRequest) -> list[tuple[bytes, bytes]]:
        contact = f" (+{self._settings.contact})" if self._settings.contact else ""
        lines = {
            "Host": url.netloc.decode("ascii"),
            "User-Agent": f"Wirepipe/{__version__}{contact}",
            "Accept": ACCEPT,
            "Accept-Encoding": decoding.ACCEPTED,
            "Connection": "close",
        }
        if request.etag:
            lines["If-None-Match"] = request.etag
        if request.last_modified:
            lines["If-Modified-Since"] = request.last_modified
        if url.userinfo:
            lines["Authorization"] = "Basic " + base64.b64encode(
                f"{url.username}:{url.password}".encode()
            ).decode("ascii")
        return [(name.encode("ascii"), value.encode("latin-1", "replace")) for name, value in lines.items()]

    def _too_large(self, how: str) -> str:
        return f"larger than {self._settings.fetch_bytes} bytes {how}: collect.fetch_bytes is the limit"


class _TooMuch(Exception):
    """The body is larger than allowed; the message says how that is known."""


@dataclass(slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes = b""


def _joined(lines: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Header lines by lower-case name, repeated ones joined (RFC 9110 5.3)."""
    table: dict[str, str] = {}
    for name, value in lines:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        table[key] = f"{table[key]}, {text}" if key in table else text
    return table


def _network_sentence(error: Exception) -> str:
    """What went wrong on the way, in the words of the system rather than of libraries."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return f"no TLS with that server: {(cause.reason or _one_line(cause)).replace('_', ' ').lower()}"
        if isinstance(cause, httpcore.RemoteProtocolError):
            return f"the answer is cut off or is no HTTP: {_one_line(cause)}"
        if isinstance(cause, OSError) and cause.errno and not isinstance(cause, socket.gaierror):
            return f"the connection failed: {os.strerror(cause.errno)}"
    return next(filter(None, map(_one_line, causes)), f"the connection broke ({type(error).__name__})")


def _causes(error: BaseException | None) -> Iterator[Exception]:
    """The exception and those behind it."""
    for _ in range(10):
        if not isinstance(error, Exception):
            return
        yield error
        error = error.__cause__ or error.__context__


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
