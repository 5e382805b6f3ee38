"""What lies between two messages, what leads up to one, and what each weighs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.message import Message
from egregora.windows.pauses import WITHIN, leading, pause
from egregora.windows.segments import cut, halve
from egregora.windows.weight import OVERHEAD, weigh, weight, weights


def at(time: str | None) -> Message:
    return Message(id="1", time=time, text="hello")


@pytest.mark.parametrize(
    ("before", "after", "seconds"),
    [
        ("2024-01-01T10:00:00", "2024-01-02T10:01:30", 86490.0),
        ("2024-01-01T10:00:00.250", "2024-01-01T10:00:00.500", 0.25),
        ("2024-01-01T10:00:00", "2024-01-01T10:00:00", 0.0),
        ("2024-01-01T10:00:01", "2024-01-01T10:00:00", 0.0),
        ("2024-01-01T10:00:00", "2024-01-01T10:00:00+02:00", 0.0),
        ("2024-01-01T10:00:00", None, 0.0),
        (None, "2024-01-01T10:00:00", 0.0),
        ("2024-01-01T10:00:00.5", "2024-01-01T10:00:00Z", 0.0),
    ],
)
def test_a_pause_is_the_seconds_from_one_time_to_the_next(
    before: str | None, after: str | None, seconds: float
) -> None:
    assert pause(at(before), at(after)) == seconds


def test_there_is_no_pause_within_a_message() -> None:
    first, second, third = cut(Message(id="1", time="2024-01-01T10:00:00", text="word " * 50), OVERHEAD + 100)
    assert pause(first, second) == pause(second, third) == WITHIN
    assert pause(first, third) == pause(second, first) == 0.0


def test_parts_of_two_messages_are_as_far_apart_as_the_messages() -> None:
    first, _ = halve(Message(id="1", time="2024-01-01T10:00:00", text="word " * 50))
    whole = Message(id="2", time="2024-01-01T10:01:00", text="word " * 50)
    assert pause(first, halve(whole)[1]) == 60.0
    assert pause(first, whole) == pause(halve(Message(id="1", time="2024-01-01T10:00:00", text="ab"))[0], whole) == 60.0


def test_what_leads_up_to_a_place_may_weigh_exactly_the_limit() -> None:
    messages = [Message(text="x" * length) for length in (5, 6, 7, 8)]
    limit = weigh(messages[1:3])
    assert leading(messages, 3, limit) == tuple(messages[1:3])
    assert leading(messages, 3, limit - 1) == tuple(messages[2:3])
    assert leading(messages, 3, 10_000) == tuple(messages[:3])


@given(st.lists(st.text(max_size=20), max_size=5))
def test_a_message_weighs_its_bytes_and_what_a_line_takes(texts: list[str]) -> None:
    expected = [len(text.encode()) + OVERHEAD for text in texts]
    assert [weight(Message(text=text)) for text in texts] == expected
    assert weights(Message(text=text) for text in texts) == expected
    assert weigh([Message(text=text) for text in texts]) == sum(expected)
