"""The messages of ``result.json`` as they stand there. Whatever is not named here is passed over unread."""

from __future__ import annotations

from typing import TypeAlias, cast

import msgspec


class Entity(msgspec.Struct, gc=False):
    """A stretch of a text that is a link, bold or the like; `type` is ``mention`` where it names somebody."""

    text: str = ""
    type: str = ""


class Reactor(msgspec.Struct, gc=False):
    """One of those who reacted last."""

    from_: str | None = msgspec.field(name="from", default=None)


class Reacted(msgspec.Struct, gc=False):
    """A reaction, how many gave it, and the last of them where the chat is small enough to say."""

    emoji: str | None = None
    type: str = ""
    count: int = 0
    recent: tuple[Reactor, ...] = ()


class Answer(msgspec.Struct, gc=False):
    """One answer of a poll."""

    text: str | tuple[str | Entity, ...] = ""
    voters: int = 0


class Poll(msgspec.Struct, gc=False):
    """A poll."""

    question: str | tuple[str | Entity, ...] = ""
    answers: tuple[Answer, ...] = ()


class Place(msgspec.Struct, gc=False):
    """A place on earth."""

    latitude: float = 0.0
    longitude: float = 0.0


class Contact(msgspec.Struct, gc=False):
    """A contact that was sent."""

    first_name: str = ""
    last_name: str = ""
    phone_number: str = ""


class Said(msgspec.Struct, gc=False, tag_field="type", tag="message"):
    """A message. The fields stand in the order of the export, in which they are found soonest."""

    id: int | str | None = None
    date: str | None = None
    date_unixtime: str | int | None = None
    edited: str | None = None
    from_: str | None = msgspec.field(name="from", default=None)
    from_id: str | int | None = None
    reply_to_message_id: int | str | None = None
    reply_to_peer_id: str | int | None = None
    photo: str | None = None
    file: str | None = None
    file_name: str | None = None
    sticker_emoji: str | None = None
    contact_information: Contact | None = None
    place_name: str | None = None
    address: str | None = None
    location_information: Place | None = None
    game_title: str | None = None
    poll: Poll | None = None
    text: str | tuple[str | Entity, ...] = ""
    reactions: tuple[Reacted, ...] = ()


class Service(msgspec.Struct, gc=False, tag_field="type", tag="service"):
    """Something that happened."""

    id: int | str | None = None
    date: str | None = None
    date_unixtime: str | int | None = None
    actor: str | None = None
    actor_id: str | int | None = None
    action: str = ""
    title: str | None = None
    new_title: str | None = None
    members: tuple[str | None, ...] = ()
    inviter: str | None = None
    information_text: str | None = None
    duration_seconds: int | None = None
    discard_reason: str | None = None


class Unsupported(msgspec.Struct, gc=False, tag_field="type", tag="unsupported"):
    """A message of a kind that the exporting app did not know."""

    id: int | str | None = None


Row: TypeAlias = Said | Service | Unsupported
"""One element of the messages."""

ROW = cast("type[Row]", Row)
"""The same where a class is asked for: msgspec takes a union for one."""


class ChatHead(msgspec.Struct, gc=False):
    """What stands around a chat's messages, which are their array's number here."""

    name: str | None = None
    type: str | None = None
    id: int | str | None = None
    messages: tuple[int, ...] = ()


class Chats(msgspec.Struct, gc=False):
    """The list of an export of all chats."""

    chats: list[ChatHead] = msgspec.field(name="list", default_factory=list)


class File(msgspec.Struct, gc=False):
    """A whole ``result.json``: one chat, or all of an account."""

    name: str | None = None
    type: str | None = None
    id: int | str | None = None
    messages: tuple[int, ...] = ()
    chats: Chats = msgspec.field(default_factory=Chats)
    left_chats: Chats = msgspec.field(default_factory=Chats)


def plain(text: str | tuple[str | Entity, ...]) -> str:
    """A text without what is bold or linked in it."""
    return text if isinstance(text, str) else "".join(p if isinstance(p, str) else p.text for p in text)
