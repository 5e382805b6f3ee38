"""WhatsApp exports made in memory, as a phone would write them."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from egregora.ingest import Chat, Export, open_export
from egregora.ingest.container import StreamSource
from egregora.message import Message
from egregora.settings import IngestSettings

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def source(data: bytes | str, name: str = "chat.txt") -> StreamSource:
    """A file of an upload, in memory."""
    raw = data.encode() if isinstance(data, str) else data
    return StreamSource(name, len(raw), lambda: io.BytesIO(raw))


def zipped(members: Mapping[str, bytes | str], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The bytes of a zip with `members`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=compression)
    return buffer.getvalue()


def tarred(members: Mapping[str, bytes], mode: str = "w:gz") -> bytes:
    """The bytes of a tar with `members`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def export(*files: StreamSource, settings: IngestSettings | None = None) -> Export:
    """Open an upload at a fixed time."""
    return open_export(files, settings, now=NOW)


def chat(text: bytes | str, name: str = "chat.txt") -> Chat:
    """The one chat of one file."""
    (found,) = export(source(text, name)).chats
    return found


def messages(text: bytes | str, name: str = "chat.txt") -> list[Message]:
    """All messages of one file."""
    return list(chat(text, name).messages())


def android(lines: Iterable[str], *, day: str = "13/05/2023", start: int = 600) -> str:
    """Lines with a header of Android each, a minute apart."""
    return "".join(f"{day}, {n // 60 % 24:02}:{n % 60:02} - {line}\n" for n, line in enumerate(lines, start))


def codes(found: Export) -> dict[str, int]:
    """The counts of an export's warnings by their codes."""
    return {w.code: w.count for w in found.report.warnings}


def texts(found: Sequence[Message]) -> list[str]:
    """The bodies alone."""
    return [m.text for m in found]
