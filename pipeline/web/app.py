"""The reading API: every address, what it takes and what it answers, over one read model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import Depends, FastAPI, Header, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from pipeline import __version__
from pipeline.index import AmbiguousId, Bin, Bucket, Facets
from pipeline.settings import Settings
from pipeline.story import EntityType, Record, Story, encode
from pipeline.web import parameters
from pipeline.web.answers import (
    ChangesAnswer,
    Copy,
    EntitiesAnswer,
    EntityCount,
    FeedsAnswer,
    LiveStory,
    SearchAnswer,
    State,
    TimelineAnswer,
    copy_of,
    found,
)
from pipeline.web.changes import changes
from pipeline.web.live import Full, Live
from pipeline.web.openapi import answers, described, manual
from pipeline.web.outside import Guarded, Measured, RequestMetrics
from pipeline.web.page import Page
from pipeline.web.problems import ProblemError, problem_response
from pipeline.web.reading import Readers, ReadModel, Unreadable

ABOUT = (
    "Stories from wires and feeds, de-duplicated and tagged with entities. Times are UTC, ISO 8601. Offsets"
    " count Unicode characters. Errors are problems (RFC 9457) whose `detail` says what to do. Texts come"
    " from the wires: escape them."
)
ALSO = 20
"""Copies named with a folded story."""
BEAT_SECONDS = 15.0
"""A live stream says so often that it is open, so that proxies keep it and a dead client is noticed."""
ENTITY_TYPES: tuple[EntityType, ...] = ("person", "organisation", "place", "group", "event", "product")

StoryId = Annotated[
    str,
    Path(min_length=1, max_length=64, description="A story's id, or its beginning if no other begins so."),
]
VersionNumber = Annotated[int, Path(ge=1, le=2**31)]


def create_app(
    open_model: Callable[[], ReadModel],
    settings: Settings,
    clock: Callable[[], datetime],
    *,
    registry: CollectorRegistry | None = None,
) -> FastAPI:
    """The reading API and its page. `open_model` is called once in each reading thread; `clock` gives the
    time, UTC; `registry` is what `/metrics` shows and the app's own metrics join."""
    registry = registry or CollectorRegistry()
    readers = Readers(open_model, settings.web.readers)
    live = Live(
        readers,
        limit=settings.web.live_clients,
        poll_seconds=settings.web.live_seconds,
        beat_seconds=BEAT_SECONDS,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await live.close()
        readers.close()

    app = FastAPI(
        title="Wirepipe",
        version=__version__,
        description=ABOUT,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.readers = readers
    app.state.clock = clock
    app.state.live = live
    app.state.page = Page()
    app.state.registry = registry
    Gauge("wire_web_live_clients", "clients that listen to live stories", registry=registry).set_function(
        lambda: live.clients
    )
    _add_routes(app)
    _add_problems(app)
    app.add_middleware(Measured, metrics=RequestMetrics(registry))
    app.add_middleware(Guarded)
    return app


def _readers(request: Request) -> Readers:
    readers: Readers = request.app.state.readers
    return readers


Reads = Annotated[Readers, Depends(_readers)]


async def search(readers: Reads, asked: Annotated[parameters.Search, Query()]) -> Response:
    """Stories that match, best or newest first."""
    query = asked.query(order=asked.order, limit=asked.limit, offset=asked.offset)

    def read(model: ReadModel) -> SearchAnswer:
        # The sequence is read first: what comes in between is then told by the live stream, and not missed.
        sequence = newest(model)
        page = model.index.search(query)
        reached = asked.offset + len(page.hits)
        return SearchAnswer(
            total=page.total,
            stories=[
                found(
                    hit, short=asked.brief, others=_also(model, hit.story) if asked.copies == "fold" else ()
                )
                for hit in page.hits
            ],
            next_offset=reached if page.hits and reached < min(page.total, parameters.DEEPEST) else None,
            sequence=sequence,
        )

    return _json(await readers.read(read))


async def facets(readers: Reads, asked: Annotated[parameters.FacetList, Query()]) -> Response:
    """The commonest people, organisations, places, ..., sources, languages and changes among the stories
    that match."""
    return _json(await readers.read(lambda model: model.index.facets(asked.query(), asked.limit)))


async def entities(readers: Reads, asked: Annotated[parameters.EntityList, Query()]) -> Response:
    """The entities that the matching stories name most, of all types or one."""

    def read(model: ReadModel) -> EntitiesAnswer:
        counted = model.index.facets(asked.query(), asked.limit)
        kinds = (asked.type,) if asked.type else ENTITY_TYPES
        named = [
            EntityCount(type=kind, value=one.value, name=one.name, count=one.count, location=one.location)
            for kind in kinds
            for one in getattr(counted, kind)
        ]
        return EntitiesAnswer(
            total=counted.total, entities=sorted(named, key=lambda e: (-e.count, e.name))[: asked.limit]
        )

    return _json(await readers.read(read))


async def timeline(readers: Reads, asked: Annotated[parameters.Timeline, Query()]) -> Response:
    """How many stories match, by event time."""
    query = asked.query()

    def read(model: ReadModel) -> TimelineAnswer:
        if asked.bucket:
            return TimelineAnswer(bucket=asked.bucket, bins=model.index.timeline(query, asked.bucket))
        days = model.index.timeline(query, "day")
        bucket = fitting_bucket(days, asked.since, asked.until)
        bins = days if bucket == "day" else model.index.timeline(query, bucket)
        return TimelineAnswer(bucket=bucket, bins=bins)

    return _json(await readers.read(read))


async def story(readers: Reads, id: StoryId) -> Response:
    """A story as it stands, with its history. A killed one is its notice, without text."""
    return _json(await readers.read(lambda model: _story(model, id)))


async def versions(readers: Reads, id: StoryId) -> Response:
    """The versions of a story that may be read, oldest first, without history. Killed text is in none of
    them."""

    def read(model: ReadModel) -> list[Story]:
        whole = _story(model, id)
        seen = (model.index.version(whole.id, line.version) for line in whole.history)
        return [version for version in seen if version is not None]

    return _json(await readers.read(read))


async def version(readers: Reads, id: StoryId, version: VersionNumber) -> Response:
    """One version of a story, as it was."""
    return _json(await readers.read(lambda model: _version(model, id, version)))


async def version_changes(
    readers: Reads,
    id: StoryId,
    version: VersionNumber,
    since: Annotated[
        int | None, Query(ge=1, le=2**31, description="Compare with this version, not the one before.")
    ] = None,
) -> Response:
    """What a version changed, word by word, against the version before it or another one."""

    def read(model: ReadModel) -> ChangesAnswer:
        new = _version(model, id, version)
        if since is not None:
            return changes(_version(model, new.id, since), new)
        earlier = sorted({line.version for line in _story(model, new.id).history if line.version < version})
        return changes(model.index.version(new.id, earlier[-1]) if earlier else None, new)

    return _json(await readers.read(read))


async def copies(
    readers: Reads, id: StoryId, limit: Annotated[int, Query(ge=1, le=500, description="Stories.")] = 100
) -> Response:
    """The other stories of this story's group of copies, earliest first."""

    def read(model: ReadModel) -> list[Copy]:
        whole = _story(model, id)
        return [copy_of(one) for one in model.index.copies(whole.id, limit)]

    return _json(await readers.read(read))


async def feeds(readers: Reads, request: Request) -> Response:
    """How everything that is collected is doing: newest story of each source, trouble, dead letters."""
    at: datetime = request.app.state.clock()
    return _json(
        await readers.read(
            lambda model: FeedsAnswer(
                at=at, sources=model.sources(), dead_letters=model.dead_letters(), index=model.index.counts()
            )
        )
    )


async def live(
    request: Request,
    after: Annotated[
        int | None,
        Query(ge=0, le=2**62, description="Begin after this sequence; for clients without Last-Event-ID."),
    ] = None,
    last_event_id: Annotated[
        str | None, Header(description="Sequence of the last event seen.", max_length=20)
    ] = None,
) -> Response:
    """Stories as they change for readers, as server-sent events: `story` (data: a LiveStory; id: its
    sequence), `here` (where the stream begins) and `reset` (read anew: too much has changed). Killed and
    corrected stories are among them."""
    events: Live = request.app.state.live
    place = (
        int(last_event_id) if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else after
    )
    return events.response(place)


async def health() -> Response:
    """The service lives."""
    return _json(State(status="ok"))


async def ready(readers: Reads) -> Response:
    """The index opens and answers."""
    counted = await readers.read(lambda model: model.index.counts())
    return _json(State(status="ok", stories=counted.stories))


async def metrics(request: Request) -> Response:
    """Prometheus metrics."""
    return Response(generate_latest(request.app.state.registry), media_type=CONTENT_TYPE_LATEST)


async def page(request: Request) -> Response:
    """The page."""
    return _file(request, "index.html")


async def static(request: Request, name: Annotated[str, Path(max_length=100)]) -> Response:
    """One of the page's files."""
    return _file(request, name)


async def openapi(request: Request) -> Response:
    """This description."""
    return Response(msgspec.json.encode(_described(request.app)), media_type="application/json")


async def docs(request: Request) -> Response:
    """This description for people."""
    return HTMLResponse(manual(_described(request.app)))


def newest(model: ReadModel) -> int:
    """The sequence of the index's latest change for readers; 0 for none."""
    last = model.index.tail(None, 1)
    return last[-1][0] if last else 0


def fitting_bucket(days: Sequence[Bin], since: datetime | None, until: datetime | None) -> Bucket:
    """The length of bin that gives a graph of stories on these days some dozens to some hundred bars."""
    if not days:
        return "hour"
    first = max(days[0].start, since) if since else days[0].start
    last = days[-1].start + timedelta(days=1)
    span = (min(last, until) if until else last) - first
    if span <= timedelta(hours=6):
        return "minute"
    if span <= timedelta(days=21):
        return "hour"
    return "day" if span <= timedelta(days=600) else "month"


def _add_routes(app: FastAPI) -> None:
    """Every address with what it answers."""
    missing = (400, 404)
    for path, run, responses in (
        ("/api/search", search, answers(SearchAnswer, "The stories.", problems=(400,))),
        ("/api/facets", facets, answers(Facets, "The counts.", problems=(400,))),
        ("/api/entities", entities, answers(EntitiesAnswer, "The entities.", problems=(400,))),
        ("/api/timeline", timeline, answers(TimelineAnswer, "The bars.", problems=(400,))),
        ("/api/stories/{id}", story, answers(Story, "The story.", problems=missing)),
        (
            "/api/stories/{id}/versions",
            versions,
            answers(Story, "The versions.", problems=missing, many=True),
        ),
        ("/api/stories/{id}/versions/{version}", version, answers(Story, "The version.", problems=missing)),
        (
            "/api/stories/{id}/versions/{version}/changes",
            version_changes,
            answers(ChangesAnswer, "The passages that changed.", problems=missing),
        ),
        ("/api/stories/{id}/copies", copies, answers(Copy, "The copies.", problems=missing, many=True)),
        ("/api/feeds", feeds, answers(FeedsAnswer, "The feeds.")),
        ("/api/live", live, answers(LiveStory, "The stream.", problems=(400,), media="text/event-stream")),
        ("/health", health, answers(State, "It lives.")),
        ("/ready", ready, answers(State, "It can be read.")),
    ):
        app.add_api_route(path, run, methods=["GET"], responses=responses, response_class=Response)
    for path, serve in (
        ("/metrics", metrics),
        ("/openapi.json", openapi),
        ("/docs", docs),
        ("/static/{name}", static),
        ("/", page),
    ):
        app.add_api_route(path, serve, methods=["GET", "HEAD"], include_in_schema=False)


def _add_problems(app: FastAPI) -> None:
    """Every error is a problem that says what to do."""

    @app.exception_handler(ProblemError)
    async def told(_: Request, error: ProblemError) -> Response:
        return problem_response(error.status, error.detail, error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        return problem_response(400, "; ".join(_sentence(one) for one in error.errors()))

    @app.exception_handler(AmbiguousId)
    async def ambiguous(_: Request, error: AmbiguousId) -> Response:
        return problem_response(400, str(error))

    @app.exception_handler(Unreadable)
    async def unreadable(_: Request, error: Unreadable) -> Response:
        return problem_response(503, str(error), {"Retry-After": "5"})

    @app.exception_handler(Full)
    async def full(_: Request, error: Full) -> Response:
        return problem_response(
            503, "As many listen already as may (web.live_clients); try again later.", {"Retry-After": "30"}
        )

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> Response:
        told = {404: "Nothing is at this address; /docs lists all.", 405: "Only GET is answered here."}
        return problem_response(error.status_code, told.get(error.status_code, error.detail), error.headers)


def _sentence(error: Any) -> str:
    where = str(next(iter(error["loc"][1:]), "request"))  # after `query` or `path`
    if error["type"] == "extra_forbidden":
        return f"`{where}` is no parameter of this address; /docs lists them"
    return f"`{where}`: {error['msg'][0].lower()}{error['msg'][1:]}"


def _story(model: ReadModel, id: str) -> Story:
    found = model.index.get(id)
    if found is None:
        raise ProblemError(
            404, f"No story {id!r} is in the index; it may have expired or not be released yet."
        )
    return found


def _version(model: ReadModel, id: str, version: int) -> Story:
    found = model.index.version(id, version)
    if found is None:
        raise ProblemError(404, f"Story {id!r} has no version {version} that may be read.")
    return found


def _also(model: ReadModel, story: Story) -> list[Story]:
    return model.index.copies(story.id, ALSO)


def _file(request: Request, name: str) -> Response:
    page: Page = request.app.state.page
    response = page.response(name, request)
    if response is None:
        raise ProblemError(404, "The page has no such file.")
    return response


def _described(app: FastAPI) -> dict[str, Any]:
    return described(
        app,
        (
            SearchAnswer,
            Facets,
            EntitiesAnswer,
            TimelineAnswer,
            Story,
            ChangesAnswer,
            Copy,
            FeedsAnswer,
            LiveStory,
            State,
        ),
    )


def _json(record: Record | Sequence[Record]) -> Response:
    return Response(encode(record), media_type="application/json")
