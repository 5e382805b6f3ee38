"""The messages of a block of text as columns: what both passes work on, and what the first keeps for the second."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from egregora.ingest.whatsapp import kinds
from egregora.ingest.whatsapp.pattern import Cut, Missed, Patterns
from egregora.ingest.whatsapp.stamps import minute_reader
from egregora.ingest.whatsapp.text import LABEL_MARK

_T = TypeVar("_T")
_LABEL = LABEL_MARK.encode()
_MOST_TIMES = 100_000
_BYTES = 256

NO_PREFIX = 0
"""The number of a prefix that is empty."""


def places(values: Sequence[_T], value: _T) -> Iterator[int]:
    """Where a value stands among others; quick where it is rare."""
    place = -1
    try:
        while True:
            yield (place := values.index(value, place + 1))
    except ValueError:
        return


@dataclass(frozen=True, slots=True)
class Columns:
    """The messages that begin in a block, in tuples of values, which the garbage collector does not look at for long.

    `days` are runs of one day: its number among the `Values`, and how many messages. `times` are ISO 8601, `prefixes`
    numbers among the values, in bytes while they are as small. `bodies` are UTF-8, with a CR before and after each,
    which no line holds. Only messages at `doubtful` may be more than somebody's text.
    """

    days: tuple[tuple[int, int], ...]
    times: tuple[str, ...]
    prefixes: bytes | tuple[int, ...]
    bodies: bytes
    doubtful: tuple[int, ...]

    @property
    def size(self) -> int:
        """Bytes that it takes up, about."""
        return len(self.bodies) + 16 * len(self.times) + 40 * len(self.doubtful) + 100 * len(self.days) + 500

    def marked(self, marks: bytes) -> Iterator[int]:
        """Messages whose prefix has a mark that is not 0; `marks` are those of all prefixes, by number."""
        if isinstance(self.prefixes, bytes):
            found = self.prefixes.translate(marks.ljust(_BYTES, b"\0"))
        else:
            found = bytes(map(marks.__getitem__, self.prefixes))
        return places(found, 1)

    def texts(self) -> list[str]:
        """The bodies, one by one."""
        return self.bodies.decode().split("\r")[1:-1]


class Room:
    """Bytes of text that may be kept from the first pass to the second, over all files of an upload."""

    def __init__(self, left: int = 64 * 1024 * 1024) -> None:
        self.left = left


class Kept:
    """The columns of a file's first messages, as far as there is room; `more` is the number of the block that follows.

    None where there is none to follow.
    """

    def __init__(self, room: Room) -> None:
        self.columns: list[Columns] = []
        self.more: int | None = None
        self._room = room

    def add(self, number: int, columns: Columns) -> None:
        """Keep the columns of a block if there is room, and those of all before it were kept."""
        if self.more is None:
            size = columns.size
            if size <= self._room.left:
                self._room.left -= size
                self.columns.append(columns)
            else:
                self.more = number


class Numbered(dict[bytes, int]):
    """Distinct values, numbered from 0 as they appear. Raises `Missed` on one that does not fit a pattern, if given."""

    def __init__(self, values: dict[bytes, int] | None = None, held_to: re.Pattern[str] | None = None) -> None:
        super().__init__(values or {})
        self._held_to = held_to

    def __missing__(self, value: bytes) -> int:
        _decoded(value, self._held_to)
        self[value] = number = len(self)
        return number


class _Times(dict[bytes, str]):
    """ISO 8601 by the part of a header that tells the time, read when its minute is first met.

    A minute's texts lie side by side in memory, where those of messages that follow each other are met together.
    Raises `Missed` on one that does not fit a pattern, if given.
    """

    def __init__(self, pattern: re.Pattern[str], held_to: re.Pattern[str] | None) -> None:
        super().__init__()
        self._read = minute_reader(pattern)
        self._held_to = held_to

    def __missing__(self, value: bytes) -> str:
        if len(self) > _MOST_TIMES:
            self.clear()
        minute = self._read(_decoded(value, self._held_to))
        self.update((text.encode(), time) for text, time in minute.items())
        return self[value]


def _decoded(value: bytes, held_to: re.Pattern[str] | None) -> str:
    text = value.decode()
    if held_to and not held_to.fullmatch(text):
        raise Missed
    return text


class Values:
    """What the messages of a file have in common: its cut, its times, and its days and prefixes as they stand there.

    `labels` says that authors may write notices, after a mark.
    """

    def __init__(self, patterns: Patterns, cut: Cut) -> None:
        self.labels = patterns.labels
        self.cut = cut
        self.days = Numbered(held_to=patterns.date if cut.wider else None)
        self.prefixes = Numbered({b"": NO_PREFIX})
        self.times = _Times(patterns.time, patterns.time if cut.wider else None)

    def columns(self, parts: list[bytes]) -> tuple[Columns, list[bytes]]:
        """Make columns of what a block was cut into; the bodies one by one as well.

        Raises what `Cut.check` does.
        """
        cut = self.cut
        bodies = parts[cut.text :: cut.step]
        joined = b"\r".join((b"", *bodies, b""))
        cut.check(joined)
        doubtful = kinds.doubtful(joined)
        if not all(bodies):
            doubtful += places(bodies, b"")
        if self.labels and joined.count(_LABEL) > sum(bodies[place].count(_LABEL) for place in doubtful):
            doubtful += (place for place, body in enumerate(bodies) if _LABEL in body)
        prefixes = tuple(map(self.prefixes.__getitem__, parts[cut.prefix :: cut.step]))
        columns = Columns(
            days=tuple((self.days[day], len(list(run))) for day, run in groupby(parts[cut.date :: cut.step])),
            times=tuple(map(self.times.__getitem__, parts[cut.time :: cut.step])),
            prefixes=bytes(prefixes) if len(self.prefixes) <= _BYTES else prefixes,
            bodies=joined,
            doubtful=tuple(sorted(set(doubtful))),
        )
        return columns, bodies
