"""Zulip: an organization's export, and the JSON of zulip-archive, which publishes channels on the web.

realm.json   messages-000001.json ...      an organization: who there is, and all messages in the order of their ids
42-general/some.20topic.json               an archive: a folder a channel, a file a topic, texts as HTML
"""

from __future__ import annotations

import heapq
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Final, Literal
from urllib.parse import unquote

import msgspec

from egregora.errors import Unreadable
from egregora.ids import slug
from egregora.ingest import ByteSource, Chat, Export, Warning, instants, join  # noqa: A004
from egregora.ingest.attachments import Files
from egregora.ingest.container import head_of
from egregora.ingest.json_stream import Document
from egregora.ingest.markup import plain
from egregora.ingest.shelf import Shelf
from egregora.ingest.survey import Survey, export
from egregora.message import Attachment, Kind, Message, Reaction

_ORGANIZATION = re.compile(rb'\s*\{\s*"zerver_(?:user)?message"\s*:')
_ARCHIVE = re.compile(rb'"sender_full_name"\s*:')
_UPLOAD = re.compile(r"\]\(/user_uploads/([^)\s]{1,500})")
_SHOWN_UPLOAD = re.compile(r'(?:href|src)="[^"]*/user_uploads/([^"]{1,500})"')
_CHANNEL: Final = 2
_OPEN: Final = 100
"""Files that are read at once."""


class _Entry(msgspec.Struct, gc=False):
    """A line of any table of ``realm.json``."""

    id: int = 0
    full_name: str = ""
    name: str = ""
    type: int | str = 0
    type_id: int = 0
    message: int = 0
    user_profile: int = 0
    recipient: int = 0
    emoji_name: str = ""
    string_id: str = ""


class _Row(msgspec.Struct, gc=False):
    id: int = 0
    sender: int = 0
    recipient: int = 0
    subject: str = ""
    content: str = ""
    date_sent: float | None = None
    edit_history: str | None = None


class _Shown(msgspec.Struct, gc=False):
    id: int
    content: str = ""
    sender_full_name: str = ""
    timestamp: int | None = None


@dataclass(frozen=True, slots=True)
class Zulip:
    """Reads both; `now` is when."""

    now: datetime
    format: Literal["zulip"] = "zulip"

    def detect(self, source: ByteSource, head: bytes) -> float:
        """By the table of messages, or by a list of messages with what zulip-archive keeps of them."""
        is_list = head.lstrip().startswith(b"[") and b'"timestamp"' in head and _ARCHIVE.search(head)
        return 0.9 if is_list or _ORGANIZATION.match(head) else 0.0

    def read(self, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
        """Every channel and conversation."""
        files = Files(group)
        folders: defaultdict[PurePosixPath, list[ByteSource]] = defaultdict(list)
        organizations: defaultdict[PurePosixPath, list[ByteSource]] = defaultdict(list)
        for source in sources:
            tables = _ORGANIZATION.match(head_of(source))
            (organizations if tables else folders)[PurePosixPath(source.name).parent].append(source)
        found: list[Export] = []
        for folder, parts in organizations.items():
            realm = next((s for s in group if PurePosixPath(s.name) == folder / "realm.json"), None)
            warnings: list[Warning] = []
            if chats := list(_Organization.read(realm, warnings).chats(parts, files, warnings)):
                found.append(export(parts, chats, warnings))
        found += [_channel(folder.name, topics, files) for folder, topics in folders.items()]
        if not found:
            raise Unreadable("holds no messages", where=sources[0].name)
        return join(found)


@dataclass(slots=True)
class _Organization:
    """Who and what an organization has, from its ``realm.json``."""

    name: str = ""
    """What tells its ids from those of other organizations."""
    users: dict[int, str] = field(default_factory=dict)
    channels: dict[int, str] = field(default_factory=dict)
    recipients: dict[int, _Entry] = field(default_factory=dict)
    members: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    reactions: defaultdict[int, list[Reaction]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def read(cls, realm: ByteSource | None, warnings: list[Warning]) -> _Organization:
        """Read the tables that tell who is who."""
        found = cls()
        if realm is None:
            return found
        document = Document(realm, "*")
        given: list[_Entry] = []
        for batch in document.scan(_Entry):
            if batch.path.startswith("zerver_userprofile"):
                found.users |= {entry.id: entry.full_name for entry in batch.elements if entry.full_name}
            elif batch.path == "zerver_realm":
                found.name = slug(batch.elements[0].string_id)
            elif batch.path == "zerver_stream":
                found.channels |= {entry.id: entry.name for entry in batch.elements}
            elif batch.path == "zerver_recipient":
                found.recipients |= {entry.id: entry for entry in batch.elements}
            elif batch.path == "zerver_subscription":
                for entry in batch.elements:
                    found.members[entry.recipient].append(entry.user_profile)
            elif batch.path == "zerver_reaction":
                given += batch.elements
        for entry in given:
            found.reactions[entry.message].append(
                Reaction(f":{entry.emoji_name}:", found.users.get(entry.user_profile))
            )
        warnings += document.warnings()
        return found

    def chats(self, parts: Sequence[ByteSource], files: Files, warnings: list[Warning]) -> Iterator[Chat]:
        """Sort the messages of all conversations, which are mixed in the files."""
        shelf = Shelf()
        numbers: dict[tuple[str, str], int] = {}
        for part in parts:
            document = Document(part, "*")
            for batch in document.scan(_Row):
                if batch.path != "zerver_message":
                    continue
                for row in batch.elements:
                    number = numbers.setdefault(self._conversation(row), len(numbers))
                    shelf.put(number, self._message(row, files))
            warnings += document.warnings()
        for (place, name), number in numbers.items():
            key = f"{self.name}-{place}" if self.name else place
            survey = shelf.survey(number)
            messages = partial(shelf.messages, number)
            yield survey.chat("zulip", name or key, messages, id=key, named=bool(name), people=self.users.values())

    def _conversation(self, row: _Row) -> tuple[str, str]:
        """The id and the name of the conversation that a message belongs to."""
        to = self.recipients.get(row.recipient)
        if to is None:
            return f"recipient{row.recipient}", ""
        if to.type == _CHANNEL:
            return f"stream{to.type_id}", self.channels.get(to.type_id, "")
        pair = sorted({row.sender, to.type_id}) if to.type == 1 else sorted(self.members[row.recipient])
        key = "-".join(map(str, pair)) if to.type == 1 else str(to.type_id)
        return f"direct{key}", ", ".join(self.users.get(user, str(user)) for user in pair)

    def _message(self, row: _Row, files: Files) -> Message:
        attachments = tuple(files.attachment(unquote(path)) for path in _UPLOAD.findall(row.content))
        return Message(
            id=str(row.id),
            time=instants.from_epoch(row.date_sent, 1),
            author=self.users.get(row.sender),
            author_id=str(row.sender) if row.sender else None,
            kind=_kind(row.content, attachments),
            text=row.content,
            edited='"prev_content"' in (row.edit_history or ""),
            attachments=attachments,
            reactions=tuple(self.reactions.get(row.id, ())),
            thread=row.subject or None,
        )


def _kind(text: str, attachments: Sequence[Attachment]) -> Kind:
    if attachments:
        return "attachment"
    return "poll" if text.startswith("/poll ") else "text" if text else "empty"


def _channel(folder: str, topics: Sequence[ByteSource], files: Files) -> Export:
    """A channel of an archive. Its topics are put together by the ids, which count through all of Zulip."""
    shelf = Shelf()
    warnings: list[Warning] = []
    runs = [topics[start : start + _OPEN] for start in range(0, len(topics), _OPEN)]
    for number, run in enumerate(runs):
        for message in heapq.merge(*(_topic(topic, files, warnings) for topic in run), key=_order):
            shelf.put(number, message)

    def messages() -> Iterator[Message]:
        return heapq.merge(*map(shelf.messages, range(len(runs))), key=_order)

    number_of, _, name = folder.partition("-")
    known = number_of.isdecimal() and bool(name)
    chat = (
        Survey()
        .all(messages())
        .chat(
            "zulip",
            _unescaped(name if known else folder) or PurePosixPath(topics[0].name).stem,
            messages,
            id=f"stream{number_of}" if known else "",
            named=bool(folder),
        )
    )
    return export(topics, [chat], warnings)


def _topic(source: ByteSource, files: Files, warnings: list[Warning]) -> Iterator[Message]:
    topic = _unescaped(PurePosixPath(source.name).stem)
    document = Document(source, "")
    for batch in document.scan(_Shown):
        for row in batch.elements:
            text = plain(row.content)
            paths = dict.fromkeys(_SHOWN_UPLOAD.findall(row.content))
            attachments = tuple(files.attachment(unquote(path)) for path in paths)
            yield Message(
                id=str(row.id),
                time=instants.from_epoch(row.timestamp, 1),
                author=row.sender_full_name or None,
                kind=_kind(text, attachments),
                text=text,
                attachments=attachments,
                thread=topic,
            )
    warnings += document.warnings()


def _order(message: Message) -> int:
    return int(message.id)


def _unescaped(name: str) -> str:
    """A channel's or topic's name out of a path, where dots stand for the per cent signs of a URL."""
    return unquote(name.replace(".", "%"))
