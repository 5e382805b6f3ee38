"""A while of fuzzing with every test run, a minute of it where that is a server's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from egregora.message import Message
from exports import conversation, export_of
from fuzz.promise import check, hold
from fuzz.seeds import seeds
from fuzz.target import fuzz

GOOD = conversation(3)


@pytest.mark.parametrize(
    "bad",
    [
        Message(time="2024-03-01", author="Chidi", text="a day is no time"),
        Message(time="2024-03-01T10:00:00+01:00", author="Chidi", text="neither local nor an instant"),
        Message(time="2024-03-01T10:00:00", author="Nobody", text="not among the authors"),
        Message(time="2024-03-01T10:00:00", author="Chidi", text="\ud800"),
        Message(time="2024-03-01T10:00:00", author="", text="nobody"),
    ],
)
def test_a_broken_promise_is_seen(bad: Message) -> None:
    export = export_of([*GOOD, bad])
    chat = replace(export.chats[0], authors=("Ada Lindqvist", "Bruno Teixeira", "Chidi"))
    with pytest.raises((AssertionError, UnicodeEncodeError)):
        hold(chat, export)


def test_a_count_that_does_not_hold_is_seen_and_so_is_a_second_reading_that_differs() -> None:
    export = export_of(GOOD)
    hold(export.chats[0], export)
    with pytest.raises(AssertionError, match="counts"):
        hold(replace(export.chats[0], messages_count=4), export)
    turns: Iterator[list[Message]] = iter([GOOD, GOOD[::-1]])
    with pytest.raises(AssertionError, match="second reading"):
        hold(replace(export.chats[0], messages=lambda: iter(next(turns))), export)


@pytest.mark.slow
def test_known_exports_keep_their_promises() -> None:
    outcomes = [check(files) for cases in seeds().values() for files in cases]
    assert len(outcomes) > 50
    assert outcomes.count("refused") < len(outcomes) / 4


@pytest.mark.slow
def test_damaged_exports_keep_their_promises() -> None:
    outcomes = fuzz(60 if os.environ.get("CI") else 10)
    assert outcomes.total() > 50
    assert len(outcomes) > 5
