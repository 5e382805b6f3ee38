"""Hangouts, from Takeout."""

from __future__ import annotations

import json
from typing import Any

import pytest

from egregora.errors import Unreadable
from whatsapp_exports import export, source

PEOPLE = [
    {"id": {"gaia_id": "1", "chat_id": "1"}, "fallback_name": "Ann"},
    {"id": {"gaia_id": "2", "chat_id": "2"}, "fallback_name": "Bob"},
]


def said(number: int, *parts: tuple[str, str], sender: str = "1", **fields: Any) -> dict[str, Any]:
    segments = [{"type": kind, "text": text} for kind, text in parts]
    return {
        "conversation_id": {"id": "UgX"},
        "sender_id": {"gaia_id": sender, "chat_id": sender},
        "timestamp": str(1_398_000_000_000_000 + number),
        "chat_message": {"message_content": {"segment": segments}},
        "event_id": f"e{number}",
        "event_type": "REGULAR_CHAT_MESSAGE",
        **fields,
    }


EVENTS = [
    said(0, ("TEXT", "hi"), ("LINE_BREAK", "\n"), ("LINK", "http://x")),
    said(1, sender="9", chat_message={"message_content": {"attachment": [
        {"embed_item": {"type": ["PLUS_PHOTO"], "id": "i", "plus_photo": {"url": "https://a/b.jpg"}}}
    ]}}),
    said(2, chat_message=None, event_type="HANGOUT_EVENT"),
    said(3, chat_message=None, event_type="RENAME_CONVERSATION", conversation_rename={"new_name": "Trip 2"}),
]  # fmt: skip


def older(*conversations: tuple[str, list[dict[str, Any]]]) -> str:
    states = [
        {
            "conversation_id": {"id": name},
            "conversation_state": {
                "conversation_id": {"id": name},
                "conversation": {"name": "Trip", "participant_data": PEOPLE},
                "event": events,
            },
        }
        for name, events in conversations
    ]
    return json.dumps({"continuation_end_timestamp": "0", "conversation_state": states})


def newer(*conversations: tuple[str, list[dict[str, Any]]]) -> str:
    found = [
        {
            "conversation": {
                "conversation_id": {"id": name},
                "conversation": {"id": {"id": name}, "name": "Trip", "participant_data": PEOPLE},
            },
            "events": events,
        }
        for name, events in conversations
    ]
    return json.dumps({"conversations": found}, indent=2)


@pytest.mark.parametrize("layout", [older, newer])
def test_both_layouts_give_the_same_conversations(layout: Any) -> None:
    data = layout(("UgX", EVENTS), ("empty", []), ("UgY", EVENTS[:1]))
    first, second = export(source(data, "Hangouts.json")).chats
    rows = list(first.messages())
    assert (first.platform, first.id, first.name, first.mentioned) == ("hangouts", "UgX", "Trip", ("Bob",))
    assert [(m.id, m.kind, m.author, m.author_id, m.text) for m in rows] == [
        ("e0", "text", "Ann", "1", "hi\nhttp://x"),
        ("e1", "attachment", None, "9", ""),
        ("e2", "call", "Ann", "1", ""),
        ("e3", "system", None, None, "Trip 2"),
    ]
    assert rows[0].time == "2014-04-20T13:20:00Z"
    assert rows[1].attachments[0].name == "b.jpg"
    assert (second.id, [m.id for m in second.messages()]) == ("UgY", ["e0"])


def test_a_conversation_without_a_name_is_called_after_its_people() -> None:
    data = newer(("UgX", EVENTS)).replace('"name": "Trip"', '"name": null')
    assert export(source(data, "Hangouts.json")).chats[0].name == "Ann, Bob"


def test_a_file_without_messages_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="no message"):
        export(source(older(("UgX", [])), "Hangouts.json"))
