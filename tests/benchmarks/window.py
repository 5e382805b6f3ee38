"""CPU of a window beyond the model: claim, transcript, checks, documents, journal, on the local adapters."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from egregora.agents.prompts import load_prompts
from egregora.blobs.folder import FolderBlobs
from egregora.clock import SystemClock
from egregora.ingest import open_paths
from egregora.journal.sqlite import SqliteJournal
from egregora.models import Answer, Model, Request
from egregora.models.offline import OfflineModel
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.enqueuing import window_task
from egregora.pipeline.payloads import decode_window_task
from egregora.pipeline.processing import Result, process_window
from egregora.pipeline.slicing import slice_export
from egregora.settings import Settings
from egregora.tasks.sqlite import SqliteTasks


class TimedModel:
    """The offline model, and the CPU it used."""

    def __init__(self) -> None:
        self._model: Model = OfflineModel()
        self.name = self._model.name
        self.max_input_tokens = self._model.max_input_tokens
        self.seconds = 0.0

    def count_tokens(self, request: Request) -> int:
        """Count as the model does."""
        return self._model.count_tokens(request)

    def answer(self, request: Request) -> Answer:
        """Answer, timed."""
        began = time.process_time()
        try:
            return self._model.answer(request)
        finally:
            self.seconds += time.process_time() - began


def figures(export: Path, folder: Path, *, windows: int = 60) -> dict[str, float]:
    """Milliseconds of CPU for each window, medians; with the model's own beside them."""
    clock, model = SystemClock(), TimedModel()
    journal, tasks = SqliteJournal(folder / "journal.sqlite"), SqliteTasks(folder / "tasks.sqlite", clock)
    deployment = Deployment(
        settings=Settings(), prompts=load_prompts(), key=b"0" * 32, blobs=FolderBlobs(folder), journal=journal,
        tasks=tasks, model_name=model.name, make_model=lambda: model, clock=clock,
    )  # fmt: skip
    slice_export(deployment, open_paths([export]))
    beyond: list[float] = []
    inside: list[float] = []
    sizes: list[int] = []
    for stored in deployment.manifests.all():
        for window in stored.manifest.windows:
            if window.bytes < 50_000 or len(beyond) >= windows:
                continue
            task = window_task(
                deployment, stored.manifest.source, stored.manifest.partition, window.slice, window.slice, None
            )
            model.seconds, began = 0.0, time.process_time()
            outcome = process_window(deployment, decode_window_task(task.payload))
            assert outcome.result is Result.DONE
            beyond.append(time.process_time() - began - model.seconds)
            inside.append(model.seconds)
            sizes.append(window.bytes)
    journal.close()
    tasks.close()
    return {
        "windows": len(beyond),
        "median_bytes": statistics.median(sizes),
        "cpu_ms_beyond_model": round(1000 * statistics.median(beyond), 2),
        "cpu_ms_offline_model": round(1000 * statistics.median(inside), 2),
    }
