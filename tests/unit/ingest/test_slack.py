from __future__ import annotations

import json
from typing import Any

import pytest

from egregora.ingest import Chat
from egregora.message import Attachment, Message, Reaction
from whatsapp_exports import codes, export, source, zipped

USERS = [
    {"id": "U1", "name": "ann", "real_name": "Ann Archer", "profile": {"display_name": "Annie"}},
    {"id": "U2", "name": "bob", "real_name": "Bob Barker", "profile": {"display_name": ""}},
]
CHANNELS = [{"id": "C1", "name": "general", "members": ["U1", "U2"]}]


def day(*rows: dict[str, Any], start: int = 1700000000) -> bytes:
    """A day's messages, as Slack sets them."""
    filled = [{"type": "message", "user": "U1", "ts": f"{start + n}.000100", **row} for n, row in enumerate(rows)]
    return json.dumps(filled, indent=4).encode()


def members(*rows: dict[str, Any], **more: bytes) -> dict[str, bytes | str]:
    lists = {"users.json": USERS, "channels.json": CHANNELS, "dms.json": [{"id": "D1", "members": ["U1", "U2"]}]}
    days = {"general/2023-11-14.json": day(*rows)} if rows else {}
    return {name: json.dumps(entries) for name, entries in lists.items()} | days | more


def read(*rows: dict[str, Any]) -> Chat:
    (found,) = export(source(zipped(members(*rows)), "export.zip")).chats
    return found


def one(**row: Any) -> Message:
    (message,) = read(row).messages()
    return message


def test_a_message_is_its_persons_by_the_name_that_is_shown() -> None:
    chat = read({"text": "hi"}, {"text": "ho", "user": "U2"})
    assert [(m.author, m.author_id, m.time, m.id) for m in chat.messages()] == [
        ("Annie", "U1", "2023-11-14T22:13:20Z", "1700000000.000100"),
        ("Bob Barker", "U2", "2023-11-14T22:13:21Z", "1700000001.000100"),
    ]
    assert (chat.id, chat.name, chat.authors) == ("C1", "general", ("Annie", "Bob Barker"))
    assert chat.mentioned == ("Ann Archer", "ann", "bob")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<@U1> and <@U2|bobby>, <@U9|zed> <@U9>", "@Annie and @Bob Barker, @zed @U9"),
        ("see <#C1|general> and <#C1>", "see #general and #general"),
        ("<!here> <!subteam^S1|@team> <!date^1^{date}|today>", "@here @team today"),
        (
            "<https://e.org> <https://e.org|e.org> <mailto:a@e.org|a@e.org>",
            "https://e.org e.org (https://e.org) a@e.org",
        ),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2 &amp;lt;", "1 < 2 && 3 > 2 &lt;"),
        ("a <b> < c <|d>", "a b < c d"),
    ],
)
def test_marks_are_put_into_words(written: str, shown: str) -> None:
    assert one(text=written).text == shown


def test_threads_edits_and_reactions() -> None:
    rows: list[dict[str, Any]] = [
        {"text": "q", "thread_ts": "1700000000.000100", "reactions": [{"name": "+1", "users": ["U2"], "count": 2}]},
        {"text": "a", "thread_ts": "1700000000.000100", "user": "U2", "edited": {"user": "U2", "ts": "1700000009.0"}},
    ]
    first, second = read(*rows).messages()
    assert (first.thread, first.reply_to) == (first.id, None)
    assert (second.thread, second.reply_to, second.edited) == (first.id, first.id, True)
    assert first.reactions == (Reaction(":+1:", "Bob Barker"), Reaction(":+1:"))


def test_notices_deletions_and_apps() -> None:
    assert one(subtype="channel_join", text="<@U1> has joined the channel").kind == "system"
    assert one(subtype="tombstone", text="This message was deleted.").kind == "deleted"
    app = one(subtype="bot_message", user=None, bot_id="B1", username="build", attachments=[{"fallback": "passed"}])
    assert (app.author, app.author_id, app.text) == ("build", "B1", "passed")
    assert one(user="U9", user_profile={"real_name": "Zed"}, text="a").author == "Zed"


def test_files_are_present_where_the_archive_holds_them() -> None:
    files = [{"id": "F1", "name": "a.png"}, {"id": "F2", "name": "b.png"}, {"id": "F3", "title": "c"}, None]
    kept = {"general/attachments/F1-a.png": b"", "__uploads/F2/b.png": b""}
    (chat,) = export(source(zipped(members({"files": files, "text": ""}, **kept)), "export.zip")).chats
    (message,) = chat.messages()
    assert message.attachments == (Attachment("a.png", True), Attachment("b.png", True), Attachment("c"))


def test_a_conversation_of_two_is_called_by_its_people_and_days_follow_each_other() -> None:
    days = {f"D1/2023-11-{n}.json": day({"text": f"t{n}"}, start=1700000000 + 86400 * n) for n in (12, 10, 11)}
    found = export(source(zipped(members(**days)), "export.zip"))
    (chat,) = found.chats
    assert (chat.id, chat.name) == ("D1", "Annie, Bob Barker")
    assert [m.text for m in chat.messages()] == ["t10", "t11", "t12"]
    assert codes(found) == {}


def test_every_channel_is_reported_with_its_first_day() -> None:
    days = {f"{name}/2023-11-{n}.json": day({"text": "x"}) for name in ("food", "art") for n in (14, 15)}
    found = export(source(zipped(members(**days)), "export.zip"))
    told = {file.name.removeprefix("export.zip/"): [chat.name for chat in file.chats] for file in found.report.files}
    assert told == {
        "art/2023-11-14.json": ["art"], "art/2023-11-15.json": [],
        "food/2023-11-14.json": ["food"], "food/2023-11-15.json": [],
    }  # fmt: skip


def test_a_row_that_makes_no_sense_costs_no_other() -> None:
    found = export(source(zipped(members({"text": "a"}, {"text": 5}, {"text": "c"})), "export.zip"))
    assert [m.text for m in found.chats[0].messages()] == ["a", "c"]
    assert codes(found) == {"bad_lines": 1}
