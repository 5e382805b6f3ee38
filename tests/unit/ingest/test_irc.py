"""IRC logs of irssi, WeeChat and ZNC."""

from __future__ import annotations

import pytest

from whatsapp_exports import chat, codes, export, messages, source, zipped

IRSSI = (
    "--- Log opened Sat May 13 10:00:00 2023\n10:01 <@ann> hi: there\n10:02  * ann waves\n"
    "10:03 -!- bob [b@host] has joined #room\n--- Day changed Sun May 14 2023\n00:01 < bob> yo\n"
    "--- Log closed Sun May 14 00:02:00 2023\n"
)
WEECHAT = (
    "2023-05-13 10:01:00\t@ann\thi: there\n2023-05-13 10:02:00\t *\tann waves\n"
    "2023-05-13 10:03:00\t-->\tbob (b@host) has joined #room\n2023-05-14 00:01:00\tbob\tyo\n"
)
ZNC = {
    "2023-05-13.log": "[10:01:00] <ann> hi: there\n[10:02:00] * ann waves\n[10:03:00] *** Joins: bob (b@host)\n",
    "2023-05-14.log": "[00:01:00] <bob> yo\n",
}
SAID = [
    ("2023-05-13T10:01:00", "ann", "text", "hi: there"),
    ("2023-05-13T10:02:00", "ann", "text", "waves"),
    ("2023-05-14T00:01:00", "bob", "text", "yo"),
]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("#room.log", IRSSI),
        ("irc.libera.#room.weechatlog", WEECHAT),
        ("log.zip", zipped({f"znc/libera/#room/{name}": text for name, text in ZNC.items()})),
    ],
)
def test_the_same_talk_is_read_from_every_program(name: str, data: str | bytes) -> None:
    found = chat(data, name)
    rows = list(found.messages())
    assert (found.platform, found.name, found.authors) == ("irc", "#room", ("ann", "bob"))
    assert [(m.time, m.author, m.kind, m.text) for m in rows if m.kind != "system"] == SAID
    assert [m.author for m in rows if m.kind == "system"] == [None]
    assert (found.messages_count, found.system_count) == (3, 1)


def test_a_channel_that_no_file_names_is_told_by_who_joined_it() -> None:
    assert chat(IRSSI, "old.log").name == "#room"


def test_two_channels_are_two_chats() -> None:
    data = zipped({"a/#one.log": IRSSI, "a/#two.log": IRSSI})
    assert [found.name for found in export(source(data, "log.zip")).chats] == ["#one", "#two"]


def test_colours_are_left_out() -> None:
    assert messages(IRSSI.replace("hi:", "\x0304,01hi\x0f:"), "#room.log")[0].text == "hi: there"


def test_lines_that_are_no_utf_8_are_read_as_what_people_used_before() -> None:
    data = IRSSI.replace("yo", "Grüße").encode("cp1252") + "10:05 <ann> žluť\n".encode()
    found = export(source(data, "#room.log"))
    assert [m.text for m in found.chats[0].messages()][-2:] == ["Grüße", "žluť"]
    assert codes(found) == {"encoding_guessed": 1}


def test_times_without_a_day_are_left_out_and_said() -> None:
    found = export(source("10:01 <@ann> hi\n10:02 <bob> yo\n", "room.log"))
    assert [m.time for m in found.chats[0].messages()] == [None, None]
    assert codes(found) == {"no_date": 2}


def test_the_log_of_a_server_is_none_of_irc() -> None:
    assert chat("10:01 started\n10:02 <html> served\n10:03 stopped\n10:04 x\n", "server.log").platform == "text"
