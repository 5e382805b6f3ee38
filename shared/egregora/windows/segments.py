"""Segments: a message too large for any window, cut into parts that fit, and put together again.

A part says which characters of the whole body it holds, so parts can be cut further without knowing of one another.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from msgspec.structs import replace

from egregora.message import Message
from egregora.windows.weight import OVERHEAD, weight

_BREAKS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"[.!?…][\"'”’»)\]]*\s+|[。！？｡]+"),
    re.compile(r"\s+"),
)
"""Paragraph, line, sentence, word: the first kind found near the wanted place is where a body is cut."""

_LONGEST = 8
"""Characters before a place in which a break that ends there may begin."""

_JOINERS = {"Mn", "Me", "Mc", "Cf", "Sk"}
"""Categories of marks, joiners and emoji modifiers, which belong to what stands before or after them."""


def cut(message: Message, budget: int) -> list[Message]:
    """Cut a message into parts of at most `budget` bytes of weight each; one that fits is returned as it is."""
    parts: list[Message] = []
    room = max(1, budget - OVERHEAD)
    rest = message
    while weight(rest) > budget and (end := _fitting(rest.text, room)) < len(rest.text):
        part, rest = _parted(rest, _place(rest.text, end // 2 + 1, end, end))
        parts.append(part)
    return [*parts, rest]


def halve(message: Message) -> tuple[Message, Message]:
    """Cut a message of two or more characters into two parts near the middle of its body."""
    length = len(message.text)
    return _parted(message, _place(message.text, max(1, length // 4), max(1, length * 3 // 4), length // 2))


def join(messages: Iterable[Message]) -> list[Message]:
    """Put neighbouring parts of one message together again, and leave everything else as it is."""
    joined: list[Message] = []
    run: list[Message] = []
    for message in messages:
        if run and not _continues(run[-1], message):
            joined.append(_whole(run))
            run = []
        if message.segment:
            run.append(message)
        else:
            joined.append(message)
    if run:
        joined.append(_whole(run))
    return joined


def _continues(before: Message, after: Message) -> bool:
    if not (before.segment and after.segment):
        return False
    same = before.id == after.id and before.author == after.author and before.time == after.time
    return same and before.segment[1:] == (after.segment[0], after.segment[2])


def _whole(run: list[Message]) -> Message:
    first, last = run[0].segment, run[-1].segment
    if not (first and last):
        return run[0]
    span = (first[0], last[1], first[2])
    complete = span[0] == 0 and span[1] == span[2]
    return replace(run[0], text="".join(part.text for part in run), segment=None if complete else span)


def _parted(message: Message, at: int) -> tuple[Message, Message]:
    start, end, length = message.segment or (0, len(message.text), len(message.text))
    head = replace(message, text=message.text[:at], segment=(start, start + at, length))
    tail = replace(message, text=message.text[at:], segment=(start + at, end, length), attachments=(), reactions=())
    return head, tail


def _fitting(text: str, room: int) -> int:
    """How many characters of `text` fit into `room` bytes, at least one."""
    return max(1, len(text[:room].encode()[:room].decode(errors="ignore")))


def _place(text: str, low: int, high: int, wanted: int) -> int:
    """The best place to cut between `low` and `high`: the kindest break, nearest to `wanted`."""
    for kind in _BREAKS:
        ends = [
            end for match in kind.finditer(text, max(0, low - _LONGEST), high) if low <= (end := match.end()) <= high
        ]
        if ends := [end for end in ends if _apart(text, end)]:
            return min(ends, key=lambda end: (abs(end - wanted), end))
    span = range(max(low, 1), min(high, len(text) - 1) + 1)
    for place in sorted(span, key=lambda place: (abs(place - wanted), place))[:_REACH]:
        if _apart(text, place):
            return place
    return wanted


_REACH = 512
"""Characters looked at for one that does not belong to its neighbour; a longer chain of marks is cut regardless."""


def _apart(text: str, place: int) -> bool:
    """Whether the characters around `place` certainly belong to different graphemes."""
    if not 0 < place < len(text):
        return True
    before, after = text[place - 1], text[place]
    if before.isascii() and after.isascii():
        return not (before == "\r" and after == "\n")
    joined = unicodedata.category(after) in _JOINERS or unicodedata.category(before) == "Cf"
    # A virama binds the next consonant, flags are pairs of letters, and Hangul may be spelt in its parts.
    virama = unicodedata.combining(before) == 9
    flags = all("\U0001f1e6" <= c <= "\U0001f1ff" for c in (before, after))
    hangul = all(
        "\u1100" <= c <= "\u11ff" or "\ua960" <= c <= "\ua97f" or "\uac00" <= c <= "\ud7ff" for c in (before, after)
    )
    return not (joined or virama or flags or (hangul and "\u1160" <= after <= "\u11ff"))
