"""Laws that hold for any names and any texts."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from egregora.message import Attachment, Message, Reaction, decode, encode
from egregora.privacy.handles import HANDLE, Handles, normal_name
from egregora.privacy.participants import Participants
from egregora.privacy.prefilter import Prefilter
from egregora.privacy.protection import Protector
from egregora.privacy.spelling import fold
from egregora.settings import PrivacySettings

law = settings(deadline=None, max_examples=120)
HANDLES = Handles(b"k" * 32)
NAMES = (
    "Alice", "Bob Müller", "Eve 🌸", "Grace Hopper", "Zoë", "Анна", "Иван Петров", "राम", "सीता देवी", "محمد", "田中",
    "さくら", "민수", "O'Brien", "İlker", "Jean-Luc Picard", "สมชาย", "Strauß", "Nguyễn Văn Anh", "Šárka",
    "Maria", "Ana Maria",
)  # fmt: skip
NUMBERS = ("+44 7700 900123", "+55 11 98765-4321", "+47 91 23 45 67", "+966 50 123 4567")
ADDRESSES = ("alice@example.org", "foo.bar+baz@mail.example.co.uk")

people = st.lists(st.sampled_from(NAMES + NUMBERS), min_size=1, max_size=8, unique=True)
spaces = st.sampled_from([" ", ", ", "\n", " - ", "! ", " (", "/", "\u202f", ": "])
plain = st.text(st.sampled_from("abcdefgh xyz éñ 0123456789 .,:-+()/@%🙂日本क्षाпривет وبלו\n\u200e\u2068"), max_size=20)
marks = st.sampled_from(["[phone]", "[e-mail]", "[id]", "@deadbeef01", "@4791234567"])


def recased(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from([name, name.upper() if "ß" not in name and "İ" not in name else name, fold(name)])


@st.composite
def texts(draw: st.DrawFn, names: list[str]) -> str:
    """A text that holds what must not be found, between anything."""
    hidden = st.sampled_from([*names, *ADDRESSES]).flatmap(recased)
    pieces = draw(st.lists(st.one_of(hidden, plain, marks, hidden.map("@{}".format)), max_size=8))
    return "".join(piece + draw(spaces) for piece in pieces)


def holds(encoded: str, name: str) -> bool:
    """Whether a full name stands somewhere, whatever its case, as no part of a longer word."""
    name = re.escape(fold(normal_name(name)))
    return bool(re.search(rf"(?<!\w){name}(?!\w)", fold(re.sub(HANDLE, "", encoded))))


@law
@given(st.data(), people)
def test_nothing_of_a_participant_survives_in_the_encoded_message(data: st.DataObject, names: list[str]) -> None:
    draw = data.draw
    message = Message(
        id=draw(st.sampled_from(["", "17", *names])),
        author=draw(st.sampled_from(names)),
        author_id=draw(st.sampled_from([None, *names])),
        kind=draw(st.sampled_from(["text", "system"])),
        text=draw(texts(names)),
        thread=draw(st.sampled_from([None, *names])),
        reply_to=draw(st.sampled_from([None, "1700000000123", *names])),
        attachments=tuple(Attachment(name + ".pdf") for name in draw(st.lists(st.sampled_from(names), max_size=2))),
        reactions=tuple(Reaction("👍", name) for name in draw(st.lists(st.sampled_from(names), max_size=2))),
    )
    assume("egregora" not in message.text)
    (done,) = Protector(HANDLES, names, [], PrivacySettings()).protect([message])
    encoded = encode(done).decode()
    for name in names:
        if name in NUMBERS:
            digits = re.sub(r"\D", "", name)
            assert digits not in re.sub(r"[\s()+-]", "", encoded)
        else:
            assert not holds(encoded, name)
    assert not any(address in encoded.lower() for address in ADDRESSES)
    assert decode(encode(done)) == done


@law
@given(st.data(), people, st.booleans())
def test_protecting_what_is_protected_changes_nothing(data: st.DataObject, names: list[str], redact: bool) -> None:
    protector = Protector(HANDLES, names, [], PrivacySettings(redact=redact))
    notice = data.draw(st.booleans())
    once = protector.text(data.draw(texts(names)), notice=notice)
    assert protector.text(once, notice=notice) == once


@law
@given(st.text(st.characters(exclude_categories=["Nd", "Cs"], exclude_characters="@＠")))
def test_a_text_without_names_numbers_and_addresses_stays_byte_for_byte(text: str) -> None:
    assume("egregora" not in text.lower())
    names = ["Qwxyzzy", "Zxqv Wvqzx", "+44 7700 900123"]
    assume(not any(word in text.lower() for word in ("qwxyzzy", "zxqv")))
    (done,) = Protector(HANDLES, names, [], PrivacySettings()).protect([Message(author=names[0], text=text)])
    assert done.text == text


@law
@given(st.data(), people)
def test_what_the_prefilter_rules_out_needs_no_protection(data: st.DataObject, names: list[str]) -> None:
    batch = data.draw(st.lists(texts(names) | st.text(max_size=30), max_size=6))
    protector = Protector(HANDLES, names, [], PrivacySettings())
    candidates = Prefilter(Participants(HANDLES, names)).candidates(batch)
    for position, text in enumerate(batch):
        if position not in candidates:
            assert protector.text(text) == text


@law
@given(st.lists(st.text(min_size=1, max_size=12), max_size=5), st.text(max_size=60), st.booleans())
def test_any_names_and_any_text_are_worked_on(names: list[str], text: str, redact: bool) -> None:
    settings = PrivacySettings(redact=redact)
    protector = Protector(HANDLES, names, names, settings)
    message = Message(author=names[0] if names else None, text=text, attachments=(Attachment(text),))
    for done in protector.protect([message]):
        assert decode(encode(done)) == done
        assert protector.text(done.text) == done.text


@law
@given(st.lists(plain, max_size=30), st.integers(1, 5))
def test_how_messages_are_batched_does_not_show(bodies: list[str], copies: int) -> None:
    def run(messages: list[Message]) -> list[Any]:
        return list(Protector(HANDLES, ["Alice", "abc"], [], PrivacySettings()).protect(messages))

    messages = [Message(author="Alice", text=body) for body in bodies]
    assert run(messages * copies) == run(messages) * copies
    assert run(messages) == [done for message in messages for done in run([message])]
