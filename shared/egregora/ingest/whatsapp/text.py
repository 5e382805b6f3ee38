"""From bytes to text, block by block, cut where lines begin."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from egregora.ingest import ByteSource

BLOCK = 128 * 1024

MARKS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
"""Invisible marks of direction, and the byte order mark: they may stand anywhere and mean nothing."""

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


def blocks(source: ByteSource, damage: Damage | None = None) -> Iterator[str]:
    r"""The text as blocks of about `BLOCK` bytes; joined, they are ``\n`` and the whole text.

    CR LF and CR become ``\n``. A block starts at a line's ``\n``, so that what stands at the start of a line is never
    cut in two; only a line longer than a block goes on in the next, which then starts without ``\n``. Invalid bytes
    become U+FFFD and are counted in `damage`.
    """
    with source.open() as f:
        data = f.read(BLOCK)
        decoder = codecs.getincrementaldecoder(encoding(data))("strict")
        if encoding(data) == "utf-8":
            raw = b"\n" + data
            while data and b"\r" not in data:  # the usual text is cut as bytes, which are the cheapest to copy
                cut = raw.rfind(b"\n")
                if cut > 0:
                    yield _decoded(decoder, raw[:cut], damage, final=True)
                    raw = raw[cut:]
                elif len(raw) > BLOCK:
                    break
                data = f.read(BLOCK)
                raw += data
            rest, data = "", raw
        else:
            rest = "\n"
        yield from _general(f, decoder, rest, data, damage)


def _general(
    f: BinaryIO, decoder: codecs.IncrementalDecoder, rest: str, data: bytes, damage: Damage | None
) -> Iterator[str]:
    """Blocks of any text, from `rest` and `data` on: other encodings, other line ends, endless lines."""
    lines = _Lines()
    while data:
        rest += lines.decode(_decoded(decoder, data, damage, final=False))
        cut = rest.rfind("\n")
        if cut > 0:
            yield rest[:cut]
            rest = rest[cut:]
        elif len(rest) > BLOCK:
            yield rest
            rest = ""
        data = f.read(BLOCK)
    rest += lines.decode(_decoded(decoder, b"", damage, final=True), final=True)
    if rest:
        yield rest


class _Lines:
    r"""Makes CR LF and CR to ``\n``; costs next to nothing for a text without CR."""

    def __init__(self) -> None:
        self._decoder: io.IncrementalNewlineDecoder | None = None

    def decode(self, text: str, *, final: bool = False) -> str:
        if self._decoder is None and "\r" in text:
            self._decoder = io.IncrementalNewlineDecoder(None, translate=True)
        return text if self._decoder is None else self._decoder.decode(text, final)


def _decoded(decoder: codecs.IncrementalDecoder, data: bytes, damage: Damage | None, *, final: bool) -> str:
    try:
        return decoder.decode(data, final)
    except UnicodeDecodeError:
        decoder.errors = "replace"
        text = decoder.decode(data, final)
        decoder.errors = "strict"
        if damage is not None:
            damage.sequences += max(1, text.count("\ufffd") - data.count(b"\xef\xbf\xbd"))
        return text
