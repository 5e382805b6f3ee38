"""Which of Signal's files a file is, and the chats in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Literal

from egregora.errors import Unreadable
from egregora.ingest import ByteSource, Export, join
from egregora.ingest.attachments import Files
from egregora.ingest.container import head_of
from egregora.ingest.documents import title_of
from egregora.ingest.documents.jsonl import decoder, records
from egregora.ingest.lines import Notes, head_lines
from egregora.ingest.shelf import Shelf
from egregora.ingest.signal import envelopes, markdown
from egregora.ingest.signal import records as exported
from egregora.ingest.survey import Survey, export

Kind = Literal["envelopes", "records", "markdown"]


@dataclass(frozen=True, slots=True)
class Signal:
    """The reader of what is exported from Signal."""

    now: datetime
    format: Literal["signal"] = "signal"

    def detect(self, source: ByteSource, head: bytes) -> float:
        """By the fields of the first records, or the header of Markdown; WhatsApp writes one like it, into texts."""
        kind = _kind(head)
        if kind != "markdown":
            return 0.95 if kind else 0.0
        return 0.9 if PurePosixPath(source.name).suffix.casefold() in {".md", ".markdown"} else 0.3

    def read(self, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
        """Every chat. Markdown beside records of the same chat is left out. Raises `Unreadable`."""
        files = Files(group)
        looked = [(source, _kind(head_of(source))) for source in sources]
        told = {PurePosixPath(source.name).parent for source, kind in looked if kind == "records"}
        read = {"envelopes": _read_envelopes, "records": _read_records, "markdown": _read_markdown}
        return join(
            read[kind](source, files)
            for source, kind in looked
            if kind and not (kind == "markdown" and "/" in source.name and PurePosixPath(source.name).parent in told)
        )


def _kind(head: bytes) -> Kind | None:
    """What the first lines are, of which one must be whole."""
    first = [line for line in head_lines(head)[:20] if line.strip()]
    if first and markdown.HEADER.fullmatch(first[0]):
        return "markdown"
    for line in first:
        try:
            record = decoder.decode(line)
        except (ValueError, RecursionError):
            continue
        if envelopes.envelope_of(record):
            return "envelopes"
        if record.keys() >= exported.NAMES:
            return "records"
    return None


def _read_markdown(source: ByteSource, files: Files) -> Export:
    met = Notes()
    survey = Survey().all(markdown.messages(source, files, met))
    name, named = title_of(source.name)
    chat = survey.chat("signal", name, partial(markdown.messages, source, files), named=named)
    return export([source], [chat], met.warnings(source.name))


def _read_records(source: ByteSource, files: Files) -> Export:
    met = Notes()
    survey = Survey().all(exported.messages(source, files, met))
    name, named = title_of(source.name)
    chat = survey.chat("signal", name, partial(exported.messages, source, files), named=named)
    return export([source], [chat], met.warnings(source.name))


def _read_envelopes(source: ByteSource, files: Files) -> Export:
    met, shelf = Notes(), Shelf()
    found = envelopes.Envelopes(shelf, files)
    for record in records(source, met):
        envelope = envelopes.envelope_of(record)
        if envelope:
            found.add(envelope)
    chats = [
        shelf.survey(chat.number).chat(
            "signal",
            chat.name or chat.id,
            partial(shelf.messages, chat.number),
            id=chat.id,
            people=chat.people,
        )
        for chat in found.chats.values()
    ]
    chats = [chat for chat in chats if chat.messages_count]
    if not chats:
        raise Unreadable("holds receipts and the like, but no message", where=source.name)
    return export([source], chats, met.warnings(source.name))
