"""Chats of Meta's downloads. A chat lies in a folder of parts; the first part holds the newest messages, first of all.

The platform gives no ids of messages. A chat's own is the end of its folder's name, which stays when it is renamed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import PurePosixPath

from egregora.errors import Unreadable
from egregora.ingest import ByteSource, Export, Platform, Warning, join  # noqa: A004
from egregora.ingest.attachments import Files
from egregora.ingest.instants import from_epoch
from egregora.ingest.json_stream import Document
from egregora.ingest.messenger.rows import Given, Row, Thread, mended
from egregora.ingest.shelf import Shelf
from egregora.ingest.survey import export
from egregora.message import Attachment, Kind, Message, Reaction

_PART = re.compile(r"message_(\d{1,9})\.json\Z")
_THREAD_ID = re.compile(r"_([0-9A-Za-z-]{8,})\Z")
_COUNTED = re.compile(r"_\d+\Z")
_PLAIN = re.compile(rb'"sender_name"\s*:')
_ENCRYPTED = re.compile(rb'"senderName"\s*:')
_TIMED = re.compile(rb'"timestamp(?:_ms)?"\s*:\s*\d')
_INSTAGRAM = re.compile(rb'"your_instagram_activity/|"original_content_owner"')
_MESSENGER = re.compile(rb'"your_(?:facebook_activity|activity_across_facebook)/|_INTERNAL"|"thread_type"|"sticker"')
_PEOPLE = re.compile(rb'"participants"\s*:')


def platform_of(name: str, head: bytes) -> Platform | None:
    """Whose download a file is of: told by its path, else by what only one of them writes; None where of neither.

    Messenger always names the participants first, and only it has chats that are encrypted.
    """
    if not head.lstrip().startswith(b"{") or not _TIMED.search(head):
        return None
    if _ENCRYPTED.search(head):
        return "messenger"
    if not _PLAIN.search(head):
        return None
    path = name.casefold()
    if "instagram" in path or "facebook" in path:
        return "instagram" if "instagram" in path else "messenger"
    if _MESSENGER.search(head):
        return "messenger"
    return "messenger" if _PEOPLE.search(head) and not _INSTAGRAM.search(head) else "instagram"


def read(platform: Platform, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
    """A chat for each folder of parts, and for every other file."""
    threads: defaultdict[str, list[ByteSource]] = defaultdict(list)
    for source in sources:
        part = _PART.search(source.name)
        threads[source.name[: part.start()] if part and "/" in source.name else source.name].append(source)
    shelf, files = Shelf(), Files(group)
    read = (
        _thread(platform, sorted(parts, key=_number), shelf, number, files)
        for number, parts in enumerate(threads.values())
    )
    found = [each for each in read if each.chats[0].messages_count + each.chats[0].system_count]
    if not found:
        raise Unreadable("holds no message", where=sources[0].name)
    return join(found)


def _number(source: ByteSource) -> int:
    part = _PART.search(source.name)
    return int(part[1]) if part else 0


def _thread(platform: Platform, parts: Sequence[ByteSource], shelf: Shelf, number: int, files: Files) -> Export:
    first: str | None = None
    last: str | None = None
    heads: list[Thread] = []
    warnings: list[Warning] = []
    for part in parts:
        document = Document(part, "messages")
        for batch in document.scan(Row):
            for row in batch.elements:
                message = _message(row, files)
                first, last = first or message.time, message.time or last
                shelf.put(number, message)
        with suppress(Unreadable):  # what stands around the messages only names the chat
            heads.append(document.rest(Thread))
        warnings += document.warnings()
    head = heads[0] if heads else Thread()
    newest_first = bool(first and last and first > last)
    name, named = _name(head, parts[0])
    chat = shelf.survey(number, newest_first=newest_first).chat(
        platform,
        name,
        partial(shelf.messages, number, newest_first=newest_first),
        id=_id(head, parts[0]),
        named=named,
        people=chain.from_iterable(map(_people, heads)),
    )
    return export(parts, [chat], warnings)


def _message(row: Row, files: Files) -> Message:
    if row.sender is not None:
        author, text = row.sender, row.text or ""
        reactions = tuple(Reaction(given.reaction, given.actor) for given in row.reactions or () if given.reaction)
    else:
        author, text = mended(row.sender_name), _text(row)
        reactions = tuple(_reactions(row.reactions or ()))
    attachments = tuple(_attachments(row, files))
    return Message(
        time=from_epoch(row.timestamp_ms if row.timestamp_ms is not None else row.timestamp, 1000),
        author=author or None,
        kind=_kind(row, text, attachments),
        text=text,
        attachments=attachments,
        reactions=reactions,
    )


def _kind(row: Row, text: str, attachments: tuple[Attachment, ...]) -> Kind:
    if row.is_unsent or row.unsent:
        return "deleted"
    if row.type in {"Subscribe", "Unsubscribe"}:
        return "system"
    if row.call_duration is not None or row.type == "Call":
        return "call"
    if attachments:
        return "attachment"
    return "text" if text else "empty"


def _text(row: Row) -> str:
    """What was written, and a link that was shared with it."""
    text = mended(row.content)
    link = mended(row.share.link) if row.share else ""
    return f"{text}\n{link}".strip() if link and link not in text else text


def _reactions(given: Sequence[Given]) -> Iterator[Reaction]:
    return (Reaction(mended(one.reaction), mended(one.actor) or None) for one in given if one.reaction)


def _attachments(row: Row, files: Files) -> Iterator[Attachment]:
    sent = (row.photos, row.videos, row.gifs, row.audio_files, row.files, row.media)
    media = [medium for some in sent for medium in some or ()] + ([row.sticker] if row.sticker else [])
    return (files.attachment(mended(medium.uri)) for medium in media if medium.uri)


def _people(head: Thread) -> Iterator[str]:
    for person in head.participants or ():
        yield person if isinstance(person, str) else mended(person.name)


def _name(head: Thread, part: ByteSource) -> tuple[str, bool]:
    if head.thread_name:
        return _COUNTED.sub("", head.thread_name), True
    title = mended(head.title)
    return (title, True) if title else (PurePosixPath(part.name).stem, False)


def _id(head: Thread, part: ByteSource) -> str:
    """The end of the thread's folder, or all of it where that is short; an encrypted chat has none."""
    if head.thread_name:
        return ""
    parent = PurePosixPath(part.name).parent.name if _PART.search(part.name) else ""
    folder = (head.thread_path or parent).rstrip("/").rpartition("/")[2]
    found = _THREAD_ID.search(folder)
    return found[1] if found else folder
