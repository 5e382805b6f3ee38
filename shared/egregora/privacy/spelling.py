"""How one name may be spelt in a text, and how much a name tells by itself."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from urllib.parse import quote

from egregora.latin import latin

_COMMON_IN = ("en", "pt", "es", "de", "fr")
_ALIKE = {"ı": "i", "ſ": "s", "ς": "σ", "µ": "μ"} | dict.fromkeys("’‘`´ʼ", "'") | dict.fromkeys("‐‑–", "-")


def fold(text: str) -> str:
    """`text` in lower case with look-alikes made one, character for character: positions stay what they were."""
    encoded = latin(text)
    if encoded is None or _MICRO in encoded:
        return _fold(text)
    return encoded.translate(_FOLDED).decode("latin-1")


def _fold(text: str) -> str:
    lowered = text.lower()
    if len(lowered) != len(text):  # a capital dotted I is two characters in lower case
        lowered = "".join(char.lower()[0] for char in text)
    for char, plain in _ALIKE.items():
        if char in lowered:
            lowered = lowered.replace(char, plain)
    return lowered


_MICRO = "µ".encode("latin-1")
"""The one sign of Latin-1 that folds to a letter beyond it."""

_FOLDED = "".join(_fold(char) if char != "µ" else char for char in map(chr, range(256))).encode("latin-1")


def spellings(word: str) -> list[str]:
    """A folded word as a folded text may hold it: composed or not, with ss for a sharp s, as in web addresses."""
    forms = [
        word,
        unicodedata.normalize("NFC", word),
        unicodedata.normalize("NFD", word),
        word.replace("ß", "ss"),
        quote(word, safe="'").lower(),
    ]
    # An address holds the bytes of the letter as it was typed.
    forms += [fold(quote(form, safe="'")) for form in (word.upper(), word.title()) if len(form) == len(word)]
    return list(dict.fromkeys(forms))


def core(name: str) -> str:
    """A name without the symbols and emoji at its ends."""
    first, last = 0, len(name)
    while first < last and _is_ornament(name[first]):
        first += 1
    while first < last and _is_ornament(name[last - 1]):
        last -= 1
    return name[first:last]


def is_common_word(name: str) -> bool:
    """Whether a name of one word is an everyday word of a language that tells names by their capital."""
    return len(name) > 1 and name.casefold() in _common_words()


def is_telling(name: str) -> bool:
    """Whether a name surely means a person wherever it stands: two letters or more, and no common word."""
    letters = sum(1 for char in name if char.isalpha() or unicodedata.category(char)[0] == "M")
    return letters >= 2 and not is_common_word(name)


@cache
def _common_words() -> frozenset[str]:
    from stopwordsiso import stopwords

    return frozenset(word for word in stopwords(_COMMON_IN) if re.fullmatch(r"[^\W\d_]+", word))


def _is_ornament(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in ("So", "Sk", "Sm", "Cf", "Co", "Cn") or char == "\ufe0f"
