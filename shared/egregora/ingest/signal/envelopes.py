"""What signal-cli receives: an envelope a line, of all chats mixed, and later what became of a message.

A message is known by the millisecond it was sent in and by who sent it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from msgspec.structs import replace

from egregora.ingest.attachments import Files
from egregora.ingest.instants import from_epoch
from egregora.ingest.loose import as_dict, as_list, as_text
from egregora.ingest.shelf import Shelf
from egregora.message import Attachment, Kind, Message, Reaction

_MENTION = "\ufffc"
_MOST_CHATS = 20_000
_MOST_EDITS = 100_000


def envelope_of(record: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The envelope in a line, as received or as notified by the daemon."""
    params = record.get("params")
    inner = params.get("envelope") if isinstance(params, dict) else record.get("envelope")
    return inner if isinstance(inner, dict) and ("source" in inner or "sourceNumber" in inner) else None


@dataclass(slots=True)
class Found:
    """A chat: its number on the shelf, the platform's id, its name, and people named in it."""

    number: int
    id: str
    name: str
    people: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class Envelopes:
    """Puts messages on a shelf, chat by chat, and changes them as later envelopes say."""

    shelf: Shelf
    files: Files
    chats: dict[str, Found] = field(default_factory=dict)
    _first: dict[str, str] = field(default_factory=dict)
    """Ids of edits, and of what they edit."""

    def add(self, envelope: Mapping[str, Any]) -> None:
        """Take in one envelope; receipts, typing and the like say nothing."""
        author_id = _address(envelope, "source")
        author = as_text(envelope.get("sourceName")) or as_text(envelope.get("sourceNumber")) or author_id
        sent = as_dict(as_dict(envelope.get("syncMessage")).get("sentMessage"))
        edit = as_dict(envelope.get("editMessage")) or as_dict(sent.get("editMessage"))
        data = as_dict(envelope.get("dataMessage")) or as_dict(edit.get("dataMessage")) or sent
        call = bool(as_dict(as_dict(envelope.get("callMessage")).get("offerMessage")))
        if not (author_id and (data or call)):
            return
        peer = (_address(sent, "destination"), "") if sent else (author_id, author)
        chat = self._chat(as_dict(data.get("groupInfo")), *peer)
        if chat is None:
            return
        if edit:
            self._edit(chat, author_id, edit.get("targetSentTimestamp"), data)
        elif reaction := as_dict(data.get("reaction")):
            self._react(chat, author, reaction)
        elif removed := as_dict(data.get("remoteDelete")):
            self._change(chat, _id(removed.get("timestamp"), author_id), _deleted)
        elif removed := as_dict(data.get("adminDelete")):
            target = _id(removed.get("targetSentTimestamp"), _address(removed, "targetAuthor"))
            self._change(chat, target, _deleted)
        else:
            message = self._message(chat, envelope, data, author, author_id, is_call=call)
            if message:
                self.shelf.put(chat.number, message)

    def _chat(self, group: Mapping[str, Any], peer_id: str, peer: str) -> Found | None:
        id = as_text(group.get("groupId")) or peer_id  # noqa: A001 - its name
        if not id or (id not in self.chats and len(self.chats) >= _MOST_CHATS):
            return None
        slug = id.replace("+", "-" if group else "").replace("/", "_").rstrip("=")
        chat = self.chats.setdefault(id, Found(len(self.chats), slug, ""))
        chat.name = as_text(group.get("groupName")) or chat.name or peer
        return chat

    def _message(
        self,
        chat: Found,
        envelope: Mapping[str, Any],
        data: Mapping[str, Any],
        author: str,
        author_id: str,
        *,
        is_call: bool,
    ) -> Message | None:
        stamp = data.get("timestamp") or envelope.get("timestamp")
        attachments = tuple(self._attachments(data))
        text = self._text(chat, data)
        kind: Kind = "text"
        if poll := as_dict(data.get("pollCreate")):
            options = [f"- {option}" for option in as_list(poll.get("options")) if isinstance(option, str)]
            text, kind = "\n".join([as_text(poll.get("question")), *options]), "poll"
        elif is_call:
            kind = "call"
        elif attachments:
            kind = "attachment"
        elif not text and (data.get("sticker") or data.get("contacts")):
            kind = "media_omitted"
        elif not text:
            return None  # an expiry, a pin, a vote, news of the group
        quote = as_dict(data.get("quote"))
        return Message(
            id=_id(stamp, author_id),
            time=from_epoch(stamp, 1000),
            author=author,
            kind=kind,
            text=text,
            author_id=author_id,
            attachments=attachments,
            reply_to=_id(quote.get("id"), _address(quote, "author")) if quote else None,
        )

    def _text(self, chat: Found, data: Mapping[str, Any]) -> str:
        """The text, with the names of those it mentions in their places."""
        text = as_text(data.get("message"))
        for mention in as_list(data.get("mentions")):
            name = as_text(as_dict(mention).get("name"))
            if name and _MENTION in text:
                chat.people[name] = None
                text = text.replace(_MENTION, f"@{name}", 1)
        return text

    def _attachments(self, data: Mapping[str, Any]) -> Iterator[Attachment]:
        for each in map(as_dict, as_list(data.get("attachments"))):
            stored = self.files.named(as_text(each.get("id")))
            name = as_text(each.get("filename")) or stored.name
            if name:
                yield Attachment(name, stored.present or self.files.named(name).present)

    def _edit(self, chat: Found, author_id: str, target: object, data: Mapping[str, Any]) -> None:
        original = self._first.get(_id(target, author_id), _id(target, author_id))
        text = self._text(chat, data)
        if len(self._first) < _MOST_EDITS:
            self._first[_id(data.get("timestamp"), author_id)] = original
        self.shelf.change(chat.number, original, lambda message: replace(message, text=text, edited=True))

    def _react(self, chat: Found, author: str, reaction: Mapping[str, Any]) -> None:
        emoji, removed = as_text(reaction.get("emoji")), reaction.get("isRemove") is True
        target = _id(reaction.get("targetSentTimestamp"), _address(reaction, "targetAuthor"))

        def reacted(message: Message) -> Message:
            others = tuple(one for one in message.reactions if one.author != author)
            return replace(message, reactions=others if removed else (*others, Reaction(emoji, author)))

        self._change(chat, target, reacted)

    def _change(self, chat: Found, id: str, change: Callable[[Message], Message]) -> None:  # noqa: A002 - its name
        self.shelf.change(chat.number, self._first.get(id, id), change)


def _deleted(message: Message) -> Message:
    return replace(message, kind="deleted", text="", attachments=(), edited=False)


def _id(stamp: object, author_id: str) -> str:
    """The millisecond, and what tells apart those who wrote in it, without saying who they are."""
    return f"{stamp}-{crc32(author_id.encode(errors='replace')) & 0xFFFF:04x}" if isinstance(stamp, int) else ""


def _address(record: Mapping[str, Any], field_name: str) -> str:
    """Who is meant: by the id that never changes, else by the number."""
    return next((value for end in ("Uuid", "Number", "") if (value := as_text(record.get(field_name + end)))), "")
