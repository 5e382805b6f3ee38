from __future__ import annotations

import contextlib
from email.message import EmailMessage

import pytest

from egregora.errors import Unreadable
from egregora.ingest import Chat
from egregora.message import Attachment, Message
from whatsapp_exports import codes, export, source, zipped

START = b"From ann@e.org Sat May 13 10:00:00 2023\n"


def letter(number: int, text: str = "hi", *, after: int | None = None, **headers: str) -> bytes:
    mail = EmailMessage()
    given = {"From": "Ann Archer <ann@e.org>", "Subject": "Food", "Date": f"Sat, 13 May 2023 12:{number:02}:00 +0200"}
    for name, value in {**given, "Message-ID": f"<{number}@e.org>", **headers}.items():
        if value:
            mail[name.replace("_", "-")] = value
    if after is not None:
        mail["In-Reply-To"] = f"<{after}@e.org>"
        mail["References"] = f"<1@e.org> <{after}@e.org>"
    mail.set_content(text)
    return mail.as_bytes()


def box(*letters: bytes) -> bytes:
    return b"\n".join(START + one for one in letters)


def read(data: bytes, name: str = "talk.mbox") -> Chat:
    (found,) = export(source(data, name)).chats
    return found


def one(data: bytes) -> Message:
    (message,) = read(data, "a.eml").messages()
    return message


def test_a_box_is_a_chat_with_threads() -> None:
    chat = read(
        box(letter(1), letter(2, "> hi\nho", after=1, Subject="Re: Food"), letter(3, "ha", after=2, Subject="Re: Food"))
    )
    messages = list(chat.messages())
    assert [(m.id, m.reply_to, m.thread) for m in messages] == [
        ("1@e.org", None, "1@e.org"),
        ("2@e.org", "1@e.org", "1@e.org"),
        ("3@e.org", "2@e.org", "1@e.org"),
    ]
    assert [m.text for m in messages] == ["Food\n\nhi", "> hi\nho", "ha"]
    assert messages[0].time == "2023-05-13T10:01:00Z"
    assert (messages[0].author, messages[0].author_id) == ("Ann Archer", "ann@e.org")
    assert (chat.name, chat.id, chat.messages_count) == ("talk", "", 3)


def test_a_lists_own_id_tells_which_chat_it_is() -> None:
    chat = read(box(letter(1, List_Id='"Food talk" <food.e.org>')))
    assert (chat.name, chat.id) == ("Food talk", "food-e-org")


def test_words_that_begin_like_a_letter_do_not_end_one() -> None:
    chat = read(box(letter(1, "a\n\nFrom here on\n\n>From 2023\nb"), letter(2)))
    assert [m.text for m in chat.messages()] == ["Food\n\na\n\nFrom here on\n\n>From 2023\nb", "Food\n\nhi"]


def test_names_and_subjects_in_other_alphabets() -> None:
    message = one(letter(1, "żółw", From="=?utf-8?b?xbthYmE=?= <z@e.org>", Subject="=?nope?q?a?="))
    assert message.author == "Żaba"
    assert message.text.endswith("żółw")
    assert one(letter(1, From="ann at e.org (Ann Archer)")).author == "Ann Archer"


def test_files_are_attachments_and_html_is_words() -> None:
    mail = EmailMessage()
    mail["From"], mail["Date"], mail["Subject"] = "ann@e.org", "Sat, 13 May 2023 12:00:00 -0000", ""
    mail.set_content("<p>a &amp; b</p>", subtype="html")
    mail.add_attachment(b"x", maintype="image", subtype="png", filename="../cat.png")
    message = one(mail.as_bytes())
    assert (message.text, message.attachments) == ("a & b", (Attachment("cat.png", True),))
    assert (message.author, message.time) == ("ann@e.org", "2023-05-13T12:00:00Z")


def test_single_letters_make_one_chat_in_the_order_of_their_dates() -> None:
    members: dict[str, bytes | str] = {"m/a.eml": letter(3), "m/b.eml": letter(1), "m/c.eml": letter(2)}
    (chat,) = export(source(zipped(members), "letters.zip")).chats
    assert [m.id for m in chat.messages()] == ["1@e.org", "2@e.org", "3@e.org"]
    assert (chat.first, chat.last) == ("2023-05-13T10:01:00Z", "2023-05-13T10:03:00Z")


def test_letters_without_a_date_are_counted() -> None:
    found = export(source(box(letter(1), letter(2, Date="soon")), "talk.mbox"))
    assert [m.time is None for m in found.chats[0].messages()] == [False, True]
    assert codes(found) == {"no_date": 1}


def test_a_letter_with_a_large_file_is_read_without_it() -> None:
    mail = EmailMessage()
    mail["From"], mail["Date"] = "ann@e.org", "Sat, 13 May 2023 12:00:00 +0000"
    mail.set_content("look")
    mail.add_attachment(bytes(range(256)) * 40_000, maintype="image", subtype="png", filename="cat.png")
    first, second = read(box(mail.as_bytes(), letter(2))).messages()
    assert (first.text, first.attachments) == ("look", (Attachment("cat.png", True),))
    assert second.id == "2@e.org"


def test_letters_within_letters_without_end_do_no_harm() -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1500))
    message = one(b"From: ann@e.org\nDate: Sat, 13 May 2023 12:00:00 +0000\n" + nested)
    assert message.author == "ann@e.org"


@pytest.mark.parametrize("data", [b"From: a\n\nhello", b"From here on\nall is well\n", b"Date: x\nTo: y\n\nz"])
def test_what_is_no_mail_is_refused(data: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert export(source(data, "a.eml")).chats[0].platform != "mail"
