"""Reading a generated export of a million messages, against a plain loop over its lines."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.process import measure, median

READ = (
    "import sys; from pathlib import Path; from egregora.ingest import open_paths\n"
    "for chat in open_paths([Path(sys.argv[1])]).chats:\n    for message in chat.messages(): pass\n"
)


def figures(export: Path, shared: Path, messages: int, *, rounds: int = 3) -> dict[str, float]:
    """Messages a second of CPU for both, their ratio, and peak memory in MiB; medians of paired runs."""
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(measure([sys.executable, "-c", READ, export]))
        theirs.append(measure([sys.executable, shared / "bench/parse_baseline.py", export]))
    mine, base = median(ours), median(theirs)
    return {
        "messages_per_cpu_second": round(messages / mine.cpu),
        "baseline_messages_per_cpu_second": round(messages / base.cpu),
        "times_as_fast_as_baseline": round(base.cpu / mine.cpu, 2),
        "peak_mib": round(mine.peak),
        "baseline_peak_mib": round(base.peak),
    }
