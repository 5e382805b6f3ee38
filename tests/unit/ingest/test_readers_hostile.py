"""Every reader of this folder on bytes that nobody's app wrote: cut off, changed, endless, deep, or any at all."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.errors import Unreadable
from egregora.ingest.container import StreamSource
from fuzz.promise import check
from fuzz.seeds import OWN, Files, cases
from whatsapp_exports import export

MiB = 1 << 20
SEEDS: dict[str, Files] = {case.id: case.files for case in cases(OWN) if case.format != "whatsapp"}
FILES = st.sampled_from([(files, number) for files in SEEDS.values() for number in range(len(files))])
"""An export, and the number of the file in it that is damaged."""


def damaged(files: Files, number: int, data: bytes) -> Files:
    return (*files[:number], (files[number][0], data), *files[number + 1 :])


def largest(files: Files) -> int:
    return max(range(len(files)), key=lambda number: len(files[number][1]))


@pytest.mark.parametrize("case", SEEDS)
def test_what_the_mutations_start_from_is_read(case: str) -> None:
    assert check(SEEDS[case]) != "refused"


@given(FILES, st.data())
def test_a_file_that_was_cut_off_is_read_or_unreadable(chosen: tuple[Files, int], data: st.DataObject) -> None:
    files, number = chosen
    whole = files[number][1]
    check(damaged(files, number, whole[: data.draw(st.integers(0, len(whole)))]))


_INSERTS = st.one_of(
    st.binary(max_size=12),
    st.sampled_from(
        [b"null", b"{}", b"[]", b"-1", b"1e999", b"9" * 30, b'"', b"\n", b"\r", b"\t", b"\\ud800", b"\0", b"\xff\xfe"]
    ),
)


@given(FILES, st.data())
def test_a_file_that_was_changed_is_read_or_unreadable(chosen: tuple[Files, int], data: st.DataObject) -> None:
    files, number = chosen
    changed = files[number][1]
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(changed)))
        end = start + data.draw(st.integers(0, 12))
        changed = changed[:start] + data.draw(_INSERTS) + changed[end:]
    check(damaged(files, number, changed))


@given(FILES, st.binary(max_size=300))
def test_any_bytes_are_read_or_unreadable(chosen: tuple[Files, int], data: bytes) -> None:
    check(damaged(*chosen, data))


@pytest.mark.parametrize("case", SEEDS)
def test_a_million_characters_in_one_line_are_read_or_unreadable(case: str) -> None:
    number = largest(SEEDS[case])
    whole = SEEDS[case][number][1]
    place = _middle(whole)
    check(damaged(SEEDS[case], number, whole[:place] + b"x" * 1_000_000 + whole[place:]))


@pytest.mark.parametrize("case", [case for case, files in SEEDS.items() if ".json" in files[largest(files)][0]])
@pytest.mark.parametrize("bracket", [b"[", b'{"a":'])
def test_deep_nesting_is_read_around_or_unreadable(case: str, bracket: bytes) -> None:
    number = largest(SEEDS[case])
    whole = SEEDS[case][number][1]
    place = whole.find(b":", len(whole) // 2) + 1
    check(damaged(SEEDS[case], number, whole[:place] + bracket * 50_000 + whole[place:]))


def _middle(data: bytes) -> int:
    """A place within a text."""
    return data.rfind(b"hi") + 1 if b"hi" in data else len(data) // 2


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
@pytest.mark.parametrize("case", [case for case, files in SEEDS.items() if len(files) == 1])
def test_one_string_of_300_mib_is_refused_or_read_in_little_memory(
    case: str, peak: Callable[[], contextlib.AbstractContextManager[list[int]]]
) -> None:
    ((name, whole),) = SEEDS[case]
    start, size = whole[: _middle(whole)], 300 * MiB
    with peak() as reached, contextlib.suppress(Unreadable):
        for chat in export(StreamSource(name, size, lambda: _Endless(start, size))).chats:  # type: ignore[arg-type,return-value]
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
