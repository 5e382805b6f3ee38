"""Partitions: the stretch of the calendar that a message lies in."""

from __future__ import annotations

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


def partition_of(message: Message, kind: PartitionKind, previous: Partition = UNDATED) -> Partition:
    """The partition of `message`; one without a time belongs to `previous`, its predecessor's."""
    if kind == "all":
        return ALL
    return Partition(message.time[: _DIGITS[kind]]) if message.time else previous
