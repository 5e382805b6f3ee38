"""Tables: values parted by commas, semicolons, tabs or bars, whose first row names the columns."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import PurePosixPath
from typing import Literal

from egregora.errors import Unreadable
from egregora.ingest import ByteSource, Export, join
from egregora.ingest.documents import looks_structured, title_of
from egregora.ingest.documents.fields import Fields, role_of
from egregora.ingest.lines import LONGEST, Notes, head_lines, lines
from egregora.ingest.survey import Survey, export
from egregora.message import Message

_DELIMITERS = ",;\t|"
_SUFFIXES = frozenset({".csv", ".tsv", ".tab"})
_SAMPLE = 200

csv.field_size_limit(LONGEST)  # of the whole process: the default of 128 KiB is less than what people paste


@dataclass(frozen=True, slots=True)
class Csv:
    """The reader of tables whose meaning is told by the names of their columns."""

    now: datetime
    format: Literal["csv"] = "csv"

    def detect(self, source: ByteSource, head: bytes) -> float:
        """Whether rows are equally wide; without the suffix of a table, columns must have names that are known."""
        first = head_lines(head)[:_SAMPLE]
        if looks_structured("\n".join(first[:3])):
            return 0.0
        delimiter, share = _delimiter(first)
        header = next(csv.reader(first, delimiter=delimiter), [])
        roles = {role[0] for cell in header if (role := role_of(cell.strip()))}
        known = "text" in roles and len(roles) > 1
        if PurePosixPath(source.name).suffix.casefold() in _SUFFIXES:
            return 0.58 if share >= (0.3 if known else 0.8) else 0.0
        return 0.57 if known and share >= 0.8 else 0.0

    def read(self, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
        """A chat for each file. Raises `Unreadable`."""
        return join(map(_read, sources))


def _delimiter(first: Sequence[str]) -> tuple[str, float]:
    """What parts the values: that by which most rows are as wide as the first, then the widest; and their share."""

    def fit(delimiter: str) -> tuple[float, int]:
        rows = [row for row in csv.reader((f"{line}\n" for line in first), delimiter=delimiter) if row]
        if len(rows) < 2 or len(rows[0]) < 2:
            return 0.0, 0
        return sum(len(row) == len(rows[0]) for row in rows) / len(rows), len(rows[0])

    best = max(_DELIMITERS, key=fit)
    return best, fit(best)[0]


def _read(source: ByteSource) -> Export:
    delimiter, _ = _delimiter(list(islice(lines(source), _SAMPLE)))
    fields, met = Fields(), Notes()
    for record in _records(source, delimiter, met):
        fields.note(record)
    survey = Survey().all(_messages(source, delimiter, fields))
    name, named = title_of(source.name)
    chat = survey.chat("csv", name, partial(_messages, source, delimiter, fields), named=named)
    return export([source], [chat], (*met.warnings(source.name), *fields.moments.warnings(source.name)))


def _messages(source: ByteSource, delimiter: str, fields: Fields) -> Iterator[Message]:
    return map(fields.message, _records(source, delimiter))


def _records(source: ByteSource, delimiter: str, met: Notes | None = None) -> Iterator[dict[str, object]]:
    """Every row by the names of its columns; where the first row names none, they are numbered.

    What a row holds beyond them belongs to its last value, whose delimiters nobody quoted.
    """
    columns: list[str] = []
    for row in _rows(source, delimiter, met):
        if not columns:
            columns = [cell.strip() or str(n) for n, cell in enumerate(row, 1)]
            if any(map(role_of, columns)):
                continue
            columns = [str(n) for n in range(1, len(row) + 1)]
        last = len(columns) - 1
        yield dict(zip(columns, [*row[:last], delimiter.join(row[last:])], strict=False))


def _rows(source: ByteSource, delimiter: str, met: Notes | None) -> Iterator[list[str]]:
    rows = csv.reader((f"{line}\n" for line in lines(source, met)), delimiter=delimiter)
    try:
        yield from (row for row in rows if any(map(str.strip, row)))
    except csv.Error as error:
        raise Unreadable(
            "a quotation mark opens a value that does not end; mend the table or export it again", where=source.name
        ) from error
