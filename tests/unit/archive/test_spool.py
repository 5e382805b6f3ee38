"""A spool gives back what it took, by partition and in order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.archive.partition import UNDATED
from egregora.archive.spool import Spool
from egregora.ids import Partition
from egregora.message import Message

TIMES = st.none() | st.dates().map(lambda day: f"{day.isoformat()}T10:00:00")


@given(st.lists(st.tuples(st.sampled_from(["2024-01", "undated", "2023-12"]), TIMES), max_size=60))
def test_every_message_comes_back_once_in_its_partition_and_order(told: list[tuple[str, str | None]]) -> None:
    spool, added = Spool(), dict[Partition, list[Message]]()
    for number, (name, time) in enumerate(told):
        message = Message(time=time, text=str(number))
        spool.add(Partition(name), [message])
        added.setdefault(Partition(name), []).append(message)
    assert {partition: spool.messages(partition) for partition in spool.partitions()} == added
    assert spool.partitions() == [name for name in ("undated", "2023-12", "2024-01") if name in added]


def test_there_is_nothing_in_a_partition_that_is_not_there() -> None:
    assert Spool().messages(UNDATED) == Spool().take(UNDATED) == []


def talk(count: int, width: int) -> Iterator[tuple[Partition, Message]]:
    for place in range(count):
        yield Partition(str(2000 + place % width)), Message(text=f"text {place}")


@pytest.mark.parametrize("width", [1, 40])
def test_many_messages_over_many_partitions_come_back(width: int) -> None:
    spool, added = Spool(), dict[Partition, list[Message]]()
    for partition, message in talk(20_000, width):
        spool.add(partition, [message])
        added.setdefault(partition, []).append(message)
    assert {partition: spool.messages(partition) for partition in spool.partitions()} == added


def test_what_is_taken_is_held_no_longer() -> None:
    spool = Spool()
    for partition, message in talk(3_000, 2):
        spool.add(partition, [message])
    first, second = spool.partitions()
    whole = spool.messages(first)
    assert spool.take(first) == whole
    assert (spool.partitions(), spool.messages(first)) == ([second], [])


@pytest.mark.slow
def test_more_than_is_held_as_it_is_comes_back_too() -> None:
    spool, long = Spool(), "x" * 100_000
    for place in range(2_100):
        spool.add(UNDATED, [Message(text=f"{place} {long}")])
    assert [message.text.partition(" ")[0] for message in spool.take(UNDATED)] == list(map(str, range(2_100)))
