"""From bytes to text, block by block, cut where lines begin."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator

from egregora.ingest import ByteSource
from egregora.ingest.lines import Notes

BLOCK = 96 * 1024

MARKS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
"""Invisible marks of direction, and the byte order mark: they may stand anywhere and mean nothing."""

LABEL_MARK = "\u200e"
"""What an iPhone puts before its own words, and before notices that it gives an author."""

SPACES = "\u00a0\u202f\u2009"
"""Spaces that stand for a plain one."""

SPACE = f"[ {SPACES}]"
"""A pattern of one space of any kind."""

MARK = f"[{MARKS}]*"
"""A pattern of any number of marks."""

_REPLACED = "\ufffd"
_ANY_MARK = re.compile(f"[{MARKS}]")
_ANY_SPACE = re.compile(f"[{SPACES}]")
_DIGIT = re.compile(r"[^\D0-9]")


def unmarked(text: str) -> str:
    """Without marks of direction."""
    return text if text.isascii() else _ANY_MARK.sub("", text)


def plain(text: str) -> str:
    """Without marks of direction and with every space a plain one."""
    return text if text.isascii() else _ANY_SPACE.sub(" ", _ANY_MARK.sub("", text))


def ascii_digits(text: str) -> str:
    """Every decimal digit as ASCII."""
    return text if text.isascii() else _DIGIT.sub(lambda m: str(int(m[0])), text)


def fold(text: str) -> str:
    """The form in which phrases are compared: plain, case-folded, without a final full stop."""
    return plain(text).casefold().strip().rstrip(".。।")


def encoding(head: bytes) -> str:
    """UTF-16 where its mark says so, else UTF-8."""
    return "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"


def decode(head: bytes) -> str:
    """The text of a file's first bytes; a character cut in two at the end is left out."""
    decoder = codecs.getincrementaldecoder(encoding(head))("replace")
    return io.IncrementalNewlineDecoder(None, translate=True).decode(decoder.decode(head), final=True)


def blocks(source: ByteSource, met: Notes | None = None) -> Iterator[bytes]:
    r"""The text as UTF-8, in blocks of about `BLOCK` bytes; joined, they are ``\n`` and the whole text.

    CR LF and CR become ``\n``. A block starts at a line's ``\n``, so that what stands at the start of a line is never
    cut in two; only a line longer than a block goes on in the next, which then starts without ``\n``. With `met`,
    bytes that are no text become U+FFFD and are noted there; without it UTF-8 passes as it is.
    """
    with source.open() as f:
        data = f.read(BLOCK)
        clean = _Cleaner(encoding(data), met)
        rest = b"\n"
        while data:
            rest += clean(data)
            cut = rest.rfind(b"\n")
            if cut > 0:
                yield rest[:cut]
                rest = rest[cut:]
            elif len(rest) > BLOCK:
                yield rest
                rest = b""
            data = f.read(BLOCK)
        rest += clean(b"", final=True)
        if rest:
            yield rest


def texts(source: ByteSource) -> Iterator[str]:
    """The same blocks as text, whatever the bytes."""
    return (block.decode(errors="replace") for block in blocks(source, Notes()))


class _Cleaner:
    r"""Makes a file's bytes UTF-8 with ``\n`` as line end; costs next to nothing where they are."""

    def __init__(self, encoding: str, met: Notes | None) -> None:
        self._met = met
        self._decoder: io.IncrementalNewlineDecoder | None = None
        if encoding != "utf-8" or met is not None:
            decoder = codecs.getincrementaldecoder(encoding)("strict" if met is None else "replace")
            self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        self._passed = 0
        self._held = b""

    def __call__(self, data: bytes, *, final: bool = False) -> bytes:
        if self._decoder is not None:
            text = self._decoder.decode(data, final)
            if self._met is not None:
                self._note(text, data, self._met)
            return text.encode()
        if self._held or b"\r" in data:
            data = self._held + data
            self._held = b"\r" if data.endswith(b"\r") and not final else b""  # its LF may be still to come
            data = data.removesuffix(self._held).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return data

    def _note(self, text: str, data: bytes, met: Notes) -> None:
        if _REPLACED in text:
            for number, line in enumerate(text.split("\n"), self._passed + 1):
                if _REPLACED in line and line.encode() not in data:  # else it was sent
                    met.add("bad_bytes", number, line.count(_REPLACED))
        self._passed += text.count("\n")
