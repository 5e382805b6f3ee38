"""The lines of text files, whatever their encoding and line ends, in bounded memory."""

from __future__ import annotations

import codecs
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import BinaryIO, Final, Literal

from egregora.errors import Unreadable
from egregora.ingest import ByteSource, Warning  # noqa: A004
from egregora.ingest.limits import MiB

_BLOCK = 128 * 1024
_CONTROLS = [bytes([code]) for code in range(32) if code not in b"\t\n\v\f\r\x1b\x02\x03\x0f\x16\x1d\x1f"]
"""Bytes that no text holds; those that IRC colours words with are allowed."""

LONGEST = 16 * MiB
"""Characters of one line, and of one message: no message that was sent is as long."""


Code = Literal["encoding_guessed", "bad_bytes", "bad_lines", "head_lines_dropped"]
_DETAILS: dict[Code, str] = {
    "encoding_guessed": "lines that are no UTF-8: read as Windows-1252",
    "bad_bytes": "bytes that are no text became U+FFFD",
    "bad_lines": "lines or records that make no sense were left out",
    "head_lines_dropped": "lines before the first message were left out",
}
SHOWN: Final = 10
"""Lines of which a warning gives the numbers."""


class Notes:
    """What was met in the lines of one file: how often each thing was, and in which lines first."""

    def __init__(self) -> None:
        self._counts: Counter[Code] = Counter()
        self._lines: defaultdict[Code, list[int]] = defaultdict(list)

    def add(self, code: Code, line: int, count: int = 1) -> None:
        """Take note of a thing, and of how many, met in the line of this number, from 1."""
        self._counts[code] += count
        if len(self._lines[code]) < SHOWN:
            self._lines[code].append(line)

    def warnings(self, name: str) -> list[Warning]:
        """The same in words."""
        return [Warning(c, count, _DETAILS[c], name, tuple(self._lines[c])) for c, count in self._counts.items()]


def lines(source: ByteSource, met: Notes | None = None) -> Iterator[str]:
    """Every line without its end: LF, CR LF or CR. UTF-8, UTF-16, or Windows-1252 where a line is no UTF-8.

    Raises `Unreadable` on a line that is too long.
    """
    met = Notes() if met is None else met
    held: list[bytes] = []
    size = passed = 0
    with source.open() as file:
        for block in _utf8(file):
            cut = max(block.rfind(b"\n"), block.rfind(b"\r", 0, -1)) + 1
            if cut:
                found = _decoded(b"".join([*held, block[:cut]]), passed, met)
                yield from found
                passed += len(found)
                held, size = [], 0
            held.append(block[cut:])
            size += len(held[-1])
            if size > LONGEST:
                raise too_long(source.name)
    rest = b"".join(held)
    if rest:
        yield from _decoded(rest, passed, met)


def too_long(name: str) -> Unreadable:
    """Say that a line or a message is one that nobody sent."""
    return Unreadable(
        f"one message is longer than {LONGEST // MiB} MiB; this is no chat export, or a damaged one", where=name
    )


def head_lines(head: bytes) -> list[str]:
    """The lines of a file's first bytes; one that is cut off at their end is left out."""
    data = _as_utf8(head)
    cut = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
    return _decoded(data[: cut or None], 0, Notes())


def is_text(head: bytes) -> bool:
    """Whether a file that starts with `head` holds text: next to no control characters but those that lay it out."""
    data = _as_utf8(head)
    return bool(data.strip()) and sum(map(data.count, _CONTROLS)) * 200 <= len(data)


def _decoded(data: bytes, passed: int, met: Notes) -> list[str]:
    """The lines in `data`, before which `passed` lines stand, each in the encoding that it is in."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return [_line(raw, number, met) for number, raw in enumerate(data.splitlines(), passed + 1)]
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.removesuffix("\n").split("\n")


def _line(raw: bytes, number: int, met: Notes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            met.add("bad_bytes", number)
            return raw.decode(errors="replace")
        met.add("encoding_guessed", number)
        return raw.decode("cp1252", errors="replace")


def _utf16(head: bytes) -> str | None:
    """The byte order of UTF-16, told by its mark or by where the zeros stand; None for any other encoding."""
    if head.startswith(codecs.BOM_UTF16_LE) or head[1::2].count(0) * 10 > len(head) * 4:
        return "utf-16-le"
    if head.startswith(codecs.BOM_UTF16_BE) or head[::2].count(0) * 10 > len(head) * 4:
        return "utf-16-be"
    return None


def _as_utf8(head: bytes) -> bytes:
    order = _utf16(head)
    data = head.decode(order, errors="ignore").encode(errors="ignore") if order else head
    return data.removeprefix(codecs.BOM_UTF8)


def _utf8(file: BinaryIO) -> Iterator[bytes]:
    """The file's bytes block by block, as UTF-8 where they are UTF-16, without the byte order mark."""
    block = file.read(_BLOCK)
    order = _utf16(block)
    decoder = codecs.getincrementaldecoder(order)("replace") if order else None
    mark = codecs.BOM_UTF8
    while block:
        data = decoder.decode(block).encode() if decoder else block
        yield data.removeprefix(mark)
        mark = b""
        block = file.read(_BLOCK)
    if decoder:
        yield decoder.decode(b"", final=True).encode()
