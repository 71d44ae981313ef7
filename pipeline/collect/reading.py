"""Reads documents in a process of its own, so that a hostile one costs a fault and nothing more."""

from __future__ import annotations

from types import TracebackType

import msgspec

from pipeline.collect import formats
from pipeline.collect.document import Document, Fault, Parsed, UnreadableDocument
from pipeline.guard import Guarded, Killed
from pipeline.settings import Collect


class Reader:
    """Documents in, stories out; never raises for what a document holds. Threads take turns."""

    def __init__(self, settings: Collect) -> None:
        """Starts the reading process; it ends with `close`."""
        self._items = settings.items
        self._parse: Guarded[bytes, bytes] = Guarded(
            parse_packed,
            cpu_seconds=settings.parse_seconds,
            memory_bytes=settings.parse_bytes,
            wall_seconds=30 + 6 * settings.parse_seconds,  # a busy machine is not the document's fault
        )

    def read(self, document: Document) -> Parsed:
        """What the document holds; a document that cannot be read is a Parsed with one fault and no story."""
        try:
            answer = self._parse(_pack(_Task(document=document, items=self._items)))
        except Killed as killed:
            return unread(f"reading it {killed}")
        return _unpack_parsed(answer)

    def close(self) -> None:
        """Ends the reading process."""
        self._parse.close()

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Task(msgspec.Struct):
    document: Document
    items: int


def understood(document: Document, items: int) -> Parsed:
    """What the document holds, read in this process, at most `items` stories of it; what cannot be read is a Parsed with one
    fault and no story, also where a format failed in a way it did not foresee: no document may vanish. Raises MemoryError."""
    try:
        return formats.parse(document, items)
    except UnreadableDocument as unreadable:
        return unread(str(unreadable))
    except MemoryError:
        raise
    except Exception as error:
        return unread(f"reading it failed: {type(error).__name__}: {error}")


def unread(reason: str) -> Parsed:
    """For a document that cannot be read, or whose reading had to be ended."""
    return Parsed(format="", stories=[], faults=[Fault(reason=reason)])


def parse_packed(packed: bytes) -> bytes:
    """`understood` from a packed task to a packed Parsed: MessagePack is quicker than pickled records."""
    task = _unpack_task(packed)
    return _pack(understood(task.document, task.items))


_pack = msgspec.msgpack.Encoder().encode
_unpack_task = msgspec.msgpack.Decoder(_Task).decode
_unpack_parsed = msgspec.msgpack.Decoder(Parsed).decode
