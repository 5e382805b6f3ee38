"""JSON lines: a record a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Any, Literal

import msgspec

from egregora.ingest import ByteSource, Export, join
from egregora.ingest.documents import title_of
from egregora.ingest.documents.fields import Fields
from egregora.ingest.lines import Notes, head_lines, lines
from egregora.ingest.survey import Survey, export
from egregora.message import Message

_SUFFIXES = frozenset({".jsonl", ".ndjson", ".ldjson"})

decoder = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class JsonLines:
    """The reader of JSON lines whose meaning is told by the names of their fields."""

    now: datetime
    format: Literal["jsonl"] = "jsonl"

    def detect(self, source: ByteSource, head: bytes) -> float:
        """Whether most of the first lines are an object each."""
        named = PurePosixPath(source.name).suffix.casefold() in _SUFFIXES
        first = [line for line in head_lines(head)[:100] if line.strip()]
        objects = sum(_record(line) is not None for line in first)
        if objects * (4 if named else 2) < len(first) or objects < (1 if named else 2):
            return 0.0
        return 0.56 if named else 0.54

    def read(self, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
        """A chat for each file. Raises `Unreadable`."""
        return join(map(_read, sources))


def records(source: ByteSource, met: Notes | None = None) -> Iterator[dict[str, Any]]:
    """Every line that is an object; blank ones are passed over, the others noted."""
    met = met or Notes()
    for number, line in enumerate(lines(source, met), 1):
        if not line or line.isspace():
            continue
        record = _record(line)
        if record is None:
            met.add("bad_lines", number)
        else:
            yield record


def _record(line: str) -> dict[str, Any] | None:
    try:
        return decoder.decode(line)
    except (ValueError, RecursionError):
        return None


def _read(source: ByteSource) -> Export:
    fields, met = Fields(), Notes()
    for record in records(source, met):
        fields.note(record)
    survey = Survey().all(_messages(source, fields))
    name, named = title_of(source.name)
    chat = survey.chat("jsonl", name, partial(_messages, source, fields), named=named)
    notes = (*met.warnings(source.name), *fields.moments.warnings(source.name))
    return export([source], [chat], notes)


def _messages(source: ByteSource, fields: Fields) -> Iterator[Message]:
    return map(fields.message, records(source))
