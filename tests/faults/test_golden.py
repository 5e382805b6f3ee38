"""What an earlier version left in mid-run is gone on with: nothing of it is lost, shown twice or paid for twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from egregora import __version__
from egregora.journal import STATES
from egregora.pipeline.payloads import decode_window_task
from faults.golden import GOLDEN, MESSAGES, bring_back
from faults.invariants import check, said
from faults.system import System

VERSIONS = sorted(GOLDEN.iterdir())


@pytest.fixture(params=VERSIONS, ids=lambda folder: folder.name)
def left(request: pytest.FixtureRequest) -> System:
    """A deployment as a version left it."""
    folder: Path = request.param
    return bring_back(folder)


def test_this_version_is_among_them() -> None:
    assert __version__ in {folder.name for folder in VERSIONS}


def test_a_journal_of_an_earlier_version_is_read_in_every_state(left: System) -> None:
    assert {stored.entry.state for stored in left.world.journal.select()} == set(STATES)


def test_a_payload_of_an_earlier_version_is_read(left: System) -> None:
    tasks = []
    while delivery := left.take("windows"):
        tasks.append(decode_window_task(delivery.task.payload))
    assert len(tasks) >= 3
    plans = {window.slice for stored in left.deployment().manifests.all() for window in stored.manifest.windows}
    assert {task.root for task in tasks} <= plans
    assert any(task.parent for task in tasks)
    assert any(left.world.journal.get(task.signature) for task in tasks)


def test_a_deployment_of_an_earlier_version_is_gone_on_with(left: System) -> None:
    before = Counter(stored.entry.state for stored in left.world.journal.select())
    (stored,) = left.deployment().manifests.all()
    same = (stored.manifest.recipe, stored.manifest.model) == (left.deployment().recipe_digest, left.model.name)
    left.rest()
    check(left, said(MESSAGES), lost=0, steady=same)
    entries = [stored.entry for stored in left.world.journal.select()]
    assert all(left.world.blobs.stat(entry.output) for entry in entries if entry.output)
    if same:  # another recipe has every window written anew
        done = Counter(entry.state for entry in entries)["DONE"]
        assert left.model.calls.total() == 2 * (done - before["DONE"])
