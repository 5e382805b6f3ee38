from __future__ import annotations

import json
from typing import Any

import pytest

from egregora.errors import Unreadable
from egregora.message import Attachment, Message
from whatsapp_exports import export, source, zipped

ME = "https://social.example/users/ann"
ACTOR = {"@context": "https://www.w3.org/ns/activitystreams", "id": ME, "preferredUsername": "ann", "name": "Ann A."}
NOTE = {
    "id": f"{ME}/statuses/1",
    "type": "Note",
    "inReplyTo": None,
    "conversation": "tag:1",
    "content": '<p>hi <a href="https://o.example/@bob">@bob</a></p><p>a &amp; b</p>',
    "attachment": [{"type": "Document", "url": "/media_attachments/files/1/cat.png", "name": None}],
    "tag": [{"type": "Mention", "href": "https://o.example/@bob", "name": "@bob@o.example"}],
}


def outbox(*objects: Any) -> str:
    items = [
        {"id": f"{ME}/{n}", "type": "Create", "actor": ME, "published": f"2023-05-{n:02}T10:00:00Z", "object": thing}
        for n, thing in enumerate(objects, 1)
    ]
    whole = {
        "@context": "https://www.w3.org/ns/activitystreams", "id": "outbox.json", "type": "OrderedCollection",
        "totalItems": len(items), "orderedItems": items,
    }  # fmt: skip
    return json.dumps(whole)


def test_posts_boosts_and_replies_of_an_account() -> None:
    reply = NOTE | {
        "id": f"{ME}/statuses/3",
        "inReplyTo": NOTE["id"],
        "summary": "cw",
        "attachment": [],
        "updated": "x",
    }
    members: dict[str, bytes | str] = {
        "a/outbox.json": outbox(NOTE, "https://o.example/statuses/9", reply),
        "a/actor.json": json.dumps(ACTOR),
        "a/media_attachments/files/1/cat.png": b"",
    }
    (chat,) = export(source(zipped(members), "archive.zip")).chats
    assert (chat.name, chat.id, chat.mentioned) == ("Ann A.", "ann-social-example", ("bob@o.example",))
    first, boost, answer = chat.messages()
    assert first == Message(
        id=f"{ME}/statuses/1", time="2023-05-01T10:00:00Z", author="Ann A.", author_id=ME, kind="attachment",
        text="hi @bob\na & b", attachments=(Attachment("cat.png", True),), thread="tag:1",
    )  # fmt: skip
    assert (boost.text, boost.id) == ("https://o.example/statuses/9", f"{ME}/2")
    assert (answer.reply_to, answer.text, answer.edited) == (NOTE["id"], "cw\nhi @bob\na & b", True)


def test_an_outbox_alone_is_of_the_account_that_it_names() -> None:
    (chat,) = export(source(outbox(NOTE), "outbox.json")).chats
    assert (chat.name, chat.id, chat.authors) == ("ann@social.example", "ann-social-example", ("ann@social.example",))


def test_an_empty_outbox_is_refused() -> None:
    with pytest.raises(Unreadable, match="holds no posts"):
        export(source(outbox(), "outbox.json"))
