"""A spool: the messages of a whole export sorted into partitions, compressed, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import msgspec
import zstandard

from egregora.archive.partition import UNDATED, PartitionKind, runs
from egregora.ids import Partition
from egregora.message import Message

_CHUNK = 1024
"""Messages compressed at once."""

_LOOSE = 8 * _CHUNK
"""Messages held uncompressed over all partitions, which come mixed where deliveries are late."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Message])


class Spool:
    """Takes messages in the order of the export and gives back each partition's, in the same order."""

    def __init__(self, kind: PartitionKind) -> None:
        self._kind = kind
        self._last = UNDATED
        self._loose: dict[Partition, list[Message]] = {}
        self._count = 0
        self._frames: dict[Partition, list[bytes]] = {}
        self._compressor = zstandard.ZstdCompressor(level=1)

    def add(self, message: Message) -> None:
        """Take one message."""
        self.extend((message,))

    def extend(self, messages: Iterable[Message]) -> None:
        """Take messages; the iterable is never held whole."""
        rest = iter(messages)
        while chunk := list(islice(rest, _CHUNK)):
            for partition, run in runs(chunk, self._kind, self._last):
                self._last = partition
                pending = self._loose.setdefault(partition, [])
                pending += run
                self._count += len(run)
                if len(pending) >= _CHUNK:
                    self._press(partition)
            if self._count >= _LOOSE:
                for partition in list(self._loose):
                    self._press(partition)

    def partitions(self) -> list[Partition]:
        """The partitions that hold messages, in order; the undated one first."""
        return sorted({*self._frames, *self._loose}, key=lambda name: (name != UNDATED, name))

    def messages(self, partition: Partition) -> list[Message]:
        """The messages of one partition, none where there is no such partition."""
        unpack = zstandard.ZstdDecompressor().decompress
        found: list[Message] = []
        for frame in self._frames.get(partition, ()):
            found += _decoder.decode(unpack(frame))
        found += self._loose.get(partition, ())
        return found

    def _press(self, partition: Partition) -> None:
        pending = self._loose.pop(partition)
        self._count -= len(pending)
        self._frames.setdefault(partition, []).append(self._compressor.compress(_encoder.encode(pending)))
