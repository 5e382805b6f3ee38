"""Take and end every task of a queue, against other processes that do the same, and print the payloads.

Usage: draining_process.py FILE NUMBER
"""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from egregora.clock import SystemClock
from egregora.tasks.sqlite import SqliteTasks


def main(path: Path) -> None:
    """Print one payload a line."""
    with closing(SqliteTasks(path, SystemClock())) as tasks:
        while delivery := tasks.take("windows", timedelta(hours=1)):
            print(delivery.task.payload)
            tasks.done(delivery)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
