"""Blobs as objects of a Cloud Storage bucket: a key is an object's name, a generation is the object's own."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from egregora.blobs import Blob, BlobInfo
from egregora.blobs.gcs_objects import PATIENCE, GcsObjects
from egregora.errors import NotFound

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from google.cloud.storage import Client  # type: ignore[import-untyped]

_LEAST, _MOST = 256 * 1024, 8 * 1024 * 1024
"""Bytes asked for at once: little where a reader jumps about, much where it reads on."""


class GcsBlobs:
    """A blob store in the bucket `bucket`, shared safely by threads and processes.

    A call goes on trying for `patience` seconds before it raises `Retry`. The client is made on the first call.
    """

    def __init__(
        self,
        bucket: str,
        *,
        project: str | None = None,
        client: Client | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._objects = GcsObjects(bucket, project=project, client=client, patience=patience)

    def read(self, key: str) -> Blob:
        """Read a blob whole. Raises `NotFound`."""
        return self._objects.read(key)

    def open(self, key: str, *, generation: int | None = None) -> BinaryIO:
        """Open a seekable reader pinned to one generation, which reads ranges as they are asked for.

        Raises `NotFound` where the generation is gone, which a later read may find too.
        """
        found = self._objects.stat(key, generation=generation)
        if found is None:
            raise NotFound("there is no such blob, or that generation of it is gone")
        return io.BufferedReader(_Ranges(self._objects, found.info))

    def stat(self, key: str) -> BlobInfo | None:
        """Describe a blob; None where there is none."""
        found = self._objects.stat(key)
        return found.info if found else None

    def write(self, key: str, data: bytes, *, if_generation: int | None = None) -> int:
        """Write a blob whole and return its generation. Raises `Conflict`."""
        return self._objects.write(key, data, if_generation=if_generation)

    def put_file(self, key: str, file: BinaryIO) -> tuple[str, int, int]:
        """Send a file of any size under a key that is free; its crc32c in base64, its size in bytes, its generation.

        Nothing is sent where the same bytes are there already. Raises `Conflict` where others are.
        """
        return self._objects.put_file(key, file)

    def delete(self, key: str, *, if_generation: int | None = None) -> None:
        """Delete a blob; one that is not there is no error. Raises `Conflict` where the generation differs."""
        self._objects.delete(key, if_generation=if_generation)

    def list(self, prefix: str = "") -> Iterator[BlobInfo]:
        """Describe every blob whose key starts with `prefix`, in the order of keys."""
        for found in self._objects.list(prefix):
            yield found.info


class _Ranges(io.RawIOBase):
    """An object's bytes, fetched in ranges that double while they follow one another.

    The last range is widened backwards, since the readers that begin at a file's end go back from there.
    """

    def __init__(self, objects: GcsObjects, info: BlobInfo) -> None:
        super().__init__()
        self._objects = objects
        self._info = info
        self._position = 0
        self._held, self._start = b"", 0
        self._step = _LEAST

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._info.size}[whence]
        if base + offset < 0:
            raise ValueError("a position before the start")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        if self._position >= self._info.size:
            return 0
        if not self._start <= self._position < self._start + len(self._held):
            self._fetch()
        view, offset = memoryview(buffer).cast("B"), self._position - self._start
        piece = self._held[offset : offset + len(view)]
        view[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def _fetch(self) -> None:
        follows = self._held and self._position == self._start + len(self._held)
        self._step = min(_MOST, 2 * self._step) if follows else _LEAST
        self._start = self._position if follows else max(0, min(self._position, self._info.size - _LEAST))
        self._held = b""  # lest two ranges be held at once
        size = min(self._step, self._info.size - self._start)
        self._held = self._objects.read_range(self._info.key, self._info.generation, self._start, size)
