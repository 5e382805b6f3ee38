"""A folder tree that stands for a store: safe paths, ordered listing, atomic replacement. POSIX systems only."""

from __future__ import annotations

import fcntl
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from egregora.errors import Reject

MAX_PATH_BYTES = 1024
MAX_NAME_BYTES = 255

_forbidden = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]|(?:^|/)\.{0,2}(?:/|$)")


def check_path(path: str) -> str:
    """Return `path` where it is a relative POSIX path that stays below its root; raises `Reject` where it is not.

    Refused are the empty path, empty, ``.`` and ``..`` parts (and so absolute paths), control characters, what UTF-8
    cannot hold, and what is longer than stores take. The path itself is left out of the error: it may name a person.
    """
    if _forbidden.search(path):
        raise Reject("a path must be relative, without empty, '.' or '..' parts and without control characters")
    if len(path) > MAX_NAME_BYTES // 4 and (  # below that no letters can be too many bytes
        len(path.encode()) > MAX_PATH_BYTES or max(len(name.encode()) for name in path.split("/")) > MAX_NAME_BYTES
    ):
        raise Reject(f"a path may have {MAX_PATH_BYTES} bytes, each of its parts {MAX_NAME_BYTES}")
    return path


def is_path(path: str) -> bool:
    """Whether `check_path` takes `path`."""
    try:
        check_path(path)
    except Reject:
        return False
    return True


def walk(
    root: str, prefix: str = "", *, hidden: frozenset[str] = frozenset()
) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Every file below `root` whose path starts with `prefix`, in the order of paths; a path with its entry.

    Linked folders are not entered. Files that no path may name are passed over, and so are the `hidden` names right
    below the root. Whatever vanishes meanwhile is not an error.
    """
    folder = prefix.rpartition("/")[0]
    if folder and (
        _forbidden.search(folder) or folder.split("/", maxsplit=1)[0] in hidden or through_link(root, prefix)
    ):
        return
    yield from _walk(root, folder + "/" if folder else "", prefix, hidden)


def through_link(root: str, path: str) -> bool:
    """Whether one of the folders on the way from `root` to `path` is a link."""
    slash = path.find("/")
    while slash >= 0:
        try:
            status = os.lstat(f"{root}/{path[:slash]}")
        except (FileNotFoundError, NotADirectoryError):
            return False
        if stat.S_ISLNK(status.st_mode):
            return True
        slash = path.find("/", slash + 1)
    return False


def _walk(root: str, folder: str, prefix: str, hidden: frozenset[str]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    found: list[tuple[str, os.DirEntry[str]]] = []
    try:
        with os.scandir(f"{root}/{folder}") as entries:
            for entry in entries:
                # A folder sorts by its name with the slash, as the paths below it do.
                path = folder + entry.name + ("/" if entry.is_dir(follow_symlinks=False) else "")
                if (path.startswith(prefix) or prefix.startswith(path)) and (folder or entry.name not in hidden):
                    found.append((path, entry))
    except (FileNotFoundError, NotADirectoryError):
        return
    for path, entry in sorted(found, key=lambda item: item[0]):
        if path.endswith("/"):
            yield from _walk(root, path, prefix, hidden)
        elif path.startswith(prefix) and not _forbidden.search(path):
            yield path, entry


@contextmanager
def locked(path: str) -> Iterator[int]:
    """Hold the file at `path` against every other thread and process; yields its descriptor, open for writing.

    The kernel lets go when the holder dies. Where the holder before moved the file away, a new one is made.
    """
    while True:
        descriptor = _open_to_write(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_still_at(descriptor, path):
                yield descriptor
                return
        finally:
            # Closing alone would not do where a child process was forked meanwhile: it holds a copy.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)


def _open_to_write(path: str) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(path, flags, 0o666)
    except FileNotFoundError:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, flags, 0o666)


def _is_still_at(descriptor: int, path: str) -> bool:
    try:
        there = os.lstat(path)
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(descriptor), there)


def write_all(descriptor: int, data: bytes) -> None:
    """Make `data` the whole content of an open file."""
    os.ftruncate(descriptor, 0)
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def move_into_place(temporary: str, target: str) -> None:
    """Rename over `target`, making its folders. Raises `Reject` where a file stands in for a folder or the reverse."""
    for _ in range(100):
        try:
            Path(temporary).replace(target)
        except FileNotFoundError:
            # A folder is missing, or was removed as empty by another writer since it was made.
            _make_folder(Path(target).parent)
        except (NotADirectoryError, IsADirectoryError) as error:
            raise Reject("a path cannot be both a file and a folder") from error
        else:
            return
    raise FileNotFoundError(temporary)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise Reject("a path cannot be both a file and a folder") from error
    except FileNotFoundError:
        return  # another writer removed a folder above as empty; the caller tries again


def remove_empty_folders(root: str, path: str) -> None:
    """Remove the folders above `path` that are empty, up to `root`."""
    folder = path.rpartition("/")[0]
    while folder:
        try:
            Path(root, folder).rmdir()
        except OSError:
            return  # not empty, or gone: in either case there is nothing to do
        folder = folder.rpartition("/")[0]
