"""The formats that can be read, and which of them a file is of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cached_property
from importlib import import_module

from egregora.ingest import ByteSource, Reader
from egregora.ingest.container import head_of

READERS = (
    "whatsapp.WhatsApp",
    "telegram.Telegram",
    "discord.Discord",
    "slack.Slack",
    "zulip.Zulip",
    "mastodon.Mastodon",
    "mail.Mail",
    "messenger.Messenger",
    "instagram.Instagram",
    "signal.Signal",
    "google_chat.GoogleChat",
    "hangouts.Hangouts",
    "matrix.Matrix",
    "line.Line",
    "imessage.IMessage",
    "irc.Irc",
    "documents.jsonl.JsonLines",
    "documents.csv.Csv",
    "documents.markdown.Markdown",
    "documents.text.Text",
)
"""Makers of readers in this package, each given the time of reading. A new format is one more line here."""

DOCUMENTS = frozenset({"mail", "jsonl", "csv", "markdown", "text"})
"""Formats of no app: read where no other file of an archive or folder is a chat, for else they were sent in it."""

_SURE = 0.5
_CERTAIN = 1.0


class Readers:
    """One reader of each format, imported when it is first asked: most uploads need one."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._made: dict[str, Reader] = {}

    def __iter__(self) -> Iterator[Reader]:
        for name in READERS:
            if name not in self._made:
                module, _, maker = name.rpartition(".")
                make: Callable[[datetime], Reader] = getattr(import_module(f"egregora.ingest.{module}"), maker)
                self._made[name] = make(self._now)
            yield self._made[name]

    @cached_property
    def others(self) -> tuple[Reader, ...]:
        """Those that installed packages offer. Raises `Reject` where one cannot be loaded."""
        from egregora.plugins import load, offered

        return tuple(load(entry)(self._now) for entry in offered("egregora.readers").values())


def detect(source: ByteSource, choices: Readers) -> Reader | None:
    """The reader that is surest of `source`, by its first bytes; None where none is sure enough.

    What packages offer is asked only where no reader of an app is sure.
    """
    head = head_of(source)
    found = _surest(source, head, choices)
    if found is None or found.format in DOCUMENTS:
        return _surest(source, head, choices.others) or found
    return found


def _surest(source: ByteSource, head: bytes, choices: Iterable[Reader]) -> Reader | None:
    """One that is certain ends the asking."""
    best, found = 0.0, None
    for reader in choices:
        sure = reader.detect(source, head)
        if sure > best:
            best, found = sure, reader
        if best >= _CERTAIN:
            break
    return found if best >= _SURE else None
