from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.ids import Handle
from egregora.message import Message
from egregora.privacy.directives import Directive, clean_alias, parse
from egregora.privacy.handles import Handles
from egregora.privacy.protection import Protector
from egregora.settings import PrivacySettings

ANA = Handle("@aaaaaaaaaa")
AUTHORS = ["Ana", "Bob Müller", "+44 7700 900123", "J"]


@pytest.mark.parametrize(
    ("text", "action", "value"),
    [
        ("/egregora alias Blue Fox", "alias", "Blue Fox"),
        ("/Egregora  ALIAS   Blue   Fox ", "alias", "Blue Fox"),
        ("\u200e/egregora alias: 🦊", "alias", "🦊"),
        ('/egregora alias "Blue Fox"', "alias", "Blue Fox"),
        ("/egregoraalias Fox", "alias", "Fox"),
        ("/ egregora\u00a0alias Fox\nand more", "alias", "Fox"),
        ("/egregora alias", "alias", None),
        ("/egregora alias \u202e", "alias", None),
        ("/egregora opt-out", "opt-out", None),
        ("/EGREGORA Opt–Out", "opt-out", None),
        ("/egregora optout", "opt-out", None),
        ("/egregora opt out, please", "opt-out", None),
        ("/egregora opt-in", "opt-in", None),
        ("/egregora OPT IN.", "opt-in", None),
    ],
)
def test_a_request_is_read(text: str, action: str, value: str | None) -> None:
    found = parse(text, ANA, "2024-03-01T10:00:00")
    assert found is not None
    assert (found.action, found.value, found.time) == (action, value, "2024-03-01T10:00:00")


@pytest.mark.parametrize(
    "text",
    [
        "/egregora",
        "/egregora help",
        "/egregora aliases",
        "/egregora opt-in everybody",
        "/egregora optional",
        "write /egregora opt-out to leave",
        "egregora opt-out",
        "",
    ],
)
def test_other_words_are_no_request(text: str) -> None:
    assert parse(text, ANA, None) is None


@settings(deadline=None)
@given(st.text())
def test_a_clean_alias_is_short_plain_and_stays_as_it_is(text: str) -> None:
    alias = clean_alias(text)
    assert len(alias) <= 40
    assert "\n" not in alias
    assert "\u202e" not in alias
    assert clean_alias(alias) == alias


def requests(*texts: str, author: str = "Ana") -> tuple[list[Directive], list[Message]]:
    protector = Protector(Handles(b"k" * 32), AUTHORS, [], PrivacySettings())
    messages = [Message(author=author, text=text, time=f"2024-03-01T10:0{n}:00") for n, text in enumerate(texts)]
    kept = list(protector.protect(messages))
    return protector.directives, kept


def test_requests_are_taken_out_of_the_messages_and_kept_in_order() -> None:
    found, kept = requests("hello", "/egregora alias Fox", "/egregora opt-out", "/egregora what", "/egregora opt-in")
    assert [(d.action, d.value, d.time) for d in found] == [
        ("alias", "Fox", "2024-03-01T10:01:00"),
        ("opt-out", None, "2024-03-01T10:02:00"),
        ("opt-in", None, "2024-03-01T10:04:00"),
    ]
    assert {d.handle for d in found} == {Handles(b"k" * 32).of_name("Ana")}
    assert [message.text for message in kept] == ["hello", "/egregora what"]


@pytest.mark.parametrize(
    "alias",
    [
        "Bob Müller",
        "bob  müller",
        "the real BOB MÜLLER",
        "@deadbeef01",
        "x @DEADBEEF01",
        "447700900123",
        "J",
        "a@b.org",
    ],
)
def test_an_alias_that_passes_for_another_or_tells_an_address_is_not_taken(alias: str) -> None:
    found, kept = requests(f"/egregora alias {alias}")
    assert (found, kept) == ([], [])


def test_a_person_may_be_called_by_their_own_name() -> None:
    found, _ = requests("/egregora alias Ana")
    assert [d.value for d in found] == ["Ana"]


def test_a_notice_or_a_message_of_nobody_makes_no_request() -> None:
    protector = Protector(Handles(b"k" * 32), AUTHORS, [], PrivacySettings())
    messages = [Message(kind="system", author="Ana", text="/egregora opt-out"), Message(text="/egregora opt-out")]
    assert [m.text for m in protector.protect(messages)] == ["/egregora opt-out"] * 2
    assert protector.directives == []
