"""What was merged before is known again, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.archive.partition import UNDATED, runs
from egregora.archive.recognition import Recognition
from egregora.ids import Partition
from egregora.message import Message

KEY = b"k" * 32
MONTHS = st.lists(st.sampled_from([None, "2024-01", "2024-02", "2024-03", "2024-04", "2024-05"]), max_size=30)


def told(months: Iterable[str | None], text: str = "hello") -> list[Message]:
    return [
        Message(time=f"{month}-05T10:00:00" if month else None, text=f"{text} {place}")
        for place, month in enumerate(months)
    ]


def by_partition(messages: Iterable[Message]) -> dict[Partition, list[Message]]:
    found: dict[Partition, list[Message]] = {}
    for partition, run in runs(list(messages), "month"):
        found.setdefault(partition, []).extend(run)
    return found


def unknown(recognition: Recognition, messages: Iterable[Message], size: int = 1024) -> Iterator[Message]:
    """What comes through of messages read `size` at a time."""
    rest = iter(messages)
    for partition, those in recognition.unknown(iter(lambda: list(islice(rest, size)), [])):
        assert all(message.time is None or message.time.startswith(partition) for message in those)
        yield from those


def digests(messages: Iterable[Message], *, key: bytes = KEY, context: str = "") -> dict[Partition, str]:
    recognition = Recognition("month", {}, key=key, context=context)
    assert list(unknown(recognition, messages)) == list(messages)
    assert recognition.recognised == frozenset()
    return recognition.digests


@given(
    MONTHS,
    st.sets(st.sampled_from(["undated", "2024-01", "2024-02", "2024-03", "2024-04", "2024-05"])),
    MONTHS,
    st.integers(1, 8),
)
def test_what_was_not_merged_before_comes_through_in_its_order(
    months: list[str | None], merged: set[str], other: list[str | None], size: int
) -> None:
    messages = told(months)
    seen = digests(messages)
    foreign = digests(told(other, "something else"))
    known = {
        partition: [*([foreign[partition]] if partition in foreign else []), *([digest] if partition in merged else [])]
        for partition, digest in seen.items()
    }
    recognition = Recognition("month", known, key=KEY, context="")
    passed = list(unknown(recognition, messages, size))
    assert recognition.digests == seen
    assert recognition.recognised == seen.keys() & merged
    for partition, those in by_partition(messages).items():
        if partition not in merged:
            assert [message for message in passed if message in those] == those


def test_months_that_were_merged_before_do_not_come_through_again() -> None:
    before = told(["2024-01"] * 3 + ["2024-02"] * 3 + ["2024-03"] * 3)
    after = [*before[:6], *told(["2024-03"] * 5)]
    known = {partition: [digest] for partition, digest in digests(before).items()}
    recognition = Recognition("month", known, key=KEY, context="")
    assert list(unknown(recognition, after)) == after[6:]
    assert recognition.recognised == {"2024-01", "2024-02"}


def test_a_month_is_known_again_though_a_late_message_of_it_comes_among_those_of_the_next_two() -> None:
    messages = told(["2024-01", "2024-02", "2024-03", "2024-01", "2024-03", "2024-04", "2024-05"])
    known = {partition: [digest] for partition, digest in digests(messages).items()}
    assert list(unknown(Recognition("month", known, key=KEY, context=""), messages)) == []


def test_a_month_that_goes_on_after_three_others_have_begun_comes_through_and_is_recognised_at_the_end() -> None:
    messages = told(["2024-01", "2024-02", "2024-03", "2024-04", "2024-01"])
    known = {partition: [digest] for partition, digest in digests(messages).items()}
    recognition = Recognition("month", known, key=KEY, context="")
    assert [message.text for message in unknown(recognition, messages)] == ["hello 0"]
    assert recognition.recognised == set(known)


@pytest.mark.parametrize("other", [{"key": b"K" * 32}, {"context": "other"}], ids=["key", "context"])
def test_a_digest_is_good_for_one_key_and_context(other: dict[str, object]) -> None:
    messages = told(["2024-01"])
    known = {partition: [digest] for partition, digest in digests(messages).items()}
    recognition = Recognition("month", known, **{"key": KEY, "context": "", **other})  # type: ignore[arg-type]
    assert list(unknown(recognition, messages)) == messages
    assert recognition.recognised == frozenset()


def test_a_digest_is_thirty_two_digits_and_says_where_one_message_ends() -> None:
    [whole] = digests([Message(text="a"), Message(text="b")]).values()
    assert len(whole) == 32
    assert whole not in {
        *digests([Message(text="ab")]).values(),
        *digests([Message(text="b"), Message(text="a")]).values(),
    }
    assert set(digests([Message(text="a")])) == {UNDATED}


def test_a_context_may_hold_what_no_encoding_can() -> None:
    assert digests([Message(text="a")], context="\ud800")


def test_an_export_is_never_held_whole() -> None:
    months = [f"{2000 + place // 12}-{1 + place % 12:02d}" for place in range(12)]
    messages = told(month for month in months for _ in range(1024))
    known = {Partition(month): ["something else"] for month in months}
    taken = passed = 0

    def counted() -> Iterator[Message]:
        nonlocal taken
        for message in messages:
            taken += 1
            yield message

    for _ in unknown(Recognition("month", known, key=KEY, context=""), counted()):
        passed += 1
        assert taken - passed < 5 * 1024
    assert passed == len(messages)


@pytest.mark.parametrize(("count", "sizes"), [(40, [1, 15, 16, 17, 40]), (70_000, [1000, 65_535, 65_536, 70_000])])
def test_a_digest_is_the_same_however_many_messages_come_at_once(count: int, sizes: list[int]) -> None:
    messages = told(["2024-01"] * count)
    found = set[str]()
    for size in sizes:
        recognition = Recognition("month", {}, key=KEY, context="")
        assert sum(1 for _ in unknown(recognition, messages, size)) == count
        found |= {*recognition.digests.values()}
    assert len(found) == 1


def test_what_is_let_go_before_its_end_is_not_taken_for_what_it_began_like() -> None:
    messages = told(["2024-01"] * 4, "x" * 6_000_000)
    known = {Partition("2024-01"): list(digests(messages[:3]).values())}
    recognition = Recognition("month", known, key=KEY, context="")
    assert list(unknown(recognition, messages, 1)) == messages
    assert recognition.recognised == frozenset()


def test_of_one_endless_partition_no_more_than_a_bounded_part_is_held() -> None:
    messages = told(["2024-01"] * 30_000, "hello" * 200)
    taken = passed = 0

    def counted() -> Iterator[Message]:
        nonlocal taken
        for message in messages:
            taken += 1
            yield message

    known = {Partition("2024-01"): list(digests(messages).values())}
    recognition = Recognition("month", known, key=KEY, context="")
    for _ in unknown(recognition, counted()):
        passed += 1
        assert (taken - passed - 1024) * 1000 <= 16 * 1024 * 1024
    assert 0 < passed < len(messages)
    assert recognition.recognised == set(known)
