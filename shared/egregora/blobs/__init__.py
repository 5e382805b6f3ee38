"""Port: a store of blobs by key, with generations for compare-and-swap.

Keys are relative POSIX paths (``slices/ab12.jsonl.zst``). Every successful write of a key gives it a new generation,
a positive integer that never returns for that key; 0 stands for "does not exist".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """What is known of a blob without reading it."""

    key: str
    generation: int
    size: int
    updated: datetime


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob's bytes and the generation they belong to."""

    data: bytes
    generation: int


class BlobStore(Protocol):
    """What the pipeline asks of a blob store. Calls raise `Retry` where the service is unavailable."""

    def read(self, key: str) -> Blob:
        """Read a blob whole. Raises `NotFound`."""
        ...

    def open(self, key: str, *, generation: int | None = None) -> BinaryIO:
        """Open a seekable reader pinned to one generation. Raises `NotFound` where it is gone.

        A store that keeps no older generations raises it from a later read too, never giving another one's bytes.
        """
        ...

    def stat(self, key: str) -> BlobInfo | None:
        """Describe a blob; None where there is none."""
        ...

    def write(self, key: str, data: bytes, *, if_generation: int | None = None) -> int:
        """Write a blob whole and return its generation.

        With `if_generation` the write happens only where the present generation is that one (0: none exists);
        otherwise it raises `Conflict` and changes nothing. Readers see the old bytes or the new ones, never a mix.
        """
        ...

    def delete(self, key: str, *, if_generation: int | None = None) -> None:
        """Delete a blob; one that is not there is no error. Raises `Conflict` where the generation differs."""
        ...

    def list(self, prefix: str = "") -> Iterator[BlobInfo]:
        """Describe every blob whose key starts with `prefix`, in the order of keys."""
        ...
