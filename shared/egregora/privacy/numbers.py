"""Finding participants' phone numbers however they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from egregora.ids import Handle
from egregora.latin import latin

MANY_DIGITS = re.compile(r"\d(?:(?:[^\w\n]{0,5}\d){5}|\d[a-z]\d\d[a-z]\d{3}|(?<=[a-z]\d)\d{3}[a-z])", re.IGNORECASE)
"""What every phone, card, bank or id number holds: six digits close together, or one of the rare mixed shapes."""

_MANY_NOUGHTS = re.compile(MANY_DIGITS.pattern.replace(r"\d", "0"), re.IGNORECASE)
_NOUGHTS = bytes(ord("0") if chr(byte).isdecimal() else byte for byte in range(256))

_RUN = re.compile(r"\d(?:[^\S\n]?[().\-‐‑–/]{0,2}[^\S\n]?\d){6,}")
_LEAD = re.compile(r"(?:[@＠]\u2068?)?(?:[+＋][^\S\n]?)?(\()?\Z")
_SHORTEST = 7


def many_digits(text: str) -> Iterator[int]:
    """Where `MANY_DIGITS` matches; a long Latin text is gone through by one character, several times as fast."""
    encoded = latin(text)
    if encoded is None:
        found = MANY_DIGITS.finditer(text)
    else:
        found = _MANY_NOUGHTS.finditer(encoded.translate(_NOUGHTS).decode("latin-1"))
    return (match.start() for match in found)


class Numbers:
    """Participants by their phone numbers, which are given as digits with the country's code."""

    def __init__(self, handles: Mapping[str, Handle]) -> None:
        self._forms: dict[str, Handle] = {}
        for digits, handle in handles.items():
            for form in _forms(digits):
                self._forms.setdefault(form, handle)
        self._forms.update(handles)
        self._lengths = sorted({len(form) for form in self._forms}, reverse=True)

    def matches(self, text: str) -> Iterator[tuple[int, int, Handle]]:
        """Start, end and handle of every participant's number in `text`."""
        if not self._forms:
            return
        for run in _RUN.finditer(text):
            places = [place for place in range(*run.span()) if text[place].isdecimal()]
            digits = "".join(str(unicodedata.decimal(text[place])) for place in places)
            first = 0
            while first <= len(places) - _SHORTEST:
                length = self._length_at(text, places, digits, first)
                if length:
                    start, end = places[first], places[first + length - 1] + 1
                    yield *_widened(text, start, end), self._forms[digits[first : first + length]]
                first += length or 1

    def _length_at(self, text: str, places: list[int], digits: str, first: int) -> int:
        """How many digits from the `first` on are a participant's number that neither begins nor ends within one."""
        if text[places[first] - 1 : places[first]].isdecimal():
            return 0
        for length in self._lengths:
            if digits[first : first + length] in self._forms and first + length <= len(places):
                end = places[first + length - 1] + 1
                if not text[end : end + 1].isdecimal():
                    return length
        return 0


def _forms(digits: str) -> Iterator[str]:
    """A number's digits as people write them: with the country's code, or its national form with a trunk zero."""
    import phonenumbers

    yield "00" + digits
    try:
        number = phonenumbers.parse("+" + digits)
    except phonenumbers.NumberParseException:
        return
    country = str(number.country_code)
    national = digits.removeprefix(country)
    yield f"{country}0{national}"
    yield f"00{country}0{national}"
    if len(national) >= _SHORTEST:
        yield "0" + national
        yield national


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    """The place of a number with the plus, at sign or bracket that belong to it."""
    lead = _LEAD.search(text, max(0, start - 5), start)
    if lead:
        start = lead.end() if lead[1] and ")" not in text[start:end] else lead.start()
    return start, end + (text[end : end + 1] == "\u2069")
