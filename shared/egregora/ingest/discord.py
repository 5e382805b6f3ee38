"""DiscordChatExporter's JSON: one file a channel, or several where it was told to cut it into parts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, repeat
from pathlib import PurePosixPath
from typing import Literal

import msgspec

from egregora.errors import Unreadable
from egregora.ingest import ByteSource, Chat, Export, instants, join
from egregora.ingest.attachments import Files
from egregora.ingest.json_stream import Document
from egregora.ingest.reactions import given
from egregora.ingest.shelf import Shelf
from egregora.ingest.survey import Survey, export
from egregora.message import Attachment, Kind, Message, Reaction

_HEAD = re.compile(rb'\s*\{\s*"guild"\s*:\s*\{')
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?\+00:00")
_SAID = frozenset({"Default", "Reply", "20", "21", "23", "ChatInputCommand", "ContextMenuCommand"})
"""Types of messages that somebody wrote; 20 and 23 answer commands, 21 starts a thread. All others are notices."""
_LOOKS = frozenset({"ChannelNameChange", "ChannelIconChange"})
"""Types of rows about how a channel looks: they are no part of the conversation, and the export tells its name."""


class _Person(msgspec.Struct, gc=False):
    id: str = ""
    name: str = ""
    nickname: str | None = None

    @property
    def shown(self) -> str:
        return self.nickname or self.name


class _File(msgspec.Struct, gc=False):
    url: str = ""
    file_name: str = msgspec.field(name="fileName", default="")


class _Sticker(msgspec.Struct, gc=False):
    name: str = ""


class _Line(msgspec.Struct, gc=False):
    name: str | None = None
    value: str | None = None


class _Embed(msgspec.Struct, gc=False):
    title: str | None = None
    description: str | None = None
    fields: tuple[_Line, ...] = ()


class _Emoji(msgspec.Struct, gc=False):
    name: str = ""


class _Reacted(msgspec.Struct, gc=False):
    emoji: _Emoji
    count: int = 0
    users: tuple[_Person, ...] = ()


class _Reference(msgspec.Struct, gc=False):
    type: str = ""
    message_id: str | None = msgspec.field(name="messageId", default=None)


class _Forwarded(msgspec.Struct, gc=False):
    content: str = ""
    attachments: tuple[_File, ...] = ()
    embeds: tuple[_Embed, ...] = ()
    stickers: tuple[_Sticker, ...] = ()


class _Row(_Forwarded, gc=False, kw_only=True):
    id: str
    type: str = "Default"
    timestamp: str | None = None
    edited: str | None = msgspec.field(name="timestampEdited", default=None)
    author: _Person
    reactions: tuple[_Reacted, ...] = ()
    mentions: tuple[_Person, ...] = ()
    reference: _Reference | None = None
    forwarded: _Forwarded | None = msgspec.field(name="forwardedMessage", default=None)


class _Named(msgspec.Struct, gc=False):
    id: str = ""
    name: str = ""


class _Head(msgspec.Struct, gc=False):
    guild: _Named = msgspec.field(default_factory=_Named)
    channel: _Named = msgspec.field(default_factory=_Named)


@dataclass(frozen=True, slots=True)
class Discord:
    """Reads what DiscordChatExporter writes as JSON; `now` is when."""

    now: datetime
    format: Literal["discord"] = "discord"

    def detect(self, source: ByteSource, head: bytes) -> float:
        """By the server that every file names first."""
        return 0.95 if _HEAD.match(head) and b'"channel"' in head else 0.0

    def read(self, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
        """Every channel; parts of one that follow upon each other are joined, others are exports of their own."""
        files = Files(group)
        channels: defaultdict[str, list[_Part]] = defaultdict(list)
        for source in sources:
            part = _Part.read(source, files)
            channels[part.head.channel.id or source.name].append(part)
        found = join(_export(parts) for all_parts in channels.values() for parts in _runs(all_parts))
        if not any(chat.messages_count + chat.system_count for chat in found.chats):
            raise Unreadable("holds no messages", where=sources[0].name)
        return found


@dataclass(slots=True)
class _Part:
    """One file."""

    source: ByteSource
    document: Document
    files: Files
    survey: Survey = field(default_factory=Survey)
    head: _Head = field(default_factory=_Head)

    @property
    def span(self) -> tuple[str, str]:
        """From when to when, whichever of both stands first."""
        first, last = sorted((self.survey.first or "", self.survey.last or ""))
        return first, last

    @classmethod
    def read(cls, source: ByteSource, files: Files) -> _Part:
        """Survey a file. Raises `Unreadable`."""
        part = cls(source, Document(source, "messages"), files)
        for batch in part.document.scan(_Row):
            for row in batch.elements:
                if row.type not in _LOOKS:
                    part.survey.add(_message(row, files))
                part.survey.others.update(zip((row.author.name, *_names(row.mentions)), repeat(None)))
        part.head = part.document.rest(_Head)
        return part

    def messages(self) -> Iterator[Message]:
        """The messages, oldest first."""
        rows = chain.from_iterable(self.document.elements(n, _Row) for n in range(self.document.arrays))
        said = (_message(row, self.files) for row in rows if row.type not in _LOOKS)
        if self.span[0] == (self.survey.first or ""):
            return said
        shelf = Shelf()
        for message in said:
            shelf.put(0, message)
        return shelf.messages(0, newest_first=True)


def _runs(parts: Sequence[_Part]) -> Iterator[list[_Part]]:
    """Files of one channel, together where each ends before the next one begins."""
    run: list[_Part] = []
    for part in sorted(parts, key=lambda part: part.span):
        if run and part.span[0] <= run[-1].span[1]:
            yield run
            run = []
        run.append(part)
    yield run


def _export(parts: Sequence[_Part]) -> Export:
    warnings = chain.from_iterable(part.document.warnings() for part in parts)
    return export([part.source for part in parts], [_chat(parts)], warnings)


def _chat(parts: Sequence[_Part]) -> Chat:
    head = parts[0].head
    whole = Survey()
    for survey in (part.survey for part in parts):
        whole.messages += survey.messages
        whole.system += survey.system
        whole.authors |= survey.authors
        whole.others |= survey.others
    whole.first, whole.last = parts[0].span[0] or None, parts[-1].span[1] or None
    name = head.channel.name
    if name and head.guild.id not in {"", "0"}:
        name = f"{head.guild.name}: {name}"
    return whole.chat(
        "discord",
        name or PurePosixPath(parts[0].source.name).stem,
        lambda: chain.from_iterable(part.messages() for part in parts),
        id=head.channel.id,
        named=bool(name),
    )


def _message(row: _Row, files: Files) -> Message:
    if row.type not in _SAID:
        return Message(row.id, _time(row.timestamp), None, "system", _notice(row))
    shown: _Forwarded = row.forwarded if row.forwarded and not row.content else row
    text = shown.content or "\n".join(chain.from_iterable(map(_lines, shown.embeds)))
    attachments: tuple[Attachment, ...] = ()
    if shown.attachments or shown.stickers:
        sent = (Attachment(file.file_name, _is_here(file.url, files)) for file in shown.attachments)
        attachments = (*sent, *(Attachment(sticker.name) for sticker in shown.stickers))
    reply = row.reference.message_id if row.reference and row.reference.type != "Forward" else None
    kind: Kind = "attachment" if attachments else "text" if text else "empty"
    return Message(
        row.id, _time(row.timestamp), row.author.shown or None, kind, text, row.author.id or None,
        row.edited is not None, attachments, reply, tuple(_reactions(row)) if row.reactions else (),
    )  # fmt: skip


def _notice(row: _Row) -> str:
    """What happened and who did it: Discord tells the deed alone."""
    return f"{row.author.shown} {row.content[:1].lower()}{row.content[1:]}".strip()


def _lines(embed: _Embed) -> Iterator[str]:
    yield from filter(None, (embed.title, embed.description))
    yield from (": ".join(filter(None, (line.name, line.value))) for line in embed.fields)


def _is_here(url: str, files: Files) -> bool:
    return "://" not in url and files.attachment(url).present


def _reactions(row: _Row) -> Iterator[Reaction]:
    for reacted in row.reactions:
        yield from given(reacted.emoji.name, [user.shown for user in reacted.users], reacted.count)


def _names(people: Sequence[_Person]) -> Iterator[str]:
    return chain.from_iterable((person.shown, person.name) for person in people)


def _time(stamp: str | None) -> str | None:
    """An instant, as Discord gives it or put into UTC; None where it is none."""
    try:
        moment = datetime.fromisoformat(stamp or "")
        return f"{stamp[:-6]}Z" if stamp and _UTC.fullmatch(stamp) else instants.iso(moment)
    except (ValueError, OverflowError):
        return None
