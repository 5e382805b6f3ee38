from __future__ import annotations

import gc

import pytest

from egregora.message import Attachment, Message, Reaction, encode
from egregora.privacy.handles import Handles
from egregora.privacy.protection import Protector
from egregora.settings import PrivacySettings

HANDLES = Handles(b"k" * 32)


def protector(*authors: str, mentioned: tuple[str, ...] = (), redact: bool = True) -> Protector:
    return Protector(HANDLES, authors, mentioned, PrivacySettings(redact=redact))


def protect(text: str, *authors: str, kind: str = "text", redact: bool = True) -> str:
    """`text` protected, with names in braces where handles stand."""
    subject = protector("Somebody", *authors, redact=redact)
    (message,) = subject.protect([Message(author="Somebody", text=text, kind=kind)])  # type: ignore[arg-type]
    shown = message.text
    for name in authors:
        shown = shown.replace(HANDLES.of_name(name), "{" + name + "}")
    assert subject.text(message.text, notice=kind == "system") == message.text
    return shown


@pytest.mark.parametrize(
    ("author", "text", "expected"),
    [
        ("Alice", "alice, ALICE and Alice's cat", "{Alice}, {Alice} and {Alice}'s cat"),
        ("Ann", "Annual meeting in Cannes, Ann", "Annual meeting in Cannes, {Ann}"),
        ("Al", "also final Al.", "also final {Al}."),
        ("Grace Hopper", "grace  hopper, Grace\u00a0Hopper", "{Grace Hopper}, {Grace Hopper}"),
        ("Grace Hopper", "Grace is a grace, Hopper hops", "{Grace Hopper} is a grace, Hopper hops"),
        ("Grace Hopper", "@grace and @\u2068Grace Hopper\u2069!", "{Grace Hopper} and {Grace Hopper}!"),
        ("Bob Müller", "BOB MÜLLER and bob mu\u0308ller", "{Bob Müller} and {Bob Müller}"),
        ("Bob Müller", "?q=Bob%20M%C3%BCller&x=1", "?q={Bob Müller}&x=1"),
        ("Bob Müller", "?q=BOB+M%C3%9CLLER", "?q={Bob Müller}"),
        ("Grace Hopper", "https://example.org/in/grace-hopper-92/", "https://example.org/in/{Grace Hopper}-92/"),
        ("Grace Hopper", "https://example.org/GraceHopper", "https://example.org/{Grace Hopper}"),
        ("Eve 🌸", "eve 🌸 and Eve, evening", "{Eve 🌸} and {Eve 🌸}, evening"),
        ("👑 Queen ❤️", "queen! 👑 Queen ❤", "{👑 Queen ❤️}! {👑 Queen ❤️}"),
        ("🌸", "🌸 in spring, @🌸", "🌸 in spring, {🌸}"),
        ("J", "j walks, @J runs", "j walks, {J} runs"),
        ("I", "I think so", "I think so"),
        ("24", "24 of them", "24 of them"),
        ("Will", "will you, Will? WILL! @will", "will you, {Will}? {Will}! {Will}"),
        ("May", "you may in May", "you may in {May}"),
        ("~ Zoë", "Zoë and ~ zoe\u0308", "{~ Zoë} and {~ Zoë}"),
        ("O'Brien", "O’Brien, o`brien", "{O'Brien}, {O'Brien}"),
        ("Jean-Luc", "jean‑luc", "{Jean-Luc}"),
        ("Groß", "GROSS! Groß", "{Groß}! {Groß}"),
        ("İlker", "ilker İLKER", "{İlker} {İlker}"),
        ("Işık", "IŞIK ışık", "{Işık} {Işık}"),
        ("Ὀδυσσεύς", "ὈΔΥΣΣΕΎΣ", "{Ὀδυσσεύς}"),
        ("Анна", "анна, Аннам, Анна.", "{Анна}, Аннам, {Анна}."),
        ("राम", "रामायण में राम ने", "रामायण में {राम} ने"),
        ("सीता देवी", "सीता देवी आई", "{सीता देवी} आई"),
        ("محمد", "ومحمد قال لمحمد، محمدي", "و {محمد} قال ل {محمد}، محمدي"),
        ("דוד", "ודוד אמר לדוד", "ו {דוד} אמר ל {דוד}"),
        ("田中", "田中さん、お元気", "{田中} さん、お元気"),
        ("さくら", "昨日さくらと", "昨日 {さくら} と"),
        ("สมชาย", "คุณสมชายมา", "คุณ {สมชาย} มา"),
        ("민수", "민수가 왔다. 김민수는", "{민수} 가 왔다. 김민수는"),
        ("Bob", "Bobさん bobby Bob2", "{Bob} さん bobby {Bob} 2"),
        ("Bob", "snake_bob_case, bob@example.org", "snake_ {Bob} _case, [e-mail]"),
        ("a.b@example.org", "mail a.b@example.org", "mail {a.b@example.org}"),
        ("C++ (Köln)", "ask C++ (Köln) or c++", "ask {C++ (Köln)} or c++"),
    ],
)
def test_a_participant_in_a_text_becomes_a_handle(author: str, text: str, expected: str) -> None:
    assert protect(text, author) == expected


@pytest.mark.parametrize(
    "text",
    [
        "+44 7700 900123",
        "+447700900123",
        "0044 7700 900 123",
        "+44 (0)7700 900-123",
        "07700 900123",
        "7700900123",
        "@447700900123",
        "@\u2068+44 7700 900123\u2069",
        "+٤٤ ٧٧٠٠ ٩٠٠١٢٣",
    ],
)
@pytest.mark.parametrize("redact", [True, False])
def test_a_participants_number_becomes_their_handle_however_written(text: str, redact: bool) -> None:
    assert protect(f"see {text}, ok", "+44 7700 900123", redact=redact) == "see {+44 7700 900123}, ok"


def test_a_number_in_a_link_becomes_the_handle_too() -> None:
    assert protect("https://wa.me/447700900123", "+44 7700 900123") == "https://wa.me/{+44 7700 900123}"
    assert protect("tel:+447700900123", "+44 7700 900123") == "tel:{+44 7700 900123}"
    assert protect("@4791234567", "+47 91 23 45 67") == "{+47 91 23 45 67}"


def test_the_longest_name_wins() -> None:
    assert protect("see /anamaria", "Ana Maria", "Maria") == "see /{Ana Maria}"
    assert protect("Ana Maria, Ana, ana maria silva", "Ana", "Ana Maria", "Ana Maria Silva") == (
        "{Ana Maria}, {Ana}, {Ana Maria Silva}"
    )


def test_a_first_name_with_a_capital_means_the_one_who_bears_it() -> None:
    assert protect("Inês and INÊS, not inês", "Inês Carvalho") == "{Inês Carvalho} and {Inês Carvalho}, not inês"
    assert protect("Will will, May may", "Will Smith", "May Brown") == "Will will, May may"
    assert protect("Ana", "Ana Silva", "Ana Costa") == "Ana"
    assert protect("Graceland", "Grace Hopper") == "Graceland"


def test_first_names_stay_where_the_settings_say_so() -> None:
    subject = Protector(HANDLES, ["Declan Rourke"], [], PrivacySettings(first_names=False))
    assert subject.text("Declan, Declan Rourke").startswith("Declan, @")


def test_a_first_name_that_two_share_mentions_neither() -> None:
    assert protect("@Ana @Bia", "Ana Silva", "Ana Costa", "Bia Reis") == "@Ana {Bia Reis}"
    assert protect("@Ana", "Ana Silva", "Ana") == "{Ana}"


def test_a_bare_name_belongs_to_the_one_who_bears_it() -> None:
    assert protect("Eve and Eve 🌸", "Eve 🌸", "Eve") == "{Eve} and {Eve 🌸}"


@pytest.mark.parametrize(
    ("author", "text", "expected"),
    [
        ("Will", "will added ~ Will", "{Will} added {Will}"),
        ("J", "J added you", "{J} added you"),
        ("🌸", "🌸 left", "{🌸} left"),
        (".", "x.y: . joined.", "x.y: {.} joined."),
        ("Grace Hopper", "Grace Hopper changed to +44 7700 900999", "{Grace Hopper} changed to [phone]"),
    ],
)
def test_in_notices_every_name_counts(author: str, text: str, expected: str) -> None:
    assert protect(text, author, kind="system") == expected


def test_people_named_in_notices_only_are_participants_too() -> None:
    subject = protector("Ana", mentioned=("Rui Costa",))
    (message,) = subject.protect([Message(author="Ana", text="rui costa?")])
    assert message.text == HANDLES.of_name("Rui Costa") + "?"
    assert subject.authors == [("Ana", HANDLES.of_name("Ana"))]


def test_authors_and_reactions_become_handles_and_ids_of_authors_go() -> None:
    subject = protector("Ana", "Bob")
    message = Message(
        author="Ana", author_id="u-77", reactions=(Reaction("👍", "Bob"), Reaction("🎉"), Reaction("x", "Cy"))
    )
    (done,) = subject.protect([message])
    assert (done.author, done.author_id) == (HANDLES.of_name("Ana"), None)
    assert [r.author for r in done.reactions] == [HANDLES.of_name("Bob"), None, HANDLES.of_name("Cy")]


def test_an_author_without_a_name_is_known_by_the_platforms_id() -> None:
    subject = Protector(HANDLES, [], [], PrivacySettings(), platform="telegram")
    (done,) = subject.protect([Message(author_id="7")])
    assert done.author == HANDLES.of_id("telegram", "7")


def test_an_author_nobody_announced_is_protected_and_told() -> None:
    subject = protector("Ana")
    (done,) = subject.protect([Message(author="Zed", text="hi")])
    assert done.author == HANDLES.of_name("Zed")
    assert ("Zed", HANDLES.of_name("Zed")) in subject.authors


def test_names_in_platform_ids_and_threads_are_taken_out_and_numbers_stay() -> None:
    subject = protector("Grace Hopper")
    (done,) = subject.protect(
        [Message(id="1700000000123", author="Grace Hopper", thread="dm-grace-hopper", reply_to="7")]
    )
    assert (done.id, done.reply_to) == ("1700000000123", "7")
    assert done.thread == f"dm-{HANDLES.of_name('Grace Hopper')}"


@pytest.mark.parametrize("thread", ["447700900123@s.whatsapp.net", "dm 07700 900123", "x-+44 7700 900123"])
def test_a_participants_number_in_a_platform_id_is_taken_out(thread: str) -> None:
    (done,) = protector("+44 7700 900123").protect([Message(author="+44 7700 900123", thread=thread)])
    assert HANDLES.of_name("+44 7700 900123") in (done.thread or "")
    assert "900123" not in (done.thread or "")


def test_everything_else_of_a_message_stays() -> None:
    message = Message(
        id="m1", time="2024-03-17T10:00:00", author="Ana", kind="attachment", text="hey\r\nyou\u200d", edited=True,
        attachments=(Attachment("IMG-20250314-WA0003.jpg", True),), reply_to="m0", thread="t", segment=(1, 2, 0),
    )  # fmt: skip
    (done,) = protector("Ana").protect([message])
    assert encode(done) == encode(message).replace(b'"Ana"', f'"{HANDLES.of_name("Ana")}"'.encode())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("IMG-20250314-WA0003.jpg", None),
        ("PTT-20250314-WA0003.opus", None),
        ("00000042-PHOTO-2023-05-13-10-11-12.jpg", None),
        ("budget 2024.xlsx", None),
        ("Trip.plan.pdf", None),
        ("Grace Hopper CV.pdf", "document.pdf"),
        ("GraceBirthday.JPG", "image.jpg"),
        ("hopper_song.m4a", "audio.m4a"),
        ("video of GRACE.mp4", "video.mp4"),
        ("+44 7700 900999.png", "image.png"),
        ("foo@example.org.txt", "document.txt"),
        ("Somebody Else.vcf", "contact.vcf"),
        ("Grace", "file"),
        ("grace.我", "file"),
        ("बजट सीता.pdf", "document.pdf"),
    ],
)
def test_a_file_name_that_may_tell_a_person_becomes_its_kind(name: str, expected: str | None) -> None:
    subject = protector("Grace Hopper", "सीता देवी")
    (done,) = subject.protect(
        [Message(author="Grace Hopper", kind="attachment", attachments=(Attachment(name, True),))]
    )
    assert done.attachments == (Attachment(expected or name, True),)


def test_messages_stay_in_order_and_leave_no_cyclic_garbage() -> None:
    texts = [f"message {n}" + (" from Ana" if n % 7 == 0 else "") for n in range(10_000)]
    messages = [Message(author="Ana", text=text) for text in texts]
    subject = protector("Ana")
    gc.collect()
    gc.disable()
    try:
        done = [message.text for message in subject.protect(messages)]
        assert gc.collect() == 0
    finally:
        gc.enable()
    assert done == [text.replace("Ana", HANDLES.of_name("Ana")) for text in texts]
