"""Watched folders: files are taken once, whole, and moved; whatever happens in between."""

from __future__ import annotations

import asyncio
import errno
import itertools
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.collect import folders
from pipeline.collect.arrival import Arrival
from pipeline.collect.document import Document, Fault, Parsed
from pipeline.collect.folder_state import FolderState, Signature
from pipeline.collect.folders import FolderWatcher
from pipeline.settings import Folders
from pipeline.store import open_store, transaction
from pipeline.story import RawStory

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
SETTLE = 1.0


class Killed(BaseException):
    """The process ends here."""


class Lines:
    """Reads documents of one story a line; `broken` in them cannot be read."""

    def read(self, document: Document) -> Parsed:
        lines = document.content.decode().split("\n")
        if not document.content or lines == ["broken"]:
            return Parsed(format="", stories=[], faults=[Fault(reason="no story in it")])
        stories = [
            RawStory(source=document.source, format="text", family=line, headline=line)
            for line in lines
            if line not in ("", "broken")
        ]
        faults = [Fault(reason="no story in it", item=n) for n, line in enumerate(lines) if line == "broken"]
        return Parsed(format="text", stories=stories, faults=faults)


class World:
    """A watched folder, a store, and time: what outlives a process."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "in"
        self.store = folder / "wire.db"
        self.seconds = 0.0
        self.crash = ""
        self.refusals = 0
        self.file_bytes = 1_000
        self.problems: dict[str, str] = {}
        (self.root / "harbour").mkdir(parents=True)
        with closing(open_store(self.store)) as connection:
            connection.execute(
                "CREATE TABLE taken (number INTEGER PRIMARY KEY, source TEXT, headline TEXT, document TEXT)"
            )
            connection.execute("CREATE TABLE dead (reason TEXT)")

    def path(self, name: str) -> Path:
        return self.root / name

    def write(self, name: str, text: str) -> Path:
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def watch(self, *steps: Callable[[], object]) -> None:
        """One process: looks twice, a settling time apart; then after each step the same again."""

        async def process(connection: sqlite3.Connection) -> None:
            watcher = FolderWatcher(
                Folders(path=str(self.root), settle_seconds=SETTLE, file_bytes=self.file_bytes),
                Lines(),
                FolderState(connection),
                lambda arrival: self._deliver(connection, arrival),
                lambda: NOW,
                lambda: self.seconds,
            )
            for step in (lambda: None, *steps):
                step()
                await watcher.look()
                self.seconds += SETTLE
                await watcher.look()
                self.problems = dict(watcher.problems)

        with closing(open_store(self.store)) as connection:
            asyncio.run(process(connection))

    async def _deliver(self, connection: sqlite3.Connection, arrival: Arrival) -> None:
        self._die("before")
        if self.refusals:
            self.refusals -= 1
            raise OSError("disk full")
        with transaction(connection):
            for story in arrival.parsed.stories:
                row = (story.source, story.headline, arrival.document.name)
                connection.execute("INSERT INTO taken (source, headline, document) VALUES (?, ?, ?)", row)
            self._die("between")
            for fault in arrival.parsed.faults:
                connection.execute("INSERT INTO dead VALUES (?)", (fault.reason,))
            arrival.settle(connection)
            self._die("settled")
        self._die("after")

    def _die(self, place: str) -> None:
        if self.crash == place:
            self.crash = ""
            raise Killed

    def taken(self) -> list[tuple[str, str]]:
        with closing(open_store(self.store)) as connection:
            return list(connection.execute("SELECT source, headline FROM taken ORDER BY number"))

    def headlines(self) -> list[str]:
        return [headline for _, headline in self.taken()]

    def dead(self) -> list[str]:
        with closing(open_store(self.store)) as connection:
            return [reason for (reason,) in connection.execute("SELECT reason FROM dead")]

    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*") if not path.is_dir())


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_each_sub_folder_is_a_source_and_files_are_moved_to_done(world: World) -> None:
    world.write("harbour/a.txt", "Ferry late")
    world.write("council/b.txt", "Budget passed\nBridge shut")
    world.write("c.txt", "Crane falls")
    world.watch()
    assert sorted(world.taken()) == [
        ("council", "Bridge shut"),
        ("council", "Budget passed"),
        ("harbour", "Ferry late"),
        ("in", "Crane falls"),
    ]
    assert world.files() == ["council/done/b.txt", "done/c.txt", "harbour/done/a.txt"]
    world.watch()
    assert len(world.taken()) == 4


def test_a_file_is_not_taken_before_it_has_been_unchanged_long_enough(world: World) -> None:
    path = world.write("harbour/slow.txt", "one")

    def grow(text: str) -> Callable[[], object]:
        def step() -> None:
            with path.open("a") as file:
                file.write(text)
            world.seconds -= SETTLE / 2

        return step

    world.seconds = -SETTLE / 2
    looked: list[list[str]] = []

    async def process(connection: sqlite3.Connection) -> None:
        settings = Folders(path=str(world.root), settle_seconds=SETTLE)
        watcher = FolderWatcher(
            settings,
            Lines(),
            FolderState(connection),
            lambda a: world._deliver(connection, a),
            lambda: NOW,
            lambda: world.seconds,
        )
        for text in ("\ntwo", "\nthree", "\nfour", ""):
            await watcher.look()
            looked.append(world.headlines())
            with path.open("a") as file:
                file.write(text)
            world.seconds += SETTLE * 0.9
        await watcher.look()
        world.seconds += SETTLE
        await watcher.look()

    with closing(open_store(world.store)) as connection:
        asyncio.run(process(connection))
    assert looked == [[]] * 4
    assert world.headlines() == ["one", "two", "three", "four"]
    assert world.files() == ["harbour/done/slow.txt"]


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="only Linux tells who has a file open")
def test_a_file_that_a_program_still_has_open_for_writing_waits_however_long_it_pauses(world: World) -> None:
    path = world.path("harbour/slow.txt")
    with path.open("w") as file:
        file.write("one\n")
        file.flush()
        world.watch(lambda: None, lambda: None)
        assert world.taken() == []
        assert "open for writing" in world.problems[str(path)]
        file.write("two")
    world.watch()
    assert world.headlines() == ["one", "two"]
    assert world.problems == {}


def test_names_of_unfinished_files_and_links_are_left_alone(world: World, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("Secret")
    for name in (".hidden.txt", "a.txt.part", "a.tmp", "B.TMP", ".git/c.txt"):
        world.write(f"harbour/{name}", "Not yet")
    world.path("harbour/link.txt").symlink_to(tmp_path / "secret.txt")
    world.path("linked").symlink_to(tmp_path)
    os.mkfifo(world.path("harbour/pipe"))
    before = world.files()
    world.watch()
    assert world.taken() == []
    assert world.files() == before
    world.path("harbour/a.txt.part").rename(world.path("harbour/a.txt"))
    world.watch()
    assert world.headlines() == ["Not yet"]


def test_what_cannot_be_read_is_moved_to_failed_with_the_reason_beside_it(world: World) -> None:
    world.write("harbour/a.txt", "broken")
    world.write("harbour/empty.txt", "")
    world.write("harbour/partly.txt", "Ferry late\nbroken")
    world.watch()
    assert world.files() == [
        "harbour/done/partly.txt",
        "harbour/failed/a.txt",
        "harbour/failed/a.txt.reason.txt",
        "harbour/failed/empty.txt",
        "harbour/failed/empty.txt.reason.txt",
    ]
    assert world.path("harbour/failed/a.txt.reason.txt").read_text() == "a.txt: no story in it\n"
    assert len(world.dead()) == 3
    assert world.headlines() == ["Ferry late"]


def test_files_that_are_too_large_fail_without_being_read(world: World) -> None:
    world.write("harbour/large.txt", "x" * 1_001)
    world.write("harbour/just.txt", "y" * 1_000)
    world.watch()
    assert world.headlines() == ["y" * 1_000]
    assert "folders.file_bytes" in world.path("harbour/failed/large.txt.reason.txt").read_text()
    assert len(world.dead()) == 1


def test_the_same_name_again_is_a_new_arrival_and_overwrites_nothing(world: World) -> None:
    for headline in ("Ferry late", "Ferry sunk", "Ferry sunk"):
        world.write("harbour/a.txt", headline)
        world.watch()
    world.write("harbour/a.txt", "broken")
    world.watch()
    world.write("harbour/a.txt", "broken")
    world.watch()
    assert world.headlines() == ["Ferry late", "Ferry sunk", "Ferry sunk"]
    assert world.files() == [
        "harbour/done/a-2.txt",
        "harbour/done/a-3.txt",
        "harbour/done/a.txt",
        "harbour/failed/a-2.txt",
        "harbour/failed/a-2.txt.reason.txt",
        "harbour/failed/a.txt",
        "harbour/failed/a.txt.reason.txt",
    ]
    assert [world.path(f"harbour/done/{n}").read_text() for n in ("a.txt", "a-2.txt")] == [
        "Ferry late",
        "Ferry sunk",
    ]


def test_files_are_taken_oldest_first(world: World) -> None:
    for age, name in enumerate(["c", "a", "d", "b"]):
        path = world.write(f"harbour/{name}.txt", f"Story {name}")
        os.utime(path, (1_000 - age, 1_000 - age))
    world.watch()
    assert world.headlines() == ["Story b", "Story d", "Story a", "Story c"]


def test_many_files_are_all_taken_in_order(world: World) -> None:
    for number in range(100):
        os.utime(world.write(f"harbour/{number}.txt", f"Story {number}"), (number, number))
    world.watch()
    assert world.headlines() == [f"Story {number}" for number in range(100)]
    assert len(list(world.path("harbour/done").iterdir())) == 100


def test_a_file_that_may_not_be_read_is_told_and_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: str, seen: Signature, most: int) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    path = world.write("harbour/a.txt", "Ferry late")
    with monkeypatch.context() as patch:
        patch.setattr(folders, "read_whole", denied)
        world.watch()
    assert world.problems == {str(path): "Permission denied"}
    assert world.files() == ["harbour/a.txt"]
    assert world.dead() == []
    world.watch()
    assert world.headlines() == ["Ferry late"]


def test_what_the_driver_could_not_store_is_tried_again_and_the_file_stays(world: World) -> None:
    path = world.write("harbour/a.txt", "Ferry late")
    world.refusals = 1
    looked: list[object] = []
    world.watch(lambda: looked.append((world.files(), dict(world.problems))))
    assert looked == [(["harbour/a.txt"], {str(path): "disk full"})]
    assert world.headlines() == ["Ferry late"]
    assert world.files() == ["harbour/done/a.txt"]
    assert world.problems == {}


def test_a_name_that_is_no_utf_8_is_taken_as_well(world: World) -> None:
    name = os.fsencode(world.root) + b"/harbour/caf\xe9.txt"
    Path(os.fsdecode(name)).write_text("Coffee dear")
    world.crash = "after"
    with pytest.raises(Killed):
        world.watch()
    world.watch()
    assert world.headlines() == ["Coffee dear"]
    assert [os.fsencode(path.name) for path in world.path("harbour/done").iterdir()] == [b"caf\xe9.txt"]


def test_a_folder_that_does_not_exist_yet_is_made(world: World) -> None:
    world.root = world.root.parent / "other" / "in"
    world.watch(lambda: world.write("desk/a.txt", "Ferry late"))
    assert world.taken() == [("desk", "Ferry late")]


def test_the_notes_of_files_moved_away_are_forgotten(world: World) -> None:
    for number in range(5):
        world.write("harbour/a.txt", f"Story {number}")
        world.write(f"harbour/{number}.txt", f"Other {number}")
        world.watch()
    with closing(open_store(world.store)) as connection:
        assert len(FolderState(connection).all()) <= 2


@pytest.mark.parametrize(
    ("place", "content"),
    list(itertools.product(["before", "between", "settled", "after"], ["Ferry late", "broken"])),
)
def test_wherever_the_process_ends_nothing_is_missed_and_nothing_comes_twice(
    world: World, place: str, content: str
) -> None:
    world.write("harbour/a.txt", content)
    world.write("council/b.txt", "Budget passed")
    world.crash = place
    with pytest.raises(Killed):
        world.watch()
    world.watch()
    world.watch(lambda: world.write("harbour/a.txt", "Bridge shut"))
    assert sorted(world.headlines() + world.dead()) == sorted(
        ["no story in it" if content == "broken" else content, "Budget passed", "Bridge shut"]
    )
    where = "failed" if content == "broken" else "done"
    assert f"harbour/{where}/a.txt" in world.files()


@pytest.mark.parametrize("again", ["before", "between", "settled", "after"])
def test_two_ends_one_after_the_other_are_no_worse(world: World, again: str) -> None:
    world.write("harbour/a.txt", "Ferry late")
    os.utime(world.path("harbour/a.txt"), (2, 2))
    world.crash = "after"
    with pytest.raises(Killed):
        world.watch()
    # The file is taken and not moved. Another, older one is delivered first and the process ends there.
    os.utime(world.write("harbour/b.txt", "Bridge shut"), (1, 1))
    world.crash = again
    with pytest.raises(Killed):
        world.watch()
    world.watch()
    assert sorted(world.headlines()) == ["Bridge shut", "Ferry late"]
    assert world.files() == ["harbour/done/a.txt", "harbour/done/b.txt"]


def test_a_file_that_is_replaced_while_its_stories_are_stored_is_taken_too(world: World) -> None:
    world.write("harbour/a.txt", "Ferry late")
    plain = world._deliver

    async def deliver(connection: sqlite3.Connection, arrival: Arrival) -> None:
        await plain(connection, arrival)
        if "Ferry late" in world.headlines() and len(world.taken()) == 1:
            world.write("harbour/new", "Ferry sunk").rename(world.path("harbour/a.txt"))

    world._deliver = deliver  # type: ignore[method-assign]
    world.watch(lambda: None)
    assert world.headlines() == ["Ferry late", "Ferry sunk"]
    assert world.files() == ["harbour/done/a.txt"]


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="only Linux tells that a file was moved in")
def test_a_file_that_is_moved_in_is_whole_and_need_not_wait(world: World, tmp_path: Path) -> None:
    settings = Folders(path=str(world.root), settle_seconds=3_600, scan_seconds=3_600)

    async def run(connection: sqlite3.Connection) -> None:
        stop = asyncio.Event()

        async def deliver(arrival: Arrival) -> None:
            await world._deliver(connection, arrival)

        watcher = FolderWatcher(settings, Lines(), FolderState(connection), deliver, lambda: NOW)
        async with asyncio.timeout(20):
            watching = asyncio.create_task(watcher.run(stop))
            while not watcher.looks:
                await asyncio.sleep(0.001)
            world.write("harbour/written.txt", "Not yet")
            for name in ("a", "b", "a"):
                taken = len(world.taken())
                (tmp_path / "outside.txt").write_text(f"Story {name}")
                (tmp_path / "outside.txt").rename(world.path(f"harbour/{name}.txt"))
                while len(world.taken()) == taken or world.path(f"harbour/{name}.txt").exists():
                    await asyncio.sleep(0.001)
            stop.set()
            await watching

    with closing(open_store(world.store)) as connection:
        asyncio.run(run(connection))
    assert world.headlines() == ["Story a", "Story b", "Story a"]
    assert world.files() == [
        "harbour/done/a-2.txt",
        "harbour/done/a.txt",
        "harbour/done/b.txt",
        "harbour/written.txt",
    ]


def test_it_runs_until_it_is_stopped(world: World) -> None:
    world.write("harbour/a.txt", "Ferry late")

    async def run(connection: sqlite3.Connection) -> None:
        stop = asyncio.Event()

        async def deliver(arrival: Arrival) -> None:
            await world._deliver(connection, arrival)
            stop.set()

        settings = Folders(path=str(world.root), settle_seconds=0.01, scan_seconds=0.01)
        async with asyncio.timeout(10):
            await FolderWatcher(settings, Lines(), FolderState(connection), deliver, lambda: NOW).run(stop)

    with closing(open_store(world.store)) as connection:
        asyncio.run(run(connection))
    assert world.files() == ["harbour/done/a.txt"]
