"""Where in the calendar a message lies."""

from __future__ import annotations

import pytest

from egregora.archive.partition import ALL, UNDATED, PartitionKind, kind_of, runs
from egregora.ids import Partition
from egregora.message import Message

DAYS = [None, "2023-12-31", None, "2024-01-01", "2024-01-31", "2024-02-01", "2024-01-31", None]
MESSAGES = [Message(time=f"{day}T10:00:00" if day else None, text=str(place)) for place, day in enumerate(DAYS)]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("month", [("undated", "0"), ("2023-12", "12"), ("2024-01", "34"), ("2024-02", "5"), ("2024-01", "67")]),
        ("year", [("undated", "0"), ("2023", "12"), ("2024", "34567")]),
        ("all", [("all", "01234567")]),
    ],
)
def test_runs_are_of_one_partition_each(kind: PartitionKind, expected: list[tuple[str, str]]) -> None:
    assert [(name, "".join(m.text for m in run)) for name, run in runs(MESSAGES, kind)] == expected


def test_the_first_message_without_a_time_belongs_with_what_came_before() -> None:
    assert list(runs(MESSAGES[:1], "month", Partition("2023-11"))) == [("2023-11", MESSAGES[:1])]


def test_of_nothing_there_are_no_runs_by_the_calendar() -> None:
    assert list(runs([], "month")) == []


@pytest.mark.parametrize(
    ("partition", "kind"), [(UNDATED, None), (ALL, "all"), (Partition("2024-03"), "month"), (Partition("2024"), "year")]
)
def test_a_partition_tells_its_kind(partition: Partition, kind: PartitionKind | None) -> None:
    assert kind_of(partition) == kind
