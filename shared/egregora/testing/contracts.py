"""What every sink promises, as tests for pytest that others can run on theirs.

from egregora.testing.contracts import OpenSink, SinkContract

class TestMySink(SinkContract):
    @pytest.fixture
    def open_sink(self, tmp_path: Path) -> OpenSink:
        return lambda: MySink(tmp_path / "place", name="mine")
"""

# ruff: noqa: D102, S101 - these are tests, though they ship
from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeAlias

import pytest

from egregora.errors import Reject
from egregora.sinks import Sink
from egregora.site import Page, Phase
from egregora.site.deliver import deliver
from egregora.testing.hooks import hooked
from egregora.testing.sinks import MemorySink

OpenSink: TypeAlias = Callable[[], Sink]
"""Opens one and the same place anew, as another process would; it is empty at first."""

UNSAFE = ["", "/", "/etc/passwd", "..", "../a", "a/../b", "a/..", ".", "./a", "a//b", "a/", "a\x00b", "a\nb", "\ud800"]
UNSAFE += ["a" * 256, "/".join(["abcdefg"] * 200)]
ODD = [
    "with space",
    "100%",
    "-rf",
    "~",
    "a:b*?",
    "..a",
    "...",
    ".hidden/x",
    "back\\slash",
    "chat – Ñandú 🎉.zip",
    "ä" * 120,
]


class SinkContract:
    """Derive a class of tests from it, and give it the fixture `open_sink`."""

    @pytest.fixture
    def sink(self, open_sink: OpenSink) -> Sink:
        """The place, opened once."""
        return open_sink()

    def test_what_was_written_is_read_back(self, sink: Sink) -> None:
        assert sink.write("2024/03/index.html", b"<h1>March</h1>") is True
        assert sink.read("2024/03/index.html") == b"<h1>March</h1>"
        assert sink.read("2024/03/other.html") is None
        assert sink.read("2024/03") is None
        assert sink.read("2024/03/index.html/below") is None

    def test_the_same_bytes_are_not_written_again(self, sink: Sink) -> None:
        sink.write("a", b"one")
        assert sink.write("a", b"one") is False
        assert sink.write("a", b"two") is True
        assert sink.write("a", b"one") is True
        assert sink.write("empty", b"") is True
        assert sink.write("empty", b"") is False

    def test_a_delete_says_whether_there_was_a_file(self, sink: Sink) -> None:
        sink.write("a/b", b"x")
        assert sink.delete("a/b") is True
        assert sink.delete("a/b") is False
        assert sink.delete("a") is False
        assert sink.read("a/b") is None
        assert list(sink.list()) == []

    def test_a_folder_is_not_deleted_as_a_file(self, sink: Sink) -> None:
        sink.write("a/b", b"x")
        assert sink.delete("a") is False
        assert sink.read("a/b") == b"x"

    def test_a_listing_is_in_the_order_of_paths(self, sink: Sink) -> None:
        paths = [
            "index.html",
            "2024/03/index.html",
            "2024/03-x/index.html",
            "2024/index.html",
            "assets/a.css",
            "a",
            "ä/ö",
        ]
        for path in paths:
            sink.write(path, b"x")
        assert list(sink.list()) == sorted(paths)
        assert list(sink.list("2024/03")) == ["2024/03-x/index.html", "2024/03/index.html"]
        assert list(sink.list("2024/03/")) == ["2024/03/index.html"]
        assert list(sink.list("nothing")) == []

    @pytest.mark.parametrize("path", UNSAFE)
    def test_a_path_outside_the_sink_is_refused(self, sink: Sink, path: str) -> None:
        for call in (sink.read, sink.delete, lambda path: sink.write(path, b"x")):
            with pytest.raises(Reject):
                call(path)
        assert list(sink.list()) == []

    @pytest.mark.parametrize("path", ODD)
    def test_an_odd_path_is_a_path(self, sink: Sink, path: str) -> None:
        sink.write(path, b"odd")
        assert list(sink.list()) == [path]
        assert sink.read(path) == b"odd"

    def test_threads_may_write_at_once(self, sink: Sink) -> None:
        def write(number: int) -> None:
            for page in range(20):
                sink.write(f"{page}/{number}.html", str(number).encode() * 1000)
                sink.write(f"{page}/shared.html", str(number).encode() * 1000)
                if page % 2:
                    sink.delete(f"{page}/{number}.html")

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(4)))
        own = [f"{page}/{number}.html" for page in range(0, 20, 2) for number in range(4)]
        shared = [f"{page}/shared.html" for page in range(20)]
        assert list(sink.list()) == sorted(own + shared)
        assert all(sink.read(path) == path.split("/")[1][0].encode() * 1000 for path in own)
        assert all(len(set(sink.read(path) or b"")) == 1 for path in shared)

    def test_many_are_deleted_at_once(self, sink: Sink) -> None:
        for number in range(30):
            sink.write(f"{number}/a b.html", b"x")
        assert list(sink.list("2")) == ["2/a b.html", *(f"2{number}/a b.html" for number in range(10))]
        assert sink.delete_many([f"{number}/a b.html" for number in range(5, 40)]) == 25
        assert sink.delete_many([]) == 0
        assert list(sink.list()) == [f"{number}/a b.html" for number in range(5)]

    def test_what_one_wrote_another_that_is_opened_later_finds(self, open_sink: OpenSink) -> None:
        open_sink().write("a/b.html", b"one")
        other = open_sink()
        assert other.write("a/b.html", b"one") is False
        assert other.read("a/b.html") == b"one"
        assert other.delete("a/b.html") is True
        assert list(open_sink().list()) == []

    @pytest.mark.parametrize("moment", ["before", "after"])
    def test_a_crash_at_any_call_of_a_delivery_and_a_repeat_give_the_same_content(
        self, open_sink: OpenSink, moment: str
    ) -> None:
        wanted = MemorySink()
        deliver(LATER, wanted)
        target, reached = 0, True
        while reached:
            target += 1
            deliver(EARLIER, open_sink())
            fate = _Fate(target, moment)
            with suppress(_Crash):
                deliver(LATER, hooked(open_sink(), "sink", fate))
            reached = fate.calls >= target
            deliver(LATER, open_sink())
            assert _content(open_sink()) == _content(wanted), f"a crash {moment} call {target}"
        assert target > 10


class _Crash(BaseException):
    """The process is gone."""


class _Fate:
    """Hears of every call; the one numbered `target`, and all after it, end in a crash."""

    def __init__(self, target: int, moment: str) -> None:
        self.calls = 0
        self._target, self._moment = target, moment
        self._lock = threading.Lock()

    def __call__(self, _: str, moment: str) -> None:
        with self._lock:
            self.calls += moment == "before"
            if self.calls > self._target or (self.calls == self._target and moment == self._moment):
                raise _Crash


def _pages(**texts: str) -> list[Page]:
    """A page for each text, and a folder of as many files."""
    phases = list(Phase)
    pages = [
        Page(f"{name}.html", text, phases[number % len(phases)], text.encode)
        for number, (name, text) in enumerate(texts.items())
    ]
    files = {f"{name}-{text}.pf_index": text.encode() for name, text in texts.items()}
    return [*pages, Page("search/2024-03/", repr(files), Phase.SEARCH, bytes, lambda: files)]


def _content(sink: Sink) -> dict[str, bytes | None]:
    return {path: sink.read(path) for path in sink.list()}


EARLIER = _pages(a="1", b="1", c="1", d="1")
LATER = _pages(a="2", c="1", e="2", f="2")
