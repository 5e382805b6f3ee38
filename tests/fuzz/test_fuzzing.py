"""A while of fuzzing with every test run, a minute of it where that is a server's."""

from __future__ import annotations

import os

import pytest

from fuzz.promise import check
from fuzz.seeds import seeds
from fuzz.target import fuzz


@pytest.mark.slow
def test_known_exports_keep_their_promises() -> None:
    outcomes = [check(files) for cases in seeds().values() for files in cases]
    assert len(outcomes) > 50
    assert outcomes.count("refused") < len(outcomes) / 4


@pytest.mark.slow
def test_damaged_exports_keep_their_promises() -> None:
    outcomes = fuzz(60 if os.environ.get("CI") else 10)
    assert outcomes.total() > 50
    assert len(outcomes) > 5
