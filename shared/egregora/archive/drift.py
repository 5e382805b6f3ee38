"""Drift: how a whole column of one export differs from another's.

A contact that was renamed between two exports, or a phone in another time zone, changes one column of every message
and leaves the others as they were. So names are compared where minute and text agree, clocks where texts do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec.structs import replace

from egregora.archive.likeness import body
from egregora.ids import HANDLE
from egregora.message import Message

VOTES = 3
"""Messages that must agree before a difference is taken for drift."""

_SURE = 0.8
"""Share of a person's comparable messages that must bear one other name."""

_QUARTER = timedelta(minutes=15)
_WIDEST = timedelta(hours=26)
"""Zones lie a multiple of a quarter of an hour apart, and at most this far."""


H = TypeVar("H", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Drift:
    """What to change in a new export to speak of people and times as the old one does."""

    shift: timedelta = timedelta()
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Author in the new export -> author in the old one."""

    def __bool__(self) -> bool:
        return bool(self.shift or self.renamed)

    def adjust(self, message: Message) -> Message:
        """The message as the old export would have it; handles that its text mentions are changed as well."""
        changes: dict[str, str] = {}
        if self.shift and message.time:
            changes["time"] = _shifted(message.time, self.shift)
        if message.author and message.author in self.renamed:
            changes["author"] = self.renamed[message.author]
        if self.renamed and "@" in message.text:
            text = HANDLE.sub(lambda found: self.renamed.get(found[0], found[0]), message.text)
            if text != message.text:
                changes["text"] = text
        return replace(message, **changes) if changes else message


def measure(old: Sequence[Message], new: Sequence[Message]) -> Drift:
    """Find the drift of `new` against `old`; a false `Drift` where there is none, or too little to tell."""
    spoken_old = [message for message in old if message.kind != "system" and message.time]
    spoken_new = [message for message in new if message.kind != "system" and message.time]
    shift = _shift(spoken_old, spoken_new)
    if shift:
        spoken_new = [Drift(shift).adjust(message) for message in spoken_new]
    return Drift(shift, _renamed(spoken_old, spoken_new))


def _shift(old: Sequence[Message], new: Sequence[Message]) -> timedelta:
    votes = Counter(_minute(o) - _minute(n) for o, n in _twins(old, new, body))
    if not votes:
        return timedelta()
    shift, count = votes.most_common(1)[0]
    plausible = abs(shift) <= _WIDEST and not shift % _QUARTER
    return shift if plausible and count >= VOTES and 2 * count > votes.total() else timedelta()


def _renamed(old: Sequence[Message], new: Sequence[Message]) -> dict[str, str]:
    votes: dict[str, Counter[str]] = {}
    for o, n in _twins(old, new, lambda message: ((message.time or "")[:16], body(message))):
        if o.author and n.author:
            votes.setdefault(n.author, Counter())[o.author] += 1
    renamed: dict[str, str] = {}
    for author, names in votes.items():
        name, count = names.most_common(1)[0]
        if name != author and count >= VOTES and count >= _SURE * names.total():
            renamed[author] = name
    return renamed


def _twins(
    old: Sequence[Message], new: Sequence[Message], column: Callable[[Message], H]
) -> list[tuple[Message, Message]]:
    """Messages that are the only ones of their export with a value of `column` that both exports hold once."""
    there, here = _singles(old, column), _singles(new, column)
    return [(there[value], message) for value, message in here.items() if value in there]


def _singles(messages: Sequence[Message], column: Callable[[Message], H]) -> dict[H, Message]:
    values = [column(message) for message in messages]
    counts = Counter(values)
    return {value: message for value, message in zip(values, messages, strict=True) if counts[value] == 1}


def _minute(message: Message) -> datetime:
    return datetime.fromisoformat((message.time or "")[:16])


def _shifted(time: str, shift: timedelta) -> str:
    """Move a time, leaving its precision and its mark as they are written."""
    return (datetime.fromisoformat(time[:16]) + shift).isoformat(timespec="minutes") + time[16:]
