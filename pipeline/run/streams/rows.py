"""What is durable of the de-duplicate stage's memory: a Faust table's rows in RocksDB, and its changelog topic."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import faust
import structlog
from rocksdict import WriteBatch

from pipeline.kafka.topics import MEMORY
from pipeline.run.streams.stages import Unsound

log = structlog.get_logger("wire.process")

_OPTIONS: Final = {
    "driver": "rocksdict",
    # Faust's own are 2 GiB and 64 MiB: more than a worker may have.
    "block_cache_size": 64 << 20,
    "write_buffer_size": 16 << 20,
    "max_open_files": 256,
}


class FolderInUse(OSError):
    """Another worker has its rows there; the message says where."""


class Rows:
    """The rows, in the one partition that they have. Faust brings them up to date before this worker gets their partition."""

    def __init__(self, app: faust.App) -> None:
        """Makes the table. Its writes do not go through Faust, which writes here first and never waits for the brokers: after a
        crash a row could be known on this machine alone."""
        self._app = app
        table: Any = app.Table(MEMORY, key_type=bytes, value_type=bytes, partitions=1, options=dict(_OPTIONS))
        self._table = table
        self._topic: str = self._table.changelog_topic_name

    @property
    def offset(self) -> int:
        """The last message of the changelog that is in the rows; -1: none."""
        with _read():
            return int(self._rows.get(self._offset_key) or -1)

    def get(self, key: bytes) -> bytes | None:
        """What is under a key. Raises Unsound."""
        with _read():
            value: bytes | None = self._rows.get(key)
            return value

    def after(self, key: bytes, most: int) -> list[tuple[bytes, bytes]]:
        """The next rows beyond `key`, in the order of their bytes. Raises Unsound."""
        found: list[tuple[bytes, bytes]] = []
        with _read():
            place = self._rows.iter()
            place.seek(key + b"\0")
            while place.valid() and len(found) < most:
                found.append((place.key(), place.value()))
                place.next()
            place.status()
        return found

    async def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Makes changes durable; None: the row is deleted. The brokers have them before the rows do, and the rows know to which
        message they are."""
        if not changes:
            return
        producer = self._app.producer
        sent = [await producer.send(self._topic, key, value, 0, None, None) for key, value in changes.items()]
        last = max(one.offset for one in await asyncio.gather(*sent))
        batch = WriteBatch(raw_mode=True)
        for key, value in changes.items():
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        batch.put(self._offset_key, str(last).encode())
        self._rows.write(batch)

    def check(self, end: int) -> None:
        """To be called before Faust starts: rows that cannot be read, or are of another changelog than this one, that ends at
        `end`, are thrown away, to be fetched again. Raises FolderInUse."""
        folder = self._table.data.partition_path(0)
        reason = "they were found unreadable" if self._mark.exists() else ""
        if not reason and folder.exists():
            try:
                rows = self._table.data._open_for_partition(0)
                try:
                    offset = int(rows.get(self._offset_key) or -1)
                finally:
                    rows.close()
                if offset >= end:
                    reason = f"they are at {offset}, and the changelog ends at {end}"
            except Exception as error:  # the library has no narrower one
                if "lock" in str(error).lower():
                    raise FolderInUse(f"{folder}: another worker has its tables there") from error
                reason = str(error)
        if reason:
            log.warning("the rows are fetched anew from the changelog", folder=str(folder), reason=reason)
            shutil.rmtree(folder, ignore_errors=True)
            self._mark.unlink(missing_ok=True)

    def condemn(self) -> None:
        """Has the next start throw the rows away."""
        self._mark.parent.mkdir(parents=True, exist_ok=True)
        self._mark.touch()

    @property
    def _mark(self) -> Path:
        return Path(self._table.data.path) / "unsound"

    @property
    def _rows(self) -> Any:
        return self._table.data._db_for_partition(0)

    @property
    def _offset_key(self) -> bytes:
        key: bytes = self._table.data.offset_key
        return key


@contextmanager
def _read() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # the library has no narrower one
        raise Unsound(f"the rows on this machine cannot be read: {error}") from error
