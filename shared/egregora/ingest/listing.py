"""Exports as lines of JSON: what `egregora messages` prints."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

import msgspec

from egregora.errors import Unreadable
from egregora.ids import slug
from egregora.ingest import Chat, Export, open_paths, summed
from egregora.ingest.whatsapp.titles import without_dates
from egregora.message import Message

_DAMAGE = frozenset({"bad_bytes", "bad_lines", "truncated_file"})
"""Warnings that say something was lost."""


class _Row(msgspec.Struct, gc=False):
    id: str
    chat: str
    time: str | None
    author: str | None
    author_id: str | None
    kind: str
    text: str
    edited: bool
    attachments: tuple[object, ...]
    reply_to: str | None
    reactions: tuple[object, ...]
    thread: str | None


def list_messages(paths: Sequence[Path], out: TextIO, report: Path | None) -> int:
    """Print every message of `paths`, chat by chat, as JSON lines, and write the report.

    Files of one chat are merged. Returns the exit status: 0 read, 1 read with damage, which the report names, 2
    nothing readable, said in one line on standard error.
    """
    try:
        export = open_paths(paths)
    except Unreadable as error:
        sys.stderr.write(f"egregora: {error}\n")
        return 2
    groups = conversations(export.chats)
    names = identifiers(groups)
    if report:
        described = _report(export, groups, names)
        report.write_text(json.dumps(described, ensure_ascii=False, indent=1), encoding="utf-8")
    encoder = msgspec.json.Encoder()
    try:
        for chat, group in zip(names, groups, strict=True):
            out.writelines(
                encoder.encode(_row(message, chat, number)).decode() + "\n"
                for number, message in enumerate(merged(group), 1)
            )
    except Unreadable as error:
        sys.stderr.write(f"egregora: {error}\n")
        return 1
    return 1 if any(w.code in _DAMAGE for w in export.report.warnings) else 0


def conversations(chats: Sequence[Chat]) -> list[list[Chat]]:
    """Group chats that are exports of one conversation, each group in the order of first messages.

    They are where names agree without the dates that people add to files, or where files without a telling name share
    an author.
    """
    groups: list[list[Chat]] = []
    homes: dict[tuple[str, str], int] = {}
    for chat in sorted(chats, key=lambda c: c.first or ""):
        marks = _marks(chat)
        home = min((homes[mark] for mark in marks if mark in homes), default=len(groups))
        if home == len(groups):
            groups.append([])
        groups[home].append(chat)
        homes.update(dict.fromkeys(marks, home))
    return groups


def _marks(chat: Chat) -> list[tuple[str, str]]:
    """What tells one conversation from others: exports that share one of these are of the same."""
    if chat.id:
        return [(f"{chat.platform} id", chat.id)]
    if chat.named:
        return [(f"{chat.platform} name", without_dates(chat.name).casefold())]
    return [(f"{chat.platform} author", author) for author in chat.authors]


def identifiers(groups: Sequence[Sequence[Chat]]) -> list[str]:
    """An id for each group: the platform's, else its name as a slug, numbered where two would be equal."""
    taken: defaultdict[str, int] = defaultdict(int)
    ids = []
    for group in groups:
        chat = group[0]
        base = chat.id or slug(without_dates(chat.name)) or "chat"
        taken[base] += 1
        ids.append(base if taken[base] == 1 else f"{base}-{taken[base]}")
    return ids


def merged(group: Sequence[Chat]) -> Iterable[Message]:
    """The messages of one conversation; a single export is streamed."""
    if len(group) == 1:
        return group[0].messages()
    from egregora.archive.merge import merge

    messages = list(group[0].messages())
    for chat in group[1:]:
        messages = merge(messages, list(chat.messages()))
    return messages


def _row(message: Message, chat: str, number: int) -> _Row:
    return _Row(
        message.id or str(number),
        chat,
        message.time,
        message.author,
        message.author_id,
        message.kind,
        message.text,
        message.edited,
        tuple({"name": a.name, "present": a.present} for a in message.attachments),
        message.reply_to,
        tuple({"emoji": r.emoji, "author": r.author} for r in message.reactions),
        message.thread,
    )


def _report(export: Export, groups: Sequence[Sequence[Chat]], names: Sequence[str]) -> dict[str, object]:
    ids = {id(chat): name for name, group in zip(names, groups, strict=True) for chat in group}
    chats = iter(export.chats)
    files = []
    for file in export.report.files:
        found = [asdict(counts) | {"id": ids[id(next(chats))]} for counts in file.chats]
        files.append({"name": file.name, "format": file.format, "chats": found})
    return {"files": files, "warnings": [asdict(w) for w in summed(export.report.warnings)]}
