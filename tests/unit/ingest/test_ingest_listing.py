from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from egregora.ingest.listing import list_messages
from whatsapp_exports import android, zipped

FIELDS = [
    "id",
    "chat",
    "time",
    "author",
    "author_id",
    "kind",
    "text",
    "edited",
    "attachments",
    "reply_to",
    "reactions",
    "thread",
]


def listed(*paths: Path, report: Path | None = None) -> tuple[int, list[dict[str, object]]]:
    out = io.StringIO()
    status = list_messages(paths, out, report)
    return status, [json.loads(line) for line in out.getvalue().split("\n") if line]


def put(folder: Path, **files: str) -> list[Path]:
    paths = []
    for name, text in files.items():
        path = folder / f"{name.replace('_', ' ')}.txt"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def test_every_message_is_one_line_with_every_field(tmp_path: Path) -> None:
    status, rows = listed(
        *put(tmp_path, WhatsApp_Chat_with_Bob=android(["A: hi", "A left", "B: a.jpg (file attached)"]))
    )
    assert status == 0
    assert all(list(row) == FIELDS for row in rows)
    assert [row["kind"] for row in rows] == ["text", "system", "attachment"]
    assert rows[2]["attachments"] == [{"name": "a.jpg", "present": False}]
    assert {row["chat"] for row in rows} == {"bob"}
    assert len({row["id"] for row in rows}) == 3


def test_the_report_tells_files_chats_and_warnings(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(zipped({"_chat.txt": "junk\n" + android(["A: hi", "B: ho"])}))
    report = tmp_path / "report.json"
    listed(path, report=report)
    told = json.loads(report.read_text(encoding="utf-8"))
    (file,) = told["files"]
    assert (file["name"], file["format"]) == ("x.zip/_chat.txt", "whatsapp")
    assert file["chats"][0] | {"messages": 2, "system": 0, "platform": "whatsapp", "id": "x"} == file["chats"][0]
    assert [(w["code"], w["count"]) for w in told["warnings"]] == [("head_lines_dropped", 1)]


def test_overlapping_exports_of_one_chat_are_merged(tmp_path: Path) -> None:
    lines = [f"{'AB'[n % 2]}: message {n}" for n in range(30)]
    one = android(lines[:20])
    two = android(lines[10:], start=610)
    named = put(tmp_path, **{"2023-06_WhatsApp_Chat_with_Bob": one, "2023-09_WhatsApp_Chat_with_Bob": two})
    assert [row["text"] for row in listed(*named)[1]] == [f"message {n}" for n in range(30)]
    assert len(listed(*reversed(put(tmp_path, a=one, b=two)))[1]) == 30


def test_chats_of_other_names_or_other_people_stay_apart(tmp_path: Path) -> None:
    one, two = android(["A: hi", "B: ho"]), android(["C: hi", "D: ho"])
    _, rows = listed(*put(tmp_path, WhatsApp_Chat_with_B=one, WhatsApp_Chat_with_D=two))
    assert [row["chat"] for row in rows] == ["b", "b", "d", "d"]
    _, rows = listed(*put(tmp_path, a=one, b=two))
    assert len({row["chat"] for row in rows}) == 2


def test_damage_is_told_by_the_status(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(android(["A: hi", "B: ho"]).encode() + b"\xff\n")
    assert listed(path)[0] == 1


def test_nothing_readable_is_one_line_on_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "diary.txt"
    path.write_bytes(bytes(range(256)))
    assert listed(path) == (2, [])
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "diary.txt" in error
