"""Reading exports of Telegram and Discord of one GiB, as their programs set them."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import json_exports
from benchmarks.process import measure
from benchmarks.reading import READ


def figures(folder: Path, *, mib: int = 1024) -> dict[str, float]:
    """For both, MB a second of CPU, surveying and streaming together, and peak memory in MiB of the whole process."""
    found: dict[str, float] = {}
    for platform in ("telegram", "discord"):
        export = folder / f"{platform}.json"
        json_exports.write(platform, mib, export)
        size = export.stat().st_size
        run = measure([sys.executable, "-c", READ, export])
        export.unlink()
        found |= {f"{platform}_mb_per_cpu_second": round(size / 1e6 / run.cpu), f"{platform}_peak_mib": round(run.peak)}
    return found
