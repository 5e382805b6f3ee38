"""Exports made of messages, without a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from egregora.ingest import Chat, ChatReport, Export, FileReport, Report
from egregora.message import Message

WORDS = (
    "train ticket garden kitchen lamp river market winter bread coffee window letter island guitar mountain engine "
    "harbour lantern pepper copper forest blanket saddle orchard pencil cinema bicycle thunder violin basket"
).split()
PEOPLE = ("Ada Lindqvist", "Bruno Teixeira", "Chidi")


def conversation(count: int, *, start: str = "2024-03-01T09:00:00", minutes: int = 7, words: int = 12) -> list[Message]:
    """`count` messages of three people, each with a text of its own, `minutes` apart."""
    begin = datetime.fromisoformat(start)
    return [
        Message(
            time=(begin + timedelta(minutes=minutes * n)).isoformat(),
            author=PEOPLE[n % 3],
            text=f"{n}: " + " ".join(WORDS[(n * 7 + k * k + n // 5) % len(WORDS)] for k in range(words)),
        )
        for n in range(count)
    ]


def export_of(messages: Sequence[Message], *, name: str = "Harbour Street", named: bool = True) -> Export:
    """An export of one chat."""
    people = tuple(dict.fromkeys(m.author for m in messages if m.author))
    times = [m.time for m in messages if m.time]
    first, last = (times[0], times[-1]) if times else (None, None)
    system = sum(m.kind == "system" for m in messages)
    chat = Chat(
        id="",
        name=name,
        platform="whatsapp",
        authors=people,
        messages=lambda: iter(messages),
        messages_count=len(messages) - system,
        system_count=system,
        first=first,
        last=last,
        named=named,
    )
    report = ChatReport("", name, "whatsapp", len(messages) - system, system, first, last)
    return Export((chat,), Report((FileReport("chat.txt", "whatsapp", (report,)),)))
