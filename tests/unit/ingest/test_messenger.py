"""Messenger's and Instagram's downloads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from egregora.errors import Unreadable
from egregora.ingest import Chat, open_paths
from egregora.ingest.listing import conversations
from egregora.message import Attachment, Message, Reaction
from whatsapp_exports import NOW, chat, codes, export, source, zipped

CASES = Path(__file__).parent / "cases"


def as_written(text: str) -> str:
    """`text` as Meta writes it: each byte of its UTF-8 a letter."""
    return text.encode().decode("latin-1")


def part(*rows: dict[str, Any], **head: Any) -> str:
    people = [{"name": "Ann"}, {"name": as_written("Zoë")}]
    return json.dumps({"participants": people, "messages": list(rows), **head})


def said(stamp: int, text: str = "hi", **fields: Any) -> dict[str, Any]:
    return {"sender_name": as_written("Zoë"), "timestamp_ms": stamp * 1000, "content": as_written(text), **fields}


def read(*rows: dict[str, Any]) -> list[Message]:
    return list(chat(part(*rows, title="Trip"), "message_1.json").messages())


def test_parts_are_one_chat_from_its_oldest_message_on() -> None:
    (found,) = open_paths([CASES / "messenger_mojibake_parts"], now=NOW).chats
    rows = list(found.messages())
    assert (found.id, found.name, found.named) == ("zoemuller_123", "Zoë Müller", True)
    assert [m.time for m in rows] == [f"2023-05-13T10:00:0{second}Z" for second in range(1, 10)]
    assert [m.kind for m in rows] == ["text"] * 4 + ["call", "deleted", "attachment", "text", "text"]
    assert rows[2].text == "look\nhttps://e.org"
    assert rows[6].attachments == (Attachment("1.jpg"),)
    assert rows[8].text == "čau 👋🏽 “quotes”"
    assert rows[8].reactions == (Reaction("❤", "Łukasz"),)
    assert list(found.messages()) == rows


def test_ten_parts_and_more_are_put_in_the_order_of_their_numbers() -> None:
    parts: dict[str, bytes | str] = {
        f"fb/messages/inbox/ann_12345678/message_{n}.json": part(
            said(1_700_000_000 - n), thread_path="inbox/ann_12345678"
        )
        for n in range(1, 13)
    }
    (found,) = export(source(zipped(parts), "facebook.zip")).chats
    stamps = [m.time for m in found.messages()]
    assert stamps == sorted(stamps, key=str)
    assert (len(stamps), found.id) == (12, "12345678")


def test_parts_given_one_by_one_belong_together() -> None:
    paths = sorted((CASES / "messenger_mojibake_parts").rglob("*.json"))
    assert len(conversations(open_paths(paths, now=NOW).chats)) == 1


def test_encrypted_chats_have_names_of_their_own_and_are_spelt_right() -> None:
    (found,) = open_paths([CASES / "messenger_e2ee"], now=NOW).chats
    assert (found.platform, found.name, found.id, found.authors) == ("messenger", "Bob", "", ("Alice", "Bob"))
    assert [(m.kind, m.text) for m in found.messages()] == [("text", "héllo 👋"), ("attachment", ""), ("deleted", "")]


def test_text_that_was_never_spoilt_stays() -> None:
    assert [m.text for m in read(said(2, "plain"), {**said(1), "content": "é"}, {**said(0), "content": "Ж"})] == [
        "Ж", "é", "plain",
    ]  # fmt: skip


def test_files_are_present_where_the_download_holds_them() -> None:
    base = "your_facebook_activity/messages/inbox/ann_1"
    uris = [f"{base}/photos/1.jpg", f"{base}/photos/2.jpg"]
    row = said(1, photos=[{"uri": uri} for uri in uris])
    data = zipped({f"{base}/message_1.json": part(row), uris[0]: b"x"})
    (found,) = export(source(data, "facebook.zip")).chats
    assert next(found.messages()).attachments == (Attachment("1.jpg", present=True), Attachment("2.jpg"))


@pytest.mark.parametrize(
    ("name", "head", "platform"),
    [
        ("your_instagram_activity/messages/inbox/a_1/message_1.json", {}, "instagram"),
        ("instagram-ann.zip/messages/inbox/a_1/message_1.json", {}, "instagram"),
        ("your_facebook_activity/messages/inbox/a_1/message_1.json", {}, "messenger"),
        ("message_1.json", {"thread_type": "Regular"}, "messenger"),
    ],
)
def test_whose_download_it_is_is_told(name: str, head: dict[str, str], platform: str) -> None:
    assert chat(part(said(1), **head), name).platform == platform


def test_what_only_instagram_writes_tells_it() -> None:
    shared = said(1, share={"link": "https://x.y", "original_content_owner": "eve"})
    assert chat(part(shared), "message_1.json").platform == "instagram"


def test_a_part_that_was_cut_off_is_read_as_far_as_it_goes() -> None:
    whole = part(*(said(9 - n) for n in range(9)), title="Trip")
    found = export(source(whole[: len(whole) // 2], "message_1.json"))
    assert codes(found) == {"truncated_file": 1}
    assert 2 < found.chats[0].messages_count < 6


def test_empty_threads_of_a_download_are_left_out() -> None:
    files: dict[str, bytes | str] = {
        "fb/a_1/message_1.json": part(said(1)),
        "fb/b_2/message_1.json": part().replace("[]", '[], "x": [{"sender_name": "A", "timestamp_ms": 1}]'),
    }
    assert len(export(source(zipped(files), "facebook.zip")).chats) == 1


def test_a_thread_without_a_message_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="no message"):
        chat('{"participants": [], "x": {"sender_name": "A", "timestamp_ms": 1}, "messages": []}', "message_1.json")


def test_people_who_never_wrote_are_known() -> None:
    found: Chat = chat(part(said(1, reactions=[{"reaction": as_written("👍"), "actor": "Eve"}])), "message_1.json")
    assert (found.authors, found.mentioned) == (("Zoë",), ("Ann", "Eve"))
