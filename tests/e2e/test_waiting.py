"""A deployment that gets no further is not waited for without an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from egregora.cli.working import PATIENCE, wait_for, watch
from egregora.errors import Retry
from egregora.ingest import open_paths
from egregora.pipeline.payloads import decode_window_task
from egregora.pipeline.processing import process_window
from egregora.pipeline.slicing import slice_export
from egregora.testing import ManualClock
from egregora.testing.deployment import MemoryWorld
from example_chat import example


def test_what_never_comes_is_given_up_with_a_line_that_says_what_to_do() -> None:
    clock = ManualClock()
    began = clock.now()
    with pytest.raises(Retry, match="slice_export has got no further for 60 minutes: its log says why"):
        wait_for("slice_export", lambda: None, clock, saying="Waiting")
    assert timedelta() <= clock.now() - began - PATIENCE < timedelta(seconds=5)


def test_what_comes_late_is_waited_for() -> None:
    clock = ManualClock()
    due = clock.now() + PATIENCE - timedelta(seconds=10)
    assert wait_for("slice_export", lambda: clock.now() >= due, clock, saying="Waiting")


def test_windows_are_looked_on_for_as_long_as_any_gets_on(tmp_path: Path) -> None:
    world = MemoryWorld()
    deployment = world.deployment()
    began = world.clock.now()
    [sliced] = slice_export(deployment, open_paths([example(tmp_path)], deployment.settings.ingest))
    assert sliced.windows > 2
    with pytest.raises(Retry, match="process_window has got no further"):
        watch(deployment, [sliced.source], since=began)

    class SlowClock(ManualClock):
        def sleep(self, seconds: float) -> None:
            """Nearly too long, in which one window is worked on."""
            world.clock.advance(PATIENCE.total_seconds() - 1)
            delivery = world.tasks.take("windows", PATIENCE)
            assert delivery
            process_window(deployment, decode_window_task(delivery.task.payload))
            world.tasks.done(delivery)

        def now(self) -> datetime:
            return world.clock.now()

    slow = replace(deployment, clock=SlowClock())
    assert watch(slow, [sliced.source], since=began).done == sliced.windows
    assert world.clock.now() - began > 2 * PATIENCE
