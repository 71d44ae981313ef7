"""Hears from Linux which files were moved into folders: such a file is whole, and need not be waited for."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from types import TracebackType

# inotify(7)
_IN_CLOSE_WRITE = 0x008
_IN_MOVED_TO = 0x080
_IN_ONLYDIR = 0x01000000
_IN_DONT_FOLLOW = 0x02000000
_EVENT = struct.Struct("iIII")
_READ_BYTES = 65_536


class MovedIn:
    """Names of files moved into the watched folders. Where the system does not tell, there are never any."""

    def __init__(self) -> None:
        self.handle: int | None = None
        """Readable when something happened; None where the system does not tell."""
        self._folders: dict[int, str] = {}
        try:
            self._libc = ctypes.CDLL(None, use_errno=True)
            handle = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, AttributeError):
            return
        self.handle = handle if handle >= 0 else None

    def __enter__(self) -> MovedIn:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None

    def watch(self, folder: str) -> None:
        """Hears of this folder too; once is enough as long as it exists, more does no harm."""
        if self.handle is None:
            return
        # Files closed after writing are only a reason to look: more may be appended to them.
        mask = _IN_MOVED_TO | _IN_CLOSE_WRITE | _IN_ONLYDIR | _IN_DONT_FOLLOW
        number = self._libc.inotify_add_watch(self.handle, os.fsencode(folder), mask)
        if number >= 0:
            self._folders[number] = folder

    def take(self) -> set[str]:
        """Paths of files moved in since the last time."""
        moved: set[str] = set()
        while self.handle is not None:
            try:
                events = os.read(self.handle, _READ_BYTES)
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EINTR):
                    raise
                break
            at = 0
            while at < len(events):
                number, mask, _, length = _EVENT.unpack_from(events, at)
                name = events[at + _EVENT.size : at + _EVENT.size + length].rstrip(b"\0")
                at += _EVENT.size + length
                folder = self._folders.get(number)
                if mask & _IN_MOVED_TO and folder is not None:
                    moved.add(os.path.join(folder, os.fsdecode(name)))  # noqa: PTH118  as os.scandir joins them
        return moved
