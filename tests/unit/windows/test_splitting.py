"""Two halves are the whole, and halving ends."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from egregora.archive.slices import Slice
from egregora.errors import Reject
from egregora.ids import Partition, SourceId
from egregora.message import Message
from egregora.windows.pauses import pause
from egregora.windows.segments import join
from egregora.windows.splitting import FLOOR, split
from egregora.windows.weight import weigh, weight
from talks import partitions, said


def of(messages: list[Message]) -> Slice:
    return Slice(SourceId("club"), Partition("2023-05"), (Message(text="earlier"),), tuple(messages))


def halves(piece: Slice) -> list[Slice]:
    """All leaves of splitting until nothing can be split."""
    try:
        first, second = split(piece, context=100)
    except Reject:
        return [piece]
    return halves(first) + halves(second)


@given(partitions(), st.integers(0, 500))
def test_two_halves_hold_what_the_whole_held(messages: list[Message], context: int) -> None:
    assume(len(messages) > 1)
    whole = of(messages)
    first, second = split(whole, context=context)
    assert first.messages
    assert second.messages
    assert join(first.messages + second.messages) == join(whole.messages)
    assert first.context == whole.context
    before = (*whole.context, *first.messages)
    assert second.context == before[len(before) - len(second.context) :]
    assert weigh(second.context) <= context
    assert {(half.source, half.partition) for half in (first, second)} == {(whole.source, whole.partition)}
    assert split(whole, context=context) == (first, second)


@settings(max_examples=40)
@given(partitions())
def test_splitting_ends_and_loses_nothing(messages: list[Message]) -> None:
    assume(messages)
    leaves = halves(of(messages))
    assert join(message for leaf in leaves for message in leaf.messages) == messages
    assert all(len(leaf.messages) == 1 and len(leaf.messages[0].text.encode()) < FLOOR for leaf in leaves)


@example([said(0, "Ana", "x" * length) for length in (10, 10, 11)])
@example([said(0, "Ana", "x" * length) for length in (11, 10, 10)])
@example([said(minute, "Ana", "x") for minute in (0, 1, 5, 9)])
@example([said(minute, "Ana", "x") for minute in (0, 2, 3, 4)])
@example([said(minute, "Ana", "x") for minute in (0, 1, 2, 4)])
@example([said(minute, "Ana", "x") for minute in (0, 1, 60, *range(61, 68))])
@example([said(minute, "Ana", "x") for minute in (*range(8), 60, 61)])
@example([said(0, "Ana", "x" * length) for length in (10, 900, 1)])
@given(partitions())
def test_of_the_places_with_a_quarter_on_either_side_the_largest_pause_is_taken_else_the_one_nearest_the_middle(
    messages: list[Message],
) -> None:
    assume(len(messages) > 1)

    def rank(place: int) -> tuple[bool, float, int, int]:
        before, after = weigh(messages[:place]), weigh(messages[place:])
        near = 3 * min(before, after) >= max(before, after)
        return (not near, -pause(*messages[place - 1 : place + 1]) if near else 0, abs(before - after), place)

    first, _ = split(of(messages), context=0)
    assert len(first.messages) == min(range(1, len(messages)), key=rank)


def test_a_slice_is_cut_at_the_largest_pause_near_its_middle() -> None:
    minutes = [0, 100, 101, 102, 103, 104, 110, 111, 112, 113]
    first, _ = split(of([said(minute, "Ana", "hello") for minute in minutes]), context=0)
    assert len(first.messages) == 6


def test_a_large_message_is_parted_from_small_ones_before_it_is_cut() -> None:
    messages = [said(0, "Ana", "x"), said(1, "Ana", "word " * 900), said(2, "Ana", "y")]
    first, second = split(of(messages), context=0)
    assert sorted([len(first.messages), len(second.messages)]) == [1, 2]


def test_one_message_is_cut_near_its_middle_with_its_start_as_context() -> None:
    first, second = split(of([said(0, "Ana", "word " * 100)]), context=1000)
    assert abs(weight(first.messages[0]) - weight(second.messages[0])) <= 10
    assert second.context[-1] == first.messages[0]


def test_below_the_floor_a_message_is_not_cut() -> None:
    with pytest.raises(Reject, match=r"^split floor$"):
        split(of([said(0, "Ana", "x" * (FLOOR - 1))]), context=0)
    split(of([said(0, "Ana", "x" * FLOOR)]), context=0)
