"""Tars, compressed or not, read safely in one pass: they go only forward.

What may be text is copied to an unnamed temporary file, counted as it comes; of media only the names are kept.
"""

from __future__ import annotations

import tarfile
from collections.abc import Container
from functools import partial
from pathlib import PurePosixPath
from typing import BinaryIO

from egregora.errors import Unreadable
from egregora.ingest import ByteSource
from egregora.ingest.archives import Spool
from egregora.ingest.container import DAMAGE, StreamSource, damaged, is_shadow
from egregora.ingest.limits import IngestSettings, MiB

_DAMAGE = (*DAMAGE, tarfile.TarError, TypeError)  # tarfile stumbles so over a compressed head of a few bytes
_BLOCK = 256 * 1024


def members(source: ByteSource, texts: Container[str], settings: IngestSettings) -> list[ByteSource]:
    """The files of a tar, of which those with a suffix among `texts` can be opened. Raises `Unreadable`."""
    spool = Spool()
    found: list[ByteSource] = []
    try:
        with source.open() as raw, tarfile.open(fileobj=raw, mode="r|*") as tar:
            for number, member in enumerate(tar):
                _check(source, member.offset_data + member.size, number, settings)
                if not member.isfile() or is_shadow(member.name):
                    continue
                start = spool.size
                is_text = PurePosixPath(member.name).suffix.casefold() in texts
                if is_text:
                    _copy(tar, member, spool, source, settings)
                opener = partial(spool.part, start, spool.size - start) if is_text else partial(_refuse, member.name)
                found.append(StreamSource(f"{source.name}/{member.name}", member.size, opener))
    except _DAMAGE as error:
        raise damaged(source.name) from error
    return found


def _copy(
    tar: tarfile.TarFile, member: tarfile.TarInfo, spool: Spool, source: ByteSource, settings: IngestSettings
) -> None:
    file = tar.extractfile(member)
    while file and (block := file.read(_BLOCK)):
        spool.write(block)
        if spool.size > settings.max_text_bytes:
            raise Unreadable("holds too much text; raise ingest.max_text_bytes to read it", where=source.name)


def _check(source: ByteSource, unpacked: int, files: int, settings: IngestSettings) -> None:
    """Refuse a tar that is a bomb, before the member that makes it one is unpacked."""
    if files >= settings.max_members:
        raise Unreadable(f"holds more than {settings.max_members:,} files", where=source.name)
    if unpacked > max(10 * MiB, source.size * settings.max_ratio):
        raise Unreadable(
            f"unpacks to more than {settings.max_ratio:g} times its size; refused as a bomb", where=source.name
        )


def _refuse(name: str) -> BinaryIO:
    raise Unreadable("is media, which is not read", where=name)
