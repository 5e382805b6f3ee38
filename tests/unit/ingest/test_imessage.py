"""iMessage: the texts and pages of imessage-exporter."""

from __future__ import annotations

from pathlib import Path

import pytest

from egregora.errors import Unreadable
from egregora.ingest import open_paths
from egregora.message import Attachment, Message, Reaction
from whatsapp_exports import NOW, chat, export, messages, source, zipped

CASES = Path(__file__).parent / "cases"


def block(body: str, *, clock: str = "5:29:42 PM", sender: str = "Me") -> str:
    return f"May 17, 2022  {clock}\n{sender}\n{body}\n\n"


def read(body: str) -> Message:
    return messages(block("before") + block(body), "x.txt")[1]


def page(*parts: str) -> str:
    return '<html>\n<meta charset="UTF-8">\n' + "\n".join(parts) + "\n</html>\n"


def bubble(text: str, guid: str = "", *, sender: str = "Me", more: str = "") -> str:
    link = f'<a title="Reveal" href="sms://open?message-guid={guid}">' if guid else ""
    return (
        f'<div class="message"><div class="sent iMessage"><p><span class="timestamp">{link}May 17, 2022  5:29:42 PM'
        f'{"</a>" if guid else ""} (Read by them after 1 second)</span> <span class="sender">{sender}</span></p>'
        f'<div class="message_part"><span class="bubble">{text}</span></div>{more}</div></div>'
    )


def test_a_text_is_read_as_it_was_written() -> None:
    (found,) = open_paths([CASES / "imessage_txt"], now=NOW).chats
    rows = list(found.messages())
    assert (found.platform, found.name, found.authors) == ("imessage", "+15551234567", ("Me", "Sample Contact"))
    assert [(m.time, m.kind, m.text) for m in rows] == [
        ("2022-05-17T17:29:42", "text", "Hello world"),
        ("2022-05-17T17:30:31", "text", "line one\nline two"),
        ("2022-05-17T17:31:00", "system", "You renamed the conversation to Hello world"),
        ("2022-05-17T17:32:00", "attachment", ""),
        ("2022-05-18T00:00:01", "deleted", "bye"),
    ]
    assert rows[3].attachments == (Attachment("IMG_1.heic"),)
    assert rows[3].reactions == (Reaction("❤️", "Me"),)


def test_paragraphs_of_a_body_stay_together() -> None:
    assert read("one\n\ntwo\n    indented").text == "one\n\ntwo\n    indented"


def test_a_reply_is_read_at_its_own_place_only() -> None:
    reply = "May 17, 2022  5:30:00 PM\nAnn\nyes\n"
    nested = "".join(f"    {line}\n" for line in reply.splitlines())
    data = block(f"Where?\n{nested}") + reply + "This message responded to an earlier message.\n\n"
    assert [(m.author, m.text) for m in messages(data, "x.txt")] == [("Me", "Where?"), ("Ann", "yes")]


def test_of_an_edited_text_the_last_wording_stays() -> None:
    found = read("May 17, 2022  5:29:42 PM one\nEdited 5 seconds later: two\nEdited 1 minute, 2 seconds later: three")
    assert (found.text, found.edited) == ("three", True)


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("You unsent a message!", "deleted", ""),
        ("Attachment missing!", "media_omitted", ""),
        ("Started sharing location!", "location", "Started sharing location!"),
        ("hello\nSent with Invisible Ink", "text", "hello"),
        ("Sent with love", "text", "Sent with love"),
        ("look\n/Users/ann/Library/Messages/Attachments/ab/11/x/IMG.heic", "attachment", "look"),
    ],
)
def test_marks_of_the_exporter_are_understood_and_left_out(body: str, kind: str, text: str) -> None:
    found = read(body)
    assert (found.kind, found.text) == (kind, text)


def test_reactions_of_both_versions_are_read() -> None:
    assert read("hi\nTapbacks:\n    Loved by Ann\n    😀 by Bob").reactions == (
        Reaction("❤️", "Ann"),
        Reaction("😀", "Bob"),
    )
    assert read("hi\nReactions:\nLaughed by Ann\n").reactions == (Reaction("😂", "Ann"),)


def test_a_page_is_read_as_it_was_written() -> None:
    (found,) = open_paths([CASES / "imessage_html_min"], now=NOW).chats
    assert [(m.time, m.author, m.text) for m in found.messages()] == [
        ("2022-05-17T17:29:42", "Me", "Hello & welcome"),
        ("2022-05-17T17:30:00", "Sample Contact", "hi"),
    ]


def test_replies_in_a_page_tell_what_they_answer() -> None:
    answer = bubble("yes", "B", sender="Ann")
    image = '<div class="message_part"><img src="attachments/1/a%20b.jpeg" loading="lazy"></div>'
    liked = '<div class="reactions"><p>Reactions:</p><p><span class="reaction"><b>Liked</b> by Ann</span></p></div>'
    replies = f'<div class="replies"><div class="reply">{answer}</div><div class="reply">{bubble("x")}</div></div>'
    stamp = '<span class="timestamp">May 17, 2022  5:31:00 PM</span>'
    notice = f'<div class ="announcement"><p>{stamp} You left <b>it</b></p></div>'
    html = page(bubble("Where?<br>Here?", "A", more=liked + replies + image), notice, answer)
    data = zipped({"e/Ann - 12.html": html, "e/attachments/1/a b.jpeg": b"x"})
    (found,) = export(source(data, "e.zip")).chats
    first, left, second = found.messages()
    assert found.name == "Ann"
    assert (first.id, first.text, first.kind) == ("A", "Where?\nHere?", "attachment")
    assert (first.attachments, first.reactions) == ((Attachment("a%20b.jpeg", present=True),), (Reaction("👍", "Ann"),))
    assert (left.kind, left.text) == ("system", "You left it")
    assert (second.id, second.author, second.text, second.reply_to) == ("B", "Ann", "yes", "A")


def test_an_edited_bubble_keeps_its_last_wording() -> None:
    rows = "<tr><td>x</td><td>one</td></tr><tr><td>Edited</td><td>two &lt;3</td></tr>"
    table = f'<div class="edited"><table>{rows}</table></div>'
    data = page(bubble("").replace('<span class="bubble"></span>', table))
    found = messages(data, "x.html")[0]
    assert (found.text, found.edited) == ("two <3", True)


def test_a_page_and_a_text_of_one_chat_are_read_once() -> None:
    data = zipped({"e/Ann.html": page(bubble("hi")), "e/Ann.txt": block("hi")})
    assert len(export(source(data, "e.zip")).chats) == 1


def test_any_other_page_is_none_of_imessage() -> None:
    with pytest.raises(Unreadable):
        chat("<html><body><p>hello</p></body></html>", "x.html")
