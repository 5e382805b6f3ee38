"""A sink in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from egregora.folders import check_path
from egregora.sinks import Sink


class MemorySink(Sink):
    """Files in memory, shared safely by threads. `written` counts the writes that changed something."""

    def __init__(self, name: str = "memory", *, parallel: int = 1) -> None:
        self.name = name
        self.parallel = parallel
        self.written = 0
        self._lock = threading.Lock()
        self._files: dict[str, bytes] = {}

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`; None where there is no file."""
        with self._lock:
            return self._files.get(check_path(path))

    def write(self, path: str, data: bytes) -> bool:
        """Put a file in place; returns False, touching nothing, where the same bytes are there already."""
        with self._lock:
            if self._files.get(check_path(path)) == data:
                return False
            self._files[path] = bytes(data)
            self.written += 1
            return True

    def delete(self, path: str) -> bool:
        """Remove a file; returns whether it was there."""
        with self._lock:
            return self._files.pop(check_path(path), None) is not None

    def list(self, prefix: str = "") -> Iterator[str]:
        """Every path that starts with `prefix`, in order."""
        with self._lock:
            found = sorted(path for path in self._files if path.startswith(prefix))
        yield from found
