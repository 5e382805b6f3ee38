"""A sink that is a folder, such as the site on this machine."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from egregora.errors import Reject
from egregora.folders import check_path, locked, move_into_place, remove_empty_folders, through_link, walk, write_all
from egregora.sinks import Sink

_PART = ".egregora.part"
"""The file being written, right below the root. What a killed writer left there, the next write fills anew."""


class FolderSink(Sink):
    """Files below the folder `root`. Links are not followed: a linked file is no file, a linked folder is refused.

    Writes are not synced to the disk one by one: whatever a power cut damages, publishing again mends.
    """

    def __init__(self, root: Path, *, name: str = "folder") -> None:
        self.name = name
        self.parallel = 1
        self._root = str(root.absolute())

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`; None where there is no file."""
        return _content(self._place(path))

    def write(self, path: str, data: bytes) -> bool:
        """Put a file in place atomically; returns False, touching nothing, where the same bytes are there already."""
        place = self._place(path)
        if _content(place, size=len(data)) == data:
            return False
        part = f"{self._root}/{_PART}"
        with locked(part) as file:
            try:
                write_all(file, data)
                move_into_place(part, place)
            except BaseException:
                Path(part).unlink(missing_ok=True)
                raise
        return True

    def delete(self, path: str) -> bool:
        """Remove a file, and folders left empty; returns whether it was there."""
        place = self._place(path)
        try:
            Path(place).unlink()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except (IsADirectoryError, PermissionError):
            if stat.S_ISDIR(os.lstat(place).st_mode):
                return False
            raise
        remove_empty_folders(self._root, path)
        return True

    def list(self, prefix: str = "") -> Iterator[str]:
        """Every path that starts with `prefix`, in order."""
        for path, entry in walk(self._root, prefix, hidden=frozenset({_PART})):
            if entry.is_file(follow_symlinks=False):
                yield path

    def _place(self, path: str) -> str:
        """Where `path` lies on the disk. Raises `Reject` where that may be outside the root."""
        if check_path(path) == _PART:
            raise Reject(f"the name {_PART} is reserved")
        if through_link(self._root, path):
            raise Reject("a folder on the way is a link; a sink does not go through links")
        return f"{self._root}/{path}"


def _content(place: str, *, size: int | None = None) -> bytes | None:
    """A file's bytes; None where there is no file, or where its size is known to be another than `size`."""
    try:
        status = os.lstat(place)
        if not stat.S_ISREG(status.st_mode) or size not in {None, status.st_size}:
            return None
        return Path(place).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
