"""From the files of an upload to chats that can be read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Literal

from egregora.errors import Unreadable
from egregora.ingest import ByteSource, Export, Reader, join
from egregora.ingest.container import Budget, Metered, PathSource, folder, is_shadow, printable
from egregora.ingest.formats import DOCUMENTS, Readers, detect
from egregora.ingest.limits import IngestSettings

_TEXTS = frozenset(
    {
        ".txt", ".md", ".markdown", ".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".html", ".htm", ".log",
        ".weechatlog", ".mbox", ".eml", "",
    }
)  # fmt: skip
"""Suffixes of files in an archive or a folder that may be a conversation. Anything else there is media."""


def open_paths(paths: Iterable[Path], settings: IngestSettings, *, now: datetime) -> Export:
    """Open files, zips and folders of this machine. Raises `Unreadable` where a path is missing, and as below."""
    sources: list[ByteSource] = []
    for path in paths:
        if path.is_dir():
            sources += folder(path, printable(path.resolve().name), settings.max_members)
        elif path.is_file():
            sources.append(PathSource(printable(path.name), path))
        else:
            raise Unreadable("there is no such file or folder; check the path", where=str(path))
    return open_export(sources, settings, now=now)


def open_export(sources: Sequence[ByteSource], settings: IngestSettings, *, now: datetime) -> Export:
    """Open an upload: look into its zips, find the conversations, survey each.

    Raises `Unreadable`, naming the file, where one is damaged or dangerous, or where nothing can be read.
    """
    choices = Readers(now)
    upload = _Upload(settings, Budget(settings.max_text_bytes))
    exports: list[Export] = []
    for group in upload.groups(sources):
        exports += _read(group, choices)
    if not exports:
        raise _nothing(sources, choices)
    return join(exports)


def _nothing(sources: Sequence[ByteSource], choices: Readers) -> Unreadable:
    names = ", ".join(s.name for s in sources[:3]) + (" and more" if len(sources) > 3 else "")
    tried = ", ".join(r.format for r in (*choices, *choices.others))
    return Unreadable(
        f"no conversation found (tried: {tried}); give the file that the app's own export made",
        where=names or "the upload",
    )


def _read(group: Sequence[ByteSource], choices: Readers) -> Iterator[Export]:
    """Read the conversations among the files of one archive or folder."""
    by_reader: dict[Reader, list[ByteSource]] = defaultdict(list)
    for source in group:
        if PurePosixPath(source.name).suffix.casefold() in _TEXTS or len(group) == 1:
            reader = detect(source, choices)
            if reader:
                by_reader[reader].append(source)
    chats = [reader for reader in by_reader if reader.format not in DOCUMENTS]
    for reader in chats or by_reader:
        found = by_reader[reader]
        try:
            yield reader.read(sorted(found, key=lambda source: source.name), group)
        except Unreadable as error:
            if str(error) != error.fault:
                raise
            raise Unreadable(error.fault, where=found[0].name) from error  # what is counted has no name of its own


class _Upload:
    """Sorts files into groups that belong together: the members of an archive, the files of a folder, a single file."""

    def __init__(self, settings: IngestSettings, budget: Budget) -> None:
        self._settings = settings
        self._budget = budget

    def groups(self, sources: Sequence[ByteSource]) -> Iterator[list[ByteSource]]:
        folders: dict[str, list[ByteSource]] = defaultdict(list)
        for number, source in enumerate(sources):
            if is_shadow(source.name):
                continue
            kind = _archive_kind(source)
            if kind == "zip":
                yield from self.archive(source, self._settings.max_depth)
            elif kind == "tar":
                from egregora.ingest import tars

                found = tars.members(source, _TEXTS, self._settings)
                yield [Metered(member, self._budget) for member in found]
            else:
                top, below, _ = source.name.partition("/")
                folders[top if below else f"/{number}"].append(Metered(source, self._budget))
        yield from folders.values()

    def archive(self, source: ByteSource, depth: int) -> Iterator[list[ByteSource]]:
        """A zip's members; zips inside it are opened only where it holds no text itself, for else they were sent."""
        from egregora.ingest.archives import members, spooled

        files = [
            Metered(m, self._budget, packed=m.packed, max_ratio=self._settings.max_ratio)
            for m in members(source, self._settings)
        ]
        inner = [f for f in files if f.name.casefold().endswith(".zip")]
        if any(PurePosixPath(f.name).suffix.casefold() in _TEXTS for f in files) or not inner:
            yield list(files)
            return
        if depth == 0:
            raise Unreadable("holds archives inside archives; unpack it and give the inner ones", where=source.name)
        for file in inner:
            yield from self.archive(spooled(file), depth - 1)


def _archive_kind(source: ByteSource) -> Literal["zip", "tar"] | None:
    """What a file starts as; one that is compressed is a tar where it is called one. None for any other file."""
    with source.open() as file:
        head = file.read(262)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return "zip"
    packed = head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0"))
    called = ".t" in "".join(PurePosixPath(source.name).suffixes[-2:]).casefold()
    return "tar" if head[257:] == b"ustar" or (packed and called) else None
