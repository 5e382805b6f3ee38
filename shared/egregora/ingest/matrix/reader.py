"""A file is a room."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Literal

import msgspec

from egregora.errors import Unreadable
from egregora.ingest import ByteSource, Export, Warning, join  # noqa: A004
from egregora.ingest.attachments import Files
from egregora.ingest.container import head_of
from egregora.ingest.json_stream import Document
from egregora.ingest.lines import head_lines
from egregora.ingest.matrix import texts
from egregora.ingest.matrix.events import Event, Room
from egregora.ingest.shelf import Shelf
from egregora.ingest.survey import export

_HEAD = re.compile(rb'\s*\{\s*"room_name"\s*:')
_EVENTS = (re.compile(rb'"origin_server_ts"\s*:'), re.compile(rb'"event_id"\s*:'))


class _File(msgspec.Struct, gc=False):
    """The file without its events."""

    room_name: str | None = None
    room_creator: str | None = None
    exported_by: str | None = None


@dataclass(frozen=True, slots=True)
class Matrix:
    """The reader of rooms that Element exported."""

    now: datetime
    format: Literal["matrix"] = "matrix"

    def detect(self, source: ByteSource, head: bytes) -> float:
        """JSON by its first field or by those of events; text by times to the second and Element's own words."""
        if _is_json(head):
            return 0.95 if _HEAD.match(head) or all(mark.search(head) for mark in _EVENTS) else 0.0
        return texts.certainty(source.name, head_lines(head))

    def read(self, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
        """A chat for each file. Raises `Unreadable`."""
        files = Files(group)
        return join(self._read(source, group, files) for source in sources)

    def _read(self, source: ByteSource, group: Sequence[ByteSource], files: Files) -> Export:
        return _read(source, files) if _is_json(head_of(source)) else texts.read(source, group, self.now)


def _is_json(head: bytes) -> bool:
    return head.lstrip().startswith((b"{", b"["))


def _read(source: ByteSource, files: Files) -> Export:
    shelf = Shelf()
    room = Room(shelf, files)
    document = Document(source, "messages")
    for batch in document.scan(Event):
        for event in batch.elements:
            room.add(event)
    survey = shelf.survey(0)
    if not survey.messages + survey.system:
        raise Unreadable("holds no message", where=source.name)
    file = _File()
    with suppress(Unreadable):  # what stands around the events only names the room
        file = document.rest(_File)
    people = filter(None, (file.room_creator, file.exported_by, *room.people))
    name = file.room_name or PurePosixPath(source.name).stem
    chat = survey.chat(
        "matrix",
        name,
        partial(shelf.messages, 0),
        id=room.id.removeprefix("!").replace(":", "-"),
        named=bool(file.room_name),
        people=people,
    )
    warnings = document.warnings()
    if room.undecryptable:
        warnings.append(
            Warning("undecryptable", room.undecryptable, "messages whose key the exporting app had not", source.name)
        )
    return export([source], [chat], warnings)
