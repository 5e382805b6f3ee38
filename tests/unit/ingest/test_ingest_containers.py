from __future__ import annotations

import contextlib
import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.errors import Unreadable
from egregora.ingest import open_paths
from egregora.ingest.archives import member_name, members
from egregora.settings import IngestSettings
from whatsapp_exports import NOW, android, codes, export, source, texts, zipped

CHAT = android(["A: IMG-20230513-WA0001.jpg (file attached)", "B: IMG-20230513-WA0002.jpg (file attached)", "A: hi"])


def read_all(data: bytes, settings: IngestSettings | None = None) -> None:
    for chat in export(source(data, "x.zip"), settings=settings).chats:
        list(chat.messages())


def refusal(data: bytes, settings: IngestSettings | None = None) -> str:
    with pytest.raises(Unreadable) as caught:
        read_all(data, settings)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith("x.zip")
    return line


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    line = '{"time": "2023-05-13T10:00:00", "author": "A", "text": "a"}\n'
    path.write_text(2 * line)
    (chat,) = open_paths([path]).chats
    assert len(list(chat.messages())) == 2
    path.write_text(3 * line)
    with pytest.raises(Unreadable, match=r"talk.jsonl: changed while it was read"):
        list(chat.messages())
    assert open_paths([path]).chats[0].messages_count == 3


def test_a_zip_confirms_which_files_it_holds() -> None:
    (chat,) = export(source(zipped({"_chat.txt": CHAT, "IMG-20230513-WA0001.jpg": b"x"}), "x.zip")).chats
    assert [[a.present for a in m.attachments] for m in chat.messages()] == [[True], [False], []]


def test_media_is_never_read() -> None:
    data = zipped({"_chat.txt": CHAT, "IMG-20230513-WA0001.jpg": b"media" * 100}, compression=zipfile.ZIP_STORED)
    assert len(export(source(data.replace(b"mediamedia", b"MEDIAMEDIA"), "x.zip")).chats) == 1


def test_the_shallowest_chat_is_the_chat_and_shadow_files_are_none() -> None:
    data = zipped(
        {
            "__MACOSX/e/._chat.txt": b"junk",
            "e/._x.txt": CHAT,
            "e/.DS_Store": b"",
            "e/_chat.txt": CHAT,
            "e/sub/_chat.txt": CHAT,
        }
    )
    assert [f.name for f in export(source(data, "x.zip")).report.files] == ["x.zip/e/_chat.txt"]


def test_a_text_that_was_sent_is_no_chat_of_its_own() -> None:
    sent = android(["X: old", "Y: chat"])
    talk = android(["A: old chat.txt (file attached)", "B: thanks"])
    found = export(source(zipped({"WhatsApp Chat with B.txt": talk, "old chat.txt": sent}), "x.zip"))
    assert [c.name for c in found.chats] == ["B"]


def test_several_chats_in_one_zip_are_several_chats() -> None:
    one, two = android(["A: hi", "B: ho"]), android(["C: hi", "D: ho"])
    data = zipped({"WhatsApp Chat with B.txt": one, "WhatsApp Chat with D.txt": two})
    assert [c.name for c in export(source(data, "x.zip")).chats] == ["B", "D"]


def test_a_zip_of_zips_is_opened_one_level_and_no_deeper() -> None:
    inner = zipped({"_chat.txt": CHAT, "IMG-20230513-WA0001.jpg": b"x"})
    middle = zipped({"WhatsApp Chat - Trip.zip": inner})
    (chat,) = export(source(middle, "x.zip")).chats
    assert (chat.name, len(list(chat.messages()))) == ("Trip", 3)
    assert len(list(chat.messages())) == 3
    assert "archives inside archives" in refusal(zipped({"deeper.zip": middle}))
    assert "archives inside archives" in refusal(middle, IngestSettings(max_depth=0))


def test_a_zip_that_was_sent_is_not_descended_into() -> None:
    inner = zipped({"WhatsApp Chat with Z.txt": android(["Z: no", "Y: no"])})
    assert len(export(source(zipped({"_chat.txt": CHAT, "0001-backup.zip": inner}), "x.zip")).chats) == 1


def test_a_bomb_is_refused_by_what_comes_out_of_it() -> None:
    bomb = zipped({"_chat.txt": CHAT + "0" * 40_000_000})
    assert "zip bomb" in refusal(bomb)
    assert "more than 1 MiB of text" in refusal(bomb, IngestSettings(max_text_bytes=1024 * 1024))


@pytest.mark.parametrize(("place", "claim"), [(20, 1_000_000), (20, 30_000_000), (24, 100), (24, 4_000_000_000)])
def test_sizes_that_lie_do_not_defeat_the_limits(place: int, claim: int) -> None:
    bomb = bytearray(zipped({"_chat.txt": CHAT + "0" * 40_000_000, "a.jpg": b"\0" * 10}))
    struct.pack_into("<L", bomb, bomb.find(b"PK\x01\x02") + place, claim)
    assert any(word in refusal(bytes(bomb)) for word in ("zip bomb", "damaged"))


def test_more_members_than_allowed_are_refused() -> None:
    data = zipped({f"{n}.txt": b"" for n in range(20)})
    assert "more than 10 files" in refusal(data, IngestSettings(max_members=10))


def test_an_encrypted_member_is_refused_in_one_clear_line() -> None:
    data = bytearray(zipped({"_chat.txt": CHAT}))
    data[6] |= 1
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in refusal(bytes(data))


@pytest.mark.parametrize("cut", [10, 60, -30, -5])
def test_an_archive_that_was_cut_off_is_refused(cut: int) -> None:
    assert "cut off" in refusal(zipped({"_chat.txt": CHAT})[:cut])


def test_a_flipped_bit_in_the_text_is_refused() -> None:
    data = bytearray(zipped({"_chat.txt": CHAT}, compression=zipfile.ZIP_STORED))
    data[data.index(b"file attached")] ^= 1
    assert "damaged" in refusal(bytes(data))


@settings(deadline=None)
@given(st.data())
def test_any_damage_to_a_zip_is_unreadable_or_harmless(data: st.DataObject) -> None:
    raw = bytearray(zipped({"_chat.txt": CHAT, "a.jpg": b"x"}))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Unreadable):
        read_all(bytes(raw))


@pytest.mark.parametrize("page", ["utf-8", "cp850", "cp866"])
def test_names_in_an_old_code_page_are_read_as_words(page: str) -> None:
    name = "Conversa do WhatsApp com João.txt" if page != "cp866" else "Чат WhatsApp с Мария.txt"
    info = zipfile.ZipInfo(name.encode(page).decode("cp437"))
    assert member_name(info) == name


def test_members_are_listed_by_their_path_in_the_upload() -> None:
    data = zipped({"a\\b.txt": b"1", "c/": b"", "c/d.txt": b"22"})
    found = members(source(data, "x.zip"), IngestSettings())
    assert [(m.name, m.size) for m in found] == [("x.zip/a/b.txt", 1), ("x.zip/c/d.txt", 2)]


def test_a_folder_is_one_upload_and_its_files_confirm_attachments(tmp_path: Path) -> None:
    home = tmp_path / "Family"
    home.mkdir()
    (home / "_chat.txt").write_text(CHAT, encoding="utf-8")
    (home / "IMG-20230513-WA0001.jpg").write_bytes(b"x")
    (home / ".DS_Store").write_bytes(b"x")
    (chat,) = open_paths([home], now=NOW).chats
    assert chat.name == "Family"
    assert [a.present for m in chat.messages() for a in m.attachments] == [True, False]


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"gone\.txt: there is no such file"):
        open_paths([tmp_path / "gone.txt"], now=NOW)


def test_several_files_give_one_report() -> None:
    found = export(
        source(android(["A: hi"], day="03/04/2023"), "a.txt"), source("junk\n" + android(["B: x", "C: y"]), "b.txt")
    )
    assert [f.name for f in found.report.files] == ["a.txt", "b.txt"]
    assert codes(found) == {"date_order_ambiguous": 1, "head_lines_dropped": 1}


def test_a_chat_can_be_read_again_and_again() -> None:
    (chat,) = export(source(zipped({"_chat.txt": CHAT}), "x.zip")).chats
    assert texts(list(chat.messages())) == texts(list(chat.messages()))


def test_bytes_are_read_from_any_seekable_binary() -> None:
    opened: list[io.BytesIO] = []

    class Blob:
        name, size = "x.zip", 0

        def open(self) -> io.BytesIO:
            opened.append(io.BytesIO(zipped({"_chat.txt": CHAT})))
            return opened[-1]

    from egregora.ingest import open_export

    (chat,) = open_export([Blob()], now=NOW).chats
    assert len(list(chat.messages())) == 3
    assert all(f.closed for f in opened)
