from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.ingest.whatsapp.header import look, looks_dated, parse
from egregora.ingest.whatsapp.markers import MARKERS, hour, squeeze
from whatsapp_exports import messages, texts


@pytest.mark.parametrize(
    ("line", "time"),
    [
        ("3/6/18, 1:55 p.m. - a: m", "2018-06-03T13:55:00"),
        ("03-06-2018, 01.55 PM - a: m", "2018-06-03T13:55:00"),
        ("13.06.18 21.25.15: a: m", "2018-06-13T21:25:15"),
        ("13. 6. 2018. 21:25:15 a: m", "2018-06-13T21:25:15"),
        ("13.6.2018 klo 21.25 - a: m", "2018-06-13T21:25:00"),
        ("13.05.2023 um 10:00 – a: m", "2023-05-13T10:00:00"),
        ("13/05/2023 à 10:00 - a: m", "2023-05-13T10:00:00"),
        ("13/5/23 a las 10:00 - a: m", "2023-05-13T10:00:00"),
        ("\u200e[2018/06/13, 21:25:15] a: m", "2018-06-13T21:25:15"),
        ("[06/2018/13, 21:25:15] a: m", "2018-06-13T21:25:15"),
        ("[10:00:00, 13/05/2023] a: m", "2023-05-13T10:00:00"),
        ("[2023. 5. 4. 오후 4:17:00] a: m", "2023-05-04T16:17:00"),
        ("2023년 5월 4일 오후 4:17 - a: m", "2023-05-04T16:17:00"),
        ("2023年5月13日 下午4:17 - a: m", "2023-05-13T16:17:00"),
        ("2023/05/13 午後4:17 - a: m", "2023-05-13T16:17:00"),
        ("\u200f١٣\u200f/٥\u200f/٢٠٢٣، ٤:١٧ م - a: m", "2023-05-13T16:17:00"),
        ("13.05.23\u202fг., 16:17\u202fч. - a: m", "2023-05-13T16:17:00"),
        ("13/5/23, 4:17 μ.μ. - a: m", "2023-05-13T16:17:00"),
        ("13.05.2023 ÖS 4:17 - a: m", "2023-05-13T16:17:00"),
        ("13/5/23, 12:00\u202fAM - a: m", "2023-05-13T00:00:00"),
        ("13/5/23, 00:08 AM - a: m", "2023-05-13T00:08:00"),
        ("13/5/23, 13:24 PM - a: m", "2023-05-13T13:24:00"),
        ("\ufeff2023-05-13, 09:07\u00a0a.m. - a: m", "2023-05-13T09:07:00"),
    ],
)
def test_a_header_of_any_shape_gives_its_time_and_leaves_the_rest(line: str, time: str) -> None:
    (message,) = messages(line + "\n")
    assert (message.time, message.author, message.text) == (time, "a", "m")


@pytest.mark.parametrize(
    "line",
    [
        "14/05/2023: arrival",
        "15/05 10:00 - breakfast: eggs",
        "2016-04-29 10:30:00",
        "1. first: one",
        "99:99 - a: b",
        "",
    ],
)
def test_lines_with_numbers_are_no_headers(line: str) -> None:
    assert parse(line) is None


@pytest.mark.parametrize(
    "line", ["31/02/2023, 10:00 - A: hi", "13/05/2023, 10:75 - A: hi", "13/05/2023, 25:00 - A: hi"]
)
def test_a_day_or_time_that_does_not_exist_is_text_of_the_message_before(line: str) -> None:
    first, last = messages(f"13/05/2023, 10:00 - A: one\n{line}\n13/05/2023, 10:02 - B: two\n")
    assert first.text == f"one\n{line}"
    assert last.text == "two"


def test_the_shape_of_most_headers_is_the_files_shape() -> None:
    text = "[17.9.2019, 16:37:47] A: one\n[1.9.19, 00:00:00] B: quoted\n[17.09.2019, 16:38:06] A: two\n"
    assert texts(messages(text)) == ["one\n[1.9.19, 00:00:00] B: quoted", "two"]


@given(
    st.sampled_from(["", "[", "\u200e[", "\u200e"]),
    st.sampled_from(["14/01/2016", "1/14/16", "14.01.16", "2016-01-14", "99/99/9999", "1/2", "10:00"]),
    st.sampled_from(["08:03", "8:03", "08:03:11", "24:60:61", "8.03", "108:03"]),
    st.sampled_from(["", " AM", " pm", " aM", " AMx", " a.m.", " h"]),
    st.sampled_from([" - ", "] ", "]", "] \u200e", ": "]),
)
def test_a_header_is_the_same_whichever_space_it_is_written_with(
    opened: str, date: str, time: str, marker: str, close: str
) -> None:
    plain = f"{opened}{date}, {time}{marker}{close}"
    found, other = parse(f"{plain}Ann: a"), parse(f"{opened}{date},\u202f{time}{marker}{close}Ann: a")
    assert found == (other and replace(other, raw=other.raw.replace("\u202f", " ", 1)))


def test_a_look_counts_lines_that_only_look_dated() -> None:
    seen = look(["13/05/2023, 10:00 - A: hi", "14/05/2023: arrival", "20.15.21.15 h", "text"])
    assert (len(seen.headers), seen.dated) == (1, 2)
    assert not looks_dated("20.15.21.15 h Stock")


def test_every_marker_is_found_however_it_is_dotted() -> None:
    assert MARKERS[squeeze("a.\u00a0m.")] == "am"
    assert MARKERS[squeeze("ب.ظ.")] == "pm"
    assert [hour(h, "pm") for h in (0, 1, 12, 13)] == [0, 13, 12, 13]
    assert [hour(h, "am") for h in (1, 12)] == [1, 0]
    assert [hour(h, "中午") for h in (11, 12, 1)] == [11, 12, 13]
