"""Measuring a command as a whole process, by the kernel's own account."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of CPU and of the clock, and the largest resident size in MiB."""

    cpu: float
    wall: float
    peak: float


_LAUNCH = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
wall, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([status, used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024]))
"""
"""Runs a command from a process that is small: a command's peak is at least what the process held that began it."""


def measure(command: Sequence[str | Path], *, env: dict[str, str] | None = None) -> Measured:
    """Run a command to its end, its output thrown away. Raises `RuntimeError` where it fails.

    Modules may be kept compiled, as a user's are.
    """
    told = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", **(env or {})}
    launched = [sys.executable, "-S", "-c", _LAUNCH, *command]
    done = subprocess.run(launched, env=told, capture_output=True, text=True, check=False)
    status, cpu, wall, peak = json.loads(done.stdout)
    if status:
        raise RuntimeError(f"{command[0]} failed: {done.stderr[-500:]}")
    return Measured(cpu, wall, peak)


def median(runs: Sequence[Measured]) -> Measured:
    """The median of each figure."""
    return Measured(
        statistics.median(run.cpu for run in runs),
        statistics.median(run.wall for run in runs),
        statistics.median(run.peak for run in runs),
    )
