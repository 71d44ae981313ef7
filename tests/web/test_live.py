"""The live stream over a real server: nothing missed, nothing twice, a bound on clients."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx

from pipeline.settings import Settings
from pipeline.store import transaction
from pipeline.story import replace
from pipeline.web.app import create_app
from pipeline.web.embedded import EmbeddedModel
from pipeline.web.server import serve

if TYPE_CHECKING:
    from conftest import Make, Newsroom

Event = tuple[str, int, Any]
NOW = datetime(2026, 3, 14, 18, tzinfo=UTC)


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(lambda: EmbeddedModel(settings), settings, lambda: NOW)
    server = serve(app, "127.0.0.1", 0)
    await server.start()
    try:
        async with httpx.AsyncClient(base_url=server.url, timeout=20) as client:
            yield client
    finally:
        await server.stop()


@asynccontextmanager
async def listening(
    client: httpx.AsyncClient, **request: Any
) -> AsyncIterator[Callable[[], Awaitable[Event]]]:
    """A client of the stream; calling what it gives waits for the next event."""
    async with client.stream("GET", "/api/live", **request) as answer:
        assert answer.status_code == 200, await answer.aread()
        lines = answer.aiter_lines()

        async def next_event() -> Event:
            told: dict[str, str] = {}
            async for line in lines:
                name, _, value = line.partition(": ")
                if line == "" and "data" in told:
                    return told["event"], int(told["id"]), json.loads(told["data"])
                told[name] = value
            raise AssertionError("the stream ended")

        yield next_event


def test_a_story_is_told_as_it_comes_and_a_kill_too(newsroom: Newsroom, make: Make) -> None:
    async def scene() -> None:
        async with served(newsroom.settings) as client, listening(client) as event:
            name, here, _ = await event()
            assert name == "here"
            story = make("meridian", "fresh", "A bridge opens", ["It opened."], 300)
            newsroom.put(story)
            name, sequence, told = await event()
            assert (name, told["sequence"]) == ("story", sequence)
            assert sequence > here
            assert told["story"]["headline"] == "A bridge opens"
            assert told["story"]["body"] == []
            newsroom.put(replace(story, version=2, change="kill", status="canceled"))
            _, later, told = await event()
            assert later > sequence
            assert told["story"]["status"] == "canceled"
            assert told["story"]["headline"] == ""

    asyncio.run(scene())


def test_after_a_break_it_goes_on_where_the_reader_was(newsroom: Newsroom, make: Make) -> None:
    async def scene() -> None:
        async with served(newsroom.settings) as client:
            async with listening(client) as event:
                _, here, _ = await event()
            stories = [make("meridian", f"n{n}", f"Story {n}", ["Text."], 300 + n) for n in range(250)]
            newsroom.put(*stories)
            async with listening(client, headers={"Last-Event-ID": str(here)}) as event:
                assert (await event())[:2] == ("here", here)
                told = [await event() for _ in stories]
            assert [one[2]["story"]["id"] for one in told] == [story.id for story in stories]
            sequences = [one[1] for one in told]
            assert sequences == sorted(set(sequences))
            async with listening(client, params={"after": sequences[-2]}) as event:
                await event()
                assert (await event())[2]["story"]["id"] == stories[-1].id

    asyncio.run(scene())


def test_a_reader_too_far_behind_or_ahead_reads_anew(newsroom: Newsroom, make: Make) -> None:
    async def scene() -> None:
        async with served(newsroom.settings) as client:
            for last in ("99999", "99999999999999999999"):
                async with listening(client, headers={"Last-Event-ID": last}) as event:
                    name, newest, _ = await event()
                    assert name == "reset"
                    assert (await event())[:2] == ("here", newest)
            newsroom.put(*[make("flood", f"n{n}", f"Story {n}", ["Text."], n) for n in range(2_100)])
            async with listening(client, params={"after": 0}) as event:
                assert (await event())[0] == "reset"

    asyncio.run(scene())


def test_an_index_made_anew_tells_its_readers_to_read_anew(newsroom: Newsroom, make: Make) -> None:
    async def scene() -> None:
        async with served(newsroom.settings) as client, listening(client) as event:
            await event()
            with transaction(newsroom.connection) as store:
                store.execute("UPDATE stories SET sequence = NULL, shown = 0")
                store.execute("UPDATE index_state SET sequence = 0")
            assert (await event())[0] == "reset"
            newsroom.put(make("meridian", "first", "The first again", ["Text."], 300))
            assert (await event())[2]["story"]["headline"] == "The first again"

    asyncio.run(scene())


def test_clients_are_bounded_and_a_place_is_free_again(newsroom: Newsroom) -> None:
    async def scene() -> None:
        async with served(newsroom.settings) as client, listening(client) as one, listening(client) as two:
            async with listening(client) as three:
                for event in (one, two, three):
                    await event()
                refused = await client.get("/api/live")
                assert refused.status_code == 503
                assert refused.headers["retry-after"]
                assert "wire_web_live_clients 3.0" in (await client.get("/metrics")).text
            while "wire_web_live_clients 3.0" in (await client.get("/metrics")).text:
                pass
            async with listening(client) as four:
                assert (await four())[0] == "here"

    asyncio.run(asyncio.wait_for(scene(), 30))


def test_stopping_ends_the_streams_at_once(newsroom: Newsroom) -> None:
    async def scene() -> None:
        app = create_app(lambda: EmbeddedModel(newsroom.settings), newsroom.settings, lambda: NOW)
        server = serve(app, "127.0.0.1", 0)
        await server.start()
        async with (
            httpx.AsyncClient(base_url=server.url) as client,
            client.stream("GET", "/api/live") as answer,
        ):
            lines = answer.aiter_lines()
            await anext(lines)
            stopping = asyncio.create_task(server.stop())
            async for _ in lines:
                pass
            await stopping

    asyncio.run(asyncio.wait_for(scene(), 4))


def test_before_there_is_a_store_the_stream_waits_for_it(newsroom: Newsroom, make: Make) -> None:
    waiting = newsroom.path.with_name("later.db")
    settings = replace(newsroom.settings, store=replace(newsroom.settings.store, path=str(waiting)))

    async def scene() -> None:
        async with served(settings) as client, listening(client) as event:
            assert (await event())[:2] == ("here", 0)
            newsroom.connection.execute("VACUUM INTO ?", (str(waiting),))
            assert (await event())[2]["sequence"] == 1

    asyncio.run(asyncio.wait_for(scene(), 20))
