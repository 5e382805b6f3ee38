"""Exports of Telegram and Discord, as large as asked for: `python json_exports.py telegram MIB FILE`."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any, TextIO

_WORDS = ("so", "we", "meet", "at", "the", "lake", "tomorrow", "jeśli", "nie", "pada", "👍", "train", "leaves", "now")
_PEOPLE = 40
_START = 1_600_000_000
_SAMPLE = 2_000
"""Messages that are made; with other numbers and times they repeat to the end."""


def write(platform: str, mib: int, path: Path) -> int:
    """Write an export of this many MiB, set as the platform's program sets it; tell how many messages it holds."""
    head, row, indent, level = {"telegram": (_TELEGRAM, _telegram, 1, 2), "discord": (_DISCORD, _discord, 2, 4)}[
        platform
    ]
    chance = random.Random(7)
    pattern = " " * level
    sample = [
        json.dumps(row(chance, n), indent=indent, ensure_ascii=False).replace("\n", "\n" + pattern).replace("%", "%%")
        for n in range(_SAMPLE)
    ]
    number = '"@id"' if platform == "telegram" else "@id"
    sample = [text.replace(number, "%(id)d").replace("@time", "%(time)s") for text in sample]
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(head, indent=indent).partition("[")[0] + "[\n" + pattern)
        return _fill(file, sample, mib * 1024 * 1024, f",\n{pattern}", indent, platform)


def _fill(file: TextIO, sample: list[str], size: int, between: str, indent: int, platform: str) -> int:
    count = 0
    while True:
        block = []
        for text in sample:
            count += 1
            seconds = _START + 60 * count
            time = str(seconds) if platform == "telegram" else _iso(seconds)
            block.append(text % {"id": 1_000_000_000 + count, "time": time})
        file.write(between.join(block))
        if file.tell() >= size:
            file.write("\n" + " " * indent + "]\n}\n")
            return count
        file.write(between)


def _iso(seconds: int) -> str:
    day, second = divmod(seconds, 86_400)
    month, year = day // 28 % 12 + 1, 1970 + day // 336
    clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.123"
    return f"{year}-{month:02}-{day % 28 + 1:02}T{clock}+00:00"


def _words(chance: random.Random) -> str:
    return " ".join(chance.choices(_WORDS, k=chance.randint(1, 24)))


_TELEGRAM = {"name": "Trip", "type": "private_supergroup", "id": 1234567890, "messages": [0]}
_DISCORD = {
    "guild": {"id": "8", "name": "Guild", "iconUrl": "https://cdn.example/icon.png"},
    "channel": {
        "id": "9",
        "type": "GuildTextChat",
        "categoryId": "3",
        "category": "Text",
        "name": "general",
        "topic": None,
    },
    "dateRange": {"after": None, "before": None},
    "exportedAt": "2024-01-01T00:00:00+00:00",
    "messages": [0],
}


def _telegram(chance: random.Random, number: int) -> dict[str, Any]:
    text, person = _words(chance), chance.randrange(_PEOPLE)
    row: dict[str, Any] = {
        "id": "@id",
        "type": "message",
        "date": "2023-11-15T00:14:20",
        "date_unixtime": "@time",
        "from": f"Person {person}",
        "from_id": f"user{70_000_000 + person}",
    }
    if number % 9 == 0:
        row["reply_to_message_id"] = number
    if number % 25 == 0:
        row |= {"photo": f"photos/photo_{number}@15-11-2023_00-14-20.jpg", "width": 960, "height": 1280}
    if number % 12 == 0:
        link = {"type": "link", "text": "https://example.org/x"}
        return row | {"text": [text, link, ""], "text_entities": [{"type": "plain", "text": text}, link]}
    row |= {"text": text, "text_entities": [{"type": "plain", "text": text}]}
    if number % 15 == 0:
        who = {"from": "Person 1", "from_id": "user70000001", "date": "2023-11-15T00:14:20"}
        row["reactions"] = [{"type": "emoji", "count": 1, "emoji": "👍", "recent": [who]}]
    return row


def _discord(chance: random.Random, number: int) -> dict[str, Any]:
    person = chance.randrange(_PEOPLE)
    author = {
        "id": str(530_805_779_645_595_000 + person),
        "name": f"person{person}",
        "discriminator": "0000",
        "nickname": f"Person {person}",
        "color": "#E91E63",
        "isBot": False,
        "roles": [{"id": "459136077417021488", "name": "crew", "color": "#E91E63", "position": 4}],
        "avatarUrl": "https://cdn.discordapp.com/avatars/530805779645595000/0123456789abcdef0123456789abcdef.png?size=512",
    }
    emoji = {
        "id": "",
        "name": "👍",
        "code": "thumbsup",
        "isAnimated": False,
        "imageUrl": "https://cdn.example/1f44d.svg",
    }
    reply = {"reference": {"messageId": "@id", "channelId": "9", "guildId": "8"}} if number % 9 == 0 else {}
    return {
        "id": "@id",
        "type": "Reply" if reply else "Default",
        "timestamp": "@time",
        "timestampEdited": None,
        "callEndedTimestamp": None,
        "isPinned": False,
        "content": _words(chance),
        "author": author,
        "attachments": [],
        "embeds": [],
        "stickers": [],
        "reactions": [{"emoji": emoji, "count": 2, "users": []}] if number % 15 == 0 else [],
        "mentions": [author] if number % 20 == 0 else [],
        "inlineEmojis": [],
        **reply,
    }


if __name__ == "__main__":
    print(write(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
