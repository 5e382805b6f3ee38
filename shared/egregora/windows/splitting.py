"""Splitting: a slice that the model found too large, as two halves."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate

from egregora.archive.slices import Slice
from egregora.errors import Reject
from egregora.message import Message
from egregora.windows.pauses import leading, pause
from egregora.windows.segments import halve
from egregora.windows.weight import weight

FLOOR = 200
"""Bytes of body below which one message is not cut further: a model that takes less is no model to write with."""


def split(slice_: Slice, *, context: int) -> tuple[Slice, Slice]:
    """Cut a slice at the largest pause near its byte middle, a single message in the middle of its body.

    The first half keeps the context; the second gets up to `context` bytes of what comes before it. Splitting again
    and again ends: every half has fewer messages, or a shorter body. Raises `Reject` below the floor.
    """
    messages = slice_.messages
    if len(messages) == 1:
        if len(messages[0].text.encode()) < FLOOR:
            raise Reject("split floor")
        messages = halve(messages[0])
    at = _middle(messages) if len(messages) > 2 else 1
    before = (*slice_.context, *messages[:at])
    return (
        Slice(slice_.source, slice_.partition, slice_.context, messages[:at]),
        Slice(slice_.source, slice_.partition, leading(before, len(before), context), messages[at:]),
    )


def _middle(messages: tuple[Message, ...]) -> int:
    sums = list(accumulate(map(weight, messages), initial=0))
    total = sums[-1]

    def off(place: int) -> int:
        return abs(2 * sums[place] - total)

    inner = range(max(1, bisect_left(sums, total / 4)), min(len(messages), bisect_right(sums, total * 3 / 4)))
    if inner:
        return min(inner, key=lambda place: (-pause(messages[place - 1], messages[place]), off(place), place))
    return min(range(1, len(messages)), key=lambda place: (off(place), place))
