"""Mailing lists: mbox files, as list archives and mail programs write them, and folders of single messages (.eml)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message as Letter
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime
from itertools import chain
from pathlib import PurePosixPath
from typing import Final, Literal

from egregora.errors import Unreadable
from egregora.ids import slug
from egregora.ingest import ByteSource, Export, Warning, instants, join  # noqa: A004
from egregora.ingest.container import head_of
from egregora.ingest.limits import MiB
from egregora.ingest.markup import plain
from egregora.ingest.survey import Survey, export
from egregora.message import Attachment, Message

_HEADER: Final = rb"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*+)"
_BOX = re.compile(rb"From [^\n]{1,200}\n" + _HEADER, re.IGNORECASE)
_LETTER = re.compile(rb"(?:" + _HEADER + rb"){3}")
_NEEDED = (re.compile(rb"^From:", re.MULTILINE | re.IGNORECASE), re.compile(rb"^Date:", re.MULTILINE | re.IGNORECASE))
_SEPARATOR = re.compile(rb"\n\r?\n(?=From [^\n]{3,200}\d{4})")
_BLOCK = 256 * 1024
_LONGEST = 4 * MiB
_WIDEST = 20_000
"""Characters of a header; no program writes more."""

_EDGE = 512
"""Bytes in which the line that starts a letter lies whole."""

_ID = re.compile(r"<([^<>\s]{1,500})>")
_LIST = re.compile(r"<([^<>\s]{1,200})>")
_REPLY = re.compile(r"(?:re|aw|sv|odp|fwd?)\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mail:
    """Reads mail; `now` is when."""

    now: datetime
    format: Literal["mail"] = "mail"

    def detect(self, source: ByteSource, head: bytes) -> float:
        """By the line that starts every message of a box, or by the header of a letter."""
        head = head.replace(b"\r\n", b"\n")
        start = head.partition(b"\n\n")[0]
        if not all(needed.search(start) for needed in _NEEDED):
            return 0.0
        return 0.9 if _BOX.match(head) or _LETTER.match(head) else 0.0

    def read(self, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
        """One chat for each box, and one for all single letters."""
        boxes, letters = [], []
        for source in sources:
            if head_of(source).startswith(b"From "):
                boxes.append(_Box([source]))
            else:
                letters.append(source)
        return join(box.export() for box in [*boxes, *([_Box(letters)] if letters else [])])


@dataclass(slots=True)
class _Box:
    """One box, or letters that make one."""

    sources: Sequence[ByteSource]
    lists: Counter[str] = field(default_factory=Counter)

    def export(self) -> Export:
        """Survey it."""
        dates = {id(source): "" for source in self.sources}
        survey = Survey()
        undated = 0
        for source in self.sources:
            for letter in _letters(source):
                self.lists[_header(letter, "List-Id")] += 1
                message = _message(letter)
                survey.add(message)
                undated += message.time is None
                dates[id(source)] = dates[id(source)] or message.time or ""
        if not survey.messages:
            raise Unreadable("holds no letters", where=self.sources[0].name)
        if len(self.sources) > 1:
            self.sources = sorted(self.sources, key=lambda source: dates[id(source)])
            survey.first, survey.last = min(filter(None, dates.values()), default=None), max(dates.values()) or None
        listed = self.lists.most_common(1)[0][0]
        address = _LIST.search(listed)
        path = PurePosixPath(self.sources[0].name)
        name = listed.partition("<")[0].strip(' "') or (path.stem if len(self.sources) == 1 else path.parent.name)
        chat = survey.chat("mail", name or path.stem, self.messages, id=slug(address[1]) if address else "")
        warning = Warning("no_date", undated, "letters without a date that can be read", self.sources[0].name)
        return export(self.sources, [chat], [warning] if undated else [])

    def messages(self) -> Iterator[Message]:
        """Every letter."""
        return map(_message, chain.from_iterable(map(_letters, self.sources)))


def _letters(source: ByteSource) -> Iterator[Letter]:
    """The letters in a file. Of one that is very large only the beginning is read: what follows is files, not words."""
    start = rest = b""
    with source.open() as file:
        while block := file.read(_BLOCK):
            *whole, rest = _SEPARATOR.split(rest + block)
            for raw in whole:
                yield _parsed(start or raw)
                start = b""
            if len(rest) > _LONGEST:
                start, rest = start or rest[:_LONGEST], rest[-_EDGE:]
    if start or rest.strip():
        yield _parsed(start or rest)


def _parsed(raw: bytes) -> Letter:
    parser = BytesParser(policy=policy.compat32)
    try:
        return parser.parsebytes(raw)
    except RecursionError:  # letters within letters without end
        return parser.parsebytes(raw, headersonly=True)


def _message(letter: Letter) -> Message:
    name, address = parseaddr(_header(letter, "From"))
    own = _ID.search(_header(letter, "Message-ID"))
    answered = _ID.findall(_header(letter, "In-Reply-To"))
    before = _ID.findall(_header(letter, "References")) or answered
    text, attachments = _content(letter)
    subject = _header(letter, "Subject")
    if subject and not before and not _REPLY.match(subject):
        text = f"{subject}\n\n{text}".strip()
    number = own[1] if own else ""
    return Message(
        id=number,
        time=_time(_header(letter, "Date")),
        author=name or address or None,
        author_id=address.casefold() or None,
        kind="attachment" if attachments else "text" if text else "empty",
        text=text,
        attachments=attachments,
        reply_to=answered[0] if answered else before[-1] if before else None,
        thread=(before[0] if before else number) or None,
    )


def _content(letter: Letter) -> tuple[str, tuple[Attachment, ...]]:
    """The words, in plain text where there is any, and the files."""
    words: dict[str, str] = {}
    attachments = []
    for part in letter.walk():
        if part.is_multipart():
            continue
        name = part.get_filename()
        if name:
            attachments.append(Attachment(PurePosixPath(_decoded(name)).name or "file", present=True))
        elif part.get_content_maintype() == "text":
            words.setdefault(part.get_content_subtype(), _words(part))
    text = words.get("plain") or plain(words.get("html", ""))
    return text.strip().replace("\r\n", "\n"), tuple(attachments)


def _words(part: Letter) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, MessageError, ValueError):
        return payload.decode("utf-8", "replace")


def _header(letter: Letter, name: str) -> str:
    return _decoded(str(letter.get(name, ""))[:_WIDEST])


def _decoded(value: str) -> str:
    """A header's words, on one line and of any alphabet."""
    with suppress(LookupError, MessageError, ValueError):  # as it stands where it is not what it says
        value = str(make_header(decode_header(value)))
    return " ".join(value.encode(errors="replace").decode().split())


def _time(date: str) -> str | None:
    """The instant of a date; one without a zone that is known stands for UTC, as the standard has it."""
    try:
        moment = parsedate_to_datetime(date)
        return instants.iso(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
