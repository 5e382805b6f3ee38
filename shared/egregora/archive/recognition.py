"""Recognition: which stretches of an export were merged before.

A longer export of a chat says of all but its last month what the archive holds already. So every partition of an
export, as it comes from the reader, has a digest that is remembered in the plan it was merged into; where the same
comes again it need not be protected, compared or merged. Digests are keyed, for they are made from names.

Messages of a partition that may be known are held, encoded, until two later partitions have begun, and only so many
bytes of them; a partition that is larger, or out of order, is passed on and still recognised at its end.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

import msgspec

from egregora.archive.partition import UNDATED, PartitionKind, runs
from egregora.ids import Partition
from egregora.message import Message

_OPEN = 3
"""Partitions whose messages are held at once."""

_HELD = 16 * 1024 * 1024
"""Bytes held in all."""

_DIGITS = 32

REMEMBERED = 8
"""Digests that a plan remembers: of so many phones and stretches."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Message])


def _header(count: int) -> int:
    """Bytes before a list's elements, which tell how many there are: as a digest does not depend on."""
    return 1 if count < 16 else 3 if count < 65_536 else 5


class Recognition:
    """Tells of one export what is new. `known` are the digests remembered for each partition.

    `context` is all that shapes what becomes of the messages afterwards: the same ones under another are not the same.
    """

    def __init__(
        self, kind: PartitionKind, known: Mapping[Partition, Collection[str]], *, key: bytes, context: str
    ) -> None:
        self._kind = kind
        self._known = known
        self._key = hmac.digest(key, context.encode(errors="surrogatepass"), "sha256")
        self._hashes: dict[Partition, hashlib._Hash] = {}
        self._held: dict[Partition, list[bytes]] = {}
        self._size = 0

    def unknown(self, batches: Iterable[Sequence[Message]]) -> Iterator[tuple[Partition, Sequence[Message]]]:
        """By partition, the messages of those that were not merged before, each partition's in their order."""
        last = UNDATED
        for batch in batches:
            for partition, run in runs(batch, self._kind, last):
                last = partition
                encoded = _encoder.encode(run)
                self._hash(partition).update(memoryview(encoded)[_header(len(run)) :])
                if not self._known.get(partition):
                    yield partition, run
                    continue
                self._hold(partition, encoded)
                while self._size > _HELD:
                    yield from self._released()
                while len(self._held) > _OPEN:
                    yield from self._released(complete=True)
        while self._held:
            yield from self._released(complete=True)

    @property
    def digests(self) -> dict[Partition, str]:
        """The digest of every partition; whole once all messages were seen."""
        return {partition: found.hexdigest()[:_DIGITS] for partition, found in self._hashes.items()}

    @property
    def recognised(self) -> frozenset[Partition]:
        """Partitions that hold just what was merged before."""
        return frozenset(name for name, digest in self.digests.items() if digest in self._known.get(name, ()))

    def _hash(self, partition: Partition) -> hashlib._Hash:
        if partition not in self._hashes:
            self._hashes[partition] = hashlib.sha256(self._key)
        return self._hashes[partition]

    def _hold(self, partition: Partition, encoded: bytes) -> None:
        held = self._held.pop(partition, [])  # put back as the one that had a message last
        held.append(encoded)
        self._held[partition] = held
        self._size += len(encoded)

    def _released(self, *, complete: bool = False) -> Iterator[tuple[Partition, list[Message]]]:
        """Let go of the partition that was longest without a message."""
        partition = next(iter(self._held))
        held = self._held.pop(partition)
        self._size -= sum(map(len, held))
        if not (complete and self._hash(partition).hexdigest()[:_DIGITS] in self._known[partition]):
            yield partition, list(chain.from_iterable(map(_decoder.decode, held)))
