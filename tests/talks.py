"""Conversations to merge, pack and split."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from egregora.archive.identity import identify
from egregora.message import Message

PEOPLE = ("Ana", "@0123456789", "Bo: the builder")
START = datetime(2023, 5, 13, 10, 3)  # noqa: DTZ001


def said(minute: float, author: str | None, text: str, **more: Any) -> Message:
    time = (START + timedelta(seconds=round(minute * 60))).isoformat(timespec="seconds")
    return replace(Message(time=time, author=author, text=text), **more)


def talk(count: int = 120, *, seconds: int = 0, bob: str = "Bob", hours: int = 0) -> list[Message]:
    """A conversation with runs of the same "ok" in one minute."""
    return [
        said(
            i // 4 + hours * 60 + seconds / 60, (bob, "Alice", bob, bob)[i % 4], f"message {i}" if i % 4 == 0 else "ok"
        )
        for i in range(count)
    ]


@st.composite
def conversations(draw: st.DrawFn, least: int = 0) -> list[Message]:
    """Times that run on, stand still or step back a little; every other text is its own, between them runs of "ok"."""
    steps = draw(
        st.lists(st.tuples(st.integers(-1, 3), st.sampled_from(PEOPLE), st.booleans()), min_size=least, max_size=50)
    )
    minute, messages = 0, []
    for number, (step, author, short) in enumerate(steps):
        minute = max(0, minute + step)
        messages.append(said(minute, author, "ok" if short and number % 3 else f"text {number}"))
    return messages


@st.composite
def partitions(draw: st.DrawFn) -> list[Message]:
    """Messages of any length, some larger than a window, some without time, over hours and days."""
    talk = draw(conversations())
    lengths = draw(st.lists(st.integers(0, 300) | st.integers(900, 4000), min_size=len(talk), max_size=len(talk)))
    strides = draw(st.integers(1, 400))
    return identify(
        said(number * strides, message.author, message.text + " word" * (length // 5))
        if length % 7
        else replace(message, time=None)
        for number, (message, length) in enumerate(zip(talk, lengths, strict=True))
    )
