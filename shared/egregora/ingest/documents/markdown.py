"""Markdown, with or without a front matter of author, date and title."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from pathlib import PurePosixPath
from typing import Literal

from egregora.ingest import ByteSource, Export
from egregora.ingest.documents import looks_structured, prose
from egregora.ingest.documents.moments import Moments
from egregora.ingest.lines import head_lines, is_text

_SUFFIXES = frozenset({".md", ".markdown"})
_FENCES = {"---": "---", "+++": "+++"}
_ENTRY = re.compile(r"(?P<key>[A-Za-z][\w -]{0,40}?)\s*[:=]\s*(?P<value>\S.*)")
_MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Markdown:
    """The reader of Markdown: a file is a document, its paragraphs stay together."""

    now: datetime
    format: Literal["markdown"] = "markdown"

    def detect(self, source: ByteSource, head: bytes) -> float:
        """By its suffix, for every text is Markdown; or by its front matter."""
        if not is_text(head):
            return 0.0
        if PurePosixPath(source.name).suffix.casefold() in _SUFFIXES:
            return 0.0 if looks_structured("\n".join(head_lines(head)[:3])) else 0.52
        return 0.52 if look(iter(head_lines(head)))[0] != prose.Front() else 0.0

    def read(self, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
        """A chat for each folder. Raises `Unreadable`."""
        return prose.read("markdown", sources, look)


def look(lines: Iterator[str]) -> tuple[prose.Front, Iterator[str]]:
    """Read the front matter; a title that the text does not begin with becomes its heading."""
    first = next(lines, "")
    fence = _FENCES.get(first.strip())
    if fence is None:
        return prose.Front(), chain([first], lines)
    matter = []
    for line in islice(lines, _MOST_LINES):
        if line.strip() == fence:
            break
        matter.append(line)
    else:
        return prose.Front(), chain([first], matter, lines)
    entries = {m["key"].casefold(): _bare(m["value"]) for line in matter if (m := _ENTRY.fullmatch(line))}
    moments = Moments()
    when = next((entries[key] for key in ("date", "created", "time", "datetime", "published") if key in entries), None)
    moments.note(when)
    front = prose.Front(entries.get("author") or entries.get("authors"), moments.read(when), entries.get("title"))
    return front, _headed(front.title, lines)


def _headed(title: str | None, lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line.strip():
            if title and not line.lstrip().startswith("#"):
                yield from (f"# {title}", "")
            yield line
            break
    yield from lines


def _bare(value: str) -> str:
    """A value without quotation marks or brackets."""
    value = value.strip()
    if value[:1] == "[" and value[-1:] == "]":
        return ", ".join(_bare(part) for part in value[1:-1].split(",") if part.strip())
    return value[1:-1].strip() if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
