"""What in the example's text is somebody's, and so may be nowhere but in it."""

from __future__ import annotations

import re

from example_chat import ROOT

TEXT = (ROOT / "examples/WhatsApp Chat with Harbour Street.txt").read_text(encoding="utf-8")
NAMES = set(re.findall(r"^[\d/]+, [\d:]+ - ([^:\n]{2,30}): ", TEXT, re.MULTILINE))
ADDRESSES = set(re.findall(r"[\w.+-]+@[\w-]+\.[\w.]+\w", TEXT))
_WRITTEN = set(re.findall(r"\+?\d[\d ()-]{8,}\d", TEXT))
NUMBERS = {re.sub(r"\D", "", number) for number in _WRITTEN}
"""Telephone numbers and their like, as digits alone."""
WORDS = NAMES | ADDRESSES | _WRITTEN | NUMBERS
"""All of it, numbers also as they are written."""

assert {"Maren Vogt", "Inês Carvalho", "+44 7700 900123"} <= NAMES
assert ADDRESSES
assert len(NUMBERS) > 1
