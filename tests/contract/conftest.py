"""One fixture per port, which runs a test on every adapter of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.adapters import BLOBS, JOURNALS, PRODUCERS, SINKS, TASKS, LocalTasks, params
from contract.producers import Producing
from egregora.blobs import BlobStore
from egregora.journal import Journal
from egregora.testing import ManualClock
from egregora.testing.contracts import OpenSink


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=params(BLOBS))
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BlobStore]:
    with BLOBS[request.param](tmp_path) as adapter:
        yield adapter


@pytest.fixture(params=params(JOURNALS))
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    with JOURNALS[request.param](tmp_path) as adapter:
        yield adapter


@pytest.fixture(params=params(TASKS))
def tasks(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> Iterator[LocalTasks]:
    with TASKS[request.param](tmp_path, clock) as adapter:
        yield adapter


@pytest.fixture(params=params(PRODUCERS))
def producing(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> Iterator[Producing]:
    with PRODUCERS[request.param](tmp_path, clock) as adapter:
        yield adapter


@pytest.fixture(params=params(SINKS))
def open_sink(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenSink]:
    with SINKS[request.param](tmp_path) as adapter:
        yield adapter
