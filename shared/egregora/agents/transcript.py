"""The transcript: a window as a model reads it, one line a message.

    m12 2024-03-17 21:04 @0123456789: Shall we take the early train?
    m13 2024-03-17 21:05 @9876543210 [edited, reply to m12]: Yes.
        And bring the tent.

What a person wrote stands behind the first ``: `` of its line, and further lines of it are indented, so that no body
can pass for a message, a flag or an author of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from egregora.errors import Reject
from egregora.ids import HANDLE
from egregora.message import Kind, Message

_INDENT = "\n    "
_INVISIBLE = {code: None for code in (*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)) if code != 0x09}
"""Controls, and halves of surrogate pairs, which no encoding takes."""
_SILENT: frozenset[Kind] = frozenset({"system", "deleted", "empty"})
_KIND_FLAGS: Mapping[Kind, str] = {
    "attachment": "attachment",
    "media_omitted": "media",
    "poll": "poll",
    "location": "location",
    "call": "call",
}


@dataclass(frozen=True, slots=True)
class Transcript:
    """Rendered messages. `names` holds those that are shown, which alone may be cited: ``m<n>``, n from 1."""

    text: str
    names: Mapping[str, Message]


def render(messages: Sequence[Message]) -> Transcript:
    """Render the messages of a window. Raises `Reject` where an author is no handle: a name must not reach a model."""
    names: dict[str, Message] = {}
    lines: list[str] = []
    authors = _Authors()
    replies = _Replies(messages)
    for number, message in enumerate(messages, 1):
        if shown(message):
            name = f"m{number}"
            names[name] = message
            lines.append(_line(name, message, authors, replies))
    return Transcript("\n".join(lines), names)


def render_context(messages: Sequence[Message]) -> str:
    """Render messages that precede a window: in the same form, but with a dash for a name, as they cannot be cited."""
    authors = _Authors()
    replies = _Replies(())
    return "\n".join(_line("-", message, authors, replies) for message in messages if shown(message))


def shown(message: Message) -> bool:
    """Whether a message has content to show: no notice, and neither deleted nor empty."""
    return message.kind not in _SILENT and (bool(message.text.strip()) or bool(message.attachments))


def one_block(text: str) -> str:
    """Body text such that each of its lines but the first is indented, whatever character breaks them."""
    if text.isprintable():
        return text
    lines = [line.translate(_INVISIBLE) for line in text.splitlines()]
    return _INDENT.join(lines).strip()


class _Authors(dict[str | None, str]):
    """How each author is shown; looks at each only once."""

    def __missing__(self, author: str | None) -> str:
        if author is not None and not HANDLE.fullmatch(author):
            raise Reject("an author is not a handle, so nothing of this window is shown to a model")
        label = self[author] = author or "@-"
        return label


class _Replies:
    """Names of the messages that others reply to; built when the first reply asks."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._messages = messages
        self._names: dict[str, str] | None = None

    def flag(self, message_id: str) -> str:
        if self._names is None:
            self._names = {m.id: f"m{n}" for n, m in enumerate(self._messages, 1) if m.id and shown(m)}
        name = self._names.get(message_id)
        return f"reply to {name}" if name else "reply"


def _line(name: str, message: Message, authors: _Authors, replies: _Replies) -> str:
    time = message.time
    moment = f"{time[:10]} {time[11:16]} " if time else ""
    text = one_block(message.text)
    if message.kind == "text" and not (message.edited or message.reply_to or message.reactions or message.segment):
        flags = ""
    else:
        flags = _flags(message, replies)
    if message.attachments:
        files = [file.name for file in message.attachments if file.name not in message.text]
        text = " ".join([*(f"<{one_block(name)}>" for name in files), text]).strip()
    return f"{name} {moment}{authors[message.author]}{flags}: {text}"


def _flags(message: Message, replies: _Replies) -> str:
    flags = []
    if message.kind in _KIND_FLAGS:
        flags.append(_KIND_FLAGS[message.kind])
    if message.edited:
        flags.append("edited")
    if message.reply_to:
        flags.append(replies.flag(message.reply_to))
    if message.segment:
        flags.append("characters {} to {} of {}".format(*message.segment))
    if message.reactions:
        flags.append(f"reactions {len(message.reactions)}")
    return f" [{', '.join(flags)}]" if flags else ""
