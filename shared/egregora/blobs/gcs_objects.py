"""The objects of one Cloud Storage bucket, which blobs and sinks in the cloud are made on.

A call that fails in passing is repeated here with growing pauses; but where the service names a wait, that is the
caller's to keep. Every call may be repeated: reading changes nothing, and a condition lets a write or a deletion happen
only once. Without one the caller has said that the last write wins, and writing the same bytes over again, under a
further generation, leaves it so.
"""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from egregora.blobs import Blob, BlobInfo
from egregora.blobs.gcs_faults import translated
from egregora.errors import Conflict, EgregoraError, NotFound, Reject, Retry
from egregora.folders import check_path, is_path

if TYPE_CHECKING:
    from google.cloud.storage import Client  # type: ignore[import-untyped]

PATIENCE = 30.0
"""Seconds that a call goes on trying."""

_TIMEOUT = (10, 60)
"""Seconds for a connection to stand, and between the bytes that come over it."""
_CONNECTIONS = 64
"""Connections kept open, so that as many threads share one client without a new handshake for each call."""
_PAGE = 1000
"""Objects to a page, as many as the service gives."""
_PIECE = 16 * 1024 * 1024
"""Bytes to a piece of what is too large for one request."""
_WRITE = "egregora-write"
"""Metadata of an object that was written under a condition: which write it was."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object's description; `md5` in base64, None where the service keeps none."""

    info: BlobInfo
    md5: str | None


class GcsObjects:
    """The objects of a bucket, shared safely by threads. The client is made on the first call unless it is given."""

    def __init__(
        self,
        bucket: str,
        *,
        project: str | None = None,
        client: Client | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._name = bucket
        self._project = project
        self._client = client
        self._patience = patience
        self._lock = threading.Lock()

    def read(self, key: str) -> Blob:
        """Read an object whole. Raises `NotFound`."""
        check_path(key)

        def attempt(bucket: Any) -> Blob:
            found = bucket.blob(key)
            data = found.download_as_bytes(raw_download=True, timeout=_TIMEOUT, retry=None)
            return Blob(data, int(found.generation))

        return self._call(attempt)

    def read_range(self, key: str, generation: int, start: int, size: int) -> bytes:
        """Read `size` bytes (within the object) from `start` on. Raises `NotFound` where that generation is gone."""

        def attempt(bucket: Any) -> bytes:
            data: bytes = bucket.blob(key, generation=generation).download_as_bytes(
                start=start, end=start + size - 1, raw_download=True, checksum=None, timeout=_TIMEOUT, retry=None
            )
            if len(data) != size:
                raise Retry("Cloud Storage gave another range than was asked for")
            return data

        return self._call(attempt)

    def stat(self, key: str, *, generation: int | None = None) -> StoredObject | None:
        """Describe an object, or one generation of it; None where there is none."""
        found = self._get(check_path(key), generation)
        return _described(found) if found is not None else None

    def write(
        self,
        key: str,
        data: bytes,
        *,
        if_generation: int | None = None,
        content_type: str = "application/octet-stream",
        cache_control: str | None = None,
    ) -> int:
        """Write an object whole, where `if_generation` is its present one, and return its new generation.

        Raises `Conflict`, which after a lost answer can also mean that this write took effect and another followed.
        """

        def send(blob: Any, **condition: int) -> None:
            blob.cache_control = cache_control
            blob.upload_from_string(data, content_type=content_type, timeout=_TIMEOUT, retry=None, **condition)

        return int(self._written(key, if_generation, send).generation)

    def put_file(self, key: str, file: BinaryIO) -> tuple[str, int, int]:
        """Send a file piece by piece under a key that is free; its crc32c in base64, its size in bytes, its generation.

        Nothing is sent where the same bytes are there already. Raises `Conflict` where others are.
        """
        found = self._get(check_path(key))
        if found is None:
            found = self._written(key, 0, partial(_send_file, file))
        elif (found.crc32c, int(found.size)) != _sum(file):
            raise Conflict("another file has this name")
        return str(found.crc32c), int(found.size), int(found.generation)

    def _written(self, key: str, if_generation: int | None, send: Callable[..., None]) -> Any:
        """The object that `send` wrote where `if_generation` was the present one. Raises `Conflict`."""
        check_path(key)
        token, lost = secrets.token_hex(), False

        def attempt(bucket: Any) -> Any:
            blob = bucket.blob(key, chunk_size=_PIECE)
            if if_generation is None:
                send(blob)
            else:
                blob.metadata = {_WRITE: token}
                send(blob, if_generation_match=if_generation)
            return blob

        def failed(_: Exception) -> None:
            nonlocal lost
            lost = True

        try:
            return self._call(attempt, failed)
        except NotFound:
            fault: EgregoraError = self._no_bucket()
        except Conflict as conflict:
            if not lost:
                raise
            fault = conflict
        # A try whose answer was lost may have taken effect, and then it is what the next one met, or ended its session.
        found = self._get(key)
        if found is None or (found.metadata or {}).get(_WRITE) != token:
            raise fault
        return found

    def delete(self, key: str, *, if_generation: int | None = None) -> None:
        """Delete an object; one that is not there is no error. Raises `Conflict` where the generation differs."""
        check_path(key)
        lost = False

        def failed(_: Exception) -> None:
            nonlocal lost
            lost = True

        def attempt(bucket: Any) -> None:
            condition = {} if if_generation is None else {"if_generation_match": if_generation}
            bucket.blob(key).delete(timeout=_TIMEOUT, retry=None, **condition)

        try:
            self._call(attempt, failed)
        except NotFound:
            if if_generation and not lost:  # else a try whose answer was lost has deleted it
                raise Conflict from None

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """Describe every object whose key starts with `prefix`, in the order of keys, asking page by page.

        Objects that no key may name, such as the empty ones that stand for folders, are passed over.
        """
        token: str | None = None
        while True:
            page, token = self._page(prefix, token)
            yield from page
            if token is None:
                return

    def _page(self, prefix: str, token: str | None) -> tuple[Sequence[StoredObject], str | None]:
        def attempt(bucket: Any) -> tuple[Sequence[StoredObject], str | None]:
            fields = "items(name,generation,size,updated,md5Hash),nextPageToken"
            found = bucket.list_blobs(
                prefix=prefix, page_token=token, page_size=_PAGE, fields=fields, timeout=_TIMEOUT, retry=None
            )
            page = [_described(item) for item in next(found.pages, ()) if is_path(item.name)]
            return page, found.next_page_token

        try:
            return self._call(attempt)
        except NotFound:
            raise self._no_bucket() from None

    def _get(self, key: str, generation: int | None = None) -> Any:
        return self._call(lambda bucket: bucket.get_blob(key, generation=generation, timeout=_TIMEOUT, retry=None))

    def _call(self, action: Callable[[Any], Result], failed: Callable[[Exception], None] | None = None) -> Result:
        """What `action` makes of the bucket; `failed` is told of every try that may have taken effect unseen."""
        from google.api_core.retry import exponential_sleep_generator, retry_target

        def attempt() -> Result:
            with translated():
                return action(self._bucket())

        result: Result = retry_target(
            attempt,
            lambda error: isinstance(error, Retry) and error.after is None,
            exponential_sleep_generator(0.25, 8.0),
            timeout=self._patience,
            on_error=failed,
            exception_factory=lambda errors, *_: (errors[-1], None),
        )
        return result

    def _bucket(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = storage_client(self._project)
            return self._client.bucket(self._name)

    def _no_bucket(self) -> Reject:
        return Reject(f"there is no bucket called {self._name}, or it is not open to this account")


def storage_client(project: str | None) -> Client:
    """A client for many threads and buckets. Raises `Reject` where there are no credentials."""
    from google.cloud.storage import Client
    from requests.adapters import HTTPAdapter

    with translated():
        client = Client(project=project)  # objects are found without one
    for scheme in ("https://", "http://"):
        client._http.mount(scheme, HTTPAdapter(pool_maxsize=_CONNECTIONS))
    # For traces that nobody collects it would look every bucket up behind our back, and again after each object that is
    # not there: threads and requests that serve nothing, and that our accounts have no right to.
    client._bucket_metadata_cache = None
    return client


def _send_file(file: BinaryIO, blob: Any, **condition: int) -> None:
    """Send a file of any size; a piece whose answer is lost is sent again, not the whole."""
    from google.cloud.storage.retry import DEFAULT_RETRY  # type: ignore[import-untyped]

    blob.upload_from_file(
        file, rewind=True, content_type="application/octet-stream", timeout=_TIMEOUT, retry=DEFAULT_RETRY, **condition
    )


def _sum(file: BinaryIO) -> tuple[str, int]:
    """A file's crc32c, as Cloud Storage words it, and its size."""
    from google_crc32c import extend

    crc32c = size = 0
    while piece := file.read(_PIECE):
        crc32c = extend(crc32c, piece)
        size += len(piece)
    return base64.b64encode(crc32c.to_bytes(4, "big")).decode(), size


def _described(found: Any) -> StoredObject:
    return StoredObject(BlobInfo(found.name, int(found.generation), int(found.size), found.updated), found.md5_hash)
