"""From bytes to text, block by block, cut where lines begin."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from egregora.ingest import ByteSource

BLOCK = 32 * 1024

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


@dataclass(slots=True)
class Damage:
    """Byte sequences that were no text and became U+FFFD."""

    sequences: int = 0


def encoding(head: bytes) -> str:
    """UTF-16 where its mark says so, else UTF-8."""
    return "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"


def decode(head: bytes) -> str:
    """The text of a file's first bytes; a character cut in two at the end is left out."""
    decoder = codecs.getincrementaldecoder(encoding(head))("replace")
    return io.IncrementalNewlineDecoder(None, translate=True).decode(decoder.decode(head), final=True)


def blocks(source: ByteSource, damage: Damage | None = None) -> Iterator[bytes]:
    r"""The text as UTF-8, in blocks of about `BLOCK` bytes; joined, they are ``\n`` and the whole text.

    CR LF and CR become ``\n``. A block starts at a line's ``\n``, so that what stands at the start of a line is never
    cut in two; only a line longer than a block goes on in the next, which then starts without ``\n``. With `damage`,
    bytes that are no text become U+FFFD and are counted there; without it UTF-8 passes as it is.
    """
    with source.open() as f:
        data = f.read(BLOCK)
        clean = _Cleaner(encoding(data), damage)
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
    return (block.decode(errors="replace") for block in blocks(source, Damage()))


class _Cleaner:
    r"""Makes a file's bytes UTF-8 with ``\n`` as line end; costs next to nothing where they are."""

    def __init__(self, encoding: str, damage: Damage | None) -> None:
        self._damage = damage
        errors = "strict" if damage is None else "replace"
        plain = encoding == "utf-8" and damage is None
        self._decoder = None if plain else codecs.getincrementaldecoder(encoding)(errors)
        self._held = b""

    def __call__(self, data: bytes, *, final: bool = False) -> bytes:
        if self._decoder is not None:
            text = self._decoder.decode(data, final)
            if self._damage is not None and "\ufffd" in text:
                self._damage.sequences += max(0, text.count("\ufffd") - data.count(b"\xef\xbf\xbd"))
            data = text.encode()
        if self._held or b"\r" in data:
            data = self._held + data
            self._held = b"\r" if data.endswith(b"\r") and not final else b""  # its LF may be still to come
            data = data.removesuffix(self._held).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return data
