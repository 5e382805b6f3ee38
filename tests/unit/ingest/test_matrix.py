"""Rooms that Element exported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from egregora.errors import Unreadable
from egregora.ingest import open_paths
from egregora.message import Attachment, Message, Reaction
from whatsapp_exports import NOW, chat, codes, export, source, zipped

CASE = Path(__file__).parent / "cases/matrix_element_json"
TEXT = "matrix - Room A - Chat Export - 2023-05-14T10-00-00.000Z.txt"


def event(number: int, content: dict[str, Any], kind: str = "m.room.message", **fields: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "event_id": f"${number}",
        "room_id": "!r:x",
        "sender": "@a:x",
        "origin_server_ts": 1_683_972_000_000 + number * 1000,
        "content": content,
        **fields,
    }


def said(number: int, body: str, **content: Any) -> dict[str, Any]:
    return event(number, {"msgtype": "m.text", "body": body, **content})


def room(*events: dict[str, Any]) -> str:
    return json.dumps({"room_name": "Room", "room_creator": "Ann", "messages": list(events)}, indent=2)


def read(*events: dict[str, Any]) -> list[Message]:
    return list(chat(room(*events), "room.json").messages())


def test_an_authored_room_is_read_as_it_was_written() -> None:
    found = open_paths([CASE], now=NOW)
    (room_,) = found.chats
    rows = {m.id: m for m in room_.messages()}
    assert (room_.platform, room_.id, room_.name, room_.mentioned) == ("matrix", "r-x", "Room", ("Alice",))
    assert list(rows) == ["$3", "$4", "$6", "$7", "$8", "$10"]
    assert (rows["$4"].text, rows["$4"].edited, rows["$4"].reply_to) == ("fixed", True, "$3")
    assert rows["$6"].attachments == (Attachment("p.jpg"),)
    assert (rows["$7"].kind, rows["$7"].author) == ("system", None)
    assert codes(found) == {"undecryptable": 1}


def test_an_answer_loses_what_it_quotes_and_keeps_what_it_answers() -> None:
    answer = {"m.relates_to": {"m.in_reply_to": {"event_id": "$1"}}}
    rows = read(said(1, "> mine"), said(2, "> <@a:x> one\n> two\n\nyes\n> mine", **answer))
    assert [(m.text, m.reply_to) for m in rows] == [("> mine", None), ("yes\n> mine", "$1")]


def test_edits_and_reactions_change_what_they_are_about() -> None:
    rows = read(
        said(1, "a"),
        event(2, {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$1", "key": "👍"}}, "m.reaction"),
        said(3, "* b", **{"m.new_content": {"body": "b"}, "m.relates_to": {"rel_type": "m.replace", "event_id": "$1"}}),
        said(4, "* d", **{"m.new_content": {"body": "d"}, "m.relates_to": {"rel_type": "m.replace", "event_id": "$0"}}),
    )
    assert [(m.id, m.text, m.edited, m.reactions) for m in rows] == [
        ("$1", "b", True, (Reaction("👍", "@a:x"),)),
        ("$4", "d", True, ()),
    ]


def test_an_event_that_stands_twice_is_one_message() -> None:
    assert [m.id for m in read(said(1, "a"), said(2, "b"), said(1, "a"))] == ["$1", "$2"]


def test_threads_polls_files_and_places_are_kept() -> None:
    poll = {"question": {"org.matrix.msc1767.text": "Where?"}, "answers": [{"org.matrix.msc1767.text": "Here"}]}
    rows = read(
        said(1, "a", **{"m.relates_to": {"rel_type": "m.thread", "event_id": "$0"}}),
        event(2, {"org.matrix.msc3381.poll.start": poll}, "org.matrix.msc3381.poll.start"),
        event(3, {"msgtype": "m.file", "body": "see", "filename": "a.pdf"}),
        event(4, {"msgtype": "m.location", "body": "there"}),
        event(5, {}, "m.call.invite"),
        event(6, {}, "m.room.topic"),
    )
    assert rows[0].thread == "$0"
    assert [(m.kind, m.text) for m in rows] == [
        ("text", "a"), ("poll", "Where?\n- Here"), ("attachment", "see"), ("location", "there"), ("call", ""),
    ]  # fmt: skip


def test_a_file_is_present_where_the_archive_holds_it() -> None:
    data = zipped({"e/export.json": room(event(1, {"msgtype": "m.image", "body": "p.jpg"})), "e/images/p.jpg": b"x"})
    (found,) = export(source(data, "e.zip")).chats
    assert next(found.messages()).attachments == (Attachment("p.jpg", present=True),)


def test_plain_text_is_read_with_the_browsers_dates() -> None:
    data = (
        "5/13/2023, 10:00:01\u202fAM - Ann created and configured the room.\n5/13/2023, 10:00:05\u202fAM - Ann: hello\n"
        "more\n5/14/2023, 1:00:05\u202fPM - Bob: yes\n5/14/2023, 1:00:06\u202fPM - * Bob waves\n"
    )
    found = chat(data, TEXT)
    assert (found.platform, found.name, found.named) == ("matrix", "Room A", True)
    assert [(m.time, m.author, m.kind, m.text) for m in found.messages()] == [
        ("2023-05-13T10:00:01", None, "system", "Ann created and configured the room."),
        ("2023-05-13T10:00:05", "Ann", "text", "hello\nmore"),
        ("2023-05-14T13:00:05", "Bob", "text", "yes"),
        ("2023-05-14T13:00:06", "Bob", "text", "waves"),
    ]


def test_a_text_of_whatsapp_is_none_of_element() -> None:
    assert chat("5/13/23, 10:00 - Ann: hello\n5/13/23, 10:01 - Bob: yes\n", "chat.txt").platform == "whatsapp"


def test_a_room_without_messages_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        chat(room(), "room.json")
