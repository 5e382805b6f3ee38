from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.errors import Unreadable
from egregora.settings import IngestSettings
from whatsapp_exports import android, export, source, tarred

CHAT = android(["A: hi", "B: ho"]).encode()


@pytest.mark.parametrize(("mode", "name"), [("w:gz", "e.tar.gz"), ("w:gz", "e.tgz"), ("w:xz", "e.tar.xz"), ("w", "e")])
def test_a_tar_is_read_as_a_folder_is(mode: str, name: str) -> None:
    text = android(["A: hi", "B: IMG-20230513-WA0001.jpg (file attached)"]).encode()
    members = {"c/chat.txt": text, "c/IMG-20230513-WA0001.jpg": b"\xff", "c/._chat.txt": b"junk"}
    (chat,) = export(source(tarred(members, mode), name)).chats
    messages = list(chat.messages())
    assert [m.author for m in messages] == ["A", "B"]
    assert messages[1].attachments[0].present
    assert list(chat.messages()) == messages


def test_parts_of_one_spool_do_not_run_into_each_other() -> None:
    found = export(source(tarred({"a/x.txt": CHAT, "b/y.txt": CHAT.replace(b"ho", b"ha")}), "e.tar.gz"))
    readers = [chat.messages() for chat in found.chats]
    assert [[m.text for m in pair] for pair in zip(*readers, strict=True)] == [["hi", "hi"], ["ho", "ha"]]


@pytest.mark.parametrize("cut", [100, -200])
def test_a_tar_that_was_cut_off_is_refused(cut: int) -> None:
    noise = bytes(n * n % 251 for n in range(100_000))
    with pytest.raises(Unreadable, match=r"e\.tar\.gz: .*cut off"):
        export(source(tarred({"chat.txt": CHAT, "x.jpg": noise})[:cut], "e.tar.gz"))


def test_a_tar_that_unpacks_to_too_much_is_refused() -> None:
    bomb = tarred({"chat.txt": CHAT, "x.jpg": bytes(30 << 20)})
    with pytest.raises(Unreadable, match="refused as a bomb"):
        export(source(bomb, "e.tar.gz"))
    with pytest.raises(Unreadable, match="holds too much text"):
        export(source(tarred({"chat.txt": CHAT * 100}), "e.tar.gz"), settings=IngestSettings(max_text_bytes=1000))
    many = tarred({f"{n}.jpg": b"" for n in range(20)})
    with pytest.raises(Unreadable, match="more than 10 files"):
        export(source(many, "e.tar.gz"), settings=IngestSettings(max_members=10))


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=100), st.integers(0, 400), st.booleans())
def test_a_mutated_tar_is_read_or_unreadable(noise: bytes, place: int, packed: bool) -> None:
    data = tarred({"c/chat.txt": CHAT}, "w:gz" if packed else "w")
    with contextlib.suppress(Unreadable):
        for chat in export(source(data[:place] + noise + data[place:], "e.tar.gz")).chats:
            list(chat.messages())
