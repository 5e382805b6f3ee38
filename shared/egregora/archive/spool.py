"""A spool: the messages of a whole export sorted into partitions, compressed, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import zstandard

from egregora.archive.partition import UNDATED, PartitionKind, partition_of
from egregora.ids import Partition
from egregora.message import Message

_CHUNK = 1024
"""Messages compressed at once."""

_LOOSE = 8 * _CHUNK
"""Messages held uncompressed over all partitions, which come mixed where deliveries are late."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Message)


class Spool:
    """Takes messages in the order of the export and gives back each partition's, in the same order."""

    def __init__(self, kind: PartitionKind) -> None:
        self._kind = kind
        self._last = UNDATED
        self._loose: dict[Partition, list[Message]] = {}
        self._count = 0
        self._frames: dict[Partition, list[bytes]] = {}
        self._compressor = zstandard.ZstdCompressor(level=3)

    def add(self, message: Message) -> None:
        """Take one message."""
        self.extend((message,))

    def extend(self, messages: Iterable[Message]) -> None:
        """Take messages; the iterable is never held whole."""
        kind, last, loose, count = self._kind, self._last, self._loose, self._count
        for message in messages:
            last = partition_of(message, kind, last)
            pending = loose.get(last)
            if pending is None:
                pending = loose[last] = []
            pending.append(message)
            count += 1
            if len(pending) >= _CHUNK:
                count -= self._press(last)
            elif count >= _LOOSE:
                count -= sum(self._press(partition) for partition in list(loose))
        self._last, self._count = last, count

    def partitions(self) -> list[Partition]:
        """The partitions that hold messages, in order; the undated one first."""
        return sorted({*self._frames, *self._loose}, key=lambda name: (name != UNDATED, name))

    def messages(self, partition: Partition) -> list[Message]:
        """The messages of one partition, none where there is no such partition."""
        unpack = zstandard.ZstdDecompressor().decompress
        found: list[Message] = []
        for frame in self._frames.get(partition, ()):
            found.extend(_decoder.decode_lines(unpack(frame)))
        found.extend(self._loose.get(partition, ()))
        return found

    def _press(self, partition: Partition) -> int:
        pending = self._loose.pop(partition)
        self._frames.setdefault(partition, []).append(self._compressor.compress(_encoder.encode_lines(pending)))
        return len(pending)
