"""Google Chat, from Takeout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from egregora.errors import Unreadable
from egregora.ingest import open_paths
from egregora.message import Attachment, Message, Reaction
from whatsapp_exports import NOW, chat, codes, export, source, zipped

CASE = Path(__file__).parent / "cases/google_chat_takeout"
ANN = {"name": "Ann", "email": "ann@x.y", "user_type": "Human"}
BOB = {"name": "Bob", "email": "bob@x.y", "user_type": "Human"}


def room(*rows: dict[str, Any]) -> str:
    filled = [
        {
            "creator": ANN,
            "created_date": "Saturday, May 13, 2023 at 10:00:00\u202fAM UTC",
            "message_id": f"AAA/t/{n}",
            "topic_id": "t",
            **row,
        }
        for n, row in enumerate(rows)
    ]
    return json.dumps({"messages": filled}, indent=2)


def read(**row: Any) -> Message:
    return next(chat(room(row), "messages.json").messages())


def test_a_takeout_is_read_with_its_room() -> None:
    (found,) = open_paths([CASE], now=NOW).chats
    rows = list(found.messages())
    assert (found.platform, found.id, found.name, found.named) == ("google_chat", "sp", "Bob", True)
    assert [m.time for m in rows] == [
        f"2023-05-13T{clock}Z"
        for clock in ("10:00:00", "12:00:05", "00:30:00", "10:01:00", "10:02:00", "10:03:00", "10:04:00")
    ]
    assert [m.kind for m in rows] == ["text", "text", "text", "attachment", "system", "text", "text"]
    assert [m.author for m in rows if m.kind != "system"] == ["Alice", "Bob", "Bob", "Alice", "Alice", "Bob"]
    assert [m.edited for m in rows] == [False] * 5 + [True, False]


@pytest.mark.parametrize(
    "written",
    [
        "Saturday, May 13, 2023 at 10:04:00 PM UTC",
        "Samstag, 13. Mai 2023 um 22:04:00 UTC",
        "sábado, 13 de mayo de 2023, 22:04:00 UTC",
        "samedi 13 mai 2023 à 22:04:00 UTC",
        "sábado, 13 de maio de 2023 às 22:04:00 UTC",
        "суббота, 13 мая 2023 г. в 22:04:00 UTC",
        "2023年5月13日土曜日 22時04分00秒 UTC",
        "2023年5月13日星期六 UTC 22:04:00",
        "2023년 5월 13일 토요일 오후 10시 4분 0초 UTC",
        "sobota, 13 maja 2023 22:04:00 UTC",
    ],
)
def test_dates_are_read_in_many_languages(written: str) -> None:
    assert read(created_date=written).time == "2023-05-13T22:04:00Z"


def test_a_weekday_that_sounds_like_a_month_is_none() -> None:
    assert read(created_date="martes, 13 de junio de 2023, 10:04:00 UTC").time == "2023-06-13T10:04:00Z"


@pytest.mark.parametrize(
    "written", ["Saturday, May 13, 99999999999999999999 at 10:04:00 PM UTC", "May 32, 2023 at 1:00:00 AM UTC"]
)
def test_a_day_that_does_not_exist_is_left_out(written: str) -> None:
    assert read(created_date=written).time is None


def test_a_date_that_is_not_understood_is_left_out_and_said() -> None:
    found = export(source(room({"created_date": "yesterday"}), "messages.json"))
    assert [m.time for m in found.chats[0].messages()] == [None]
    assert codes(found) == {"no_date": 1}


def test_reactions_quotes_threads_and_files_are_kept() -> None:
    data = room(
        {"creator": BOB, "text": "a"},
        {
            "text": "b",
            "quoted_message_metadata": {"message_id": "AAA/t/0"},
            "reactions": [{"emoji": {"unicode": "👍"}, "reactor_emails": ["bob@x.y", "eve@x.y"]}],
            "attached_files": [{"original_name": "a.pdf", "export_name": "File-a.pdf"}, {"export_name": "b.pdf"}],
        },
    )
    files = zipped({"Chat/Space AAA/messages.json": data, "Chat/Space AAA/File-a.pdf": b"x"})
    (found,) = export(source(files, "takeout.zip")).chats
    message = list(found.messages())[1]
    assert message.reply_to == "AAA/t/0"
    assert message.thread == "t"
    assert message.reactions == (Reaction("👍", "Bob"), Reaction("👍", "eve@x.y"))
    assert message.attachments == (Attachment("a.pdf", present=True), Attachment("b.pdf"))
    assert (found.id, found.named) == ("AAA", False)


def test_a_group_has_the_name_that_it_was_given() -> None:
    files = zipped({"C/S/messages.json": room({"text": "a"}), "C/S/group_info.json": '{"name": "Trip", "members": []}'})
    assert export(source(files, "t.zip")).chats[0].name == "Trip"


def test_what_stands_beside_the_messages_may_be_broken() -> None:
    files = zipped({"C/S/messages.json": room({"text": "a"}), "C/S/group_info.json": '{"members": [[[['})
    assert export(source(files, "t.zip")).chats[0].messages_count == 1


def test_a_room_without_messages_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        chat('{"x": {"creator": 1, "created_date": 1, "topic_id": 1}, "messages": []}', "messages.json")
