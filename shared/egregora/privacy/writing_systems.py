"""Where a word begins and ends, for every script: what ``\\b`` cannot know.

Combining marks belong to the letter before them; Chinese, Japanese, Thai and their kin write without spaces, so a
name there may touch other letters; Korean particles follow a name, and Arabic and Hebrew ones stand before it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_RANGES = (
    ("hangul", 0x1100, 0x11FF),
    ("hangul", 0x3130, 0x318F),
    ("hangul", 0xAC00, 0xD7AF),
    ("hebrew", 0x0590, 0x05FF),
    ("arabic", 0x0600, 0x077F),
    ("arabic", 0x08A0, 0x08FF),
    ("unspaced", 0x0E00, 0x0FFF),
    ("unspaced", 0x1000, 0x109F),
    ("unspaced", 0x1780, 0x17FF),
    ("unspaced", 0x3040, 0x30FF),
    ("unspaced", 0x31F0, 0x31FF),
    ("unspaced", 0x3400, 0x4DBF),
    ("unspaced", 0x4E00, 0x9FFF),
    ("unspaced", 0xF900, 0xFAFF),
    ("unspaced", 0xFF66, 0xFF9F),
    ("unspaced", 0x20000, 0x3FFFF),
)


def _class(script: str) -> str:
    return "".join(f"{chr(first)}-{chr(last)}" for kind, first, last in _RANGES if kind == script)


_HANGUL = f"[{_class('hangul')}]"
_MARK_SPANS = (
    (0x300, 0x1FFF),
    (0x20D0, 0x20FF),
    (0x2CEF, 0x2DFF),
    (0xA66F, 0xABFF),
    (0xFB1E, 0xFB1F),
    (0x10A00, 0x11FFF),
)

LETTER = rf"[^\W\d_{_class('unspaced')}{_class('hangul')}]"
"""A letter of a script that puts spaces between words."""


def left_edge(first: str) -> str:
    """What must hold before a name that starts with `first`, said after that character."""
    script = _script(first)
    if script in ("none", "unspaced"):
        return ""
    if script == "digit":
        return r"(?<!\d.)"
    letter = _HANGUL if script == "hangul" else LETTER
    alone = f"(?<!{letter}.)(?<!{marks()}.)"
    particles = {"arabic": "وفبلك", "hebrew": "ובלכמשה"}.get(script)
    if not particles:
        return alone
    joined = f"(?<=[{particles}].)"
    return f"(?:{alone}|{joined}(?<!{letter}..)|{joined}(?<=[وו]..)(?<!{letter}...))"


def right_edge(last: str) -> str:
    """What must hold after a name that ends with `last`."""
    script = _script(last)
    if script == "none":
        return ""
    if script in ("unspaced", "hangul"):
        return f"(?!{marks()})"
    return r"(?!\d)" if script == "digit" else f"(?!{LETTER}|{marks()})"


@cache
def marks() -> str:
    """A regular expression's class of combining marks (without variation selectors, which follow symbols)."""
    spans: list[list[int]] = []
    for first, last in _MARK_SPANS:
        for code in range(first, last + 1):
            if unicodedata.category(chr(code))[0] == "M":
                if spans and spans[-1][1] == code - 1:
                    spans[-1][1] = code
                else:
                    spans.append([code, code])
    return "[" + "".join(f"{chr(a)}-{chr(b)}" if a < b else chr(a) for a, b in spans) + "]"


def words_of(text: str) -> list[str]:
    """The words of `text`: letters and digits with their marks."""
    return re.findall(f"(?:[^\\W_]|{marks()})+", text)


def _script(char: str) -> str:
    """The kind of script of a name's edge: what decides where a word ends there."""
    if char.isdecimal():
        return "digit"
    if not char.isalpha() and unicodedata.category(char)[0] != "M":
        return "none"
    code = ord(char)
    return next((script for script, first, last in _RANGES if first <= code <= last), "spaced")
