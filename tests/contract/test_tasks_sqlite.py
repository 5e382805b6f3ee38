"""What the SQLite queue adds: other processes, opening again, closing."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from contract.contenders import in_processes
from egregora.clock import SystemClock
from egregora.tasks import Task
from egregora.tasks.sqlite import SqliteTasks
from egregora.testing import ManualClock


def test_tasks_leases_and_names_outlast_the_process(tmp_path: Path) -> None:
    clock = ManualClock()
    with closing(SqliteTasks(tmp_path / "new" / "tasks.sqlite", clock)) as tasks:
        tasks.enqueue([Task("windows", "a", "n"), Task("windows", "b")])
        first = tasks.take("windows", timedelta(seconds=60))
    assert first is not None
    with closing(SqliteTasks(tmp_path / "new" / "tasks.sqlite", clock)) as tasks:
        assert tasks.enqueue([Task("windows", "c", "n")]) == 0
        assert tasks.waiting("windows") == (2, clock.now())
        tasks.done(first)
        assert tasks.waiting("windows")[0] == 1


@pytest.mark.slow
def test_processes_that_take_at_once_get_each_task_once(tmp_path: Path) -> None:
    sent = [str(number) for number in range(300)]
    with closing(SqliteTasks(tmp_path / "tasks.sqlite", SystemClock())) as tasks:
        tasks.enqueue([Task("windows", payload) for payload in sent])
        got = in_processes(3, "draining_process.py", tmp_path / "tasks.sqlite")
        assert tasks.waiting("windows") == (0, None)
    assert sorted(" ".join(got).split()) == sorted(sent)
