"""Threads and processes that work on one thing at the same moment."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")


def at_once(count: int, action: Callable[[int], Result]) -> list[Result]:
    """Run `action(0)` ... `action(count - 1)` in threads that start together, and return what they return."""
    barrier = threading.Barrier(count)

    def together(number: int) -> Result:
        barrier.wait()
        return action(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(together, range(count)))


def in_processes(count: int, program: str, *arguments: Path | str) -> list[str]:
    """Run a file of this folder in `count` processes at once and return their outputs; each must succeed."""
    command = [sys.executable, str(Path(__file__).with_name(program)), *map(str, arguments)]
    running = [
        subprocess.Popen([*command, str(number)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for number in range(count)
    ]
    outputs = [(process.communicate(timeout=60), process.returncode) for process in running]
    for (_, errors), status in outputs:
        assert status == 0, errors
    return [output for (output, _), _ in outputs]
