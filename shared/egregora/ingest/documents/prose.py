"""Texts that people wrote as texts: a file is one message, a folder of them one chat in the order of their days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from egregora.ingest import ByteSource, Export, Platform, join
from egregora.ingest.documents import title_of
from egregora.ingest.lines import Notes, lines
from egregora.ingest.survey import Survey, export
from egregora.message import Message

_PIECE = 64 * 1024
"""Characters of one message; a longer text goes on in further ones, parted where a paragraph ends."""


@dataclass(frozen=True, slots=True)
class Front:
    """What a text says about itself before it begins."""

    author: str | None = None
    time: str | None = None
    title: str | None = None


Look = Callable[[Iterator[str]], tuple[Front, Iterator[str]]]
"""Reads what stands before a text: from its lines, to that and the lines of the text."""


def read(platform: Platform, sources: Sequence[ByteSource], look: Look) -> Export:
    """A chat for each folder, of all texts in it."""
    folders: defaultdict[str, list[ByteSource]] = defaultdict(list)
    for source in sources:
        folders[source.name.rpartition("/")[0]].append(source)
    return join(_chat(platform, files, look) for files in folders.values())


def _chat(platform: Platform, files: list[ByteSource], look: Look) -> Export:
    fronts = {file.name: look(lines(file))[0] for file in files}
    files = sorted(files, key=lambda file: (fronts[file.name].time or "", file.name))
    warnings = []
    survey = Survey()
    for file in files:
        met = Notes()
        survey.all(_messages([file], look, met))
        warnings += met.warnings(file.name)
    name, named = title_of(files[0].name if len(files) == 1 else files[0].name.rpartition("/")[0])
    title = fronts[files[0].name].title if len(files) == 1 else None
    chat = survey.chat(platform, title or name, partial(_messages, files, look), named=named or title is not None)
    return export(files, [chat], warnings)


def _messages(files: Sequence[ByteSource], look: Look, met: Notes | None = None) -> Iterator[Message]:
    for file in files:
        front, body = look(lines(file, met))
        for text in _pieces(body):
            yield Message("", front.time, front.author, "text", text)


def _pieces(body: Iterator[str]) -> Iterator[str]:
    """The text without blank lines around it, in as few pieces as can be."""
    held: list[str] = []
    size = 0
    for line in body:
        if size > _PIECE and (not line.strip() or size > 4 * _PIECE):
            yield "\n".join(held)
            held, size = [], 0
        if held or line.strip():
            held.append(line)
            size += len(line) + 1
    text = "\n".join(held).rstrip()
    if text:
        yield text
