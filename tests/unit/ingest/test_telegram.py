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

CASES = Path(__file__).parent / "cases"
GROUP = CASES / "telegram_group/result.json"


def told(*rows: dict[str, Any], **head: Any) -> bytes:
    """An export of one chat, as Telegram Desktop sets it."""
    filled = [
        {"id": n, "type": "message", "date_unixtime": str(1700000000 + n), **row} for n, row in enumerate(rows, 1)
    ]
    whole = {"name": "Trip", "type": "private_group", "id": 4242, "messages": filled} | head
    return json.dumps(whole, indent=1, ensure_ascii=False).encode()


def read(*rows: dict[str, Any], **head: Any) -> Chat:
    (found,) = export(source(told(*rows, **head), "result.json")).chats
    return found


def one(row: dict[str, Any]) -> Message:
    (message,) = read(row).messages()
    return message


def page(*messages: str, name: str = "Trip") -> str:
    """A page of the HTML export, as Telegram Desktop sets it."""
    return (
        '<!DOCTYPE html>\n<html>\n <head>\n <title>Data</title>\n </head>\n <body>\n  <div class="page_wrap">\n'
        f'   <div class="page_header">\n    <div class="content">\n     <div class="text bold">\n{name} \n     </div>\n'
        '    </div>\n   </div>\n   <div class="page_body chat_page">\n    <div class="history">\n'
        + "".join(messages)
        + "    </div>\n   </div>\n  </div>\n </body>\n</html>\n"
    )


def said(number: int, inside: str, *, by: str | None = "Ann", time: str = "15.11.2023 00:14:20 UTC+02:00") -> str:
    joined = "" if by else " joined"
    named = f'       <div class="from_name">\n{by} \n       </div>\n' if by else ""
    return (
        f'     <div class="message default clearfix{joined}" id="message{number}">\n      <div class="body">\n'
        f'       <div class="pull_right date details" title="{time}">\n00:14\n       </div>\n{named}{inside}'
        "      </div>\n     </div>\n"
    )


def words(text: str) -> str:
    return f'       <div class="text">\n{text}\n       </div>\n'


def notice(number: int, text: str) -> str:
    return (
        f'     <div class="message service" id="message{number}">\n      <div class="body details">\n{text}\n'
        "      </div>\n     </div>\n"
    )


def shown(*messages: str, name: str = "Trip") -> list[Message]:
    (found,) = export(source(page(*messages, name=name), "messages.html")).chats
    return list(found.messages())


def test_a_group_with_messages_of_every_kind() -> None:
    found = open_paths([GROUP], now=NOW)
    (chat,) = found.chats
    by_id = {m.id: m for m in chat.messages()}
    assert (chat.name, chat.id, chat.messages_count, chat.system_count) == ("Trip", "chat4242", 13, 2)
    assert (chat.first, chat.last) == ("2023-11-14T22:13:20Z", "2023-11-14T22:26:20Z")
    assert [n for n, m in by_id.items() if m.kind == "system"] == ["1", "14"]
    assert {n: m.kind for n, m in by_id.items() if m.kind not in {"text", "system"}} == {
        "8": "attachment", "9": "media_omitted", "10": "poll", "11": "location",
    }  # fmt: skip
    assert by_id["3"].text == "see https://example.org and this!"
    assert by_id["16"].text == "a: b\n😀here"
    assert by_id["2"].time == "2023-11-14T22:14:20Z"
    assert [n for n, m in by_id.items() if m.edited] == ["4"]
    assert by_id["6"].reply_to == "2"
    assert by_id["13"].reactions == (Reaction("👍"), Reaction("👍"))
    assert (by_id["5"].author, by_id["5"].author_id) == (None, "user3")
    assert by_id["10"].text == "When?\n- Mon (2)\n- Tue (0)"
    assert by_id["11"].text == "51.5, -0.1"
    assert by_id["1"].text == "Alice created the group «Trip»"
    assert codes(found) == {"unsupported": 1}


def test_two_exports_of_one_chat_are_one_history() -> None:
    paths = sorted((CASES / "telegram_two_exports").glob("*/result.json"))
    (group,) = conversations(open_paths(paths, now=NOW).chats)
    kinds = [m.kind for m in merged(group)]
    assert (len(kinds), kinds.count("system")) == (15, 2)


def test_all_chats_of_an_account_are_told_apart() -> None:
    rows = [{"id": 1, "type": "message", "date_unixtime": "1700000000", "from": "Ann", "from_id": "user1", "text": "a"}]
    chats = [
        {"name": "Ann", "type": "personal_chat", "id": 1, "messages": rows},
        {"name": None, "type": "personal_chat", "id": 2, "messages": rows * 2},
        {"type": "saved_messages", "id": 3, "messages": rows},
        {"name": "Empty", "type": "private_group", "id": 4, "messages": []},
    ]
    left = [{"name": "Old", "type": "public_channel", "id": 5, "messages": rows * 3}]
    contacts = {"list": [{"user_id": 1, "first_name": "Ann"}]}
    whole = {"about": "", "contacts": contacts, "chats": {"list": chats}, "left_chats": {"list": left}}
    found = export(source(json.dumps(whole, indent=1), "result.json"))
    assert [(c.id, c.name, c.messages_count) for c in found.chats] == [
        ("user1", "Ann", 1),
        ("user2", "result", 2),
        ("saved3", "Saved Messages", 1),
        ("channel5", "Old", 3),
    ]
    assert [sum(1 for _ in c.messages()) for c in found.chats] == [1, 2, 1, 3]
    assert [c.named for c in found.chats] == [True, False, True, True]


def test_a_date_without_an_instant_is_the_computers_own_time() -> None:
    assert one({"date_unixtime": None, "date": "2019-07-12T16:55:32", "text": "a"}).time == "2019-07-12T16:55:32"
    assert (
        one({"date_unixtime": None, "date": "2017-01-01T06:20:09.250Z", "text": "a"}).time == "2017-01-01T06:20:09.25Z"
    )
    assert one({"date_unixtime": "soon", "date": "never", "text": "a"}).time is None
    assert one({"date_unixtime": "99999999999999999999", "text": "a"}).time is None


def test_whoever_reacted_is_named_as_far_as_the_export_does() -> None:
    recent = [{"from": "Bob", "from_id": "user2", "date": "2023-11-15T00:14:20"}]
    reactions = [{"type": "emoji", "count": 3, "emoji": "👍", "recent": recent}, {"type": "paid", "count": 1}]
    message = one({"from": "Ann", "text": "a", "reactions": reactions})
    assert message.reactions == (Reaction("👍", "Bob"), Reaction("👍"), Reaction("👍"), Reaction("paid"))
    many = one({"text": "a", "reactions": [{"type": "emoji", "count": 10**12, "emoji": "👍"}]})
    assert len(many.reactions) == 100


def test_a_reply_to_another_chat_points_nowhere_here() -> None:
    assert one({"text": "a", "reply_to_message_id": 7, "reply_to_peer_id": "channel5"}).reply_to is None


def test_a_call_is_somebodys() -> None:
    row = {"type": "service", "actor": "Ann", "actor_id": "user1", "action": "phone_call", "duration_seconds": 56}
    message = one(row)
    assert (message.kind, message.author, message.author_id) == ("call", "Ann", "user1")
    assert message.text == "Ann called (56 seconds)"


def test_an_unknown_action_is_told_in_its_own_words() -> None:
    assert one({"type": "service", "actor": "Ann", "action": "brew_{coffee}"}).text == "Ann brew {coffee}"
    assert one({"type": "service", "actor": "Ann", "action": "invite_members", "members": ["Bob", None]}).text == (
        "Ann invited Bob, a deleted account"
    )


def test_people_who_are_named_and_never_wrote_are_mentioned() -> None:
    chat = read(
        {"from": "Ann", "text": ["hi ", {"type": "mention", "text": "@bobby"}]},
        {"type": "service", "actor": "Cyd", "action": "invite_members", "members": ["Dee", "Ann"]},
        {
            "from": "Ann",
            "text": "",
            "contact_information": {"first_name": "Eve", "last_name": "F", "phone_number": "+1"},
        },
    )
    assert chat.authors == ("Ann",)
    assert chat.mentioned == ("bobby", "Cyd", "Dee", "Eve F")


def test_files_are_present_where_the_archive_holds_them() -> None:
    rows = [{"photo": "photos/a.jpg", "text": ""}, {"file": "files/b.pdf", "text": "look"}]
    data = zipped({"e/result.json": told(*rows), "e/photos/a.jpg": b"x"})
    (chat,) = export(source(data, "export.zip")).chats
    assert [m.attachments for m in chat.messages()] == [(Attachment("a.jpg", True),), (Attachment("b.pdf", False),)]


def test_a_control_character_written_as_in_c_is_read() -> None:
    data = told({"text": "a@b", "from": "Ann"}, {"text": "c"}).replace(b"a@b", rb"a\x0Bb\\x41")
    (chat,) = export(source(data, "result.json")).chats
    assert [m.text for m in chat.messages()] == ["a\x0bb\\x41", "c"]


def test_an_export_that_was_cut_off_is_read_to_its_end_and_says_so() -> None:
    data = told(*({"from": "Ann", "text": f"number {n}"} for n in range(50)))
    found = export(source(data[: len(data) * 2 // 3], "result.json"))
    (chat,) = found.chats
    texts = [m.text for m in chat.messages()]
    assert texts == [f"number {n}" for n in range(len(texts))]
    assert (chat.id, chat.name, chat.messages_count) == ("chat4242", "Trip", len(texts))
    assert len(texts) > 25
    assert codes(found) == {"truncated_file": 1}


def test_pages_are_read_as_people_see_them() -> None:
    found = shown(
        notice(-1, "15 November 2023"),
        notice(1, "Ann created group &laquo;Trip&raquo;"),
        said(2, words('see <a href="https://e.org">https://e.org</a><br><strong>this</strong> &lt;b&gt; &amp; that')),
        said(3, words("more"), by=None, time="15.11.2023 00:15:20 UTC+02:00"),
        said(4, words("hi"), by="Bob via @gifbot"),
        notice(5, "Bob pinned this message"),
    )
    assert [(m.id, m.author, m.kind, m.text) for m in found] == [
        ("1", None, "system", "Ann created group «Trip»"),
        ("2", "Ann", "text", "see https://e.org\nthis <b> & that"),
        ("3", "Ann", "text", "more"),
        ("4", "Bob", "text", "hi"),
        ("5", None, "system", "Bob pinned this message"),
    ]
    assert [m.time for m in found] == [f"2023-11-14T22:{m}:20Z" for m in (14, 14, 15, 14, 14)]


def test_a_time_without_a_zone_stays_local() -> None:
    assert shown(said(1, words("a"), time="15.11.2023 00:14:20"))[0].time == "2023-11-15T00:14:20"


def test_what_a_page_shows_besides_words() -> None:
    reply = (
        '       <div class="reply_to details">\nIn reply to <a href="messages.html#go_to_message7" '
        'onclick="return GoToMessage(7)">this message</a>\n       </div>\n'
    )
    photo = '<a class="photo_wrap clearfix pull_left" href="photos/p@1.jpg">\n<img class="photo" src="x"/></a>\n'
    omitted = (
        '<div class="media clearfix pull_left media_voice_message">\n<div class="fill pull_left">\n</div>\n'
        '<div class="body">\n<div class="title bold">\nVoice message\n</div>\n<div class="description">\nNot here.\n'
        "</div>\n</div>\n</div>\n"
    )
    place = (
        '<a class="media clearfix pull_left block_link media_location" href="https://m.google.com/maps?q=1,2">\n'
        '<div class="body">\n<div class="title bold">\nLocation\n</div>\n'
        '<div class="status details">\n1, 2\n</div></a>\n'
    )
    poll = (
        '<div class="media_poll">\n<div class="question bold">\nWhen?\n</div>\n<div class="answer">\n- Mon '
        '<span class="details">2 votes</span>\n</div>\n</div>\n'
    )
    forwarded = (
        '<div class="pull_left forwarded userpic_wrap">\n</div>\n<div class="forwarded body">\n<div class="from_name">'
        'Somebody <span class="date details" title="1.1.2020"> 1.1.2020</span>\n</div>\n' + words("fwd") + "</div>\n"
    )
    liked = (
        '<span class="reactions"><span class="reaction"><span class="emoji">\n👍\n</span><span class="userpics">'
        '<div class="userpic"><div class="initials" title="Bob">\nB\n</div></div></span></span></span>\n'
    )
    messages = [reply + words("yes"), photo + words("look"), omitted, place, poll, forwarded, words("a") + liked]
    found = shown(*(said(n, inside) for n, inside in enumerate(messages, 1)))
    assert [(m.kind, m.text, m.author) for m in found] == [
        ("text", "yes", "Ann"),
        ("attachment", "look", "Ann"),
        ("media_omitted", "", "Ann"),
        ("location", "Location\n1, 2", "Ann"),
        ("poll", "When?\n- Mon 2 votes", "Ann"),
        ("text", "fwd", "Ann"),
        ("text", "a", "Ann"),
    ]
    assert found[0].reply_to == "7"
    assert found[1].attachments == (Attachment("p@1.jpg"),)
    assert found[6].reactions == (Reaction("👍", "Bob"),)


def test_a_page_without_times_loses_nothing_but_those() -> None:
    photo = '<a class="photo_wrap clearfix pull_left" href="photos/p.jpg"></a>\n'
    found = shown(said(1, photo, time="?"), said(2, words("a")), notice(3, "b"))
    assert [m.time for m in found] == ["2023-11-14T22:14:20Z"] * 3
    assert found[0].attachments == (Attachment("p.jpg"),)


def test_pages_follow_each_other_by_number() -> None:
    pages = {f"e/messages{n or ''}.html": page(said(n, words(f"t{n}"))) for n in (0, 2, 3, 10)}
    (chat,) = export(source(zipped(dict(pages)), "export.zip")).chats
    assert [m.text for m in chat.messages()] == ["t0", "t2", "t3", "t10"]
    assert (chat.name, chat.id, chat.messages_count) == ("Trip", "", 4)


def test_pages_beside_the_json_of_the_same_export_are_not_read_twice() -> None:
    members: dict[str, bytes | str] = {
        "e/result.json": told({"from": "Ann", "text": "a"}),
        "e/messages.html": page(said(1, words("a"))),
        "e/chats/chat_1/messages.html": page(said(1, words("a"))),
    }
    (chat,) = export(source(zipped(members), "export.zip")).chats
    assert chat.id == "chat4242"


@pytest.mark.parametrize(
    "text",
    [
        '{"messages": [{"id": 1, "text": "a"}]}',
        '{"type": "private_group", "messages": []}',
        '{"chats": {"list": [{"type": "personal_chat", "id": 1}]}}',
        "<html><body>hello</body></html>",
        page(notice(-1, "No exported messages")),
        '{"type": "private_group", "messages": 5}',
    ],
)
def test_what_holds_no_messages_of_telegram_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        export(source(text, "messages.html" if text.startswith("<") else "result.json"))
