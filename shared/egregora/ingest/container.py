"""The files of an upload: where they lie, and how much may be read of them."""

from __future__ import annotations

import codecs
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from egregora.errors import Unreadable
from egregora.ingest import ByteSource
from egregora.ingest.limits import MiB

HEAD = 64 * 1024
_RATIO_FROM = 10 * MiB
DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, OverflowError, RuntimeError, struct.error,
    ValueError,
)  # fmt: skip
"""What reading a zip that lies about itself may raise."""


@dataclass(slots=True)
class PathSource:
    """A file on this machine. `name` is what the user calls it, `path` where it lies. It is read more than once."""

    name: str
    path: Path
    _seen: tuple[int, int, int] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self.path.stat().st_size

    def open(self) -> BinaryIO:
        """A fresh reader. Raises `Unreadable` where the file cannot be opened, or is not what it was at first."""
        try:
            file = self.path.open("rb")
        except OSError as error:
            raise Unreadable(
                f"cannot be opened ({error.strerror}); check the path and its rights", where=self.name
            ) from error
        found = os.fstat(file.fileno())
        seen = (found.st_ino, found.st_size, found.st_mtime_ns)
        if self._seen not in {None, seen}:
            file.close()
            raise Unreadable("changed while it was read; give it again once it is whole", where=self.name)
        self._seen = seen
        return file


@dataclass(frozen=True, slots=True)
class StreamSource:
    """Anything that opens as a seekable binary: a blob pinned to a generation, bytes in memory."""

    name: str
    size: int
    opener: Callable[[], BinaryIO]

    def open(self) -> BinaryIO:
        """A fresh reader from the first byte."""
        return self.opener()


@dataclass(slots=True)
class Budget:
    """Bytes of text that one upload may yield."""

    limit: int
    used: int = 0

    def take(self, count: int, name: str) -> None:
        """Note `count` more bytes of the file `name`. Raises `Unreadable` past the limit."""
        self.used += count
        if self.used > self.limit:
            raise Unreadable(
                f"more than {self.limit // MiB} MiB of text; raise ingest.max_text_bytes to read it", where=name
            )


@dataclass(eq=False, slots=True)
class Metered:
    """A source whose bytes are counted against the upload's budget and, in a zip, against their compressed size.

    A byte that is read twice counts once.
    """

    source: ByteSource
    budget: Budget
    packed: int | None = None
    max_ratio: float = 0.0
    _furthest: int = 0

    @property
    def name(self) -> str:
        """The source's own name."""
        return self.source.name

    @property
    def size(self) -> int:
        """The size that the source claims."""
        return self.source.size

    def open(self) -> BinaryIO:
        """A fresh reader that raises `Unreadable` on damage and beyond the limits."""
        return cast(BinaryIO, _MeteredReader(self, self.source.open()))

    def reached(self, position: int) -> None:
        """Check the limits at `position`. Raises `Unreadable`."""
        if position <= self._furthest:
            return
        self.budget.take(position - self._furthest, self.name)
        if self.packed is not None and position > max(_RATIO_FROM, self.packed * self.max_ratio):
            raise Unreadable(
                f"unpacks to more than {self.max_ratio:g} times its size; refused as a zip bomb", where=self.name
            )
        self._furthest = position


class _MeteredReader(io.RawIOBase):
    def __init__(self, owner: Metered, inner: BinaryIO) -> None:
        self._owner = owner
        self._inner = inner

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            return self.readall()
        try:
            data = self._inner.read(size)
        except DAMAGE as error:
            raise damaged(self._owner.name) from error
        self._owner.reached(self._inner.tell())
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        try:
            return self._inner.seek(offset, whence)
        except DAMAGE as error:
            raise damaged(self._owner.name) from error

    def tell(self) -> int:
        return self._inner.tell()

    def close(self) -> None:
        self._inner.close()
        super().close()


def head_of(source: ByteSource) -> bytes:
    """The first bytes of a file, by which its format is told, without the byte order mark of UTF-8."""
    with source.open() as file:
        return file.read(HEAD).removeprefix(codecs.BOM_UTF8)


def damaged(name: str) -> Unreadable:
    """Name a broken archive in one line."""
    return Unreadable("the archive is damaged or was cut off; export or upload it again", where=name)


def folder(root: Path, name: str, limit: int) -> Iterator[PathSource]:
    """Every file under `root`, in the order of paths, named below `name`. Raises `Unreadable` past `limit` files."""
    files = list(islice((p for p in root.rglob("*") if p.is_file() and not p.is_symlink()), limit + 1))
    if len(files) > limit:
        raise Unreadable(f"holds more than {limit:,} files; give the export's own folder", where=name)
    for path in sorted(files):
        relative = printable(path.relative_to(root).as_posix())
        if not is_shadow(relative):
            yield PathSource(f"{name}/{relative}", path)


def printable(name: str) -> str:
    """A name from this machine's disk, which may be no Unicode, as text that can be written."""
    return os.fsencode(name).decode(errors="replace")


def is_shadow(name: str) -> bool:
    """Whether a path is one of the shadow files that macOS adds to zips and folders."""
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or parts[-1:] == (".DS_Store",) or any(p.startswith("._") for p in parts)
