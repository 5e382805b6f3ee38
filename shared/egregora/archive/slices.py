"""Slices: immutable, content-addressed runs of messages, at ``slices/<digest>.jsonl.zst``.

{"version": 1, "source": …, "partition": …, "context": 2}     header: how many of the next lines are context
{"time": …, …}                                                context, then messages, one JSON object a line
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO

import msgspec
import zstandard

from egregora.blobs import BlobStore
from egregora.errors import Conflict, Reject
from egregora.ids import Partition, SliceDigest, SourceId
from egregora.message import Message
from egregora.threads import map_ahead

VERSION = 1

MAX_BYTES = 256 * 1024 * 1024
"""Uncompressed bytes of one slice; a store that was tampered with cannot make a reader allocate more."""

_LEVEL = 1
"""Of compression: level 3, the usual one, takes a third longer for a twentieth less."""


class _Header(msgspec.Struct, frozen=True):
    version: int
    source: SourceId
    partition: Partition
    context: int


_encoder = msgspec.json.Encoder()
_header_decoder = msgspec.json.Decoder(_Header)
_message_decoder = msgspec.json.Decoder(Message)


@dataclass(frozen=True)
class Slice:
    """A run of messages of one partition, and those right before it that the writer may read but not cite."""

    source: SourceId
    partition: Partition
    context: tuple[Message, ...] = field(repr=False)
    messages: tuple[Message, ...] = field(repr=False)

    @cached_property
    def digest(self) -> SliceDigest:
        """sha256 over the uncompressed lines."""
        return _digest(self.lines)

    @cached_property
    def lines(self) -> bytes:
        """What is kept of it, uncompressed: its header, its context, its messages."""
        header = _Header(VERSION, self.source, self.partition, len(self.context))
        return _encoder.encode_lines((header, *self.context, *self.messages))


def encode(slice_: Slice) -> bytes:
    """Compress a slice. Raises `Reject` where it is larger than `decode` would take."""
    if len(slice_.lines) > MAX_BYTES:
        raise Reject(f"a window of more than {MAX_BYTES} bytes cannot be kept: lower windows.tokens")
    return zstandard.ZstdCompressor(level=_LEVEL).compress(slice_.lines)


def decode(data: bytes) -> Slice:
    """Read back what `encode` wrote. Raises `Reject` on anything else."""
    return _parse(_expand(data))


class Slices:
    """Slices in a blob store; of many, up to `at_once` are under way together."""

    def __init__(self, blobs: BlobStore, *, at_once: int = 16) -> None:
        self._blobs = blobs
        self._at_once = at_once

    def put(self, slice_: Slice) -> SliceDigest:
        """Write a slice where it is not there yet, and return its digest."""
        return self._write(slice_.digest, encode(slice_))

    def get(self, digest: SliceDigest) -> Slice:
        """Read a slice. Raises `NotFound`, and `Reject` where the bytes are not those of `digest`."""
        lines = _expand(self._blobs.read(_key(digest)).data)
        if _digest(lines) != digest:
            raise Reject(f"slice {digest} is damaged: its bytes do not match its digest")
        return _parse(lines)

    def put_all(self, slices: Iterable[Slice]) -> list[SliceDigest]:
        """Write those that are not there yet, many at once, compressed a little ahead; their digests."""
        packed = ((slice_.digest, encode(slice_)) for slice_ in slices)
        return list(map_ahead(lambda pair: self._write(*pair), packed, threads=self._at_once))

    def get_all(self, digests: Iterable[SliceDigest]) -> dict[SliceDigest, Slice]:
        """Read slices, many at once, in the order of `digests`. Raises what `get` does."""
        wanted = list(dict.fromkeys(digests))
        return dict(zip(wanted, map_ahead(self.get, wanted, threads=self._at_once), strict=True))

    def delete(self, digest: SliceDigest) -> None:
        """Forget a slice; one that is not there is no error."""
        self._blobs.delete(_key(digest))

    def _write(self, digest: SliceDigest, data: bytes) -> SliceDigest:
        with suppress(Conflict):  # the same digest holds the same messages: someone else was as quick
            self._blobs.write(_key(digest), data, if_generation=0)
        return digest


def _key(digest: SliceDigest) -> str:
    return f"slices/{digest}.jsonl.zst"


def _digest(lines: bytes) -> SliceDigest:
    return SliceDigest(hashlib.sha256(lines).hexdigest())


def _expand(data: bytes) -> bytes:
    try:
        with zstandard.ZstdDecompressor(max_window_size=MAX_BYTES).stream_reader(BytesIO(data)) as reader:
            lines = reader.read(MAX_BYTES + 1)
    except zstandard.ZstdError as error:
        raise Reject("a slice is damaged: it is not zstd data") from error
    if len(lines) > MAX_BYTES:
        raise Reject(f"a slice is damaged: it expands to more than {MAX_BYTES} bytes")
    return lines


def _parse(lines: bytes) -> Slice:
    head, _, body = lines.partition(b"\n")
    try:
        header = _header_decoder.decode(head)
        messages = tuple(_message_decoder.decode_lines(body))
    except msgspec.DecodeError as error:
        raise Reject("a slice is damaged: it does not hold messages") from error
    if header.version != VERSION or not 0 <= header.context <= len(messages):
        raise Reject(f"a slice has version {header.version}, which is not known here")
    return Slice(header.source, header.partition, messages[: header.context], messages[header.context :])
