"""Hangouts: the ``Hangouts.json`` of Takeout, which holds all conversations, in its older and its newer layout."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Literal

import msgspec

from egregora.errors import Unreadable
from egregora.ingest import ByteSource, Export, join
from egregora.ingest.attachments import Files
from egregora.ingest.instants import from_epoch
from egregora.ingest.json_stream import Document
from egregora.ingest.survey import Survey, export
from egregora.message import Attachment, Kind, Message

_MARKS = re.compile(rb'"(?:participant_data|conversation_state|chat_message|sender_id)"\s*:')
_PATHS = ("conversations.events", "conversation_state.conversation_state.event")


class Id(msgspec.Struct, gc=False):
    """An id of a conversation or of a person."""

    id: str | None = None
    gaia_id: str | None = None
    chat_id: str | None = None

    @property
    def person(self) -> str:
        """The person's id."""
        return self.gaia_id or self.chat_id or ""


class Segment(msgspec.Struct, gc=False):
    """A stretch of a text."""

    type: str = ""
    text: str | None = None


class Photo(msgspec.Struct, gc=False):
    """A photo that was sent."""

    url: str | None = None


class Embedded(msgspec.Struct, gc=False):
    """What is attached."""

    type: tuple[str, ...] | None = None
    id: str | None = None
    photo: Photo | None = msgspec.field(name="plus_photo", default=None)
    old_photo: Photo | None = msgspec.field(name="embeds.PlusPhoto.plus_photo", default=None)


class Attached(msgspec.Struct, gc=False):
    """An attachment."""

    embed_item: Embedded | None = None


class Content(msgspec.Struct, gc=False):
    """The text of a message, and its attachments."""

    segment: tuple[Segment, ...] | None = None
    attachment: tuple[Attached, ...] | None = None


class ChatMessage(msgspec.Struct, gc=False):
    """A message."""

    message_content: Content | None = None


class Rename(msgspec.Struct, gc=False):
    """A new name of the conversation."""

    new_name: str | None = None


class Event(msgspec.Struct, gc=False):
    """A message or anything else that happened."""

    sender_id: Id | None = None
    timestamp: str | int | None = None
    event_id: str | None = None
    event_type: str | None = None
    chat_message: ChatMessage | None = None
    conversation_rename: Rename | None = None


class Participant(msgspec.Struct, gc=False):
    """One who takes part."""

    id: Id | None = None
    fallback_name: str | None = None


class Conversation(msgspec.Struct, gc=False):
    """What is known of a conversation."""

    name: str | None = None
    participant_data: tuple[Participant, ...] | None = None


class Outer(msgspec.Struct, gc=False):
    """A conversation with its id, around which layouts differ; in place of its events stands their number."""

    conversation_id: Id | None = None
    conversation: Conversation | None = None
    event: tuple[int, ...] = ()


class Old(msgspec.Struct, gc=False):
    """A conversation of the layout of before."""

    conversation_state: Outer | None = None


class New(msgspec.Struct, gc=False):
    """A conversation of the layout of after."""

    conversation: Outer | None = None
    events: tuple[int, ...] = ()


class File(msgspec.Struct, gc=False):
    """The file without its events."""

    conversations: tuple[New, ...] | None = None
    conversation_state: tuple[Old, ...] | None = None


@dataclass(frozen=True, slots=True)
class Hangouts:
    """The reader of Hangouts' part of a Takeout."""

    now: datetime
    format: Literal["hangouts"] = "hangouts"

    def detect(self, source: ByteSource, head: bytes) -> float:
        """By the names of fields of conversations."""
        return 0.95 if head.lstrip().startswith(b"{") and len(set(_MARKS.findall(head))) > 1 else 0.0

    def read(self, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
        """Every conversation that has a message. Raises `Unreadable`."""
        files = Files(group)
        return join(_read(source, files) for source in sources)


@dataclass(slots=True)
class _Names:
    """Who is who in a conversation."""

    known: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, conversation: Conversation | None) -> _Names:
        people = (conversation.participant_data if conversation else None) or ()
        named = [(p.id.person if p.id else "", p.fallback_name) for p in people if p.fallback_name]
        return cls({person: name for person, name in named if person}, [name for _, name in named])


def _read(source: ByteSource, files: Files) -> Export:
    document = Document(source, *_PATHS)
    counts: dict[int, int] = {}
    for batch in document.scan(Event):
        counts[batch.array] = counts.get(batch.array, 0) + len(batch.elements)
    file = document.rest(File)
    chats = []
    for outer, number in _conversations(file):
        if not counts.get(number):
            continue
        names = _Names.of(outer.conversation)
        messages = partial(_messages, document, number, names, files)
        name = (outer.conversation.name if outer.conversation else None) or ", ".join(names.others[:4])
        id = (outer.conversation_id.id if outer.conversation_id else None) or ""  # noqa: A001 - its name
        chats.append(
            Survey()
            .all(messages())
            .chat("hangouts", name or "Hangouts", messages, id=id, named=bool(name), people=names.others)
        )
    if not chats:
        raise Unreadable("holds no message", where=source.name)
    return export([source], chats, document.warnings())


def _conversations(file: File) -> Iterator[tuple[Outer, int]]:
    for new in file.conversations or ():
        for number in new.events:
            yield new.conversation or Outer(), number
    for old in file.conversation_state or ():
        for number in old.conversation_state.event if old.conversation_state else ():
            yield old.conversation_state or Outer(), number


def _messages(document: Document, number: int, names: _Names, files: Files) -> Iterator[Message]:
    return (_message(event, names, files) for event in document.elements(number, Event))


def _message(event: Event, names: _Names, files: Files) -> Message:
    sender = event.sender_id.person if event.sender_id else ""
    id, time = event.event_id or "", from_epoch(event.timestamp, 1_000_000)  # noqa: A001 - its name
    author, author_id = names.known.get(sender), sender or None
    if event.event_type == "HANGOUT_EVENT":
        return Message(id, time, author, "call", "", author_id)
    content = event.chat_message and event.chat_message.message_content
    if not content:
        text = event.conversation_rename.new_name if event.conversation_rename else ""
        return Message(id, time, None, "system", text or "")
    text = "".join("\n" if part.type == "LINE_BREAK" else part.text or "" for part in content.segment or ())
    attachments = tuple(_attachments(content, files))
    kind: Kind = "attachment" if attachments else "text" if text else "empty"
    return Message(id, time, author, kind, text, author_id, attachments=attachments)


def _attachments(content: Content, files: Files) -> Iterator[Attachment]:
    for attached in content.attachment or ():
        item = attached.embed_item or Embedded()
        photo = item.photo or item.old_photo
        name = (photo.url if photo else None) or item.id
        if name:
            yield files.attachment(name)
