"""The seam around a port through which tests look on, pause and crash."""

from __future__ import annotations

import pytest

from egregora.blobs import BlobStore
from egregora.errors import Conflict
from egregora.testing import Call, MemoryBlobs, MemorySink, hooked, wrapped


class Crash(Exception):
    """The process died."""


def test_a_hook_hears_of_a_call_before_and_after_it() -> None:
    heard: list[tuple[str, str, bool]] = []
    store = MemoryBlobs()
    blobs: BlobStore = hooked(
        store, "blobs", lambda call, when: heard.append((call, when, store.stat("a") is not None))
    )
    blobs.write("a", b"x")
    assert heard == [("blobs.write", "before", False), ("blobs.write", "after", True)]


def test_a_call_that_raises_has_no_after() -> None:
    heard: list[tuple[str, str]] = []
    blobs = hooked(MemoryBlobs(), "blobs", lambda call, when: heard.append((call, when)))
    with pytest.raises(Conflict):
        blobs.write("a", b"x", if_generation=7)
    assert heard == [("blobs.write", "before")]


@pytest.mark.parametrize(("moment", "there"), [("before", False), ("after", True)])
def test_a_crash_before_leaves_no_trace_and_one_after_leaves_the_effect(moment: str, there: bool) -> None:
    def hook(call: str, when: str) -> None:
        if (call, when) == ("blobs.write", moment):
            raise Crash

    store = MemoryBlobs()
    with pytest.raises(Crash):
        hooked(store, "blobs", hook).write("a", b"x")
    assert (store.stat("a") is not None) is there


def test_a_listing_is_read_between_its_hooks() -> None:
    store = MemoryBlobs()
    store.write("a", b"x")

    def hook(_: str, when: str) -> None:
        if when == "after":
            store.delete("a")

    assert [info.key for info in hooked(store, "blobs", hook).list()] == ["a"]


def test_a_file_opened_through_a_hook_is_a_file() -> None:
    store = MemoryBlobs()
    store.write("a", b"one\ntwo\n")
    with hooked(store, "blobs", lambda *_: None).open("a") as file:
        assert file.read() == b"one\ntwo\n"


def test_what_is_no_call_passes_through() -> None:
    assert hooked(MemorySink("site"), "sink", lambda *_: None).name == "site"


def test_what_stands_around_a_call_decides_whether_it_is_made_and_what_comes_of_it() -> None:
    store = MemoryBlobs()

    def refuse(call: Call) -> object:
        if call.arguments == ("a", b"x") and call.keywords == {"if_generation": 0}:
            raise Conflict
        return call()

    blobs = wrapped(store, "blobs", refuse)
    with pytest.raises(Conflict):
        blobs.write("a", b"x", if_generation=0)
    assert store.stat("a") is None
    assert blobs.write("a", b"x") == 1
