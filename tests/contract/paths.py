"""Paths that no store may take, and odd ones that every store must."""

from __future__ import annotations

UNSAFE = ["", "/", "/etc/passwd", "..", "../a", "a/../b", "a/..", ".", "./a", "a//b", "a/", "a\x00b", "a\nb", "\ud800"]
UNSAFE += ["a" * 256, "/".join(["abcdefg"] * 200)]
ODD = [
    "with space",
    "100%",
    "-rf",
    "~",
    "a:b*?",
    "..a",
    "...",
    ".hidden/x",
    "back\\slash",
    "chat – Ñandú 🎉.zip",
    "ä" * 120,
]
