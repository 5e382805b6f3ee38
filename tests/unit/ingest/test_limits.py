"""What an export may be at most: just that much is read, and one more refused in a line that says what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from egregora.errors import Unreadable
from egregora.ingest import Export, open_paths
from egregora.settings import IngestSettings, MiB
from whatsapp_exports import NOW, android, export, source, zipped

CHAT = android(["A: hi", "B: ho"])
DEEPEST = 200


def refusal(data: bytes | str, name: str, settings: IngestSettings | None = None) -> str:
    with pytest.raises(Unreadable) as caught:
        export(source(data, name), settings=settings)
    assert str(caught.value).startswith(f"{name}: ")
    return str(caught.value)


def said(found: Export) -> list[str]:
    return [message.text for chat in found.chats for message in chat.messages()]


def telegram(depth: int) -> str:
    """A chat with lists within lists beside its messages, as deep as that from the start of the file."""
    message = {"id": 1, "type": "message", "date_unixtime": "1672567200", "from": "A", "from_id": "user1", "text": "hi"}
    whole = json.dumps({"name": "X", "type": "personal_chat", "id": 1, "deep": 0, "messages": [message]})
    return whole.replace('"deep": 0', '"deep": ' + "[" * (depth - 1) + "]" * (depth - 1))


def test_json_is_read_as_deep_as_any_export_and_no_deeper() -> None:
    assert said(export(source(telegram(DEEPEST), "result.json"))) == ["hi"]
    assert "nested deeper than any export" in refusal(telegram(DEEPEST + 1), "result.json")


def test_a_zip_may_have_as_many_files_as_allowed() -> None:
    files: dict[str, bytes | str] = {"_chat.txt": CHAT, "a.jpg": b"", "b.jpg": b""}
    assert said(export(source(zipped(files), "x.zip"), settings=IngestSettings(max_members=3))) == ["hi", "ho"]
    told = refusal(zipped(files), "x.zip", IngestSettings(max_members=2))
    assert told.endswith("holds more than 2 files; raise ingest.max_members to read it")


def test_a_directory_of_names_that_fill_the_memory_is_refused_before_it_is_listed() -> None:
    data = zipped({f"{'x' * 60_000}{number}.txt": "" for number in range(10)})
    assert "more than 500 files" in refusal(data, "x.zip", IngestSettings(max_members=500))
    assert "no conversation found" in refusal(data, "x.zip", IngestSettings(max_members=600))


def test_a_folder_may_have_as_many_files_as_allowed(tmp_path: Path) -> None:
    home = tmp_path / "Trip"
    home.mkdir()
    (home / "_chat.txt").write_text(CHAT, encoding="utf-8")
    (home / "a.jpg").touch()
    assert said(open_paths([home], IngestSettings(max_members=2), now=NOW)) == ["hi", "ho"]
    with pytest.raises(Unreadable, match=r"Trip: holds more than 1 files; give the export's own folder"):
        open_paths([home], IngestSettings(max_members=1), now=NOW)


def test_a_zip_inside_a_zip_counts_as_what_is_read() -> None:
    noise = bytes(n * n % 251 for n in range(MiB))
    inner = zipped({"_chat.txt": CHAT, "a.jpg": noise}, compression=0)
    data = zipped({"inner.zip": inner}, compression=0)
    assert said(export(source(data, "x.zip"), settings=IngestSettings(max_text_bytes=2 * MiB))) == ["hi", "ho"]
    with pytest.raises(Unreadable, match=r"x\.zip/inner\.zip: more than 1 MiB of text; raise ingest.max_text_bytes"):
        export(source(data, "x.zip"), settings=IngestSettings(max_text_bytes=MiB))


def test_a_ratio_of_packing_may_be_allowed() -> None:
    data = zipped({"_chat.txt": CHAT + "0" * 12 * MiB})
    assert said(export(source(data, "x.zip"), settings=IngestSettings(max_ratio=2000)))[0] == "hi"
    with pytest.raises(Unreadable, match=r"more than 100 times its size; refused as a zip bomb"):
        export(source(data, "x.zip"), settings=IngestSettings(max_ratio=100))


MANY_LINES = ("x" * MiB + "\n") * 17


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("chat.md", "[2023-05-13 10:00:00] Ann: "),
        ("imessage.txt", "May 13, 2023 10:00:00 AM\nMe\n"),
        ("line.txt", "[LINE] Chat history with A\n\n2023/05/13(Sat)\n10:00\tA\thi\n10:01\tB\t"),
        ("messages.html", '<div class="page_wrap"><div class="history">\n<div class="message default" id="message1">'),
        ("imessage.html", '<html><div class="message"><span class="timestamp">a</span><span class="sender">'),
        ("rows.jsonl", '{"text":"a"}\n{"text":"' + "x" * 17 * MiB),
    ],
)
def test_a_message_longer_than_anybody_sends_is_refused(name: str, before: str) -> None:
    assert "one message is longer than 16 MiB" in refusal(before + MANY_LINES, name)


@pytest.mark.slow
def test_more_people_than_any_chat_has_are_refused() -> None:
    rows = "".join(f'{{"from":"{number}","text":""}}\n' for number in range(200_001))
    assert len(export(source(rows[: rows.rindex("{")], "d.jsonl")).chats[0].authors) == 200_000
    assert "more than 200,000 people" in refusal(rows, "d.jsonl")
