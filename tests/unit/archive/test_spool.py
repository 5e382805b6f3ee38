"""A spool gives back what it took, by partition and in order."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.archive.partition import UNDATED, PartitionKind, runs
from egregora.archive.spool import Spool
from egregora.message import Message

TIMES = st.none() | st.dates().map(lambda day: f"{day.isoformat()}T10:00:00")


@given(st.lists(TIMES, max_size=60), st.sampled_from(["month", "year", "all"]))
def test_every_message_comes_back_once_in_its_partition_and_order(times: list[str | None], kind: PartitionKind) -> None:
    messages = [Message(time=time, text=str(number)) for number, time in enumerate(times)]
    spool = Spool(kind)
    spool.extend(messages)
    found = {partition: spool.messages(partition) for partition in spool.partitions()}
    assert sorted(chain.from_iterable(found.values()), key=lambda m: int(m.text)) == messages
    for partition, those in found.items():
        assert those == sorted(those, key=lambda m: int(m.text))
        dated = [message for message in those if message.time]
        assert {name for name, _ in runs(dated, kind)} <= {partition}


def test_a_message_without_time_belongs_with_the_one_before_it() -> None:
    spool = Spool("month")
    for time in (None, "2024-03-31T23:59:00", None, "2024-02-01T00:00:00", None):
        spool.add(Message(time=time))
    assert [(partition, len(spool.messages(partition))) for partition in spool.partitions()] == [
        (UNDATED, 1),
        ("2024-02", 2),
        ("2024-03", 2),
    ]


def test_there_is_nothing_in_a_partition_that_is_not_there() -> None:
    assert Spool("month").messages(UNDATED) == []


@pytest.mark.parametrize("width", [1, 40])
def test_many_messages_over_many_partitions_come_back(width: int) -> None:
    messages = [Message(time=f"{2000 + i % width}-01-01T00:00:00", text=f"text {i}") for i in range(20_000)]
    spool = Spool("month")
    spool.extend(messages)
    assert [m for p in spool.partitions() for m in spool.messages(p)] == sorted(messages, key=lambda m: m.time or "")
