"""Port: a place that rendered files are delivered to.

A sink keeps a record of its own of what it holds, so that a new or emptied sink fills itself from what exists.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from egregora.threads import map_ahead


class Sink(Protocol):
    """A folder-like place for files by relative POSIX path. An adapter that derives from it deletes one by one."""

    name: str
    parallel: int
    """How many writes or deletions, of different paths, it does well to have under way at once."""

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`; None where there is no file."""
        ...

    def write(self, path: str, data: bytes) -> bool:
        """Put a file in place atomically; returns False, touching nothing, where the same bytes are there already.

        A sink that compares generations raises `Conflict` where somebody else wrote the path since this sink read or
        listed it: of two publishers at once one gives way.
        """
        ...

    def delete(self, path: str) -> bool:
        """Remove a file, and folders left empty; returns whether it was there."""
        ...

    def delete_many(self, paths: Sequence[str]) -> int:
        """Remove files, in any order; returns how many were there."""
        return sum(map_ahead(self.delete, paths, threads=self.parallel))

    def list(self, prefix: str = "") -> Iterator[str]:
        """Every path that starts with `prefix`, in order."""
        ...
