"""Packing: a partition's messages into slices, greedily from its start.

Where a window ends depends only on messages up to the first one that no longer fits it. So when messages are appended
to a partition, **all windows but the last stay as they are**, digest and all; no tighter law holds, for the last
window either takes the new messages in or is cut anew at a pause near its end.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate

from egregora.archive.partition import PartitionKind
from egregora.archive.slices import Slice
from egregora.ids import Partition, SourceId
from egregora.message import Message
from egregora.settings import WindowSettings
from egregora.windows.pauses import WITHIN, leading, pause
from egregora.windows.segments import cut
from egregora.windows.weight import weights

BYTES_PER_TOKEN = 4

_NEAR_END = 0.75
"""A pause past this part of the budget may end a window."""


def pack(
    messages: Sequence[Message], *, source: SourceId, partition: Partition, settings: WindowSettings
) -> list[Slice]:
    """Pack a partition's messages, in their order, into slices that weigh at most `settings.tokens` times 4 bytes.

    A message that weighs more is cut into segments first. Context does not count towards the budget.
    """
    budget = settings.tokens * BYTES_PER_TOKEN
    pieces, weighed = messages, weights(messages)
    if max(weighed, default=0) > budget:
        pieces = [piece for message in messages for piece in cut(message, budget)]
        weighed = weights(pieces)
    sums = list(accumulate(weighed, initial=0))
    bound = _bound(pieces, settings)
    slices: list[Slice] = []
    start = 0
    while start < len(pieces):
        end = _end(pieces, sums, start, bound(start), budget)
        slices.append(Slice(source, partition, leading(pieces, start, settings.context), tuple(pieces[start:end])))
        start = end
    return slices


def _end(pieces: Sequence[Message], sums: Sequence[int], start: int, bound: int, budget: int) -> int:
    """Where the window from `start` ends: at `bound` if all till there fits, else at the largest pause near the end."""
    full = bisect_right(sums, sums[start] + budget) - 1
    if full >= bound:
        return bound
    near = bisect_left(sums, sums[start] + budget * _NEAR_END)
    pauses = map(pause, pieces[near - 1 : full], pieces[near : full + 1])
    return max(zip(pauses, range(near, full + 1), strict=True), default=(WITHIN, full))[1]


def _bound(pieces: Sequence[Message], settings: WindowSettings) -> Callable[[int], int]:
    """By the start of a window: the end that the strategy sets to it, whatever the budget."""
    if settings.strategy == "bytes":
        return lambda start: len(pieces)
    if settings.strategy == "messages":
        return lambda start: min(start + settings.size, len(pieces))
    changes = list(_changes(pieces, settings))
    return lambda start: changes[bisect_right(changes, start)]


def _changes(pieces: Sequence[Message], settings: WindowSettings) -> Iterator[int]:
    """Where a new span of hours or days begins, and the end of all.

    Spans are counted from the start of the partition's calendar. A message that is late or has no time stays with
    those it was delivered among.
    """
    width = settings.size * (_HOUR if settings.strategy == "hours" else _DAY)
    latest = -1
    for place, piece in enumerate(pieces):
        span = int(_since_start(piece.time, settings.partition) // width) if piece.time else latest
        if span > latest:
            latest = span
            yield place
    yield len(pieces)


_HOUR, _DAY = 3600.0, 86400.0


def _since_start(time: str, partition: PartitionKind) -> float:
    """Seconds from the start of the month, of the year, or of the calendar's first day, which was a Monday."""
    moment = datetime.fromisoformat(time).replace(tzinfo=UTC)
    year, month = (1, 1) if partition == "all" else (moment.year, moment.month if partition == "month" else 1)
    return (moment - datetime(year, month, 1, tzinfo=UTC)).total_seconds()
