"""Partitions: the stretch of the calendar that a message lies in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress, count, pairwise
from operator import ne
from typing import Literal

from egregora.ids import Partition
from egregora.message import Message

PartitionKind = Literal["month", "year", "all"]

ALL = Partition("all")
UNDATED = Partition("undated")

_DIGITS: dict[PartitionKind, int] = {"month": len("2024-03"), "year": len("2024")}


def kind_of(partition: Partition) -> PartitionKind | None:
    """The kind that gives such a partition; None for `UNDATED`, which every kind by the calendar gives."""
    if partition == UNDATED:
        return None
    return "all" if partition == ALL else "month" if len(partition) == _DIGITS["month"] else "year"


def runs(
    messages: Sequence[Message], kind: PartitionKind, previous: Partition = UNDATED
) -> Iterator[tuple[Partition, Sequence[Message]]]:
    """Cut `messages` into runs of one partition each.

    A message without a time belongs with the one before it, the first with `previous`.
    """
    if kind == "all":
        yield ALL, messages
        return
    digits, last = _DIGITS[kind], str(previous)
    times = [message.time or "" for message in messages]
    first = times[0][:digits] if times else ""
    if first and "".join(times).count(f"{first}-") == len(times):  # most stretches of an export lie in one partition
        yield Partition(first), messages
        return
    names = [last := time[:digits] or last for time in times]
    starts = compress(count(), map(ne, names, ("", *names)))
    for start, end in pairwise((*starts, len(names))):
        yield Partition(names[start]), messages[start:end]
