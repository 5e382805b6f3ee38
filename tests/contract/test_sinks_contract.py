"""What every sink promises."""

from __future__ import annotations

import pytest

from contract.contenders import at_once
from contract.paths import ODD, UNSAFE
from egregora.errors import Conflict, Reject
from egregora.sinks import Sink
from egregora.testing import MemorySink


def test_what_was_written_is_read_back(sink: Sink) -> None:
    assert sink.write("2024/03/index.html", b"<h1>March</h1>") is True
    assert sink.read("2024/03/index.html") == b"<h1>March</h1>"
    assert sink.read("2024/03/other.html") is None
    assert sink.read("2024/03") is None
    assert sink.read("2024/03/index.html/below") is None


def test_the_same_bytes_are_not_written_again(sink: Sink) -> None:
    sink.write("a", b"one")
    assert sink.write("a", b"one") is False
    assert sink.write("a", b"two") is True
    assert sink.write("a", b"one") is True
    assert sink.write("empty", b"") is True
    assert sink.write("empty", b"") is False


def test_a_delete_says_whether_there_was_a_file(sink: Sink) -> None:
    sink.write("a/b", b"x")
    assert sink.delete("a/b") is True
    assert sink.delete("a/b") is False
    assert sink.delete("a") is False
    assert sink.read("a/b") is None
    assert list(sink.list()) == []


def test_a_folder_is_not_deleted_as_a_file(sink: Sink) -> None:
    sink.write("a/b", b"x")
    assert sink.delete("a") is False
    assert sink.read("a/b") == b"x"


def test_a_listing_is_in_the_order_of_paths(sink: Sink) -> None:
    paths = ["index.html", "2024/03/index.html", "2024/03-x/index.html", "2024/index.html", "assets/a.css", "a", "ä/ö"]
    for path in paths:
        sink.write(path, b"x")
    assert list(sink.list()) == sorted(paths)
    assert list(sink.list("2024/03")) == ["2024/03-x/index.html", "2024/03/index.html"]
    assert list(sink.list("2024/03/")) == ["2024/03/index.html"]
    assert list(sink.list("nothing")) == []


@pytest.mark.parametrize("path", UNSAFE)
def test_a_path_outside_the_sink_is_refused(sink: Sink, path: str) -> None:
    for call in (sink.read, sink.delete, lambda path: sink.write(path, b"x")):
        with pytest.raises(Reject):
            call(path)
    assert list(sink.list()) == []


@pytest.mark.parametrize("path", ODD)
def test_an_odd_path_is_a_path(sink: Sink, path: str) -> None:
    sink.write(path, b"odd")
    assert list(sink.list()) == [path]
    assert sink.read(path) == b"odd"


def test_threads_may_write_at_once(sink: Sink) -> None:
    def write(number: int) -> None:
        for page in range(20):
            sink.write(f"{page}/{number}.html", str(number).encode() * 1000)
            sink.write(f"{page}/shared.html", str(number).encode() * 1000)
            if page % 2:
                sink.delete(f"{page}/{number}.html")

    at_once(4, write)
    own = [f"{page}/{number}.html" for page in range(0, 20, 2) for number in range(4)]
    shared = [f"{page}/shared.html" for page in range(20)]
    assert list(sink.list()) == sorted(own + shared)
    assert all(sink.read(path) == path.split("/")[1][0].encode() * 1000 for path in own)
    assert all(len(set(sink.read(path) or b"")) == 1 for path in shared)


def test_of_two_publishers_that_compare_the_one_that_read_before_the_other_wrote_gives_way() -> None:
    sink = MemorySink()
    sink.write("index.html", b"old")
    first, second = sink.publisher(), sink.publisher()
    for publisher in (first, second):
        assert list(publisher.list()) == ["index.html"]
    first.write("index.html", b"new")
    first.write("other.html", b"new")
    for path in ("index.html", "other.html"):
        with pytest.raises(Conflict):
            second.write(path, b"late")
        with pytest.raises(Conflict):
            second.delete(path)
    assert sink.read("index.html") == b"new"
