"""Packing keeps every message, the budget, and all windows but the last."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from egregora.archive.identity import identify
from egregora.archive.slices import Slice
from egregora.ids import Partition, SourceId
from egregora.message import Message
from egregora.settings import WindowSettings
from egregora.windows.packing import pack
from egregora.windows.segments import join
from egregora.windows.weight import weigh
from talks import partitions, said

SETTINGS = st.builds(
    WindowSettings,
    strategy=st.sampled_from(["bytes", "hours", "days", "messages"]),
    partition=st.sampled_from(["month", "year", "all"]),
    tokens=st.integers(256, 600),
    size=st.integers(1, 9),
    context=st.integers(0, 400),
)


def packed(messages: list[Message], settings: WindowSettings) -> list[Slice]:
    return pack(messages, source=SourceId("club"), partition=Partition("2023-05"), settings=settings)


@given(partitions(), SETTINGS)
def test_every_message_lies_in_one_window_in_order_within_the_budget(
    messages: list[Message], settings: WindowSettings
) -> None:
    slices = packed(messages, settings)
    assert join(message for piece in slices for message in piece.messages) == messages
    assert all(0 < weigh(piece.messages) <= settings.tokens * 4 for piece in slices)
    assert {(piece.source, piece.partition) for piece in slices} <= {("club", "2023-05")}


@given(partitions(), SETTINGS)
def test_context_is_what_comes_right_before(messages: list[Message], settings: WindowSettings) -> None:
    before: list[Message] = []
    for piece in packed(messages, settings):
        assert weigh(piece.context) <= settings.context
        assert list(piece.context) == before[len(before) - len(piece.context) :]
        left = len(before) - len(piece.context)
        assert left == 0 or weigh(before[left - 1 :]) > settings.context
        before += piece.messages


@given(partitions(), SETTINGS, st.data())
def test_appending_changes_no_window_but_the_last(
    messages: list[Message], settings: WindowSettings, data: st.DataObject
) -> None:
    shorter = packed(messages[: data.draw(st.integers(0, len(messages)))], settings)
    longer = packed(messages, settings)
    assert longer[: max(0, len(shorter) - 1)] == shorter[:-1]


def test_windows_of_bytes_are_filled_whatever_the_calendar_says() -> None:
    messages = [said(day * 24 * 60, "Ana", "hello") for day in range(40)]
    [piece] = packed(messages, WindowSettings(tokens=512, partition="all"))
    assert len(piece.messages) == 40


@pytest.mark.parametrize(
    ("minutes", "count"),
    [
        ([*range(10), *range(60, 90)], 18),  # the first pause comes before three quarters of the budget
        ([*range(13), *range(60, 90)], 18),
        ([*range(14), *range(60, 90)], 14),
        ([*range(16), *range(20, 30), *range(60, 90)], 16),
        ([*range(18), *range(60, 90)], 18),
        ([*range(19), *range(60, 90)], 18),
    ],
)
def test_a_pause_past_three_quarters_of_the_budget_ends_a_window_else_all_that_fits(
    minutes: list[int], count: int
) -> None:
    messages = [said(minute, "Ana", "x" * 15) for minute in minutes]
    assert len(packed(messages, WindowSettings(tokens=256))[0].messages) == count


def test_a_large_message_may_be_a_window_of_its_own() -> None:
    messages = [said(0, "Ana", "x" * 900), *(said(minute, "Ana", "x") for minute in (60, 61, 62))]
    assert [len(piece.messages) for piece in packed(messages, WindowSettings(tokens=256))] == [1, 3]


def test_a_window_ends_at_the_largest_pause_near_its_end() -> None:
    times = [*range(20), *range(60, 80)]
    messages = [said(minute, "Ana", "x" * 8) for minute in times]
    first, second = packed(messages, WindowSettings(tokens=256))
    assert (len(first.messages), len(second.messages)) == (20, 20)


@pytest.mark.parametrize(
    ("strategy", "size", "counts"),
    [("hours", 1, [57, 60, 60, 23]), ("hours", 6, [117, 83]), ("days", 1, [200]), ("messages", 150, [150, 50])],
)
def test_windows_span_what_the_strategy_says(
    strategy: Literal["hours", "days", "messages"], size: int, counts: list[int]
) -> None:
    messages = [said(minute, "Ana", "hello") for minute in range(200)]
    slices = packed(messages, WindowSettings(strategy=strategy, size=size))
    assert [len(piece.messages) for piece in slices] == counts


def test_a_late_delivery_stays_among_those_it_came_with() -> None:
    messages = [said(minute, "Ana", "hello") for minute in (0, 70, 5, 75)]
    slices = packed(messages, WindowSettings(strategy="hours"))
    assert [len(piece.messages) for piece in slices] == [1, 3]


@pytest.mark.parametrize(
    ("partition", "days"),
    [
        ("month", ["01", "08", "15", "22"]),
        ("year", ["01", "05", "12", "19", "26"]),
        ("all", ["01", "06", "13", "20", "27"]),
    ],
)
def test_weeks_are_counted_from_the_first_of_the_month_or_year_or_from_a_monday(
    partition: Literal["month", "year", "all"], days: list[str]
) -> None:
    messages = [replace(said(0, "Ana", "x"), time=f"2023-02-{day:02d}T10:00:00") for day in range(1, 29)]
    slices = packed(messages, WindowSettings(strategy="days", size=7, partition=partition))
    assert [(piece.messages[0].time or "")[8:10] for piece in slices] == days


def test_packing_is_the_same_every_time() -> None:
    messages = identify([said(minute, "Ana", "hello " * 9) for minute in range(200)])
    digests = [piece.digest for piece in packed(messages, WindowSettings(tokens=512))]
    assert digests == [piece.digest for piece in packed(messages, WindowSettings(tokens=512))]
    assert all(first != second for first, second in pairwise(digests))
