"""Plain text: lines as WhatsApp's, with the date and the time as the browser writes them, to the second.

So WhatsApp's reader reads them; who waves or hugs stands behind an asterisk, as in ``* Ann waves``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath

from msgspec.structs import replace

from egregora.ingest import ByteSource, Chat, Export
from egregora.ingest.survey import Survey, export
from egregora.ingest.whatsapp import WhatsApp
from egregora.message import Message

_LINE = re.compile(
    r"[^\w\n]{0,3}\d{1,4}[./-] ?\d{1,2}[./-] ?\d{1,4}\.?,?\s[^\n-]{0,12}?\d{1,2}[:.]\d\d[:.]\d\d[^\n-]{0,8} - \S"
)
_MARKS = re.compile(
    r"created and configured the room|\((?:File Attached|Media omitted)"
    r"|(?:joined|left|made) the room|changed the room name"
)
_NAME = re.compile(r".+? - (?P<room>.+) - .+ - \d{4}-\d\d-\d\dT[\d.-]+Z?")
_NOT_MEANT = frozenset({"possibly_truncated_head"})


def certainty(name: str, first: Sequence[str]) -> float:
    """How surely a file's first lines are Element's: a third start with a time to the second, and its words tell."""
    lines = [line for line in first if line.strip()][:200]
    timed = sum(_LINE.match(line) is not None for line in lines)
    told = _NAME.fullmatch(PurePosixPath(name).stem) or any(map(_MARKS.search, lines))
    return 0.97 if timed and timed * 3 >= len(lines) and told else 0.0


def read(source: ByteSource, group: Sequence[ByteSource], now: datetime) -> Export:
    """The chat of a text. Raises `Unreadable`."""
    found = WhatsApp(now).read([source], group)
    (chat,) = found.chats
    named = _NAME.fullmatch(PurePosixPath(source.name).stem)
    name = named["room"] if named else chat.name
    made = (
        Survey()
        .all(_messages(chat))
        .chat("matrix", name, partial(_messages, chat), named=bool(named) or chat.named, people=chat.mentioned)
    )
    return export([source], [made], (w for w in found.report.warnings if w.code not in _NOT_MEANT))


def _messages(chat: Chat) -> Iterator[Message]:
    for message in chat.messages():
        if message.kind == "system" and message.text.startswith("* "):
            said = message.text[2:]
            actor = next((author for author in chat.authors if said.startswith(f"{author} ")), None)
            if actor:
                yield replace(message, author=actor, kind="text", text=said[len(actor) + 1 :])
                continue
        yield message
