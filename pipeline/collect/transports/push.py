"""The endpoint that agencies push documents to: `POST /push/NAME`, with the source's token, answered once all is durable."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline.collect import decoding, feed_state, polled
from pipeline.collect.arrival import Arrival, Deliver
from pipeline.collect.document import Document
from pipeline.collect.feed_state import FeedState
from pipeline.collect.feedlist import BadFeedList, Feed, FeedList
from pipeline.collect.novelty import Novelty
from pipeline.collect.transports import PUSHED
from pipeline.collect.transports.collector import Reads, read_all
from pipeline.collect.transports.enveloped import uploaded
from pipeline.collect.transports.secrets import NoSecret, secret_of
from pipeline.settings import Collect
from pipeline.story import replace

log = structlog.get_logger("wire.push")

AT_ONCE = 8
"""Documents taken at once; agencies send the others again."""


class Push:
    """Takes what is pushed. A document that cannot be read is answered as one that can: it is durable, with the dead letters,
    and sending it again would not help; the answer says so."""

    def __init__(
        self,
        feeds: FeedList,
        reader: Reads,
        state: FeedState,
        deliver: Deliver,
        clock: Callable[[], datetime],
        settings: Collect,
        environment: Mapping[str, str],
        stop: asyncio.Event,
    ) -> None:
        """`stop`: nothing more is taken once it is set."""
        self._list = feeds
        self._reader = reader
        self._state = state
        self._deliver = deliver
        self._clock = clock
        self._settings = settings
        self._environment = environment
        self._stop = stop
        self._feeds: dict[str, Feed] = {}
        self._taking = 0
        self._reading = asyncio.Lock()

    @property
    def route(self) -> Route:
        """The endpoint, for an app."""
        return Route("/push/{name}", self.answer, methods=["POST", "PUT"])

    async def answer(self, request: Request) -> Response:
        """2xx once durable; 401 without the right token (also where nothing is pushed under that name), 413, 503."""
        feed = self._feed(request.path_params["name"])
        if not self._may(feed, request) or feed is None:
            return _told(
                401, "a token is wanted: Authorization: Bearer TOKEN", {"WWW-Authenticate": "Bearer"}
            )
        if self._taking >= AT_ONCE or self._stop.is_set():
            return _told(503, "busy; send it again", {"Retry-After": "5"})
        self._taking += 1
        try:
            async with asyncio.timeout(self._settings.fetch_seconds):
                content = await self._body(request)
        except decoding.TooLarge:
            return _told(413, f"larger than {self._settings.fetch_bytes} bytes")
        except (decoding.Undecodable, decoding.Truncated) as error:
            return _told(415, f"its Content-Encoding is wrong: {error or 'cut off'}")
        except (TimeoutError, ClientDisconnect):
            return _told(408, "no whole document in time")
        else:
            return await self._take(feed, request, content)
        finally:
            self._taking -= 1

    def _feed(self, name: str) -> Feed | None:
        """What is pushed under this name."""
        try:
            listed = self._list.changed()
        except BadFeedList as error:
            log.error("feed list not taken; the last good one stays", error=str(error))
            listed = None
        if listed is not None:
            self._feeds = {
                name: feed
                for feed in listed
                for scheme, _, name in [feed.url.partition(":")]
                if scheme.lower() == PUSHED and feed.enabled
            }
        return self._feeds.get(name)

    def _may(self, feed: Feed | None, request: Request) -> bool:
        try:
            token = secret_of(feed.secret, self._environment) if feed else ""
        except NoSecret as error:
            log.error("nothing can be pushed", feed=feed.name if feed else "", error=str(error))
            token = ""
        # Compared also where there is none, so that the time says nothing.
        same = [hmac.compare_digest(given.encode(), token.encode()) for given in _tokens(request)]
        return bool(token) and any(same)

    async def _body(self, request: Request) -> bytes:
        most = self._settings.fetch_bytes
        content = bytearray()
        async for piece in request.stream():
            content += piece
            if len(content) > most:
                raise decoding.TooLarge
        encoding = request.headers.get("content-encoding", "")
        return await asyncio.to_thread(decoding.decode, bytes(content), encoding, most)

    async def _take(self, feed: Feed, request: Request, content: bytes) -> Response:
        if not content.strip():
            return _told(400, "an empty document")
        now = self._clock()
        document = Document(
            content=content,
            source=feed.story_source,
            name=feed.url,
            content_type=request.headers.get("content-type", ""),
            content_language=request.headers.get("content-language", ""),
            collected_at=now,
        )
        documents = await asyncio.to_thread(uploaded, document)
        # The reader takes one document at a time: the others wait here, and not in threads that others need.
        async with self._reading:
            parsed = await asyncio.to_thread(read_all, self._reader, documents)
        parsed = replace(parsed, stories=polled.completed(parsed.stories, feed, "", now))
        state = replace(
            polled.begun(feed, self._state.get(feed.name)),
            failures=0,
            last_error="",
            notice=polled.notice(parsed),
            held=len(parsed.stories),
            last_poll=now,
            last_success=now,
            last_full=now,
            last_new=now,
            next_poll=None,
        )
        note = partial(feed_state.remember, state=state, novelty=Novelty(), now=now)
        try:
            await self._deliver(Arrival(document, parsed, note))
        except Exception as error:
            log.error("not stored; the sender is told", feed=feed.name, error=str(error))
            return _told(503, "could not be stored; send it again", {"Retry-After": "10"})
        log.info("pushed", feed=feed.name, stories=len(parsed.stories), problem=state.notice)
        return _json(200, {"stories": len(parsed.stories), "problem": state.notice})


def _tokens(request: Request) -> list[str]:
    """Where a sender may put its token: as a bearer's (RFC 6750), as a password (RFC 7617), in a header, in the address."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    found = [request.headers.get("x-token", ""), request.query_params.get("token", "")]
    if kind.lower() == "bearer":
        found.append(value.strip())
    if kind.lower() == "basic":
        with contextlib.suppress(binascii.Error, ValueError):
            found.append(base64.b64decode(value, validate=True).decode("utf-8", "replace").partition(":")[2])
    return found


def _told(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    return _json(status, {"problem": sentence}, headers)


def _json(status: int, content: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Response:
    return Response(json.dumps(content, ensure_ascii=False), status, headers, "application/json")
