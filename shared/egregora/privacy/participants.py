"""Finding a conversation's own people in its texts: full display names, mentions and numbers.

A full name counts wherever it is a word of its own, in any case, also written as in addresses (``grace-hopper``).
What could be anything else counts only where it surely is a person:

- a name that is a common word ("Will", "May"): with a capital, in a mention, in a notice;
- a name of a single letter, of digits or of symbols alone: in a mention, in a notice;
- the first word of a longer name, where nobody shares it: in a mention.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from egregora.ids import Handle
from egregora.privacy.handles import BIDI, Handles, normal_name, phone_digits
from egregora.privacy.numbers import number_pattern
from egregora.privacy.spelling import core, fold, is_common_word, is_telling, spellings
from egregora.privacy.writing_systems import left_edge, right_edge, words_of

Match = tuple[int, int, Handle]

_JOINT = rf"(?:[\s_.+\-{BIDI}]|%20)"
# Edges look back past the first character, for a pattern that starts with a plain one is found far sooner.
_MENTIONED = rf"(?:(?<=[@＠].)|(?<=[@＠][{BIDI}].))"
_ALONE = r"(?<!\S.)"
_BEFORE = re.compile(rf"(?:[@＠][{BIDI}]*)?(?:~\s?)?\Z")


@dataclass(frozen=True, slots=True)
class Form:
    """One way a person is written in a folded text. A capital may be asked for, or a notice."""

    pattern: str
    length: int
    handle: Handle
    capital: bool = False
    notices_only: bool = False


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
        forms = list(self._forms())
        self._texts = _Finder([form for form in forms if not form.notices_only])
        self._notices = _Finder(forms)
        self._numbers = [(re.compile(number_pattern(digits)), handle) for digits, handle in self.numbers.items()]
        self._words = frozenset(word for name in self.names for word in words_of(fold(name)) if is_telling(word))

    def matches(self, text: str, *, notice: bool = False) -> Iterator[Match]:
        """Start, end and handle of every participant in `text`; `notice`: it is a system message."""
        yield from (self._notices if notice else self._texts).matches(text)
        if self._numbers and sum(map(str.isdecimal, text)) >= 7:
            for pattern, handle in self._numbers:
                for match in pattern.finditer(text):
                    yield match.start(), match.end(), handle

    def named_in(self, text: str) -> bool:
        """Whether `text` names a participant, also by a single word of a longer name, or holds one's number."""
        return any(True for _ in self.matches(text, notice=True)) or not self._words.isdisjoint(words_of(fold(text)))

    def hinted_in(self, text: str) -> bool:
        """Whether a word of a participant's name, of three letters or more, stands anywhere in `text`."""
        folded = fold(text)
        return self.named_in(text) or any(
            spelling in folded for word in self._words if len(word) > 2 for spelling in spellings(word)
        )

    def _forms(self) -> Iterator[Form]:
        firsts = Counter(words[0].casefold() for name in self.names if (words := core(name).split()))
        taken = {name.casefold() for name in self.names}
        for name, handle in self.names.items():
            bare = core(name)
            yield from _whole(name, handle)
            if bare and bare.casefold() not in taken:
                taken.add(bare.casefold())
                yield from _whole(bare, handle)
            first = bare.split(maxsplit=1)[0] if " " in bare else ""
            if firsts[first.casefold()] == 1 and first.casefold() not in taken:
                yield from _spelt([first], _MENTIONED, handle)


class _Finder:
    """Finds many forms at once: one pattern to find where any stands, another to tell which it is."""

    def __init__(self, forms: list[Form]) -> None:
        # The longest first, and of one length those that ask for no capital.
        self._forms = sorted(forms, key=lambda form: (-form.length, form.capital, form.pattern))
        self._any = re.compile("|".join(form.pattern for form in self._forms) or r"(?!)", re.DOTALL)
        self._which = re.compile("|".join(f"({form.pattern})" for form in self._forms) or r"(?!)", re.DOTALL)

    def matches(self, text: str) -> Iterator[Match]:
        folded = fold(text)
        position = 0
        while found := self._any.search(folded, position):
            which = self._which.match(folded, found.start())
            form = self._forms[which.lastindex - 1] if which and which.lastindex else None
            start, end = found.span()
            if form and not (form.capital and text[start:end].islower()):
                lead = _BEFORE.search(text, max(position, start - 8), start)
                end += text[end : end + 1] == "\u2069"
                yield (lead.start() if lead else start), end, form.handle
                position = end
            else:
                position = start + 1


def _whole(name: str, handle: Handle) -> Iterator[Form]:
    """A full name, where it may be taken for the person."""
    words, edge = name.split(), left_edge(name[0])
    if is_telling(name):
        yield from _spelt(words, edge, handle)
        return
    yield from _spelt(words, _MENTIONED, handle)
    if is_common_word(name):
        yield from _spelt(words, edge, handle, capital=True)
    symbols = not any(map(str.isalnum, name))
    yield from _spelt(words, _ALONE if symbols else edge, handle, r"(?!\S)" if symbols else "", notices_only=True)


def _spelt(
    words: list[str], edge: str, handle: Handle, after: str = "", *, capital: bool = False, notices_only: bool = False
) -> Iterator[Form]:
    """The forms of a name of several words; each starts with a plain character."""
    letters = sum(map(len, words))
    joint = _JOINT + ("{0,3}" if letters >= 8 else "{1,3}")
    rest = "".join(f"{joint}(?:{'|'.join(map(_literal, spellings(fold(word))))})" for word in words[1:])
    for first in spellings(fold(words[0])):
        pattern = re.escape(first[0]) + edge + _literal(first[1:]) + rest + right_edge(words[-1][-1]) + after
        yield Form(pattern, letters + len(words), handle, capital, notices_only)


def _literal(text: str) -> str:
    return re.escape(text).replace("\ufe0f", "\ufe0f?")
