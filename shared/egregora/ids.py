"""Identifiers: what each is made of, and the digests that make them."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import NewType

SourceId = NewType("SourceId", str)
"""One conversation: the platform's chat id, the upload's first folder, or the chat's name, as a slug."""

Partition = NewType("Partition", str)
"""A stretch of a source's calendar: ``2024-03``, ``2024``, ``all``; ``undated`` where messages have no time."""

Handle = NewType("Handle", str)
"""A person: ``@`` and 10 hex digits of an HMAC over the name or the platform's id."""

HANDLE = re.compile(r"@[0-9a-f]{10}(?![0-9a-f])")
"""A handle, alone or within running text."""

MessageId = NewType("MessageId", str)
"""Stable within its source; see :mod:`egregora.archive.identity`."""

SliceDigest = NewType("SliceDigest", str)
"""sha256 (hex) over a slice's uncompressed bytes."""

RecipeDigest = NewType("RecipeDigest", str)
"""sha256 (hex) over a recipe's canonical JSON."""

Signature = NewType("Signature", str)
"""sha256 (hex) over slice digest, recipe digest and model name: the id of a window's journal entry."""


def sha256(*parts: bytes | str) -> str:
    """Hex digest over `parts`, each preceded by its length so that no two lists of parts collide."""
    h = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        h.update(b"%d:" % len(data))
        h.update(data)
    return h.hexdigest()


def signature(slice_digest: SliceDigest, recipe: RecipeDigest, model: str) -> Signature:
    """Name the journal entry of a window: this slice under this recipe by this model."""
    return Signature(sha256(slice_digest, recipe, model))


def slug(text: str, *, length: int = 60) -> str:
    """Turn `text` into lower-case letters, digits and single dashes; letters of every script stay."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = re.findall(r"\w+", folded.replace("_", " "))
    return "-".join(words)[:length].strip("-")
