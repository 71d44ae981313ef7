"""Watches folders: files that arrive are taken once, whole, and moved to `done/` or `failed/`."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import time
from asyncio import FIRST_COMPLETED
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

import structlog

from pipeline.collect import folder_state
from pipeline.collect.arrival import Arrival, Deliver
from pipeline.collect.document import Document, Fault, Parsed
from pipeline.collect.folder_state import FolderState, Signature, Taken
from pipeline.collect.moved_in import MovedIn
from pipeline.collect.whole import FileTooLarge, NotWhole, StillOpen, read_whole, signature
from pipeline.settings import Folders
from pipeline.story import replace

log = structlog.get_logger("wire.folders")

DONE, FAILED = "done", "failed"
UNFINISHED = (".part", ".tmp")
"""Names that writers give to files that they are not done with; names with a dot in front as well."""

BURST_SECONDS = 0.01
"""Between hearing of files and looking at them."""

_WINDOW = 16
_RETRY_MOST = 60.0


class Reads(Protocol):
    """What understands documents: `pipeline.collect.reading.Reader`. It blocks, and is called in a thread."""

    def read(self, document: Document) -> Parsed:
        """What the document holds; never raises for what is in it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file in a watched folder."""

    path: str
    source: str
    signature: Signature


@dataclass(frozen=True, slots=True)
class _Read:
    """A file read; `parsed` is None where its stories are durable already."""

    taken: Taken
    document: Document
    parsed: Parsed | None


class FolderWatcher:
    """Each sub-folder of `settings.path` is a source; files directly in it have its own name as their
    source. `state` must not read through a connection that another thread writes with."""

    def __init__(
        self,
        settings: Folders,
        reader: Reads,
        state: FolderState,
        deliver: Deliver,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._root = Path(settings.path)
        self._reader = reader
        self._deliver = deliver
        self._clock = clock
        self._monotonic = monotonic
        self._taken = state.all()
        """Durable, and not seen moved away yet, by path."""
        self._moved: set[Taken] = set()
        """Moved away; their notes may be forgotten with the next one that is written."""
        self._waiting: dict[str, tuple[Signature, float]] = {}
        self._arrivals: MovedIn | None = None
        self._moved_in: set[str] = set()
        """Heard of and not looked at yet."""
        self._retry: dict[str, tuple[float, float]] = {}
        """By path: not before this time, and the wait after it, seconds."""
        self.looks = 0
        """Looks taken."""
        self.problems: dict[str, str] = {}
        """By path: what is wrong with it now, a sentence for a person."""

    async def run(self, stop: asyncio.Event) -> None:
        """Watches until `stop`; what has been read by then is delivered first."""
        loop, wake = asyncio.get_running_loop(), asyncio.Event()
        stopping = asyncio.create_task(stop.wait())
        with MovedIn() as arrivals:
            self._arrivals = arrivals

            def hear() -> None:
                self._moved_in |= arrivals.take()
                wake.set()

            if arrivals.handle is not None:
                loop.add_reader(arrivals.handle, hear)
            try:
                while not stop.is_set():
                    wake.clear()
                    await self.look(stop)
                    waking = asyncio.create_task(wake.wait())
                    await asyncio.wait(
                        (stopping, waking), timeout=self._next_look(), return_when=FIRST_COMPLETED
                    )
                    waking.cancel()
                    # Files come in bursts: one look for all of them.
                    await asyncio.sleep(BURST_SECONDS)
            finally:
                stopping.cancel()
                self._arrivals = None
                if arrivals.handle is not None:
                    loop.remove_reader(arrivals.handle)

    async def look(self, stop: asyncio.Event | None = None) -> None:
        """One look: takes the files that are ready, and returns when their stories are durable and they are
        moved."""
        moved_in, self._moved_in = self._moved_in, set()
        found, complete = await asyncio.to_thread(self._scan)
        if complete:
            self._forget_absent(found)
        delivering: asyncio.Task[None] | None = None
        for window in _windows(self._ready(found, moved_in), self._settings.file_bytes):
            if stop is not None and stop.is_set():
                break
            # The next files are read while the driver works at these, and delivered after them.
            read = await asyncio.to_thread(lambda files: list(map(self._read, files)), window)
            if delivering is not None:
                await delivering
            delivering = asyncio.create_task(self._settle([one for one in read if one is not None]))
        if delivering is not None:
            await delivering
        self.looks += 1

    def _next_look(self) -> float:
        """Seconds: earlier than usual where a file will have been unchanged for long enough by then."""
        now, settle = self._monotonic(), self._settings.settle_seconds
        left = [since + settle - now for _, since in self._waiting.values() if since + settle > now]
        return min([self._settings.scan_seconds, *left])

    def _scan(self) -> tuple[list[Found], bool]:
        """The files that are there to be taken, and whether that is all: False where a folder could not be
        read."""
        found: list[Found] = []
        complete = True
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            sources = [(str(self._root), _plain(self._root.absolute().name))]
            with os.scandir(self._root) as entries:
                for entry in entries:
                    if (
                        not entry.name.startswith(".")
                        and entry.name not in (DONE, FAILED)
                        and entry.is_dir(follow_symlinks=False)
                    ):
                        sources.append((entry.path, _plain(entry.name)))
        except OSError as error:
            self._trouble(str(self._root), error)
            return [], False
        self._well(str(self._root))
        for folder, source in sources:
            if self._arrivals is not None:
                self._arrivals.watch(folder)
            try:
                with os.scandir(folder) as entries:
                    found.extend(_files(entries, source))
            except OSError as error:
                self._trouble(folder, error)
                complete = False
            else:
                self._well(folder)
        return found, complete

    def _forget_absent(self, found: Sequence[Found]) -> None:
        """Files that are there no more."""
        here = {file.path for file in found}
        for path in (self._waiting.keys() | self._taken.keys()) - here:
            self._waiting.pop(path, None)
            self._well(path)
            if path in self._taken:
                self._moved.add(self._taken.pop(path))

    def _ready(self, found: Sequence[Found], moved_in: Collection[str]) -> list[Found]:
        """Those that have not changed for long enough or were moved in, the oldest first; of the others is
        noted since when they are as they are."""
        now = self._monotonic()
        ready: list[Found] = []
        for file in found:
            known, since = self._waiting.get(file.path, (None, now))
            if known != file.signature:
                since = now
                self._waiting[file.path] = (file.signature, now)
            unchanged = now - since >= self._settings.settle_seconds
            if file.path in moved_in or (unchanged and self._retry.get(file.path, (now, 0.0))[0] <= now):
                ready.append(file)
        return sorted(ready, key=lambda file: (file.signature.mtime_ns, file.path))

    def _read(self, file: Found) -> _Read | None:
        """The file's stories; None where it cannot be had now."""
        now = self._clock()
        document = Document(content=b"", source=file.source, name=_plain(file.path), collected_at=now)
        before = self._taken.get(file.path)
        if before is not None and before.signature == file.signature:
            return _Read(before, document, None)
        try:
            content = read_whole(file.path, file.signature, self._settings.file_bytes)
        except StillOpen:
            self.problems[file.path] = "another program has it open for writing"
            self._waiting[file.path] = (file.signature, self._monotonic())
            return None
        except NotWhole:
            self._waiting[file.path] = (file.signature, self._monotonic())
            return None
        except FileNotFoundError:
            return None
        except OSError as error:
            self._trouble(file.path, error)
            return None
        except FileTooLarge:
            limit = f"larger than {self._settings.file_bytes} bytes: folders.file_bytes is the limit"
            taken = Taken(path=file.path, signature=file.signature, hash="", reason=limit)
            return _Read(taken, document, Parsed(format="", stories=[], faults=[Fault(reason=limit)]))
        digest = hashlib.blake2b(content, digest_size=16).hexdigest()
        taken = Taken(path=file.path, signature=file.signature, hash=digest)
        # Some network file systems number their files anew at each mount.
        if before is not None and before.hash == digest and before.signature[:2] == file.signature[:2]:
            return _Read(replace(taken, reason=before.reason), document, None)
        document = replace(document, content=content)
        parsed = self._reader.read(document)
        unreadable = parsed.faults[0].reason if parsed.faults and not parsed.stories else ""
        return _Read(replace(taken, reason=unreadable), document, parsed)

    async def _settle(self, files: Sequence[_Read]) -> None:
        """Delivers what was read, in order, and moves what is durable."""
        forgotten = frozenset(self._moved)
        deliveries: list[asyncio.Task[bool]] = []
        for file in files:
            deliveries.append(asyncio.create_task(self._delivered(file, forgotten)))
        durable = [file for file, done in zip(files, await asyncio.gather(*deliveries), strict=True) if done]
        if any(file.parsed is not None for file in durable):
            self._moved -= forgotten
        for file in durable:
            self._taken[file.taken.path] = file.taken
            await asyncio.to_thread(self._move, file.taken)

    async def _delivered(self, file: _Read, forgotten: frozenset[Taken]) -> bool:
        if file.parsed is None:
            return True
        note = partial(
            folder_state.remember,
            taken=file.taken,
            forgotten=forgotten,
            now=file.document.collected_at or self._clock(),
        )
        try:
            await self._deliver(Arrival(file.document, file.parsed, note))
        except Exception as error:
            self._trouble(file.taken.path, error)
            return False
        self._well(file.taken.path)
        log.info(
            "file taken", path=file.document.name, stories=len(file.parsed.stories), reason=file.taken.reason
        )
        return True

    def _move(self, taken: Taken) -> None:
        """Moves a file that was taken out of the way; not one that came in its place meanwhile."""
        try:
            if signature(os.lstat(taken.path)) == taken.signature:
                move(Path(taken.path), taken.reason)
            self._well(taken.path)
        except FileNotFoundError:
            pass
        except OSError as error:
            self._trouble(taken.path, error)
            return
        self._waiting.pop(taken.path, None)
        self._taken.pop(taken.path, None)
        self._moved.add(taken)

    def _trouble(self, path: str, error: Exception) -> None:
        """Notes what is wrong, says it once, and lets the path be tried again later and later."""
        sentence = (
            (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        )
        if self.problems.get(path) != sentence:
            log.error("not taken; tried again", path=_plain(path), error=sentence)
        self.problems[path] = sentence
        _, wait = self._retry.get(path, (0.0, self._settings.scan_seconds))
        self._retry[path] = (self._monotonic() + wait, min(wait * 2, _RETRY_MOST))

    def _well(self, path: str) -> None:
        self.problems.pop(path, None)
        self._retry.pop(path, None)


def move(path: Path, reason: str) -> Path:
    """Moves a taken file to `done/` beside it, or with a `reason` to `failed/` with a `.reason.txt` beside
    it; where it is now. Nothing is overwritten: a number makes names differ. Raises OSError."""
    folder = path.parent / (FAILED if reason else DONE)
    folder.mkdir(exist_ok=True)
    target = _free(folder, path.name)
    if reason:
        # Before the file itself: after a crash in between it is written again.
        told = f"{_plain(path.name)}: {reason}\n"
        target.with_name(target.name + ".reason.txt").write_text(told, "utf-8", "replace")
    path.rename(target)
    return target


def _free(folder: Path, name: str) -> Path:
    target, number = folder / name, 1
    while os.path.lexists(target):
        number += 1
        target = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
    return target


def _files(entries: Iterator[os.DirEntry[str]], source: str) -> Iterator[Found]:
    for entry in entries:
        if entry.name.startswith(".") or entry.name.lower().endswith(UNFINISHED):
            continue
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        if stat.S_ISREG(status.st_mode):
            yield Found(entry.path, source, signature(status))


def _windows(files: Sequence[Found], most: int) -> Iterator[list[Found]]:
    """The files in order, some at a time: 16, or fewer where they are larger than `most` bytes together."""
    window: list[Found] = []
    size = 0
    for file in files:
        if window and (len(window) == _WINDOW or size + file.signature.size > most):
            yield window
            window, size = [], 0
        window.append(file)
        size += file.signature.size
    if window:
        yield window


def _plain(name: str) -> str:
    """A file's name as text that can be stored: bytes that are no UTF-8 become question marks."""
    return os.fsencode(name).decode("utf-8", "replace")
