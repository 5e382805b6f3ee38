"""The whole run of a generated export on the offline model: one command, from the text to the website."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.process import measure


def figures(export: Path, folder: Path, egregora: Path) -> dict[str, float]:
    """Minutes by the clock, seconds of CPU and peak memory in MiB; files and posts of the site."""
    run = measure([egregora, "run", export, "--to", folder / "site", "--work", folder / "work"])
    files = sum(len(names) for _, _, names in os.walk(folder / "site"))
    return {
        "minutes": round(run.wall / 60, 2),
        "cpu_seconds": round(run.cpu, 1),
        "peak_mib": round(run.peak),
        "site_files": files,
    }
