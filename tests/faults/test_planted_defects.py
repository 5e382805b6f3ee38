"""A fault test that cannot fail proves nothing: each planted defect makes one of them fail, and only then."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import egregora
from faults.defects import DEFECTS, PACKAGE, Defect, changed, is_noticed


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_defect_finds_its_place_in_the_package_as_it_is(defect: Defect) -> None:
    for name, text in changed(defect).items():
        ast.parse(text, name)


@pytest.mark.slow
@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_planted_defect_is_noticed(defect: Defect) -> None:
    assert is_noticed(defect)


@pytest.mark.slow
def test_without_a_defect_the_same_tests_pass() -> None:
    assert Path(egregora.__file__).parent == PACKAGE, "what is copied is what is tested"
    first, *others = dict.fromkeys(defect.noticed_by for defect in DEFECTS)
    assert not is_noticed(Defect("none", (), first), *others)
