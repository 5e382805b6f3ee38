"""Zips, read safely.

Nothing is ever written under a member's name, and what a zip claims about itself is not believed: bytes are counted as
they are read. Media is listed, never decompressed.
"""

from __future__ import annotations

import io
import struct
import tempfile
import unicodedata
import weakref
import zipfile
from dataclasses import dataclass
from typing import BinaryIO, cast

from egregora.errors import Unreadable
from egregora.ingest import ByteSource
from egregora.ingest.container import DAMAGE, Metered, StreamSource, damaged, is_shadow
from egregora.ingest.limits import IngestSettings, MiB

_SMALLEST_ENTRY = 46
"""Bytes of a central directory entry without its name."""

_LONGEST_ENTRY = 1024
"""Bytes of names and extra fields that an entry takes in no real export, on average."""

_BLOCK = 256 * 1024

_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""What apps and systems zip with. The others may ask for any amount of memory before they give a byte."""


@dataclass(frozen=True)
class Member:
    """A file in a zip, under `archive name/member name`."""

    name: str
    size: int
    packed: int
    encrypted: bool
    archive: ByteSource
    info: zipfile.ZipInfo

    def open(self) -> BinaryIO:
        """A fresh reader that decompresses as it goes. Raises `Unreadable`."""
        if self.encrypted:
            raise Unreadable("is encrypted; unpack it with its password and give the text itself", where=self.name)
        if self.info.compress_type not in _METHODS:
            raise Unreadable(
                "is packed in a way that cannot be unpacked safely here; unpack it and zip it anew", where=self.name
            )
        raw = self.archive.open()
        try:
            return cast(BinaryIO, _Listed(raw).open(self.info))
        except DAMAGE as error:
            raw.close()
            raise damaged(self.name) from error


class _Listed(zipfile.ZipFile):
    """A zip whose members are known already: its directory is not read again, its file is closed with a member."""

    def _RealGetContents(self) -> None:  # noqa: N802 - zipfile's name
        pass

    def _fpclose(self, fp: BinaryIO) -> None:
        fp.close()


def members(source: ByteSource, settings: IngestSettings) -> list[Member]:
    """List the files of a zip, without folders and macOS's shadow files. Raises `Unreadable`."""
    with source.open() as raw:
        _check_directory(source, raw, settings)
        try:
            infos = zipfile.ZipFile(raw).infolist()
        except DAMAGE as error:
            raise damaged(source.name) from error
        length = raw.seek(0, io.SEEK_END)
    if len(infos) > settings.max_members:
        raise _crowded(source, settings)
    return [
        Member(
            name=f"{source.name}/{name}",
            size=info.file_size,
            packed=min(info.compress_size, length),
            encrypted=bool(info.flag_bits & 1),
            archive=source,
            info=info,
        )
        for info in infos
        if (name := member_name(info)).rpartition("/")[2] and not is_shadow(name)
    ]


def _crowded(source: ByteSource, settings: IngestSettings) -> Unreadable:
    return Unreadable(
        f"holds more than {settings.max_members:,} files; raise ingest.max_members to read it", where=source.name
    )


def _check_directory(source: ByteSource, raw: BinaryIO, settings: IngestSettings) -> None:
    """Refuse a directory too large to be listed before it is parsed into memory."""
    length = raw.seek(0, io.SEEK_END)
    raw.seek(max(0, length - 66_000))
    tail = raw.read()
    raw.seek(0)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise damaged(source.name)
    size: int = struct.unpack_from("<L", tail, at + 12)[0]
    at64 = tail.rfind(b"PK\x06\x06", 0, at)
    if size == 0xFFFFFFFF and 0 <= at64 <= len(tail) - 56:
        size = struct.unpack_from("<Q", tail, at64 + 40)[0]
    if size > length:
        raise damaged(source.name)
    if size > settings.max_members * (_SMALLEST_ENTRY + _LONGEST_ENTRY):
        raise _crowded(source, settings)


_CODE_PAGES = ("utf-8", "cp850", "cp1252", "cp866", "cp932", "gb18030")


def member_name(info: zipfile.ZipInfo) -> str:
    """A member's path with forward slashes; names without the UTF-8 flag are read in the code page that makes words."""
    name = info.filename.replace("\\", "/")
    if info.flag_bits & 0x800 or name.isascii():
        return name
    raw = name.encode("cp437")
    readings = []
    for page in _CODE_PAGES:
        try:
            readings.append(raw.decode(page))
        except UnicodeDecodeError:
            continue
        if page == "utf-8":
            return readings[0]
    return min([*readings, name], key=_oddness)


def _oddness(name: str) -> int:
    """How little a name looks like words: symbols, capitals inside words and mixed scripts."""
    odd, before = 0, " "
    scripts = set()
    for char in name:
        if not char.isascii():
            odd += not char.isalpha()
            scripts.add(unicodedata.name(char, "?").split()[0])
        odd += char.isupper() and before.islower()
        before = char
    return odd + 2 * max(0, len(scripts - {"HIRAGANA", "KATAKANA", "CJK"}) - 1)


def spooled(member: Metered) -> StreamSource:
    """Copy a zip inside a zip to an unnamed temporary file, counted, so that it can be read by ranges."""
    spool = Spool()
    with member.open() as f:
        while block := f.read(_BLOCK):
            spool.write(block)
    return StreamSource(member.name, spool.size, spool)


class Spool:
    """A temporary file that lasts as long as what reads it; calling it opens a reader."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=8 * MiB)  # noqa: SIM115 - closed by the finalizer
        self.size = 0
        weakref.finalize(self, self._file.close)

    def write(self, block: bytes) -> None:
        """Add `block` at the end."""
        self._file.write(block)
        self.size += len(block)

    def read(self, at: int, size: int) -> bytes:
        """The `size` bytes from `at` on."""
        self._file.seek(at)
        return self._file.read(size)

    def __call__(self) -> BinaryIO:
        """A reader of it all."""
        return self.part(0, self.size)

    def part(self, start: int, size: int) -> BinaryIO:
        """A reader of `size` bytes from `start`."""
        return cast(BinaryIO, _SpoolReader(self, start, size))


class _SpoolReader(io.RawIOBase):
    """One of several readers of a spool, each with a part and a place of its own."""

    def __init__(self, spool: Spool, start: int, size: int) -> None:
        self._spool, self._start, self._size, self._at = spool, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self._size - self._at)
        data = self._spool.read(self._start + self._at, left if size is None or size < 0 else min(size, left))
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at
