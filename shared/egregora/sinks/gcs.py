"""A sink that is a Cloud Storage bucket, or what lies under a prefix of one, as it serves a site.

The sink remembers what it has read, listed or written: a file that is as it should be costs no request, and whatever
changes is changed on the condition that nobody else did so since.
"""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from egregora.blobs.gcs_objects import PATIENCE, GcsObjects
from egregora.errors import NotFound
from egregora.folders import check_path

if TYPE_CHECKING:
    from google.cloud.storage import Client  # type: ignore[import-untyped]

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".xml": "application/xml; charset=utf-8",
    ".yml": "application/yaml",
}
"""Anything else is bytes, as Pagefind's indexes are: packed in a way of their own, and unpacked by its script."""

_HASHED = re.compile(r"assets/[^/]+-[0-9a-f]{10}\.\w+")
_LOCKS = 256


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it was when this sink last heard of it; generation 0: there was none."""

    generation: int
    md5: str | None


_NOTHING = _Seen(0, None)


class GcsSink:
    """Files under `prefix` of the bucket `bucket`, shared safely by threads. The client is made on the first call.

    A call goes on trying for `patience` seconds before it raises `Retry`. `Conflict` says that somebody else changed
    the path; after listing anew this sink may.
    """

    def __init__(
        self,
        bucket: str,
        *,
        prefix: str = "",
        name: str = "site",
        project: str | None = None,
        client: Client | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self.name = name
        self.parallel = 16
        self._prefix = prefix
        self._objects = GcsObjects(bucket, project=project, client=client, patience=patience)
        self._seen: dict[str, _Seen] = {}
        self._listed: set[str] = set()
        self._locks = [threading.Lock() for _ in range(_LOCKS)]

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`; None where there is no file."""
        with self._lock(check_path(path)):
            try:
                blob = self._objects.read(self._prefix + path)
            except NotFound:
                self._seen[path] = _NOTHING
                return None
            self._seen[path] = _Seen(blob.generation, _md5(blob.data))
            return blob.data

    def write(self, path: str, data: bytes) -> bool:
        """Put a file in place; returns False where the same bytes are there already. Raises `Conflict`."""
        with self._lock(check_path(path)):
            seen, md5 = self._last(path), _md5(data)
            if seen.md5 == md5:
                return False
            generation = self._objects.write(
                self._prefix + path,
                data,
                if_generation=seen.generation,
                content_type=_TYPES.get(PurePosixPath(path).suffix, "application/octet-stream"),
                cache_control=_caching(path),
            )
            self._seen[path] = _Seen(generation, md5)
            return True

    def delete(self, path: str) -> bool:
        """Remove a file; returns whether it was there. Raises `Conflict`."""
        with self._lock(check_path(path)):
            seen = self._last(path)
            if not seen.generation:
                return False
            self._objects.delete(self._prefix + path, if_generation=seen.generation)
            self._seen[path] = _NOTHING
            return True

    def list(self, prefix: str = "") -> Iterator[str]:
        """Every path that starts with `prefix`, in order. Once it is through, what was seen before is forgotten."""
        found: dict[str, _Seen] = {}
        for item in self._objects.list(self._prefix + prefix):
            path = item.info.key.removeprefix(self._prefix)
            found[path] = _Seen(item.info.generation, item.md5)
            yield path
        others = {path: seen for path, seen in tuple(self._seen.items()) if not path.startswith(prefix)}
        self._seen = others | found
        self._listed.add(prefix)

    def close(self) -> None:
        """Let go of the connections; a later call makes new ones."""
        self._objects.close()

    def _last(self, path: str) -> _Seen:
        """What this sink knows of a path; it asks where it was never told."""
        if path not in self._seen:
            unlisted = not any(path.startswith(prefix) for prefix in self._listed)
            found = self._objects.stat(self._prefix + path) if unlisted else None
            self._seen[path] = _Seen(found.info.generation, found.md5) if found else _NOTHING
        return self._seen[path]

    def _lock(self, path: str) -> threading.Lock:
        return self._locks[hash(path) % _LOCKS]


def _md5(data: bytes) -> str:
    """As Cloud Storage words it; it tells files apart and guards nothing."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def _caching(path: str) -> str:
    """A name with a hash always means the same bytes; any other file is asked for anew; our own records stay ours."""
    if path.startswith(".egregora/"):
        return "private, no-store"
    return "public, max-age=31536000, immutable" if _HASHED.fullmatch(path) else "no-cache"
