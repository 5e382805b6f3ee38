"""`make bench`: every benchmark in one run, as a table and as JSON (``bench/figures.json``)."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import (
    cloud,
    cloud_publishing,
    cold_start,
    json_reading,
    merging,
    reading,
    sinks,
    sinks_database,
    site_growth,
    whole_run,
    window,
)
from benchmarks.process import measure, median

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
EGREGORA = Path(sys.executable).with_name("egregora")

BOUNDS = {
    ("reading", "times_as_fast_as_baseline"): "at least 2.5",
    ("reading", "times_as_fast_as_polars"): "at least 1.2",
    ("reading", "slowest_format_to_fastest"): "at least 0.5",
    ("reading", "peak_mib"): "at most 150",
    ("reading", "peak_mib_of_four_times_as_many"): "at most 150",
    ("reading", "to_slices_messages_per_cpu_second"): "at least 150,000",
    ("reading JSON", "telegram_mb_per_cpu_second"): "at least 60",
    ("reading JSON", "telegram_peak_mib"): "at most 150",
    ("reading JSON", "discord_mb_per_cpu_second"): "at least 60",
    ("reading JSON", "discord_peak_mib"): "at most 150",
    ("merging", "longer_times_reading"): "at most 1.5",
    ("window", "cpu_ms_beyond_model"): "at most 10",
    ("window", "cpu_ms_offline_model"): "at most 150",
    ("whole run", "minutes"): "at most 6",
    ("whole run", "peak_mib"): "at most 500",
    ("one more post", "add_seconds"): "at most 1",
    ("one more post", "add_written"): "at most 60",
    ("cold start", "process_window starts: cpu"): "at most 2.5",
    ("cold start", "slice_export starts: cpu"): "at most 2",
    ("cold start", "publish_site starts: cpu"): "at most 2",
    ("cold start", "reprocess starts: cpu"): "at most 2",
    ("cold start", "process_window starts: time"): "at most 2.5",
    ("cold start", "slice_export starts: time"): "at most 2",
    ("cold start", "publish_site starts: time"): "at most 2",
    ("cold start", "reprocess starts: time"): "at most 2",
    ("cloud", "firestore_writes_per_window"): "at most 3",
    ("cloud", "firestore_reads_per_window"): "at most 4",
    ("cloud", "storage_writes_per_window"): "at most 3",
    ("cloud", "publish_tasks_per_burst"): "at most 1",
    ("cloud", "unchanged_upload_writes"): "at most 0",
    ("cloud", "unchanged_upload_tasks"): "at most 0",
    ("cloud", "slicing_seconds"): "at most 60",
    ("cloud", "slicing_peak_mib"): "at most 512",
    ("cloud", "enqueuing_seconds"): "at most 20",
    ("cloud: one more", "journal_reads"): "at most 60",
    ("cloud: one more", "object_writes"): "at most 60",
    ("sinks", "gcs_changed_written"): "at most 60",
    ("sinks", "s3_changed_written"): "at most 60",
    ("database", "sqlite_one_changed_rows"): "at most 150",
    ("database", "postgres_one_changed_rows"): "at most 150",
    ("help", "cpu_seconds"): "at most 0.3",
}
NAMES = (
    "reading",
    "json",
    "merging",
    "window",
    "growth",
    "cold-start",
    "cloud",
    "cloud-growth",
    "sinks",
    "database",
    "help",
    "whole-run",
)


def main() -> None:
    """Measure what was asked for, or all of it."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("only", nargs="*", help=", ".join(NAMES))
    arguments = parser.parse_args()
    if unknown := set(arguments.only).difference(NAMES):
        parser.error(f"there is no benchmark called {', '.join(sorted(unknown))}")
    if not SHARED.is_dir():
        sys.exit(f"the benchmarks need {SHARED.name}/bench beside the project: it holds the generator and the baseline")
    with TemporaryDirectory() as folder:
        found = _measure(Path(folder), arguments.messages, set(arguments.only))
    _print(found)


def _measure(folder: Path, messages: int, only: set[str]) -> dict[str, dict[str, float]]:
    export = folder / "generated.txt"
    generator = SHARED / "bench/gen_whatsapp.py"
    if not only or only & {"reading", "merging", "window", "cloud", "whole-run"}:
        subprocess.run([sys.executable, generator, "-n", str(messages), "-o", export], check=True, capture_output=True)
    (folder / "window").mkdir()
    part = folder / "part.txt"
    if export.exists():
        with export.open(encoding="utf-8") as whole, part.open("w", encoding="utf-8") as head:
            head.writelines(line for line, _ in zip(whole, range(120_000), strict=False))
    benchmarks: dict[str, tuple[str, Callable[[], dict[str, float]]]] = {
        "reading": ("reading", lambda: reading.figures(export, SHARED, messages)),
        "json": ("reading JSON", lambda: json_reading.figures(folder)),
        "merging": ("merging", lambda: merging.figures(export, folder, messages)),
        "window": ("window", lambda: window.figures(part, folder / "window")),
        "growth": ("one more post", lambda: site_growth.measure(2_000)),
        "cold-start": ("cold start", cold_start.figures),
        "cloud": ("cloud", lambda: cloud.figures(export, folder)),
        "cloud-growth": ("cloud: one more", lambda: cloud_publishing.figures(5_000)),
        "sinks": ("sinks", sinks.figures),
        "database": ("database", sinks_database.figures),
        "help": (
            "help",
            lambda: {"cpu_seconds": round(median([measure([EGREGORA, "--help"]) for _ in range(7)]).cpu, 3)},
        ),
        "whole-run": ("whole run", lambda: whole_run.figures(export, folder, EGREGORA)),
    }
    found = {}
    for name, (title, figures) in benchmarks.items():
        if not only or name in only:
            print(f"measuring: {title} ...", file=sys.stderr, flush=True)
            found[title] = figures()
    return found


def _print(found: dict[str, dict[str, float]]) -> None:
    for title, figures in found.items():
        for name, value in figures.items():
            print(f"{title:<14} {name:<34} {value:>14,}   {BOUNDS.get((title, name), '')}")
    target = ROOT / "bench" / "figures.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
