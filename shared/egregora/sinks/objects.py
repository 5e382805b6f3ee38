"""What sinks in object stores share: how a file is served, and a memory of what was seen.

A sink remembers what it has read, listed or written: a file that is as it should be costs no request, and whatever
is written is written on the condition that nobody else did so since.
"""

from __future__ import annotations

import hashlib
import re
import threading
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from egregora.folders import check_path
from egregora.sinks import Sink

PARALLEL = 16
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
class Seen:
    """An object as its sink last heard of it: what the store calls this state of it, and its MD5 where that is known.

    `md5` is in hexadecimal digits. It tells files apart and guards nothing.
    """

    version: str
    md5: str | None


@dataclass(frozen=True, slots=True)
class Headers:
    """How a file is served."""

    content_type: str
    cache_control: str


class ObjectSink(Sink):
    """Files under `prefix` of a bucket, shared safely by threads. An adapter says how each is fetched, put and so on.

    Keys that an adapter is given, or gives, are whole: with the prefix.
    """

    def __init__(self, prefix: str, name: str) -> None:
        self.name = name
        self.parallel = PARALLEL
        self._prefix = prefix
        self._seen: dict[str, Seen | None] = {}
        self._listed: set[str] = set()
        self._locks = [threading.Lock() for _ in range(_LOCKS)]

    @abstractmethod
    def _fetch(self, key: str) -> tuple[bytes, Seen] | None:
        """An object; None where there is none."""

    @abstractmethod
    def _find(self, key: str) -> Seen | None:
        """What is at a key now; None where nothing is."""

    @abstractmethod
    def _put(self, key: str, data: bytes, md5: str, headers: Headers, seen: Seen | None) -> Seen:
        """Write `data`, whose digest is `md5`, where what is there is what was `seen`. Raises `Conflict`."""

    @abstractmethod
    def _remove(self, key: str, seen: Seen) -> None:
        """Delete an object that was `seen`."""

    @abstractmethod
    def _all(self, prefix: str) -> Iterator[tuple[str, Seen]]:
        """Every key that starts with `prefix` and could be a path, in order."""

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`; None where there is no file."""
        with self._lock(check_path(path)):
            found = self._fetch(self._prefix + path)
            self._seen[path] = found[1] if found else None
            return found[0] if found else None

    def write(self, path: str, data: bytes) -> bool:
        """Put a file in place; returns False where the same bytes are there already. Raises `Conflict`."""
        with self._lock(check_path(path)):
            seen, md5 = self._last(path), md5_of(data)
            if seen and seen.md5 == md5:
                return False
            self._seen[path] = self._put(self._prefix + path, data, md5, headers_of(path), seen)
            return True

    def delete(self, path: str) -> bool:
        """Remove a file; returns whether it was there. Raises `Conflict`, where the store compares."""
        with self._lock(check_path(path)):
            seen = self._last(path)
            if seen is None:
                return False
            self._remove(self._prefix + path, seen)
            self._seen[path] = None
            return True

    def list(self, prefix: str = "") -> Iterator[str]:
        """Every path that starts with `prefix`, in order. Once it is through, what was seen before is forgotten."""
        found: dict[str, Seen | None] = {}
        for key, seen in self._all(self._prefix + prefix):
            path = key.removeprefix(self._prefix)
            found[path] = seen
            yield path
        others = {path: seen for path, seen in tuple(self._seen.items()) if not path.startswith(prefix)}
        self._seen = others | found
        self._listed.add(prefix)

    def _last(self, path: str) -> Seen | None:
        """What this sink knows of a path; it asks where it was never told."""
        if path not in self._seen:
            unlisted = not any(path.startswith(prefix) for prefix in self._listed)
            self._seen[path] = self._find(self._prefix + path) if unlisted else None
        return self._seen[path]

    def _lock(self, path: str) -> threading.Lock:
        return self._locks[hash(path) % _LOCKS]


def md5_of(data: bytes) -> str:
    """In hexadecimal digits."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def headers_of(path: str) -> Headers:
    """A name with a hash always means the same bytes; any other file is asked for anew; our own records stay ours."""
    kind = _TYPES.get(PurePosixPath(path).suffix, "application/octet-stream")
    if path.startswith(".egregora/"):
        return Headers(kind, "private, no-store")
    return Headers(kind, "public, max-age=31536000, immutable" if _HASHED.fullmatch(path) else "no-cache")
