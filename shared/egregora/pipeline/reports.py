"""What became of each upload: kept once, by its content, and never with a word, a name or a file name of the chat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from pydantic import BaseModel, ConfigDict

from egregora.blobs import BlobStore
from egregora.errors import Conflict
from egregora.ids import SourceId, sha256
from egregora.ingest import Chat, Export, Warning  # noqa: A004


class UploadWarning(BaseModel):
    """One thing that the owner of an upload should know; `lines` are the first concerned, in the file."""

    model_config = ConfigDict(frozen=True)
    code: str
    count: int
    detail: str
    lines: tuple[int, ...] = ()


class UploadReport(BaseModel):
    """What one upload brought to a source."""

    model_config = ConfigDict(frozen=True)
    source: SourceId
    platform: str
    messages: int
    system: int
    first: str | None
    last: str | None
    warnings: tuple[UploadWarning, ...] = ()

    def lines(self) -> list[str]:
        """One line on the upload, and one for each warning."""
        head = f"{self.platform}, {(self.first or '?')[:10]} to {(self.last or '?')[:10]}"
        notices = f" and {self.system:,} notice{'s' * (self.system != 1)}" if self.system else ""
        read = f"{head}: {self.messages:,} message{'s' * (self.messages != 1)}{notices} read"
        return [read, *(f"{head}: {told(w.code, w.count, w.detail, w.lines)}" for w in self.warnings)]


def told(code: str, count: int, detail: str, lines: tuple[int, ...]) -> str:
    """A warning in words: what, how often, from which lines on, and what was done about it."""
    where = (
        f", line{'s' * (len(lines) > 1)} {', '.join(map(str, lines))}" + " …" * (count > len(lines)) if lines else ""
    )
    return f"{code.replace('_', ' ')} ({count:,}{where})" + (f": {detail}" if detail else "")


def keep_report(
    blobs: BlobStore, source: SourceId, chat: Chat, export: Export, ask: Callable[[], None] = lambda: None
) -> None:
    """Write down what an upload brought; the same again writes nothing.

    The site shows it: a publish is asked for first, lest a crash between lose it.
    """
    kept = UploadReport(
        source=source,
        platform=chat.platform,
        messages=chat.messages_count,
        system=chat.system_count,
        first=chat.first,
        last=chat.last,
        warnings=tuple(
            UploadWarning(code=w.code, count=w.count, detail=w.detail, lines=w.lines) for w in _concerning(chat, export)
        ),
    )
    data = kept.model_dump_json().encode()
    key = f"reports/{source}/{sha256(data)[:16]}.json"
    if blobs.stat(key) is None:
        ask()
        with suppress(Conflict):  # the same upload, at the same time
            blobs.write(key, data, if_generation=0)


def _concerning(chat: Chat, export: Export) -> Iterator[Warning]:
    """The warnings of an upload, without those of files that only hold other chats."""
    chats = iter(export.chats)
    others = {
        file.name
        for file in export.report.files
        if file.chats and not any(found is chat for found in [next(chats) for _ in file.chats])
    }
    return (warning for warning in export.report.warnings if warning.where not in others)


def read_reports(blobs: BlobStore, source: SourceId) -> list[UploadReport]:
    """Every upload of a source, by span."""
    reports = [
        UploadReport.model_validate_json(blobs.read(info.key).data) for info in list(blobs.list(f"reports/{source}/"))
    ]
    return sorted(reports, key=lambda r: (r.first or "", r.last or "", r.messages))
