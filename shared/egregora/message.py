"""The canonical message: what every reader produces and the archive keeps.

Readers fill `author` with the display name as exported and leave `id` empty where the platform has none. Past
:mod:`egregora.privacy` an author is a handle, and past :mod:`egregora.archive` every message has an id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Literal, get_args

import msgspec

Kind = Literal["text", "attachment", "media_omitted", "poll", "location", "call", "deleted", "empty", "system"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Attachment(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A file that a message refers to; `present` says whether the export holds it."""

    name: str
    present: bool = False


class Reaction(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One person's reaction."""

    emoji: str
    author: str | None = None


class Message(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One message of a conversation.

    `time` is ISO 8601 to the second or finer: naive where the export holds local time, ending in ``Z`` where it holds
    an instant, None where it has none. `text` is the body as exported, never NFKC-folded. `author` is None for
    system notices that have none. `segment` is (start, end, length) where an oversized message was cut to fit windows:
    `text` holds the characters start to end of a body of that length. Only the first part keeps attachments and
    reactions.
    """

    id: str = ""
    time: str | None = None
    author: str | None = None
    kind: Kind = "text"
    text: str = ""
    author_id: str | None = None
    edited: bool = False
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None
    reactions: tuple[Reaction, ...] = ()
    thread: str | None = None
    segment: tuple[int, int, int] | None = None

    @property
    def moment(self) -> datetime | None:
        """`time` as a datetime, naive or in UTC as it was exported."""
        return datetime.fromisoformat(self.time) if self.time else None


def said(messages: Iterable[Message]) -> list[Message]:
    """Those that count as messages: somebody's, not notices, and of one that was cut only the first part."""
    return [m for m in messages if m.kind != "system" and (m.segment is None or m.segment[0] == 0)]


_EDIT_MARK = re.compile(r"\s*[\u200e\u200f]*<[^<>\n]*>\s*\Z")


def without_edit_mark(message: Message) -> Message:
    """`message` without the words that an app put behind an edited body; `edited` says it as well."""
    return msgspec.structs.replace(message, text=_EDIT_MARK.sub("", message.text)) if message.edited else message


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Message)


def encode(message: Message) -> bytes:
    """One line of JSON, without its line end; fields at their default are left out."""
    return _encoder.encode(message)


def decode(line: bytes | memoryview) -> Message:
    """Read back what `encode` wrote. Raises `msgspec.DecodeError` on anything else."""
    return _decoder.decode(line)
