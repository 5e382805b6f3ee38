"""A message cut into parts, and put together again."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from egregora.message import Attachment, Message, Reaction
from egregora.windows.segments import cut, halve, join
from egregora.windows.weight import OVERHEAD, weight

BODIES = st.text(alphabet=st.sampled_from("ab \n.!é日👩🏻\u200d⚕️\u0301🇩🇰\r한"), max_size=400) | st.text(
    alphabet=st.characters(codec="utf-8"), max_size=200
)


@example("日本", OVERHEAD)
@example("abc", OVERHEAD)
@given(BODIES, st.integers(OVERHEAD, 300))
def test_parts_fit_and_join_to_the_whole(text: str, budget: int) -> None:
    whole = Message(
        id="1",
        time="2024-01-01T10:00:00",
        author="@a",
        text=text,
        attachments=(Attachment("f"),),
        reactions=(Reaction("👍", "@b"),),
    )
    parts = cut(whole, budget)
    assert all(weight(part) <= budget or len(part.text) == 1 for part in parts)
    assert all(part.text for part in parts) or parts == [whole]
    assert join(parts) == [whole]
    assert sum(len(part.attachments) for part in parts) == 1
    assert sum(len(part.reactions) for part in parts) == 1


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
    [beginning] = join([first, rest[0]])
    assert beginning.segment == (0, len(beginning.text), 500)


@pytest.mark.parametrize("other", [{"id": "2"}, {"author": "@b"}, {"time": "2024-01-01T10:01:00"}], ids=str)
def test_parts_of_different_messages_are_not_joined(other: dict[str, str]) -> None:
    message = Message(id="1", author="@a", time="2024-01-01T10:00:00", text="word " * 100)
    first, _ = halve(message)
    _, second = halve(replace(message, **other))
    assert join([first, second]) == [first, second]


def test_parts_that_do_not_follow_one_another_are_not_joined() -> None:
    whole = Message(id="1", text="word " * 100)
    first, second, third, *_ = cut(whole, 140)
    assert join([first, third]) == [first, third]
    assert join([second, first]) == [second, first]
    assert join([first, whole]) == [first, whole]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("One. Two two\n\nThree three", "One. Two two\n\n"),
        ("One one. Two two three", "One one. "),
        ("One one two threeeee", "One one two "),
        ("One one two thr four", "One one two thr "),
        ("One one tw o         three", "One one tw o    "),
        ("One two\n\nthreeeeeeee", "One two\n\n"),
        ("One tw\n\nthreeeeee four", "One tw\n\nthreeeee"),
        ("xxxxxxxxxxxxxxxxx", "xxxxxxxxxxxxxxxx"),
        ("xxxxxxxxxxxxxxxxxxxx", "xxxxxxxxxxxxxxxx"),
        ("xxxxxxxxxxxxxxx\rxxxx", "xxxxxxxxxxxxxxx\r"),
        ("xxxxxxxxxxxxxxx\r\nxxx", "xxxxxxxxxxxxxxx"),
        ("xxxxxxxxxx한국어xxxx", "xxxxxxxxxx한국"),
    ],
    ids=[
        "paragraph",
        "sentence",
        "word",
        "word that ends with the room",
        "within spaces",
        "past half of the room",
        "not before half of the room",
        "nowhere kind, and one too many",
        "nowhere kind",
        "after a carriage return",
        "not within a line end",
        "between syllables",
    ],
)
def test_a_body_is_cut_at_the_kindest_place(text: str, first: str) -> None:
    assert cut(Message(text=text), OVERHEAD + 16)[0].text == first


@pytest.mark.parametrize("length", range(2, 12))
def test_a_body_without_breaks_is_halved_in_its_middle(length: int) -> None:
    first, second = halve(Message(text="x" * length))
    assert (len(first.text), len(second.text)) == (length // 2, length - length // 2)


@pytest.mark.parametrize(("end", "taken"), [(24, False), (25, True), (75, True), (77, False)])
def test_a_body_is_halved_at_a_break_in_the_middle_half_alone(end: int, taken: bool) -> None:
    text = "x" * (end - 2) + "\n\n" + "x" * (100 - end)
    assert len(halve(Message(text=text))[0].text) == (end if taken else 50)


def test_a_body_that_can_be_cut_nowhere_kindly_is_halved_all_the_same() -> None:
    assert [part.text for part in halve(Message(text="e\u0301x"))] == ["e\u0301", "x"]
    assert len(halve(Message(text="a" + "\u0301" * 99))[0].text) == 50


@pytest.mark.parametrize(
    "grapheme",
    [
        "e\u0301",
        "e\u0301\u0301",
        "👩🏻\u200d⚕️",
        "🇩🇰",
        "🇦🇿",
        "ห\u0e34",
        "क\u094dष",
        "\u1112\u1161\u11ab",
        "\u1100\u1160\u11ff",
        "\ua960\u1161",
        "\uac00\u11a8",
        "\r\n",
    ],
)
def test_no_grapheme_is_cut_apart(grapheme: str) -> None:
    for budget in range(OVERHEAD + len(grapheme.encode()) + 4, OVERHEAD + 60):
        for part in cut(Message(text=("x" + grapheme) * 40), budget):
            assert part.text.count(grapheme) * len(grapheme) + part.text.count("x") == len(part.text)
            assert weight(part) <= budget


def test_a_chain_of_marks_longer_than_any_window_is_cut_all_the_same() -> None:
    whole = Message(text="a" + "\u0301" * 5000)
    assert join(cut(whole, 300)) == [whole]
