"""The wire documents in a message of several parts (MIME): attachments and texts that are in a wire format, else the message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.message import Message

from pipeline.collect import formats
from pipeline.collect.document import Document
from pipeline.collect.formats import mail, sniffing, text
from pipeline.story import replace

PARTS_MOST = 200
_DEEPEST = 20


def wires(message: Document) -> Sequence[Document]:
    """The documents of a mail: its parts in a wire format; where there are none the mail itself, and the texts attached to it.
    Pictures and office documents are left. Never raises for what is in it."""
    parts = list(_parts(message))
    found = [part for part, form, _ in parts if form not in (mail.NAME, text.NAME)]
    attached = [part for part, form, apart in parts if apart and form == text.NAME]
    return found or [message, *attached]


def uploaded(body: Document) -> Sequence[Document]:
    """The documents of what was pushed: the files of a form (multipart/form-data, RFC 7578), else the body itself."""
    if not body.content_type.lower().startswith("multipart/"):
        return [body]
    header = (
        b"Content-Type: " + body.content_type.encode("latin-1", "replace").replace(b"\n", b" ") + b"\r\n\r\n"
    )
    parts = list(_parts(replace(body, content=header + body.content)))
    return [part for part, form, apart in parts if apart or form != text.NAME] or [body]


def _parts(message: Document) -> Iterator[tuple[Document, str, bool]]:
    """The parts that a format claims, with its name, and whether each is an attachment."""
    try:
        leaves = list(_leaves(message_from_bytes(message.content), 0))[:PARTS_MOST]
    except Exception:  # a library's slip must not cost a mail
        return
    for number, leaf in enumerate(leaves, 1):
        content = _content(leaf)
        if not content.strip() or sniffing.not_text(content):
            continue
        name = " ".join((leaf.get_filename() or "").split()) or str(number)
        part = replace(
            message, content=content, content_type=leaf.get_content_type(), name=f"{message.name}#{name}"
        )
        form = formats.detect(part)
        if form is not None:
            yield part, form.name, _is_apart(leaf)


def _is_apart(leaf: Message) -> bool:
    return leaf.get_content_disposition() == "attachment" or leaf.get_filename() is not None


def _leaves(message: Message, depth: int) -> Iterator[Message]:
    payload = message.get_payload()
    if message.is_multipart() and isinstance(payload, list):
        if depth < _DEEPEST:
            for part in payload:
                if isinstance(part, Message):
                    yield from _leaves(part, depth + 1)
    else:
        yield message


def _content(leaf: Message) -> bytes:
    try:
        raw = leaf.get_payload(decode=True)
    except (ValueError, LookupError):
        return b""
    return raw if isinstance(raw, bytes) else b""
