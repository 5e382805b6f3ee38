"""A file of texts or pages is one chat, named after it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Literal

from egregora.errors import Unreadable
from egregora.ingest import ByteSource, Export, join
from egregora.ingest.attachments import Files
from egregora.ingest.container import head_of
from egregora.ingest.imessage import pages, texts
from egregora.ingest.lines import Notes, head_lines
from egregora.ingest.survey import Survey, export

_NUMBERED = re.compile(r" - \d+\Z")
_PAGE_MARKS = (b'<span class="timestamp">', b'<span class="sender">')


@dataclass(frozen=True, slots=True)
class IMessage:
    """The reader of what imessage-exporter writes."""

    now: datetime
    format: Literal["imessage"] = "imessage"

    def detect(self, source: ByteSource, head: bytes) -> float:
        """Pages by the classes of their parts, texts by a line that is a time and no more, above a sender's."""
        if _is_page(head):
            return 0.9 if all(mark in head for mark in _PAGE_MARKS) or _has_style(head) else 0.0
        first = head_lines(head)[:200]
        begins = next((n for n, line in enumerate(first) if line.strip()), 0)
        if first and (texts.HEADER.fullmatch(first[begins]) or texts.NOTICE.fullmatch(first[begins])):
            return 0.96 if any(map(texts.HEADER.fullmatch, first)) else 0.0
        return 0.0

    def read(self, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
        """A chat for each file; of a text and a page with one name only the page, which tells more."""
        files = Files(group)
        looked = [(source, _is_page(head_of(source))) for source in sources]
        paged = {PurePosixPath(source.name).with_suffix("") for source, page in looked if page}
        return join(
            _read(source, files, is_page=page)
            for source, page in looked
            if page or PurePosixPath(source.name).with_suffix("") not in paged
        )


def _is_page(head: bytes) -> bool:
    return head.lstrip()[:200].lower().startswith((b"<html", b"<!doctype html", b"<div class"))


def _has_style(head: bytes) -> bool:
    """Whether the page starts with the exporter's own style sheet, which may fill the head."""
    return b".message_part" in head and b".bubble" in head


def _read(source: ByteSource, files: Files, *, is_page: bool) -> Export:
    met, read = Notes(), pages.messages if is_page else texts.messages
    survey = Survey().all(read(source, files, met))
    if not survey.messages + survey.system:
        raise Unreadable("holds no message; export the chat again", where=source.name)
    name = _NUMBERED.sub("", PurePosixPath(source.name).stem)
    return export(
        [source], [survey.chat("imessage", name or "iMessage", partial(read, source, files))], met.warnings(source.name)
    )
