"""Finding a conversation's own people in its texts: full display names, mentions and numbers.

A full name counts wherever it is a word of its own, in any case, also written as in addresses (``grace-hopper``).
What could be anything else counts only where it surely is a person:

- a name that is a common word ("Will", "May"): with a capital, in a mention, in a notice;
- a name of a single letter, of digits or of symbols alone: in a mention, in a notice;
- the first word of a longer name, where nobody shares it: in a mention.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

import phonenumbers

from egregora.ids import Handle
from egregora.privacy.handles import BIDI, Handles, normal_name, phone_digits
from egregora.privacy.writing_systems import edged, right_edge

_COMMON_IN = ("en", "pt", "es", "de", "fr")
_JOINT = rf"(?:[\s_.+\-{BIDI}]|%20)"
_NUMBER_JOINT = r"[\s().\-‐‑–/]{0,3}"
_TRUNK = r"(?:\(?[0٠۰０]\)?[\s.\-/]?)?"
_MENTION = rf"[@＠][{BIDI}]*"
_MENTIONED = rf"(?:(?<=[@＠])|(?<=[@＠][{BIDI}]))"
_LEAD = rf"(?:{_MENTION})?(?:~\s?)?"
_NEVER = re.compile(r"(?!)")
_ALIKE = {
    **dict.fromkeys("'’‘`´ʼ", "['’‘`´ʼ]"),
    **dict.fromkeys("-‐‑–", "[-‐‑–]"),
    "\ufe0f": "\ufe0f?",
}
_DIGITS = {str(n): f"[{n}{chr(0x660 + n)}{chr(0x6F0 + n)}{chr(0x966 + n)}{chr(0xFF10 + n)}]" for n in range(10)}


@dataclass(frozen=True, slots=True)
class Form:
    """One way a person is written. `anywhere` is False where it counts in notices only."""

    pattern: str
    length: int
    handle: Handle
    anywhere: bool = True


class Participants:
    """Everybody of one conversation, and how to find them in a text."""

    def __init__(self, handles: Handles, names: Iterable[str]) -> None:
        self.names: dict[str, Handle] = {}
        self.numbers: dict[str, Handle] = {}
        for name in names:
            if digits := phone_digits(name):
                self.numbers[digits] = handles.of_name(name)
            elif plain := normal_name(name):
                self.names.setdefault(plain, handles.of_name(name))
        forms = [*self._name_forms(), *(f for item in self.numbers.items() for f in _number_forms(*item))]
        forms.sort(key=lambda form: (-form.length, form.pattern))
        self._texts = _Finder([form for form in forms if form.anywhere])
        self._notices = _Finder(forms)

    def matches(self, text: str, *, notice: bool = False) -> Iterator[tuple[int, int, Handle]]:
        """Start, end and handle of every participant in `text`, from left to right; `notice`: a system message."""
        return (self._notices if notice else self._texts).matches(text)

    def any_in(self, text: str) -> bool:
        """Whether `text` names a participant, also by a single word of a longer name, or holds one's number."""
        if next(self.matches(text, notice=True), None):
            return True
        words = {word.casefold() for name in self.names for word in name.split() if is_telling(word)}
        return not words.isdisjoint(re.split(r"[^\w]+|_", unicodedata.normalize("NFC", text).casefold()))

    @property
    def mentions_only(self) -> frozenset[str]:
        """Names that ordinary text may hold without meaning the person."""
        return frozenset(name for name in self.names if not is_telling(core(name)))

    def _name_forms(self) -> Iterator[Form]:
        firsts = Counter(words[0].casefold() for name in self.names if (words := core(name).split()))
        plain = {name.casefold() for name in self.names}
        for name, handle in self.names.items():
            bare = core(name)
            yield from _whole_forms(name, handle)
            if bare and bare != name and bare.casefold() not in plain:
                plain.add(bare.casefold())
                yield from _whole_forms(bare, handle)
            first = bare.split(maxsplit=1)[0] if " " in bare else ""
            if first and firsts[first.casefold()] == 1 and first.casefold() not in plain:
                yield Form(_MENTIONED + _spelling(first) + right_edge(first[-1]), len(first), handle)


class _Finder:
    """One regular expression for many forms; its last group tells which form was met."""

    def __init__(self, forms: list[Form]) -> None:
        self._handles = [form.handle for form in forms]
        alternatives = "|".join(f"({form.pattern})" for form in forms)
        pattern = rf"{_LEAD}(?:{alternatives})\u2069?"
        self._pattern = re.compile(pattern, re.IGNORECASE) if forms else _NEVER

    def matches(self, text: str) -> Iterator[tuple[int, int, Handle]]:
        for match in self._pattern.finditer(text):
            yield match.start(), match.end(), self._handles[(match.lastindex or 1) - 1]


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
    return name.casefold() in _common_words()


def is_telling(name: str) -> bool:
    """Whether a name surely means a person wherever it stands: two letters or more, and no common word."""
    letters = sum(1 for char in name if char.isalpha() or unicodedata.category(char)[0] == "M")
    return letters >= 2 and not is_common_word(name)


@cache
def _common_words() -> frozenset[str]:
    from stopwordsiso import stopwords

    return frozenset(word for word in stopwords(_COMMON_IN) if word.isalpha())


def _is_ornament(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in ("So", "Sk", "Sm", "Cf", "Co", "Cn") or char == "\ufe0f"


def _whole_forms(name: str, handle: Handle) -> Iterator[Form]:
    """A full name, where it may be taken for the person."""
    words = name.split()
    joint = _JOINT + ("{0,3}" if len(words) > 1 and sum(map(len, words)) >= 8 else "{1,3}")
    spelt = joint.join(map(_spelling, words))
    if is_telling(name):
        yield Form(edged(spelt, name), len(name), handle)
        return
    yield Form(_MENTIONED + spelt + right_edge(name[-1]), len(name), handle)
    alone = edged(spelt, name) if any(map(str.isalnum, name)) else rf"(?<!\S){spelt}(?!\S)"
    yield Form(alone, len(name), handle, anywhere=False)
    if is_common_word(name):
        capitals = "|".join(sorted({re.escape(name.title()), re.escape(name.upper())}))
        yield Form(edged(f"(?-i:{capitals})", name), len(name), handle)


def spellings(word: str) -> list[str]:
    """A word as it may stand in a text: composed, decomposed, with sharp s as ss, and as in web addresses."""
    forms = {
        word: None,
        unicodedata.normalize("NFD", word): None,
        word.casefold() if "ß" in word else word: None,
        quote(word, safe="'"): None,
        quote(word.lower(), safe="'"): None,
    }
    return list(forms)


def _spelling(word: str) -> str:
    forms = ["".join(_ALIKE.get(char) or re.escape(char) for char in form) for form in spellings(word)]
    return forms[0] if len(set(forms)) == 1 else f"(?:{'|'.join(dict.fromkeys(forms))})"


def _number_forms(digits: str, handle: Handle) -> Iterator[Form]:
    """A phone number in its international and, where it can be told apart, its national form."""
    start, end = r"(?<!\d)", r"(?!\d)"
    prefix = r"(?:[+＋]|00)?" + _NUMBER_JOINT
    country, national = _parts(digits)
    if country:
        yield Form(start + prefix + _run(country) + _NUMBER_JOINT + _TRUNK + _run(national) + end, 99, handle)
        if len(national) >= 7:
            yield Form(start + _TRUNK + _run(national) + end, 98, handle)
    else:
        yield Form(start + prefix + _run(digits) + end, 99, handle)


def _parts(digits: str) -> tuple[str, str]:
    """Country code and national number; both empty where the digits are no international number."""
    try:
        number = phonenumbers.parse("+" + digits)
    except phonenumbers.NumberParseException:
        return "", ""
    country = str(number.country_code)
    return country, digits.removeprefix(country)


def _run(digits: str) -> str:
    return _NUMBER_JOINT.join(_DIGITS[digit] for digit in digits)
