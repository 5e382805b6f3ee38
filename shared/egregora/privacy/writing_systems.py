"""Where a word begins and ends, for every script: what ``\\b`` cannot know.

Combining marks belong to the letter before them; Chinese, Japanese, Thai and their kin write without spaces, so a
name there may touch other letters; Korean particles follow a name, and Arabic and Hebrew ones stand before it.
"""

from __future__ import annotations

import unicodedata

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
_OTHERS = "".join(f"{chr(first)}-{chr(last)}" for kind, first, last in _RANGES if kind in ("hangul", "unspaced"))
_PARTICLES = {
    script: [*letters, *(conjunction + letter for letter in letters)]
    for script, conjunction, letters in (("arabic", "و", "وفبلك"), ("hebrew", "ו", "ובלכמשה"))
}

LETTER = rf"[^\W\d_{_OTHERS}]"
"""A regular expression for a letter of a script that puts spaces between words."""


def begins_word(text: str, start: int) -> bool:
    """Whether a word that stands at `start` begins there."""
    script = _script(text[start])
    if start == 0 or script in ("symbol", "unspaced"):
        return True
    if script == "digit":
        return not text[start - 1].isdecimal()
    if not _joins(text[start - 1], script):
        return True
    return any(
        text[start - len(particle) : start] == particle
        and (start == len(particle) or not _joins(text[start - len(particle) - 1], script))
        for particle in _PARTICLES.get(script, ())
    )


def ends_word(text: str, end: int) -> bool:
    """Whether a word that stands before `end` ends there."""
    script = _script(text[end - 1])
    if end == len(text) or script == "symbol":
        return True
    if script == "digit":
        return not text[end].isdecimal()
    if script in ("unspaced", "hangul"):
        return not _is_mark(text[end])
    return not _joins(text[end], script)


def is_spaced(word: str) -> bool:
    """Whether `word` is of a script where spaces or punctuation part it from every other word."""
    return all(_script(char) == "spaced" for char in word)


def words_of(text: str) -> list[str]:
    """The words of `text`: letters and digits with their marks."""
    return "".join(char if char.isalnum() or _is_mark(char) else " " for char in text).split()


def _joins(char: str, script: str) -> bool:
    """Whether `char` beside a letter of `script` is of the same word."""
    other = _script(char)
    if script == "hangul":
        return other == "hangul"
    return other not in ("symbol", "digit", "unspaced", "hangul") or _is_mark(char)


def _script(char: str) -> str:
    """The kind of script that a character is of: what decides where a word ends there."""
    if char.isdecimal():
        return "digit"
    if not char.isalpha() and not _is_mark(char):
        return "symbol"
    code = ord(char)
    return next((script for script, first, last in _RANGES if first <= code <= last), "spaced")


def _is_mark(char: str) -> bool:
    """Whether `char` belongs to the letter before it; selectors of a symbol's look do not."""
    return unicodedata.category(char)[0] == "M" and not "\ufe00" <= char <= "\ufe0f"
