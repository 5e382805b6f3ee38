"""What became of an upload."""

from __future__ import annotations

from egregora.blobs import BlobInfo
from egregora.ids import SourceId
from egregora.pipeline.slicing import Sliced
from egregora.pipeline.uploads import UploadedChat, UploadRecord, find_upload, keep_upload, upload_id, uploads_of
from egregora.testing import MemoryBlobs

CLUB, BAKERS = SourceId("club"), SourceId("bakers")


def sliced(source: SourceId, messages: int = 10) -> Sliced:
    return Sliced(source, messages, messages - 1, windows=3, changed=1, enqueued=2)


def test_an_upload_is_told_of_by_its_chats_once_it_is_kept() -> None:
    blobs = MemoryBlobs()
    assert find_upload(blobs, "one") is None
    keep_upload(blobs, "one", [sliced(CLUB), sliced(BAKERS, 20)])
    assert find_upload(blobs, "one") == UploadRecord(
        chats=(UploadedChat(source=CLUB, messages=10, windows=3), UploadedChat(source=BAKERS, messages=20, windows=3))
    )
    assert find_upload(blobs, "two") is None


def test_the_same_upload_again_changes_nothing() -> None:
    blobs = MemoryBlobs()
    keep_upload(blobs, "one", [sliced(CLUB)])
    keep_upload(blobs, "one", [sliced(CLUB, 99)])
    found = find_upload(blobs, "one")
    assert found
    assert found.chats[0].messages == 10


def test_an_upload_that_is_delivered_twice_at_once_is_kept_once() -> None:
    class Racing(MemoryBlobs):
        def stat(self, key: str) -> BlobInfo | None:
            found = super().stat(key)
            if not found:
                super().write(key, UploadRecord(chats=()).model_dump_json().encode())
            return found

    blobs = Racing()
    keep_upload(blobs, "one", [sliced(CLUB)])
    assert find_upload(blobs, "one") == UploadRecord(chats=())


def test_the_records_of_one_source_are_found() -> None:
    blobs = MemoryBlobs()
    keep_upload(blobs, "one", [sliced(CLUB)])
    keep_upload(blobs, "two", [sliced(BAKERS), sliced(CLUB)])
    keep_upload(blobs, "three", [sliced(BAKERS)])
    assert uploads_of(blobs, CLUB) == ["uploads/one.json", "uploads/two.json"]
    assert uploads_of(blobs, SourceId("nobody")) == []


def test_an_upload_is_known_by_its_name_and_content() -> None:
    of = {upload_id(*each) for each in [("a", "c", 1), ("b", "c", 1), ("a", "d", 1), ("a", "c", 2), ("a", "c", 1)]}
    assert len(of) == 4
    assert {len(each) for each in of} == {32}


def test_an_upload_is_known_by_the_same_in_every_version() -> None:
    assert upload_id("chat.zip", "AAAAAA==", 17) == "d2f5aae60fd12f1ec02ea4ee3ea46384"
