"""The messages of ``result.json`` as they stand there. Whatever is not named here is passed over unread."""

from __future__ import annotations

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
    recent: list[Reactor] = []


class Answer(msgspec.Struct, gc=False):
    """One answer of a poll."""

    text: str | list[str | Entity] = ""
    voters: int = 0


class Poll(msgspec.Struct, gc=False):
    """A poll."""

    question: str | list[str | Entity] = ""
    answers: list[Answer] = []


class Place(msgspec.Struct, gc=False):
    """A place on earth."""

    latitude: float = 0.0
    longitude: float = 0.0


class Contact(msgspec.Struct, gc=False):
    """A contact that was sent."""

    first_name: str = ""
    last_name: str = ""
    phone_number: str = ""


class Row(msgspec.Struct, gc=False):
    """A message, a service message, or one of a kind that the exporting app did not know (`type` unsupported)."""

    id: int | str | None = None
    type: str = "message"
    date: str | None = None
    date_unixtime: str | int | None = None
    edited: str | None = None
    from_: str | None = msgspec.field(name="from", default=None)
    from_id: str | int | None = None
    text: str | list[str | Entity] = ""
    reply_to_message_id: int | str | None = None
    reply_to_peer_id: str | int | None = None
    reactions: list[Reacted] = []
    photo: str | None = None
    file: str | None = None
    file_name: str | None = None
    sticker_emoji: str | None = None
    poll: Poll | None = None
    location_information: Place | None = None
    place_name: str | None = None
    address: str | None = None
    contact_information: Contact | None = None
    contact_vcard: str | None = None
    game_title: str | None = None
    actor: str | None = None
    action: str = ""
    title: str | None = None
    new_title: str | None = None
    members: list[str | None] = []
    inviter: str | None = None
    information_text: str | None = None
    duration_seconds: int | None = None
    discard_reason: str | None = None


class ChatHead(msgspec.Struct, gc=False):
    """What stands around a chat's messages, which are their array's number here."""

    name: str | None = None
    type: str | None = None
    id: int | str | None = None
    messages: list[int] = []


class Chats(msgspec.Struct, gc=False):
    """The list of an export of all chats."""

    list: list[ChatHead] = []


class File(msgspec.Struct, gc=False):
    """A whole ``result.json``: one chat, or all of an account."""

    name: str | None = None
    type: str | None = None
    id: int | str | None = None
    messages: list[int] = []
    chats: Chats = msgspec.field(default_factory=Chats)
    left_chats: Chats = msgspec.field(default_factory=Chats)


def plain(text: str | list[str | Entity]) -> str:
    """A text without what is bold or linked in it."""
    return text if isinstance(text, str) else "".join(p if isinstance(p, str) else p.text for p in text)
