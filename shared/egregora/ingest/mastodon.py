"""Mastodon's archive of one account: ``outbox.json``, beside ``actor.json`` and the media."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from egregora.errors import Unreadable
from egregora.ids import slug
from egregora.ingest import ByteSource, Export, instants, join
from egregora.ingest.attachments import Files
from egregora.ingest.json_stream import Document, read_small
from egregora.ingest.markup import plain
from egregora.ingest.survey import Survey, export
from egregora.message import Message

_OUTBOX = re.compile(rb'"type"\s*:\s*"OrderedCollection".*?"orderedItems"\s*:', re.DOTALL)


class _Media(msgspec.Struct, gc=False):
    url: str = ""
    name: str | None = None


class _Tag(msgspec.Struct, gc=False):
    type: str = ""
    name: str | None = None


class _Note(msgspec.Struct, gc=False):
    id: str = ""
    summary: str | None = None
    content: str | None = None
    in_reply_to: str | None = msgspec.field(name="inReplyTo", default=None)
    conversation: str | None = None
    updated: str | None = None
    attachment: tuple[_Media, ...] = ()
    tag: tuple[_Tag, ...] = ()


class _Activity(msgspec.Struct, gc=False):
    id: str = ""
    type: str = ""
    actor: str = ""
    published: str | None = None
    object: _Note | str | None = None


class _Actor(msgspec.Struct, gc=False):
    id: str = ""
    name: str | None = None
    username: str | None = msgspec.field(name="preferredUsername", default=None)


@dataclass(frozen=True, slots=True)
class Mastodon:
    """Reads an account's own posts; `now` is when."""

    now: datetime
    format: Literal["mastodon"] = "mastodon"

    def detect(self, source: ByteSource, head: bytes) -> float:
        """By the collection that an outbox is."""
        return 0.9 if _OUTBOX.search(head) and b"activitystreams" in head else 0.0

    def read(self, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
        """One chat for each outbox."""
        return join(_read(source, group) for source in sources)


def _read(source: ByteSource, group: Sequence[ByteSource]) -> Export:
    files = Files(group)
    beside = PurePosixPath(source.name).parent / "actor.json"
    profile = next((other for other in group if PurePosixPath(other.name) == beside), None)
    actor = (read_small(profile, _Actor) if profile else None) or _Actor()
    document = Document(source, "orderedItems")
    survey, account = Survey(), actor.id
    for batch in document.scan(_Activity):
        for activity in batch.elements:
            account = account or activity.actor
            survey.add(_message(activity, actor, files))
            survey.others.update((name, None) for name in _mentioned(activity))
    if not survey.messages:
        raise Unreadable("holds no posts", where=source.name)
    chat = survey.chat(
        "mastodon",
        actor.name or _handle(account) or PurePosixPath(source.name).stem,
        partial(_messages, document, actor, files),
        id=slug(_handle(account)),
        named=bool(account),
    )
    return export([source], [chat], document.warnings())


def _messages(document: Document, actor: _Actor, files: Files) -> Iterator[Message]:
    for array in range(document.arrays):
        for activity in document.elements(array, _Activity):
            yield _message(activity, actor, files)


def _message(activity: _Activity, actor: _Actor, files: Files) -> Message:
    note = activity.object if isinstance(activity.object, _Note) else _Note(id=activity.id, content=activity.object)
    attachments = tuple(files.attachment(media.url) for media in note.attachment if media.url)
    text = "\n".join(part for part in (note.summary, plain(note.content or "")) if part)
    return Message(
        id=note.id or activity.id,
        time=instants.from_iso(activity.published),
        author=actor.name or actor.username or _handle(activity.actor) or None,
        author_id=activity.actor or None,
        kind="attachment" if attachments else "text" if text else "empty",
        text=text,
        edited=note.updated is not None,
        attachments=attachments,
        reply_to=note.in_reply_to,
        thread=note.conversation,
    )


def _mentioned(activity: _Activity) -> Iterator[str]:
    if isinstance(activity.object, _Note):
        yield from (tag.name.strip("@") for tag in activity.object.tag if tag.type == "Mention" and tag.name)


def _handle(url: str) -> str:
    """An account's name and server out of its address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{PurePosixPath(parts.path).name}@{parts.hostname}" if parts.hostname else ""
