"""Delimiters: the marks between which a request holds chat.

A mark is an HMAC over what it encloses, so that whoever writes in the chat cannot guess it without the key, while the
same request, made again, has the same mark and is found in the ledger.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

_LABEL = b"egregora delimiter 1"
_DIGITS = 24


def enclose(key: bytes, parts: Sequence[tuple[str, str]]) -> str:
    """Put each of `parts` (a name of ours, its untrusted text) between two lines that carry one mark.

    The mark occurs in none of the texts, and depends on all of them.
    """
    mark = _mark(key, parts)
    return "\n".join(f"=== BEGIN {name} {mark} ===\n{text}\n=== END {name} {mark} ===" for name, text in parts) + "\n"


def _mark(key: bytes, parts: Sequence[tuple[str, str]]) -> str:
    content = hmac.new(key, _LABEL, "sha256")
    for name, text in parts:
        data = text.encode()
        content.update(b"%s:%d:" % (name.encode(), len(data)))
        content.update(data)
    counter = 0
    while True:
        derived = content.copy()
        derived.update(b"#%d" % counter)
        mark = derived.hexdigest()[:_DIGITS]
        if not any(mark in text for _, text in parts):
            return mark
        counter += 1
