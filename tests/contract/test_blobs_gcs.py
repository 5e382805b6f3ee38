"""What is particular to blobs in Cloud Storage: what goes over the wire, and what becomes of faults on the way."""

from __future__ import annotations

import base64
import io
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator

import google_crc32c
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.contenders import at_once
from egregora.blobs.gcs import GcsBlobs
from egregora.blobs.gcs_objects import storage_client
from egregora.errors import Conflict, NotFound, RateLimited, Reject, Retry
from servers.relay import Fault, broken, lost, refusal
from servers.storage import StorageServer, shared_storage

pytestmark = pytest.mark.slow

MIB = 1024 * 1024


def delete(blobs: GcsBlobs) -> bool:
    blobs.delete("a")
    return blobs.stat("a") is None


CALLS: dict[str, tuple[str, Callable[[GcsBlobs], bool]]] = {
    "read": ("read", lambda blobs: blobs.read("a").data == b"old"),
    "open": ("read", lambda blobs: blobs.open("a").read() == b"old"),
    "stat": ("stat", lambda blobs: blobs.stat("a") is not None),
    "list": ("list", lambda blobs: [info.key for info in blobs.list()] == ["a"]),
    "write": ("write", lambda blobs: blobs.write("a", b"new") > 0),
    "create": ("write", lambda blobs: blobs.write("b", b"new", if_generation=0) > 0),
    "delete": ("delete", delete),
}


@pytest.fixture
def server() -> StorageServer:
    server = shared_storage()
    server.reset()
    return server


@pytest.fixture
def bucket(server: StorageServer) -> str:
    return server.make_bucket()


@pytest.fixture
def blobs(server: StorageServer, bucket: str) -> Iterator[GcsBlobs]:
    with server.client() as client:
        blobs = GcsBlobs(bucket, client=client)
        blobs.write("a", b"old")
        server.reset()
        yield blobs


@pytest.fixture
def other(server: StorageServer, bucket: str) -> Iterator[GcsBlobs]:
    """Somebody else's way to the same bucket."""
    with server.client() as client:
        yield GcsBlobs(bucket, client=client)


@pytest.fixture
def hasty(server: StorageServer, bucket: str, blobs: GcsBlobs) -> Iterator[GcsBlobs]:
    """One that tries only once."""
    with server.client() as client:
        yield GcsBlobs(bucket, client=client, patience=0)


def test_importing_the_adapters_imports_no_sdk() -> None:
    heavy = ("google.api_core", "google.auth", "google.cloud.storage", "requests", "urllib3")
    program = f"import sys, egregora.blobs.gcs, egregora.sinks.gcs; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_client_is_found_by_the_environment(server: StorageServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    name = "found-by-the-environment"
    with storage_client("egregora") as client:
        client.create_bucket(name)
    blobs = GcsBlobs(name, project="egregora")
    assert blobs.stat("nothing") is None
    assert at_once(30, lambda number: blobs.write(f"blob/{number}", b"x" * number, if_generation=0) > 0) == [True] * 30
    assert sum(info.size for info in blobs.list()) == sum(range(30))
    assert name not in server.looked_up


def test_each_call_is_one_request(blobs: GcsBlobs, server: StorageServer) -> None:
    generation = blobs.write("b", b"x", if_generation=0)
    assert server.counts == {("POST", "write"): 1}
    blobs.read("b")
    blobs.stat("b")
    blobs.write("b", b"y", if_generation=generation)
    assert [info.key for info in blobs.list()] == ["a", "b"]
    blobs.delete("b")
    blobs.delete("b")
    kinds = {("POST", "write"): 2, ("GET", "read"): 1, ("GET", "stat"): 1, ("GET", "list"): 1, ("DELETE", "delete"): 2}
    assert server.counts == kinds


def test_writes_and_deletes_name_the_generation_they_were_decided_on(blobs: GcsBlobs, server: StorageServer) -> None:
    generation = blobs.write("b", b"x", if_generation=0)
    blobs.delete("b", if_generation=generation)
    assert [request.query.get("ifGenerationMatch") for request in server.requests] == ["0", str(generation)]


@pytest.mark.parametrize("status", [404, 412])
def test_a_delete_that_finds_another_generation_or_none_is_a_conflict(
    blobs: GcsBlobs, server: StorageServer, status: int
) -> None:
    server.fail(refusal("delete", status))
    with pytest.raises(Conflict):
        blobs.delete("a", if_generation=5)


def test_a_large_blob_goes_up_in_pieces_under_its_condition(blobs: GcsBlobs, server: StorageServer) -> None:
    data = random.Random(1).randbytes(9 * MIB)
    blobs.write("large", data, if_generation=0)
    assert server.counts["PUT", "part"] == 1
    assert blobs.read("large").data == data
    with pytest.raises(Conflict):
        blobs.write("large", data, if_generation=0)


def test_a_file_is_sent_in_pieces_once(blobs: GcsBlobs, server: StorageServer) -> None:
    data = random.Random(7).randbytes(20 * MIB)
    known = blobs.put_file("chat.zip", io.BytesIO(data))
    found = blobs.read("chat.zip")
    crc32c = base64.b64encode(google_crc32c.value(data).to_bytes(4, "big")).decode()
    assert known == (crc32c, len(data), found.generation)
    assert server.counts["PUT", "part"] == 2
    assert found.data == data
    server.reset()
    assert blobs.put_file("chat.zip", io.BytesIO(data)) == known
    assert server.counts == {("GET", "stat"): 1}
    with pytest.raises(Conflict):
        blobs.put_file("chat.zip", io.BytesIO(data[::-1]))
    assert blobs.read("chat.zip").data == data


@pytest.mark.parametrize("size", [1000, 17 * MIB])
@pytest.mark.parametrize("fault", [lost("write"), lost("part"), refusal("write", 503), refusal("part", 503)])
def test_a_file_is_whole_whatever_failed_on_the_way(
    blobs: GcsBlobs, server: StorageServer, fault: Fault, size: int
) -> None:
    data = random.Random(8).randbytes(size)
    server.fail(fault)
    assert blobs.put_file("chat.zip", io.BytesIO(data))[1] == size
    assert blobs.read("chat.zip").data == data


def test_a_listing_asks_for_a_page_when_it_comes_to_it(blobs: GcsBlobs, server: StorageServer) -> None:
    keys = sorted(["a", *(f"k/{number}" for number in range(1001))])
    at_once(8, lambda part: [blobs.write(key, b"") for key in keys[1:][part::8]])
    server.reset()
    listing = blobs.list()
    assert server.counts["GET", "list"] == 0
    assert next(listing).key == "a"
    assert server.counts["GET", "list"] == 1
    assert [info.key for info in listing] == keys[1:]
    assert server.counts["GET", "list"] == 2


def test_what_no_key_may_name_is_passed_over(server: StorageServer) -> None:
    with server.client() as client:
        bucket = client.bucket(server.make_bucket())
        for name in ("uploads/", "a//b", "../up", "fine"):
            bucket.blob(name).upload_from_string(b"")
        assert [info.key for info in GcsBlobs(bucket.name, client=client).list()] == ["fine"]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", ["503", "429", "500", "lost"])
def test_a_call_that_failed_in_passing_is_made_again(
    blobs: GcsBlobs, server: StorageServer, call: str, fault: str
) -> None:
    kind, action = CALLS[call]
    server.fail(lost(kind) if fault == "lost" else refusal(kind, int(fault)))
    assert action(blobs)
    assert sum(request.kind == kind for request in server.requests) == 2


@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_keeps_failing_raises_what_to_do(hasty: GcsBlobs, server: StorageServer, call: str) -> None:
    kind, action = CALLS[call]
    for status, expected in ((503, Retry), (429, RateLimited), (403, Reject), (400, Reject)):
        server.fail(refusal(kind, status))
        with pytest.raises(expected) as caught:
            action(hasty)
        assert type(caught.value) is expected
        assert str(status) in str(caught.value)


@pytest.mark.parametrize(("status", "expected"), [(429, RateLimited), (503, Retry)])
def test_a_wait_that_the_service_names_is_the_callers_to_keep(
    blobs: GcsBlobs, server: StorageServer, status: int, expected: type[Retry]
) -> None:
    server.fail(refusal("read", status, retry_after="7"))
    with pytest.raises(expected) as caught:
        blobs.read("a")
    assert caught.value.after == 7
    assert len(server.requests) == 1


def test_errors_name_neither_the_blob_nor_its_address(hasty: GcsBlobs, server: StorageServer) -> None:
    for fault in (refusal("read", 403), refusal("read", 503), lost("read"), broken("read", 1), refusal("read", 404)):
        server.fail(fault)
        with pytest.raises((Retry, Reject, NotFound)) as caught:
            hasty.read("a")
        assert "127.0.0.1" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


def test_a_missing_bucket_is_said_to_be_missing(server: StorageServer) -> None:
    with server.client() as client:
        blobs = GcsBlobs("nowhere", client=client)
        with pytest.raises(Reject, match="nowhere"):
            blobs.write("a", b"x")
        with pytest.raises(Reject, match="nowhere"):
            list(blobs.list())


@pytest.mark.parametrize("times", [1, 2])
def test_a_conditional_write_whose_answer_was_lost_is_no_conflict_with_itself(
    blobs: GcsBlobs, server: StorageServer, times: int
) -> None:
    server.fail(*[lost("write")] * times)
    first = blobs.write("b", b"mine", if_generation=0)
    assert blobs.read("b").generation == first
    server.fail(lost("write"))
    second = blobs.write("b", b"mine again", if_generation=first)
    blob = blobs.read("b")
    assert (blob.data, blob.generation) == (b"mine again", second)


def test_a_write_that_failed_and_then_met_anothers_is_a_conflict_even_of_the_same_bytes(
    blobs: GcsBlobs, other: GcsBlobs, server: StorageServer
) -> None:
    server.fail(Fault("write", 503, meanwhile=lambda: other.write("b", b"same", if_generation=0)))
    with pytest.raises(Conflict):
        blobs.write("b", b"same", if_generation=0)


def test_a_write_that_took_effect_and_was_followed_by_anothers_is_a_conflict(
    blobs: GcsBlobs, other: GcsBlobs, server: StorageServer
) -> None:
    def follow() -> None:
        found = other.read("b")
        other.write("b", found.data + b" and theirs", if_generation=found.generation)

    server.fail(lost("write", follow))
    with pytest.raises(Conflict):
        blobs.write("b", b"mine", if_generation=0)
    assert blobs.read("b").data == b"mine and theirs"


def test_a_conditional_delete_whose_answer_was_lost_is_done(blobs: GcsBlobs, server: StorageServer) -> None:
    generation = blobs.read("a").generation
    server.fail(lost("delete"))
    blobs.delete("a", if_generation=generation)
    assert blobs.stat("a") is None


@pytest.mark.parametrize("after", [0, 1, 70_000])
def test_a_body_that_breaks_off_is_read_whole(blobs: GcsBlobs, server: StorageServer, after: int) -> None:
    data = random.Random(2).randbytes(100_000)
    blobs.write("b", data)
    server.fail(broken("read", after), broken("read", after))
    assert blobs.read("b").data == data
    server.fail(broken("read", after))
    with blobs.open("b") as reader:
        assert reader.read() == data


def test_a_generation_that_goes_in_mid_read_is_not_found(blobs: GcsBlobs) -> None:
    data = random.Random(3).randbytes(3 * MIB)
    for end in (lambda: blobs.write("b", data[::-1]), lambda: blobs.delete("b")):
        generation = blobs.write("b", data)
        with blobs.open("b", generation=generation) as reader:
            assert reader.read(1000) == data[:1000]
            end()
            with pytest.raises(NotFound):
                reader.read()


def test_of_a_large_zip_only_the_directory_and_the_member_that_is_read_are_served(
    blobs: GcsBlobs, server: StorageServer
) -> None:
    media, text = random.Random(4).randbytes(2 * MIB), "1/2/24, 10:00 - Ana: good morning\n" * 50_000
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(10):
            archive.writestr(f"IMG-{number}.jpg", media)
        archive.writestr("chat.txt", text, compress_type=zipfile.ZIP_DEFLATED)
        for number in range(10, 20):
            archive.writestr(f"IMG-{number}.jpg", media)
    blobs.write("export.zip", file.getvalue())
    server.reset()
    with blobs.open("export.zip") as reader, zipfile.ZipFile(reader) as archive, archive.open("chat.txt") as member:
        assert member.read().decode() == text
    assert server.served < MIB
    assert server.counts["GET", "read"] <= 3
    assert len(file.getvalue()) > 40 * MIB


def test_a_blob_read_from_end_to_end_is_served_once_in_few_ranges(blobs: GcsBlobs, server: StorageServer) -> None:
    data = random.Random(5).randbytes(20 * MIB)
    blobs.write("b", data)
    server.reset()
    with blobs.open("b") as reader:
        assert b"".join(iter(lambda: reader.read(64 * 1024), b"")) == data
    assert server.served == len(data)
    assert server.counts["GET", "read"] <= 8


@settings(max_examples=40)
@given(moves=st.lists(st.tuples(st.integers(-40_000, 1_400_000), st.integers(0, 2), st.integers(-1, 600_000))))
def test_any_sequence_of_seeks_and_reads_gives_what_a_file_would(moves: list[tuple[int, int, int]]) -> None:
    data = random.Random(6).randbytes(1_300_000)
    with shared_storage().client() as client:
        blobs = GcsBlobs(shared_storage().make_bucket(), client=client)
        blobs.write("b", data)
        with blobs.open("b") as reader, io.BytesIO(data) as model:
            for offset, whence, size in moves:
                base = (0, model.tell(), len(data))[whence]
                if base + offset >= 0:
                    assert reader.seek(offset, whence) == model.seek(offset, whence)
                assert reader.read(size) == model.read(size)
