"""Ids outlive later merges."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from egregora.archive.identity import identify
from egregora.archive.likeness import bodies, body
from egregora.archive.merge import merge
from egregora.message import KINDS, Message
from talks import conversations, talk


@given(conversations())
def test_every_message_gets_an_id_of_its_own(whole: list[Message]) -> None:
    ids = [message.id for message in identify(whole)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[0-9a-f]{16}", identifier) for identifier in ids)


@given(conversations())
def test_identifying_again_changes_nothing(whole: list[Message]) -> None:
    assert identify(identify(whole)) == identify(whole)


@given(conversations(least=12), st.integers(4, 8))
def test_ids_stay_when_later_exports_are_merged_in(whole: list[Message], cut: int) -> None:
    archive = identify(whole[:cut])
    grown = identify(merge(archive, whole))
    assert grown[:cut] == archive
    assert grown == identify(whole)


def test_a_message_found_later_before_its_equal_does_not_take_its_id() -> None:
    archive = identify(talk(8))
    assert len({message.id for message in identify([replace(archive[5], id=""), *archive])}) == 9


def test_platform_ids_stay_and_salts_tell_sources_apart() -> None:
    assert identify([Message(id="42")]) == [Message(id="42")]
    assert identify(talk(1), salt="a") != identify(talk(1), salt="b")


def test_an_id_is_of_minute_author_text_and_number_and_the_same_in_every_version() -> None:
    said = Message(time="2024-03-01T10:00:13", author="@00000000aa", text="hello")
    others = [
        replace(said, time="2024-03-01T10:00:59", text=" hello\r"),
        said,
        replace(said, time=None),
        replace(said, author=None),
        replace(said, time="2024-03-01T10:01:13"),
        replace(said, text="hello \ud800"),
    ]
    assert [message.id for message in identify([said, *others])] == [
        "f1ae2f874fb70a77",
        "fc4d4497d8c5f737",
        "f70839d9f6c706d8",
        "fe1a1814e3a6318e",
        "f16e9e2316b4d154",
        "fd81c5546d923c4d",
        "f54890a3379d964b",
    ]
    assert [message.id for message in identify([said], salt="club")] == ["f362edba1b110b1e"]


def test_of_equals_each_has_its_number_whatever_ids_are_taken() -> None:
    ok = Message(text="ok")
    first, second, *rest = (message.id for message in identify([ok] * 6))
    mixed = identify([ok, ok, Message(id=second), ok, ok, Message(id=first)])
    assert [message.id for message in mixed] == [*rest[:2], second, *rest[2:], first]
    assert len({first, second, *rest}) == 6


TEXTS = st.text(st.sampled_from("a é\u0301e\r\n\u00a0\u200e\ufeff<x>日🌸\u0085"), max_size=8)


@given(st.lists(st.builds(Message, text=TEXTS, kind=st.sampled_from(KINDS), edited=st.booleans()), max_size=5))
def test_the_bodies_of_many_are_those_of_each(messages: list[Message]) -> None:
    assert bodies(messages) == list(map(body, messages))


@given(TEXTS)
def test_a_body_is_composed_and_holds_no_mark_of_direction(text: str) -> None:
    found = body(Message(text=text))
    assert unicodedata.is_normalized("NFC", found)
    assert found == found.strip()
    assert not set(found) & set("\r\u200e\ufeff")
