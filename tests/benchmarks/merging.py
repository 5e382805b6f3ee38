"""Merging a re-export that has 1 % more at its end into the archive of the first export, against reading it."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path
from shutil import copyfile

SLICE = """
import json, resource, sys, time
from pathlib import Path
from egregora.clock import SystemClock
from egregora.ingest import open_paths
from egregora.local import open_workplace
from egregora.pipeline.slicing import slice_export
from egregora.settings import Credentials

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

export, work = Path(sys.argv[1]), Path(sys.argv[2])
began = time.process_time()
count = sum(1 for chat in open_paths([export]).chats for _ in chat.messages())
read = time.process_time() - began
with open_workplace(work, credentials=Credentials()) as place:
    began = time.process_time()
    sliced, = slice_export(place.deployment, open_paths([export]))
    merged = time.process_time() - began
print(json.dumps({"messages": count, "read": read, "merged": merged, "changed": sliced.changed, "peak": peak()}))
"""


def figures(export: Path, folder: Path, messages: int) -> dict[str, float]:
    """CPU seconds of merging over those of reading, in one process; `export` is the longer one."""
    shorter, work = folder / "WhatsApp Chat with Merging.txt", folder / "work"
    _without_end(export, shorter, messages // 100)
    first = _sliced(shorter, work)
    copyfile(export, shorter)
    longer = _sliced(shorter, work)
    same = _sliced(shorter, work)
    return {
        "first_messages_per_cpu_second": round(first["messages"] / first["merged"]),
        "read_cpu_seconds": round(longer["read"], 2),
        "longer_cpu_seconds": round(longer["merged"], 2),
        "longer_times_reading": round(longer["merged"] / longer["read"], 2),
        "longer_changed_partitions": longer["changed"],
        "same_times_reading": round(same["merged"] / same["read"], 2),
        "peak_mib": round(longer["peak"]),
    }


def _without_end(export: Path, shorter: Path, lines: int) -> None:
    """The export without its last lines: about as many messages."""
    with export.open("rb") as whole, shorter.open("wb") as short:
        total = sum(1 for _ in whole)
        whole.seek(0)
        short.writelines(islice(whole, total - lines))


def _sliced(export: Path, work: Path) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", SLICE, export, work], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found
