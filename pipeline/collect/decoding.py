"""Undoes Content-Encoding (gzip, deflate, br, zstd) within a bound: a decompression bomb costs no more than
an honest document."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

import brotli
import zstandard

ACCEPTED = "gzip, deflate, br, zstd"
"""What to send as Accept-Encoding."""

_PIECE = 65_536
_ZSTD_SLICE = 64
"""Bytes given to zstd at once: one block of at least 4 bytes may make 128 KiB (RFC 8878 3.1.1.2), so 2 MiB
at the most."""
_ZSTD_WINDOW = 8 * 1024 * 1024
"""RFC 9659: what a decoder of web content need not exceed."""
_LAYERS = 2


class TooLarge(Exception):
    """The document is larger than allowed once decompressed."""


class Undecodable(Exception):
    """The bytes are not what Content-Encoding says; the message is a sentence for a person."""


class Truncated(Exception):
    """The compressed bytes end too early."""


def decode(body: bytes, content_encoding: str, most: int) -> bytes:
    """The document in `body`, at most `most` bytes. `content_encoding` is the header's text (RFC 9110 8.4),
    empty for none. Raises TooLarge, Undecodable, Truncated."""
    names = [
        name
        for name in (part.strip().lower() for part in content_encoding.split(","))
        if name not in ("", "identity")
    ]
    if len(names) > _LAYERS:
        raise Undecodable(f"packed {len(names)} times over ({content_encoding[:80]})")
    for name in reversed(names):
        decoder = _DECODERS.get(name)
        if decoder is None:
            raise Undecodable(f"packed as {name[:40]!r}, which was not asked for")
        if body:
            body = _bounded(decoder(body), name, most)
    if len(body) > most:
        raise TooLarge
    return body


def _bounded(pieces: Iterator[bytes], name: str, most: int) -> bytes:
    whole = bytearray()
    try:
        for piece in pieces:
            whole += piece
            if len(whole) > most:
                raise TooLarge
    except (zlib.error, brotli.error, zstandard.ZstdError) as error:
        raise Undecodable(f"says it is {name} and is not: {error}") from error
    return bytes(whole)


def _gunzip(body: bytes) -> Iterator[bytes]:
    """RFC 1952: members one after the other; what follows the last and is no member (servers pad) is left."""
    rest = body
    while rest[:2] == b"\x1f\x8b" or rest is body:
        inflater = zlib.decompressobj(wbits=31)
        yield from _inflate(inflater, rest)
        rest = inflater.unused_data


def _undeflate(body: bytes) -> Iterator[bytes]:
    """RFC 9110 8.4.1.2 means zlib; some servers send bare deflate data instead."""
    is_zlib = len(body) >= 2 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    return _inflate(zlib.decompressobj(wbits=15 if is_zlib else -15), body)


def _inflate(inflater: zlib._Decompress, body: bytes) -> Iterator[bytes]:
    piece = inflater.decompress(body, _PIECE)
    while piece:
        yield piece
        piece = b"" if inflater.eof else inflater.decompress(inflater.unconsumed_tail, _PIECE)
    if not inflater.eof:
        raise Truncated


def _unbrotli(body: bytes) -> Iterator[bytes]:
    decompressor = brotli.Decompressor()
    yield decompressor.process(body, output_buffer_limit=_PIECE)
    while not decompressor.is_finished():
        piece = decompressor.process(b"", output_buffer_limit=_PIECE)
        if not piece and decompressor.can_accept_more_data():
            raise Truncated
        yield piece


def _unzstd(body: bytes) -> Iterator[bytes]:
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    frame = decompressor.decompressobj(write_size=_PIECE)
    for start in range(0, len(body), _ZSTD_SLICE):
        rest = body[start : start + _ZSTD_SLICE]
        while rest:
            if frame.eof:
                frame = decompressor.decompressobj(write_size=_PIECE)
            yield frame.decompress(rest)
            rest = frame.unused_data if frame.eof else b""
    if not frame.eof:
        raise Truncated


_DECODERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _undeflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
