"""Tells whether a file is still being written, and reads one that is not."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipeline.collect.folder_state import Signature


class NotWhole(Exception):
    """The file is being written, or is not the one that was seen; it is to be looked at again later."""


class StillOpen(NotWhole):
    """A program has the file open for writing."""


class FileTooLarge(Exception):
    """The file is larger than allowed."""


def read_whole(path: str, seen: Signature, most: int) -> bytes:
    """The bytes of the regular file at `path`, which must still be as `seen`, at most `most` of them. Raises
    NotWhole, FileTooLarge, and OSError as the system does."""
    # Not through a link, and without waiting for the other end of a named pipe.
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or signature(status) != seen:
            raise NotWhole
        if _lease_refused(handle) and leases_work(Path(path).parent):
            raise StillOpen
        if status.st_size > most:
            raise FileTooLarge
        content = b"".join(_pieces(handle, most + 1))
        if len(content) != seen.size or signature(os.fstat(handle)) != seen:
            raise NotWhole
        return content
    finally:
        os.close(handle)


def signature(status: os.stat_result) -> Signature:
    """Of a file, from its status."""
    return Signature(status.st_size, status.st_mtime_ns, status.st_ino)


def leases_work(folder: Path) -> bool:
    """Whether a refused lease in this folder means that the file is open for writing. Some network file
    systems refuse all: then one is refused also for a file made here and now, which nobody has open. Raises
    OSError."""
    made, path = tempfile.mkstemp(dir=folder, prefix=".wirepipe-")
    os.close(made)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return not _lease_refused(handle)
        finally:
            os.close(handle)
    finally:
        Path(path).unlink(missing_ok=True)


def _lease_refused(handle: int) -> bool:
    """Whether Linux refuses a read lease on a file opened here for reading, as it does where any process has
    it open for writing (fcntl(2), F_SETLEASE). False also where we may not ask."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        # A writer that comes while we hold the lease makes the kernel signal us: by one that nobody minds,
        # as the usual one (SIGIO) ends the process.
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def _pieces(handle: int, most: int) -> Iterator[bytes]:
    left = most
    while left > 0 and (piece := os.read(handle, min(left, 1 << 20))):
        left -= len(piece)
        yield piece
