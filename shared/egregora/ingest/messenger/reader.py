"""The reader of Messenger's downloads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from egregora.ingest import ByteSource, Export, Platform
from egregora.ingest.messenger import threads


@dataclass(frozen=True, slots=True)
class Messenger:
    """Reads ``message_1.json`` and its like, and the files of encrypted chats."""

    now: datetime
    format: Platform = "messenger"

    def detect(self, source: ByteSource, head: bytes) -> float:
        """By the names of fields that only Meta writes, and whose download it is."""
        return 0.95 if threads.platform_of(source.name, head) == self.format else 0.0

    def read(self, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
        """A chat for each thread. Raises `Unreadable`."""
        return threads.read(self.format, sources, group)
