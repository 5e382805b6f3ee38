"""Events of a room as messages. Some say what became of an earlier one: its new wording, a reaction to it.

Events are known by their id. What sets up the room, who may do what in it and who comes and goes are no messages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec.structs import replace

from egregora.ingest.attachments import Files
from egregora.ingest.instants import from_epoch
from egregora.ingest.loose import as_dict, as_list, as_text
from egregora.ingest.shelf import Shelf
from egregora.message import Attachment, Kind, Message, Reaction

_FALLBACK = re.compile(r"> (?:<[^<>\n]*>|\* )[^\n]*\n(?:>[^\n]*\n)*\n?")
_FILES = frozenset({"m.image", "m.file", "m.audio", "m.video"})
_POLLS = ("m.poll.start", "org.matrix.msc3381.poll.start")
_TEXTS = ("body", "m.text", "org.matrix.msc1767.text")
_CHAT = 0


class Event(msgspec.Struct, gc=False):
    """An event as the server sent it, decrypted where it could be."""

    type: str = ""
    event_id: str | None = None
    room_id: str | None = None
    sender: str | None = None
    origin_server_ts: int | float | None = None
    content: dict[str, Any] | None = None
    unsigned: dict[str, Any] | None = None
    redacted_because: object = None


@dataclass(slots=True)
class Room:
    """Puts the messages of a room on a shelf, and changes them as later events say."""

    shelf: Shelf
    files: Files
    id: str = ""
    people: dict[str, None] = field(default_factory=dict)
    undecryptable: int = 0

    def add(self, event: Event) -> None:
        """Take in one event."""
        self.id = self.id or event.room_id or ""
        content, relation = event.content or {}, as_dict((event.content or {}).get("m.relates_to"))
        if event.type == "m.room.member":
            if name := as_text(content.get("displayname")):
                self.people[name] = None
        elif event.type == "m.reaction":
            reaction = Reaction(as_text(relation.get("key")), event.sender or None)
            if reaction.emoji:
                target = as_text(relation.get("event_id"))
                self.shelf.change(_CHAT, target, lambda m: replace(m, reactions=(*m.reactions, reaction)))
        elif message := self._message(event, content, relation):
            target = as_text(relation.get("event_id")) if relation.get("rel_type") == "m.replace" else ""
            if not target or not self.shelf.change(_CHAT, target, lambda m: replace(m, text=message.text, edited=True)):
                self.shelf.put(_CHAT, message)

    def _message(self, event: Event, content: Mapping[str, Any], relation: Mapping[str, Any]) -> Message | None:
        id, time = event.event_id or "", from_epoch(event.origin_server_ts, 1000)  # noqa: A001 - its name
        newer = self._newer(event, content)
        body = newer or content
        if event.type not in {"m.room.message", "m.room.encrypted", "m.sticker", "m.call.invite", *_POLLS}:
            return None
        if event.redacted_because is not None or "redacted_because" in (event.unsigned or {}):
            return Message(id, time, None, "system", "")  # its place is left, and nobody's
        if event.type == "m.room.encrypted" or content.get("msgtype") == "m.bad.encrypted":
            self.undecryptable += 1
            return None
        answered = as_text(as_dict(relation.get("m.in_reply_to")).get("event_id")) or None
        kind, text, attachments = self._body(event, body)
        return Message(
            id=id,
            time=time,
            author=event.sender or None,
            kind=kind,
            text=_FALLBACK.sub("", text, count=1) if answered and text.startswith("> ") else text,
            author_id=event.sender or None,
            edited=bool(newer),
            attachments=attachments,
            reply_to=answered,
            thread=as_text(relation.get("event_id")) or None if relation.get("rel_type") == "m.thread" else None,
        )

    def _newer(self, event: Event, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """The newer content in an event that brings one, or to which the server added the last; else empty."""
        relations = as_dict((event.unsigned or {}).get("m.relations"))
        bundled = as_dict(as_dict(as_dict(relations.get("m.replace")).get("content")).get("m.new_content"))
        return as_dict(content.get("m.new_content")) or bundled

    def _body(self, event: Event, content: Mapping[str, Any]) -> tuple[Kind, str, tuple[Attachment, ...]]:
        text, sort = as_text(content.get("body")), as_text(content.get("msgtype"))
        if event.type in _POLLS:
            return "poll", _poll(content), ()
        if event.type == "m.call.invite":
            return "call", "", ()
        if sort in _FILES or event.type == "m.sticker":
            name = as_text(content.get("filename")) or text
            caption = text if text != name else ""
            return "attachment", caption, (self.files.named(name),) if name else ()
        if sort == "m.location":
            return "location", text, ()
        return "text" if text else "empty", text, ()


def _poll(content: Mapping[str, Any]) -> str:
    """A poll as a question, and its answers as a list."""
    poll = next((as_dict(content[key]) for key in ("m.poll", *_POLLS) if key in content), {})
    answers = (f"- {_said(each)}" for each in as_list(poll.get("answers")))
    return "\n".join([_said(poll.get("question")), *answers])


def _said(value: object) -> str:
    """A text in one of the ways that polls have it."""
    record = as_dict(value)
    for key in _TEXTS:
        found = record.get(key)
        if isinstance(found, list) and found:
            found = as_dict(found[0]).get("body")
        if isinstance(found, str):
            return found
    return ""
