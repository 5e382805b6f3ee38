"""Every reader of this folder on bytes that nobody's app wrote: cut off, changed, endless, deep, or any at all."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.errors import Unreadable
from egregora.ingest import Export
from egregora.ingest.container import StreamSource
from whatsapp_exports import export, source

CASES = Path(__file__).parent / "cases"
MiB = 1 << 20


def case(path: str) -> bytes:
    return (CASES / path).read_bytes()


SEEDS: dict[str, bytes] = {
    "line.txt": '[LINE] 花とのトーク履歴\n\n2025/04/18(金)\n12:08\t花\t"a\nb"\n12:09\tx\t[写真]\n22:00\tx\n'.encode(),
    "desktop.txt": b"2017.09.03 Sunday\n16:23 Bob Today I\nfound\n16:25 Kaori Date Whaaat\n16:25 Kaori Date no\n",
    "irssi.log": b"--- Log opened Sat May 13 10:00:00 2023\n10:01 <@ann> hi\n10:02  * ann hi\n10:03 -!- b joined\n",
    "x.weechatlog": b"2023-05-13 10:01:00\t@ann\thi\n2023-05-13 10:02:00\t *\tann waves\n2023-05-13 10:03:00\t-->\tx\n",
    "d.jsonl": b'{"id":1,"text":"a","time":"2023-05-13","from":{"name":"A"}}\n\n{"id":2,"text":["b"]}\nno\n{"id":3}\n',
    "t.csv": b'date;time;author;text\n13/05/2023;10:00;Ann;"hi; there"\n13/05/2023;10:01;Bob;"multi\nline"\n',
    "m.md": b"---\ntitle: T\nauthor: [Ann]\ndate: 2023-05-13\n---\nHello\n\nWorld\n",
    "t.txt": b"Just a text.\n\nWith paragraphs.\n",
    "chat.md": b"[2023-05-13 10:00:00] Ann: hi  \n(- Bob: x -)\n\n[2023-05-13 10:00:05] Bob: ![a](./media/a)  \n\n",
    "data.json": b'{"date":"2023-05-13T10:00:00","sender":"A","body":"b","quote":"","reactions":[],"attachments":[]}\n',
    "signal.jsonl": case("signal_cli_jsonl/messages.jsonl"),
    "imessage.txt": case("imessage_txt/+15551234567.txt"),
    "imessage.html": case("imessage_html_min/chat.html"),
    "message_1.json": case("messenger_mojibake_parts/messages/inbox/zoemuller_123/message_1.json"),
    "Bob_2.json": case("messenger_e2ee/Bob_2.json"),
    "instagram/message_1.json": b'{"messages":[{"sender_name":"J","timestamp_ms":1579294140000,"content":"Hello"}]}',
    "messages.json": case("google_chat_takeout/Takeout/Google Chat/Groups/DM abc/messages.json"),
    "Hangouts.json": json.dumps({"conversations": [{
        "conversation": {"conversation_id": {"id": "U"}, "conversation": {"participant_data": [
            {"id": {"gaia_id": "1"}, "fallback_name": "Ann"}]}},
        "events": [{"sender_id": {"gaia_id": "1"}, "timestamp": "1398000000000000", "event_id": "e",
                    "chat_message": {"message_content": {"segment": [{"type": "TEXT", "text": "hi"}]}}}],
    }]}).encode(),
    "room.json": case("matrix_element_json/matrix - Room - Chat Export - 2023-05-14T10-00-00.000Z.json"),
}  # fmt: skip


def held(name: str, data: bytes) -> Export | None:
    """Read all there is, and check that what was said of it beforehand holds."""
    try:
        found = export(source(data, name))
        for chat in found.chats:
            rows = list(chat.messages())
            kinds = [m.kind for m in rows]
            system = kinds.count("system")
            assert (len(kinds) - system, system) == (chat.messages_count, chat.system_count)
            assert {m.author for m in rows if m.author and m.kind != "system"} <= set(chat.authors)
            assert all(m.time is None or m.moment for m in rows)
    except Unreadable:
        return None
    return found


@pytest.mark.parametrize("name", SEEDS)
def test_what_the_mutations_start_from_is_read(name: str) -> None:
    found = held(name, SEEDS[name])
    assert found
    assert sum(chat.messages_count for chat in found.chats) > 0


@given(st.sampled_from(sorted(SEEDS)), st.data())
def test_a_file_that_was_cut_off_is_read_or_unreadable(name: str, data: st.DataObject) -> None:
    whole = SEEDS[name]
    held(name, whole[: data.draw(st.integers(0, len(whole)))])


_INSERTS = st.one_of(
    st.binary(max_size=12),
    st.sampled_from(
        [b"null", b"{}", b"[]", b"-1", b"1e999", b"9" * 30, b'"', b"\n", b"\r", b"\t", b"\\ud800", b"\0", b"\xff\xfe"]
    ),
)


@given(st.sampled_from(sorted(SEEDS)), st.data())
def test_a_file_that_was_changed_is_read_or_unreadable(name: str, data: st.DataObject) -> None:
    changed = SEEDS[name]
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(changed)))
        end = start + data.draw(st.integers(0, 12))
        changed = changed[:start] + data.draw(_INSERTS) + changed[end:]
    held(name, changed)


@given(st.sampled_from(sorted(SEEDS)), st.binary(max_size=300))
def test_any_bytes_are_read_or_unreadable(name: str, data: bytes) -> None:
    held(name, data)


@pytest.mark.parametrize("name", SEEDS)
def test_a_million_characters_in_one_line_are_read_or_unreadable(name: str) -> None:
    seed = SEEDS[name]
    place = seed.rfind(b"hi") if b"hi" in seed else len(seed) // 2
    held(name, seed[:place] + b"x" * 1_000_000 + seed[place:])


@pytest.mark.parametrize("name", [name for name in SEEDS if "json" in name])
@pytest.mark.parametrize("bracket", [b"[", b'{"a":'])
def test_deep_nesting_is_read_around_or_unreadable(name: str, bracket: bytes) -> None:
    seed = SEEDS[name]
    place = seed.find(b":", len(seed) // 2) + 1
    held(name, seed[:place] + bracket * 50_000 + seed[place:])


class _Endless(io.RawIOBase):
    """A start, and then one letter again and again, up to a size that no machine should hold."""

    def __init__(self, start: bytes, size: int) -> None:
        self._start, self._size, self._at = start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        length = min(self._size - self._at, 64 * MiB if size is None or size < 0 else size)
        first = self._start[self._at : self._at + length]
        self._at += length
        return first + b"x" * (length - len(first))


@pytest.mark.slow
@pytest.mark.parametrize("name", SEEDS)
def test_one_string_of_300_mib_is_refused_or_read_in_little_memory(
    name: str, peak: Callable[[], contextlib.AbstractContextManager[list[int]]]
) -> None:
    seed = SEEDS[name]
    place = (seed.rfind(b"hi") if b"hi" in seed else len(seed) // 2) + 1
    size = 300 * MiB
    with peak() as reached, contextlib.suppress(Unreadable):
        for chat in export(StreamSource(name, size, lambda: _Endless(seed[:place], size))).chats:  # type: ignore[arg-type,return-value]
            for _ in chat.messages():
                pass
    assert reached[0] < 120 * MiB


@pytest.fixture
def peak() -> Callable[[], contextlib.AbstractContextManager[list[int]]]:
    """The most memory that Python held inside a block, in bytes."""
    import tracemalloc

    @contextlib.contextmanager
    def measured():  # type: ignore[no-untyped-def]
        reached = [0]
        tracemalloc.start()
        try:
            yield reached
        finally:
            reached[0] = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()

    return measured
