"""When two lines of two exports are one message.

Exports of one conversation differ in what the phones wrote: minutes or seconds, a file or a note that it was left
out, notices and marks in the phone's language. `key` is what does not differ; messages with unequal keys may still be
one where `alike` says so and their neighbours agree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from egregora.ids import HANDLE
from egregora.latin import is_latin
from egregora.message import Kind, Message

Key = tuple[str, str | None, str]
"""Minute, author and body of a message, or its platform's id, so far as phones agree on them."""

_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\r]+")
_TAIL = re.compile(r"\s*<[^<>]*>\s*$")
_COUNTER = re.compile(r"^\d{8}-(?=[A-Z])")
_DIGITS = re.compile(r"\d")
_DERIVED = re.compile(r"f[0-9a-f]{15}")

_HIDDEN = re.compile(rf"{HANDLE.pattern}|\[(?:phone|e-mail|card|iban|id|person)\]")

_ONE_BODY: dict[Kind, str] = {"media_omitted": "\0media", "attachment": "\0media", "deleted": "\0deleted"}
"""Bodies that say the same in every wording."""

_WORDED: frozenset[Kind] = frozenset({"system", "call", "location", "poll"})
"""Kinds whose bodies are worded by the phone that exported them."""


def key(message: Message) -> Key:
    """What phones agree on of a message without regard to its id."""
    return (message.time[:16] if message.time else "", message.author, body(message))


def body(message: Message) -> str:
    """A message's text without what phones add: marks of direction, outer space, a mark of editing."""
    fixed = _ONE_BODY.get(message.kind)
    if fixed is not None:
        return fixed
    text = message.text
    if message.edited:
        text = _TAIL.sub("", text)
    if is_latin(text):  # then it holds nothing to compose and no mark of direction
        return text.replace("\r", "").strip()
    return unicodedata.normalize("NFC", _MARKS.sub("", text)).strip()


def bodies(messages: Iterable[Message]) -> list[str]:
    """The `body` of each message; of plain ones at a fraction of its time."""
    return [
        text.strip()
        if m.kind == "text"
        and not m.edited
        and ((text := m.text).isascii() or is_latin(text))  # most are ASCII, which is told without a call
        and "\r" not in text
        else body(m)
        for m in messages
    ]


def is_derived(identifier: str) -> bool:
    """Whether an id was made by :mod:`egregora.archive.identity` and not by a platform."""
    return len(identifier) == 16 and _DERIVED.fullmatch(identifier) is not None


def platform_id(message: Message) -> str:
    """The platform's id of a message; empty where it has none."""
    return "" if not message.id or is_derived(message.id) else message.id


def same(old: Message, new: Message) -> bool:
    """Whether two messages are certainly alike enough to be one, if their places agree."""
    return _possible(old, new) and key(old) == key(new) and _same_file(old, new)


def alike(old: Message, new: Message) -> bool:
    """Whether two messages between the same neighbours are one that was worded, edited or deleted differently."""
    if not _possible(old, new) or (old.time or "")[:16] != (new.time or "")[:16] or not old.time:
        return False
    kinds = {old.kind, new.kind}
    if kinds == {"system"}:
        return True
    if old.author != new.author or "system" in kinds:
        return False
    if len(kinds) == 1 and old.kind in _WORDED:
        return True
    changed = "deleted" in kinds or old.edited or new.edited
    one = changed or body(old) == body(new) or hides(body(old), body(new)) or hides(body(new), body(old))
    return _same_file(old, new) and one


def hides(text: str, other: str) -> bool:
    """Whether `text` is `other` with more people or numbers hidden in it.

    Somebody who joins a group, or writes for the first time, is known from then on also in what was said before.
    """
    pieces = _HIDDEN.split(text)
    if len(pieces) == 1 or text == other:
        return False
    pattern = r"\s?.{1,80}?\s?".join(re.escape(piece.strip()) for piece in pieces)
    return re.fullmatch(rf"\s*{pattern}\s*", other, re.DOTALL) is not None


def _possible(old: Message, new: Message) -> bool:
    if old.id != new.id and platform_id(old) and platform_id(new):
        return False
    return old.time == new.time or _agree(old.time, new.time)


def _agree(old: str | None, new: str | None) -> bool:
    """Whether two times are one at the coarser of their precisions: minutes, seconds, or fractions of them."""
    if not old or not new or old[:16] != new[:16]:
        return False
    coarse, fine = sorted((old[17:].rstrip("Z"), new[17:].rstrip("Z")), key=len)
    return "00" in {coarse, fine} or fine.startswith(coarse)


def _same_file(old: Message, new: Message) -> bool:
    """False where both name a file in the same manner and the names differ."""
    if not (old.attachments and new.attachments):
        return True
    # iOS numbers files anew in each export; Android and iOS name one file differently.
    first, second = (_COUNTER.sub("", message.attachments[0].name) for message in (old, new))
    return first == second or _DIGITS.sub("0", first) != _DIGITS.sub("0", second)
