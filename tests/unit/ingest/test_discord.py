from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from egregora.errors import Unreadable
from egregora.ingest import Chat, open_paths
from egregora.ingest.listing import conversations, merged
from egregora.message import Attachment, Message, Reaction
from whatsapp_exports import NOW, codes, export, source, zipped

PARTS = Path(__file__).parent / "cases/discord_parts"
ANN = {"id": "111", "name": "ann", "nickname": "Ann A.", "isBot": False}


def told(*rows: dict[str, Any], channel: str = "9", guild: str = "8") -> bytes:
    """A channel as DiscordChatExporter sets it."""
    filled = [
        {
            "id": str(1000 + n), "type": "Default", "timestamp": f"2023-05-13T10:{n:02}:00.5+00:00", "content": "",
            "timestampEdited": None, "author": ANN, "attachments": [], "embeds": [], "mentions": [], **row,
        }
        for n, row in enumerate(rows)
    ]  # fmt: skip
    whole = {
        "guild": {"id": guild, "name": "Guild"},
        "channel": {"id": channel, "type": "GuildTextChat", "name": "general"},
        "messages": filled,
        "messageCount": len(filled),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False).encode()


def read(*rows: dict[str, Any], **head: str) -> Chat:
    (found,) = export(source(told(*rows, **head), "general [9].json")).chats
    return found


def one(**row: Any) -> Message:
    (message,) = read(row).messages()
    return message


def test_parts_that_overlap_are_one_history() -> None:
    found = open_paths(sorted(PARTS.iterdir()), now=NOW)
    assert [len(file.chats) for file in found.report.files] == [1, 1]
    (group,) = conversations(found.chats)
    messages = list(merged(group))
    assert [m.id for m in messages] == [str(n) for n in range(1001, 1011)]
    assert [m.id for m in messages if m.kind == "system"] == ["1006", "1007", "1009"]
    by_id = {m.id: m for m in messages}
    assert by_id["1002"].reply_to == "1001"
    assert by_id["1002"].time == "2023-05-13T10:01:00.123Z"
    assert by_id["1003"].edited
    assert by_id["1004"].text == "Build\npassed"
    assert by_id["1005"].reactions == (Reaction("👍"),) * 3
    assert (by_id["1008"].text, by_id["1008"].reply_to) == ("forwarded text", None)
    assert by_id["1006"].text == "bob joined the server."
    assert (by_id["1001"].author, by_id["1001"].author_id) == ("Alice A.", "111")


def test_parts_that_follow_each_other_are_one_chat() -> None:
    members: dict[str, bytes | str] = {
        "g/general [9] [part 2].json": told(
            {"timestamp": "2023-06-01T00:00:00+00:00", "content": "c"}, {"timestamp": None, "content": "d"}
        ),
        "g/general [9].json": told({"content": "a"}, {"content": "b"}),
        "g/other [7].json": told({"content": "x"}, channel="7"),
    }
    found = export(source(zipped(members), "export.zip"))
    assert sorted((c.id, c.messages_count, c.name) for c in found.chats) == [
        ("7", 1, "Guild: general"),
        ("9", 4, "Guild: general"),
    ]
    (chat,) = (c for c in found.chats if c.id == "9")
    assert [m.text for m in chat.messages()] == ["a", "b", "c", "d"]
    assert [m.text for m in chat.messages()] == ["a", "b", "c", "d"]


def test_an_export_that_starts_with_the_newest_is_turned_round() -> None:
    chat = read(*({"timestamp": f"2023-05-{n}T10:00:00+00:00", "content": f"t{n}"} for n in (30, 20, 10)))
    assert [m.text for m in chat.messages()] == ["t10", "t20", "t30"]
    assert (chat.first, chat.last) == ("2023-05-10T10:00:00Z", "2023-05-30T10:00:00Z")


def test_files_and_stickers_are_attachments() -> None:
    sent = [{"url": "general_Files/a-1F.png", "fileName": "a.png"}, {"url": "https://x/b.png", "fileName": "b.png"}]
    data = told({"attachments": sent, "stickers": [{"name": "Laugh"}], "content": "look"})
    (chat,) = export(source(zipped({"g/x.json": data, "g/general_Files/a-1F.png": b""}), "export.zip")).chats
    (message,) = chat.messages()
    assert message.attachments == (Attachment("a.png", True), Attachment("b.png"), Attachment("Laugh"))
    assert (message.kind, message.text) == ("attachment", "look")


def test_whoever_reacted_is_named_as_far_as_the_export_does() -> None:
    users = [{"id": "2", "name": "bob", "nickname": "Bob"}]
    assert one(reactions=[{"emoji": {"name": "👍"}, "count": 2, "users": users}]).reactions == (
        Reaction("👍", "Bob"),
        Reaction("👍"),
    )


def test_a_reaction_without_an_emoji_is_none() -> None:
    assert one(reactions=[{"emoji": {"id": "1"}, "count": 2}]).reactions == ()


def test_user_names_and_mentioned_people_are_known_as_people() -> None:
    chat = read({"content": "hi @Bobby", "mentions": [{"id": "2", "name": "bob", "nickname": "Bobby"}]})
    assert (chat.authors, chat.mentioned) == (("Ann A.",), ("ann", "Bobby", "bob"))


def test_a_direct_conversation_has_no_server_in_its_name() -> None:
    assert read({"content": "a"}, guild="0").name == "general"


@pytest.mark.parametrize("time", ["", "soon", "2023-13-45T00:00:00+00:00", None])
def test_a_time_that_is_none_is_left_out(time: str | None) -> None:
    assert one(timestamp=time, content="a").time is None


def test_an_export_that_was_cut_off_is_read_to_its_end_and_says_so() -> None:
    data = told(*({"content": f"t{n}"} for n in range(40)))
    found = export(source(data[: len(data) // 2], "x.json"))
    texts = [m.text for m in found.chats[0].messages()]
    assert texts == [f"t{n}" for n in range(len(texts))]
    assert len(texts) == found.chats[0].messages_count > 15
    assert codes(found) == {"truncated_file": 1}


def test_an_empty_channel_is_refused() -> None:
    with pytest.raises(Unreadable, match="holds no messages"):
        read()
