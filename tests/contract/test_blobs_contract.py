"""What every blob store promises."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from contract.adapters import BLOBS, params
from contract.contenders import at_once
from egregora.blobs import BlobStore
from egregora.blobs.gcs import GcsBlobs
from egregora.errors import Conflict, NotFound, Reject
from egregora.testing.contracts import ODD, UNSAFE

NO_CONDITIONS = "fake-gcs-server does not keep the preconditions of deletes: shown on the other stores"


@pytest.fixture
def keeping(blobs: BlobStore) -> BlobStore:
    """A store that is known here to keep the preconditions of deletes."""
    if isinstance(blobs, GcsBlobs):
        pytest.skip(NO_CONDITIONS)
    return blobs


def test_what_was_written_is_read_back_with_its_generation(blobs: BlobStore) -> None:
    generation = blobs.write("a/b.json", b"one")
    assert generation > 0
    blob = blobs.read("a/b.json")
    assert (blob.data, blob.generation) == (b"one", generation)


def test_an_empty_blob_is_a_blob(blobs: BlobStore) -> None:
    generation = blobs.write("empty", b"")
    assert blobs.read("empty").data == b""
    info = blobs.stat("empty")
    assert info is not None
    assert (info.size, info.generation) == (0, generation)


def test_a_missing_blob_is_not_found(blobs: BlobStore) -> None:
    blobs.write("folder/file", b"x")
    for missing in ("other", "folder", "folder/other", "folder/file/below"):
        with pytest.raises(NotFound):
            blobs.read(missing)
        with pytest.raises(NotFound):
            blobs.open(missing)
        assert blobs.stat(missing) is None
        blobs.delete(missing)
    assert [info.key for info in blobs.list()] == ["folder/file"]


def test_creating_only_happens_once(blobs: BlobStore) -> None:
    first = blobs.write("a", b"one", if_generation=0)
    with pytest.raises(Conflict):
        blobs.write("a", b"two", if_generation=0)
    blob = blobs.read("a")
    assert (blob.data, blob.generation) == (b"one", first)


def test_a_write_against_a_stale_generation_changes_nothing(blobs: BlobStore) -> None:
    first = blobs.write("a", b"one")
    second = blobs.write("a", b"two", if_generation=first)
    assert second != first
    with pytest.raises(Conflict):
        blobs.write("a", b"three", if_generation=first)
    with pytest.raises(Conflict):
        blobs.write("missing", b"x", if_generation=first)
    assert blobs.read("a").data == b"two"
    assert blobs.stat("missing") is None


def test_a_delete_against_a_stale_generation_changes_nothing(keeping: BlobStore) -> None:
    first = keeping.write("a", b"one")
    second = keeping.write("a", b"two")
    with pytest.raises(Conflict):
        keeping.delete("a", if_generation=first)
    with pytest.raises(Conflict):
        keeping.delete("a", if_generation=0)
    assert keeping.read("a").generation == second
    keeping.delete("a", if_generation=second)
    assert keeping.stat("a") is None
    with pytest.raises(Conflict):
        keeping.delete("a", if_generation=second)


def test_a_generation_does_not_return_after_delete_and_new_creation(blobs: BlobStore) -> None:
    seen = set()
    for _ in range(20):
        seen.add(blobs.write("a", b"same"))
        seen.add(blobs.write("a", b"same"))
        blobs.delete("a")
    assert len(seen) == 40


def test_a_stale_delete_does_not_hit_what_was_created_anew(keeping: BlobStore) -> None:
    first = keeping.write("a", b"one")
    keeping.delete("a")
    keeping.write("a", b"one", if_generation=0)
    with pytest.raises(Conflict):
        keeping.delete("a", if_generation=first)
    assert keeping.read("a").data == b"one"


def test_a_reader_seeks(blobs: BlobStore) -> None:
    blobs.write("a", b"0123456789")
    with blobs.open("a") as reader:
        assert reader.seekable()
        assert reader.read(3) == b"012"
        assert reader.seek(-2, 2) == 8
        assert reader.read() == b"89"
        assert reader.read(1) == b""
        assert reader.seek(1) == 1
        assert reader.seek(1, 1) == 2
        assert reader.read(2) == b"23"
        assert reader.tell() == 4
        reader.seek(99)
        assert reader.read() == b""


def test_an_open_reader_never_sees_another_generation(blobs: BlobStore) -> None:
    first = blobs.write("a", b"0123456789")
    with blobs.open("a", generation=first) as reader:
        blobs.write("a", b"overwritten")
        try:
            read = reader.read(3), reader.seek(-2, 2), reader.read()
        except NotFound:
            assert isinstance(blobs, GcsBlobs)  # a bucket without versions keeps no old ones
        else:
            assert read == (b"012", 8, b"89")
    with pytest.raises(NotFound):
        blobs.open("a", generation=first)


def test_a_deleted_blob_cannot_be_opened_at_its_generation(blobs: BlobStore) -> None:
    first = blobs.write("a", b"one")
    blobs.delete("a")
    blobs.write("a", b"one")
    with pytest.raises(NotFound):
        blobs.open("a", generation=first)


def test_a_listing_is_in_the_order_of_keys(blobs: BlobStore) -> None:
    keys = ["a-b", "a/b", "a/b-c", "a/b.c/d", "a0", "a.b/c", "B", "ä/x", "b/1/2/3", "b/1-2", "b/10", "Z/z"]
    for number, key in enumerate(keys):
        blobs.write(key, b"x" * number)
    listed = list(blobs.list())
    assert [info.key for info in listed] == sorted(keys)
    assert [info.size for info in listed] == [keys.index(info.key) for info in listed]
    for info in listed:
        assert blobs.stat(info.key) == info


@pytest.mark.parametrize(
    "prefix", ["", "a", "a/", "a/b", "a/b/", "a/bc", "b", "c", "a/b/c/d", "../", "/", "//", "a/../a"]
)
def test_a_prefix_may_end_anywhere(blobs: BlobStore, prefix: str) -> None:
    keys = ["a/b/c", "a/b/d", "a/bc", "a/bcd/e", "ab", "b"]
    for key in keys:
        blobs.write(key, b"")
    assert [info.key for info in blobs.list(prefix)] == [key for key in sorted(keys) if key.startswith(prefix)]


def test_a_listing_of_nothing_is_empty(blobs: BlobStore) -> None:
    assert list(blobs.list()) == []
    blobs.write("a/b/c", b"x")
    blobs.delete("a/b/c")
    assert list(blobs.list()) == []
    assert list(blobs.list("a/")) == []


@pytest.mark.parametrize("key", UNSAFE)
def test_an_unsafe_key_is_refused(blobs: BlobStore, key: str) -> None:
    for call in (blobs.read, blobs.open, blobs.stat, blobs.delete):
        with pytest.raises(Reject):
            call(key)
    with pytest.raises(Reject):
        blobs.write(key, b"x")
    assert list(blobs.list()) == []


@pytest.mark.parametrize("key", ODD)
def test_an_odd_key_is_a_key(blobs: BlobStore, key: str) -> None:
    blobs.write(key, b"odd")
    assert blobs.read(key).data == b"odd"
    assert [info.key for info in blobs.list()] == [key]
    assert [info.key for info in blobs.list(key[:2])] == [key]


def test_of_threads_that_create_one_wins(blobs: BlobStore) -> None:
    def create(number: int) -> int:
        try:
            blobs.write("a", str(number).encode(), if_generation=0)
        except Conflict:
            return -1
        return number

    winners = [number for number in at_once(8, create) if number >= 0]
    assert [str(winner).encode() for winner in winners] == [blobs.read("a").data]


def test_threads_that_count_by_compare_and_swap_lose_no_count(blobs: BlobStore) -> None:
    blobs.write("count", b"0")

    def count(_: int) -> None:
        done = 0
        while done < 20:
            blob = blobs.read("count")
            try:
                blobs.write("count", str(int(blob.data) + 1).encode(), if_generation=blob.generation)
            except Conflict:
                continue
            done += 1

    at_once(4, count)
    assert blobs.read("count").data == b"80"


def test_readers_never_see_a_mix(blobs: BlobStore) -> None:
    blobs.write("a", b"0" * 100_000)
    ended = threading.Event()

    def write() -> None:
        for number in range(60):
            blobs.write("a", str(number % 10).encode() * (100_000 + number))
        ended.set()

    def read() -> None:
        last = 0
        while not ended.is_set():
            blob = blobs.read("a")
            assert len(set(blob.data)) == 1
            assert blob.generation >= last
            last = blob.generation

    at_once(3, lambda number: read() if number else write())


class Store(RuleBasedStateMachine):
    """Any sequence of calls, against a plain dict; every generation ever given out is remembered."""

    adapter = ""
    conditional_deletes = True

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.context = BLOBS[self.adapter](Path(self.folder.name))
        self.blobs = self.context.__enter__()
        self.model: dict[str, tuple[bytes, int]] = {}
        self.given: dict[str, list[int]] = {}

    keys = st.sampled_from(["a", "b/a", "b/b", "b-a", "c/d/e"])

    @initialize()
    def start(self) -> None:
        assert list(self.blobs.list()) == []

    @rule(key=keys, data=st.binary(max_size=8), expected=st.integers(-3, 1))
    def write(self, key: str, data: bytes, expected: int) -> None:
        self._change(key, expected, lambda wanted: self.blobs.write(key, data, if_generation=wanted), data)

    @rule(key=keys, expected=st.integers(-3, 1))
    def delete(self, key: str, expected: int) -> None:
        self._change(key, expected, lambda wanted: self.blobs.delete(key, if_generation=wanted), None)

    def _change(self, key: str, expected: int, call: Any, data: bytes | None) -> None:
        """Call with no condition (1), "does not exist" (0), or one of the last generations of the key (below 0)."""
        given = self.given.setdefault(key, [])
        wanted = None if expected == 1 or (expected and len(given) < -expected) else expected and given[expected]
        present = self.model.get(key, (b"", 0))[1]
        if wanted is not None and wanted != present:
            if data is None and not self.conditional_deletes:
                return
            with pytest.raises(Conflict):
                call(wanted)
            return
        generation = call(wanted)
        if data is None:
            self.model.pop(key, None)
            return
        assert generation not in given
        given.append(generation)
        self.model[key] = (data, generation)

    @rule(prefix=st.sampled_from(["", "b", "b/", "b/a", "c/d/e/f", "x"]))
    def listing(self, prefix: str) -> None:
        listed = [(info.key, info.size, info.generation) for info in self.blobs.list(prefix)]
        expected = sorted(
            (key, len(data), number) for key, (data, number) in self.model.items() if key.startswith(prefix)
        )
        assert listed == expected

    @rule(key=keys)
    def read(self, key: str) -> None:
        if key in self.model:
            blob = self.blobs.read(key)
            assert (blob.data, blob.generation) == self.model[key]
        else:
            with pytest.raises(NotFound):
                self.blobs.read(key)

    def teardown(self) -> None:
        self.context.__exit__(None, None, None)
        self.folder.cleanup()


@pytest.mark.parametrize("adapter", params(BLOBS))
def test_any_sequence_of_calls_behaves_like_a_dict(adapter: str) -> None:
    machine = type("Machine", (Store,), {"adapter": adapter, "conditional_deletes": adapter != "gcs"})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
