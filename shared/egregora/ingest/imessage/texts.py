"""Texts: blocks of a time, a sender and a body, parted by blank lines.

A reply stands indented below what it answers, and again at its own place: only there it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from egregora.ingest import ByteSource
from egregora.ingest.attachments import Files
from egregora.ingest.imessage.wording import STAMP, Draft, reaction, time_of
from egregora.ingest.lines import LONGEST, Notes, lines, too_long
from egregora.message import Message

HEADER = re.compile(rf"{STAMP}(?: \((?:Read|Delivered) by .*\))?")
NOTICE = re.compile(rf"{STAMP} (?P<text>.+)")
_REPLY = re.compile(rf" {{4,}}{STAMP}(?: \(.*\))?")
_LISTS = frozenset({"Tapbacks:", "Reactions:"})


def messages(source: ByteSource, files: Files, met: Notes | None = None) -> Iterator[Message]:
    """Every message and notice. Raises `Unreadable` on one that is too long."""
    block: _Block | None = None
    blank = True
    for number, line in enumerate(lines(source, met), 1):
        header = (HEADER.fullmatch(line) or NOTICE.fullmatch(line)) if blank else None
        time = time_of(header) if header else None
        if header and time:
            if block:
                yield block.draft.message(files)
            block = None
            if header.re is NOTICE:
                yield Message("", time, None, "system", header["text"])
            else:
                block = _Block(Draft(time, ""))
        elif block:
            block.add(line)
            if block.size > LONGEST:
                raise too_long(source.name)
        elif met and line.strip():
            met.add("bad_lines", number)
        blank = not line
    if block:
        yield block.draft.message(files)


@dataclass(slots=True)
class _Block:
    """The lines below a time: the sender, the body, reactions, and replies that are passed over."""

    draft: Draft
    size: int = 0
    part: Literal["sender", "body", "reactions", "replies"] = "sender"

    def add(self, line: str) -> None:
        """Take in one more line."""
        self.size += len(line) + 1
        if self.part == "sender":
            self.draft.author = line.strip()
            self.part = "body"
        elif _REPLY.fullmatch(line):
            self.part = "replies"
        elif line in _LISTS:
            self.part = "reactions"
        elif self.part != "body" and (not line or (self.part == "replies" and line.startswith("    "))):
            return
        elif self.part == "reactions" and (found := reaction(line)):
            self.draft.reactions.append(found)
        else:
            self.part = "body"
            edit = NOTICE.fullmatch(line)  # the first of several versions of a text
            self.draft.lines.append(edit["text"] if edit else line)
