"""What became of each upload to a deployment, so that whoever put it there can follow it.

Kept once, under a digest of its name and content: the same file put there again is known by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from egregora.blobs import BlobStore
from egregora.errors import Conflict, NotFound
from egregora.ids import SourceId, sha256

if TYPE_CHECKING:
    from egregora.pipeline.slicing import Sliced


class UploadedChat(BaseModel):
    """One chat of an upload: messages read, and windows of the plans it touched."""

    model_config = ConfigDict(frozen=True)
    source: SourceId
    messages: int
    windows: int


class UploadRecord(BaseModel):
    """The chats of an upload, once they are in the archive and their windows enqueued."""

    model_config = ConfigDict(frozen=True)
    chats: tuple[UploadedChat, ...]


def upload_id(name: str, crc32c: str, size: int) -> str:
    """What an uploaded object is known by; `crc32c` in base64, as Cloud Storage has it of every object."""
    return sha256("upload", name, crc32c, str(size))[:32]


def keep_upload(blobs: BlobStore, upload: str, sliced: Sequence[Sliced]) -> None:
    """Write down that an upload is in the archive; again, it changes nothing."""
    if blobs.stat(_key(upload)):
        return
    chats = tuple(UploadedChat(source=s.source, messages=s.messages, windows=s.windows) for s in sliced)
    with suppress(Conflict):  # the same upload, delivered twice at once
        blobs.write(_key(upload), UploadRecord(chats=chats).model_dump_json().encode(), if_generation=0)


def find_upload(blobs: BlobStore, upload: str) -> UploadRecord | None:
    """What became of an upload; None while it is not in the archive."""
    try:
        return UploadRecord.model_validate_json(blobs.read(_key(upload)).data)
    except NotFound:
        return None


def uploads_of(blobs: BlobStore, source: SourceId) -> list[str]:
    """Keys of every record that names `source`."""
    records = [
        (info.key, UploadRecord.model_validate_json(blobs.read(info.key).data)) for info in blobs.list("uploads/")
    ]
    return [key for key, record in records if any(chat.source == source for chat in record.chats)]


def _key(upload: str) -> str:
    return f"uploads/{upload}.json"
