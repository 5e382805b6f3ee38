"""HTML: the words that people wrote in it, as a reader of the page sees them, and pages cut at what they repeat."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import pairwise

from egregora.ingest import ByteSource
from egregora.ingest.lines import LONGEST, Notes, too_long

_BLOCK = 256 * 1024
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_END = re.compile(r"<br ?/?>\n?|</(?:p|li|h[1-6]|div|blockquote|pre|tr)>\n?", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def inline(html: str) -> str:
    """The text of a stretch of HTML within one paragraph, where only breaks end lines."""
    return unescape(_TAG.sub("", _BREAK.sub("\n", html))).strip()


def plain(html: str) -> str:
    """The text of a stretch of HTML; paragraphs and line breaks end lines."""
    return inline(_END.sub("\n", html))


def parts(source: ByteSource, start: re.Pattern[bytes], met: Notes | None = None) -> Iterator[str]:
    """A page, cut where `start` matches; what stands before the first match is a part of its own.

    What is no UTF-8 becomes U+FFFD and is noted. Raises `Unreadable` where a part is longer than anybody writes.
    """
    rest, line = b"", 1
    with source.open() as file:
        while block := file.read(max(_BLOCK, len(rest))):  # as much again, so that looking again stays cheap
            rest += block
            cuts = [0, *(found.start() for found in start.finditer(rest, 1))]
            for begin, end in pairwise(cuts):
                yield _decoded(rest[begin:end], line, met)
                line += rest.count(b"\n", begin, end) if met else 0
            rest = rest[cuts[-1] :]
            if len(rest) > LONGEST:
                raise too_long(source.name)
    yield _decoded(rest, line, met)


def _decoded(part: bytes, line: int, met: Notes | None) -> str:
    try:
        return part.decode()
    except UnicodeDecodeError as error:
        text = part.decode(errors="replace")
        if met:
            bad = text.count("\ufffd") - part.count("\ufffd".encode())
            met.add("bad_bytes", line + part.count(b"\n", 0, error.start), bad)
        return text
