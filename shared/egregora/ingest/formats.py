"""The formats that can be read, and which of them a file is of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from egregora.ingest import ByteSource, Reader
from egregora.ingest.discord import Discord
from egregora.ingest.documents.csv import Csv
from egregora.ingest.documents.jsonl import JsonLines
from egregora.ingest.documents.markdown import Markdown
from egregora.ingest.documents.text import Text
from egregora.ingest.google_chat import GoogleChat
from egregora.ingest.hangouts import Hangouts
from egregora.ingest.imessage import IMessage
from egregora.ingest.instagram import Instagram
from egregora.ingest.irc import Irc
from egregora.ingest.line import Line
from egregora.ingest.mail import Mail
from egregora.ingest.mastodon import Mastodon
from egregora.ingest.matrix import Matrix
from egregora.ingest.messenger import Messenger
from egregora.ingest.signal import Signal
from egregora.ingest.slack import Slack
from egregora.ingest.telegram import Telegram
from egregora.ingest.whatsapp import WhatsApp
from egregora.ingest.zulip import Zulip

READERS: tuple[Callable[[datetime], Reader], ...] = (
    WhatsApp,
    Telegram,
    Discord,
    Slack,
    Zulip,
    Mastodon,
    Mail,
    Messenger,
    Instagram,
    Signal,
    GoogleChat,
    Hangouts,
    Matrix,
    Line,
    IMessage,
    Irc,
    JsonLines,
    Csv,
    Markdown,
    Text,
)
"""Makers of readers, each given the time of reading. A new format is one more line here."""

DOCUMENTS = frozenset({"mail", "jsonl", "csv", "markdown", "text"})
"""Formats of no app: read where no other file of an archive or folder is a chat, for else they were sent in it."""

HEAD = 64 * 1024
_SURE = 0.5


def readers(now: datetime) -> tuple[Reader, ...]:
    """One reader of each format."""
    return tuple(make(now) for make in READERS)


def detect(source: ByteSource, choices: Sequence[Reader]) -> Reader | None:
    """The reader that is surest of `source`, by its first bytes; None where none is sure enough."""
    with source.open() as f:
        head = f.read(HEAD)
    best, reader = max(((r.detect(source, head), r) for r in choices), key=lambda pair: pair[0])
    return reader if best >= _SURE else None
