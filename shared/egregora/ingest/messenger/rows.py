"""Messages and chats as Meta's downloads write them. Whatever is not named here is passed over unread."""

from __future__ import annotations

import msgspec

Number = int | float | str | None


class Medium(msgspec.Struct, gc=False):
    """A file that was sent."""

    uri: str | None = None


class Share(msgspec.Struct, gc=False):
    """What was shared: a link."""

    link: str | None = None


class Given(msgspec.Struct, gc=False):
    """A reaction."""

    reaction: str | None = None
    actor: str | None = None


Media = tuple[Medium, ...] | None


class Row(msgspec.Struct, gc=False):
    """A message of either download; the one of encrypted chats has names of its own."""

    sender_name: str | None = None
    timestamp_ms: Number = None
    content: str | None = None
    photos: Media = None
    videos: Media = None
    gifs: Media = None
    audio_files: Media = None
    files: Media = None
    sticker: Medium | None = None
    share: Share | None = None
    reactions: tuple[Given, ...] | None = None
    call_duration: Number = None
    is_unsent: bool | None = None
    type: str | None = None
    sender: str | None = msgspec.field(name="senderName", default=None)
    timestamp: Number = None
    text: str | None = None
    media: Media = None
    unsent: bool | None = msgspec.field(name="isUnsent", default=None)


class Person(msgspec.Struct, gc=False):
    """One who takes part."""

    name: str | None = None


class Thread(msgspec.Struct, gc=False):
    """A file without its messages."""

    participants: tuple[Person | str, ...] | None = None
    title: str | None = None
    thread_path: str | None = None
    thread_name: str | None = msgspec.field(name="threadName", default=None)


def mended(text: str | None) -> str:
    """`text` as it was sent: Facebook and Instagram write the bytes of its UTF-8 as if each were a letter."""
    if not text or text.isascii():
        return text or ""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text
