"""A fault test that cannot fail proves nothing: each planted defect makes one of them fail, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

import egregora
from faults.defects import DEFECTS, PACKAGE, Defect, is_noticed


@pytest.mark.slow
@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_planted_defect_is_noticed(defect: Defect) -> None:
    assert is_noticed(defect)


@pytest.mark.slow
def test_without_a_defect_the_same_tests_pass() -> None:
    assert Path(egregora.__file__).parent == PACKAGE, "what is copied is what is tested"
    first, *others = dict.fromkeys(defect.noticed_by for defect in DEFECTS)
    assert not is_noticed(Defect("none", (), first), *others)
