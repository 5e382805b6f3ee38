"""A spool: the messages of a whole export sorted into partitions, encoded and, where they are many, compressed."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import zstandard

from egregora.archive.partition import UNDATED
from egregora.ids import Partition
from egregora.message import Message

_CHUNK = 1024
"""Messages of a partition encoded at once, if no fewer are left."""

_LOOSE = 8 * _CHUNK
"""Messages held as objects over all partitions, which come mixed where deliveries are late."""

_PLAIN = 96 * 1024 * 1024
"""Bytes held uncompressed; compressing takes as long as all else that a spool does."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Message])


class Spool:
    """Takes messages in the order of the export and gives back each partition's, in the same order."""

    def __init__(self) -> None:
        self._loose: dict[Partition, list[Message]] = {}
        self._count = 0
        self._plain = 0
        self._frames: dict[Partition, list[bytes]] = {}
        self._compressor = zstandard.ZstdCompressor(level=1)

    def add(self, partition: Partition, messages: Sequence[Message]) -> None:
        """Take messages of one partition."""
        pending = self._loose.setdefault(partition, [])
        pending += messages
        self._count += len(messages)
        if len(pending) >= _CHUNK:
            self._press(partition)
        if self._count >= _LOOSE:
            for name in list(self._loose):
                self._press(name)

    def partitions(self) -> list[Partition]:
        """The partitions that hold messages, in order; the undated one first."""
        return sorted({*self._frames, *self._loose}, key=lambda name: (name != UNDATED, name))

    def messages(self, partition: Partition) -> list[Message]:
        """The messages of one partition, none where there is no such partition."""
        unpack = zstandard.ZstdDecompressor().decompress
        found: list[Message] = []
        for frame in self._frames.get(partition, ()):
            found += _decoder.decode(unpack(frame) if frame.startswith(zstandard.FRAME_HEADER) else frame)
        found += self._loose.get(partition, ())
        return found

    def take(self, partition: Partition) -> list[Message]:
        """The messages of one partition, which the spool then holds no longer."""
        found = self.messages(partition)
        self._frames.pop(partition, None)
        self._count -= len(self._loose.pop(partition, ()))
        return found

    def _press(self, partition: Partition) -> None:
        pending = self._loose.pop(partition)
        self._count -= len(pending)
        frame = _encoder.encode(pending)
        if self._plain < _PLAIN:
            self._plain += len(frame)
        else:
            frame = self._compressor.compress(frame)
        self._frames.setdefault(partition, []).append(frame)
