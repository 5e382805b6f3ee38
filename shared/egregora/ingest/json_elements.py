"""Elements of arrays in JSON out of their bytes: many in one call, or one by one where some are damaged."""

from __future__ import annotations

import json
import re
from typing import Generic, TypeVar

import msgspec

from egregora.ingest.lines import Notes

T = TypeVar("T")

_FAULTS = (ValueError, RecursionError)
"""What decoding raises on bytes that are not what was asked for; msgspec's errors are ValueErrors."""

_BETWEEN = ", \t\r\n"
_LEAD = re.compile(rb"[\s,]*")
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|.)", re.DOTALL)
"""A backslash and what it goes with; Telegram writes control characters in two digits, which JSON does not know."""


class Elements(Generic[T]):
    """Makes bytes elements, and notes the damage with the places in the file where damaged ones start."""

    def __init__(self, element: type[T], met: Notes) -> None:
        self._decode = msgspec.json.Decoder(list[element]).decode  # type: ignore[valid-type]
        self._met = met

    def whole(self, data: bytes, end: int) -> list[T] | None:
        """The elements that `data` lists up to `end`, None where anything is wrong with it."""
        lead = _LEAD.match(data, 0, end)
        listed = memoryview(data)[lead.end() if lead else 0 : end]
        try:
            return self._decode(b"".join((b"[", listed, b"]")))
        except _FAULTS:
            return None

    def each(self, data: bytes, place: int = 0) -> list[T]:
        """The one element that `data` is, with what makes no text put right; nothing where it is no such element.

        `place` is where in the file `data` starts.
        """
        whole = self.whole(data, len(data))
        if whole is not None:
            return whole
        text = data.decode("utf-8", "replace").lstrip(_BETWEEN)
        place += len(data) - len(data.lstrip(_BETWEEN.encode()))
        bad = text.count("\ufffd") - data.count("\ufffd".encode())
        text = _ESCAPE.sub(lambda found: rf"\u00{found[1]}" if found[1] else found[0], text)
        try:
            value = json.loads(text, strict=False, parse_constant=lambda _: None)
            written = json.dumps(value, ensure_ascii=False)
            # Half of a surrogate pair may be escaped in JSON but is no character.
            mended = self._decode(f"[{written}]".encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
        except _FAULTS:
            self._met.add("bad_lines", place)
            return []
        if bad:
            self._met.add("bad_bytes", place, bad)
        return mended
