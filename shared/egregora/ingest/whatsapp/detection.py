"""Whether a text is a WhatsApp export, and in what shape."""

from __future__ import annotations

import re
from itertools import chain, islice

from egregora.ingest import ByteSource
from egregora.ingest.whatsapp import notices
from egregora.ingest.whatsapp.header import Look, look
from egregora.ingest.whatsapp.pattern import PREFIX
from egregora.ingest.whatsapp.text import MARKS, texts

_SAMPLE_LINES = 300
_SAMPLE_HEADERS = 300
_SAMPLE_BLOCKS = 48
_SAMPLE_STEP = 500
_MOST_LINES = 10_000
_PREFIX = re.compile(PREFIX)
_LEVEL = re.compile(r"(?:^|\W)(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|SEVERE)\W*$")


def sample(source: ByteSource) -> Look:
    """Look at a file's first lines, far enough to see some hundred headers."""
    found = chain.from_iterable(block.split("\n")[1:] for block in islice(texts(source), _SAMPLE_BLOCKS))
    lines: list[str] = []
    seen = Look((), 0)
    while len(seen.headers) < _SAMPLE_HEADERS and len(lines) < _MOST_LINES:
        more = [line[:400] for line in islice(found, _SAMPLE_STEP)]
        if not more:
            break
        lines += more
        seen = look(lines)
    return seen


def certainty(text: str) -> float:
    """How surely `text`, the start of a file, is an export: 0 no, 1 certain.

    Most lines that look dated must share one shape of header with a time, and somebody must have written something.
    """
    seen = look(text.split("\n")[:_SAMPLE_LINES])
    if not seen.headers or 2 * len(seen.headers) < seen.dated:
        return 0.0
    prefixes = [m[0] for h in seen.headers if (m := _PREFIX.match(h.rest))]
    named = [p for p in prefixes if p.endswith(":")]
    if not named and not any(notices.is_opening(h.rest) for h in seen.headers):
        return 0.0
    if 2 * sum(_LEVEL.search(p[:-1]) is not None for p in named) > len(prefixes):
        return 0.0  # the log of some server
    first = seen.headers[0]
    starts_with_it = text.lstrip(MARKS + " \n").startswith(first.raw.lstrip(MARKS))
    if len(seen.headers) > 1:
        return 1.0 if starts_with_it and notices.is_opening(first.rest) else 0.95
    return 0.7 if starts_with_it else 0.0
