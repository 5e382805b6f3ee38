"""Latin-1: most texts fit into one byte a character, and are worked on as bytes in a fraction of the time."""

from __future__ import annotations


def latin(text: str) -> bytes | None:
    """`text` in Latin-1, position by position; None where a character is not among its 256."""
    encoded = text.encode("latin-1", "ignore")
    return encoded if len(encoded) == len(text) else None


def is_latin(text: str) -> bool:
    """Whether all of `text` is Latin-1."""
    return text.isascii() or latin(text) is not None
