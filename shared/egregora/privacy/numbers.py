"""Finding a phone number however it is written."""

from __future__ import annotations

import re

import phonenumbers

MANY_DIGITS = re.compile(r"\d(?:(?:[^\w\n]{0,5}\d){5}|\d[a-z]\d\d[a-z]\d{3}|(?<=[a-z]\d)\d{3}[a-z])", re.IGNORECASE)
"""What every phone, card, bank or id number holds: six digits close together, or one of the rare mixed shapes."""

_JOINT = r"[^\S\n]?[().\-‐‑–/]?[^\S\n]?"
_DIGITS = {str(n): f"[{n}{chr(0x660 + n)}{chr(0x6F0 + n)}{chr(0x966 + n)}{chr(0xFF10 + n)}]" for n in range(10)}
_TRUNK = rf"(?:\(?{_DIGITS['0']}\)?[^\S\n]?)?"


def number_pattern(digits: str) -> str:
    """A regular expression for an international number, with or without its prefix, and for its national form."""
    country, national = _parts(digits)
    lead = rf"(?:[+＋]{_JOINT}|00{_JOINT})?"
    whole = lead + _run(country) + _JOINT + _TRUNK + _run(national) if country else lead + _run(digits)
    forms = [whole, _TRUNK + _run(national)] if len(national) >= 7 else [whole]
    return rf"(?:[@＠]\u2068?)?(?<!\d)(?:{'|'.join(forms)})(?!\d)\u2069?"


def _parts(digits: str) -> tuple[str, str]:
    """Country code and national number; both empty where the digits are no international number."""
    try:
        number = phonenumbers.parse("+" + digits)
    except phonenumbers.NumberParseException:
        return "", ""
    country = str(number.country_code)
    return country, digits.removeprefix(country)


def _run(digits: str) -> str:
    return _JOINT.join(_DIGITS[digit] for digit in digits)
