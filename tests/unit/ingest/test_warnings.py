"""What readers say of what they left out, guessed or mended: which lines of which file."""

from __future__ import annotations

import pytest

from whatsapp_exports import export, source

IRC = "--- Log opened Sat May 13 10:00:00 2023\n10:01 <@ann> hi\n10:02 <bob> ho\n10:03 <ann> hm\nno line of a log\n"
LINE = "[LINE] Chat history with A\nSaved on: 2023/05/13 10:00\nstray\n\n2023/05/13(Sat)\n10:00\tA\thi\n10:01\tB\tho\n"
UNDER_A_DAY = "[LINE] Chat history with A\nSaved on: 2023/05/13 10:00\n\n2023/05/13(Sat)\nstray\n10:00\tA\thi\n"
IMESSAGE = "May 13, 2023 10:00:00 AM\nMe\nhi\n\nMay 13, 2023 10:01:00 AM Ann left the conversation.\nstray\n\n"
TABLE = "date,author,text\n2023-05-13,Ann,hi\n2023-05-14,J\xfcrgen,ho\n2023-05-15,Ann,hm\n"
TELEGRAM_PAGE = (
    b'<div class="page_wrap">\n<div class="history">\n<div class="message default clearfix" id="message1">\n'
    b'<div class="pull_right date details" title="13.05.2023 10:00:00 UTC+00:00">\n<div class="from_name">\nA\n</div>\n'
    b'<div class="text">\nh\xff\n</div>\n'
)
IMESSAGE_PAGE = (
    b'<html>\n<div class="message">\n<p><span class="timestamp">May 13, 2023 10:00:00 AM</span>\n'
    b'<span class="sender">Me</span></p>\n<div class="message_part"><span class="bubble">h\xff</span></div>\n</div>\n'
)


@pytest.mark.parametrize(
    ("name", "data", "code", "lines"),
    [
        ("#room.log", IRC, "bad_lines", (5,)),
        ("line.txt", LINE, "head_lines_dropped", (3,)),
        ("line.txt", UNDER_A_DAY, "bad_lines", (5,)),
        ("imessage.txt", IMESSAGE, "bad_lines", (6,)),
        ("t.csv", TABLE.encode("cp1252"), "encoding_guessed", (3,)),
        ("#room.log", IRC[:-17].encode() + b"10:04 <ann> h\xc3\n", "bad_bytes", (5,)),
        ("messages.html", TELEGRAM_PAGE, "bad_bytes", (9,)),
        ("imessage.html", IMESSAGE_PAGE, "bad_bytes", (5,)),
    ],
)
def test_lines_that_are_left_out_guessed_or_mended_are_named(
    name: str, data: str | bytes, code: str, lines: tuple[int, ...]
) -> None:
    found = export(source(data, name))
    assert [(w.code, w.lines) for w in found.report.warnings] == [(code, lines)]
    assert found.report.warnings[0].where == name
