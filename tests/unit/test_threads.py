"""Working on many things at once."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.threads import map_ahead


@given(st.lists(st.integers()), st.integers(1, 20))
def test_results_come_in_the_order_of_items(items: list[int], threads: int) -> None:
    assert list(map_ahead(str, items, threads=threads)) == [str(item) for item in items]


@settings(max_examples=30)
@given(st.integers(1, 20), st.integers(0, 100))
def test_items_are_drawn_only_a_little_ahead(threads: int, taken: int) -> None:
    drawn = iter(range(1000))
    results = map_ahead(int, drawn, threads=threads)
    assert [next(results) for _ in range(taken)] == list(range(taken))
    assert next(drawn) <= taken + 2 * threads
    results.close()


@pytest.mark.parametrize("threads", [2, 7])
def test_as_many_are_under_way_as_there_are_threads(threads: int) -> None:
    meeting = threading.Barrier(threads, timeout=60)
    assert len(set(map_ahead(lambda _: meeting.wait(), range(threads), threads=threads))) == threads


def test_one_thread_is_the_callers() -> None:
    assert set(map_ahead(lambda _: threading.get_ident(), range(5), threads=1)) == {threading.get_ident()}


def test_the_first_error_ends_all_once_what_is_under_way_is_done() -> None:
    begun, done = set(), set()

    def work(number: int) -> None:
        begun.add(number)
        if number == 3:
            raise ValueError
        done.add(number)

    with pytest.raises(ValueError):  # noqa: PT011 - ours, and bare
        list(map_ahead(work, range(1000), threads=4))
    assert begun == done | {3}
    assert len(begun) < 20
