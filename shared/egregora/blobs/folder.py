"""Blobs as files of a folder: a key is a path, a generation is the file's modification time in nanoseconds.

So people can read the folder, put exports into it and edit its settings with any tool, and each of those changes is a
new generation too. A write takes one of 64 locks (by key), compares, fills a temporary file, stamps it with a time
later than any this lock has seen, and renames it into place. The latest stamp is kept as the lock file's own time,
which is why a generation never returns: not after a delete, not when the clock is set back.

Killed at any moment, a writer leaves the old file or the new one; the kernel frees its lock, and the next writer under
that lock fills the same temporary file again. Bytes are on the disk before they get their name, so a power cut cannot
leave a name without its bytes; it may take back the last seconds' writes, as it does those of the journal beside it.
"""

from __future__ import annotations

import io
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from egregora.blobs import Blob, BlobInfo
from egregora.errors import Conflict, NotFound, Reject
from egregora.folders import check_path, locked, move_into_place, remove_empty_folders, walk, write_all

RESERVED = ".egregora"
"""The top folder with locks and temporary files; no key begins with it."""

_LOCKS = 64
_COARSEST = 2_000_000_000
"""Nanoseconds between the times that the coarsest file system in use tells apart."""


class FolderBlobs:
    """A blob store in the folder `root`, shared safely by threads and processes.

    A key cannot be another's folder (``a`` and ``a/b``), and linked folders are not listed.
    """

    def __init__(self, root: Path) -> None:
        self._root = str(root.absolute())

    def read(self, key: str) -> Blob:
        """Read a blob whole. Raises `NotFound`."""
        with self._open(key) as file:
            status = os.fstat(file.fileno())
            return Blob(file.read(), _generation(status))

    def open(self, key: str, *, generation: int | None = None) -> BinaryIO:
        """Open a seekable reader pinned to one generation. Raises `NotFound` where it is gone."""
        file = self._open(key)
        # A write replaces the file and never changes it, so what was opened stays as it is.
        if generation is not None and _generation(os.fstat(file.fileno())) != generation:
            file.close()
            raise NotFound("this generation of the blob is gone")
        return io.BufferedReader(file)

    def stat(self, key: str) -> BlobInfo | None:
        """Describe a blob; None where there is none."""
        status = _status(Path(self._path(key)))
        return _info(key, status) if status else None

    def write(self, key: str, data: bytes, *, if_generation: int | None = None) -> int:
        """Write a blob whole and return its generation. Raises `Conflict`."""
        path = self._path(key)
        with self._lock(key) as (lock, temporary):
            generation = self._present(path, if_generation)
            after = max(os.fstat(lock).st_mtime_ns, generation)
            new = _fill(temporary, data, after)
            os.utime(lock, ns=(new, new))
            move_into_place(temporary, path)
        return new

    def delete(self, key: str, *, if_generation: int | None = None) -> None:
        """Delete a blob; one that is not there is no error. Raises `Conflict` where the generation differs."""
        path = self._path(key)
        with self._lock(key) as (lock, _):
            generation = self._present(path, if_generation)
            if not generation:
                return
            latest = max(os.fstat(lock).st_mtime_ns, generation)
            os.utime(lock, ns=(latest, latest))
            Path(path).unlink(missing_ok=True)
            remove_empty_folders(self._root, key)

    def list(self, prefix: str = "") -> Iterator[BlobInfo]:
        """Describe every blob whose key starts with `prefix`, in the order of keys."""
        for key, entry in walk(self._root, prefix, hidden=frozenset({RESERVED})):
            status = _status(entry)
            if status:
                yield _info(key, status)

    def _path(self, key: str) -> str:
        if check_path(key).split("/", maxsplit=1)[0] == RESERVED:
            raise Reject(f"keys under {RESERVED} are reserved")
        return f"{self._root}/{key}"

    def _open(self, key: str) -> io.FileIO:
        try:
            return io.FileIO(self._path(key))
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise NotFound("there is no such blob") from error

    @contextmanager
    def _lock(self, key: str) -> Iterator[tuple[int, str]]:
        number = zlib.crc32(key.encode()) % _LOCKS
        with locked(f"{self._root}/{RESERVED}/{number:02}.lock") as lock:
            yield lock, f"{self._root}/{RESERVED}/{number:02}.part"

    def _present(self, path: str, expected: int | None) -> int:
        status = _status(Path(path))
        generation = _generation(status) if status else 0
        if expected is not None and generation != expected:
            raise Conflict("the blob was written since it was read")
        return generation


def _status(file: Path | os.DirEntry[str]) -> os.stat_result | None:
    try:
        status = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def _generation(status: os.stat_result) -> int:
    return max(1, status.st_mtime_ns)


def _info(key: str, status: os.stat_result) -> BlobInfo:
    return BlobInfo(key, _generation(status), status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def _fill(path: str, data: bytes, after: int) -> int:
    """Write a file to the disk under a time later than `after`, and return that time."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        write_all(file, data)
        for later in (0, 1, _COARSEST):  # as the system stamped it; else moved on; else past what the disk rounds off
            if later:
                os.utime(file, ns=(after + later, after + later))
            stamp = os.fstat(file).st_mtime_ns
            if stamp > after:
                break
        os.fsync(file)
    finally:
        os.close(file)
    return stamp
