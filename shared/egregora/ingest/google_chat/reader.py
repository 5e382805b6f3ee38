"""A room is a folder: ``messages.json``, ``group_info.json`` and the files that were sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Literal

from egregora.errors import Unreadable
from egregora.ingest import ByteSource, Export, Warning, join  # noqa: A004
from egregora.ingest.attachments import Files
from egregora.ingest.google_chat import dates
from egregora.ingest.google_chat.rows import Owner, Person, Reacted, Room, Row
from egregora.ingest.json_stream import Document, read_small
from egregora.ingest.survey import Survey, export
from egregora.message import Attachment, Message, Reaction

_MARKS = (
    re.compile(rb'"creator"\s*:'),
    re.compile(rb'"(?:cre|upd)ated_date"\s*:'),
    re.compile(rb'"(?:topic|message)_id"\s*:'),
)


@dataclass(frozen=True, slots=True)
class GoogleChat:
    """The reader of Google Chat's part of a Takeout."""

    now: datetime
    format: Literal["google_chat"] = "google_chat"

    def detect(self, source: ByteSource, head: bytes) -> float:
        """By the names of fields of messages."""
        return 0.95 if all(mark.search(head) for mark in _MARKS) else 0.0

    def read(self, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
        """A chat for each room. Raises `Unreadable`."""
        files = Files(group)
        beside = {
            source.name: source for source in group if source.name.endswith(("group_info.json", "user_info.json"))
        }
        owners = {
            owner.user.email
            for name, source in beside.items()
            if name.endswith("user_info.json") and (owner := read_small(source, Owner)) and owner.user
        }
        return join(_read(source, _room(source, beside), owners, files) for source in sources)


def _room(source: ByteSource, beside: Mapping[str, ByteSource]) -> Room | None:
    file = beside.get(str(PurePosixPath(source.name).parent / "group_info.json"))
    return read_small(file, Room) if file else None


@dataclass(slots=True)
class _Facts:
    """What is known beside the messages: who has which address, and which files there are."""

    files: Files
    names: dict[str, str] = field(default_factory=dict)
    undated: int = 0

    def learn(self, person: Person | None) -> None:
        if person and person.email and person.name:
            self.names.setdefault(person.email, person.name)


def _read(source: ByteSource, room: Room | None, owners: set[str | None], files: Files) -> Export:
    facts = _Facts(files)
    members = (room.members if room else None) or ()
    for member in members:
        facts.learn(member)
    document = Document(source, "messages")
    survey, id = Survey(), ""  # noqa: A001 - its name
    arrays: dict[int, None] = {}
    for batch in document.scan(Row):
        arrays[batch.array] = None
        for row in batch.elements:
            facts.learn(row.creator)
            id = id or (row.message_id or "").partition("/")[0]  # noqa: A001 - its name
            message = _message(row, facts)
            facts.undated += message.time is None
            survey.add(message)
    if not arrays:
        raise Unreadable("holds no message", where=source.name)
    others = [member.name for member in members if member.name and member.email not in owners]
    name = (room.name if room else None) or ", ".join(others[:4])
    folder = PurePosixPath(source.name).parent.name
    chat = survey.chat(
        "google_chat",
        name or folder or PurePosixPath(source.name).stem,
        partial(_messages, document, tuple(arrays), facts),
        id=id or folder.rpartition(" ")[2],
        named=bool(name),
        people=filter(None, (member.name for member in members)),
    )
    return export([source], [chat], [*document.warnings(), *_warnings(source, facts)])


def _warnings(source: ByteSource, facts: _Facts) -> Iterator[Warning]:
    if facts.undated:
        yield Warning("no_date", facts.undated, "dates that were not understood were left out", source.name)


def _messages(document: Document, arrays: Sequence[int], facts: _Facts) -> Iterator[Message]:
    return (_message(row, facts) for array in arrays for row in document.elements(array, Row))


def _message(row: Row, facts: _Facts) -> Message:
    """A message; of one that was deleted only its place is left, which is a notice and nobody's."""
    author = row.creator or Person()
    deleted = row.message_state == "DELETED" or row.deletion_metadata is not None
    time = next(
        (time for written in (row.created_date, row.updated_date) if written and (time := dates.read(written))), None
    )
    if deleted:
        return Message(row.message_id or "", time, None, "system", "", thread=row.topic_id)
    attachments = tuple(_attachments(row, facts.files))
    text = row.text or ""
    return Message(
        id=row.message_id or "",
        time=time,
        author=author.name or author.email or None,
        kind="attachment" if attachments else "text" if text else "empty",
        text=text,
        author_id=author.email or None,
        edited=bool(row.updated_date or row.previous_message_versions),
        attachments=attachments,
        reply_to=row.quoted_message_metadata.message_id if row.quoted_message_metadata else None,
        reactions=tuple(_reactions(row.reactions or (), facts)),
        thread=row.topic_id,
    )


def _attachments(row: Row, files: Files) -> Iterator[Attachment]:
    for file in row.attached_files or ():
        name = file.original_name or file.export_name
        if name:
            yield Attachment(name, files.named(file.export_name or name).present)


def _reactions(reacted: Sequence[Reacted], facts: _Facts) -> Iterator[Reaction]:
    for one in reacted:
        emoji = one.emoji and (one.emoji.unicode or (one.emoji.custom_emoji and one.emoji.custom_emoji.short_code))
        if emoji:
            yield from (Reaction(emoji, facts.names.get(email, email)) for email in one.reactor_emails or ())
