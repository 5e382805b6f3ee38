"""What must hold of whatever an upload is read as."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from egregora.errors import Unreadable
from egregora.ingest import Chat, Export, open_export
from egregora.ingest.container import StreamSource
from egregora.message import KINDS, Message, encode
from egregora.settings import IngestSettings, MiB
from fuzz.seeds import Files

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = IngestSettings(max_members=2000, max_text_bytes=64 * MiB)


def check(files: Files) -> str:
    """Read an upload as people do, and hold it to its promises. Says what became of it.

    Raises `AssertionError`, or whatever a reader should not have raised.
    """
    sources = [StreamSource(name, len(data), lambda data=data: io.BytesIO(data)) for name, data in files]  # type: ignore[misc]
    try:
        export = open_export(sources, SETTINGS, now=NOW)
        for chat in export.chats:
            hold(chat, export)
    except Unreadable as refused:
        _one_line(refused)
        return "refused"
    assert len(export.chats) == sum(len(file.chats) for file in export.report.files), "chats that no file holds"
    return ", ".join(sorted({file.format for file in export.report.files}))


def _one_line(refused: Unreadable) -> None:
    assert str(refused).isprintable(), f"more than one line of plain text: {str(refused)!r}"
    assert refused.fault, "nothing is said of what is wrong"


def hold(chat: Chat, export: Export) -> None:
    """Hold one chat of an export to its promises. Raises `AssertionError`."""
    messages = list(chat.messages())
    for message in messages:
        _well_formed(message)
    system = sum(message.kind == "system" for message in messages)
    assert (chat.messages_count, chat.system_count) == (len(messages) - system, system), "counts that do not hold"
    spoken = {message.author for message in messages if message.author and message.kind != "system"}
    assert spoken <= set(chat.authors), "an author whom the chat does not know of"
    assert chat.authors.count("") == 0, "an author without a name"
    again = list(chat.messages())
    assert list(map(encode, again)) == list(map(encode, messages)), "a second reading that differs"
    for time in (chat.first, chat.last):
        assert time is None or _is_time(time), f"no time: {time!r}"
    for text in (chat.id, chat.name, *chat.authors, *chat.mentioned):
        text.encode()
    for warning in export.report.warnings:
        assert warning.count > 0, "a warning of nothing"
        assert list(warning.lines) == sorted(warning.lines), "lines out of order"


def _well_formed(message: Message) -> None:
    encode(message)  # no half of a pair: what is kept is UTF-8
    assert message.kind in KINDS, f"no kind: {message.kind!r}"
    assert message.time is None or _is_time(message.time), f"no time: {message.time!r}"
    assert message.author != "", "an author without a name"
    assert isinstance(message.text, str)
    assert isinstance(message.id, str)
    assert message.segment is None
    assert all(isinstance(attachment.name, str) for attachment in message.attachments)
    assert all(reaction.emoji for reaction in message.reactions), "a reaction of nothing"


def _is_time(time: str) -> bool:
    """ISO 8601 to the second or finer, naive or ending in ``Z``."""
    try:
        parsed = datetime.fromisoformat(time)
    except ValueError:
        return False
    return len(time) >= 19 and time[10] == "T" and (parsed.tzinfo is None or time.endswith("Z"))
