"""Whatever people write comes back as it was, in every shape of header."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.ingest.whatsapp.columns import Room
from egregora.ingest.whatsapp.header import parse
from egregora.ingest.whatsapp.reader import WhatsApp
from egregora.ingest.whatsapp.text import BLOCK
from whatsapp_exports import NOW, chat, messages, source

Header = Callable[[datetime], str]

SHAPES: dict[str, Header] = {
    "android": lambda t: f"{t:%d/%m/%Y, %H:%M} - ",
    "american": lambda t: (
        f"{t.month}/{t.day}/{t:%y}, {t.hour % 12 or 12}:{t:%M}\u202f{'PM' if t.hour > 11 else 'AM'} - "
    ),
    "iphone": lambda t: f"[{t:%d.%m.%y, %H:%M:%S}] ",
    "marked": lambda t: f"\u200e[{t:%Y-%m-%d, %H:%M:%S}] ",
    "finnish": lambda t: f"{t.day}.{t.month}.{t.year} klo {t.hour}.{t:%M} - ",
    "korean": lambda t: (
        f"[{t.year}. {t.month}. {t.day}. {'오후' if t.hour > 11 else '오전'} {t.hour % 12 or 12}:{t:%M:%S}] "
    ),
    "arabic": lambda t: f"\u200f{t.day}\u200f/{t.month}\u200f/{t.year}، {t:%H:%M} - ".translate(
        {ord("0") + n: 0x660 + n for n in range(10)}
    ),
}
START = datetime.fromisoformat("2023-05-13T22:58:00")

lines = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=30)
bodies = st.lists(lines, min_size=1, max_size=4).map("\n".join)
names = st.sampled_from(["Alice", "Bob Müller", "Eve 🌸", "R - the dash", "عماد", "+44 7700 900123"])
talks = st.lists(st.tuples(names, bodies), min_size=2, max_size=12)


def written(talk: list[tuple[str, str]], header: Header) -> str:
    stamps = (header(START + timedelta(minutes=13 * n)) for n in range(len(talk)))
    return "".join(f"{stamp}{name}: {body}\n" for stamp, (name, body) in zip(stamps, talk, strict=True))


def is_talk(talk: list[tuple[str, str]]) -> bool:
    """Not a header among the later lines, nor what WhatsApp's own lines start with."""
    return not any(parse(line) for _, body in talk for line in body.split("\n")[1:])


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=50, deadline=None)
@given(talk=talks.filter(is_talk))
def test_bodies_authors_and_times_come_back(shape: str, talk: list[tuple[str, str]]) -> None:
    anchored = [("Alice", "hello"), ("Bob", "hi"), *talk]
    found = messages(written(anchored, SHAPES[shape]))
    assert [m.text for m in found] == [body for _, body in anchored]
    times = [(START + timedelta(minutes=13 * n)).isoformat() for n in range(len(anchored))]
    assert [m.time for m in found] == times
    assert [m.author for m in found if m.kind != "system"] == [
        name for (name, _), m in zip(anchored, found, strict=True) if m.kind != "system"
    ]


@settings(max_examples=30, deadline=None)
@given(st.integers(-40, 40), st.sampled_from(["x", "é", "👍", "\r\n"]))
def test_a_message_may_lie_across_the_cut_between_blocks(offset: int, letter: str) -> None:
    padding = letter * ((BLOCK + offset) // len(letter.encode()) - 40)
    text = f"13/05/2023, 10:00 - A: {padding}\n13/05/2023, 10:01 - B: b\n13/05/2023, 10:02 - A: c\n"
    found = messages(text)
    assert [m.text for m in found] == [padding.replace("\r\n", "\n"), "b", "c"]
    assert chat(text).messages_count == 3


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=20, deadline=None)
@given(talk=talks.filter(is_talk), room=st.sampled_from([0, 2_500, 40_000]))
def test_a_file_too_large_to_be_kept_reads_the_same(shape: str, talk: list[tuple[str, str]], room: int) -> None:
    talk = [("Alice", "hello"), ("Bob", "hi"), *talk, ("Alice", "long " * 5_000), *talk, ("Bob", "<Media omitted>")]
    file = source(written(talk, SHAPES[shape]))
    read = (WhatsApp(NOW, Room(left)).read([file], [file]).chats[0] for left in (room, 10**9))
    few, all_ = (list(chat.messages()) for chat in read)
    assert few == all_
    assert len(all_) == len(talk)


def test_the_order_of_the_file_is_kept() -> None:
    times = ["01:30", "02:55", "02:05", "03:00", "02:59"]
    found = messages("".join(f"29/10/2023, {t} - A: {t}\n" for t in times))
    assert [m.text for m in found] == times
