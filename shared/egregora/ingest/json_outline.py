"""What stands around the large arrays of a JSON file, walked through bracket by bracket."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import BinaryIO, Final

import msgspec

from egregora.errors import Unreadable
from egregora.ingest.limits import MiB

BLOCK: Final = 96 * 1024
"""Bytes read at once: a block stays in the cache, and the allocator keeps its memory for the next one."""

LARGEST: Final = 16 * MiB
"""Bytes of one element, and of all that is no element: no message that was sent is as long."""

_DEEPEST: Final = 200
_WIDEST: Final = 1000
"""Bytes of a line that opens an array, in a file that is set in lines."""

OPENING: Final = frozenset((b"{", b"["))
CLOSING: Final = frozenset((b"}", b"]"))
STRING: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'

_TOKEN = re.compile(rb'[^"{}\[\]]*+(?:(' + STRING + rb")\s*+(?:(:)|(?=[^\s:]))|([{}\[\]]))", re.DOTALL)
"""On to the next bracket or string, which is a key where a colon follows."""


Paths = Sequence[tuple[str, ...]]
"""The keys that lead to each array that is streamed; ``*`` is any key."""


class Window:
    """The part of a file that is looked at: `data`, which starts at `place`."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        self.file = file
        self._name = name
        self.data = file.read(BLOCK)
        self.place = 0
        if self.data.startswith(b"\xef\xbb\xbf"):
            self.drop(3)

    def more(self) -> bool:
        """Read at least as much again as there is, so that looking again stays cheap; False at the end of the file."""
        if len(self.data) > LARGEST:
            raise Unreadable(
                f"holds a single record longer than {LARGEST // MiB} MiB, which nobody sent; give the file as exported",
                where=self._name,
            )
        block = self.file.read(max(BLOCK, min(len(self.data), LARGEST + 1 - len(self.data))))
        self.data += block
        return bool(block)

    def drop(self, length: int) -> None:
        """Go on by `length` bytes of `data`."""
        self.data = self.data[length:]
        self.place += length

    def advance(self, place: int) -> bool:
        """Go forward to `place`; False where it lies behind."""
        if place < self.place:
            return False
        if place - self.place > len(self.data):
            self.file.seek(place)
            self.data, self.place = b"", place
        self.drop(place - self.place)
        return True


class Outside:
    """Walks through what is around the arrays and keeps it in `text`, with the brackets that are `open`.

    `path` led to the last array.
    """

    def __init__(self, name: str) -> None:
        self.text = bytearray()
        self.open: list[tuple[bytes, str | None]] = []
        self.path = ""
        self._name = name
        self._safe = 0
        self._key: str | None = None

    @property
    def indent(self) -> bytes:
        """The white space before the line that was walked last."""
        line = self.text[-_WIDEST:]
        line = line[line.rfind(b"\n") + 1 :]
        return bytes(line[: len(line) - len(line.lstrip(b" \t"))])

    def next_array(self, window: Window, paths: Paths) -> bool:
        """Walk on behind the bracket that opens the next chosen array; False at the end of the document."""
        while True:
            at, found = self._walk(window.data, paths)
            self.text += window.data[:at]
            window.drop(at)
            if len(self.text) > LARGEST:
                raise Unreadable("holds too much besides its messages; give the file as exported", where=self._name)
            if found or (self.text and not self.open) or not window.more():
                return found

    def _walk(self, data: bytes, paths: Paths) -> tuple[int, bool]:
        at = 0
        while token := _TOKEN.match(data, at):
            string, colon, bracket = token.groups()
            at = token.end()
            if string:
                self._key = _unquoted(string) if colon else self._key
                continue
            if bracket in OPENING:
                self.open.append((bracket, self._key))
                if len(self.open) > _DEEPEST:
                    raise Unreadable("is nested deeper than any export; give the file as exported", where=self._name)
                path = tuple(key for _, key in self.open if key is not None) if bracket == b"[" else ()
                self._key = None
                self._safe = len(self.text) + at
                if bracket == b"[" and any(map(partial(_leads, path), paths)):
                    self.path = ".".join(path)
                    return at, True
            else:
                del self.open[-1:]
                self._key = None
                self._safe = len(self.text) + at
                if not self.open:
                    return at, False
        return at, False

    def put(self, text: bytes) -> None:
        """Put `text` in place of an array's elements."""
        self.text += text
        self._safe = len(self.text)

    def closed(self) -> bytes:
        """The text, whose open brackets are closed where the file was cut off."""
        if not self.open:
            return bytes(self.text)
        ends = b"".join(b"}" if bracket == b"{" else b"]" for bracket, _ in reversed(self.open))
        return bytes(self.text[: self._safe]) + ends


def _leads(path: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    return len(path) == len(pattern) and all(want in {key, "*"} for key, want in zip(path, pattern, strict=True))


def _unquoted(string: bytes) -> str:
    try:
        return msgspec.json.decode(string, type=str)
    except ValueError:
        return string.decode("utf-8", "replace")
