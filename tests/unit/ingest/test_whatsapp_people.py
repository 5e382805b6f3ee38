from __future__ import annotations

import pytest

from egregora.ingest.whatsapp import notices, people, titles
from whatsapp_exports import android, chat, messages, texts

OPENING = "Messages and calls are end-to-end encrypted. No one outside of this chat can read them."


def test_an_author_is_what_stands_before_the_first_colon_and_space() -> None:
    found = messages(android(["Bob: note: body with colon", "Carol:", "R - the dash: x", "12:30 Club: y", "A:B: z"]))
    assert [(m.author, m.text) for m in found] == [
        ("Bob", "note: body with colon"),
        ("Carol", ""),
        ("R - the dash", "x"),
        ("12:30 Club", "y"),
        ("A:B", "z"),
    ]


def test_marks_and_the_tilde_of_unsaved_contacts_are_no_part_of_a_name() -> None:
    found = messages(
        android(["~\u00a0Nev: a", "\u202a+44\u00a07700\u00a0900123\u202c: b", "\u200eEve 🌸👩🏽\u200d🚀: c"])
    )
    assert [m.author for m in found] == ["Nev", "+44 7700 900123", "Eve 🌸👩🏽\u200d🚀"]


def test_a_name_with_a_colon_wins_where_it_recurs_with_other_bodies() -> None:
    found = messages(
        android(["Team: Rome: one", "Bob: note: two", "Team: Rome: three: x", "Team: Rome: four", "Bob: hi"])
    )
    assert [m.author for m in found] == ["Team: Rome", "Bob", "Team: Rome", "Team: Rome", "Bob"]
    assert texts(found) == ["one", "note: two", "three: x", "four", "hi"]


def test_two_names_may_share_their_first_words() -> None:
    lines = ["Team: Rome: a", "Team: Oslo: b", "Team: Rome: c", "Team: Oslo: d"]
    assert set(chat(android(lines)).authors) == {"Team: Rome", "Team: Oslo"}


def test_somebody_who_once_writes_without_a_second_colon_has_the_short_name() -> None:
    lines = ["Bob: note: a", "Bob: note: b", "Bob: note: c", "Bob: hi"]
    assert chat(android(lines)).authors == ("Bob",)


@pytest.mark.parametrize(
    "notice",
    [
        'Alice changed the group name from "Trip: Rome" to "Trip: Oslo"',
        'Alice changed the subject to "Plan: B"',
        "Alice hat den Gruppennamen zu „Plan: B“ geändert",
        'You created group "Plan: B"',
    ],
)
def test_a_notice_that_holds_a_colon_has_no_author(notice: str) -> None:
    found = chat(android(["Alice: hi", notice, "Bob: ho"]))
    assert found.authors == ("Alice", "Bob")
    assert [m.kind for m in found.messages()] == ["text", "system", "text"]
    assert found.system_count == 1


def test_iphone_notices_have_no_author_and_the_groups_label_is_nobody() -> None:
    lines = [
        f"Family: \u200e{OPENING}",
        "Bob: \u200eBob created this group",
        "Carol: \u200eCarol joined from the community",
        "Bob: hi",
        "Bob: \u200eimage omitted",
        "Bob: \u200eThis message was deleted.",
        "Bob: \u200ePOLL:\nWhen?\n\u200eOPTION: now (1 vote)",
    ]
    found = chat("".join(f"[14/08/2024, 21:00:0{n}] {line}\n" for n, line in enumerate(lines)), "_chat.txt")
    kinds = [m.kind for m in found.messages()]
    assert kinds == ["system", "system", "system", "text", "media_omitted", "deleted", "poll"]
    assert (found.name, found.named) == ("Family", True)
    assert found.authors == ("Bob",)
    assert found.mentioned == ("Carol",)
    assert next(iter(found.messages())).text == f"\u200e{OPENING}"


def test_somebody_who_quotes_the_opening_notice_stays_a_participant() -> None:
    found = chat(android([f"Bob: {OPENING}", "Bob: is that so?"]))
    assert found.authors == ("Bob",)
    assert (found.messages_count, found.system_count) == (2, 0)


def test_people_who_only_appear_in_notices_are_mentioned() -> None:
    lines = [
        "Alice created group “Trip”",
        "Alice added Dora and ~ Emil",
        "Bob left",
        "You removed +44 7700 900123",
        "Alice: hi",
    ]
    found = chat(android(lines))
    assert found.authors == ("Alice",)
    assert set(found.mentioned) == {"Dora", "Emil", "Bob", "+44 7700 900123"}


@pytest.mark.parametrize(
    ("notice", "names"),
    [
        ("Você removeu Iuri Brasil", ("Iuri Brasil",)),
        ("\u200eIuri Brasil foi adicionado(a)", ("Iuri Brasil",)),
        ("Anna hat Ben und Carl hinzugefügt", ("Anna", "Ben", "Carl")),
        ("Ana añadió a Luis", ("Ana", "Luis")),
        ("Zoé a ajouté Paul", ("Zoé", "Paul")),
        ("Anna ha aggiunto Luca", ("Anna", "Luca")),
        ("Dora joined using this group's invite link", ("Dora",)),
        ("Your security code with Dora changed. Tap to learn more.", ("Dora",)),
        (OPENING, ()),
    ],
)
def test_names_in_notices_of_many_languages(notice: str, names: tuple[str, ...]) -> None:
    assert people.named(notice) == names


def test_a_notices_language_is_told_by_its_words() -> None:
    assert notices.language(["x", "Los mensajes y las llamadas están cifrados de extremo a extremo."]) == "es"
    assert notices.language(["nothing of the kind"]) is None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("WhatsApp Chat with Bob.txt", "Bob"),
        ("2023-06 WhatsApp Chat with Bob (1).txt", "Bob"),
        ("WhatsApp Chat - Family 🌸.zip/_chat.txt", "Family 🌸"),
        ("Conversa do WhatsApp com Teste.zip/Conversa do WhatsApp com Teste.txt", "Teste"),
        ("Chat de WhatsApp con Los de siempre.txt", "Los de siempre"),
        ("WhatsApp-Chat mit Käthe.txt", "Käthe"),
        ("Discussion WhatsApp avec Zoé.txt", "Zoé"),
        ("Chat WhatsApp con Famiglia.txt", "Famiglia"),
        ("WhatsApp-chat met Jan.txt", "Jan"),
        ("Чат WhatsApp с контактом Иван.txt", "Иван"),
        ("Czat WhatsApp z Ewa.txt", "Ewa"),
        ("Ayşe ile WhatsApp Sohbeti.txt", "Ayşe"),
        ("محادثة واتساب مع أحمد.txt", "أحمد"),
        ("与小明的WhatsApp聊天.txt", "小明"),
        ("_chat.txt", None),
        ("a.txt", None),
    ],
)
def test_a_file_name_in_any_language_names_the_chat(path: str, name: str | None) -> None:
    assert titles.from_path(path) == name


def test_the_name_comes_from_file_then_notice_then_folder_then_nothing() -> None:
    plain = android(["A: hi", "B: ho"])
    created = android(['A created group "Trip"', "A: hi"])
    assert chat(created, "WhatsApp Chat with Oslo.txt").name == "Oslo"
    assert chat(created, "x/_chat.txt").name == "Trip"
    assert chat(plain, "Family/_chat.txt").name == "Family"
    assert (chat(plain, "_chat.txt").name, chat(plain, "_chat.txt").named) == ("chat", False)
    assert titles.without_dates("2023-06 Trip 2023-07-01 (2)") == "Trip"


@pytest.mark.parametrize("name", ["", "~", "\u200e", "~\u200f "])
def test_whoever_is_called_by_nothing_is_somebody_all_the_same(name: str) -> None:
    found = chat(android(["Ann: hi", f"{name}: ho"]))
    assert found.authors == ("Ann", "?")
    assert [(m.author, m.text) for m in found.messages()] == [("Ann", "hi"), ("?", "ho")]
