"""Handles: what stands for a person everywhere past the reader.

A handle always holds at least one letter, so that a mention by number (``@4791234567``) is never taken for one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata

from egregora.ids import Handle

HANDLE = re.compile(r"(?<!\w)@(?=[0-9]*[a-f])[0-9a-f]{10}(?!\w)")
"""A handle in running text."""

BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
"""Marks of writing direction, for use inside a regular expression's class."""

_BIDI = re.compile(f"[{BIDI}]")
_PHONE = re.compile(r"[+＋]?[\d\s().\-‐‑–/]+")
_DIGITS = 10
_DIGEST = hashlib.sha256


class Handles:
    """Makes handles under one key: the same name or id gives the same handle, and no handle gives away a name."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of_name(self, name: str) -> Handle:
        """The handle of a display name; spellings that differ only by marks, spaces or a number's form are one."""
        return Handle("@" + self.digest("name", phone_digits(name) or normal_name(name)))

    def of_id(self, platform: str, author_id: str) -> Handle:
        """The handle of a person whom the platform gives an id."""
        return Handle("@" + self.digest("id", platform, author_id))

    def secret(self, purpose: str) -> bytes:
        """A key for `purpose` that gives away nothing of the key of handles."""
        return hmac.digest(self._key, f"secret:{purpose}".encode(), "sha256")

    def digest(self, *parts: str) -> str:
        """Ten hex digits of an HMAC-SHA256 over `parts`, with at least one letter among them."""
        message = b"".join(b"%d:%b" % (len(data), data) for data in (p.encode(errors="replace") for p in parts))
        block = hmac.new(self._key, message, _DIGEST).hexdigest()
        for start in range(len(block) - _DIGITS + 1):
            digits = block[start : start + _DIGITS]
            if not digits.isdecimal():
                return digits
        return "a" + block[: _DIGITS - 1]


def normal_name(name: str) -> str:
    """`name` composed, without direction marks or the tilde of unsaved contacts, with plain single spaces."""
    plain = _BIDI.sub("", unicodedata.normalize("NFC", name))
    return " ".join(plain.strip().removeprefix("~").split())


def phone_digits(name: str) -> str:
    """The ASCII digits of a name that is a phone number, without an international prefix; else an empty string."""
    plain = normal_name(name)
    if not _PHONE.fullmatch(plain):
        return ""
    digits = "".join(str(unicodedata.decimal(char)) for char in plain if char.isdecimal())
    digits = digits.removeprefix("00")
    return digits if 7 <= len(digits) <= 15 else ""
