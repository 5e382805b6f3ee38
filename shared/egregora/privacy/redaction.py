"""Numbers and addresses that could find a person, and the typed marks that take their place.

The marks are ``[phone]``, ``[e-mail]``, ``[card]``, ``[iban]`` and ``[id]``. Ordinary numbers (dates, prices, order
numbers, coordinates) must survive, so a bare run of digits counts only with a checksum that chance rarely meets, an
unmistakable shape, or a word before it that says what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from egregora.privacy.identifiers import identifiers

Span = tuple[int, int, str]
"""Start, end and what stands there instead."""

_EMAIL = re.compile(
    r"(?<![\w.+%'-])(?:mailto:)?[\w.+%'-]{1,200}[@＠](?:[\w-]{1,63}\.){1,8}(?:[^\W\d_]{2,24}|xn--[\w-]{2,59})(?![\w-])",
    re.IGNORECASE,
)
_URL = re.compile(r"(?:https?|ftp)://\S+|www\.\S+", re.IGNORECASE)

_PHONE_LINK = re.compile(
    r"(?:wa\.me/|api\.whatsapp\.com/send/?\?phone=|\btel:|\bsms:|\bcallto:|[?&]phone=)((?:\+|%2B)?\d[\d().\-]{5,18}\d)",
    re.IGNORECASE,
)
_MENTION = re.compile(r"([@＠]\u2068?\+?\d{7,15}\u2069?)(?!\w)")
_LABELLED = re.compile(
    r"\b(?:tel|telefone?|tel[eé]fono|t[eé]l[eé]phone|phone|mobile|mob|cell|handy|m[oó]vil|celular|fone|whatsapp|zap)"
    r"(?:\s?(?:number|no|nr|n[º°]))?[.:#]*\s?(\+?\(?\d[\d()\s.\-‐‑/]{5,18}\d)(?!\w)",
    re.IGNORECASE,
)
_BEFORE, _AFTER = r"(?<![\w.,:/+#@$€£=&-])", r"(?![\w%€$£]|[.,:/-]\d)"
_NATIONAL = re.compile(
    _BEFORE
    + r"(?:"
    + r"(?P<pairs>0\d(?:[ .-]\d\d){4})"  # France
    + r"|(?:\(0\d{1,5}\)|0\d{1,5})(?:[ /-]?\d{2,9}){1,4}"  # a trunk zero
    + r"|(?:1[-. ])?(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4}"  # North America
    + r"|\(\d{2}\) ?9?\d{4}[- ]?\d{4}|\d{2} 9\d{4}-\d{4}"  # Brazil
    + r")"
    + _AFTER
)
_MOMENT = re.compile(r"\d{1,2}([-/ ])\d{1,2}\1(?:19|20)?\d{2}(?!\d)|(?:[01]\d[0-5]\d ?)+(?:2[0-3][0-5]\d ?)*\Z")


def emails(text: str) -> Iterator[Span]:
    """E-mail addresses."""
    for match in _EMAIL.finditer(text):
        yield match.start(), match.end(), "[e-mail]"


def numbers(text: str) -> Iterator[Span]:
    """Bank, card and national id numbers, outside web addresses."""
    addresses = _addresses(text)
    for start, end, mark in identifiers(text):
        if not _inside(start, addresses):
            yield start, end, mark


def phones(text: str, region: str | None) -> Iterator[Span]:
    """Phone numbers: international ones, those of `region`, and cautiously others; in web addresses only links."""
    for pattern in (_PHONE_LINK, _MENTION, _LABELLED):
        for match in pattern.finditer(text):
            if 7 <= _count(match[1]) <= 15:
                yield *match.span(1), "[phone]"
    addresses = _addresses(text)
    for start, end in [*_known(text, region), *_national(text)]:
        if not _inside(start, addresses):
            yield start, end, "[phone]"


def _known(text: str, region: str | None) -> Iterator[tuple[int, int]]:
    if "+" in text or "＋" in text:
        # Numbers set aside for films and examples are possible, not valid.
        for match in phonenumbers.PhoneNumberMatcher(text, None, leniency=phonenumbers.Leniency.POSSIBLE):
            yield match.start, match.end
    if region:
        for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.VALID):
            yield match.start, match.end


def _national(text: str) -> Iterator[tuple[int, int]]:
    for match in _NATIONAL.finditer(text):
        digits, international = _count(match[0]), match[0].startswith("00")
        fits = 10 <= digits <= 16 if international else 9 <= digits <= 12
        if fits and (match["pairs"] or not _MOMENT.match(match[0])) and not match[0].startswith("000"):
            yield match.start(), match.end()


def _addresses(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _URL.finditer(text)]


def _inside(position: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= position < end for start, end in spans)


def _count(text: str) -> int:
    return sum(map(str.isdecimal, text))
