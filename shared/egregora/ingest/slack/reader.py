"""The reader of Slack's exports."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Literal

import msgspec

from egregora.errors import Unreadable
from egregora.ingest import ByteSource, Export, Report, Warning, instants, join  # noqa: A004
from egregora.ingest.attachments import Files
from egregora.ingest.json_stream import Document
from egregora.ingest.reactions import given
from egregora.ingest.slack.workspace import Profile, Workspace
from egregora.ingest.survey import Survey, export
from egregora.message import Attachment, Kind, Message, Reaction

_DAY = re.compile(rb'"ts"\s*:\s*"\d{9,11}\.\d{6}"')
_SAID = frozenset(
    {
        "", "bot_message", "me_message", "thread_broadcast", "file_share", "file_comment", "file_mention",
        "slackbot_response", "assistant_app_thread", "document_mention", "tombstone", "huddle_thread",
    }
)  # fmt: skip
"""Subtypes of messages that somebody wrote or that were deleted; all others are notices."""


class _File(msgspec.Struct, gc=False):
    id: str = ""
    name: str | None = None
    title: str | None = None


class _Quoted(msgspec.Struct, gc=False):
    pretext: str | None = None
    title: str | None = None
    text: str | None = None
    fallback: str | None = None


class _Reacted(msgspec.Struct, gc=False):
    name: str = ""
    users: tuple[str, ...] = ()
    count: int = 0


class _Edited(msgspec.Struct, gc=False):
    """Stands where a message was changed."""


class _Comment(msgspec.Struct, gc=False):
    user: str | None = None


class _Row(msgspec.Struct, gc=False):
    ts: str
    subtype: str | None = None
    user: str | None = None
    text: str | None = None
    bot_id: str | None = None
    username: str | None = None
    thread_ts: str | None = None
    edited: _Edited | None = None
    user_profile: Profile | None = None
    bot_profile: Profile | None = None
    files: tuple[_File | None, ...] | None = None
    file: _File | None = None
    comment: _Comment | None = None
    attachments: tuple[_Quoted, ...] | None = None
    reactions: tuple[_Reacted, ...] | None = None


@dataclass(frozen=True, slots=True)
class Slack:
    """Reads workspace exports; `now` is when."""

    now: datetime
    format: Literal["slack"] = "slack"

    def detect(self, source: ByteSource, head: bytes) -> float:
        """By the stamps of a day's messages."""
        return 0.9 if head.lstrip().startswith(b"[") and _DAY.search(head) and b'"type"' in head else 0.0

    def read(self, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
        """Every channel, from its days in order."""
        files = Files(group)
        folders: defaultdict[PurePosixPath, list[ByteSource]] = defaultdict(list)
        for source in sources:
            folders[PurePosixPath(source.name).parent].append(source)
        workspaces = {root: Workspace.read(root, group) for root in {folder.parent for folder in folders}}
        lists = tuple(warning for workspace in workspaces.values() for warning in workspace.warnings)
        channels = (
            _Channel(days, workspaces[folder.parent], files).export(folder.name) for folder, days in folders.items()
        )
        found = join([Export((), Report((), lists)), *channels])
        if not any(chat.messages_count + chat.system_count for chat in found.chats):
            raise Unreadable("holds no messages", where=sources[0].name)
        return found


@dataclass(slots=True)
class _Channel:
    """One channel's days."""

    days: Sequence[ByteSource]
    workspace: Workspace
    files: Files

    def export(self, folder: str) -> Export:
        """Survey it all."""
        survey = Survey()
        warnings: list[Warning] = []
        for day in self.days:
            document = Document(day, "")
            for batch in document.scan(_Row):
                survey.all(map(self._message, batch.elements))
            warnings += document.warnings()
        known = self.workspace.channels.get(folder)
        chat = survey.chat(
            "slack",
            self.workspace.title(folder) or PurePosixPath(self.days[0].name).stem,
            self._messages,
            id=known.id if known else "",
            named=bool(folder),
            people=self.workspace.people(),
        )
        return export(self.days, [chat], warnings)

    def _messages(self) -> Iterator[Message]:
        for day in self.days:
            document = Document(day, "")
            for batch in document.scan(_Row):
                yield from map(self._message, batch.elements)

    def _message(self, row: _Row) -> Message:
        subtype = row.subtype or ""
        text = self.workspace.plain(row.text or "") or "\n".join(self._quoted(row.attachments or ()))
        time = _time(row.ts)
        if subtype not in _SAID:
            return Message(row.ts, time, None, "system", text)
        writer = row.user or (row.comment.user if row.comment else None)
        sent = [file for file in (*(row.files or ()), row.file) if file]
        kind: Kind = "attachment" if sent else "text" if text else "empty"
        if subtype == "tombstone":
            kind = "deleted"
        elif subtype == "huddle_thread":
            kind = "call"
        return Message(
            id=row.ts,
            time=time,
            author=self._author(row, writer),
            author_id=writer or row.bot_id,
            kind=kind,
            text=text,
            edited=row.edited is not None,
            attachments=tuple(map(self._attachment, sent)),
            reply_to=row.thread_ts if row.thread_ts != row.ts else None,
            reactions=tuple(self._reactions(row)),
            thread=row.thread_ts,
        )

    def _author(self, row: _Row, writer: str | None) -> str | None:
        listed = self.workspace.shown(writer) if writer else None
        profile = row.user_profile or row.bot_profile
        return listed or row.username or (profile.shown if profile else None) or None

    def _quoted(self, quoted: Sequence[_Quoted]) -> Iterator[str]:
        """What an app wrote, which stands beside an empty text."""
        for one in quoted:
            told = (one.pretext, one.title, one.text or one.fallback)
            yield from (self.workspace.plain(words) for words in told if words)

    def _attachment(self, file: _File) -> Attachment:
        name = file.name or file.title or file.id
        kept = (f"{file.id}/{name}", f"attachments/{file.id}-{name}")
        return Attachment(name, any(self.files.attachment(path).present for path in kept))

    def _reactions(self, row: _Row) -> Iterator[Reaction]:
        for reacted in row.reactions or ():
            yield from given(f":{reacted.name}:", map(self.workspace.shown, reacted.users), reacted.count)


def _time(stamp: str) -> str | None:
    """The instant in a stamp, to the second: what follows tells messages of one second apart."""
    return instants.from_epoch(stamp.partition(".")[0], 1)
