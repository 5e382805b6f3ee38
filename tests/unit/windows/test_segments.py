"""A message cut into parts, and put together again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.message import Attachment, Message
from egregora.windows.segments import cut, halve, join
from egregora.windows.weight import OVERHEAD, weight

BODIES = st.text(alphabet=st.sampled_from("ab \n.!é日👩🏻\u200d⚕️\u0301🇩🇰\r한"), max_size=400) | st.text(
    alphabet=st.characters(codec="utf-8"), max_size=200
)


@given(BODIES, st.integers(OVERHEAD + 4, 300))
def test_parts_fit_and_join_to_the_whole(text: str, budget: int) -> None:
    whole = Message(id="1", time="2024-01-01T10:00:00", author="@a", text=text, attachments=(Attachment("f"),))
    parts = cut(whole, budget)
    assert all(weight(part) <= budget for part in parts)
    assert join(parts) == [whole]
    assert sum(len(part.attachments) for part in parts) == 1


@given(BODIES, st.lists(st.integers(0, 20), max_size=12))
def test_parts_of_parts_join_to_the_whole(text: str, places: list[int]) -> None:
    whole = Message(id="1", text=text)
    parts = [whole]
    for place in places:
        at = place % len(parts)
        if len(parts[at].text) > 1:
            parts[at : at + 1] = halve(parts[at])
            assert all(part.text for part in parts)
    assert join(parts) == [whole]


@given(st.lists(st.tuples(st.sampled_from("xyz"), BODIES), max_size=8))
def test_joining_leaves_whole_messages_alone(those: list[tuple[str, str]]) -> None:
    messages = [Message(id=identifier, text=text) for identifier, text in those]
    assert join(messages) == messages
    assert join(part for message in messages for part in cut(message, 100)) == messages


def test_some_of_the_parts_join_to_a_larger_part() -> None:
    first, *rest = cut(Message(id="1", text="word " * 100), 140)
    [joined] = join(rest)
    assert joined.segment == (len(first.text), 500, 500)
    assert join([first, joined]) == [Message(id="1", text="word " * 100)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("One. Two two\n\nThree three", "One. Two two\n\n"),
        ("One one. Two two three", "One one. "),
        ("One one two threeeee", "One one two "),
    ],
    ids=["paragraph", "sentence", "word"],
)
def test_a_body_is_cut_at_the_kindest_place(text: str, first: str) -> None:
    assert cut(Message(text=text), OVERHEAD + 16)[0].text == first


@pytest.mark.parametrize("grapheme", ["e\u0301", "👩🏻\u200d⚕️", "🇩🇰", "ห\u0e34", "\u1112\u1161\u11ab", "\r\n"])
def test_no_grapheme_is_cut_apart(grapheme: str) -> None:
    for budget in range(OVERHEAD + len(grapheme.encode()) + 4, OVERHEAD + 60):
        for part in cut(Message(text=("x" + grapheme) * 40), budget):
            assert part.text.count(grapheme) * len(grapheme) + part.text.count("x") == len(part.text)


def test_a_chain_of_marks_longer_than_any_window_is_cut_all_the_same() -> None:
    whole = Message(text="a" + "\u0301" * 5000)
    assert join(cut(whole, 300)) == [whole]
