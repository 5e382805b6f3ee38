"""``data.json`` of signal-export: a record a line; and the message that either of its files describes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from egregora.ingest import ByteSource
from egregora.ingest.attachments import Files
from egregora.ingest.documents.jsonl import records
from egregora.ingest.instants import from_iso
from egregora.ingest.lines import Notes
from egregora.ingest.loose import as_list, as_text
from egregora.message import Attachment, Kind, Message, Reaction

NAMES = frozenset({"date", "sender", "body", "quote", "reactions", "attachments"})
"""Fields that every record has."""

_CALL = re.compile(r"(?:Incoming|Outgoing|Missed) (?:voice |video )?call(?: \(.{1,60}\))?")
_NOBODY = "No-Sender"


def messages(source: ByteSource, files: Files, met: Notes | None = None) -> Iterator[Message]:
    """Every message; lines that are none are noted."""
    return (_message(record, files) for record in records(source, met))


def message_of(
    *,
    time: str | None,
    sender: str,
    body: str,
    reactions: Iterable[tuple[str, str]],
    attachments: Sequence[Attachment],
    deleted: bool,
) -> Message:
    """A message by what signal-export says of it; its times are those of the computer that exported."""
    kind: Kind = "text" if body else "empty"
    if deleted:
        kind, body = "deleted", ""
    elif _CALL.fullmatch(body):
        kind = "call"
    elif attachments:
        kind = "attachment"
    elif body.startswith("((") and body.endswith("))"):
        kind = "media_omitted"
    return Message(
        time=time,
        author=None if sender == _NOBODY else sender or None,
        kind=kind,
        text=body,
        attachments=tuple(attachments),
        reactions=tuple(Reaction(emoji, name or None) for name, emoji in reactions),
    )


def _message(record: Mapping[str, Any], files: Files) -> Message:
    body = as_text(record.get("body")).rstrip()
    quote = as_text(record.get("quote")).strip()
    sticker = record.get("sticker")
    label = as_text(sticker.get("emoji")) or "sticker" if isinstance(sticker, dict) else as_text(sticker)
    parts = (quote, body, f"(( {label} ))" if label else "")
    return message_of(
        time=from_iso(as_text(record.get("date"))),
        sender=as_text(record.get("sender")),
        body="\n\n".join(part for part in parts if part),
        reactions=_reactions(record.get("reactions")),
        attachments=[
            files.attachment(as_text(each.get("path")) or as_text(each.get("name")))
            for each in as_list(record.get("attachments"))
            if isinstance(each, dict)
        ],
        deleted=record.get("deleted") is True,
    )


def _reactions(value: object) -> Iterator[tuple[str, str]]:
    """Pairs of a name and an emoji, which are written as a list or as an object."""
    for each in as_list(value):
        pair = (each.get("name"), each.get("emoji")) if isinstance(each, dict) else each
        if isinstance(pair, list | tuple) and len(pair) == 2 and as_text(pair[1]):
            yield as_text(pair[0]), as_text(pair[1])
