"""Blobs in memory."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from egregora.blobs import Blob, BlobInfo
from egregora.clock import Clock
from egregora.errors import Conflict, NotFound
from egregora.folders import check_path
from egregora.testing.clock import ManualClock


@dataclass(frozen=True, slots=True)
class _Held:
    blob: Blob
    updated: datetime


class MemoryBlobs:
    """A blob store in memory, shared safely by threads."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or ManualClock()
        self._lock = threading.Lock()
        self._held: dict[str, _Held] = {}
        self._last = 0

    def copy(self, clock: Clock) -> MemoryBlobs:
        """The same blobs, from here on by themselves."""
        made = MemoryBlobs(clock)
        made._held, made._last = dict(self._held), self._last
        return made

    def read(self, key: str) -> Blob:
        """Read a blob whole. Raises `NotFound`."""
        with self._lock:
            held = self._held.get(check_path(key))
        if held is None:
            raise NotFound("there is no such blob")
        return held.blob

    def open(self, key: str, *, generation: int | None = None) -> BinaryIO:
        """Open a seekable reader pinned to one generation. Raises `NotFound` where it is gone."""
        blob = self.read(key)
        if generation is not None and blob.generation != generation:
            raise NotFound("this generation of the blob is gone")
        return io.BytesIO(blob.data)

    def stat(self, key: str) -> BlobInfo | None:
        """Describe a blob; None where there is none."""
        with self._lock:
            held = self._held.get(check_path(key))
        return _info(key, held) if held else None

    def write(self, key: str, data: bytes, *, if_generation: int | None = None) -> int:
        """Write a blob whole and return its generation. Raises `Conflict`."""
        with self._lock:
            self._check(check_path(key), if_generation)
            self._last += 1
            self._held[key] = _Held(Blob(bytes(data), self._last), self._clock.now())
            return self._last

    def delete(self, key: str, *, if_generation: int | None = None) -> None:
        """Delete a blob; one that is not there is no error. Raises `Conflict` where the generation differs."""
        with self._lock:
            self._check(check_path(key), if_generation)
            self._held.pop(key, None)

    def list(self, prefix: str = "") -> Iterator[BlobInfo]:
        """Describe every blob whose key starts with `prefix`, in the order of keys."""
        with self._lock:
            found = [_info(key, held) for key, held in self._held.items() if key.startswith(prefix)]
        yield from sorted(found, key=lambda info: info.key)

    def _check(self, key: str, expected: int | None) -> None:
        held = self._held.get(key)
        if expected is not None and (held.blob.generation if held else 0) != expected:
            raise Conflict("the blob was written since it was read")


def _info(key: str, held: _Held) -> BlobInfo:
    return BlobInfo(key, held.blob.generation, len(held.blob.data), held.updated)
