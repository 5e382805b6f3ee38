from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.errors import Unreadable
from whatsapp_exports import android, chat, codes, export, messages, source, texts


def test_a_line_of_a_million_characters_is_one_body() -> None:
    found = messages(android(["A: " + "x" * 1_000_000 + ": y", "B: hi"]))
    assert [len(m.text) for m in found] == [1_000_003, 2]


def test_a_message_no_phone_could_send_is_refused() -> None:
    with pytest.raises(Unreadable, match="longer than 16 MiB"):
        messages(android(["A: hi", "B: " + "x" * 18_000_000]))


@pytest.mark.slow
def test_a_text_with_more_authors_than_any_conversation_is_refused() -> None:
    with pytest.raises(Unreadable, match="more authors or dates than any conversation"):
        messages(android([f"{number:x}: hi" for number in range(70_000)]))


def test_nul_bytes_stay_in_the_body() -> None:
    assert texts(messages(android(["A: a\0b", "B: \0"]))) == ["a\0b", "\0"]


def test_bytes_that_are_no_text_become_replacement_characters_and_are_counted() -> None:
    text = android(["A: ol\udce9", "B: \udcff\udcfe"]).encode(errors="surrogateescape")
    found = export(source(text))
    assert texts(list(found.chats[0].messages())) == ["ol\ufffd", "\ufffd\ufffd"]
    assert codes(found)["bad_bytes"] == 3
    assert [w.lines for w in found.report.warnings if w.code == "bad_bytes"] == [(1, 2)]


@pytest.mark.parametrize("damaged", ["B\udce9: b", "B: \udce9", "joined \udce9"])
def test_damage_is_found_wherever_it_stands(damaged: str) -> None:
    text = android(["A: a"] * 400 + [damaged]).encode(errors="surrogateescape")
    found = export(source(text))
    assert len(list(found.chats[0].messages())) == 401
    assert [w.lines for w in found.report.warnings if w.code == "bad_bytes"] == [(401,)]


def test_damage_before_the_first_message_is_found() -> None:
    text = ("ol\udce9\n" + android(["A: a"] * 400)).encode(errors="surrogateescape")
    assert codes(export(source(text)))["bad_bytes"] == 1


def test_days_of_which_none_exists_are_refused_even_if_damaged() -> None:
    with pytest.raises(Unreadable, match="none of its dates exists"):
        export(source(b"99/99/2023, 10:00 - A: a\n99/99/2023, 10:01 - B: \xe9\n"))


@pytest.mark.parametrize(
    "line",
    [
        "13/05/2023,\u00a010:01 - B: b",
        "13/05/2023, 10:01 \u2013 B: b",
        "13/05/2023,  10:01 - B: b",
        "\u200e13/05/2023, 10:01 - B: b",
        "3/5/2023, 9:01 - B: b",
    ],
)
@pytest.mark.parametrize("place", [0, 400, 800])
def test_a_header_that_differs_from_the_others_in_what_is_not_seen_is_one(line: str, place: int) -> None:
    lines = [f"13/05/2023, 10:00 - A: {number}" for number in range(800)]
    found = messages("\n".join([*lines[:place], line, *lines[place:]]))
    assert [m.text for m in found] == [*map(str, range(place)), "b", *map(str, range(place, 800))]
    assert found[place].author == "B"


@pytest.mark.parametrize("stamp", ["13/05/2023, 29:01", "1x/05/2023, 10:01", "13/é/2023, 10:01", "  /  /    , 10:01"])
def test_what_is_no_date_or_time_makes_no_header(stamp: str) -> None:
    lines = [f"13/05/2023, 10:00 - A: {number}" for number in range(400)]
    found = messages("\n".join([*lines, f"{stamp} - B: b", lines[0]]))
    assert [m.text for m in found[-2:]] == [f"399\n{stamp} - B: b", "0"]


@pytest.mark.parametrize("sign", "†‡\u200a")
def test_signs_next_to_spaces_do_no_harm_in_headers(sign: str) -> None:
    lines = [f"5/13/23, 10:00{space}AM - A: {number}" for number in range(200) for space in " \u202f"]
    found = messages("\n".join([*lines, f"5/13/23,{sign}10:01{sign}AM - B: b", lines[0]]))
    assert sum(m.text.count("b") for m in found) == 1
    assert found[-1].text == "0"


def test_a_replacement_character_that_was_sent_is_no_damage() -> None:
    assert "bad_bytes" not in codes(export(source(android(["A: \ufffd", "B: b"]))))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_make_no_difference(encoding: str, end: str) -> None:
    text = android(["A: one\n\ntwo 👍🏽", "B: żółw"]).replace("\n", end)
    assert texts(messages(text.encode(encoding))) == ["one\n\ntwo 👍🏽", "żółw"]


def test_a_byte_order_mark_may_stand_before_any_line() -> None:
    assert len(messages("\ufeff" + android(["A: a", "B: b"]) + "\ufeff" + android(["A: c"]))) == 3


def test_only_cr_and_lf_end_lines() -> None:
    body = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg"
    assert texts(messages(android([f"A: {body}", "B: b"]))) == [body, "b"]


def test_lines_before_the_first_header_are_dropped_and_counted() -> None:
    found = export(source("one\ntwo\n\n" + android(["A: a", "B: b"])))
    assert codes(found) == {"head_lines_dropped": 3}
    assert found.report.warnings[0].lines == (1, 2, 3)
    assert texts(list(found.chats[0].messages())) == ["a", "b"]


@pytest.mark.parametrize("total", [10_000, 39_990])
@pytest.mark.parametrize("opened", [False, True])
def test_an_export_cut_by_whatsapp_is_suspected(total: int, opened: bool) -> None:
    notice = "Messages and calls are end-to-end encrypted."
    lines = [notice if opened else "A: hi", *("B: ok" for _ in range(total - 1))]
    assert ("possibly_truncated_head" in codes(export(source(android(lines))))) is not opened


@pytest.mark.parametrize(
    "text",
    [
        "hello\n",
        "2023-05-13\nwent to the lake\n2023-05-14\nrained\n",
        "2023-05-13 10:00:00 INFO started\n2023-05-13 10:00:01 ERROR: no\n",
        "[2023-05-13 10:00:00] INFO: started\n[2023-05-13 10:00:01] ERROR: no\n",
        "date,author,text\n2023-05-13 10:00,Bob,hi\n",
        "[13/05/2023 10:00] alice\nhello\n\n[13/05/2023 10:01] bob\nhi\n",
        "12:01 <bob> hi\n12:02 <eve> ho\n",
        "2023-05-13 10:00 one\n2023-05-14 10:00 two\n2023-05-15 3 x\n13/05/2023, 10:00 - A: quoted\n",
    ],
)
def test_what_is_no_export_of_whatsapp_is_read_as_something_else(text: str) -> None:
    assert chat(text).platform != "whatsapp"


@pytest.mark.parametrize("text", ["", "\0\1\2\3"])
def test_what_is_no_text_is_refused_and_says_what_was_tried(text: str) -> None:
    with pytest.raises(Unreadable, match=r"^chat\.txt: .*tried: whatsapp"):
        chat(text)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_unreadable(data: bytes) -> None:
    with contextlib.suppress(Unreadable):
        list(chat(data).messages())


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 60))
def test_any_bytes_inside_an_export_are_read(data: bytes, place: int) -> None:
    text = android(["A: hi", "B: ho", "A: <Media omitted>"]).encode()
    try:
        found = chat(text[:place] + data + text[place:])
    except Unreadable:
        return
    kinds = [m.kind for m in found.messages()]
    assert len(kinds) == found.messages_count + found.system_count
    assert kinds.count("system") == found.system_count


@settings(deadline=None)
@given(st.text(alphabet="01259/.-:[], AMPampm~\n\u200eab\u0661\u202f", max_size=300))
def test_texts_that_look_like_headers_are_counted_as_they_are_streamed(text: str) -> None:
    try:
        found = chat(android(["A: hi", "B: ho"]) + text)
    except Unreadable:
        return
    kinds = [m.kind for m in found.messages()]
    assert (len(kinds) - kinds.count("system"), kinds.count("system")) == (found.messages_count, found.system_count)
