"""Which files of an upload a message may refer to."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from unicodedata import normalize
from urllib.parse import unquote

from egregora.ingest import ByteSource
from egregora.message import Attachment


class Files:
    """The files of one archive or folder, by the ends of their paths."""

    def __init__(self, group: Iterable[ByteSource]) -> None:
        self._ends: set[tuple[str, ...]] = set()
        for source in group:
            parts = PurePosixPath(normalize("NFC", source.name)).parts
            self._ends |= {parts[-1:], parts[-2:]}

    def attachment(self, path: str) -> Attachment:
        """The attachment that `path`, as written in an export, refers to: it is here where folder and name agree."""
        parts = PurePosixPath(normalize("NFC", path.replace("\\", "/"))).parts
        name = parts[-1] if parts else path
        present = parts[-2:] in self._ends or tuple(map(unquote, parts[-2:])) in self._ends
        return Attachment(name, present)

    def named(self, name: str) -> Attachment:
        """The attachment of which only the file's name is known."""
        return Attachment(name, (normalize("NFC", name),) in self._ends)
