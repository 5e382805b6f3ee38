"""Reading generated exports of a million messages in every shape, against two others; and the whole way to slices.

Every figure is of a process of its own, in one run; ratios are of medians of runs that take turns.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.process import Measured, measure, median

FORMATS = ("android24", "android12", "ios24", "ios12")

READ = (
    "import sys; from pathlib import Path; from egregora.ingest import open_paths\n"
    "for chat in open_paths([Path(sys.argv[1])]).chats:\n    for message in chat.messages(): pass\n"
)

SLICE = (
    "import sys; from pathlib import Path; from egregora.ingest import open_paths\n"
    "from egregora.pipeline.slicing import slice_export\n"
    "from egregora.testing.deployment import MemoryWorld\n"
    "slice_export(MemoryWorld().deployment(), open_paths([Path(sys.argv[1])]))\n"
)
"""Reads, protects, merges into an empty archive, writes slices and plans, and enqueues, all into memory."""


def figures(export: Path, shared: Path, messages: int, *, rounds: int = 3) -> dict[str, float]:
    """Messages a second of CPU, ratios, and peak memory in MiB; `export` is of the first of `FORMATS`."""
    folder, first = export.parent, export
    exports = {FORMATS[0]: export, **{name: generate(folder, shared, messages, name) for name in FORMATS[1:]}}
    longer = generate(folder, shared, 4 * messages, FORMATS[0])
    python, bench = Path(sys.executable), shared / "bench"
    commands: dict[str, list[str | Path]] = {name: [python, "-c", READ, path] for name, path in exports.items()}
    commands["slices"] = [python, "-c", SLICE, first]
    commands["baseline"] = [python, bench / "parse_baseline.py", first]
    commands["polars"] = [polars(folder), bench / "parse_polars.py", first]
    runs: dict[str, list[Measured]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(measure(command))
    found = {name: median(measured) for name, measured in runs.items()}
    sliced = found.pop("slices")
    seconds = [found[name].cpu for name in FORMATS]
    return {
        **{f"{name}_messages_per_cpu_second": round(messages / run.cpu) for name, run in found.items()},
        "times_as_fast_as_baseline": round(found["baseline"].cpu / seconds[0], 2),
        "times_as_fast_as_polars": round(found["polars"].cpu / seconds[0], 2),
        "slowest_format_to_fastest": round(min(seconds) / max(seconds), 2),
        "peak_mib": round(found[FORMATS[0]].peak),
        "peak_mib_of_four_times_as_many": round(measure([python, "-c", READ, longer]).peak),
        "to_slices_messages_per_cpu_second": round(messages / sliced.cpu),
        "to_slices_peak_mib": round(sliced.peak),
    }


def generate(folder: Path, shared: Path, messages: int, shape: str) -> Path:
    """Generate an export in one of `FORMATS`."""
    export = folder / f"{shape}-{messages}.txt"
    generator = shared / "bench/gen_whatsapp.py"
    command = [sys.executable, str(generator), "-n", str(messages), "-o", str(export), "--fmt", shape]
    subprocess.run(command, check=True, capture_output=True)
    return export


def polars(folder: Path) -> Path:
    """The Python of an environment made in `folder` for the one baseline that needs polars."""
    home = folder / "polars"
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    subprocess.run([home / "bin/python", "-m", "pip", "install", "--quiet", "polars"], check=True)
    return home / "bin/python"
