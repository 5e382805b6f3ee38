"""LINE's texts, as its locales write them."""

from __future__ import annotations

import pytest

from whatsapp_exports import chat, codes, export, messages, source, texts


def read(days: str, title: str = "[LINE] Chat history with Trip") -> list[tuple[str | None, str | None, str, str]]:
    found = chat(f"{title}\nSaved on: 2024/01/15 10:30\n\n{days}", "line.txt")
    assert found.platform == "line"
    return [(m.time, m.author, m.kind, m.text) for m in found.messages()]


@pytest.mark.parametrize(
    ("day", "clock", "time"),
    [
        ("2024/01/15(Mon)", "10:30", "2024-01-15T10:30:00"),
        ("2023/12/01(週五)", "上午10:00", "2023-12-01T10:00:00"),
        ("2024/1/2週二", "下午03:04", "2024-01-02T15:04:00"),
        ("2015/12/25 Fri", "07:33", "2015-12-25T07:33:00"),
        ("R7/02/11(火)", "19:12", "2025-02-11T19:12:00"),
        ("2024年1月15日(月)", "午後1:05", "2024-01-15T13:05:00"),
        ("2024년 1월 15일 월요일", "오전 12:05", "2024-01-15T00:05:00"),
        ("15/01/2567 จันทร์", "10:00", "2024-01-15T10:00:00"),
        ("Sun, 26/04/2026", "04:36PM", "2026-04-26T16:36:00"),
        ("Mon, 11/03/2025", "12:01AM", "2025-11-03T00:01:00"),
    ],
)
def test_days_and_times_of_every_locale_are_read(day: str, clock: str, time: str) -> None:
    assert read(f"{day}\n{clock}\tAnn\thi\n") == [(time, "Ann", "text", "hi")]


def test_the_words_for_weekdays_tell_day_from_month_in_any_language() -> None:
    days = "".join(f"xa, {day}/02/2024\n10:00\tAnn\thi\n\n" for day in ("02", "09"))
    other = "".join(f"yb, {day}/02/2024\n10:00\tAnn\thi\n\n" for day in ("03", "10"))
    assert [row[0] for row in read(days + other)] == [
        "2024-02-02T10:00:00", "2024-02-09T10:00:00", "2024-02-03T10:00:00", "2024-02-10T10:00:00",
    ]  # fmt: skip


def test_a_day_that_nothing_explains_is_read_day_first_and_said() -> None:
    found = export(source("[LINE] Chat history with A\n\n02/03/2024\n10:00\tAnn\thi\n", "line.txt"))
    assert found.chats[0].first == "2024-03-02T10:00:00"
    assert codes(found) == {"date_order_ambiguous": 1}


def test_a_text_of_several_lines_loses_its_quotation_marks_and_nothing_else() -> None:
    rows = read('2024/01/15(Mon)\n10:30\tAnn\t"one\n2024/01/16(Tue)\ntwo ""three"""\n10:31\tBob\t"quoted" word\n')
    assert [row[3] for row in rows] == ['one\n2024/01/16(Tue)\ntwo "three"', '"quoted" word']


def test_what_stands_for_pictures_calls_and_the_like_is_told_apart() -> None:
    bodies = [
        "[写真]",
        "[Sticker]",
        "☎ 不在着信",
        "[Location]",
        "[投票]",
        "You unsent a message.",
        "[not a mark]",
        "Photo",
    ]
    rows = read("2024/01/15(Mon)\n" + "".join(f"10:30\tAnn\t{body}\n" for body in bodies))
    assert [row[2] for row in rows] == [
        "media_omitted", "media_omitted", "call", "location", "poll", "deleted", "text", "text",
    ]  # fmt: skip


def test_a_line_without_a_name_is_a_notice() -> None:
    assert read("2024/01/15(Mon)\n10:30\tBob joined the chat\n10:31\tAnn\thi\n")[0] == (
        "2024-01-15T10:30:00", None, "system", "Bob joined the chat",
    )  # fmt: skip


def test_names_of_the_desktop_version_are_what_their_lines_share() -> None:
    text = (
        "2017.09.03 Sunday\n16:23 Bob Today I found\nsomething\n16:25 Kaori Date Whaaat\n"
        "16:25 Bob no\n16:26 Kaori Date Photos\n"
    )
    found = messages(text, "line.txt")
    assert [(m.author, m.kind, m.text) for m in found] == [
        ("Bob", "text", "Today I found\nsomething"),
        ("Kaori Date", "text", "Whaaat"),
        ("Bob", "text", "no"),
        ("Kaori Date", "media_omitted", "Photos"),
    ]


@pytest.mark.parametrize(
    "title",
    [
        "Chat history with Trip", "Tripとのトーク履歴", "Tripのトーク履歴", "與Trip的聊天記錄", "Trip님과의 대화",
        "ประวัติการแชทกับ Trip",
    ],
)  # fmt: skip
def test_the_title_names_the_chat(title: str) -> None:
    found = chat(f"[LINE] {title}\n\n2024/01/15(Mon)\n10:30\tAnn\thi\n", "x.txt")
    assert (found.name, found.named) == ("Trip", True)


def test_utf_16_makes_no_difference() -> None:
    text = "[LINE] Chat history with Trip\n\n2024/01/15(Mon)\n10:30\tAnn\théllo 👋\n"
    for encoding in ("utf-16", "utf-16-le", "utf-8-sig"):
        assert texts(messages(text.encode(encoding), "x.txt")) == ["héllo 👋"]
