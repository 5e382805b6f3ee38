"""Reading exports: from files of any supported format to canonical messages.

    open_export(files) -> Export        container, detection and a first pass over headers; no body is kept
        .chats[n].messages()            a fresh stream of messages, as often as asked, in bounded memory
        .report                         what was read, dropped, guessed and repaired

A format is one module (or folder) with one `Reader`; `egregora.ingest.formats.READERS` lists them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal, Protocol

from egregora.clock import SystemClock
from egregora.ingest.limits import IngestSettings
from egregora.message import Message

_NAMED = 3
"""Files that a summed warning names."""

Platform = Literal[
    "whatsapp", "telegram", "discord", "slack", "messenger", "instagram", "signal", "imessage", "google_chat",
    "hangouts", "matrix", "line", "zulip", "irc", "mastodon", "mail", "jsonl", "csv", "markdown", "text",
]  # fmt: skip


class ByteSource(Protocol):
    """One file of an upload. `name` is its path within the upload, never used to write anything."""

    @property
    def name(self) -> str:
        """Its path within the upload."""
        ...

    @property
    def size(self) -> int:
        """Bytes, as far as can be known without reading."""
        ...

    def open(self) -> BinaryIO:
        """A fresh seekable reader from the first byte."""
        ...


@dataclass(frozen=True, slots=True)
class Warning:  # noqa: A001 - the word users know
    """Something about an export that its owner should know: `code` is fixed, `count` how often it was met.

    `detail` says in a sentence what was done about it, without a word, name or file of the chat, and so may be kept.
    `where` is the file it happened in, `lines` the numbers (from 1) of the first lines concerned, where it has lines.
    """

    code: str
    count: int = 1
    detail: str = ""
    where: str = ""
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ChatReport:
    """Counts of one chat. `system` notices are not among `messages`. `first` and `last` are ISO 8601."""

    id: str
    name: str
    platform: Platform
    messages: int
    system: int
    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file: what it was read as, and the chats in it."""

    name: str
    format: str
    chats: tuple[ChatReport, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What became of an upload."""

    files: tuple[FileReport, ...] = ()
    warnings: tuple[Warning, ...] = ()


@dataclass(frozen=True, slots=True)
class Chat:
    """One conversation found in one file.

    `id` is the platform's chat id, or empty where the platform has none. `authors` are the display names seen, in
    the order of appearance, without the group's own label; `mentioned` are further people named in notices (someone
    added who never wrote). `messages` may be called as often as wanted. `warnings` are complete from the start.
    """

    id: str
    name: str
    platform: Platform
    authors: tuple[str, ...]
    messages: Callable[[], Iterator[Message]] = field(repr=False)
    mentioned: tuple[str, ...] = ()
    messages_count: int = 0
    system_count: int = 0
    first: str | None = None
    last: str | None = None
    named: bool = True
    """Whether `name` says which chat this is, rather than being a file's name for want of a better one."""


@dataclass(frozen=True, slots=True)
class Export:
    """An upload that can be read."""

    chats: tuple[Chat, ...]
    report: Report


def join(exports: Iterable[Export]) -> Export:
    """Several exports as one; its warnings stand as they are, one by one."""
    every = tuple(exports)
    return Export(
        tuple(chat for export in every for chat in export.chats),
        Report(
            tuple(file for export in every for file in export.report.files),
            tuple(warning for export in every for warning in export.report.warnings),
        ),
    )


def summed(warnings: Iterable[Warning]) -> tuple[Warning, ...]:
    """One warning for each thing that was met, with counts added up and the files named.

    Numbers of lines stand where one file is concerned.
    """
    met: dict[tuple[str, str], list[Warning]] = defaultdict(list)
    for warning in warnings:
        met[warning.code, warning.detail].append(warning)
    return tuple(
        Warning(
            code,
            sum(w.count for w in same),
            detail,
            _files(w.where for w in same),
            same[0].lines if len(same) == 1 else (),
        )
        for (code, detail), same in met.items()
    )


def _files(names: Iterable[str]) -> str:
    distinct = [name for name in dict.fromkeys(names) if name]
    return ", ".join(distinct[:_NAMED]) + (f" and {len(distinct) - _NAMED} more" if len(distinct) > _NAMED else "")


class Reader(Protocol):
    """One format: knows its files and reads them."""

    @property
    def format(self) -> str:
        """Its name in reports."""
        ...

    def detect(self, source: ByteSource, head: bytes) -> float:
        """How surely `source` is of this format: 0 no, 1 certain.

        `head` is how it starts: up to 64 KiB, without the byte order mark of UTF-8.
        """
        ...

    def read(self, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
        """Scan `sources`: the files of one archive or folder that were detected as this format, in order of names.

        `group` are all files of that archive or folder, media among them. A reader may leave out files that are no
        conversation of their own, and join several into one chat. Raises `Unreadable`.
        """
        ...


def open_export(
    sources: Sequence[ByteSource], settings: IngestSettings | None = None, *, now: datetime | None = None
) -> Export:
    """Open an upload of one or more files; `now` is when it is read, and none of its messages is later.

    Raises `Unreadable` with one line: what, where, what to do.
    """
    from egregora.ingest import opening

    return opening.open_export(sources, settings or IngestSettings(), now=now or SystemClock().now())


def open_paths(paths: Iterable[Path], settings: IngestSettings | None = None, *, now: datetime | None = None) -> Export:
    """Open files, zips and folders of this machine, as `open_export` does."""
    from egregora.ingest import opening

    return opening.open_paths(paths, settings or IngestSettings(), now=now or SystemClock().now())
