"""What Eventarc tells of an upload: a CloudEvent about an object of the bucket for exports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from egregora.blobs import BlobStore
from egregora.errors import Reject, Unreadable
from egregora.folders import check_path
from egregora.ingest.container import StreamSource, is_shadow

if TYPE_CHECKING:
    from werkzeug.datastructures import Headers

FINALIZED = "google.cloud.storage.object.v1.finalized"


@dataclass(frozen=True, slots=True)
class Upload:
    """One generation of an object. `size` in bytes, `crc32c` in base64."""

    bucket: str
    name: str
    generation: int
    size: int
    crc32c: str = ""

    @property
    def is_file(self) -> bool:
        """Whether it can be an export: no placeholder of a folder, no shadow file of macOS."""
        return not self.name.endswith("/") and not is_shadow(self.name)

    @property
    def folder(self) -> str | None:
        """The first folder of its path, where it has one."""
        first, below, _ = self.name.partition("/")
        return first if below else None

    def source(self, blobs: BlobStore) -> StreamSource:
        """The object as a file to read: in ranges, and never another generation than this.

        Raises `Unreadable` where its name is none that a store may have.
        """
        try:
            check_path(self.name)
        except Reject as error:
            raise Unreadable(str(error)) from error
        return StreamSource(
            PurePosixPath(self.name).name, self.size, lambda: blobs.open(self.name, generation=self.generation)
        )

    def is_current(self, blobs: BlobStore) -> bool:
        """Whether the object still is this generation."""
        info = blobs.stat(self.name)
        return info is not None and info.generation == self.generation


def read_event(headers: Headers, body: bytes) -> Upload | None:
    """The upload that a request tells of; None where it tells of something else. Raises `Reject` where it is no event.

    Both ways to send a CloudEvent over HTTP are read: its attributes in headers, or all of it in the body.
    """
    from cloudevents.exceptions import GenericException
    from cloudevents.http import from_http

    try:
        event = from_http(dict(headers), body)
        if event["type"] != FINALIZED:
            return None
        return msgspec.convert(event.data, Upload, strict=False)
    except (GenericException, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise Reject("the event cannot be read") from error
