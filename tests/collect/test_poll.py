"""Polling over the life of feeds: what is delivered, what is asked, and what survives the end of the process."""

from __future__ import annotations

import asyncio
import itertools
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.collect import formats, poll
from pipeline.collect.arrival import Arrival
from pipeline.collect.document import Document, Fault, Parsed, UnreadableDocument
from pipeline.collect.feed_standing import standing
from pipeline.collect.feed_state import FeedState, Remembered
from pipeline.collect.feedlist import BadFeedList, FileList, load
from pipeline.collect.fetch import Failed, Fetched, FetchRequest, Gone, NotModified, Outcome, Refused
from pipeline.collect.poll import Poller
from pipeline.settings import Collect
from pipeline.store import open_store, transaction

BEGIN = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
SETTINGS = Collect(host_gap_seconds=0.0)
URL = "https://harbour.example/rss"


def rss(*items: tuple[str, str], ttl: int | None = None) -> bytes:
    """A feed of (guid, headline), the newest first as feeds are; `b` is an hour younger than `a`."""
    entries = "".join(
        f"<item><guid>{guid}</guid><title>{headline}</title><description>About {guid}.</description>"
        f"<pubDate>{BEGIN - timedelta(hours=ord('z') - ord(guid[0])):%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
        for guid, headline in items
    )
    wish = f"<ttl>{ttl}</ttl>" if ttl else ""
    return f'<rss version="2.0"><channel><title>Harbour Post</title>{wish}{entries}</channel></rss>'.encode()


def fetched(content: bytes, **more: Any) -> Fetched:
    return Fetched(content=content, url=URL, content_type="application/rss+xml", **more)


class Killed(BaseException):
    """The process ends here."""


class Reading:
    """Reads documents in this process, and counts."""

    def __init__(self) -> None:
        self.documents = 0

    def read(self, document: Document) -> Parsed:
        self.documents += 1
        try:
            return formats.parse(document)
        except UnreadableDocument as error:
            return Parsed(format="", stories=[], faults=[Fault(reason=str(error))])


class World:
    """A feed list, servers that answer as told, a store, and a clock: what outlives a process."""

    def __init__(self, folder: Path) -> None:
        self.list = folder / "feeds.toml"
        self.store = folder / "wire.db"
        self.now = BEGIN
        self.answers: dict[str, Outcome] = {}
        self.asked: list[FetchRequest] = []
        self.reading = Reading()
        self.settings = SETTINGS
        self.crash = ""
        self.refusals = 0
        """How many deliveries fail before one succeeds."""
        self.faults: list[str] = []
        self.listed(("harbour", URL))
        with closing(open_store(self.store)) as connection:
            connection.execute(
                "CREATE TABLE delivered (number INTEGER PRIMARY KEY, guid TEXT, headline TEXT, source TEXT)"
            )
            connection.execute("CREATE TABLE dead (reason TEXT)")

    def listed(self, *feeds: tuple[str, str], more: str = "") -> None:
        text = "".join(f'[[feed]]\nname = "{name}"\nurl = "{url}"\n{more}\n' for name, url in feeds)
        self.list.write_text(text, "utf-8")

    async def fetch(self, request: FetchRequest) -> Outcome:
        self.asked.append(request)
        answer = self.answers[request.url]
        if isinstance(answer, Fetched) and answer.etag and request.etag == answer.etag:
            return NotModified(etag=answer.etag)
        return answer

    def poller(self, connection: sqlite3.Connection) -> Poller:
        async def deliver(arrival: Arrival) -> None:
            self._die("before")
            if self.refusals:
                self.refusals -= 1
                raise OSError("disk full")
            with transaction(connection):
                for story in arrival.parsed.stories:
                    row = (story.guid, story.headline, story.source)
                    connection.execute("INSERT INTO delivered (guid, headline, source) VALUES (?, ?, ?)", row)
                self._die("between")
                for fault in arrival.parsed.faults:
                    connection.execute("INSERT INTO dead VALUES (?)", (fault.reason,))
                arrival.settle(connection)
                self._die("settled")
            self._die("after")

        return Poller(
            FileList(self.list),
            self,
            self.reading,
            FeedState(connection),
            deliver,
            lambda: self.now,
            random.Random(7),
            self.settings,
        )

    def _die(self, place: str) -> None:
        if self.crash == place:
            self.crash = ""
            raise Killed

    def run(self, *steps: Callable[[], object]) -> None:
        """One process: polls what is due, once for each step, after doing the step."""

        async def process(connection: sqlite3.Connection) -> None:
            poller = self.poller(connection)
            for step in steps or (lambda: None,):
                step()
                await poller.poll_due()

        with closing(open_store(self.store)) as connection:
            asyncio.run(process(connection))

    def poll(self, answer: Outcome | None = None, after: timedelta = timedelta(0)) -> None:
        """A new process polls what is due `after` so long."""
        if answer is not None:
            self.answers[URL] = answer
        self.now += after
        self.run()

    def delivered(self) -> list[str]:
        with closing(open_store(self.store)) as connection:
            return [h for (h,) in connection.execute("SELECT headline FROM delivered ORDER BY number")]

    def dead(self) -> list[str]:
        with closing(open_store(self.store)) as connection:
            return [reason for (reason,) in connection.execute("SELECT reason FROM dead")]

    def state(self, name: str = "harbour") -> Remembered:
        with closing(open_store(self.store)) as connection:
            state = FeedState(connection).get(name)
        assert state is not None
        return state

    def standing(self) -> str:
        return standing(load(self.list)[0], self.state(), self.now).standing


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


HOURS = timedelta(hours=7)
"""Longer than any interval."""


def test_the_first_poll_delivers_all_and_later_ones_what_is_new_or_changed(world: World) -> None:
    world.poll(fetched(rss(("b", "Bridge shut"), ("a", "Ferry late"))))
    assert world.delivered() == ["Ferry late", "Bridge shut"]
    world.poll(after=HOURS)
    assert len(world.delivered()) == 2
    world.poll(fetched(rss(("c", "Crane falls"), ("b", "Bridge open"), ("a", "Ferry late"))), after=HOURS)
    assert world.delivered()[2:] == ["Bridge open", "Crane falls"]
    assert world.standing() == "works"
    assert world.state().held == 3


def test_a_feed_is_not_asked_before_it_is_due_also_after_a_restart(world: World) -> None:
    world.poll(fetched(rss(("a", "Ferry late"))))
    world.poll(after=timedelta(seconds=30))
    assert len(world.asked) == 1
    due = world.state().next_poll
    assert due is not None
    world.now = due
    world.poll()
    assert len(world.asked) == 2


def test_validators_are_sent_and_once_a_day_the_whole_is_asked_for(world: World) -> None:
    answer = fetched(rss(("a", "Ferry late")), etag='"1"', last_modified="Mon, 09 Mar 2026 10:00:00 GMT")
    world.poll(answer)
    for _ in range(6):
        world.poll(after=HOURS)
    assert [bool(request.etag) for request in world.asked] == [False, True, True, True, False, True, True]
    assert [bool(request.last_modified) for request in world.asked[:2]] == [False, True]
    assert world.reading.documents == 1


def test_a_server_whose_validators_lie_is_found_out_by_the_document_s_hash(world: World) -> None:
    for number in range(4):
        world.poll(fetched(rss(("a", "Ferry late")), etag=f'"{number}"'), after=HOURS)
    assert world.reading.documents == 1
    assert world.delivered() == ["Ferry late"]


def test_a_server_that_says_not_modified_for_ever_is_asked_without_validators_in_the_end(
    world: World,
) -> None:
    world.poll(fetched(rss(("a", "Ferry late")), etag='"same"'))
    world.answers[URL] = fetched(rss(("b", "Bridge shut"), ("a", "Ferry late")), etag='"same"')
    for _ in range(4):
        world.poll(after=HOURS)
    assert world.delivered() == ["Ferry late", "Bridge shut"]


def test_network_trouble_is_told_and_no_dead_letter_and_ends_by_itself(world: World) -> None:
    waits: list[float] = []
    world.answers[URL] = Failed(sentence="the connection failed: Connection refused")
    for _ in range(12):
        world.run()
        due = world.state().next_poll
        assert due is not None
        waits.append((due - world.now).total_seconds())
        world.now = due
    assert waits == sorted(waits[:9]) + waits[9:]
    assert 60 <= waits[0] < 80
    assert all(21_600 <= wait <= 27_000 for wait in waits[9:])
    assert world.standing() == "failing"
    assert world.state().last_error == "the connection failed: Connection refused"
    assert world.dead() == []
    world.poll(fetched(rss(("a", "Ferry late"))))
    assert world.standing() == "works"
    assert world.delivered() == ["Ferry late"]


def test_a_refusal_is_one_dead_letter_however_often_it_happens(world: World) -> None:
    world.answers[URL] = Refused(sentence="10.0.0.7 is no public address; allow_private = true permits it")
    for _ in range(3):
        world.poll(after=HOURS)
    assert len(world.dead()) == 1
    assert world.state().failures == 3
    assert "allow_private" in world.state().last_error
    world.poll(Refused(sentence="larger than 100 bytes"), after=HOURS)
    assert len(world.dead()) == 2


def test_a_page_in_place_of_the_feed_is_one_dead_letter_and_nothing_is_forgotten(world: World) -> None:
    world.poll(fetched(rss(("b", "Bridge shut"), ("a", "Ferry late"))))
    for minute in range(3):
        page = f"<!DOCTYPE html><html><body><h1>Back soon</h1><p>{minute} minutes</p></body></html>"
        world.poll(fetched(page.encode()), after=HOURS)
    assert len(world.dead()) == 1
    assert world.standing() == "failing"
    world.poll(fetched(rss(("c", "Crane falls"), ("b", "Bridge shut"), ("a", "Ferry late"))), after=HOURS)
    assert world.delivered() == ["Ferry late", "Bridge shut", "Crane falls"]


def test_items_that_come_and_go_are_delivered_once(world: World) -> None:
    for number in range(6):
        held = [("b", "Bridge shut"), ("a", "Ferry late")][number % 2 :]
        world.poll(fetched(rss(*held)), after=HOURS)
    assert sorted(world.delivered()) == ["Bridge shut", "Ferry late"]


def test_what_a_feed_does_not_hold_any_more_is_forgotten_in_time(world: World) -> None:
    world.poll(fetched(rss(*((f"g{n}", f"Story {n}") for n in range(50)))))
    for day in range(9):
        world.poll(fetched(rss((f"d{day}", f"Day {day}"))), after=timedelta(days=1))
    with closing(open_store(world.store)) as connection:
        assert len(FeedState(connection).held("harbour")) <= 9


def test_gone_is_respected_and_asked_again_once_a_week(world: World) -> None:
    world.poll(Gone())
    for _ in range(6):
        world.poll(after=timedelta(days=1))
    assert len(world.asked) == 1
    assert world.standing() == "gone"
    world.poll(fetched(rss(("a", "Ferry late"))), after=timedelta(days=2))
    assert world.delivered() == ["Ferry late"]
    assert world.standing() == "works"


def test_a_feed_that_is_gone_and_put_on_the_list_again_is_asked_at_once(world: World) -> None:
    world.answers[URL] = Gone()
    world.run(
        lambda: None,
        lambda: world.listed(),
        lambda: world.listed(("harbour", URL), more="tags = ['again']"),
    )
    assert len(world.asked) == 2


def test_a_feed_that_fails_is_asked_at_once_when_its_entry_changes(world: World) -> None:
    world.answers[URL] = Refused(sentence="10.0.0.7 is no public address; allow_private = true permits it")
    world.run(lambda: None, lambda: world.list.touch())
    assert len(world.asked) == 1
    world.listed(("harbour", URL), more="allow_private = true")
    world.answers[URL] = fetched(rss(("a", "Ferry late")))
    world.run()
    assert [request.allow_private for request in world.asked] == [False, True]
    assert world.standing() == "works"


def test_a_permanent_redirect_is_remembered_and_forgotten_when_it_fails(world: World) -> None:
    world.poll(fetched(rss(("a", "Ferry late")), moved_to="https://new.example/rss"))
    world.poll(Failed(sentence="404: nothing is there"), after=HOURS)
    for _ in range(3):
        world.poll(after=HOURS)
    assert [request.moved_to for request in world.asked] == ["", *["https://new.example/rss"] * 3, ""]


def test_a_changed_address_is_asked_at_once_and_without_the_old_validators(world: World) -> None:
    world.poll(fetched(rss(("a", "Ferry late")), etag='"1"'))
    other = "https://harbour.example/atom"
    world.answers[other] = fetched(rss(("b", "Bridge shut"), ("a", "Ferry late")), etag='"9"')
    world.listed(("harbour", other))
    world.poll()
    assert (world.asked[-1].url, world.asked[-1].etag) == (other, "")
    assert world.delivered() == ["Ferry late", "Bridge shut"]


def test_a_server_that_asks_us_to_slow_down_is_left_alone_with_all_its_feeds(world: World) -> None:
    feeds = [("a", "https://one.example/a"), ("b", "https://one.example/b"), ("c", "https://two.example/c")]
    world.listed(*feeds)
    slow = Failed(sentence="429: we ask too often", status=429, retry_after=50_000.0, slow_down=True)
    world.answers = {url: slow if name == "a" else fetched(rss((name, name))) for name, url in feeds}
    world.run(lambda: None, lambda: setattr(world, "now", world.now + HOURS))
    assert sorted(request.url[-1] for request in world.asked) == ["a", "b", "c", "c"]


def test_the_list_s_words_fill_what_stories_do_not_say(world: World) -> None:
    world.listed(("harbour", URL), more='source = "desk"\nlanguage = "pt"\nprovider = "Porto Desk"\n')
    seen: list[Arrival] = []

    async def run(connection: sqlite3.Connection) -> None:
        async def deliver(arrival: Arrival) -> None:
            seen.append(arrival)

        state = FeedState(connection)
        await Poller(
            FileList(world.list),
            world,
            world.reading,
            state,
            deliver,
            lambda: BEGIN,
            random.Random(1),
            SETTINGS,
        ).poll_due()

    world.answers[URL] = fetched(rss(("a", "Ferry late")))
    with closing(open_store(world.store)) as connection:
        asyncio.run(run(connection))
    [story] = seen[0].parsed.stories
    assert (story.source, story.language, story.provider, story.collected_at) == (
        "desk",
        "pt",
        "Porto Desk",
        BEGIN,
    )
    assert seen[0].document.name == URL


def test_passwords_are_in_no_document_and_no_state(world: World) -> None:
    url = "https://anna:geheim@harbour.example/rss"
    world.listed(("harbour", url))
    world.answers[url] = Failed(sentence="401: a user name and password are wanted")
    world.run()
    row = standing(load(world.list)[0], world.state(), world.now)
    assert "geheim" not in repr(row)


def test_a_list_that_changes_is_taken_in_and_one_that_breaks_is_not(world: World) -> None:
    second = "https://second.example/rss"
    world.answers = {URL: fetched(rss(("a", "Ferry late"))), second: fetched(rss(("b", "Bridge shut")))}
    world.run(
        lambda: None,
        lambda: world.list.write_text("[[feed]\n", "utf-8"),
        lambda: world.listed(("harbour", URL), ("second", second)),
    )
    assert world.delivered() == ["Ferry late", "Bridge shut"]


def test_a_list_that_is_broken_from_the_start_is_refused(world: World) -> None:
    world.list.write_text("[[feed]\n", "utf-8")
    with pytest.raises(BadFeedList):
        world.run()


def test_paused_feeds_are_not_asked(world: World) -> None:
    world.listed(("harbour", URL), more="enabled = false")
    world.run()
    assert world.asked == []


def test_feeds_long_off_the_list_are_forgotten(world: World) -> None:
    world.poll(fetched(rss(("a", "Ferry late"))))
    world.listed()
    world.poll(after=timedelta(days=10))
    assert world.state().name == "harbour"
    world.poll(after=timedelta(days=30))
    with closing(open_store(world.store)) as connection:
        assert FeedState(connection).all() == {}
        assert FeedState(connection).held("harbour") == {}


def test_what_the_driver_could_not_store_is_delivered_again_without_a_second_fetch(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(stop: asyncio.Event, seconds: float) -> bool:
        return stop.is_set()

    monkeypatch.setattr(poll, "pause", at_once)
    world.refusals = 5
    world.poll(fetched(rss(("a", "Ferry late"))))
    assert world.delivered() == ["Ferry late"]
    assert len(world.asked) == 1


def test_no_more_fetches_are_under_way_than_allowed(world: World) -> None:
    feeds = [(f"f{n}", f"https://host{n % 10}.example/{n}") for n in range(60)]
    world.listed(*feeds)
    world.settings = Collect(concurrency=8, host_concurrency=2, host_gap_seconds=0.0)
    now: list[str] = []
    most: list[tuple[int, int]] = []
    plain = world.fetch

    async def fetch(request: FetchRequest) -> Outcome:
        host = request.url.split("/")[2]
        now.append(host)
        most.append((len(now), now.count(host)))
        for _ in range(5):
            await asyncio.sleep(0)
        now.remove(host)
        return await plain(request)

    world.fetch = fetch  # type: ignore[method-assign]
    world.answers = {url: fetched(rss((name, name))) for name, url in feeds}
    world.run()
    assert len(world.delivered()) == 60
    assert max(total for total, _ in most) == 8
    assert max(of_host for _, of_host in most) <= 2


def test_a_stop_gives_up_fetches_and_waits_for_deliveries(world: World) -> None:
    slow = "https://slow.example/rss"
    world.listed(("harbour", URL), ("slow", slow))
    world.answers = {URL: fetched(rss(("a", "Ferry late")))}
    stop, given_up, stored = asyncio.Event(), [], []

    async def fetch(request: FetchRequest) -> Outcome:
        if request.url == URL:
            return world.answers[URL]
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            given_up.append(request.url)
            raise
        raise AssertionError

    async def deliver(arrival: Arrival) -> None:
        stop.set()
        for _ in range(20):
            await asyncio.sleep(0)
        stored.append(arrival)

    async def run(connection: sqlite3.Connection) -> None:
        world.fetch = fetch  # type: ignore[method-assign]
        poller = Poller(
            FileList(world.list),
            world,
            world.reading,
            FeedState(connection),
            deliver,
            lambda: BEGIN,
            random.Random(1),
            SETTINGS,
        )
        async with asyncio.timeout(10):
            await poller.run(stop)

    with closing(open_store(world.store)) as connection:
        asyncio.run(run(connection))
    assert given_up == [slow]
    assert len(stored) == 1


DAYS: list[Outcome] = [
    fetched(rss(("b", "Bridge shut"), ("a", "Ferry late"))),
    Refused(sentence="larger than 100 bytes"),
    fetched(rss(("c", "Crane falls"), ("b", "Bridge open"), ("a", "Ferry late"))),
    Failed(sentence="the connection failed: Connection refused"),
    fetched(rss(("d", "Dock closed"), ("c", "Crane falls"), ("b", "Bridge open"))),
]


@pytest.mark.parametrize(
    ("day", "place"), list(itertools.product(range(len(DAYS)), ["before", "between", "settled", "after"]))
)
def test_wherever_the_process_ends_nothing_is_missed_and_nothing_comes_twice(
    world: World, day: int, place: str
) -> None:
    for number, answer in enumerate(DAYS):
        world.answers[URL] = answer
        world.now += HOURS
        if number == day:
            world.crash = place
            with pytest.raises(Killed):
                world.run()
        world.run()
    assert world.delivered() == ["Ferry late", "Bridge shut", "Bridge open", "Crane falls", "Dock closed"]
    assert world.dead() == ["larger than 100 bytes"]
