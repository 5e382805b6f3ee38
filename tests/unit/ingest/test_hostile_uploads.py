"""Uploads that were made to harm: bounded time and memory, and one clear line that says what, where and what to do."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from egregora.errors import Unreadable
from egregora.ingest import Export, open_paths
from egregora.settings import IngestSettings, MiB
from whatsapp_exports import NOW, android, export, source, tarred, zipped

CHAT = android(["A: hi", "B: ho", "A: hm"])
CENTRAL, LOCAL, END = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"


def bodies(found: Export) -> list[str]:
    return [message.text for chat in found.chats for message in chat.messages()]


def refusal(data: bytes, name: str = "x.zip", settings: IngestSettings | None = None) -> str:
    with pytest.raises(Unreadable) as caught:
        bodies(export(source(data, name), settings=settings))
    line = str(caught.value)
    assert line.isprintable()
    assert len(line) < 500
    assert line.partition(": ")[2].strip()
    return line


def harmless(data: bytes) -> bool:
    """Whether all is read, or the damage is told."""
    try:
        return bodies(export(source(data, "x.zip"))) == ["hi", "ho", "hm"]
    except Unreadable as error:
        return "damaged" in str(error)


def patched(data: bytes, mark: bytes, at: int, form: str, value: int) -> bytes:
    """`data` with a number in its last record of a kind replaced."""
    changed = bytearray(data)
    struct.pack_into(form, changed, changed.rfind(mark) + at, value)
    return bytes(changed)


@pytest.mark.parametrize("mark", [LOCAL, CENTRAL])
@pytest.mark.parametrize("value", [0, 1, 2**31, 2**32 - 1])
def test_sums_sizes_and_offsets_that_lie_are_damage_or_harmless(mark: bytes, value: int) -> None:
    data = zipped({"_chat.txt": CHAT})
    first = {LOCAL: 14, CENTRAL: 16}[mark]
    places = [first, first + 4, first + 8, *([42] if mark == CENTRAL else [])]
    for place in places:
        assert harmless(patched(data, mark, place, "<L", value))


@pytest.mark.parametrize("at", [8, 10, 12, 16])
def test_a_directory_that_lies_is_damage(at: int) -> None:
    size = "<H" if at < 12 else "<L"
    data = patched(zipped({"_chat.txt": CHAT}), END, at, size, 0xFFFF if at < 12 else 0xFFFFFFF0)
    assert harmless(data)


def test_sizes_of_a_large_archive_that_lie_are_damage() -> None:
    data = zipped({"_chat.txt": CHAT})
    end = data.rfind(END)
    large = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 2**63, 2**63, 2**62, 2**63 - 1)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    lying = data[:end] + large + locator + patched(data[end:], END, 12, "<LL"[:2], 0xFFFFFFFF)
    assert "damaged" in refusal(lying)


def test_members_that_share_their_bytes_count_each_time() -> None:
    member = zipped({"_chat.txt": CHAT + "0" * 5_000_000})
    entry = member[member.rfind(CENTRAL) : member.rfind(END)]
    names = [b"_c%03d.txt" % number for number in range(100)]
    directory = b"".join(entry.replace(b"_chat.txt", name) for name in names)
    start = member.rfind(CENTRAL)
    end = struct.pack("<4sHHHHLLH", END, 0, 0, 100, 100, len(directory), start, 0)
    line = refusal(member[:start] + directory + end, settings=IngestSettings(max_text_bytes=50 * MiB))
    assert "damaged" in line or "more than 50 MiB" in line


def test_archives_in_archives_are_refused_whatever_they_are_called() -> None:
    data = zipped({"_chat.txt": CHAT})
    for depth in range(4):
        data = zipped({f"{depth}.zip": data})
    assert "archives inside archives" in refusal(data)


@pytest.mark.parametrize("length", [3, 9, 12, 60])
def test_a_compressed_tar_that_was_cut_off_is_damage(length: int) -> None:
    data = tarred({"_chat.txt": CHAT.encode()})
    assert bodies(export(source(data, "x.tar.gz"))) == ["hi", "ho", "hm"]
    assert "damaged" in refusal(data[:length], "x.tar.gz")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_way_of_packing_that_takes_any_memory_is_refused(method: int) -> None:
    assert "unpack it" in refusal(zipped({"_chat.txt": CHAT}, compression=method))


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd.txt", "/etc/cron.d/x.txt", "C:\\Windows\\x.txt", "a\nb\x1b[31m.txt", "x\u202etxt.exe.txt"],
)
def test_a_path_is_only_ever_a_name(name: str, tmp_path: Path) -> None:
    before = set(tmp_path.rglob("*"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, CHAT)
    assert bodies(export(source(buffer.getvalue(), "x.zip"))) == ["hi", "ho", "hm"]
    assert set(tmp_path.rglob("*")) == before
    damaged = bytearray(buffer.getvalue())
    damaged[damaged.find(CENTRAL) + 42] ^= 1
    assert refusal(bytes(damaged)).startswith("x.zip")


def test_a_member_without_a_name_is_passed_over() -> None:
    data = zipped({"_chat.txt": CHAT, "QQ.txt": "x", "sub/": ""}).replace(b"QQ.txt", b"\0Q.txt")
    assert bodies(export(source(data, "x.zip"))) == ["hi", "ho", "hm"]


def test_a_zip_of_very_many_texts_is_listed_once() -> None:
    lines: dict[str, bytes | str] = {f"{number}.txt": "hello\n" for number in range(3000)}
    found = export(source(zipped(lines), "x.zip"))
    assert sum(chat.messages_count for chat in found.chats) == 3000


def test_links_in_a_folder_lead_nowhere(tmp_path: Path) -> None:
    secret, home = tmp_path / "secret.txt", tmp_path / "Trip"
    secret.write_text(android(["S: secret", "T: more"]), encoding="utf-8")
    home.mkdir()
    (home / "_chat.txt").write_text(CHAT, encoding="utf-8")
    (home / "link.txt").symlink_to(secret)
    (home / "loop").symlink_to(home)
    os.mkfifo(home / "pipe.txt")
    assert bodies(open_paths([home], now=NOW)) == ["hi", "ho", "hm"]


def test_a_name_that_is_no_text_can_be_reported(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.txt"))
    path.write_text(CHAT, encoding="utf-8")
    found = open_paths([path], now=NOW)
    assert found.report.files[0].name.encode() == "\ufffd\ufffd.txt".encode()


# The kernel's own account of this program: what getrusage says begins with the memory of whoever started it.
MEASURED = """
import re, sys
from pathlib import Path
from egregora.errors import Unreadable
from egregora.ingest import open_paths
try:
    for chat in open_paths([Path(sys.argv[1])]).chats:
        for message in chat.messages(): pass
    said = "read"
except Unreadable as error:
    said = str(error)
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(int(peak[1]) // 1024, said)
"""

HEAD = "13/05/2023, 10:03 - A: "
TELEGRAM = (
    '{"name":"X","type":"personal_chat","id":1,"messages":[{"id":1,"type":"message","date":"2023-01-01T10:00:00",'
)
TELEGRAM += '"date_unixtime":"1672567200","from":"A","from_id":"user1","text":'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "pieces"),
    [
        ("line.txt", (HEAD, "x", "\n" + HEAD + "hi\n")),
        ("no_line.txt", ("", "1", "")),
        ("blank.txt", ("", " ", "")),
        ("zeros.txt", ("", "\0", "")),
        ("result.json", (TELEGRAM + '"', "x", '"}]}')),
        ("text.json", ('"', "x", '"')),
        ("deep.json", (TELEGRAM, "[", "")),
        ("rows.jsonl", ('{"author":"A","text":"', "x", '"}\n{"author":"A","text":"hi"}\n')),
        ("cells.csv", ('author,text,time\nA,"', "x\n", "")),
        ("talk.html", ('<div class="', "x ", '">')),
        ("talk.log", ("[10:00] <", "a", "> hi")),
        ("talk.md", ("---\na: ", "[", "]\n---\nhi")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_one_thing_of_300_megabytes_takes_no_more_memory_than_a_chat(
    name: str, pieces: tuple[str, str, str], tmp_path: Path
) -> None:
    path, (before, filling, after) = tmp_path / name, pieces
    with path.open("w", encoding="utf-8") as file:
        file.write(before)
        for _ in range(300):
            file.write(filling * (1_000_000 // len(filling)))
        file.write(after)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, path], capture_output=True, text=True, check=True, timeout=600
    )
    peak, _, said = done.stdout.rstrip("\n").partition(" ")
    assert int(peak) < 150
    assert said == "read" or said.startswith(name)
    assert "\n" not in said
