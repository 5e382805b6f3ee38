"""What a renamed contact, or a phone in another zone, does to an export is found and set right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from egregora.archive.drift import VOTES, WIDEST, Comparison, Drift, measure, renamed
from egregora.message import Message, Reaction
from talks import said

A, B, C, D = (f"@00000000{letter * 2}" for letter in "abcd")
HOUR = timedelta(hours=1)


def spoken(count: int = 40, authors: Sequence[str] = (A, B), *, from_minute: int = 0) -> list[Message]:
    """Every message is its own, a minute apart."""
    return [
        said(minute, authors[minute % len(authors)], f"text {minute}")
        for minute in range(from_minute, from_minute + count)
    ]


def moved(messages: Iterable[Message], by: timedelta) -> list[Message]:
    return [
        replace(m, time=(datetime.fromisoformat(m.time) + by).isoformat(timespec="seconds")) if m.time else m
        for m in messages
    ]


def called(messages: Iterable[Message], **names: str) -> list[Message]:
    return [replace(m, author=names.get((m.author or "")[-2:], m.author)) for m in messages]


def test_where_nothing_differs_there_is_no_drift() -> None:
    assert not measure(spoken(), spoken())
    assert not measure(spoken(), [])
    assert not measure([], spoken())
    assert measure(spoken(), spoken()) == Drift()


@pytest.mark.parametrize("by", [HOUR, -5 * HOUR, 0.75 * HOUR, WIDEST, -WIDEST], ids=str)
def test_another_zone_is_found_and_every_message_set_back(by: timedelta) -> None:
    new = moved(spoken(), by)
    drift = measure(spoken(), new)
    assert drift.shifts == ((new[0].time, -by),)
    assert drift.names == {}
    assert [drift.adjust(message) for message in new] == spoken()
    assert [drift.shifted(message) for message in new] == spoken()


@pytest.mark.parametrize("by", [timedelta(minutes=7), WIDEST + timedelta(minutes=15), timedelta(days=365)], ids=str)
def test_what_is_no_difference_of_zones_is_no_drift(by: timedelta) -> None:
    assert not measure(spoken(), moved(spoken(), by))


def test_a_message_before_the_first_that_was_seen_is_set_as_that_one() -> None:
    new = moved(spoken(), HOUR)
    drift = measure(spoken()[10:], new)
    assert [drift.adjust(message) for message in new] == spoken()


def test_zones_that_change_in_mid_export_are_set_right_by_stretches() -> None:
    new = [*moved(spoken(20), HOUR), *moved(spoken(20, from_minute=1000), 2 * HOUR), *spoken(20, from_minute=2000)]
    old = [*spoken(20), *spoken(20, from_minute=1000), *spoken(20, from_minute=2000)]
    drift = measure(old, new)
    assert [shift for _, shift in drift.shifts] == [-HOUR, -2 * HOUR, timedelta(0)]
    assert [drift.adjust(message) for message in new] == old


def test_a_time_keeps_its_precision_and_its_mark() -> None:
    drift = Drift(shifts=(("2024-03-01T10:00:00", HOUR),))
    for time, expected in [
        ("2024-03-01T10:00:13", "2024-03-01T11:00:13"),
        ("2024-03-01T23:30:13.250Z", "2024-03-02T00:30:13.250Z"),
        ("2024-03-01T09:00:00", "2024-03-01T10:00:00"),
        ("9999-12-31T23:30:00", "9999-12-31T23:30:00"),
    ]:
        assert drift.adjust(Message(time=time)).time == expected
    timeless = Message(text="x")
    assert drift.adjust(timeless) is timeless


def test_one_who_was_renamed_bears_the_name_of_the_archive() -> None:
    new = called(spoken(), aa=C)
    drift = measure(spoken(), new)
    assert drift.names == {C: (A,)}
    assert drift.shifts == ()
    assert drift
    assert [drift.adjust(message) for message in new] == spoken()


def test_one_who_was_renamed_on_a_phone_in_another_zone_is_found_as_well() -> None:
    new = moved(called(spoken(), aa=C), 3 * HOUR)
    drift = measure(spoken(), new)
    assert drift.names == {C: (A,)}
    assert [drift.adjust(message) for message in new] == spoken()


@pytest.mark.parametrize(("agree", "found"), [(VOTES - 1, False), (VOTES, True)])
def test_so_many_must_agree_before_a_difference_is_drift(agree: int, found: bool) -> None:
    old = [*spoken(agree), *(said(100 + i, A, f"old {i}") for i in range(5))]
    new = [*moved(spoken(agree), HOUR), *(said(100 + i, A, f"new {i}") for i in range(5))]
    assert bool(measure(old, new)) is found


def test_three_of_any_five_neighbours_are_enough() -> None:
    late = [moved([m], HOUR if place % 5 in (0, 2, 4) else 7 * HOUR)[0] for place, m in enumerate(spoken())]
    assert [shift for _, shift in measure(spoken(), late).shifts] == [-HOUR]


def test_who_bore_several_names_is_known_by_all_of_them() -> None:
    old = [*spoken(20, [A, B]), *spoken(20, [D, B], from_minute=100)]
    new = called(old, aa=C, dd=C)
    drift = measure(old, new)
    assert drift.names == {C: (A, D)}
    assert drift.adjust(new[0]).author == A
    back = measure(new, old)
    assert back.names == {A: (C,), D: (C,)}


def test_who_bore_several_names_and_this_one_among_them_keeps_it() -> None:
    old = [*spoken(20, [A, B]), *spoken(20, [C, B], from_minute=100)]
    new = called(old, aa=C)
    drift = measure(old, new)
    assert drift.names == {C: (A, C)}
    assert drift.adjust(new[0]) is new[0]


def test_one_whose_messages_are_now_anothers_and_now_not_is_nobody_else() -> None:
    old = spoken(40, [A, D, B, B])
    new = called(old, aa=C, dd=C)
    shuffled = [replace(m, author=(A, B, D)[place % 3]) for place, m in enumerate(old)]
    assert measure(shuffled, new).names.get(C, ()) == ()


def test_strangers_who_share_a_few_words_stay_strangers() -> None:
    shared = [said(minute, A, f"shared {minute}") for minute in (10, 500, 990)]
    old = sorted([*shared, *(said(i, A, f"old {i}") for i in range(1000))], key=lambda m: m.time or "")
    new = called(sorted([*shared, *(said(i, A, f"new {i}") for i in range(1000))], key=lambda m: m.time or ""), aa=C)
    assert not measure(old, new)


def test_notices_and_messages_without_time_or_text_tell_nothing() -> None:
    for blind in ({"kind": "system"}, {"time": None}, {"text": ""}):
        old = [replace(m, **blind) for m in spoken()]
        assert not measure(old, called(old, aa=C))


@pytest.mark.parametrize("own", [range(3), range(297, 300), range(148, 151)], ids=["first", "last", "between"])
def test_words_that_are_said_again_and_again_are_known_by_their_neighbours(own: range) -> None:
    old = [
        said(minute, B if minute % 2 and minute not in own else A, f"text {minute}" if minute in own else "ok")
        for minute in range(300)
    ]
    new = moved(called(old, aa=C), HOUR)
    drift = measure(old, new)
    assert drift.names == {C: (A,)}
    assert [drift.adjust(message) for message in new] == old


@pytest.mark.parametrize(("hers", "others", "found"), [(4, 1, True), (4, 2, False), (3, 7, False)])
def test_one_is_somebody_where_four_of_five_messages_say_so(hers: int, others: int, found: bool) -> None:
    authors = [A] * hers + [f"@000000000{digit}" for digit in range(others)]
    old = [said(minute, author, f"text {minute}") for minute, author in enumerate(authors)]
    assert measure(old, [replace(message, author=C) for message in old]).names == ({C: (A,)} if found else {})


def test_an_export_may_be_compared_piece_by_piece() -> None:
    old, new = spoken(60), moved(called(spoken(60), aa=C), HOUR)
    comparison = Comparison()
    for start in range(0, 60, 20):
        comparison.add(old[start : start + 20], new[start : start + 20])
    assert comparison.drift() == measure(old, new)


def test_a_very_long_history_is_compared_as_well() -> None:
    old = [*spoken(1502, [A, B, B, D]), *spoken(1502, [A, B, B, D], from_minute=5001)]
    new = [*moved(called(old[:1502], aa=C), HOUR), *called(old[1502:], aa=C)]
    drift = measure(old, new)
    assert drift.names == {C: (A,)}
    assert [drift.adjust(message) for message in new] == old


def test_authors_of_messages_and_reactions_and_handles_in_texts_are_renamed() -> None:
    names = {A: C}
    message = said(0, A, f"ask {A} and {B}", reactions=(Reaction("+", A), Reaction("+", B), Reaction("+")))
    assert renamed(message, names) == said(
        0, C, f"ask {C} and {B}", reactions=(Reaction("+", C), Reaction("+", B), Reaction("+"))
    )
    assert renamed(said(0, B, f"ask {A}"), names).text == f"ask {C}"
    assert renamed(said(0, B, "ask", reactions=(Reaction("+", A),)), names).reactions == (Reaction("+", C),)


@pytest.mark.parametrize("names", [{}, {A: C}])
def test_a_message_of_others_stays_the_very_same(names: dict[str, str]) -> None:
    message = said(0, B, f"ask {D} @home", reactions=(Reaction("+", B),))
    assert renamed(message, names) is message
    assert renamed(said(0, None, "notice"), names) == said(0, None, "notice")
