"""A sink that is a Cloud Storage bucket, or what lies under a prefix of one, as it serves a site."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import TYPE_CHECKING

from egregora.blobs.gcs_objects import PATIENCE, GcsObjects, StoredObject
from egregora.errors import NotFound
from egregora.sinks.objects import Headers, ObjectSink, Seen, md5_of

if TYPE_CHECKING:
    from google.cloud.storage import Client  # type: ignore[import-untyped]


class GcsSink(ObjectSink):
    """Files under `prefix` of the bucket `bucket`, shared safely by threads. The client is made on the first call.

    A call goes on trying for `patience` seconds before it raises `Retry`. Writes and deletions name the generation that
    was seen; `Conflict` says that somebody else changed the path, and after listing anew this sink may.
    """

    def __init__(
        self,
        bucket: str,
        *,
        prefix: str = "",
        name: str = "site",
        client: Client | None = None,
        patience: float = PATIENCE,
    ) -> None:
        super().__init__(prefix, name)
        self._objects = GcsObjects(bucket, client=client, patience=patience)

    def _fetch(self, key: str) -> tuple[bytes, Seen] | None:
        try:
            blob = self._objects.read(key)
        except NotFound:
            return None
        return blob.data, Seen(str(blob.generation), md5_of(blob.data))

    def _find(self, key: str) -> Seen | None:
        found = self._objects.stat(key)
        return _seen(found) if found else None

    def _put(self, key: str, data: bytes, md5: str, headers: Headers, seen: Seen | None) -> Seen:
        generation = self._objects.write(
            key,
            data,
            if_generation=int(seen.version) if seen else 0,
            content_type=headers.content_type,
            cache_control=headers.cache_control,
        )
        return Seen(str(generation), md5)

    def _remove(self, key: str, seen: Seen) -> None:
        self._objects.delete(key, if_generation=int(seen.version))

    def _all(self, prefix: str) -> Iterator[tuple[str, Seen]]:
        return ((item.info.key, _seen(item)) for item in self._objects.list(prefix))


def _seen(found: StoredObject) -> Seen:
    return Seen(str(found.info.generation), base64.b64decode(found.md5).hex() if found.md5 else None)
