"""Alignment against what it is defined as."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from egregora.archive.alignment import TABLE, align, between, common, rising
from egregora.message import Message

WORDS = st.lists(st.sampled_from("abcdefg"), max_size=9)


def spoken(words: list[str]) -> list[Message]:
    return [Message(text=word) for word in words]


def same(old: Message, new: Message) -> bool:
    return old.text == new.text


def aligned(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    return align(spoken(old), spoken(new), lambda message: message.text, same)


def longest(old: list[str], new: list[str]) -> int:
    """Length of the longest common subsequence."""
    if not (old and new):
        return 0
    if old[0] == new[0]:
        return 1 + longest(old[1:], new[1:])
    return max(longest(old[1:], new), longest(old, new[1:]))


def rises(pairs: list[tuple[int, int]]) -> bool:
    return all(i < k and j < m for (i, j), (k, m) in pairwise(pairs))


@given(WORDS, WORDS)
def test_what_is_common_is_as_long_as_can_be(old: list[str], new: list[str]) -> None:
    pairs = common(spoken(old), spoken(new), same)
    assert rises(pairs)
    assert all(old[i] == new[j] for i, j in pairs)
    assert len(pairs) == longest(old, new)


@given(st.permutations(range(8)), st.integers(0, 8))
def test_what_rises_is_as_long_as_can_be(order: list[int], length: int) -> None:
    pairs = [(i, j) for j, i in enumerate(order[:length])]
    chain = rising(pairs)
    assert rises(chain)
    assert set(chain) <= set(pairs)
    longer = (list(some) for some in combinations(pairs, len(chain) + 1))
    assert not any(rises(some) for some in longer)


def test_of_equal_first_places_one_stands() -> None:
    assert len(rising([(3, 0), (3, 1), (3, 2)])) == 1


@given(WORDS, WORDS)
def test_aligned_places_hold_one_message_and_rise(old: list[str], new: list[str]) -> None:
    pairs = aligned(old, new)
    assert rises(pairs)
    assert all(old[i] == new[j] for i, j in pairs)


@given(st.lists(st.integers(), unique=True, max_size=30), st.data())
def test_messages_that_stand_once_on_both_sides_in_one_order_are_all_aligned(
    whole: list[int], data: st.DataObject
) -> None:
    keep = st.lists(st.booleans(), min_size=len(whole), max_size=len(whole))
    here, there = data.draw(keep), data.draw(keep)
    old = [str(word) for word, kept in zip(whole, here, strict=True) if kept]
    new = [str(word) for word, kept in zip(whole, there, strict=True) if kept]
    assert [old[i] for i, _ in aligned(old, new)] == [word for word in old if word in new]


@given(WORDS, WORDS, WORDS, WORDS)
def test_both_ends_are_aligned_as_far_as_they_agree(
    head: list[str], old: list[str], new: list[str], tail: list[str]
) -> None:
    pairs = aligned([*head, "x", *old, "x", *tail], [*head, "y", *new, "y", *tail])
    assert pairs[: len(head)] == [(place, place) for place in range(len(head))]
    first, second = len(head) + len(old) + 2, len(head) + len(new) + 2
    assert pairs[len(pairs) - len(tail) :] == [(first + place, second + place) for place in range(len(tail))]


def test_what_precedes_the_end_is_not_taken_for_it() -> None:
    assert aligned(["x", "a", "b"], ["y", "a"]) == [(1, 1)]


def test_every_gap_between_anchors_is_aligned_on() -> None:
    old, new = list("1UaabVaabWaab3"), list("2UaabbVaabbWaabb4")
    assert "".join(old[i] for i, _ in aligned(old, new)) == "UaabVaabWaab"


def test_a_gap_without_anchors_is_compared_all_against_all() -> None:
    old, new = list("xabaaby"), list("zbbabaw")
    pairs = aligned(old, new)
    assert "".join(old[i] for i, _ in pairs) == "bab"
    assert len(pairs) == longest(old, new)


def test_in_a_gap_too_large_for_a_table_equals_go_by_their_running_numbers() -> None:
    runs = int(TABLE**0.5)
    old, new = ["x", *["a"] * runs, *["b"] * runs, "y"], ["z", *["a"] * (runs + 1), *["b"] * runs, "w"]
    expected = [(1 + place, 1 + place) for place in range(runs)]
    expected += [(1 + runs + place, 2 + runs + place) for place in range(runs)]
    assert aligned(old, new) == expected


def test_in_a_gap_too_large_for_a_table_what_stands_once_parts_what_is_said_again_and_again() -> None:
    old = ["x", *["a"] * 150, "once", *["a"] * 150, "y"]
    new = ["z", *["a"] * 149, "once", *["a"] * 150, "w"]
    pairs = aligned(old, new)
    assert (151, 150) in pairs
    assert len(pairs) == 300


def test_places_that_are_not_the_same_are_not_aligned_though_their_keys_are_equal() -> None:
    old, new = spoken(["x", "a", "y", "b", "z"]), spoken(["u", "a", "v", "b", "w"])
    pairs = align(old, new, lambda message: message.text, lambda i, j: same(i, j) and i.text == "b")
    assert pairs == [(3, 3)]


@given(st.sets(st.tuples(st.integers(2, 8), st.integers(3, 9)), max_size=5).map(lambda pairs: rising(sorted(pairs))))
def test_what_lies_between_holds_every_place_that_is_not_paired_where_both_sides_have_some(
    pairs: list[tuple[int, int]],
) -> None:
    bounds = (2, 9, 3, 10)
    edges = [(1, 2), *pairs, (9, 10)]
    expected = [(i + 1, k, j + 1, m) for (i, j), (k, m) in pairwise(edges) if range(i + 1, k) and range(j + 1, m)]
    assert list(between(pairs, bounds)) == expected
