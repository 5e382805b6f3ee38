"""Slices are what their digest says."""

from __future__ import annotations

import hashlib
import threading

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from egregora.archive import slices as module
from egregora.archive.slices import Slice, Slices, decode, encode
from egregora.blobs import Blob
from egregora.errors import NotFound, Reject
from egregora.ids import Partition, SliceDigest, SourceId
from egregora.message import Message
from egregora.testing.blobs import MemoryBlobs
from talks import conversations, talk

SOURCE, PARTITION = SourceId("club"), Partition("2023-05")


def of(messages: list[Message], context: int = 0) -> Slice:
    return Slice(SOURCE, PARTITION, tuple(messages[:context]), tuple(messages[context:]))


@given(conversations(), st.integers(0, 5))
def test_a_slice_comes_back_as_it_was_and_its_digest_is_of_its_lines(messages: list[Message], context: int) -> None:
    piece = of(messages, min(context, len(messages)))
    data = encode(piece)
    assert decode(data) == piece
    assert hashlib.sha256(zstandard.decompress(data)).hexdigest() == piece.digest


def test_a_message_counts_differently_as_context() -> None:
    assert len({of(talk(4), n).digest for n in range(5)}) == 5


def test_putting_a_slice_twice_writes_it_once() -> None:
    blobs = MemoryBlobs()
    slices = Slices(blobs)
    digest = slices.put(of(talk()))
    before = blobs.stat(f"slices/{digest}.jsonl.zst")
    assert slices.put(of(talk())) == digest
    assert blobs.stat(f"slices/{digest}.jsonl.zst") == before
    assert slices.get(digest) == of(talk())


def test_a_deleted_slice_is_not_found() -> None:
    slices = Slices(MemoryBlobs())
    digest = slices.put(of(talk()))
    slices.delete(digest)
    slices.delete(digest)
    with pytest.raises(NotFound):
        slices.get(digest)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no zstd",
        encode(of(talk()))[:-9],
        encode(of(talk(8))),
        zstandard.compress(b"no json"),
        zstandard.compress(b'{"version":2,"source":"s","partition":"p","context":0}\n'),
    ],
    ids=["empty", "foreign", "cut", "another slice", "no messages", "version"],
)
def test_damaged_bytes_are_refused(data: bytes) -> None:
    blobs = MemoryBlobs()
    digest = of(talk()).digest
    blobs.write(f"slices/{digest}.jsonl.zst", data)
    with pytest.raises(Reject):
        Slices(blobs).get(SliceDigest(digest))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no zstd",
        zstandard.compress(b"no json"),
        zstandard.compress(b'{"version":2,"source":"s","partition":"p","context":0}\n'),
        zstandard.compress(b'{"version":1,"source":"s","partition":"p","context":3}\n'),
    ],
)
def test_what_is_no_slice_is_not_decoded(data: bytes) -> None:
    with pytest.raises(Reject):
        decode(data)


@pytest.mark.slow
def test_a_bomb_is_refused_before_it_expands() -> None:
    line = b'{"version":1,"source":"s","partition":"p","context":0}\n'
    with pytest.raises(Reject, match="expands"):
        decode(zstandard.compress(line + b" " * module.MAX_BYTES))


@pytest.mark.slow
def test_what_is_too_large_to_be_read_again_is_not_written() -> None:
    blobs = MemoryBlobs()
    with pytest.raises(Reject, match="cannot be kept"):
        Slices(blobs).put(of([Message(text="x" * module.MAX_BYTES)]))
    assert list(blobs.list()) == []


def test_many_slices_are_put_and_got_as_one_by_one_would() -> None:
    blobs = MemoryBlobs()
    pieces = [of(talk(number + 1)) for number in range(100)]
    digests = Slices(blobs).put_all(iter(pieces))
    assert digests == [piece.digest for piece in pieces]
    got = Slices(blobs).get_all([*reversed(digests), digests[0]])
    assert list(got) == digests[::-1]
    assert list(got.values()) == pieces[::-1]


def test_one_missing_slice_of_many_is_not_found() -> None:
    slices = Slices(MemoryBlobs())
    digests = slices.put_all(of(talk(number + 1)) for number in range(30))
    slices.delete(digests[7])
    with pytest.raises(NotFound):
        slices.get_all(digests)


def test_slices_are_waited_for_side_by_side() -> None:
    meeting = threading.Barrier(8, timeout=60)

    class FarBlobs(MemoryBlobs):
        def write(self, key: str, data: bytes, *, if_generation: int | None = None) -> int:
            meeting.wait()
            return super().write(key, data, if_generation=if_generation)

        def read(self, key: str) -> Blob:
            meeting.wait()
            return super().read(key)

    slices = Slices(FarBlobs())
    assert len(slices.get_all(slices.put_all(of(talk(number + 1)) for number in range(8)))) == 8
