"""What became of each upload: kept once, by its content, and never with a word or a name of the chat."""

from __future__ import annotations

from contextlib import suppress

from pydantic import BaseModel, ConfigDict

from egregora.blobs import BlobStore
from egregora.errors import Conflict
from egregora.ids import SourceId, sha256
from egregora.ingest import Chat, Report


class UploadWarning(BaseModel):
    """One thing that the owner of an upload should know."""

    model_config = ConfigDict(frozen=True, defer_build=True)
    code: str
    count: int
    detail: str


class UploadReport(BaseModel):
    """What one upload brought to a source."""

    model_config = ConfigDict(frozen=True, defer_build=True)
    source: SourceId
    platform: str
    messages: int
    system: int
    first: str | None
    last: str | None
    warnings: tuple[UploadWarning, ...] = ()

    def lines(self) -> list[str]:
        """One line for each warning."""
        span = f"{self.first or '?'} to {self.last or '?'}"
        return [
            f"{span}: {w.code.replace('_', ' ')} ({w.count})" + (f": {w.detail}" if w.detail else "")
            for w in self.warnings
        ]


def keep_report(blobs: BlobStore, source: SourceId, chat: Chat, report: Report) -> None:
    """Write down what an upload brought; the same again changes nothing."""
    kept = UploadReport(
        source=source,
        platform=chat.platform,
        messages=chat.messages_count,
        system=chat.system_count,
        first=chat.first,
        last=chat.last,
        warnings=tuple(UploadWarning(code=w.code, count=w.count, detail=w.detail) for w in report.warnings),
    )
    data = kept.model_dump_json().encode()
    key = f"reports/{source}/{sha256(data)[:16]}.json"
    if blobs.stat(key) is None:
        with suppress(Conflict):  # the same upload, delivered twice at once
            blobs.write(key, data, if_generation=0)


def read_reports(blobs: BlobStore, source: SourceId) -> list[UploadReport]:
    """Every upload of a source, by span."""
    reports = [
        UploadReport.model_validate_json(blobs.read(info.key).data) for info in list(blobs.list(f"reports/{source}/"))
    ]
    return sorted(reports, key=lambda r: (r.first or "", r.last or "", r.messages))
