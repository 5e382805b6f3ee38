"""Card, bank and national id numbers, by shape and checksum (python-stdnum)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

# Thirteen digits are a product's bar code far more often than a card.
_CARD = re.compile(
    r"(?<![\w.,/:-])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}|3[47]\d\d([ -])\d{6}\2\d{5}|\d{14,16}|\d{19})(?!\w|[.,:/-]\d)"
)
_CARD_ISSUER = re.compile(r"4|5[0-8]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|3[47]|30[0-5]|3[689]|35|6")
_IBAN = re.compile(r"(?<![^\W_])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{1,4}){3,8}(?![^\W_])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of national id: what it looks like, what proves it (a stdnum module), and a word that must precede it."""

    pattern: str
    module: str | None = None
    label: str | None = None


_SHAPES = (
    Shape(r"\d{3}\.\d{3}\.\d{3}-\d{2}"),  # Brazil, CPF as printed
    Shape(r"\d{11}", "br.cpf"),
    Shape(r"\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}"),  # Brazil, CNPJ as printed
    Shape(r"\d{8}000\d{3}", "br.cnpj"),
    Shape(r"\d{3}-\d{2}-\d{4}", "us.ssn"),
    Shape(r"\d{9}", "us.ssn", r"ssn|social security(?: number| no)?"),
    Shape(r"\d{8}[ -]?[A-Z]", "es.dni"),
    Shape(r"[XYZ][ -]?\d{7}[ -]?[A-Z]", "es.nie"),
    Shape(r"\d{9}|\d{3} \d{3} \d{3}", "pt.nif", r"nif|contribuinte"),
    Shape(r"\d{2} \d{3} \d{3} \d{3}", "de.idnr"),
    Shape(r"\d{11}", "de.idnr", r"id-?nr|steuer-?id|steueridentifikationsnummer|steuernummer"),
    Shape(r"[12] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}", "fr.nir"),
    Shape(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]"),  # United Kingdom, NINO
    Shape(r"[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z]", "it.codicefiscale"),
    Shape(r"\d{11}", "pl.pesel", r"pesel"),
    Shape(r"\d{9}", "nl.bsn", r"bsn|burgerservicenummer|sofinummer"),
    Shape(r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", "be.nn"),
    Shape(r"\d{6}[-+]\d{4}", "se.personnummer"),
    Shape(r"\d{6}[-+A]\d{3}[0-9A-Y]", "fi.hetu"),
    Shape(r"\d{6}-?\d{4}", "dk.cpr", r"cpr(?:-?(?:nummer|nr))?"),
    Shape(r"\d{11}", "no.fodselsnummer"),
    Shape(r"756\.\d{4}\.\d{4}\.\d{2}", "ch.ssn"),
    Shape(r"[2-9]\d{3} \d{4} \d{4}", "in_.aadhaar"),
    Shape(r"\d{12}", "in_.aadhaar", r"aadhaar|aadhar"),
    Shape(r"[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z]", "in_.pan"),
    Shape(r"\d{17}[\dX]", "cn.ric"),
    Shape(r"\d{6}-\d{7}", "kr.rrn"),
    Shape(r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d", "mx.curp"),
    Shape(r"\d{1,2}\.\d{3}\.\d{3}-[\dK]", "cl.rut"),
)
_BEFORE, _AFTER = r"(?<![\w.,/:@#+-])", r"(?!\w|[.,:/-]\d)"


def identifiers(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and mark of every such number; a stretch of `text` may come more than once."""
    yield from _ibans(text)
    for match in _CARD.finditer(text):
        digits = _compact(match[0])
        if _CARD_ISSUER.match(digits) and _holds("luhn", digits):
            yield match.start(), match.end(), "[card]"
    for pattern, module in _patterns():
        for match in pattern.finditer(text):
            if module is None or _holds(module, match["number"]):
                yield match.start("number"), match.end("number"), "[id]"


def _ibans(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _IBAN.finditer(text):
        # The words after it may look like further groups.
        end = match.end()
        while end - match.start() >= 15:
            if not text[end : end + 1].isalnum() and _holds("iban", _compact(text[match.start() : end])):
                yield match.start(), end, "[iban]"
                break
            end -= 1


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str | None], ...]:
    compiled = []
    for shape in _SHAPES:
        label = rf"\b(?:{shape.label})\W{{0,3}}(?:is|ist|é|es|:)?\s?" if shape.label else ""
        pattern = f"{label}{'' if label else _BEFORE}(?P<number>{shape.pattern}){_AFTER}"
        compiled.append((re.compile(pattern, re.IGNORECASE), shape.module))
    return tuple(compiled)


@cache
def _validator(module: str) -> Callable[[str], bool]:
    is_valid: Callable[[str], bool] = import_module(f"stdnum.{module}").is_valid
    return is_valid


def _holds(module: str, number: str) -> bool:
    return _validator(module)(number)


def _compact(number: str) -> str:
    return re.sub(r"[\s-]", "", number)
