"""Two exports of one conversation become one history."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from egregora.archive.drift import VOTES
from egregora.archive.identity import identify
from egregora.archive.merge import merge
from egregora.message import Attachment, Message, Reaction, encode
from talks import conversations, said, talk


@given(conversations())
def test_merging_a_history_with_itself_changes_nothing(whole: list[Message]) -> None:
    assert merge(whole, whole) == whole
    assert merge([], whole) == whole
    assert merge(whole, []) == whole


@given(conversations())
def test_an_archive_keeps_its_very_messages_where_an_export_says_nothing_more(whole: list[Message]) -> None:
    archive = identify(whole)
    assert all(kept is was for kept, was in zip(merge(archive, whole), archive, strict=True))


@given(conversations(least=16), st.data())
def test_overlapping_cuts_give_the_whole_in_any_order(whole: list[Message], data: st.DataObject) -> None:
    size = len(whole)
    edges = sorted(data.draw(st.sets(st.integers(4, size - 4), max_size=4)))
    starts = [0, *edges]
    ends = [min(size, edge + data.draw(st.integers(4, 12))) for edge in edges] + [size]
    cuts = [whole[start:end] for start, end in zip(starts, ends, strict=True)]
    seed = data.draw(st.integers(0, len(cuts) - 1))
    merged, below, above = cuts[seed], seed - 1, seed + 1
    while below >= 0 or above < len(cuts):
        if above == len(cuts) or (below >= 0 and data.draw(st.booleans())):
            merged, below = merge(merged, cuts[below]), below - 1
        else:
            merged, above = merge(merged, cuts[above]), above + 1
    assert merged == whole


@given(conversations(), st.data())
def test_what_two_phones_lack_the_other_fills_in(whole: list[Message], data: st.DataObject) -> None:
    gone = data.draw(st.sets(st.integers(0, max(0, len(whole) - 1)), max_size=5))
    unique = [i for i in gone if i < len(whole) and whole[i].text != "ok"]
    first = [message for i, message in enumerate(whole) if i not in unique[::2]]
    second = [message for i, message in enumerate(whole) if i not in unique[1::2]]
    assert Counter(map(encode, merge(first, second))) == Counter(map(encode, whole))


@given(conversations(), conversations())
def test_merging_the_same_export_again_changes_nothing(first: list[Message], second: list[Message]) -> None:
    once = merge(first, second)
    assert merge(once, second) == once


@given(conversations(), conversations())
def test_the_order_of_the_archive_stands(first: list[Message], second: list[Message]) -> None:
    archive = identify(first)
    assert [message for message in merge(archive, second) if message.id] == archive


def test_the_same_word_twice_in_one_minute_is_two_messages() -> None:
    whole = talk()
    assert merge(whole[:80], whole[40:]) == whole
    assert merge(whole[40:], whole[:80]) == whole
    often = [said(0, "Ana", "ok")] * 12
    assert merge(often, often) == merge(often[:10], often) == merge(often, often[:10]) == often


def test_a_whole_that_holds_two_separate_cuts_fills_the_hole_between_them() -> None:
    whole = talk()
    assert merge(whole[:40] + whole[80:], whole[30:90]) == whole
    assert merge(whole[80:], whole[:40]) == whole[:40] + whole[80:]


def test_minutes_and_seconds_meet_at_minutes_and_the_seconds_are_kept() -> None:
    minutes, seconds = talk(), talk(seconds=13)
    assert merge(minutes[:80], seconds[40:]) == minutes[:40] + seconds[40:]
    assert merge(seconds[40:], minutes[:80]) == minutes[:40] + seconds[40:]


def test_two_seconds_of_one_minute_are_two_messages() -> None:
    assert len(merge([said(0.1, "Ana", "ok")], [said(0.2, "Ana", "ok")])) == 2


def test_a_renamed_contact_keeps_the_name_of_the_archive() -> None:
    assert merge(talk()[:80], talk(bob="Robert Smith")[40:]) == talk()


def test_a_contact_is_known_to_be_renamed_by_no_more_than_it_takes_to_be_sure() -> None:
    ours, theirs = ([said(place, name, f"text {place}") for place in range(VOTES)] for name in ("Bob", "Robert"))
    assert merge(ours, theirs) == ours
    assert merge(ours[1:], theirs[1:]) != ours[1:]


def test_a_handle_in_a_text_follows_its_renamed_owner() -> None:
    new = talk(bob="@00000000bb")
    new[-4] = replace(new[-4], author="Alice", text="ask @00000000bb about it")
    assert merge(talk(bob="@00000000aa")[:80], new[40:])[-4].text == "ask @00000000aa about it"


def test_a_phone_in_another_zone_is_set_to_the_clock_of_the_archive() -> None:
    assert merge(talk()[:80], talk(hours=3)[40:]) == talk()
    assert merge(talk()[:80], talk(hours=-5, bob="Robert")[40:]) == talk()


def test_disjoint_exports_stand_in_the_order_of_time() -> None:
    whole = talk(40)
    assert merge(whole[20:], whole[:20]) == whole


def test_late_deliveries_stay_where_the_file_has_them() -> None:
    whole = [said(0, "Ana", "a"), said(9, "Bo", "b"), said(2, "Ana", "late"), said(9, "Bo", "c")]
    assert merge(whole[:3], whole[1:]) == whole


def test_two_phones_that_disagree_on_the_order_within_a_minute_double_nothing() -> None:
    first = [said(0, "Ana", "a"), said(1, "Bo", "b"), said(1, "Ana", "c"), said(2, "Bo", "d")]
    assert merge(first, [first[0], first[2], first[1], first[3]]) == first


OLD = said(1, "Ana", "x", id="kept")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            replace(OLD, kind="media_omitted", text="<Media omitted>"),
            replace(
                OLD, id="", kind="attachment", text="A.jpg (file attached)", attachments=(Attachment("A.jpg", True),)
            ),
            replace(OLD, kind="attachment", text="A.jpg (file attached)", attachments=(Attachment("A.jpg", True),)),
        ),
        (
            replace(OLD, kind="attachment", text="A.jpg (file attached)", attachments=(Attachment("A.jpg"),)),
            replace(OLD, id="", kind="media_omitted", text="<Medien ausgeschlossen>"),
            replace(OLD, kind="attachment", text="A.jpg (file attached)", attachments=(Attachment("A.jpg"),)),
        ),
        (OLD, replace(OLD, id="", text="y", edited=True), replace(OLD, text="y", edited=True)),
        (replace(OLD, text="y", edited=True), replace(OLD, id=""), replace(OLD, text="y", edited=True)),
        (OLD, replace(OLD, id="", kind="deleted", text="deleted"), replace(OLD, kind="deleted", text="deleted")),
        (
            replace(OLD, kind="deleted", text="deleted"),
            replace(OLD, id=""),
            replace(OLD, kind="deleted", text="deleted"),
        ),
        (
            replace(OLD, kind="system", author=None, text="Ana added you"),
            replace(OLD, id="", kind="system", author=None, text="Ana hat Bo hinzugefügt"),
            replace(OLD, kind="system", author=None, text="Ana added you"),
        ),
        (
            replace(OLD, reactions=(Reaction("+", "Bo"),)),
            replace(OLD, id="", reactions=(Reaction("!", "Cy"),), reply_to="r"),
            replace(OLD, reactions=(Reaction("+", "Bo"), Reaction("!", "Cy")), reply_to="r"),
        ),
    ],
    ids=["attached", "omitted", "edited", "unedited", "withdrawn", "stays withdrawn", "notice", "reactions"],
)
def test_one_message_says_what_both_exports_know(old: Message, new: Message, expected: Message) -> None:
    before, after = said(0, "Bo", "before"), said(2, "Bo", "after")
    assert merge([before, old, after], [before, new, after]) == [before, expected, after]


def test_photos_of_one_minute_are_told_apart_by_their_names() -> None:
    album = [
        said(
            1, "Ana", f"IMG-{i}.jpg (file attached)", kind="attachment", attachments=(Attachment(f"IMG-{i}.jpg", True),)
        )
        for i in range(5)
    ]
    assert merge(album[:3], album[2:]) == album


def test_platform_ids_decide_where_both_have_them() -> None:
    old = [said(i, "Ana", "ok", id=str(i)) for i in range(6)]
    new = [said(i, "Ana", "changed" if i == 4 else "ok", id=str(i), edited=i == 4) for i in range(3, 9)]
    merged = merge(old, new)
    assert [message.id for message in merged] == [str(i) for i in range(9)]
    assert merged[4].text == "changed"
    assert len(merge([said(0, "Ana", "ok", id="1")], [said(0, "Ana", "ok", id="2")])) == 2


def test_messages_without_time_merge_by_their_order() -> None:
    whole = [Message(author="Ana", text=text) for text in "one two ok ok three ok four".split()]
    assert merge(whole[:5], whole[2:]) == whole


def test_a_cut_that_begins_with_a_repeated_word_finds_its_place() -> None:
    words = "one two three ok four ok five six seven ok".split()
    whole = [said(0, "Ana", word) for word in words]
    assert merge(whole[:8], whole[5:]) == whole
    assert merge(whole[5:], whole[:8]) == whole


def test_a_repeated_word_at_the_end_is_not_taken_for_the_place_of_a_cut() -> None:
    zero, ok, two, three = (said(0, "Ana", word) for word in ("zero", "ok", "two", "three"))
    assert merge([ok, two, three, ok], [zero, ok, three, ok]) == [zero, ok, two, three, ok]


def at(*minutes: float | None, author: str) -> list[Message]:
    return [
        said(minute, author, f"{author} {place}")
        if minute is not None
        else replace(said(0, author, f"{author} {place}"), time=None)
        for place, minute in enumerate(minutes)
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ((0, 5, 2), (1, 3), "onnoo"),
        ((0, None, 5), (2, 3), "oonno"),
        ((None, 5), (2, 3), "onno"),
        ((0, 5), (None, 3), "nono"),
        ((5, 6), (2, 3), "nnoo"),
        ((5, 6), (2, 5), "nnoo"),
        ((5, 6), (2, 5.5), "nono"),
        ((2, 3), (5, 6), "oonn"),
        ((5, 5), (5, 5), "oonn"),
        ((5, 6), (5, 5), "nnoo"),
    ],
)
def test_runs_with_nothing_in_common_are_woven_by_time_and_a_late_message_stays_after_those_before_it(
    old: tuple[float | None, ...], new: tuple[float | None, ...], expected: str
) -> None:
    ours, theirs = at(*old, author="old"), at(*new, author="new")
    merged = merge(ours, theirs)
    assert "".join((message.author or "")[0] for message in merged) == expected
    assert [message for message in merged if message.author == "old"] == ours
    assert [message for message in merged if message.author == "new"] == theirs


def test_what_differs_in_words_is_one_message_between_its_neighbours_alone() -> None:
    first, second = said(1, "Ana", "wrng"), said(1, "Ana", "right", edited=True)
    between = [said(1, "Bo", f"between {i}") for i in range(3)]
    assert merge([first, *between], [*between, second]) == [first, *between, second]
    assert merge([*between[:2], first], [*between[:2], second]) == [*between[:2], second]


def test_what_is_aligned_already_is_not_taken_for_another_message_of_its_minute() -> None:
    hello, other, edited = said(1, "Ana", "hello"), said(1, "Bo", "other"), said(1, "Ana", "changed", edited=True)
    assert merge([hello, other], [hello, edited]) == [hello, other, edited]
    ours, theirs = said(0, "Cy", "ours"), said(0, "Di", "theirs")
    assert merge([ours, hello, other], [theirs, hello, edited]) == [ours, theirs, hello, other, edited]


def test_messages_in_another_order_are_known_by_their_platforms_ids_though_their_words_changed() -> None:
    old = [said(1, "Ana", text, id=text) for text in "abcd"]
    new = [said(1, "Ana", f"{text}!", id=text, edited=True) for text in "dabc"]
    assert merge(old, new) == [said(1, "Ana", f"{text}!", id=text, edited=True) for text in "abcd"]


def test_notices_of_a_long_time_in_two_languages_are_one_each() -> None:
    ours, theirs = (
        [said(minute, None, f"{language} {minute}", kind="system") for minute in range(250)]
        for language in ("en", "da")
    )
    assert merge(ours, theirs) == ours


def test_a_stretch_that_stands_elsewhere_in_the_other_export_is_not_doubled() -> None:
    noon = [said(120 + minute, "Ana", f"noon {minute}") for minute in range(VOTES)]
    morning = [said(minute, "Bo", f"morning {minute}") for minute in range(12)]
    assert merge([*noon, *morning], [*morning, *noon]) == [*noon, *morning]
    assert merge([*morning, *noon], [*noon, *morning]) == [*morning, *noon]


def test_where_two_places_of_a_cut_say_as_much_neither_is_taken() -> None:
    first, second = said(0, "Ana", "a"), said(0, "Ana", "b")
    assert merge([first, second], [second, first]) == [first, second]


def test_without_a_time_a_text_in_another_order_is_another_message() -> None:
    first, second = Message(author="Ana", text="a"), Message(author="Ana", text="b")
    assert len(merge([first, second], [second, first])) == 3


def test_a_short_stretch_that_both_have_is_no_place_of_a_cut_where_more_of_it_stands_elsewhere() -> None:
    ok, ours, *both = (said(0, "Ana", text) for text in ("ok", "ours", "one", "two", "three"))
    theirs = said(0, "Bo", "theirs")
    assert merge([ok, *both, ours], [*both, ok, theirs]) == [ok, *both, ours, theirs]


def test_of_two_equal_words_in_another_order_one_is_found_and_the_other_is_new() -> None:
    ok, ours, *both = (said(0, "Ana", text) for text in ("ok", "ours", "one", "two", "three"))
    merged = merge([ok, *both, ours], [*both, ok, ok])
    assert (merged.count(ok), len(merged)) == (2, 6)


def test_messages_in_other_words_are_one_each_in_every_gap_between_neighbours() -> None:
    old = [said(minute, "Ana", f"said {minute}") for minute in range(9)]
    new = [replace(m, text=f"{m.text}!", edited=True) if place % 3 == 1 else m for place, m in enumerate(old)]
    assert merge(old, new) == new


def test_of_messages_in_other_words_and_another_order_none_that_is_new_comes_in_twice() -> None:
    first, second = said(1, "Ana", "first"), said(2, "Ana", "second")
    edited = [replace(message, text=f"{message.text}!", edited=True) for message in (first, second)]
    between = said(2, "Bo", "between")
    merged = merge([first, second], [edited[1], between, edited[0]])
    assert merged.count(between) == 1


def test_a_long_stretch_without_times_is_found_in_an_archive_though_exports_begin_and_end_otherwise() -> None:
    whole = [Message(author="Ana", text=f"text {number}") for number in range(210)]
    ours, theirs = (Message(author="Bo", text=text) for text in ("ours", "theirs"))
    archive = identify([ours, *whole, ours])
    merged = merge(archive, [theirs, *whole, theirs])
    assert merged == [archive[0], theirs, *archive[1:], theirs]


def test_a_long_stretch_is_known_by_its_platforms_ids_though_every_word_of_it_changed() -> None:
    old = [said(0, "Ana", f"text {number}", id=f"i{number}") for number in range(210)]
    new = [replace(message, text=message.text.upper()) for message in old]
    added = said(0, "Bo", "added", id="added")
    ours, theirs = (said(0, "Bo", text, id=text) for text in ("ours", "theirs"))
    merged = merge([ours, *old, ours], [theirs, *new[:100], added, *new[100:], theirs])
    assert merged.index(added) == merged.index(old[100]) - 1
