"""Signal: signal-export and signal-cli."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from egregora.errors import Unreadable
from egregora.ingest import open_paths
from egregora.message import Attachment, Message, Reaction
from whatsapp_exports import NOW, chat, codes, export, messages, source, zipped

CASE = Path(__file__).parent / "cases/signal_cli_jsonl"
MARKDOWN = (
    "[2023-05-13 10:00:00] Ann: hi  \n(- Bob: 👍, Eve: ❤️ -)\n\n"
    "[2023-05-13 10:00:05] Bob: \n\n> hi\n\nyes  ![a b.jpg](./media/a%20b.jpg)  [c.pdf](./media/c.pdf)  \n\n"
    "[2023-05-13 10:00:06] Bob: (This message was deleted)\n\n"
    "[2023-05-13 10:00:07] Me: Outgoing voice call (accepted, 3m 2s)  \n\n"
    "[2023-05-13 10:00:08] No-Sender: one\ntwo  \n\n"
)


def records(*rows: dict[str, Any]) -> str:
    plain = {"sender": "Ann", "body": "", "quote": "", "sticker": "", "reactions": [], "attachments": []}
    return "".join(json.dumps({"date": "2023-05-13T10:00:00", **plain, **row}) + "\n" for row in rows)


def envelope(stamp: int, author: str = "ann", **fields: Any) -> dict[str, Any]:
    data = {"timestamp": stamp, "message": fields.pop("message", None), **fields}
    return {
        "source": f"+{len(author)}",
        "sourceNumber": f"+{len(author)}",
        "sourceUuid": f"uuid-{author}",
        "sourceName": author.title(),
        "timestamp": stamp,
        "dataMessage": data,
    }


def received(*envelopes: dict[str, Any]) -> list[Message]:
    lines = "".join(json.dumps({"envelope": each, "account": "+1"}) + "\n" for each in envelopes)
    return list(chat(lines, "signal.jsonl").messages())


def target(stamp: int, author: str = "ann") -> dict[str, Any]:
    return {"targetAuthorUuid": f"uuid-{author}", "targetSentTimestamp": stamp}


class TestMarkdown:
    def test_every_mark_of_the_exporter_is_understood(self) -> None:
        found = messages(MARKDOWN, "Trip/chat.md")
        assert [(m.time, m.author, m.kind, m.text) for m in found] == [
            ("2023-05-13T10:00:00", "Ann", "text", "hi"),
            ("2023-05-13T10:00:05", "Bob", "attachment", "> hi\n\nyes"),
            ("2023-05-13T10:00:06", "Bob", "deleted", ""),
            ("2023-05-13T10:00:07", "Me", "call", "Outgoing voice call (accepted, 3m 2s)"),
            ("2023-05-13T10:00:08", None, "text", "one\ntwo"),
        ]
        assert found[0].reactions == (Reaction("👍", "Bob"), Reaction("❤️", "Eve"))
        assert [a.name for a in found[1].attachments] == ["a%20b.jpg", "c.pdf"]

    def test_the_folder_names_the_chat_and_holds_its_files(self) -> None:
        data = zipped({"export/Trip/chat.md": MARKDOWN, "export/Trip/media/a b.jpg": b"x"})
        (found,) = export(source(data, "signal.zip")).chats
        assert (found.name, found.named) == ("Trip", True)
        assert list(found.messages())[1].attachments[0].present

    def test_the_older_header_is_read(self) -> None:
        found = messages("[2019-12-24, 12:23] Jane: Hello\n[2020-01-17, 21:49] John: Hello\nJane!\n", "chat.md")
        assert [(m.time, m.text) for m in found] == [
            ("2019-12-24T12:23:00", "Hello"),
            ("2020-01-17T21:49:00", "Hello\nJane!"),
        ]

    def test_a_day_that_does_not_exist_is_left_out(self) -> None:
        assert messages("[2023-02-30 10:00:00] Ann: hi  \n", "chat.md")[0].time is None

    def test_whatsapps_like_header_in_a_text_stays_whatsapps(self) -> None:
        data = "[2023-05-13, 10:00:00] Ann: hi\n[2023-05-13, 10:01:00] Bob: ho\n"
        assert chat(data, "_chat.txt").platform == "whatsapp"


class TestRecords:
    def test_a_record_is_a_message(self) -> None:
        rows = (
            {"body": "hi  ", "reactions": [["Bob", "👍"], {"name": "Eve", "emoji": "❤️"}]},
            {"body": "yes", "quote": "\n\n> hi\n\n", "attachments": [{"name": "a.jpg", "path": "media/a.jpg"}]},
            {"sticker": {"emoji": "😀"}},
            {"body": "gone", "deleted": True},
            {"body": "Missed voice call  ", "sender": "Me"},
        )
        found = messages(records(*rows), "Trip/data.json")
        assert [(m.kind, m.text) for m in found] == [
            ("text", "hi"), ("attachment", "> hi\n\nyes"), ("media_omitted", "(( 😀 ))"), ("deleted", ""),
            ("call", "Missed voice call"),
        ]  # fmt: skip
        assert found[0].reactions == (Reaction("👍", "Bob"), Reaction("❤️", "Eve"))
        assert found[1].attachments == (Attachment("a.jpg"),)

    def test_markdown_beside_records_tells_nothing_more(self) -> None:
        data = zipped({"e/Trip/chat.md": MARKDOWN, "e/Trip/data.json": records({"body": "hi"})})
        (found,) = export(source(data, "signal.zip")).chats
        assert found.messages_count == 1


class TestEnvelopes:
    def test_what_was_received_and_what_was_sent_are_one_chat(self) -> None:
        (found,) = open_paths([CASE], now=NOW).chats
        assert (found.name, found.authors) == ("Alice", ("Alice", "Me"))
        assert [(m.time, m.author_id, m.text) for m in found.messages()] == [
            ("2023-05-13T10:00:00Z", "+1", "hi"), ("2023-05-13T10:00:00.001Z", "+2", "yo"),
        ]  # fmt: skip

    def test_what_became_of_a_message_is_told_at_its_place(self) -> None:
        rows = received(
            envelope(1, message="a"),
            envelope(2, message="b"),
            envelope(3, reaction={"emoji": "👍", "isRemove": False, **target(1)}),
            envelope(4, reaction={"emoji": "😀", "isRemove": False, **target(2)}),
            envelope(5, reaction={"emoji": "😀", "isRemove": True, **target(2)}),
            envelope(6)
            | {
                "dataMessage": None,
                "editMessage": {"targetSentTimestamp": 1, "dataMessage": {"timestamp": 6, "message": "A"}},
            },
            envelope(7)
            | {
                "dataMessage": None,
                "editMessage": {"targetSentTimestamp": 6, "dataMessage": {"timestamp": 7, "message": "AA"}},
            },
            envelope(8, remoteDelete={"timestamp": 2}),
            envelope(1, message="a"),
        )
        assert [(m.kind, m.text, m.edited, m.reactions) for m in rows] == [
            ("text", "AA", True, (Reaction("👍", "Ann"),)),
            ("deleted", "", False, ()),
        ]

    def test_answers_mentions_polls_calls_and_files_are_kept(self) -> None:
        first = envelope(1, message="a")
        rows = received(
            first,
            envelope(
                2,
                message="yes \ufffc",
                quote={"id": 1, "authorUuid": "uuid-ann"},
                mentions=[{"name": "Bob", "start": 4}],
            ),
            envelope(3, pollCreate={"question": "Where?", "options": ["Here", "There"]}),
            envelope(4) | {"dataMessage": None, "callMessage": {"offerMessage": {"id": 1}}},
            envelope(5, attachments=[{"filename": "a.jpg", "id": "x.jpg"}, {"filename": None, "id": "y.ogg"}]),
            envelope(6, expiresInSeconds=60),
            envelope(7, sticker={"packId": "p", "stickerId": 1}),
        )
        assert [(m.kind, m.text) for m in rows] == [
            ("text", "a"), ("text", "yes @Bob"), ("poll", "Where?\n- Here\n- There"), ("call", ""), ("attachment", ""),
            ("media_omitted", ""),
        ]  # fmt: skip
        assert rows[1].reply_to == rows[0].id
        assert [a.name for a in rows[4].attachments] == ["a.jpg", "y.ogg"]

    def test_groups_are_chats_of_their_own(self) -> None:
        group = {"groupId": "ab+/c=", "groupName": "Trip"}
        lines = [
            envelope(1, message="a"),
            envelope(2, "bob", message="b", groupInfo=group),
            envelope(3, message="c", groupInfo=group),
        ]
        data = "".join(
            json.dumps({"jsonrpc": "2.0", "method": "receive", "params": {"envelope": e}}) + "\n" for e in lines
        )
        first, second = export(source(data, "signal.jsonl")).chats
        assert (first.id, first.name, first.authors) == ("uuid-ann", "Ann", ("Ann",))
        assert (second.id, second.name, second.authors) == ("ab-_c", "Trip", ("Bob", "Ann"))

    def test_ids_tell_no_number(self) -> None:
        assert (
            "15551234567"
            not in received(
                {"source": "+15551234567", "timestamp": 1, "dataMessage": {"timestamp": 1, "message": "a"}}
            )[0].id
        )

    def test_lines_that_are_none_are_counted(self) -> None:
        data = json.dumps({"envelope": envelope(1, message="a")}) + "\noops\n"
        assert codes(export(source(data, "s.jsonl"))) == {"bad_lines": 1}

    def test_receipts_alone_are_no_conversation(self) -> None:
        with pytest.raises(Unreadable, match="no message"):
            chat('{"envelope": {"source": "+1", "receiptMessage": {"when": 1}}}\n', "s.jsonl")
