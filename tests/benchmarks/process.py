"""Measuring a command as a whole process, by the kernel's own account."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of CPU and of the clock, and the largest resident size in MiB."""

    cpu: float
    wall: float
    peak: float


def measure(command: Sequence[str | Path], *, env: dict[str, str] | None = None) -> Measured:
    """Run a command to its end, its output thrown away. Raises `RuntimeError` where it fails.

    Modules may be kept compiled, as a user's are.
    """
    began = time.perf_counter()
    told = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", **(env or {})}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=told)
    assert process.stderr is not None
    complaint = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        raise RuntimeError(f"{command[0]} failed: {complaint.decode()[-500:]}")
    return Measured(usage.ru_utime + usage.ru_stime, time.perf_counter() - began, usage.ru_maxrss / 1024)


def median(runs: Sequence[Measured]) -> Measured:
    """The median of each figure."""
    return Measured(
        statistics.median(run.cpu for run in runs),
        statistics.median(run.wall for run in runs),
        statistics.median(run.peak for run in runs),
    )
