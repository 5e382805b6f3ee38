from __future__ import annotations

import json
from typing import Any

import pytest

from egregora.errors import Unreadable
from egregora.ingest import Chat
from egregora.message import Attachment, Message, Reaction
from whatsapp_exports import codes, export, source, zipped

REALM = {
    "zerver_realm": [{"id": 2, "string_id": "acme", "name": "Acme"}],
    "zerver_realmauditlog": [{"id": 1, "event_type": 5}],
    "zerver_userprofile": [{"id": 10, "full_name": "Ann"}, {"id": 11, "full_name": "Bob"}, {"id": 12, "full_name": ""}],
    "zerver_userprofile_crossrealm": [{"id": 1, "full_name": "Notification Bot", "email": "n@z"}],
    "zerver_recipient": [
        {"id": 100, "type": 2, "type_id": 7}, {"id": 101, "type": 1, "type_id": 11},
        {"id": 103, "type": 1, "type_id": 10}, {"id": 102, "type": 3, "type_id": 4},
    ],
    "zerver_stream": [{"id": 7, "name": "general"}],
    "zerver_subscription": [{"user_profile": 10, "recipient": 102}, {"user_profile": 11, "recipient": 102}],
    "zerver_reaction": [{"id": 1, "message": 1, "user_profile": 11, "emoji_name": "tada"}],
}  # fmt: skip


def table(*rows: dict[str, Any]) -> str:
    filled = [
        {"id": n, "sender": 10, "recipient": 100, "subject": "food", "content": "a", "date_sent": 1700000000.5, **row}
        for n, row in enumerate(rows, 1)
    ]
    usermessages = [{"id": n, "user_profile": 10, "message": n} for n in range(5)]
    return json.dumps({"zerver_message": filled, "zerver_usermessage": usermessages})


def organization(*rows: dict[str, Any]) -> list[Chat]:
    members: dict[str, bytes | str] = {
        "o/realm.json": json.dumps(REALM, indent=4),
        "o/messages-000001.json": table(*rows),
        "o/uploads/2/ab/x/cat.png": b"",
    }
    return list(export(source(zipped(members), "export.zip")).chats)


def one(**row: Any) -> Message:
    (chat,) = organization(row)
    (message,) = chat.messages()
    return message


def test_an_organizations_conversations_are_told_apart() -> None:
    rows: list[dict[str, Any]] = [
        {}, {"recipient": 101}, {"recipient": 103, "sender": 11}, {"recipient": 102}, {"sender": 1}, {"recipient": 999},
    ]  # fmt: skip
    found = {c.id: (c.name, [m.id for m in c.messages()]) for c in organization(*rows)}
    assert found == {
        "acme-stream7": ("general", ["1", "5"]),
        "acme-direct10-11": ("Ann, Bob", ["2", "3"]),
        "acme-direct4": ("Ann, Bob", ["4"]),
        "acme-recipient999": ("acme-recipient999", ["6"]),
    }


def test_a_message_has_what_zulip_has() -> None:
    message = one(edit_history='[{"prev_content": "b"}]')
    assert message == Message(
        id="1", time="2023-11-14T22:13:20.5Z", author="Ann", author_id="10", text="a", edited=True, thread="food",
        reactions=(Reaction(":tada:", "Bob"),),
    )  # fmt: skip
    assert not one(edit_history='[{"prev_topic": "b"}]').edited
    assert one(content="/poll When?\nMon").kind == "poll"
    upload = one(content="see [cat](/user_uploads/2/ab/x/cat.png) [dog](/user_uploads/2/cd/y/d%20g.png)")
    assert upload.attachments == (Attachment("cat.png", True), Attachment("d g.png"))


@pytest.mark.parametrize("sender", [12, 99])
def test_somebody_without_a_name_is_nobody_in_particular(sender: int) -> None:
    message = one(sender=sender)
    assert (message.author, message.author_id, message.kind) == (None, str(sender), "text")


def shown(**topics: list[dict[str, Any]]) -> list[Chat]:
    members: dict[str, bytes | str] = {
        f"json/{path.replace('__', '/')}.json": json.dumps(rows, sort_keys=True, indent=4)
        for path, rows in topics.items()
    }
    return list(export(source(zipped(members), "archive.zip")).chats)


def row(number: int, content: str = "<p>a</p>") -> dict[str, Any]:
    return {"id": number, "content": content, "sender_full_name": "Ann", "timestamp": 1700000000 + number}


def test_a_channels_topics_are_put_together_by_ids() -> None:
    topics = {f"42-general__t{n}": [row(n), row(500 + n)] for n in range(150)}
    (chat,) = shown(**topics, **{"42-general__a.20b": [row(400)]})
    assert (chat.id, chat.name, chat.messages_count) == ("stream42", "general", 301)
    messages = list(chat.messages())
    assert [int(m.id) for m in messages] == [*range(150), 400, *range(500, 650)]
    assert [m.thread for m in messages[149:151]] == ["t149", "a b"]


def test_an_archives_html_becomes_words() -> None:
    html = (
        '<p><span class="user-mention" data-user-id="9">@Bob</span> see <a href="https://e.org">this</a><br>\n'
        "1 &lt; 2</p>\n"
        '<p><a href="/user_uploads/2/ab/cat.png">cat.png</a></p>'
    )
    (chat,) = shown(**{"42-general__t": [row(1, html)]})
    (message,) = chat.messages()
    assert message.text == "@Bob see this\n1 < 2\ncat.png"
    assert message.attachments == (Attachment("cat.png"),)


def test_a_file_that_was_cut_off_is_read_to_its_end() -> None:
    data = table(*({"content": f"t{n}"} for n in range(30)))
    found = export(source(data[:2000], "messages-000001.json"))
    assert found.chats[0].messages_count > 10
    assert codes(found) == {"truncated_file": 1}


def test_an_export_without_messages_is_refused() -> None:
    with pytest.raises(Unreadable, match="holds no messages"):
        organization()
