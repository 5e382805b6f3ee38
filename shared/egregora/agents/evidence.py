"""The evidence: what a window really holds, for answers to be held against."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from egregora.ids import HANDLE
from egregora.message import Message

OMITTED = "…"
"""What stands in running text where something unknown was taken out."""

_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"\]]+", re.IGNORECASE)
_TARGET = r"\(\s*+<?+([^\s<>)]{0,2048}+)>?+[^()]{0,512}+\)"  # bounded, so that no answer can stall us
_LINK = re.compile(r"!?\[([^\[\]]*)\]" + _TARGET)
_LINK_END = re.compile(r"(\])" + _TARGET)
_AFTER_ADDRESS = re.compile(r"[.,;:!?…'\"*_~)\]}>»”’]*(?:\s|$)")
_TAIL = ".,;:!?…'\"*_~)]}»”’"
_UNHEARD = dict.fromkeys((*range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFE0E, 0xFE0F, 0xFEFF))


class Evidence:
    """Shown messages by name, the handles that may be named, and the texts that an address may come from."""

    def __init__(self, names: Mapping[str, Message], people: frozenset[str], context: Sequence[Message]) -> None:
        self.names = names
        self._people = people
        self._context = context

    def person(self, handle: str) -> str | None:
        """The known handle that was meant; None where there is none."""
        folded = handle.strip().lower()
        folded = folded if folded.startswith("@") else f"@{folded}"
        return folded if folded in self._people else None

    def says(self, name: str, quote: str) -> bool:
        """Whether a message holds a quote, whatever its white space, case and invisible characters."""
        wanted = _plain(quote)
        return bool(wanted) and wanted in _plain(self.names[name].text)

    def shared(self, address: str) -> bool:
        """Whether a web address stands in the texts, whole."""
        if not _ADDRESS.fullmatch(address):
            return False
        start = self._texts.find(address)
        while start >= 0:
            end = start + len(address)
            before = self._texts[start - 1] if start else " "
            if not before.isalnum() and _AFTER_ADDRESS.match(self._texts, end):
                return True
            start = self._texts.find(address, start + 1)
        return False

    def clean(self, text: str) -> tuple[str, int, list[str]]:
        """Running text without unknown handles and addresses, how many known ones it holds, and the unknown ones.

        A Markdown link to an unknown address keeps its words; any other unknown thing leaves `OMITTED` behind.
        """
        if "@" not in text and "](" not in text and "://" not in text and "www." not in text.lower():
            return text, 0, []
        unknown: list[str] = []
        while True:
            cleaned, found = self._clean_once(text, unknown)
            if cleaned == text:
                return text, found, unknown
            text = cleaned

    def _clean_once(self, text: str, unknown: list[str]) -> tuple[str, int]:
        found = 0

        def link(match: re.Match[str]) -> str:
            if self.shared(match[2]):
                return match[0]
            unknown.append(match[2])
            return match[1]

        def address(match: re.Match[str]) -> str:
            nonlocal found
            bare = match[0].rstrip(_TAIL)
            if self.shared(match[0]) or self.shared(bare):
                found += 1
                return match[0]
            unknown.append(bare)
            return OMITTED + match[0][len(bare) :]

        def handle(match: re.Match[str]) -> str:
            nonlocal found
            if match[0] in self._people:
                found += 1
                return match[0]
            unknown.append(match[0])
            return OMITTED

        text = _LINK_END.sub(link, _LINK.sub(link, text))
        text = _ADDRESS.sub(address, text)
        return HANDLE.sub(handle, text), found

    @cached_property
    def _texts(self) -> str:
        return "\n".join(message.text for message in (*self._context, *self.names.values()))


def _plain(text: str) -> str:
    return " ".join(text.translate(_UNHEARD).split()).casefold()
