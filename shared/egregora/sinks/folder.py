"""A sink that is a folder, such as the site on this machine."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from egregora.errors import Reject
from egregora.folders import check_path, locked, move_into_place, remove_empty_folders, walk, write_all

_PART = ".egregora.part"
"""The file being written, right below the root. What a killed writer left there, the next write fills anew."""


class FolderSink:
    """Files below the folder `root`. Links are not followed: a linked file is no file, a linked folder is refused.

    Writes are not synced to the disk one by one: whatever a power cut damages, publishing again mends.
    """

    def __init__(self, root: Path, *, name: str = "folder") -> None:
        self.name = name
        self._root = str(root.absolute())

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`; None where there is no file."""
        place = self._place(path)
        return Path(place).read_bytes() if _is_file(place) else None

    def write(self, path: str, data: bytes) -> bool:
        """Put a file in place atomically; returns False, touching nothing, where the same bytes are there already."""
        place = self._place(path)
        if _holds(place, data):
            return False
        part = f"{self._root}/{_PART}"
        with locked(part) as file:
            write_all(file, data)
            move_into_place(part, place)
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
        slash = path.find("/")
        while slash >= 0:
            try:
                status = os.lstat(f"{self._root}/{path[:slash]}")
            except (FileNotFoundError, NotADirectoryError):
                break
            if stat.S_ISLNK(status.st_mode):
                raise Reject("a folder on the way is a link; nothing is written through links")
            slash = path.find("/", slash + 1)
        return f"{self._root}/{path}"


def _is_file(place: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(place).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _holds(place: str, data: bytes) -> bool:
    try:
        status = os.lstat(place)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size == len(data) and Path(place).read_bytes() == data
