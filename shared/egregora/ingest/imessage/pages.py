"""Pages: a ``div`` for each message, with replies inside what they answer, and again at their own place.

Only there they are read; inside, they tell what they answer, where the pages name messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from egregora.ingest import ByteSource
from egregora.ingest.attachments import Files
from egregora.ingest.imessage.wording import DELETED, STAMP, Draft, reaction, time_of
from egregora.ingest.lines import LONGEST, Notes, too_long
from egregora.ingest.markup import inline, parts
from egregora.message import Message

_START = re.compile(rb'<div class ?="(?:message|announcement)"')
_DIV = re.compile(r"<(/?)div\b[^<>]*>?")
_INSIDE_REPLY = re.compile(r'<div class="reply"[^>]{0,200}>\s*\Z')
_STAMP = re.compile(STAMP)
_TIME = re.compile(r'<span class="timestamp">\s*(?:<a [^<>]*>)?([^<]*)')
_SENDER = re.compile(r'<span class="sender">([^<]*)')
_SUBJECT = re.compile(r'<span class="subject">([^<]*)')
_GUID = re.compile(r'message-guid=([^&"<>\s]{1,100})|<div class="message" id="([^"]{1,100})"')
_PART = re.compile(r'<div class="message_part">')
_LINK = re.compile(r'<(?:img|video|audio|source|a)\b[^<>]*? (?:src|href)="(?!https?:|sms:|#|mailto:)([^"]+)"')
_LOST = re.compile(r'<span class="attachment_error">([^<]*)</span>')
_TAPBACK = re.compile(r'class="(?:reaction|tapback)">\s*(?:<span[^<>]*>)?<b>([^<]*)</b>([^<]*)')
_MOST_ANSWERS = 100_000


def messages(source: ByteSource, files: Files, met: Notes | None = None) -> Iterator[Message]:
    """Every message and notice. Raises `Unreadable` on one that is too long."""
    answers: dict[str, str] = {}
    top = ""
    inside = False
    for part in parts(source, _START, met):
        end = _end(part)
        if inside:
            if len(answers) < _MOST_ANSWERS and (guid := _guid(part[:end])) and (answered := _guid(top)):
                answers[guid] = answered
            top += part[end:]
            if len(top) > LONGEST:
                raise too_long(source.name)
        else:
            yield from _read(top, files, answers)
            top = part
        inside = bool(_INSIDE_REPLY.search(part[-300:]))
    yield from _read(top, files, answers)


def _read(part: str, files: Files, answers: dict[str, str]) -> Iterator[Message]:
    stamp = _TIME.search(part)
    found = _STAMP.search(stamp[1]) if stamp else None
    if not (stamp and found):
        return
    time = time_of(found)
    sender = _SENDER.search(part)
    if sender is None:
        yield Message("", time, None, "system", inline(part[stamp.end() : _end(part)]))
        return
    id = _guid(part) or ""  # noqa: A001 - its name
    draft = Draft(time, inline(sender[1]), id, answers.get(id))
    if '<span class="deleted">' in part:
        draft.lines.append(DELETED)
    if subject := _SUBJECT.search(part):
        draft.lines.append(inline(subject[1]))
    for inner in _inner(part):
        _add(draft, inner, files)
    draft.reactions += filter(None, (reaction(inline(what + who)) for what, who in _TAPBACK.findall(part)))
    yield draft.message(files)


def _add(draft: Draft, inner: str, files: Files) -> None:
    """Add a part of a message: a text, edited or not, or files."""
    links = _LINK.findall(inner)
    draft.attachments += (files.attachment(unescape(link).removeprefix("file://")) for link in links)
    if lost := _LOST.search(inner):
        name = inline(lost[1]).rpartition(": ")[2]
        draft.attachments += [files.attachment(name)] if name else []
    elif '<div class="edited">' in inner and "<td>" in inner:
        draft.edited = True
        draft.lines += inline(inner.rpartition("<td>")[2].partition("</td>")[0]).split("\n")
    elif not links or 'class="bubble' in inner:
        draft.lines += inline(inner).split("\n")


def _inner(part: str) -> Iterator[str]:
    """What stands in each part of a message."""
    at = 0
    while found := _PART.search(part, at):
        at = _end(part, found.start())
        yield part[found.end() : at]


def _end(text: str, start: int = 0) -> int:
    """Where the first ``div`` from `start` on is closed."""
    depth = 0
    for found in _DIV.finditer(text, start):
        depth += -1 if found[1] else 1
        if depth == 0:
            return found.end()
    return len(text)


def _guid(part: str) -> str | None:
    found = _GUID.search(part)
    return (found[1] or found[2]) if found else None
