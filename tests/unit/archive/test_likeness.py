"""What is one message and what is not, whichever phone wrote it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from egregora.archive.likeness import alike, bodies, body, hides, is_derived, key, platform_id, same
from egregora.message import Attachment, Kind, Message

M = Message(time="2024-03-01T10:00:00", author="@00000000aa", text="hello there")
FILE = replace(M, kind="attachment", text="f", attachments=(Attachment("IMG-1.jpg"),))
HIDDEN, SHOWN = "ask @00000000bb or [phone], please", "ask Bo Svensson or +45 12 34 56 78, please"


def but(message: Message, **changed: Any) -> Message:
    return replace(message, **changed)


def named(name: str) -> Message:
    return but(FILE, attachments=(Attachment(name),))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (but(M, text="  hello\r\n there \n"), "hello\n there"),
        (but(M, text="\u200ehe\u202allo\ufeff e\u0301"), "hello \u00e9"),
        (but(M, text=" hello there "), "hello there"),
        (but(M, text="hello\rthere"), "hellothere"),
        (but(M, text="hello <edited>"), "hello <edited>"),
        (but(M, text="hello <edited> ", edited=True), "hello"),
        (but(M, text="a <b> c", edited=True), "a <b> c"),
    ],
)
def test_a_body_is_without_what_phones_add(message: Message, expected: str) -> None:
    assert body(message) == expected
    assert bodies([M, message, FILE]) == ["hello there", expected, body(FILE)]


def test_a_file_and_a_note_that_it_was_left_out_have_one_body_and_so_have_withdrawn_messages() -> None:
    assert body(FILE) == body(but(M, kind="media_omitted", text="<Media omitted>"))
    assert body(but(M, kind="deleted", text="gone")) == body(but(M, kind="deleted", text="weg"))
    assert len({body(FILE), body(but(M, kind="deleted")), body(M)}) == 3


@pytest.mark.parametrize(
    ("identifier", "derived"),
    [("f" + "0" * 15, True), ("e" + "0" * 15, False), ("f" + "0" * 14, False), ("f" + "0" * 16, False), ("", False)],
)
def test_a_derived_id_is_told_from_a_platforms(identifier: str, derived: bool) -> None:
    assert is_derived(identifier) is derived
    assert platform_id(Message(id=identifier)) == ("" if derived else identifier)


def test_a_key_is_minute_author_and_body() -> None:
    assert key(M) == ("2024-03-01T10:00", "@00000000aa", "hello there")
    assert key(but(M, time=None)) == ("", "@00000000aa", "hello there")


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (M, True),
        (but(M, text="hello  "), True),
        (but(M, text="hello other"), False),
        (but(M, author="@00000000bb"), False),
        (but(M, time="2024-03-01T10:00:13"), True),
        (but(M, time="2024-03-01T10:00:00Z"), True),
        (but(M, time="2024-03-01T10:01:00"), False),
        (but(M, time=None), False),
        (but(M, id="7"), True),
        (but(M, id="f" + "0" * 15), True),
    ],
)
def test_one_message_in_two_exports_is_the_same(new: Message, expected: bool) -> None:
    assert same(but(M, text="hello"), but(new, text=new.text.replace(" there", ""))) is expected
    assert same(but(new, text=new.text.replace(" there", "")), but(M, text="hello")) is expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("10:00:13", "10:00:13", True),
        ("10:00:13", "10:00:14", False),
        ("10:00:13", "10:00:13.250", True),
        ("10:00:13", "10:00:14.250", False),
        ("10:00:13.25", "10:00:13.250Z", True),
        ("10:00:13Z", "10:00:13.25", True),
        ("10:00:00", "10:00:14.250", True),
        ("10:00:00Z", "10:00:14.250", True),
    ],
)
def test_times_agree_at_the_coarser_of_their_precisions(old: str, new: str, expected: bool) -> None:
    first, second = but(M, time=f"2024-03-01T{old}"), but(M, time=f"2024-03-01T{new}")
    assert same(first, second) is same(second, first) is expected


def test_two_ids_of_the_platform_are_two_messages() -> None:
    assert not same(but(M, id="1"), but(M, id="2"))
    assert not alike(but(M, id="1"), but(M, id="2"))
    assert same(but(M, id="1"), but(M, id="1"))
    assert same(but(M, id="1"), but(M, id="f" + "0" * 15))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("IMG-1.jpg", "IMG-1.jpg", True),
        ("IMG-1.jpg", "IMG-2.jpg", False),
        ("IMG-1.jpg", "00000012-PHOTO-2024.jpg", True),
        ("00000012-PHOTO-2024.jpg", "00000099-PHOTO-2024.jpg", True),
        ("00000012-PHOTO-2024.jpg", "00000099-PHOTO-2023.jpg", False),
        ("00000012-photo", "00000099-photo", False),
    ],
)
def test_files_that_are_named_in_one_manner_are_told_apart_by_their_names(old: str, new: str, expected: bool) -> None:
    assert same(named(old), named(new)) is expected
    assert alike(named(old), named(new)) is expected
    assert same(named(old), but(M, kind="media_omitted"))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (M, M, True),
        (M, but(M, text="something else"), False),
        (M, but(M, text="something else", edited=True), True),
        (but(M, edited=True), but(M, text="something else"), True),
        (M, but(M, text="", kind="deleted"), True),
        (but(M, text="", kind="deleted"), M, True),
        (M, but(M, text="", kind="deleted", author="@00000000bb"), False),
        (M, but(M, edited=True, author="@00000000bb"), False),
        (M, but(M, edited=True, time="2024-03-01T10:01:00"), False),
        (but(M, time=None), but(M, time=None), False),
        (but(M, time=None), M, False),
        (M, but(M, time=None), False),
        (but(M, text=HIDDEN), but(M, text=SHOWN), True),
        (but(M, text=SHOWN), but(M, text=HIDDEN), True),
        (FILE, but(FILE, edited=True, attachments=(Attachment("IMG-2.jpg"),)), False),
    ],
)
def test_one_message_between_the_same_neighbours_may_be_edited_withdrawn_or_know_more_people(
    old: Message, new: Message, expected: bool
) -> None:
    assert alike(old, new) is expected


@pytest.mark.parametrize("kind", ["system", "call", "location", "poll"])
def test_what_a_phone_words_itself_is_one_in_any_words(kind: Kind) -> None:
    old, new = but(M, kind=kind, text="missed call"), but(M, kind=kind, text="ubesvaret opkald")
    assert alike(old, new)
    assert not alike(old, but(new, time="2024-03-01T10:01:00"))
    assert alike(old, but(new, author="@00000000bb")) is (kind == "system")


@pytest.mark.parametrize("kind", ["text", "call", "deleted"])
def test_a_notice_is_no_message(kind: Kind) -> None:
    assert not alike(but(M, kind="system"), but(M, kind=kind))
    assert not alike(but(M, kind=kind), but(M, kind="system"))


def test_a_poll_is_no_call() -> None:
    assert not alike(but(M, kind="poll", text="a"), but(M, kind="call", text="b"))


@pytest.mark.parametrize(
    ("text", "other", "expected"),
    [
        (HIDDEN, SHOWN, True),
        (SHOWN, HIDDEN, False),
        (HIDDEN, HIDDEN, False),
        (SHOWN, SHOWN, False),
        ("plain", "plainer", False),
        ("@00000000bb", "Bo", True),
        ("@00000000bb", "B" * 80, True),
        ("@00000000bb", "B" * 100, False),
        ("  hi [person]!", "hi Bo \n", False),
        ("hi [person]!", " hi Bo!\n", True),
        ("hi [person]", "hi Bo\nSvensson", True),
        ("hi (really) [person]", "hi (really) Bo", True),
        ("hi .* [person]", "hi there Bo", False),
        ("hi [person]", "ho Bo", False),
        ("[person] says hi", "Bo says hi to all", False),
    ],
)
def test_a_text_hides_people_and_numbers_of_another(text: str, other: str, expected: bool) -> None:
    assert hides(text, other) is expected
