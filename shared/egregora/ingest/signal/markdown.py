"""``chat.md`` of signal-export: a header, a body of several lines, and marks of its own at the end.

[2023-05-13 10:00:00] Ann: text               in older versions [2023-05-13, 10:00]
(- Bob: 👍 -)   (( 😀 ))   ![a.jpg](./media/a.jpg)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from egregora.ingest import ByteSource
from egregora.ingest.attachments import Files
from egregora.ingest.instants import from_iso
from egregora.ingest.lines import LONGEST, Notes, lines, too_long
from egregora.ingest.signal.records import message_of
from egregora.message import Message

HEADER = re.compile(
    r"\[(?P<day>\d{4}-\d\d-\d\d),? (?P<clock>\d\d:\d\d(?::\d\d)?)\] (?P<sender>[^\n]{1,200}?): ?(?P<body>.*)"
)
_REACTIONS = re.compile(r"\(- (?P<all>.+) -\)\s*")
_STICKER = re.compile(r"\(\( (?P<label>.+) \)\)\s*")
_FILE = re.compile(r"!?\[([^\[\]]*)\]\((\./media/[^()]*|\.\./exported_stickers/[^()]*)\)\s*\Z")
DELETED = "(This message was deleted)"


def messages(source: ByteSource, files: Files, met: Notes | None = None) -> Iterator[Message]:
    """Every message; raises `Unreadable` on one that is too long."""
    header: re.Match[str] | None = None
    body: list[str] = []
    size = 0
    for line in lines(source, met):
        found = HEADER.fullmatch(line)
        if found:
            if header:
                yield _message(header, body, files)
            header, body, size = found, [found["body"]], len(line)
        elif header:
            body.append(line)
            size += len(line) + 1
            if size > LONGEST:
                raise too_long(source.name)
    if header:
        yield _message(header, body, files)


def _message(header: re.Match[str], body: list[str], files: Files) -> Message:
    lines = list(body)
    reactions: list[tuple[str, str]] = []
    attachments: list[str] = []
    while lines:
        last = lines[-1]
        if found := _REACTIONS.fullmatch(last):
            pairs = (one.rpartition(": ") for one in found["all"].split(", "))
            reactions = [(name, emoji) for name, _, emoji in pairs if name]
            lines.pop()
        elif (found := _FILE.search(last)) and len(attachments) < 100:
            attachments.append(found[2])
            lines[-1] = last[: found.start()]
        elif _STICKER.fullmatch(last) or last.strip() or len(lines) == 1:
            break
        else:
            lines.pop()
    return message_of(
        time=from_iso(f"{header['day']}T{header['clock']}"),
        sender=header["sender"],
        body="\n".join(lines).strip("\n").rstrip(),
        reactions=reactions,
        attachments=[files.attachment(path) for path in reversed(attachments)],
        deleted="".join(lines[:1]).rstrip() == DELETED,
    )
