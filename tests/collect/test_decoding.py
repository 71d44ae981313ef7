"""Content-Encoding: every honest document comes out whole, and no dishonest one costs much."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from pipeline.collect.decoding import TooLarge, Truncated, Undecodable, decode


def _raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


def _zstd_without_size(content: bytes) -> bytes:
    packer = zstandard.ZstdCompressor().compressobj()
    return packer.compress(content) + packer.flush()


PACKERS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", _raw_deflate),
    ("br", brotli.compress),
    ("zstd", zstandard.ZstdCompressor().compress),
    ("zstd", _zstd_without_size),
]
each = pytest.mark.parametrize(("name", "pack"), PACKERS)


@each
@given(
    content=st.one_of(
        st.binary(min_size=1, max_size=4_000), st.binary(min_size=1, max_size=40).map(lambda b: b * 9_000)
    )
)
def test_what_was_packed_comes_out(name: str, pack: Callable[[bytes], bytes], content: bytes) -> None:
    assert decode(pack(content), name, 1_000_000) == content


@each
def test_a_bomb_is_refused_and_costs_little(name: str, pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(bytes(200_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            decode(bomb, name, 1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()


@each
def test_the_limit_is_exact(name: str, pack: Callable[[bytes], bytes]) -> None:
    content = bytes(range(256)) * 1_000
    assert decode(pack(content), name, len(content)) == content
    with pytest.raises(TooLarge):
        decode(pack(content), name, len(content) - 1)


@each
def test_cut_off_bytes_are_no_document(name: str, pack: Callable[[bytes], bytes]) -> None:
    packed = pack(bytes(range(256)) * 400)
    with pytest.raises(Truncated):
        decode(packed[: len(packed) // 2], name, 1_000_000)


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_what_is_not_packed_and_says_so_is_said(name: str) -> None:
    with pytest.raises((Undecodable, Truncated)):
        decode(b"<rss>this is no " + name.encode() + b"</rss>" * 20, name, 1_000_000)


@pytest.mark.parametrize("encoding", ["compress", "sdch", "gzip, gzip, gzip", "rot13"])
def test_packings_that_were_not_asked_for_are_refused(encoding: str) -> None:
    with pytest.raises(Undecodable):
        decode(gzip.compress(b"x"), encoding, 1_000)


def test_packings_one_in_another_are_undone_in_order() -> None:
    assert decode(brotli.compress(gzip.compress(b"story")), "gzip, br", 1_000) == b"story"


def test_several_members_and_padding_are_one_document() -> None:
    assert decode(gzip.compress(b"one ") + gzip.compress(b"two") + bytes(7), "gzip", 1_000) == b"one two"
    frames = zstandard.ZstdCompressor().compress(b"one ") + zstandard.ZstdCompressor().compress(b"two")
    assert decode(frames, "zstd", 1_000) == b"one two"


@pytest.mark.parametrize("encoding", ["", "identity", " Identity , ", "IDENTITY"])
def test_what_is_not_packed_is_left_as_it_is(encoding: str) -> None:
    assert decode(b"as it is", encoding, 8) == b"as it is"
    with pytest.raises(TooLarge):
        decode(b"as it is", encoding, 7)


def test_an_empty_body_is_an_empty_document() -> None:
    assert decode(b"", "gzip", 10) == b""
