from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from egregora.cloud.events import FINALIZED, Upload, read_event
from egregora.errors import Reject, Unreadable
from egregora.testing import MemoryBlobs

DATA = {
    "bucket": "exports",
    "name": "family/chat.zip",
    "generation": "1700000000000001",
    "size": "12",
    "crc32c": "AA==",
}


def attributes(**changes: str) -> dict[str, str]:
    return {"id": "1", "source": "//storage", "specversion": "1.0", "type": FINALIZED, **changes}


def binary(data: object, **changes: str) -> tuple[Headers, bytes]:
    headers = {f"ce-{name}": value for name, value in attributes(**changes).items()}
    return Headers({"Content-Type": "application/json", **headers}), json.dumps(data).encode()


def test_both_ways_to_send_an_event_are_read() -> None:
    upload = Upload("exports", "family/chat.zip", 1700000000000001, 12, "AA==")
    assert read_event(*binary({**DATA, "kind": "storage#object", "metadata": {}})) == upload
    structured = json.dumps({**attributes(), "data": DATA}).encode()
    assert read_event(Headers({"Content-Type": "application/cloudevents+json"}), structured) == upload


def test_an_event_of_something_else_tells_of_no_upload() -> None:
    assert read_event(*binary(DATA, type="google.cloud.storage.object.v1.deleted")) is None


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "text",
        {},
        {**DATA, "generation": "x"},
        {**DATA, "name": None},
        {k: DATA[k] for k in ("bucket", "name")},
    ],
)
def test_an_event_without_an_upload_is_refused(data: Any) -> None:
    with pytest.raises(Reject, match="the event cannot be read"):
        read_event(*binary(data))


@given(st.binary(max_size=64))
def test_no_body_gets_further_than_a_refusal(body: bytes) -> None:
    for headers in (binary({})[0], Headers(), Headers({"Content-Type": "application/cloudevents+json"})):
        with pytest.raises(Reject):
            read_event(headers, body)


def test_a_body_that_nests_without_end_is_refused() -> None:
    headers, _ = binary({})
    with pytest.raises(Reject):
        read_event(headers, b"[" * 100_000)


@pytest.mark.parametrize(
    ("name", "is_file", "folder"),
    [
        ("chat.zip", True, None),
        ("family/chat.zip", True, "family"),
        ("family/2024/chat.zip", True, "family"),
        ("family/", False, "family"),
        ("family/.DS_Store", False, "family"),
        ("__MACOSX/._chat.txt", False, "__MACOSX"),
    ],
)
def test_a_path_tells_its_folder_and_whether_it_is_a_file(name: str, is_file: bool, folder: str | None) -> None:
    upload = Upload("exports", name, 1, 0)
    assert (upload.is_file, upload.folder) == (is_file, folder)


def test_an_upload_is_read_as_it_was_when_the_event_arose() -> None:
    blobs = MemoryBlobs()
    upload = Upload("exports", "family/chat.txt", blobs.write("family/chat.txt", b"hello"), 5)
    assert upload.source(blobs).name == "chat.txt"
    assert upload.source(blobs).open().read() == b"hello"
    assert upload.is_current(blobs)
    blobs.write("family/chat.txt", b"later")
    assert not upload.is_current(blobs)


@pytest.mark.parametrize("name", ["family//chat.txt", "../chat.txt", "family/\n.txt", "a" * 300])
def test_an_upload_whose_name_no_store_may_have_is_refused_without_telling_it(name: str) -> None:
    with pytest.raises(Unreadable) as refused:
        Upload("exports", name, 1, 5).source(MemoryBlobs())
    assert name not in refused.value.fault
