"""Uploads as people make them: new chats, longer exports, overlapping ones, and the same again."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from egregora.ids import slug
from egregora.message import Message
from exports import PEOPLE, WORDS
from whatsapp_exports import zipped

Said = tuple[str, str | None, str]
"""A message as it is counted: its conversation, its time and its text."""

SESSION = 10
"""Messages that are said together; exports begin and end between two sessions."""
LONGEST = 45
"""Sessions of a chat at most."""
_PACE = timedelta(minutes=1)
_FEW, _MANY = 12, 260
"""Words of a usual message, and of a long one: windows with several of those are too large, and split."""


@dataclass(frozen=True)
class Upload:
    """One object that is put into the bucket for exports, and what it says."""

    kind: str
    name: str
    data: bytes = field(repr=False)
    said: Counter[Said] = field(repr=False)


@dataclass
class _Chat:
    """A conversation that goes on, and the spans of sessions that were exported so far."""

    name: str
    sessions: list[list[Message]] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    files: int = 0


def uploads(rng: random.Random) -> Iterator[Upload]:
    """Uploads without an end. Each overlaps what was exported of its chat before, or begins a chat."""
    chats: list[_Chat] = []
    while True:
        kind = rng.choices(("new", "grown", "overlapping", "repeated"), (15, 35, 30, 20))[0]
        open_ = [chat for chat in chats if chat.spans[-1][1] < LONGEST]
        if kind == "new" or not open_:
            chats.append(_Chat(f"{rng.choice(WORDS).capitalize()} Quay {len(chats) + 1}"))
            yield _exported(rng, chats[-1], "new", 0, rng.randint(6, 16))
        elif kind == "repeated":
            chat = rng.choice(chats)
            yield _exported(rng, chat, kind, *rng.choice(chat.spans))
        else:
            chat = rng.choice(open_)
            reached = max(stop for _, stop in chat.spans)
            start = 0 if kind == "grown" else rng.randint(max(0, reached - 8), reached - 1)
            yield _exported(rng, chat, kind, start, reached + rng.randint(1, 8))


def _exported(rng: random.Random, chat: _Chat, kind: str, start: int, stop: int) -> Upload:
    while len(chat.sessions) < stop:
        chat.sessions.append(_session(rng, chat.name, len(chat.sessions)))
    chat.spans.append((start, stop))
    chat.files += 1
    messages = [message for session in chat.sessions[start:stop] for message in session]
    name, text = f"WhatsApp Chat with {chat.name}", _written(messages)
    data = zipped({f"{name}.txt": text}) if rng.random() < 0.5 else text
    suffix = "zip" if isinstance(data, bytes) else "txt"
    said = Counter((slug(chat.name), message.time, message.text) for message in messages)
    return Upload(kind, f"{name} ({chat.files}).{suffix}", data if isinstance(data, bytes) else data.encode(), said)


def _session(rng: random.Random, chat: str, number: int) -> list[Message]:
    """Messages of one day, later than the 12th, so that no export's dates can be read in two ways.

    Two of them are the same in all but their place, said by one person in one minute.
    """
    begin = datetime(2024, 1 + number // 15, 13 + number % 15, rng.randint(6, 20), 5)  # noqa: DTZ001
    twice = rng.randrange(2, SESSION - 2)
    made: list[Message] = []
    for place in range(SESSION):
        minute = place - (place == twice + 1)
        if place in {twice, twice + 1}:
            author, text = PEOPLE[number % 3], "ok"
        else:
            count = _MANY if rng.random() < 0.03 else _FEW
            author, text = (
                rng.choice(PEOPLE),
                f"{slug(chat)} {number} {place}: " + " ".join(rng.choices(WORDS, k=count)),
            )
        made.append(Message(time=(begin + minute * _PACE).isoformat(), author=author, text=text))
    return made


def _written(messages: Sequence[Message]) -> str:
    """An export as a phone would write it."""
    lines = []
    for message in messages:
        time = datetime.fromisoformat(message.time or "")
        lines.append(f"{time:%d/%m/%Y, %H:%M} - {message.author}: {message.text}\n")
    return "".join(lines)
