"""A sink in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from egregora.errors import Conflict
from egregora.folders import check_path
from egregora.sinks import Sink


class MemorySink(Sink):
    """Files in memory, shared safely by threads. `written` counts the writes that changed something.

    Every `publisher` of it compares, as a sink in the cloud does; used directly, the last write wins, as in a folder.
    """

    def __init__(self, name: str = "memory", *, parallel: int = 1) -> None:
        self.name = name
        self.parallel = parallel
        self.written = 0
        self._lock = threading.Lock()
        self._files: dict[str, tuple[bytes, int]] = {}
        self._last = 0

    def copy(self) -> MemorySink:
        """The same files, from here on by themselves."""
        made = MemorySink(self.name, parallel=self.parallel)
        made._files, made._last, made.written = dict(self._files), self._last, self.written
        return made

    def publisher(self) -> Publisher:
        """The same files, as one more publisher sees them."""
        return Publisher(self)

    def generation(self, path: str) -> int:
        """Which change made the file at `path`, as a number that never returns; 0 where there is none."""
        with self._lock:
            return self._files.get(path, (b"", 0))[1]

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`; None where there is no file."""
        with self._lock:
            return self._files.get(check_path(path), (None, 0))[0]

    def write(self, path: str, data: bytes) -> bool:
        """Put a file in place; returns False, touching nothing, where the same bytes are there already."""
        return self.write_over(None, path, data)

    def write_over(self, generation: int | None, path: str, data: bytes) -> bool:
        """Write where the file is still of `generation`. Raises `Conflict` where it was changed since."""
        with self._lock:
            self._check(check_path(path), generation)
            if self._files.get(path, (None, 0))[0] == data:
                return False
            self._last += 1
            self._files[path] = bytes(data), self._last
            self.written += 1
            return True

    def delete(self, path: str) -> bool:
        """Remove a file; returns whether it was there."""
        return self.delete_over(None, path)

    def delete_over(self, generation: int | None, path: str) -> bool:
        """Remove a file that is still of `generation`. Raises `Conflict` where it was changed since."""
        with self._lock:
            self._check(check_path(path), generation)
            return self._files.pop(path, None) is not None

    def list(self, prefix: str = "") -> Iterator[str]:
        """Every path that starts with `prefix`, in order."""
        with self._lock:
            found = sorted(path for path in self._files if path.startswith(prefix))
        yield from found

    def _check(self, path: str, expected: int | None) -> None:
        if expected is not None and self._files.get(path, (b"", 0))[1] != expected:
            raise Conflict("the file was changed since it was read")


class Publisher(Sink):
    """One publisher's sight of a `MemorySink`: it gives way where another changed what it read or listed."""

    def __init__(self, sink: MemorySink) -> None:
        self.name = sink.name
        self.parallel = sink.parallel
        self._sink = sink
        self._seen: dict[str, int] = {}
        self._listed = False

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`; None where there is no file."""
        self._seen[path] = self._sink.generation(path)
        return self._sink.read(path)

    def write(self, path: str, data: bytes) -> bool:
        """Put a file in place; returns False where the same bytes are there already. Raises `Conflict`."""
        written = self._sink.write_over(self._last(path), path, data)
        self._seen[path] = self._sink.generation(path)
        return written

    def delete(self, path: str) -> bool:
        """Remove a file; returns whether it was there. Raises `Conflict`."""
        deleted = self._sink.delete_over(self._last(path), path)
        self._seen[path] = self._sink.generation(path)
        return deleted

    def list(self, prefix: str = "") -> Iterator[str]:
        """Every path that starts with `prefix`, in order."""
        found = list(self._sink.list(prefix))
        if not prefix:
            self._seen = {path: self._sink.generation(path) for path in found}
            self._listed = True
        yield from found

    def _last(self, path: str) -> int:
        if path not in self._seen:
            self._seen[path] = 0 if self._listed else self._sink.generation(path)
        return self._seen[path]
