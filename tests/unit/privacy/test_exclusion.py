from __future__ import annotations

from egregora.ids import Handle
from egregora.message import Message, Reaction
from egregora.privacy.exclusion import exclude

ANA, BOB = Handle("@aaaaaaaaaa"), Handle("@bbbbbbbbbb")


def test_messages_reactions_and_mentions_of_those_who_opted_out_go() -> None:
    messages = [
        Message(author=ANA, text="me"),
        Message(author=BOB, text=f"hi {ANA}, {BOB}", reactions=(Reaction("👍", ANA), Reaction("🎉", BOB))),
        Message(kind="system", text=f"{ANA} left"),
    ]
    assert exclude(messages, {ANA}) == [
        Message(author=BOB, text=f"hi [person], {BOB}", reactions=(Reaction("🎉", BOB),)),
        Message(kind="system", text="[person] left"),
    ]


def test_a_handle_inside_another_word_is_not_a_mention() -> None:
    messages = [Message(author=BOB, text="x@aaaaaaaaaa @aaaaaaaaaab")]
    assert exclude(messages, {ANA}) == messages


def test_without_an_opt_out_messages_stay_the_very_same() -> None:
    messages = [Message(author=ANA, text=f"{BOB}"), Message(author=BOB, text="b")]
    assert all(a is b for a, b in zip(exclude(messages, frozenset()), messages, strict=True))
    untouched = exclude(messages, {Handle("@cccccccccc")})
    assert all(a is b for a, b in zip(untouched, messages, strict=True))
