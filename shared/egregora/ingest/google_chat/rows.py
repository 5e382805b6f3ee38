"""What Takeout writes about messages and rooms. Whatever is not named here is passed over unread."""

from __future__ import annotations

import msgspec


class Person(msgspec.Struct, gc=False):
    """A member, or who wrote a message."""

    name: str | None = None
    email: str | None = None


class File(msgspec.Struct, gc=False):
    """A file that was sent, under its own name and the one it has in the download."""

    original_name: str | None = None
    export_name: str | None = None


class Custom(msgspec.Struct, gc=False):
    """An emoji of an organisation's own."""

    short_code: str | None = None


class Emoji(msgspec.Struct, gc=False):
    """An emoji."""

    unicode: str | None = None
    custom_emoji: Custom | None = None


class Reacted(msgspec.Struct, gc=False):
    """A reaction, and the addresses of all who gave it."""

    emoji: Emoji | None = None
    reactor_emails: tuple[str, ...] | None = None


class Quoted(msgspec.Struct, gc=False):
    """The message that this one quotes."""

    message_id: str | None = None


class Row(msgspec.Struct, gc=False):
    """A message."""

    creator: Person | None = None
    created_date: str | None = None
    updated_date: str | None = None
    text: str | None = None
    topic_id: str | None = None
    message_id: str | None = None
    message_state: str | None = None
    deletion_metadata: object = None
    previous_message_versions: object = None
    attached_files: tuple[File, ...] | None = None
    reactions: tuple[Reacted, ...] | None = None
    quoted_message_metadata: Quoted | None = None


class Room(msgspec.Struct, gc=False):
    """``group_info.json``."""

    name: str | None = None
    members: tuple[Person, ...] | None = None


class Owner(msgspec.Struct, gc=False):
    """``user_info.json``: whose download it is."""

    user: Person | None = None
