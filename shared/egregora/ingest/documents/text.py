"""Plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Literal

from egregora.ingest import ByteSource, Export
from egregora.ingest.documents import looks_structured, prose
from egregora.ingest.lines import head_lines, is_text

_SUFFIXES = frozenset({".txt", ".text", ".log", ""})


@dataclass(frozen=True, slots=True)
class Text:
    """The reader of any text that is nothing else."""

    now: datetime
    format: Literal["text"] = "text"

    def detect(self, source: ByteSource, head: bytes) -> float:
        """Whether a file that is called a text holds one."""
        named = PurePosixPath(source.name).suffix.casefold() in _SUFFIXES
        if not named or not is_text(head):
            return 0.0
        return 0.0 if looks_structured("\n".join(head_lines(head)[:3])) else 0.5

    def read(self, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
        """A chat for each folder. Raises `Unreadable`."""
        return prose.read("text", sources, lambda lines: (prose.Front(), lines))
