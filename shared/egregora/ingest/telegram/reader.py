"""The reader of Telegram exports."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Literal

from egregora.errors import Unreadable
from egregora.ingest import ByteSource, Chat, Export, Warning, join  # noqa: A004
from egregora.ingest.attachments import Files
from egregora.ingest.container import head_of
from egregora.ingest.json_stream import Document
from egregora.ingest.lines import Notes
from egregora.ingest.survey import Survey, export
from egregora.ingest.telegram import pages
from egregora.ingest.telegram.messages import Conversion
from egregora.ingest.telegram.rows import ROW, ChatHead, File
from egregora.message import Message

_JSON = re.compile(
    rb'"(?:type|category)"\s*:\s*"(?:personal_chat|bot_chat|saved_messages|replies|verification_codes'
    rb'|(?:private|public)_(?:group|supergroup|channel))"|"date_unixtime"\s*:|"left_chats"\s*:\s*\{'
)
_ACCOUNT = re.compile(rb'"(?:personal_information|frequent_contacts|chats)"\s*:\s*\{')
_PAGE = re.compile(
    rb'class="page_wrap".*?class="history"|<div class="message (?:default|service)[^>]*id="message', re.DOTALL
)
_NUMBER = re.compile(r"(\d*)\.html\Z")

_SPACES = {
    "personal_chat": "user", "bot_chat": "user", "replies": "user", "verification_codes": "user",
    "saved_messages": "saved", "private_group": "chat",
}  # fmt: skip
"""What a number is counted among, as in the ids of people; every other type of chat is a channel to Telegram."""


@dataclass(frozen=True, slots=True)
class Telegram:
    """Reads what Telegram Desktop exports; `now` is when."""

    now: datetime
    format: Literal["telegram"] = "telegram"

    def detect(self, source: ByteSource, head: bytes) -> float:
        """By the names that only Telegram's exports use."""
        if head.lstrip().startswith(b"{"):
            return 0.95 if _JSON.search(head) else 0.7 if _ACCOUNT.search(head) else 0.0
        return 0.95 if _PAGE.search(head) else 0.0

    def read(self, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
        """Every chat of every file. Pages beside a ``result.json``, which says more, are left out."""
        files = Files(group)
        documents = [s for s in sources if not _is_page(s)]
        told = {PurePosixPath(s.name).parent for s in documents}
        folders: dict[PurePosixPath, list[ByteSource]] = defaultdict(list)
        for source in sources:
            folder = PurePosixPath(source.name).parent
            if _is_page(source) and not told.intersection((folder, *folder.parents)):
                folders[folder].append(source)
        found = [_read_document(source, files) for source in documents]
        found += [_read_pages(sorted(parts, key=_number), files) for parts in folders.values()]
        return join(found)


def _is_page(source: ByteSource) -> bool:
    return PurePosixPath(source.name).suffix.casefold() in {".html", ".htm"}


def _number(page: ByteSource) -> int:
    found = _NUMBER.search(page.name)
    return int(found[1][:9] or 1) if found else 0


def _read_document(source: ByteSource, files: Files) -> Export:
    document = Document(source, "messages", "chats.list.messages", "left_chats.list.messages")
    surveys: list[tuple[Survey, Conversion]] = []
    for batch in document.scan(ROW):
        while len(surveys) <= batch.array:
            survey = Survey()
            surveys.append((survey, Conversion(files, survey.others)))
        survey, conversion = surveys[batch.array]
        conversion.survey(batch.elements, survey)
    file = document.rest(File)
    heads = [ChatHead(file.name, file.type, file.id, file.messages), *file.chats.chats, *file.left_chats.chats]
    chats = [
        _chat(head, surveys[number][0], partial(_messages, document, number, files), source.name)
        for head in heads
        for number in head.messages
        if number < len(surveys) and surveys[number][0].messages + surveys[number][0].system
    ]
    if not chats:
        raise Unreadable("holds no messages; tick the chats when exporting", where=source.name)
    return export([source], chats, [*document.warnings(), *_unsupported(source, surveys)])


def _messages(document: Document, number: int, files: Files) -> Iterator[Message]:
    return filter(None, map(Conversion(files).message, document.elements(number, ROW)))


def _chat(head: ChatHead, survey: Survey, messages: Callable[[], Iterator[Message]], file: str) -> Chat:
    name = head.name or ("Saved Messages" if head.type == "saved_messages" else "")
    space = _SPACES.get(head.type or "", "channel")
    return survey.chat(
        "telegram",
        name or PurePosixPath(file).stem,
        messages,
        id=f"{space}{head.id}" if head.id is not None else "",
        named=bool(name),
    )


def _unsupported(source: ByteSource, surveys: Sequence[tuple[Survey, Conversion]]) -> Iterator[Warning]:
    count = sum(conversion.unsupported for _, conversion in surveys)
    if count:
        yield Warning("unsupported", count, "messages whose content the exporting app left out", source.name)


def _read_pages(sources: Sequence[ByteSource], files: Files) -> Export:
    title = pages.title(head_of(sources[0]))
    survey, met = Survey(), {source.name: Notes() for source in sources}
    survey.all(pages.Pages(sources, files, survey.others, met).messages())
    if not survey.messages + survey.system:
        raise Unreadable("holds no messages", where=sources[0].name)
    chat = survey.chat(
        "telegram",
        title or PurePosixPath(sources[0].name).parent.name or PurePosixPath(sources[0].name).stem,
        lambda: pages.Pages(sources, files).messages(),
        named=bool(title),
    )
    return export(sources, [chat], [warning for name, notes in met.items() for warning in notes.warnings(name)])
